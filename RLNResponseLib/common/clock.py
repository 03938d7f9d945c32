"""The only place that reads the clock; everything else is handed a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from RLNResponseLib.common.errors import DataRefusedError

TODAY_VARIABLE = "RLNRESPONSE_TODAY"
# Clocks of a department's workstations differ by so much without a fault.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Now:
    """A moment as the study records it.

    Attributes
    ----------
    moment
        UTC, to the second.
    is_simulated
        True where RLNRESPONSE_TODAY set the date; the audit log records it.
    """

    moment: datetime
    is_simulated: bool = False

    @property
    def today(self) -> date:
        """The calendar day that the washout is counted in."""
        return self.moment.date()


def now() -> Now:
    """The clock's time, or the day that RLNRESPONSE_TODAY (ISO, `2026-03-01`) names at the clock's time of day.

    Returns
    -------
    Now

    Raises
    ------
    DataRefusedError
        bad-today.
    """
    clock = datetime.now(UTC).replace(microsecond=0)
    named = os.environ.get(TODAY_VARIABLE)
    if not named:
        return Now(clock)
    try:
        day = date.fromisoformat(named)
    except ValueError:
        raise DataRefusedError(
            f"{TODAY_VARIABLE} is set to '{named[:40]}', which is not an ISO date; write it like 2026-03-01 or unset "
            f"it.",
            "bad-today",
        ) from None
    return Now(clock.replace(year=day.year, month=day.month, day=day.day), is_simulated=True)
