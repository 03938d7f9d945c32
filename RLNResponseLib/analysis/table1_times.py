"""The times of a Table 1: the log-rank test of its groups, and their medians."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.statistics.group_tests import GroupTest
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import follow_up, groups
from RLNResponseLib.survival.group_tests import log_rank


def compare_times(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> GroupTest:
    """The log-rank test of any number of groups (R: survival::survdiff).

    Parameters
    ----------
    time
        (n,), months.
    event
        (n,), True where it happened.
    group
        (n,), whole numbers.

    Returns
    -------
    GroupTest
    """
    events, codes = np.asarray(event, dtype=bool), np.asarray(group)
    if len(np.unique(codes)) < 2 or not events.any():
        return GroupTest(
            name="log-rank", p=None, statistic=None, note="one group only" if len(np.unique(codes)) < 2 else "no event"
        )
    try:
        watched = follow_up(np.asarray(time, dtype=np.float64), events)
        test = log_rank(watched, groups([str(code) for code in codes.tolist()]))
    except DataRefusedError as refusal:
        return GroupTest(name="log-rank", p=None, statistic=None, note=str(refusal))
    return GroupTest(name="log-rank", p=test.p, statistic=test.chisq)


def median_time(time: ArrayLike, event: ArrayLike) -> float | None:
    """The median by Kaplan and Meier (R: survfit); None where the curve stays above a half.

    Parameters
    ----------
    time
        (n,), months.
    event
        (n,), whether it ended in the event.

    Returns
    -------
    float or None
    """
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    if not len(times) or not events.any():
        return None
    value = kaplan_meier(follow_up(times, events)).median.value
    return value if math.isfinite(value) else None
