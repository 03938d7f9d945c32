"""Bland–Altman limits of agreement and the smallest detectable change of many features at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.statistics.estimates import normal_quantile, t_quantile


@dataclass(frozen=True, kw_only=True)
class BlandAltman:
    """Per feature (p,), in the feature's unit; NaN where a rating is not finite.

    Attributes
    ----------
    bias
        (p,), mean of second − first.
    sd
        (p,), of the differences.
    lower, upper
        (p,), limits of agreement, bias ± 1.96 SD.
    margin
        (p,), of the 95% interval of either limit: the limit ± this.
    standard_error
        (p,), of one measurement, systematic differences included (SEM agreement).
    smallest_detectable_change
        (p,), 1.96 · √2 · standard_error.
    """

    bias: Floats
    sd: Floats
    lower: Floats
    upper: Floats
    margin: Floats
    standard_error: Floats
    smallest_detectable_change: Floats

    __repr__ = short_repr


def bland_altman(ratings: Floats) -> BlandAltman:
    """Compare the two ratings of each subject.

    Limits and their intervals: Bland and Altman 1999 (doi 10.1177/096228029900800204), section 2, with t quantiles.
    Smallest detectable change: de Vet et al. 2006 (doi 10.1016/j.jclinepi.2005.10.015).

    Parameters
    ----------
    ratings
        (n, 2, p).

    Returns
    -------
    BlandAltman

    Raises
    ------
    DataRefusedError
        few-ratings: for fewer than three subjects or other than two ratings.

    Examples
    --------
    The differences are 1, 3 and 2: their mean is 2, their SD 1, so that the limits are 2 ± 1.96.

    >>> limits = bland_altman(np.array([[10.0, 11.0], [20.0, 23.0], [30.0, 32.0]])[:, :, None])
    >>> [round(float(figure[0]), 2) for figure in (limits.bias, limits.sd, limits.lower, limits.upper)]
    [2.0, 1.0, 0.04, 3.96]

    """
    n, k, _ = ratings.shape
    if n < 3 or k != 2:
        raise DataRefusedError(
            f"Limits of agreement need two ratings of at least three lymph nodes, and there are {k} of {n}; add "
            f"readings.",
            "few-ratings",
        )
    with np.errstate(invalid="ignore"):
        difference = ratings[:, 1] - ratings[:, 0]
        bias = difference.mean(axis=0)
        sd = difference.std(axis=0, ddof=1)
        standard_error = np.sqrt((difference**2).mean(axis=0) / 2)
    z = normal_quantile(0.95)
    margin = t_quantile(0.95, n - 1) * sd * np.sqrt(1 / n + z**2 / (2 * (n - 1)))
    return BlandAltman(
        bias=bias,
        sd=sd,
        lower=bias - z * sd,
        upper=bias + z * sd,
        margin=margin,
        standard_error=standard_error,
        smallest_detectable_change=z * np.sqrt(2) * standard_error,
    )
