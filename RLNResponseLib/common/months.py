"""Months by the calendar, and times that cannot be months."""

from __future__ import annotations

import calendar
import statistics
from collections.abc import Sequence
from datetime import date

# A month is a twelfth of a year where a time has no date to begin with.
DAYS_A_MONTH = 365.25 / 12
# Nobody is watched for twenty years after a recurrence; a year in days is 365.
_LONGEST_MONTHS, _LONGEST_MEDIAN_MONTHS = 240.0, 120.0


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last where it has no such day (lubridate's %m+%).

    Parameters
    ----------
    day
        Where the months begin.
    months
        How many whole ones.

    Returns
    -------
    date

    Examples
    --------
    >>> add_months(date(2020, 1, 31), 1)
    datetime.date(2020, 2, 29)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(start: date, stop: date) -> float:
    """Months by the calendar, so that the second anniversary is month 24: whole months, and of the month after them
    the share that has passed. As lubridate's time_length(interval(start, stop), "month").

    Parameters
    ----------
    start
        The first day.
    stop
        Not before it.

    Returns
    -------
    float

    Examples
    --------
    >>> months_between(date(2020, 6, 1), date(2022, 6, 1)), months_between(date(2020, 1, 31), date(2020, 2, 29))
    (24.0, 1.0)
    >>> months_between(date(2021, 3, 1), date(2021, 3, 16)) == 15 / 31
    True
    """
    whole = (stop.year - start.year) * 12 + stop.month - start.month
    if add_months(start, whole) > stop:
        whole -= 1
    passed, full = add_months(start, whole), add_months(start, whole + 1)
    return whole + (stop - passed).days / (full - passed).days


def implausible_months(name: str, months: Sequence[float]) -> str | None:
    """A sentence where times are too long for months, as days are.

    Parameters
    ----------
    name
        Of the column.
    months
        Its times, those that are known.

    Returns
    -------
    str or None
        None where they may be months.

    Examples
    --------
    >>> implausible_months("follow_up", [12.0, 31.5]) is None
    True
    >>> implausible_months("time", [365.0, 730.0, 200.0])
    'The times of time are up to 730 with a median of 365, long for months; if they are days, divide them by 30.4375.'
    """
    if not months:
        return None
    longest, median = max(months), statistics.median(months)
    if longest <= _LONGEST_MONTHS and median <= _LONGEST_MEDIAN_MONTHS:
        return None
    return (
        f"The times of {name} are up to {longest:g} with a median of {median:g}, long for months; if they are days, "
        f"divide them by {DAYS_A_MONTH:g}."
    )
