"""A reader's day: how many readings they locked in it, and what of their list is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from RLNResponseLib.study.study import Study
from RLNResponseLib.study.worklist import WorklistItem

Which = Literal["all", "left", "locked"]
WHICH: tuple[Which, ...] = ("all", "left", "locked")


@dataclass(frozen=True)
class ReadingDay:
    """What one reader locked on one day, corrections too.

    Attributes
    ----------
    readings
        How many.
    minutes
        Of contouring, of those whose time was measured.
    timed
        How many those are.
    """

    readings: int
    minutes: float
    timed: int


def reading_day(study: Study, reader: str, day: date) -> ReadingDay:
    """What a reader locked on a day, as the locked readings say.

    Parameters
    ----------
    study
        An opened study.
    reader
        The reader's code.
    day
        The calendar day in UTC, as the study counts days.

    Returns
    -------
    ReadingDay
    """
    locked = [one for one in study.readings() if one.key.reader == reader and one.locked_at.date() == day]
    timed = [one.minutes for one in locked if one.minutes is not None]
    return ReadingDay(len(locked), sum(timed, 0.0), len(timed))


def of_list(items: Iterable[WorklistItem], which: Which) -> tuple[WorklistItem, ...]:
    """The lymph nodes of a worklist that somebody wants to see.

    Parameters
    ----------
    items
        Of a reader's worklist.
    which
        "left" may be read today (open or to read), "locked" is done, "all" is everything, what waits too.

    Returns
    -------
    tuple of WorklistItem
        In their order.
    """
    wanted = {"left": ("available", "open"), "locked": ("locked",)}.get(which)
    return tuple(item for item in items if wanted is None or item.state in wanted)
