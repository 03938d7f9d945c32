"""Follow-up: how long each lymph node was watched, and whether that ended with the event."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.array_types import Bools, Floats
from RLNResponseLib.display import short_repr
from RLNResponseLib.errors import DataRefusedError

# R's survival takes times closer than this (absolute, or relative to the mean time) for tied; so do we.
_TIE = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class FollowUp:
    """Right-censored times.

    months  (n,) from the start to the event or to the end of watching, 0 or more
    event   (n,) True where the event ended it, False where it was censored
    """

    months: Floats
    event: Bools

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.months)

    def of(self, rows: Bools) -> FollowUp:
        """Those rows alone."""
        return FollowUp(self.months[rows], self.event[rows])


def follow_up(months: Floats, event: Bools) -> FollowUp:
    """Times (n,) and events (n,) as a record, nearly equal times made equal.

    Raises DataRefusedError: no-rows, bad-time (negative or not finite), no-event.
    """
    if len(months) == 0:
        raise DataRefusedError("There are no rows to follow; give the table its lymph nodes.", "no-rows")
    wrong = np.flatnonzero(~np.isfinite(months) | (months < 0))
    if len(wrong):
        raise DataRefusedError(
            f"Time number {wrong[0] + 1} is negative or not finite; times run from the start of follow-up, so correct it.",
            "bad-time",
        )
    if not event.any():
        raise DataRefusedError(
            "No row has the event, so there is nothing to analyse; check the event column, where 1 is the event.",
            "no-event",
        )
    return FollowUp(_with_equal_ties(months), event)


def _with_equal_ties(months: Floats) -> Floats:
    """Times that differ by rounding alone (0.1 + 0.2 and 0.3) become equal, as R's survival::aeqSurv."""
    values = np.unique(months)
    steps = np.diff(values)
    tied = (steps <= _TIE) | (steps <= _TIE * np.abs(values).mean())
    firsts = values[np.concatenate([[True], ~tied])]
    return np.asarray(firsts[np.searchsorted(firsts, months, side="right") - 1])
