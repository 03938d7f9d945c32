"""Kaplan–Meier with its at-risk table and two named intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.array_types import Floats, Ints
from RLNResponseLib.display import short_repr
from RLNResponseLib.estimates import normal_quantile
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.of_lifelines import of_lifelines
from RLNResponseLib.survival.plain import plain

# R's quantile.survfit: a survival this near to a half is a half.
_HALF = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class Band:
    """Pointwise limits (T,); NaN where the interval is not defined (survival 0, and for log-log also 1)."""

    lower: Floats
    upper: Floats

    __repr__ = short_repr


@dataclass(frozen=True)
class Median:
    """The time at which survival falls to a half, months, and where each band does; NaN where it does not."""

    value: float
    log: tuple[float, float]
    log_log: tuple[float, float]


@dataclass(frozen=True)
class KaplanMeier:
    """The curve at every time that occurs, (T,) each, as R's survfit.

    months    ascending
    at_risk   rows watched just before that time
    survival  just after it
    log       S · exp(±z·se(log S)), at most 1: R's conf.type = "log"
    log_log   S^exp(±z·se(log S)/log S): R's conf.type = "log-log"
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
        return plain(
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

    The estimate and the table of those at risk are lifelines' KaplanMeierFitter; the bands are our own, for lifelines has
    no log band, and so is the median, for lifelines takes no middle where the curve stays at a half
    (docs/dependencies.md has the figures).

    Parameters
    ----------
    follow_up : FollowUp
        The rows, times in months, made by `follow_up`, which makes nearly equal times equal. A group without any event has
        survival 1 throughout.
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

    """
    months = np.unique(follow_up.months)
    with of_lifelines("lifelines") as lifelines:
        fitted = lifelines.KaplanMeierFitter().fit(follow_up.months, follow_up.event)
    # lifelines' table begins at 0, where nobody need have left.
    table = fitted.event_table.loc[months]
    at_risk, events, censored = (table[name].to_numpy(np.intp) for name in ("at_risk", "observed", "censored"))
    survival = fitted.survival_function_.loc[months].to_numpy(np.float64)[:, 0]
    with np.errstate(divide="ignore"):
        error = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events).astype(float))))
    log, log_log = _bands(survival, error, normal_quantile(confidence))
    median = Median(_falls_to_half(months, survival), _crossings(months, log), _crossings(months, log_log))
    return KaplanMeier(months, at_risk, events, censored, survival, log, log_log, median)


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
    """The first time below a half; where the curve stays at a half, the middle of that step, as R's quantile.survfit."""
    below = months[curve < 0.5 - _HALF]
    at_half = months[np.abs(curve - 0.5) <= _HALF]
    if len(at_half):
        return float((at_half[0] + (below[0] if len(below) else months[-1])) / 2)
    return float(below[0]) if len(below) else math.nan
