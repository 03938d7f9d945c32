"""Bland–Altman limits on the paper's own example, and the smallest detectable change."""

import numpy as np
import pytest

from RLNResponseLib.agreement.bland_altman import bland_altman
from RLNResponseLib.common.errors import DataRefusedError

# Peak expiratory flow of 17 persons by Wright and mini Wright meter, l/min (Bland and Altman 1986, table 1).
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_peak_flow_of_bland_and_altman_1986():
    result = bland_altman(np.array([MINI, WRIGHT], dtype=float).T[:, :, None])
    # Printed there: mean −2.1, SD 38.8, limits −79.7 and 75.5 (with 2 SD); their interval of the lower limit −114.3 to
    # −45.1.
    assert result.bias[0] == pytest.approx(-2.1, abs=0.05)
    assert result.sd[0] == pytest.approx(38.8, abs=0.05)
    interval = [result.lower[0] - result.margin[0], result.lower[0] + result.margin[0]]
    np.testing.assert_allclose(interval, [-114.3, -45.1], atol=2.5)
    np.testing.assert_allclose(result.upper[0] - result.lower[0], 2 * 1.959964 * result.sd[0], rtol=1e-6)


def test_smallest_detectable_change_counts_the_systematic_difference():
    ratings = np.zeros((10, 2, 2))
    ratings[:, 0] = np.arange(10.0)[:, None]
    ratings[:, 1] = np.arange(10.0)[:, None] + [0.0, 2.0]
    result = bland_altman(ratings)
    assert result.smallest_detectable_change[0] == 0
    assert result.sd[1] == 0
    assert result.smallest_detectable_change[1] == pytest.approx(1.959964 * 2, rel=1e-6)


def test_missing_gives_nan_and_too_few_is_refused():
    ratings = np.random.default_rng(0).normal(size=(5, 2, 2))
    ratings[0, 0, 1] = np.nan
    assert np.isnan(bland_altman(ratings).bias).tolist() == [False, True]
    with pytest.raises(DataRefusedError, match="two ratings of at least three lymph nodes, and there are 2 of 2"):
        bland_altman(ratings[:2])
    with pytest.raises(DataRefusedError, match="there are 3 of 5"):
        bland_altman(np.ones((5, 3, 1)))
