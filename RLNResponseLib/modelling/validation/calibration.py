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
from RLNResponseLib.modelling.validation.logistic import LogisticFit, logistic, loss, scaled_logistic, shift
from RLNResponseLib.statistics.estimates import Estimate, chi_square_p, normal_quantile, wald

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


# Below this p of the test, the probabilities are not those that come true.
MISCALIBRATED_BELOW = 0.05


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """logit P(event) = intercept + slope · log-odds, and the smoothed curve.

    Attributes
    ----------
    intercept, slope
        Of the joint model, Wald limits; ideal 0 and 1.
    in_the_large
        The intercept with the slope held at 1.
    observed_over_expected
        Events over the sum of the probabilities, with Wald limits of its logarithm; ideal 1.
    brier
        Mean squared error of the probability.
    scaled_brier
        1 − Brier / the Brier of giving everyone the share with the event (index of prediction accuracy; Kattan and
        Gerds 2018, doi 10.1186/s41512-018-0029-2): 0 says nothing, and below 0 is worse than that.
    p
        Of the likelihood-ratio test of intercept 0 and slope 1 together, 2 degrees of freedom (Cox 1958; val.prob's
        "U:p").
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
    observed_over_expected: Estimate
    brier: float
    scaled_brier: float
    p: float
    predicted: Floats
    observed: Floats
    mean_error: float
    largest_error: float
    error_90: float

    __repr__ = short_repr

    @property
    def contradicted(self) -> bool:
        """Whether the outcomes contradict the probabilities; that they do not proves nothing where cases are few."""
        return not self.p >= MISCALIBRATED_BELOW


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
    joint = recalibrated(log_odds, outcome)
    large, large_se = in_the_large(log_odds, outcome)
    brier, share = float(need("sklearn.metrics").brier_score_loss(outcome, expit(log_odds))), float(y.mean())
    probability = expit(log_odds)
    order = np.argsort(probability, kind="stable")
    smooth = lowess(probability[order], y[order])
    error = np.abs(probability[order] - _mean_of_ties(probability[order], smooth))
    return Calibration(
        intercept=wald(joint.coefficients[0], joint.errors[0]),
        slope=wald(joint.coefficients[1], joint.errors[1]),
        in_the_large=wald(large, large_se),
        observed_over_expected=observed_over_expected(int(outcome.sum()), len(outcome), float(expit(log_odds).sum())),
        brier=brier,
        scaled_brier=1 - brier / (share * (1 - share)),
        p=chi_square_p(max(0.0, 2 * (loss(log_odds, y) - joint.loss)), 2),
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
    if np.ptp(log_odds) == 0:
        return math.nan, math.nan
    try:
        joint = recalibrated(log_odds, outcome)
    except DataRefusedError:
        return math.nan, math.nan
    return float(joint.coefficients[0]), float(joint.coefficients[1])


def recalibrated(log_odds: Floats, outcome: NDArray[np.bool_]) -> LogisticFit:
    """The outcome on log-odds, whatever their size.

    Whether the classes are apart is seen from the scores themselves: of log-odds in the hundreds Newton's method may
    find no way, though there is a maximum.

    Parameters
    ----------
    log_odds
        (n,) scores, log-odds, not all equal.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    LogisticFit
        Intercept and slope.

    Raises
    ------
    DataRefusedError
        separated.

    Examples
    --------
    >>> fit = recalibrated(np.repeat([0.0, 1.0], 4), np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool))
    >>> fit.coefficients.round(4).tolist()
    [-1.0986, 2.1972]
    """
    with_event, without = log_odds[outcome], log_odds[~outcome]
    # One class alone is apart from nothing, as it were.
    apart = len(with_event) == 0 or len(without) == 0
    apart = apart or without.max() <= with_event.min() or with_event.max() <= without.min()
    y = outcome.astype(float)
    if not apart:
        try:
            return logistic(np.column_stack([np.ones(len(y)), log_odds]), y)
        except DataRefusedError:
            return scaled_logistic(log_odds[:, None], y)
    raise DataRefusedError(
        "The score separates the two classes completely, so its calibration slope is infinite; add cases.", "separated"
    )


def in_the_large(log_odds: Floats, outcome: NDArray[np.bool_]) -> tuple[float, float]:
    """The calibration intercept with the slope held at 1, and its standard error.

    Parameters
    ----------
    log_odds
        (n,) scores, log-odds.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    tuple of float
        The error is infinite where all probabilities are 0 or 1.

    Raises
    ------
    DataRefusedError
        one-class.

    Examples
    --------
    One case in four has the event where half are expected:

    >>> value, error = in_the_large(np.zeros(4), np.array([True, False, False, False]))
    >>> round(value, 6), round(error, 6)
    (-1.098612, 1.154701)
    """
    if outcome.all() or not outcome.any():
        raise DataRefusedError(
            "All lymph nodes have the same outcome, so there is no calibration in the large; add others.", "one-class"
        )
    from scipy.special import expit

    try:
        fit = logistic(np.ones((len(log_odds), 1)), outcome.astype(float), log_odds)
        return float(fit.coefficients[0]), float(fit.errors[0])
    except DataRefusedError:
        added = shift(log_odds, outcome)
        information = float((expit(added + log_odds) * expit(-added - log_odds)).sum())
        return added, 1 / math.sqrt(information) if information > 0 else math.inf


def observed_over_expected(events: int, lymph_nodes: int, expected: float) -> Estimate:
    """Observed over expected events; the variance of the logarithm is (1 − O/n) / O (Debray et al. 2017, doi
    10.1136/bmj.i6460).

    Parameters
    ----------
    events, lymph_nodes
        Observed, of how many.
    expected
        Events, the sum of the probabilities.

    Returns
    -------
    Estimate
        Without an event, 0 with no limits.

    Examples
    --------
    >>> ratio = observed_over_expected(20, 100, 25.0)
    >>> round(ratio.value, 3), round(ratio.lower, 3), round(ratio.upper, 3)
    (0.8, 0.541, 1.184)
    """
    if not events:
        return Estimate(value=0.0, lower=math.nan, upper=math.nan, interval="Wald")
    margin = normal_quantile(0.95) * math.sqrt((1 - events / lymph_nodes) / events)
    ratio = events / expected
    return Estimate(value=ratio, lower=ratio * math.exp(-margin), upper=ratio * math.exp(margin), interval="Wald")


def _mean_of_ties(x: Floats, y: Floats) -> Floats:
    tied = np.unique(x, return_inverse=True)[1]
    return np.asarray((np.bincount(tied, y) / np.bincount(tied))[tied])
