"""Classification, decision curve, volume benchmark, and the whole validation."""

import numpy as np
import pytest
from scipy.special import expit

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.validation.delong import delong_paired
from RLNResponseLib.modelling.validation.roc import auc, bootstrap_interval
from RLNResponseLib.modelling.validation.validation import (
    classify,
    decision_curve,
    larger_volume_means_event,
    validate,
    volume_benchmark,
)


def test_counts_at_the_cutoff_are_strictly_above():
    scores = np.array([0.5, 1.0, 1.5, 2.0, 0.2, 1.2])
    outcome = np.array([True, True, True, True, False, False])
    result = classify(scores, outcome, 1.0)
    assert (result.sensitivity.count, result.sensitivity.of) == (2, 4)
    assert (result.specificity.count, result.specificity.of) == (1, 2)
    assert (result.ppv.count, result.ppv.of) == (2, 3)
    assert (result.npv.count, result.npv.of) == (1, 3)
    assert (result.sensitivity.lower, result.sensitivity.upper) == pytest.approx((0.0676, 0.9324), abs=1e-4)


def test_the_papers_operating_point():
    # Gu et al. 2021: sensitivity 0.680 of 75 responders and specificity 0.778 of 27 are 51 and 21 lymph nodes.
    outcome = np.arange(102) < 75
    scores = np.where(outcome, np.arange(102) < 51, np.arange(102) < 81).astype(float)
    result = classify(scores, outcome, 0.961)
    assert (round(result.sensitivity.value, 3), round(result.specificity.value, 3)) == (0.680, 0.778)


def test_nobody_above_the_cutoff_has_no_ppv():
    result = classify(np.zeros(4), np.array([True, True, False, False]), 1.0)
    assert np.isnan(result.ppv.value)
    assert result.npv.value == 0.5


def test_decision_curve_by_hand():
    probability, outcome = np.array([0.1, 0.3, 0.5, 0.8]), np.array([False, True, False, True])
    curve = decision_curve(probability, outcome, np.array([0.2, 0.5, 0.9]))
    # t = 0.2: TP 2, FP 1 → 2/4 − 1/4 · 0.25; t = 0.5: TP 1, FP 1 → 1/4 − 1/4; t = 0.9: nobody.
    np.testing.assert_allclose(curve.model, [0.5 - 0.0625, 0, 0], atol=1e-15)
    np.testing.assert_allclose(curve.treat_all, [0.5 - 0.5 * 0.25, 0, 0.5 - 0.5 * 9], atol=1e-12)
    lowest = decision_curve(probability, outcome)
    assert lowest.model[0] == pytest.approx(lowest.treat_all[0])
    with pytest.raises(DataRefusedError, match="not between 0 and 1; give probabilities, not scores"):
        decision_curve(np.array([0.5, 1.2, 0.1, 0.1]), outcome)


def test_everything_of_one_score(roc_table):
    outcome, score, other = roc_table("training")
    benchmark = volume_benchmark(score, other, outcome, larger_volume_means_event(other, outcome))
    result = validate(score, outcome, np.arange(len(score)) // 2, 0.961, benchmark)
    assert (result.n, result.events, result.patients) == (len(score), outcome.sum(), len(score) // 2)
    assert result.auc.value == result.auc_by_patient.value == auc(score, outcome)
    assert result.calibration is not None
    assert result.benchmark.difference == delong_paired(score, other, outcome)


def test_a_direction_from_training_is_kept():
    outcome = np.arange(20) < 10
    smaller = np.where(outcome, 10.0, 20.0) + np.arange(20) % 7
    assert not larger_volume_means_event(smaller, outcome)
    assert volume_benchmark(-smaller, smaller, outcome, False).auc.value > 0.9
    assert volume_benchmark(-smaller, smaller, outcome, True).auc.value < 0.1


def test_a_perfect_score_has_no_calibration_and_says_why():
    outcome = np.arange(20) < 10
    result = validate(outcome * 2.0, outcome, np.arange(20), 1.0)
    assert result.calibration is None
    assert "separates the two classes completely" in result.calibration_reason


def test_limits_are_not_made_from_a_handful_of_patients(roc_table):
    outcome, score, _ = roc_table("training")
    patients = np.arange(len(score)) % 4
    with pytest.raises(DataRefusedError, match="4 patients are too few to resample"):
        bootstrap_interval(score, outcome, patients)
    assert validate(score, outcome, patients, 0.0).auc_by_patient is None
    assert validate(score, outcome, np.arange(len(score)) % 5, 0.0).auc_by_patient is not None


def test_one_class_is_refused():
    with pytest.raises(DataRefusedError, match="8 of 8 cases have the event"):
        validate(np.arange(8.0), np.ones(8, dtype=bool), np.arange(8), 0.0)


def test_a_decision_curve_is_given_over_its_thresholds_and_only_where_the_probabilities_come_true():
    rng = np.random.default_rng(4)
    scores = rng.normal(size=400)
    outcome = rng.random(400) < expit(scores)
    patients = np.arange(400)
    found = validate(scores, outcome, patients, 0.0)
    predicted = expit(scores)
    assert predicted.min() <= found.decision_curve.thresholds[0] < predicted.min() + 0.01
    assert predicted.max() - 0.01 < found.decision_curve.thresholds[-1] <= predicted.max()
    stated = validate(scores, outcome, patients, 0.0, thresholds=(0.2, 0.5))
    np.testing.assert_allclose(stated.decision_curve.thresholds, np.linspace(0.2, 0.5, 31))
    shrunk = validate(0.1 * scores, outcome, patients, 0.0)
    assert shrunk.decision_curve is None
    assert shrunk.decision_curve_reason.startswith("the outcomes contradict the probabilities")
    flat = validate(np.zeros(400), outcome, patients, 0.0)
    assert (flat.decision_curve, flat.decision_curve_reason) == (None, "there is no calibration")
    for wrong in ((0.5, 0.2), (0.0, 0.5), (0.5, 1.0)):
        with pytest.raises(DataRefusedError) as refused:
            validate(scores, outcome, patients, 0.0, thresholds=wrong)
        assert refused.value.code == "bad-thresholds"
