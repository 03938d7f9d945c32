"""Whether predicted probabilities come true: calibration intercept, slope and curve, as R's rms::val.prob, the curve by
Cleveland's lowess without robustness iterations, as R's `lowess(x, y, iter = 0)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats
from RLNResponseLib.statistics.estimates import Estimate, normal_quantile

_SPAN = 2 / 3
_SKIP = 0.01  # R's delta, as a share of the range of x


def lowess(x: Floats, y: Floats) -> Floats:
    """Smoothed y (n,) at each x (n,), which must ascend.

    Each point is a local line, weighted by the tricube of the distance to it, over the nearest two thirds of the
    points (Cleveland 1979, doi 10.1080/01621459.1979.10481038); between points closer than 1% of the range, straight.

    Parameters
    ----------
    x
        (n,), ascending or not.
    y
        (n,), what is smoothed over `x`.

    Returns
    -------
    Floats

    Examples
    --------
    >>> import numpy as np
    >>> line = np.linspace(0, 1, 20)
    >>> bool(np.allclose(lowess(line, 2 * line + 1), 2 * line + 1))
    True
    """
    n = len(x)
    if n < 2:
        return y.astype(float)
    neighbours = max(min(int(_SPAN * n + 1e-7), n), 2)
    skip = _SKIP * (x[-1] - x[0])
    smooth = np.empty(n)
    left, last, here = 0, -1, 0
    while last < n - 1:
        while left + neighbours < n and x[here] - x[left] > x[left + neighbours] - x[here]:
            left += 1
        smooth[here] = _local_line(x, y, here, left, left + neighbours - 1)
        if last < here - 1:
            between = np.arange(last + 1, here)
            share = (x[between] - x[last]) / (x[here] - x[last])
            smooth[between] = share * smooth[here] + (1 - share) * smooth[last]
        last = here
        beyond = last + 1
        while beyond < n and x[beyond] <= x[last] + skip:
            if x[beyond] == x[last]:
                smooth[beyond] = smooth[last]
                last = beyond
            beyond += 1
        here = max(last + 1, beyond - 1)
    return smooth


def _local_line(x: Floats, y: Floats, here: int, left: int, right: int) -> float:
    reach = max(x[here] - x[left], x[right] - x[here])
    distance = np.abs(x - x[here])
    near = distance <= 0.999 * reach
    weight = np.where(distance <= 0.001 * reach, 1.0, (1 - (distance / reach) ** 3) ** 3) if reach > 0 else near * 1.0
    weight = np.where(near, weight, 0.0)
    if weight.sum() <= 0:
        return float(y[here])
    weight /= weight.sum()
    centre = weight @ x
    spread = weight @ (x - centre) ** 2
    if np.sqrt(spread) > 0.001 * (x[-1] - x[0]):
        weight = weight * (1 + (x[here] - centre) / spread * (x - centre))
    return float(weight @ y)


_MOST_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """logit P(event) = intercept + slope · log-odds, and the smoothed curve.

    Attributes
    ----------
    intercept, slope
        Of the joint model, Wald limits; ideal 0 and 1.
    in_the_large
        The intercept with the slope held at 1.
    brier
        Mean squared error of the probability.
    predicted
        (n,), probabilities, ascending.
    observed
        (n,), smoothed share of events (lowess, as val.prob's "Nonparametric").
    mean_error, largest_error, error_90
        Of |predicted − observed|: Eavg, Emax, E90.
    """

    intercept: Estimate
    slope: Estimate
    in_the_large: Estimate
    brier: float
    predicted: Floats
    observed: Floats
    mean_error: float
    largest_error: float
    error_90: float

    __repr__ = short_repr


def calibration(log_odds: Floats, outcome: NDArray[np.bool_]) -> Calibration:
    """Compare log-odds (n,) with the outcome (n,).

    Parameters
    ----------
    log_odds
        (n,) scores, log-odds.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    Calibration

    Raises
    ------
    DataRefusedError
        no-score (not finite); flat-score (all equal, there is no slope); separated (the score parts the classes
        completely, and the slope would be infinite); missing-package (scikit-learn).

    Examples
    --------
    At log-odds 0 one case in four has the event, at 1 three: intercept log(1/3), slope 2 log(3).

    >>> log_odds = np.repeat([0.0, 1.0], 4)
    >>> calibrated = calibration(log_odds, np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool))
    >>> round(calibrated.intercept.value, 4), round(calibrated.slope.value, 4)
    (-1.0986, 2.1972)
    """
    from scipy.special import expit

    if not np.isfinite(log_odds).all():
        raise DataRefusedError("A case has no finite score, so calibration cannot be judged; leave it out.", "no-score")
    if np.ptp(log_odds) == 0:
        raise DataRefusedError("All cases have the same score, so there is no calibration slope.", "flat-score")
    y = outcome.astype(float)
    ones = np.ones((len(y), 1))
    joint, joint_se = _logistic(np.column_stack([ones, log_odds]), y, np.zeros(len(y)))
    large, large_se = _logistic(ones, y, log_odds)
    probability = expit(log_odds)
    order = np.argsort(probability, kind="stable")
    smooth = lowess(probability[order], y[order])
    error = np.abs(probability[order] - _mean_of_ties(probability[order], smooth))
    return Calibration(
        intercept=_wald(joint[0], joint_se[0]),
        slope=_wald(joint[1], joint_se[1]),
        in_the_large=_wald(large[0], large_se[0]),
        brier=float(need("sklearn.metrics").brier_score_loss(outcome, probability)),
        predicted=probability[order],
        observed=smooth,
        mean_error=float(error.mean()),
        largest_error=float(error.max()),
        error_90=float(np.quantile(error, 0.9)),
    )


def recalibration(log_odds: Floats, outcome: NDArray[np.bool_]) -> tuple[float, float]:
    """Calibration intercept and slope alone; NaN where calibration() would refuse.

    Parameters
    ----------
    log_odds
        (n,) scores, log-odds.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    tuple[float, float]

    Examples
    --------
    A score that says twice the log-odds that there are has a slope of one half:

    >>> import numpy as np
    >>> outcome = np.array([0] * 12 + [1] * 4 + [0] * 4 + [1] * 12, dtype=bool)
    >>> log_odds = np.repeat([-2 * np.log(3), 2 * np.log(3)], 16)
    >>> intercept, slope = recalibration(log_odds, outcome)
    >>> round(abs(intercept), 6), round(slope, 6)
    (0.0, 0.5)
    """
    try:
        joint, _ = _logistic(np.column_stack([np.ones(len(outcome)), log_odds]), outcome.astype(float), 0 * log_odds)
    except DataRefusedError:
        return math.nan, math.nan
    return float(joint[0]), float(joint[1])


def _wald(value: float, se: float) -> Estimate:
    margin = normal_quantile(0.95) * se
    return Estimate(value=float(value), lower=float(value - margin), upper=float(value + margin), interval="Wald")


def _mean_of_ties(x: Floats, y: Floats) -> Floats:
    tied = np.unique(x, return_inverse=True)[1]
    return np.asarray((np.bincount(tied, y) / np.bincount(tied))[tied])


def _logistic(design: Floats, y: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Maximum likelihood by Newton with step halving: coefficients and standard errors."""
    from scipy.special import expit

    beta = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        fitted = expit(offset + design @ beta)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (y - fitted))
        except np.linalg.LinAlgError:
            break
        length = 1.0
        while _loss(design, y, offset, beta + length * step) > _loss(design, y, offset, beta) and length > 1e-6:
            length /= 2
        if np.abs(step).max() < 1e-10 * (1 + np.abs(beta).max()):
            # A slope that is hardly determined can have a variance below 0 in the last digit: it has no error then.
            with np.errstate(invalid="ignore"):
                return beta + step, np.sqrt(np.diag(np.linalg.inv(information)))
        beta = beta + length * step
    raise DataRefusedError(
        "The score separates the two classes completely, so its calibration slope is infinite; add cases.", "separated"
    )


def _loss(design: Floats, y: Floats, offset: Floats, beta: Floats) -> float:
    eta = offset + design @ beta
    return math.fsum(np.logaddexp(0, eta) - y * eta)
