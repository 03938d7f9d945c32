"""AUC, DeLong, the curve and Youden's cutoff against pROC; the bootstrap against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.validation.delong import delong, delong_paired
from RLNResponseLib.modelling.validation.multi_reader import clustered_variance
from RLNResponseLib.modelling.validation.roc import (
    auc,
    bootstrap_auc,
    bootstrap_interval,
    roc_curve,
    youden_cutoff,
    youden_threshold,
)
from RLNResponseLib.modelling.validation.validation import larger_volume_means_event

TABLES = ["training", "ties", "few"]


def limits(estimate):
    return [estimate.lower, estimate.value, estimate.upper]


@pytest.mark.parametrize("name", TABLES)
def test_delong_equals_proc(oracle, roc_table, name):
    outcome, score, other = roc_table(name)
    figures = oracle("roc")[name]
    np.testing.assert_allclose(limits(delong(score, outcome)), figures["ci"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(limits(delong(score, outcome, 0.9)), figures["ci_90"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(limits(delong(other, outcome)), figures["ci_other"], rtol=0, atol=1e-10)
    assert auc(score, outcome) == pytest.approx(figures["ci"][1], abs=1e-12)


@pytest.mark.parametrize("name", TABLES)
def test_the_direction_is_never_flipped(oracle, roc_table, name):
    outcome, score, _ = roc_table(name)
    reversed_ = delong(-score, outcome)
    assert reversed_.value < 0.5
    np.testing.assert_allclose(limits(reversed_), oracle("roc")[name]["ci_reversed"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", TABLES)
def test_paired_delong_equals_proc(oracle, roc_table, name):
    outcome, score, other = roc_table(name)
    result = delong_paired(score, other, outcome)
    assert result.z == pytest.approx(oracle("roc")[name]["difference_z"], abs=1e-10)
    assert result.p == pytest.approx(oracle("roc")[name]["difference_p"], abs=1e-10)
    assert result.difference.value == pytest.approx(auc(score, outcome) - auc(other, outcome), abs=1e-12)


def test_a_score_is_not_different_from_itself():
    outcome, score = np.arange(20) % 2 == 0, np.random.default_rng(0).normal(size=20)
    assert (delong_paired(score, score, outcome).z, delong_paired(score, score, outcome).p) == (0, 1)


@pytest.mark.parametrize("name", TABLES)
def test_curve_and_youden_equal_proc(oracle, roc_table, name):
    outcome, score, _ = roc_table(name)
    figures = oracle("roc")[name]
    curve = roc_curve(score, outcome)
    np.testing.assert_allclose(curve.thresholds[1:-1], figures["curve_threshold"][1:-1], atol=1e-12)
    np.testing.assert_allclose(curve.sensitivity, figures["curve_sensitivity"], atol=1e-12)
    np.testing.assert_allclose(curve.specificity, figures["curve_specificity"], atol=1e-12)
    best = youden_cutoff(score, outcome, np.arange(len(score)))
    assert best.tied == len(figures["threshold"])
    assert best.cutoff.value == pytest.approx(figures["threshold"][0], abs=1e-12) == youden_threshold(score, outcome)
    assert best.sensitivity == pytest.approx(figures["sensitivity"][0])
    assert best.specificity == pytest.approx(figures["specificity"][0])
    assert best.cutoff.lower <= best.cutoff.value <= best.cutoff.upper


@given(st.lists(st.tuples(st.booleans(), st.integers(-9, 9)), min_size=4, max_size=60))
def test_auc_and_curve_are_scikit_learns(cases):
    from sklearn import metrics

    outcome, score = np.array([case[0] for case in cases]), np.array([case[1] / 7 for case in cases])
    if 2 <= outcome.sum() <= len(cases) - 2:
        assert auc(score, outcome) == pytest.approx(metrics.roc_auc_score(outcome, score), rel=0, abs=2e-15)
        curve = roc_curve(score, outcome)
        for threshold, sensitivity, specificity in zip(
            curve.thresholds, curve.sensitivity, curve.specificity, strict=True
        ):
            assert sensitivity == pytest.approx((score[outcome] > threshold).mean(), rel=0, abs=2e-15)
            assert specificity == pytest.approx((score[~outcome] <= threshold).mean(), rel=0, abs=2e-15)


def test_an_auc_of_one_half_is_one_half():
    """A direction is chosen by `>= 0.5`, and the mean of the rounded shares 1/2, 2/3 and 1/3 is below it."""
    score, outcome = np.array([3, 5, 1, 3, 0, 6.0]), np.arange(6) < 3
    assert auc(score, outcome) == delong(score, outcome).value == 0.5
    assert larger_volume_means_event(score, outcome)


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=4, max_size=30))
@settings(max_examples=100, deadline=None)
def test_auc_counts_pairs(cases):
    outcome, score = np.array([case[0] for case in cases]), np.array([float(case[1]) for case in cases])
    if 2 <= outcome.sum() <= len(cases) - 2:
        pairs = [(a > b) + 0.5 * (a == b) for a in score[outcome] for b in score[~outcome]]
        assert auc(score, outcome) == pytest.approx(np.mean(pairs))
        assert auc(score, outcome) + auc(-score, outcome) == pytest.approx(1)


def test_bootstrap_equals_a_plain_loop(roc_table):
    outcome, score, _ = roc_table("ties")
    patients = np.arange(60) // 2
    ours = bootstrap_auc(score, outcome, patients, 50, seed=4)
    drawn = np.random.default_rng(4).integers(0, 30, size=(50, 30))
    for value, one in zip(ours, drawn, strict=True):
        rows = np.concatenate([np.flatnonzero(patients == patient) for patient in one])
        assert value == pytest.approx(auc(score[rows], outcome[rows]))
    interval = bootstrap_interval(score, outcome, patients, 50, seed=4)
    assert limits(interval) == pytest.approx(
        [*np.quantile(ours, [0.025]), auc(score, outcome), *np.quantile(ours, [0.975])]
    )


def test_clustered_variance_is_delongs_for_single_lymph_nodes_and_grows_with_copies(roc_table):
    outcome, score, _ = roc_table("training")
    n = len(score)
    single = clustered_variance(score, outcome, np.arange(n))
    half_width = delong(score, outcome).value - delong(score, outcome).lower
    assert np.sqrt(single) == pytest.approx(half_width / 1.959963985, rel=1e-9)
    copied = clustered_variance(np.tile(score, 2), np.tile(outcome, 2), np.tile(np.arange(n), 2))
    assert copied == pytest.approx(single, rel=1e-9)


@pytest.mark.parametrize(
    ("score", "outcome", "sentence"),
    [
        ([1, 2, 3, 4], [True, True, True, True], "4 of 4 cases have the event; an ROC curve needs at least two"),
        ([1, 2, 3, 4], [True, False, False, False], "1 of 4 cases have the event"),
        ([1, float("nan"), 3, 4], [True, True, False, False], "1 of 4 cases have no finite score"),
    ],
)
@pytest.mark.parametrize("judge", [auc, delong, roc_curve, youden_threshold])
def test_what_is_refused(judge, score, outcome, sentence):
    with pytest.raises(DataRefusedError, match=sentence):
        judge(np.array(score, dtype=float), np.array(outcome))
