"""`rlnresponse table`: an unblinded study's lymph nodes as the table that fit, validate, endpoint and survival take."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.cases import feature_table, known_rows, rows_where, study_cases, study_sets
from RLNResponseLib.analysis.redcap_export import redcap_project
from RLNResponseLib.analysis.size_response import study_axes
from RLNResponseLib.commands.options import progress_bar
from RLNResponseLib.commands.table_options import refuse_no_folder
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.tables import Table, csv_text, refuse_missing
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.study.split import SETS
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

# What the commands refuse a row for, where it is empty.
_NEEDED = ("response", "local_control_months", "local_recurrence", "died")


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "table",
        help="the lymph nodes of an unblinded study for fit, validate, endpoint and survival",
        description="One row a lymph node: patient, set, outcomes, the patient's variables and the features of the "
        f"first reader's first contour, as fit, validate, endpoint, survival and table1 take them. {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder, unblinded and extracted")
    parser.add_argument("--set", choices=SETS, help="only these; both by default")
    parser.add_argument(
        "--known",
        metavar="COLUMN",
        nargs="+",
        default=[],
        help="leave out the lymph nodes whose cell is empty there, as response or local_control_months",
    )
    parser.add_argument(
        "--size",
        action="store_true",
        help="with the long and the short axis of the contour, mm, as recist measures them",
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="a CSV file; the terminal by default")
    parser.add_argument(
        "--redcap",
        metavar="FILE.csv",
        type=Path,
        help="instead: scores and groups as records that REDCap imports, and their data dictionary beside "
        "(FILE-dictionary.csv); no outcome in either",
    )
    parser.set_defaults(run=run, parser=parser)


def run(call: argparse.Namespace) -> None:
    """Write the table, and say what it holds.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        blinded, not-extracted, output-in-study, not-written, missing-column, no-rows, and what dividing the patients
        refuses.

    """
    study = Study.open(call.study)
    if call.redcap is not None:
        if call.set is not None or call.known or call.output is not None:
            call.parser.error("--redcap writes its own two files; leave out --set, --known and --output")
        _write_redcap(study, call.redcap)
        return
    study.refuse_while_blinded("The outcomes")
    if call.output:
        _refuse_in_study(call.output, study)
        refuse_no_folder(call.output)
    feature_table(study)  # before the patients are divided for good
    table = _chosen(study_cases(study, study_sets(study)), call)
    if call.size:
        table = _with_size(study, table)
    text = csv_text(table.columns, table.rows, figures=True)
    if call.output:
        write_text_atomically(call.output, text)
    else:
        print(text, end="")
    _say(table, call)


def _with_size(study: Study, table: Table) -> Table:
    axes = study_axes(study, {row["lymph_node"] for row in table.rows})
    rows = []
    for row in table.rows:
        own = axes[row["lymph_node"]]
        rows.append({**row, "long_axis_mm": repr(own.long_mm), "short_axis_mm": repr(own.short_mm)})
    return replace(table, columns=(*table.columns, "long_axis_mm", "short_axis_mm"), rows=tuple(rows))


def _write_redcap(study: Study, records: Path) -> None:
    study.refuse_while_blinded("Scores and groups")
    dictionary = records.with_name(f"{records.stem}-dictionary.csv")
    for output in (records, dictionary):
        _refuse_in_study(output, study)
    refuse_no_folder(records)
    made = redcap_project(study, progress_bar)
    write_text_atomically(dictionary, made.dictionary)
    write_text_atomically(records, made.records)
    print(
        f"{counted(made.lymph_nodes, 'lymph node')}, {made.scored} with scores. {RESEARCH_USE_ONLY}\n"
        f"Wrote:\n  {records}\n  {dictionary}"
    )


def _refuse_in_study(output: Path, study: Study) -> None:
    """The folder is the database: what is not its own would be found by verify, or take the place of a record."""
    folder = study.folder.resolve()
    if output.resolve().is_relative_to(folder) and not output.resolve().is_relative_to(folder / "results"):
        raise DataRefusedError(
            f"{output.name} would lie among the study's own files; name a file elsewhere, or in its folder results.",
            "output-in-study",
        )


def _chosen(cases: Table, call: argparse.Namespace) -> Table:
    # endpoint makes that column, for any window.
    columns = tuple(name for name in cases.columns if name != TWO_YEAR_CONTROL)
    refuse_missing(cases, call.known)
    rows = rows_where(cases, {"set": call.set} if call.set else {})
    kept = known_rows(rows, tuple(call.known))
    if not kept.rows:
        raise DataRefusedError(
            "No lymph node of the study is left for the table; ask for fewer known columns, or the other set.",
            "no-rows",
        )
    if len(kept.rows) < len(rows.rows):
        left_out = counted(len(rows.rows) - len(kept.rows), "lymph node")
        print(one_line(f"note: {left_out} left out, as {' or '.join(call.known)} is empty."), file=sys.stderr)
    return replace(kept, columns=columns, rows=tuple({name: row[name] for name in columns} for row in kept.rows))


def _say(table: Table, call: argparse.Namespace) -> None:
    patients = len({row["patient"] for row in table.rows})
    contents = f"{counted(len(table.rows), 'lymph node')} of {counted(patients, 'patient')}"
    print(f"{contents}{f' in {one_line(call.output.name)}' if call.output else ''}.", file=sys.stderr)
    for name in _NEEDED:
        if empty := sum(not row[name] for row in table.rows):
            print(
                f"note: {name} is empty in {counted(empty, 'row')}; the commands that ask for it refuse them, and "
                f"--known {name} leaves them out.",
                file=sys.stderr,
            )
