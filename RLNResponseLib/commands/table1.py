"""`rlnresponse table1`: the variables of a table, compared between groups."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.table1 import TIMES, table1
from RLNResponseLib.commands.table_options import add_table_options, say_notes, table_options
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import refuse_missing
from RLNResponseLib.report.text.table1 import table1_json, table1_text


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "table1",
        help="Table 1: every variable of a table, compared between groups",
        description="Counts, means and times of every column by the groups of one, with the tests that compare them. "
        "Controlled and uncontrolled lymph nodes are compared by naming that column.",
    )
    parser.add_argument(
        "table", metavar="TABLE", type=Path, help="CSV, XLSX or Parquet, one row a patient or lymph node"
    )
    parser.add_argument("--by", metavar="COLUMN", required=True, help="the column whose values are the groups")
    parser.add_argument(
        "--group", metavar="COLUMN", help="the patient, where the column is called neither patient_id nor patient"
    )
    parser.add_argument(
        "--time",
        metavar=("MONTHS", "EVENT"),
        nargs=2,
        action="append",
        default=[],
        help="a column of times and that of its event (yes or 1); again for another",
    )
    parser.add_argument(
        "--random-groups",
        action="store_true",
        help="the groups were dealt at random, as training and validation are: standardised differences, no p-values",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object with unrounded figures")
    add_table_options(parser)
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Compare, and print.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        missing-column, and what reading and comparing refuse.

    """
    read = read_table(call.table, table_options(call))
    say_notes(read, declared=False)
    named = dict(call.time)
    refuse_missing(read, [*named, *named.values()])
    table = table1(read, call.by, {**TIMES, **named}, dealt=call.random_groups, group=call.group)
    print(json.dumps(table1_json(table), indent=2) if call.json else table1_text(table))
