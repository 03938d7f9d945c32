"""Cumulative incidence where another event can come first (Aalen–Johansen)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.array_types import Bools, Floats
from RLNResponseLib.display import short_repr
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.plain import plain


@dataclass(frozen=True)
class CumulativeIncidence:
    """The probability of one kind of event by a time, stepping at the events of that kind, (T,) each.

    months      ascending
    variance    of `estimate`
    last_month  the end of the longest follow-up; beyond it nothing is known
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
        return plain({"time": self.months, "estimate": self.estimate, "variance": self.variance})


def cumulative_incidence(follow_up: FollowUp, competing: Bools) -> CumulativeIncidence:
    """Aalen–Johansen's estimate for the event of `follow_up`, as R's cmprsk::cuminc.

    competing  (n,) True where the other event ended the follow-up instead

    F(t) = Σ S(u−)·d(u)/n(u), S the survival free of both events. The variance is the delta method's of Gray 1988
    (doi 10.1214/aos/1176350951), events at one time counted as drawn without replacement. No event gives an empty curve.
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
    return CumulativeIncidence(months[steps], estimate[steps], variance[steps], float(months[-1]))


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
