"""How a command takes lymph nodes with their outcome: a table, or an unblinded study's own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from RLNResponseLib.analysis.cases import known_rows, study_cases, study_sets
from RLNResponseLib.commands.table_options import read_named_table
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table, refuse_missing
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study.study import Study

# Of a study, whose columns are known.
OUTCOME, PATIENT = "response", "patient"


def add_cases(parser: argparse.ArgumentParser) -> None:
    """Declare TABLE, --outcome and --group.

    Parameters
    ----------
    parser
        Of the command; `read_cases` looks for it as `call.parser`.

    """
    parser.add_argument(
        "table",
        metavar="TABLE",
        type=Path,
        help="CSV, XLSX or Parquet, one row a lymph node; or an unblinded and extracted STUDY, all its lymph nodes",
    )
    parser.add_argument(
        "--outcome", metavar="COLUMN", help=f"1/0, yes/no or true/false; {OUTCOME} of a study where it is not named"
    )
    parser.add_argument(
        "--group",
        metavar="COLUMN",
        help=f"the patient; every row is one where it is not named ({PATIENT} of a study)",
    )


def read_cases(call: argparse.Namespace) -> tuple[Table, str, str | None]:
    """The lymph nodes of a call, the column of the outcome, and that of the patient.

    Lymph nodes of a study whose outcome is not known are left out, which is said.

    Parameters
    ----------
    call
        With the arguments of `add_cases` and `add_table_options`.

    Returns
    -------
    tuple of Table, str and str or None

    Raises
    ------
    DataRefusedError
        no-rows where no lymph node of a study has the outcome; what reading the table or the study refuses.

    """
    if not call.table.is_dir():
        if call.outcome is None:
            call.parser.error("--outcome is needed for a table")
        return read_named_table(call, call.table), call.outcome, call.group
    study = Study.open(call.table)
    study.refuse_while_blinded("The outcomes")
    outcome = call.outcome or OUTCOME
    cases = study_cases(study, study_sets(study, split=False))
    refuse_missing(cases, [outcome])
    known = known_rows(cases, (outcome,))
    if not known.rows:
        raise DataRefusedError(
            f"No lymph node of the study has a known {outcome}; import the outcomes, or name another column.", "no-rows"
        )
    if len(known.rows) < len(cases.rows):
        left_out = counted(len(cases.rows) - len(known.rows), "lymph node")
        print(f"note: {left_out} left out, as {outcome} is empty.", file=sys.stderr)
    return known, outcome, call.group or PATIENT
