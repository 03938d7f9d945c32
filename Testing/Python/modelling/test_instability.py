"""The instability measures against R pminternal's own functions on the same predictions, and where they come from."""

from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.instability import calibration_curves, instability
from RLNResponseLib.modelling.fitting.optimism import optimism, resample_development

TABLE = Path(__file__).resolve().parents[2] / "oracle" / "tables" / "instability.csv"


def given():
    values = np.loadtxt(TABLE, delimiter=",", skiprows=1)
    return values[:, 0] > 0, values[:, 1], values[:, 2:].T


def test_bands_mape_and_classification_instability_equal_pminternal_s(oracle):
    _, own, resampled = given()
    figures = oracle("instability")
    count = len(resampled)
    found = instability(own, figures["threshold"], resampled, np.full(count, 0.8), np.ones((count, 3), dtype=bool))
    for ours, theirs in (
        (found.lower, "lower"), (found.upper, "upper"), (found.mean_change, "mape"), (found.classification, "cii"),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, figures[theirs], rtol=0, atol=1e-14)
    assert found.average_change == pytest.approx(figures["average_mape"], abs=1e-14)
    assert (found.classification == found.group_change).all(), "every resample has the score's cutoff here"


def test_calibration_curves_are_r_s_lowess_of_each_score_on_the_original_outcome(oracle):
    outcome, own, resampled = given()
    figures = oracle("instability")
    found = instability(own, 0.8, resampled, np.full(len(resampled), 0.8), np.ones((len(resampled), 1), dtype=bool))
    original, others = calibration_curves(found, outcome)
    for number, curve in enumerate((original, *others[:2])):
        rows = slice(40 * number, 40 * (number + 1))
        np.testing.assert_allclose(curve.predicted, figures["predicted"][rows], rtol=0, atol=1e-12)
        np.testing.assert_allclose(curve.observed, figures["observed"][rows], rtol=0, atol=1e-10)
    assert len(others) == len(resampled)


def test_a_score_that_selects_nothing_has_no_curve():
    resampled = np.array([[0.3, 0.3, 0.3, 0.3], [0.1, 0.9, 0.4, 0.2]])
    found = instability(np.full(4, 0.2), 0.0, resampled, np.zeros(2), np.array([[False], [True]]))
    own, others = calibration_curves(found, np.array([True, False, True, False]))
    assert own is None
    assert len(others) == 1


def test_they_are_of_the_resamples_that_correct_the_score():
    rng = np.random.default_rng(2)
    features = rng.normal(size=(60, 3))
    outcome = rng.random(60) < 1 / (1 + np.exp(-2 * features[:, 0]))
    cases, recipe = Cases(features=features, outcome=outcome, patients=np.arange(60)), Recipe(folds=3, penalty="firth")
    score = develop(cases, recipe, 1)
    found = optimism(cases, score, recipe, 12, 5).instability
    drawn = resample_development(cases, recipe, 12, 5, lambda done, total: None)
    np.testing.assert_allclose(found.resampled, 1 / (1 + np.exp(-drawn.scores)))
    np.testing.assert_allclose(found.probability, 1 / (1 + np.exp(-score.score(features))))
