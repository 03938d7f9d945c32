"""Calibration against rms::val.prob, glm and lowess."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import chi2

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.validation.calibration import calibration, lowess, recalibration


@pytest.mark.parametrize("name", ["training", "ties", "few"])
def test_equals_rms_and_glm(oracle, roc_table, name):
    outcome, score, _ = roc_table(name)
    figures = oracle("calibration")[name]
    result = calibration(1.7 * score - 1.4, outcome)
    # val.prob's own fit stops at 1e-6; glm at epsilon = 1e-15 is the same model, solved.
    assert result.intercept.value == pytest.approx(figures["intercept"], abs=5e-6)
    assert result.slope.value == pytest.approx(figures["slope"], abs=5e-6)
    assert result.intercept.value == pytest.approx(figures["glm_intercept"], abs=1e-10)
    assert result.slope.value == pytest.approx(figures["glm_slope"], abs=1e-10)
    assert result.in_the_large.value == pytest.approx(figures["in_the_large"], abs=1e-10)
    for estimate, se in ((result.intercept, "intercept_se"), (result.slope, "slope_se")):
        assert (estimate.upper - estimate.value) / 1.959963984540054 == pytest.approx(figures[se], abs=1e-8)
    assert result.brier == pytest.approx(figures["brier"], abs=1e-12)
    assert result.largest_error == pytest.approx(figures["emax"], abs=1e-10)
    assert result.error_90 == pytest.approx(figures["e90"], abs=1e-10)
    assert result.mean_error == pytest.approx(figures["eavg"], abs=1e-10)
    np.testing.assert_allclose(result.predicted, figures["smooth_x"], atol=1e-12)
    np.testing.assert_allclose(result.observed, figures["smooth_y"], atol=1e-10)
    assert recalibration(1.7 * score - 1.4, outcome) == (result.intercept.value, result.slope.value)


def test_lowess_keeps_a_straight_line():
    x = np.sort(np.random.default_rng(0).random(50))
    np.testing.assert_allclose(lowess(x, 3 * x - 1), 3 * x - 1, atol=1e-10)
    assert lowess(np.array([1.0]), np.array([2.0])).tolist() == [2.0]


@pytest.mark.parametrize(
    ("score", "sentence", "code"),
    [
        (np.arange(10.0), "separates the two classes completely, so its calibration slope is infinite", "separated"),
        (np.full(10, 0.3), "All cases have the same score", "flat-score"),
        (np.where(np.arange(10) == 4, np.nan, 1.0), "A case has no finite score", "no-score"),
    ],
)
def test_what_is_refused(score, sentence, code):
    outcome = np.arange(10) >= 5
    with pytest.raises(DataRefusedError, match=sentence) as error:
        calibration(score, outcome)
    assert error.value.code == code
    if code != "no-score":
        assert np.isnan(recalibration(score, outcome)).all()


@pytest.mark.parametrize("name", ["original", "intercept", "slope", "refit"])
def test_the_test_of_intercept_0_and_slope_1_is_that_of_glm(oracle, binary_table, name):
    features, outcome = binary_table("paper_size")[:2]
    figures = oracle("updating")[name]
    found = calibration(figures["formula"][0] + features[:, :4] @ figures["formula"][1:], outcome)
    # Both against the refit: their difference is the original against recalibration.
    expected = chi2.sf(figures["chisq"][0] - figures["chisq"][2], 2)
    assert found.p == pytest.approx(expected, rel=1e-6)
    assert found.contradicted == (expected < 0.05)


def test_the_scaled_brier_is_0_for_the_share_with_the_event_and_below_for_worse():
    outcome = np.arange(40) < 30
    rng = np.random.default_rng(1)
    near = np.log(3) + 1e-6 * rng.normal(size=40)
    assert calibration(near, outcome).scaled_brier == pytest.approx(0, abs=1e-5)
    worse = calibration(rng.normal(size=40), outcome)
    assert worse.scaled_brier == pytest.approx(1 - worse.brier / (0.75 * 0.25))
    assert worse.scaled_brier < 0


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4, 1e9, 1e100])
def test_log_odds_of_any_size_that_do_not_part_the_classes_are_calibrated(size):
    """Said to "separate the two classes completely" at an AUC of 0.73: Newton's method lost its way among 0 and 1."""
    rng = np.random.default_rng(0)
    outcome = rng.random(60) < 0.4
    score = rng.normal(size=60) + outcome
    plain, found = calibration(score, outcome), calibration(size * score, outcome)
    for name in ("value", "lower", "upper"):
        assert getattr(found.slope, name) * size == pytest.approx(getattr(plain.slope, name), rel=1e-8)
        assert getattr(found.intercept, name) == pytest.approx(getattr(plain.intercept, name), rel=1e-8)
    # What is added makes as many events expected as there are; beyond 1e4 a step of the last digit passes some.
    if size <= 1e4:
        assert expit(size * score + found.in_the_large.value).sum() == pytest.approx(outcome.sum(), abs=1e-6)


def test_classes_that_only_touch_are_apart():
    with pytest.raises(DataRefusedError) as error:
        calibration(np.array([1.0, 2, 3, 3, 4, 5]), np.array([0, 0, 0, 1, 1, 1], dtype=bool))
    assert error.value.code == "separated"
