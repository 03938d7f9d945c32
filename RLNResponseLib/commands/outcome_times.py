"""What endpoint and survival share: when a death counts as competing, and times that cannot be months."""

from __future__ import annotations

import argparse
import sys

from RLNResponseLib.common.months import implausible_months
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.survival.survival_table import deaths, zero_or_one

# As the tables of a study call it.
_DEATH_TIME = "follow_up_months"


def add_death_time(parser: argparse.ArgumentParser, option: str) -> None:
    """Declare the option that names when the patient died.

    Parameters
    ----------
    parser
        Of the command.
    option
        What it is called.

    """
    parser.add_argument(
        option,
        metavar="COLUMN",
        dest="death_time",
        help="months to the death or last contact of the patient; who died later than --time is censored there, and "
        f"the death does not compete ({_DEATH_TIME} where the table has it)",
    )


def death_time_column(table: Table, time: str, named: str | None) -> str | None:
    """The column that says when a patient died.

    Parameters
    ----------
    table
        The table, one row a lymph node.
    time
        Months to the event or to the end of watching.
    named
        By the call; None takes `follow_up_months` where the table has it.

    Returns
    -------
    str or None

    """
    return named or (_DEATH_TIME if _DEATH_TIME in table.columns and time != _DEATH_TIME else None)


def deaths_said(table: Table, death: str, time: str, event: Bools, named: str | None) -> Bools:
    """Which rows ended with the death; how many died later is said on stderr.

    Parameters
    ----------
    table
        The table, one row a lymph node.
    death
        1 or yes where the patient died.
    time
        Months to the event or to the end of watching.
    event
        (n,), where the event came first, and a death changes nothing.
    named
        The column of the death's time, as `death_time_column` takes it.

    Returns
    -------
    Bools

    """
    column = death_time_column(table, time, named)
    at_the_end = deaths(table, death, time, column)
    later = int((zero_or_one(table, death) & ~at_the_end & ~event).sum())
    if later:
        sentence = (
            f"{counted(later, 'lymph node')} with a death ({column}) after the end of local follow-up ({time}): "
            "censored there, the death does not compete."
        )
        print(one_line(f"note: {sentence}"), file=sys.stderr)
    return at_the_end


def say_implausible(time: str, months: Floats) -> None:
    """Say on stderr where times are too long for months.

    Parameters
    ----------
    time
        Name of the column.
    months
        Its times.

    """
    if sentence := implausible_months(time, months.tolist()):
        print(one_line(f"warning: {sentence}"), file=sys.stderr)
