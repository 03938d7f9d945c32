"""Calibration against rms::val.prob, glm and lowess."""

import numpy as np
import pytest

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
