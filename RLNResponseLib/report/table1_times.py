"""Times to an event by group, for Table 1: the log-rank test and the median of Kaplan and Meier, from the survival room."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.group_comparison import GroupTest
from RLNResponseLib.survival.follow_up import follow_up
from RLNResponseLib.survival.groups import groups
from RLNResponseLib.survival.kaplan_meier import kaplan_meier
from RLNResponseLib.survival.log_rank import log_rank


def compare_times(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> GroupTest:
    """The log-rank test of any number of groups (R: survival::survdiff).

    time   (n,), months; event (n,), True where it happened; group (n,), whole numbers
    """
    events, codes = np.asarray(event, dtype=bool), np.asarray(group)
    if len(np.unique(codes)) < 2 or not events.any():
        return GroupTest("log-rank", None, None, "one group only" if len(np.unique(codes)) < 2 else "no event")
    try:
        watched = follow_up(np.asarray(time, dtype=np.float64), events)
        found = log_rank(watched, groups([str(code) for code in codes.tolist()]))
    except DataRefusedError as refusal:
        return GroupTest("log-rank", None, None, str(refusal))
    return GroupTest("log-rank", found.p, found.chisq)


def median_time(time: ArrayLike, event: ArrayLike) -> float | None:
    """The median by Kaplan and Meier (R: survfit); None where the curve stays above a half."""
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    if not len(times) or not events.any():
        return None
    value = kaplan_meier(follow_up(times, events)).median.value
    return value if math.isfinite(value) else None
