"""Kaplan–Meier with its at-risk table and two named intervals, and cumulative incidence where another event can come
first (Aalen–Johansen).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.requirements import without_warnings
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.statistics.estimates import normal_quantile
from RLNResponseLib.survival.follow_up import FollowUp

# Okabe and Ito's colours, on the page and in Slicer's plots; each group has its own line style too.
CURVE_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
# R's quantile.survfit: a survival this near to a half is a half.
_HALF = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class Band:
    """Pointwise limits.

    Attributes
    ----------
    lower, upper
        (T,), NaN where the interval is not defined (survival 0, and for log-log also 1).
    """

    lower: Floats
    upper: Floats

    __repr__ = short_repr


@dataclass(frozen=True)
class Median:
    """The time at which survival falls to a half; NaN where it does not.

    Attributes
    ----------
    value
        Months.
    log, log_log
        When each band's limits do, months.
    """

    value: float
    log: tuple[float, float]
    log_log: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class KaplanMeier:
    """The curve at every time that occurs, as R's survfit.

    Attributes
    ----------
    months
        (T,), ascending.
    at_risk
        (T,), rows watched just before that time.
    events, censored
        (T,), rows whose time ends there, with the event and without.
    survival
        (T,), just after that time.
    log
        S · exp(±z·se(log S)), at most 1: R's conf.type = "log".
    log_log
        S^exp(±z·se(log S)/log S): R's conf.type = "log-log".
    median
        With each band's.
    """

    months: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    log: Band
    log_log: Band
    median: Median

    __repr__ = short_repr

    def at(self, months: float) -> float:
        """Survival at a time; NaN after the last one watched."""
        if months > self.months[-1]:
            return math.nan
        index = int(np.searchsorted(self.months, months, side="right"))
        return float(self.survival[index - 1]) if index else 1.0

    def at_risk_at(self, months: float) -> int:
        """How many are still watched at a time."""
        index = int(np.searchsorted(self.months, months, side="left"))
        return int(self.at_risk[index]) if index < len(self.months) else 0

    def as_json(self) -> dict[str, Any]:
        """The curve as the command line prints it; what is not defined is null."""
        return to_json(
            {
                "time": self.months,
                "at_risk": self.at_risk,
                "events": self.events,
                "censored": self.censored,
                "survival": self.survival,
                "log": {"lower": self.log.lower, "upper": self.log.upper},
                "log_log": {"lower": self.log_log.lower, "upper": self.log_log.upper},
                "median": {"value": self.median.value, "log": self.median.log, "log_log": self.median.log_log},
            }
        )


def kaplan_meier(follow_up: FollowUp, confidence: float = 0.95) -> KaplanMeier:
    """Kaplan and Meier's curve, with both bands and the median, as R's survfit gives them.

    The estimate and the table of those at risk are lifelines' KaplanMeierFitter; the bands are our own, for lifelines
    has no log band, and so is the median, for lifelines takes no middle where the curve stays at a half
    (docs/dependencies.md has the figures).

    Parameters
    ----------
    follow_up : FollowUp
        The rows, times in months, made by `follow_up`, which makes nearly equal times equal. A group without any event
        has survival 1 throughout.
    confidence : float
        Of both bands, above 0 and below 1.

    Returns
    -------
    KaplanMeier
        The curve at every time that occurs.

    Raises
    ------
    DataRefusedError
        missing-package: lifelines is not installed here, or in a version that does not serve.

    Source: Kaplan and Meier 1958 (doi 10.1080/01621459.1958.10501452), Greenwood's variance.

    Examples
    --------
    One event among four at risk, then one among the two that are left after a loss:

    >>> import numpy as np
    >>> from RLNResponseLib.survival.follow_up import follow_up
    >>> curve = kaplan_meier(follow_up(np.array([1.0, 2, 3, 4]), np.array([True, False, True, False])))
    >>> [round(float(curve.at(months)), 3) for months in (1, 3)]
    [0.75, 0.375]
    """
    months = np.unique(follow_up.months)
    with without_warnings("lifelines") as lifelines:
        fitted = lifelines.KaplanMeierFitter().fit(follow_up.months, follow_up.event)
    # lifelines' table begins at 0, where nobody need have left.
    table = fitted.event_table.loc[months]
    at_risk, events, censored = (table[name].to_numpy(np.intp) for name in ("at_risk", "observed", "censored"))
    survival = fitted.survival_function_.loc[months].to_numpy(np.float64)[:, 0]
    with np.errstate(divide="ignore"):
        error = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events).astype(float))))
    log, log_log = _bands(survival, error, normal_quantile(confidence))
    median = Median(_falls_to_half(months, survival), _crossings(months, log), _crossings(months, log_log))
    return KaplanMeier(
        months=months,
        at_risk=at_risk,
        events=events,
        censored=censored,
        survival=survival,
        log=log,
        log_log=log_log,
        median=median,
    )


def cumulative_hazard(follow_up: FollowUp) -> Floats:
    """Nelson and Aalen's cumulative hazard at each row's own time (n,).

    Parameters
    ----------
    follow_up
        Times and events.

    Returns
    -------
    Floats

    Examples
    --------
    Three rows, events at 1 and 3: 1/3, nothing more at 2, and 1/3 + 1/1.

    >>> rows = FollowUp(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]))
    >>> cumulative_hazard(rows).round(3).tolist()
    [0.333, 0.333, 1.333]
    """
    times, events = np.unique(follow_up.months[follow_up.event], return_counts=True)
    at_risk = len(follow_up) - np.searchsorted(np.sort(follow_up.months), times, side="left")
    hazard = np.concatenate([[0.0], np.cumsum(events / at_risk)])
    return np.asarray(hazard[np.searchsorted(times, follow_up.months, side="right")])


def _bands(survival: Floats, error: Floats, z: float) -> tuple[Band, Band]:
    """`error` is the standard error of log S."""
    alive = np.where(survival > 0, survival, np.nan)
    between = np.where(survival < 1, alive, np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        spread = np.exp(z * error)
        log = Band(alive / spread, np.minimum(alive * spread, 1))
        power = np.exp(z * error / np.log(between))
        log_log = Band(between ** (1 / power), between**power)
    return log, log_log


def _crossings(months: Floats, band: Band) -> tuple[float, float]:
    return _falls_to_half(months, band.lower), _falls_to_half(months, band.upper)


def _falls_to_half(months: Floats, curve: Floats) -> float:
    """The first time below a half; where the curve stays at a half, the middle of that step, as R's
    quantile.survfit.
    """
    below = months[curve < 0.5 - _HALF]
    at_half = months[np.abs(curve - 0.5) <= _HALF]
    if len(at_half):
        return float((at_half[0] + (below[0] if len(below) else months[-1])) / 2)
    return float(below[0]) if len(below) else math.nan


@dataclass(frozen=True, kw_only=True)
class CumulativeIncidence:
    """The probability of one kind of event by a time, stepping at the events of that kind.

    Attributes
    ----------
    months
        (T,), ascending.
    estimate
        (T,), just after that time.
    variance
        (T,), of `estimate`.
    last_month
        The end of the longest follow-up; beyond it nothing is known.
    """

    months: Floats
    estimate: Floats
    variance: Floats
    last_month: float

    __repr__ = short_repr

    def at(self, months: float) -> float:
        """The probability by a time; NaN after the last one watched."""
        return self._step(self.estimate, months)

    def variance_at(self, months: float) -> float:
        """The variance of `at`."""
        return self._step(self.variance, months)

    def _step(self, values: Floats, months: float) -> float:
        if months > self.last_month:
            return math.nan
        index = int(np.searchsorted(self.months, months, side="right"))
        return float(values[index - 1]) if index else 0.0

    def as_json(self) -> dict[str, Any]:
        """The curve as the command line prints it."""
        return to_json({"time": self.months, "estimate": self.estimate, "variance": self.variance})


def cumulative_incidence(follow_up: FollowUp, competing: Bools) -> CumulativeIncidence:
    """Aalen–Johansen's estimate for the event of `follow_up`, as R's cmprsk::cuminc.

    F(t) = Σ S(u−)·d(u)/n(u), S the survival free of both events. The variance is the delta method's of Gray 1988
    (doi 10.1214/aos/1176350951), events at one time counted as drawn without replacement. No event gives an empty
    curve.

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    competing
        (n,) True where the other event ended the follow-up instead.

    Returns
    -------
    CumulativeIncidence

    Examples
    --------
    >>> import numpy as np
    >>> from RLNResponseLib.survival.follow_up import follow_up
    >>> watched = follow_up(np.array([1.0, 2, 3, 4]), np.array([True, False, True, False]))
    >>> died = np.array([False, True, False, False])
    >>> round(float(cumulative_incidence(watched, died).at(3)), 3)
    0.5
    """
    months, where = np.unique(follow_up.months, return_inverse=True)
    wanted = np.bincount(where[follow_up.event], minlength=len(months)).astype(float)
    other = np.bincount(where[competing & ~follow_up.event], minlength=len(months)).astype(float)
    ends = np.bincount(where, minlength=len(months))
    at_risk = len(follow_up) - np.concatenate([[0], np.cumsum(ends)[:-1]]).astype(float)
    after = np.cumprod(1 - (wanted + other) / at_risk)
    before = np.concatenate([[1.0], after[:-1]])
    estimate = np.cumsum(before * wanted / at_risk)
    steps = wanted > 0
    variance = _variance(wanted, other, at_risk, before, after, estimate)
    return CumulativeIncidence(
        months=months[steps], estimate=estimate[steps], variance=variance[steps], last_month=float(months[-1])
    )


def _variance(
    wanted: Floats, other: Floats, at_risk: Floats, before: Floats, after: Floats, estimate: Floats
) -> Floats:
    """Var F(t) = Σ (a(u) + b(u)·(F(u) − F(t)))²·V(u), both kinds of event, as three running sums.

    An event of the wanted kind at u moves F(u) itself (a = 1) and, through S, all later steps (b = 1 / S(u)); the other
    kind only the later steps (a = 0).
    """
    inverse = np.divide(1, after, out=np.zeros_like(after), where=after > 0)
    of_wanted = before**2 * wanted * _without_replacement(wanted, at_risk) / at_risk**2
    of_other = before**2 * other * _without_replacement(other, at_risk) / at_risk**2
    of_other[after <= 0] = 0
    level_wanted, level_other = 1 + inverse * estimate, inverse * estimate
    constant = np.cumsum(level_wanted**2 * of_wanted + level_other**2 * of_other)
    linear = np.cumsum(inverse * (level_wanted * of_wanted + level_other * of_other))
    squared = np.cumsum(inverse**2 * (of_wanted + of_other))
    return np.asarray(constant + estimate**2 * squared - 2 * estimate * linear)


def _without_replacement(events: Floats, at_risk: Floats) -> Floats:
    """1 − (d − 1)/(n − 1), 1 for a single event."""
    return np.where(events > 1, 1 - (events - 1) / np.maximum(at_risk - 1, 1), 1.0)
