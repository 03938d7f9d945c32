"""What is known of each lymph node at one time, such as 24 months: the event, the other event first, neither, or not
known; and the three probabilities that add up to one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.statistics.estimates import Estimate, normal_quantile
from RLNResponseLib.survival.curves import CumulativeIncidence, cumulative_incidence, kaplan_meier
from RLNResponseLib.survival.endpoint import STATES, control_codes
from RLNResponseLib.survival.follow_up import FollowUp

LOG_MINUS_LOG = "95%, log-minus-log"
# A probability this near to 0 or 1 is one of them, but for rounding.
_NOTHING = 1e-12
# exp of this is 1e304, and what follows it is 0.
_LARGEST = 700.0


@dataclass(frozen=True, kw_only=True)
class Window:
    """Each row's fate by `months`, by the rule of the endpoint (`control_codes`) but for a death on the last day: there
    the endpoint counts the lymph node as controlled, and here its patient is dead.

    Attributes
    ----------
    months
        The window's end.
    end
        (n,), until when the row is watched within the window; `months` for who reached its end.
    event, competing, free
        (n,), exactly one of them True where the fate is known: the event by the window's end, the other event first, or
        neither. None is True where watching ended earlier for another reason.
    """

    months: float
    end: Floats
    event: Bools
    competing: Bools
    free: Bools

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.end)

    @property
    def censored(self) -> Bools:
        """(n,) whose fate is not known."""
        return np.asarray(~(self.event | self.competing | self.free))

    def of(self, rows: Bools) -> Window:
        """Those rows alone."""
        return Window(
            months=self.months,
            end=self.end[rows],
            event=self.event[rows],
            competing=self.competing[rows],
            free=self.free[rows],
        )


def window(follow_up: FollowUp, competing: Bools, months: float) -> Window:
    """The fate of each row at one time.

    Parameters
    ----------
    follow_up
        Time to the event or to the end of watching, months.
    competing
        (n,) True where the other event ended the follow-up instead.
    months
        The time, above 0.

    Returns
    -------
    Window

    Raises
    ------
    DataRefusedError
        bad-window.

    Examples
    --------
    >>> import numpy as np
    >>> watched = FollowUp(np.array([5.0, 9, 30, 12]), np.array([True, False, False, False]))
    >>> seen = window(watched, np.array([False, True, False, False]), 24)
    >>> seen.free.tolist(), seen.censored.tolist()
    ([False, False, True, False], [False, False, False, True])
    """
    if not (math.isfinite(months) and months > 0):
        raise DataRefusedError(
            "The time at which risks are judged is not a number of months above 0; correct it.", "bad-window"
        )
    died = competing & ~follow_up.event
    codes = control_codes(follow_up, died, months)
    other = np.asarray(died & (follow_up.months <= months))
    free = np.asarray((codes == STATES.index("controlled")) & ~other)
    return Window(
        months=months,
        end=np.where(free, months, follow_up.months),
        event=np.asarray(codes == STATES.index("failed")),
        competing=other,
        free=free,
    )


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
        states = {name: _estimate_json(getattr(self, name)) for name in ("event", "competing", "free")}
        return to_json({"months": self.months, "rows": self.rows, **states})


def three_states(seen: Window, confidence: float = 0.95) -> ThreeStates:
    """The share that had the event, that had the other event first, and that is free of both.

    Limits by log(−log), as R's conf.type = "log-log"; the variance of the two incidences is cmprsk's, that of the share
    free of both Greenwood's. Rows are taken as independent.

    Parameters
    ----------
    seen
        The fate of each row.
    confidence
        Coverage of the intervals, between 0 and 1.

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
    first = cumulative_incidence(FollowUp(seen.end, seen.event), seen.competing)
    second = cumulative_incidence(FollowUp(seen.end, seen.competing), seen.event)
    return ThreeStates(
        months=seen.months,
        rows=len(seen),
        event=incidence_estimate(first, seen.months if known else math.inf, confidence),
        competing=incidence_estimate(second, seen.months if known else math.inf, confidence),
        free=free,
    )


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
    lower = upper = math.nan
    if _NOTHING < value < 1 - _NOTHING:
        level = math.log(-math.log(value))
        half = normal_quantile(confidence) * math.sqrt(max(variance, 0)) / -(value * math.log(value))
        lower, upper = (math.exp(-math.exp(min(level + side, _LARGEST))) for side in (half, -half))
    return Estimate(value=value, lower=lower, upper=upper, interval=LOG_MINUS_LOG)


def censoring_survival(seen: Window) -> tuple[Floats, Floats, Floats, Floats]:
    """Kaplan and Meier's curve of being censored, as prodlim(reverse = TRUE): events at one time come first.

    Parameters
    ----------
    seen
        The fate of each row.

    Returns
    -------
    tuple of Floats
        (C,) each: the times at which rows are censored, the curve just after them, how many are censored there, and how
        many are still watched there, those included who have an event then.
    """
    times, gone = np.unique(seen.end[seen.censored], return_counts=True)
    ends = np.sort(seen.end)
    watched = len(ends) - np.searchsorted(ends, times, side="left")
    happened = np.sort(seen.end[seen.event | seen.competing])
    tied = np.searchsorted(happened, times, side="right") - np.searchsorted(happened, times, side="left")
    survival = np.cumprod(1 - gone / np.maximum(watched - tied, 1))
    return times, np.asarray(survival, dtype=np.float64), gone.astype(np.float64), watched.astype(np.float64)


def _estimate_json(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper}
