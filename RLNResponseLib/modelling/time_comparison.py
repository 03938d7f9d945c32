"""Times to an event by group, for Table 1: the log-rank test and the median of Kaplan and Meier."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from RLNResponseLib.modelling.group_comparison import GroupTest


def compare_times(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> GroupTest:
    """The log-rank test of any number of groups (R: survival::survdiff).

    time   (n,), months; event (n,), True where it happened; group (n,), whole numbers
    """
    from scipy.stats import chi2

    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    codes = np.unique(np.asarray(group), return_inverse=True)[1]
    count = int(codes.max(initial=0)) + 1
    if count < 2 or not events.any():
        return GroupTest("log-rank", None, None, "one group only" if count < 2 else "no event")
    member = codes[:, None] == np.arange(count)
    excess, covariance = np.zeros(count), np.zeros((count, count))
    for moment in np.unique(times[events]):
        at_risk = member[times >= moment].sum(axis=0)
        failed = member[(times == moment) & events].sum(axis=0)
        n, d = at_risk.sum(), failed.sum()
        share = at_risk / n
        excess += failed - d * share
        if n > 1:
            covariance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    # The groups' excesses add up to 0, so one is left out; a group that is never at risk beside another adds nothing.
    statistic = float(excess[1:] @ np.linalg.pinv(covariance[1:, 1:]) @ excess[1:])
    return GroupTest("log-rank", float(chi2.sf(statistic, count - 1)), statistic)


def median_time(time: ArrayLike, event: ArrayLike) -> float | None:
    """The median by Kaplan and Meier (R: survfit); None where the curve stays above a half.

    Where the curve runs at exactly one half, the middle of that stretch, or its beginning if it has no end, as R has it.
    """
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    survival, level_since = 1.0, None
    for moment in np.unique(times[events]):
        if level_since is not None:
            return float((level_since + moment) / 2)
        survival *= 1 - np.count_nonzero(events & (times == moment)) / np.count_nonzero(times >= moment)
        if abs(survival - 0.5) < 1e-9:
            level_since = moment
        elif survival < 0.5:
            return float(moment)
    return None if level_since is None else float(level_since)
