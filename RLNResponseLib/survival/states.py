"""Three probabilities that add up to one where another event can come first: the event, the other event, neither."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.statistics.estimates import Estimate, error_by_patient, normal_quantile, t_quantile
from RLNResponseLib.survival.censoring_weights import censoring_weights
from RLNResponseLib.survival.curves import CumulativeIncidence, cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.window import Window

LOG_MINUS_LOG = "95%, log-minus-log"
# A probability this near to 0 or 1 is one of them, but for rounding.
_NOTHING = 1e-12
# exp of this is 1e304, and what follows it is 0.
_LARGEST = 700.0


@dataclass(frozen=True, kw_only=True)
class ThreeStates:
    """Where a lymph node is at one time, each probability with its limits; together they are 1.

    Attributes
    ----------
    months
        The time.
    rows
        How many were watched from the start.
    event, competing
        Cumulative incidence (Aalen–Johansen) of the event, and of the other event first.
    free
        Neither of them: Kaplan–Meier of whichever comes first.
    """

    months: float
    rows: int
    event: Estimate
    competing: Estimate
    free: Estimate

    def as_json(self) -> dict[str, Any]:
        """The states as the command line prints them."""
        states = {name: estimate_json(getattr(self, name)) for name in ("event", "competing", "free")}
        return to_json({"months": self.months, "rows": self.rows, **states})


def three_states(seen: Window, confidence: float = 0.95, patients: Ints | None = None) -> ThreeStates:
    """The share that had the event, that had the other event first, and that is free of both.

    Limits by log(−log), as R's conf.type = "log-log". Rows as independent: the variance of the two incidences is
    cmprsk's, that of the share free of both Greenwood's. By patient: from what each row moves a share by, added up by
    patient, and Student's t with patients − 1 degrees of freedom.

    Parameters
    ----------
    seen
        The fate of each row.
    confidence
        Coverage of the intervals, between 0 and 1.
    patients
        (n,) whole numbers from 0: whose lymph node a row is; None where rows are taken as independent.

    Returns
    -------
    ThreeStates
    """
    either = kaplan_meier(FollowUp(seen.end, seen.event | seen.competing), confidence)
    last = int(np.searchsorted(either.months, seen.months, side="right")) - 1
    known = bool(either.months[-1] >= seen.months) or either.survival[-1] == 0
    survival = float(either.survival[last]) if known else math.nan
    free = Estimate(
        value=survival,
        lower=float(either.log_log.lower[last]) if known else math.nan,
        upper=float(either.log_log.upper[last]) if known else math.nan,
        interval=LOG_MINUS_LOG,
    )
    at = seen.months if known else math.inf
    first = cumulative_incidence(FollowUp(seen.end, seen.event), seen.competing)
    second = cumulative_incidence(FollowUp(seen.end, seen.competing), seen.event)
    event, competing = incidence_estimate(first, at, confidence), incidence_estimate(second, at, confidence)
    if patients is not None and known and len(np.unique(patients)) > 1:
        weights = censoring_weights(seen)
        event, competing, free = (
            _by_patient(estimate.value, weights.influence(weights.values * state), patients, confidence)
            for estimate, state in ((event, seen.event), (competing, seen.competing), (free, seen.free))
        )
    return ThreeStates(months=seen.months, rows=len(seen), event=event, competing=competing, free=free)


def _by_patient(value: float, influence: Floats, patients: Ints, confidence: float) -> Estimate:
    error, count = error_by_patient(influence, patients)
    lower, upper = _log_minus_log(value, t_quantile(confidence, count - 1) * error)
    return Estimate(value=value, lower=lower, upper=upper, interval=f"{LOG_MINUS_LOG}, by patient")


def incidence_estimate(curve: CumulativeIncidence, months: float, confidence: float = 0.95) -> Estimate:
    """A cumulative incidence at a time with limits F^exp(±z·se/(F·log F)); NaN where there are none.

    Parameters
    ----------
    curve
        Of one kind of event.
    months
        The time; infinite is not known.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    Estimate

    Source: Kalbfleisch and Prentice 2002, 8.2, for one kind of event among several.
    """
    if math.isinf(months):
        return Estimate(value=math.nan, lower=math.nan, upper=math.nan, interval=LOG_MINUS_LOG)
    last = min(months, curve.last_month)
    value, variance = curve.at(last), curve.variance_at(last)
    lower, upper = _log_minus_log(value, normal_quantile(confidence) * math.sqrt(max(variance, 0)))
    return Estimate(value=value, lower=lower, upper=upper, interval=LOG_MINUS_LOG)


def _log_minus_log(value: float, half: float) -> tuple[float, float]:
    """Limits of a probability whose log(−log) lies `half` / |p·log p| to either side."""
    if not _NOTHING < value < 1 - _NOTHING:
        return math.nan, math.nan
    level, side = math.log(-math.log(value)), half / -(value * math.log(value))
    return math.exp(-math.exp(min(level + side, _LARGEST))), math.exp(-math.exp(level - side))


def estimate_json(estimate: Estimate) -> dict[str, float]:
    """An estimate with its limits as the command line prints it.

    Parameters
    ----------
    estimate
        Of a probability or a time.

    Returns
    -------
    dict[str, float]
    """
    return {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper}
