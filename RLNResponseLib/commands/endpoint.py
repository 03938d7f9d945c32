"""`rlnresponse endpoint`: local control at a fixed time, lymph node by lymph node."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.outcome_times import add_death_time, deaths_said, say_implausible
from RLNResponseLib.commands.table_options import add_table_options, read_named_table, refuse_no_folder
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.cells import number_in
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.tables import Table, csv_text, plain_text
from RLNResponseLib.common.wording import counted
from RLNResponseLib.survival.comparison import Comparison, compare_endpoint
from RLNResponseLib.survival.endpoint import (
    TWO_YEAR_CONTROL,
    TWO_YEARS_MONTHS,
    Endpoint,
    counts,
    local_control,
    rounded_to_the_end,
)
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.states import three_states
from RLNResponseLib.survival.survival_table import refuse_repeated_rows, times, zero_or_one
from RLNResponseLib.survival.window import window


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "endpoint",
        help="local control at a fixed time: controlled, failed, left out or censored",
        description="Local control of each lymph node at a fixed time, as published: who died before it without "
        f"recurrence is left out. Beside it the cumulative incidence with death competing. {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV, XLSX or Parquet, a row a lymph node")
    parser.add_argument(
        "--time", metavar="COLUMN", required=True, help="months to recurrence or to the end of watching"
    )
    parser.add_argument(
        "--event", metavar="COLUMN", required=True, help="1 or yes where the lymph node recurred, else 0 or no"
    )
    parser.add_argument(
        "--death", metavar="COLUMN", required=True, help="1 or yes where the patient died, else 0 or no"
    )
    add_death_time(parser, "--death-time")
    parser.add_argument(
        "--months",
        metavar="N",
        type=float,
        default=TWO_YEARS_MONTHS,
        help=f"the window, {TWO_YEARS_MONTHS:g} by default",
    )
    parser.add_argument(
        "--window",
        metavar="N",
        type=float,
        default=0.0,
        help="of planned visits: one up to N months before or after the end counts as the visit at the end (0)",
    )
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help="the table with the endpoint, CSV")
    add_table_options(parser)
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Write the table with three more columns, and print the counts.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        no-rows, output-is-input, not-written, column-taken, and what reading the table refuses.

    """
    _refuse_output(call.output, call.table)
    table = read_named_table(call, call.table)
    refuse_repeated_rows(table)
    months, event = times(table, call.time), zero_or_one(table, call.event)
    died = deaths_said(table, call.death, call.time, event, call.death_time)
    say_implausible(call.time, months)
    if not table.rows:
        raise DataRefusedError(f"{table.name} has no rows below its header; give it the lymph nodes.", "no-rows")
    follow_up = FollowUp(months, event)
    endpoints = local_control(follow_up, died, call.months, call.window)
    write_text_atomically(call.output, _csv(table, endpoints, call.months))
    states = three_states(window(follow_up, died, call.months))
    rounded = int(rounded_to_the_end(follow_up, call.months).sum())
    if rounded:
        print(
            f"note: {counted(rounded, 'lymph node')} watched to less than a day short of {call.months:g} months: taken "
            "as watched to the end, as months made of days are.",
            file=sys.stderr,
        )
    print(_text(endpoints, compare_endpoint(endpoints, states), call))


def _refuse_output(output: Path, table: Path) -> None:
    if output.resolve() == table.resolve():
        raise DataRefusedError(
            f"{output.name} is the table itself; name another file for the endpoint.", "output-is-input"
        )
    refuse_no_folder(output)


def _control_column(months: float) -> str:
    """What the 0/1 column is called: `two_year_control`, or by its months where they are not 24."""
    return TWO_YEAR_CONTROL if months == TWO_YEARS_MONTHS else f"control_at_{months:g}_months"


def _csv(table: Table, endpoints: tuple[Endpoint, ...], months: float) -> str:
    column = _control_column(months)
    added = ("state", "reason", column)
    for name in added:
        if name in table.columns:
            raise DataRefusedError(
                f"{table.name} has a column '{name}' already; rename it, so that nothing is overwritten.",
                "column-taken",
            )
    rows = []
    for line, found in enumerate(endpoints):
        cells: dict[str, str | float | None] = {name: _cell(plain_text(table, line, name)) for name in table.columns}
        rows.append(cells | {"state": found.state, "reason": found.reason, column: found.control})
    return csv_text([*table.columns, *added], rows, figures=True)


def _cell(text: str) -> str | float:
    """A signed number as a number: as text it would be protected from spreadsheets by an apostrophe."""
    if not text.startswith(("-", "+")):
        return text
    value = number_in(text)
    return text if value is None else value


def _text(endpoints: tuple[Endpoint, ...], comparison: Comparison, call: argparse.Namespace) -> str:
    number = counts(endpoints)
    kept = number["controlled"] + number["failed"]
    around = (
        f" (planned visits from {call.months - call.window:g} to {call.months + call.window:g} count)"
        if call.window
        else ""
    )
    lines = [f"{counted(len(endpoints), 'lymph node')}, {kept} with a known outcome at {call.months:g} months{around}:"]
    reasons = {
        "controlled": "watched to the end of the window without recurrence",
        "failed": "recurred within it",
        "left out": "died within it without recurrence",
        "censored": "watched for less, without recurrence or death",
    }
    lines += [f"  {count:5d}  {state:<12}{reasons[state]}" for state, count in number.items()]
    for label, words in (
        ("as published", comparison.published),
        (comparison.kind, comparison.corrected),
        ("why", comparison.why),
    ):
        lines += textwrap.wrap(words, 100, initial_indent=f"{label:>12}: ", subsequent_indent=" " * 14)
    return "\n".join([*lines, f"Wrote {call.output}", RESEARCH_USE_ONLY])
