"""Follow-up: how long each lymph node was watched, and whether that ended with the event; rows divided into groups; and
the landmark, as covariates that are known only later may not explain what happened before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats, Ints

# R's survival takes times closer than this (absolute, or relative to the mean time) for tied; so do we.
_TIE = math.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class FollowUp:
    """Right-censored times.

    Attributes
    ----------
    months
        (n,), from the start to the event or to the end of watching, 0 or more.
    event
        (n,), True where the event ended it, False where it was censored.
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

    Parameters
    ----------
    months
        (n,), time to the end of follow-up, months.
    event
        (n,), whether it ended in the event.

    Returns
    -------
    FollowUp

    Raises
    ------
    DataRefusedError
        no-rows, bad-time (negative or not finite), no-event.

    Examples
    --------
    >>> import numpy as np
    >>> watched = follow_up(np.array([3.0, 0.1 + 0.2, 0.3]), np.array([True, False, True]))
    >>> bool(watched.months[1] == watched.months[2])
    True
    """
    if len(months) == 0:
        raise DataRefusedError("There are no rows to follow; give the table its lymph nodes.", "no-rows")
    wrong = np.flatnonzero(~np.isfinite(months) | (months < 0))
    if len(wrong):
        raise DataRefusedError(
            f"Time number {wrong[0] + 1} is negative or not finite; times run from the start of follow-up, so correct "
            f"it.",
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


@dataclass(frozen=True)
class Groups:
    """Rows divided into groups.

    Attributes
    ----------
    names
        (g,), each with a row at least.
    codes
        (n,), the number of each row's group.
    """

    names: tuple[str, ...]
    codes: Ints

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.names)

    def rows(self, group: int) -> Bools:
        """(n,) True in one group, by its number."""
        return np.asarray(self.codes == group)

    def counts(self) -> Ints:
        """(g,) how many rows each has."""
        return np.bincount(self.codes, minlength=len(self.names))


def groups(labels: Sequence[str]) -> Groups:
    """Groups by label (n,), numbers in the order of their size and words in that of the alphabet.

    Parameters
    ----------
    labels
        (n,), the group of each row.

    Returns
    -------
    Groups
    """
    names = sorted(set(labels), key=_by_number_then_name)
    number = {name: code for code, name in enumerate(names)}
    return Groups(tuple(names), np.array([number[label] for label in labels], dtype=np.intp))


def refuse_one_group(divided: Groups) -> None:
    """Raise DataRefusedError (one-group) where there is nothing to compare.

    Parameters
    ----------
    divided
        The rows by group.

    Raises
    ------
    DataRefusedError
        one-group.
    """
    if len(divided) < 2:
        raise DataRefusedError(
            f"All rows are in one group ({divided.names[0]}), so there is nothing to compare; choose another covariate "
            "or cutoff.",
            "one-group",
        )


def _by_number_then_name(label: str) -> tuple[float, str]:
    try:
        return float(label), label
    except ValueError:
        return float("inf"), label


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """Those still followed without event after `months`, their time counted from there.

    Attributes
    ----------
    months
        The landmark.
    rows
        (n,), True for those kept.
    follow_up
        Of those kept.
    left_out_event
        How many had the event up to the landmark.
    left_out_ended
        How many were not watched beyond it.
    """

    months: float
    rows: Bools
    follow_up: FollowUp
    left_out_event: int
    left_out_ended: int

    __repr__ = short_repr


def landmark(follow_up: FollowUp, months: float) -> Landmark:
    """Start the clock at `months`, when the response is assessed (Anderson, Cain and Gelber 1983, doi
    10.1200/JCO.1983.1.11.710).

    Who responds must have lived to be assessed; counting that time as theirs makes responders look better (immortal
    time).

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    months
        The landmark, months from the start.

    Returns
    -------
    Landmark

    Raises
    ------
    DataRefusedError
        bad-landmark, empty-landmark (no event after it).
    """
    if not (math.isfinite(months) and months >= 0):
        raise DataRefusedError("The landmark is not a number of months from 0 on; correct it.", "bad-landmark")
    kept = np.asarray(follow_up.months > months)
    if not follow_up.event[kept].any():
        raise DataRefusedError(
            f"No event happens after the landmark at month {months:g}; choose an earlier one.", "empty-landmark"
        )
    later = FollowUp(follow_up.months[kept] - months, follow_up.event[kept])
    return Landmark(
        months=months,
        rows=kept,
        follow_up=later,
        left_out_event=int((follow_up.event & ~kept).sum()),
        left_out_ended=int((~follow_up.event & ~kept).sum()),
    )
