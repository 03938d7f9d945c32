"""`rlnresponse study import-clinical`: its files, and what is said of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from RLNResponseLib.commands.table_options import add_table_options, table_options
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.common.workbook import is_workbook
from RLNResponseLib.study.clinical_columns import OLDEST_KEPT_YEARS, OLDEST_TOLD_YEARS
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.imports import import_clinical
from RLNResponseLib.study.study import Study


def add_clinical_files(command: argparse.ArgumentParser) -> None:
    """Declare the files and how they are read.

    Parameters
    ----------
    command
        The parser of the command.

    """
    command.add_argument("--patients", metavar="FILE", type=Path, required=True)
    command.add_argument("--lymph-nodes", metavar="FILE", type=Path, required=True)
    command.add_argument(
        "--instrument", metavar="NAME", help="of a REDCap export: the repeating instrument of the lymph nodes"
    )
    add_table_options(command, sheets="+")


def take_clinical_files(study: Study, call: argparse.Namespace) -> None:
    """Import the files into the study, and say what was noticed.

    Parameters
    ----------
    study
        Opened.
    call
        With the arguments of `add_clinical_files`.

    """
    files = (call.patients, call.lymph_nodes)
    of_patients, of_lymph_nodes = (table_options(call, sheet) for sheet in _sheets(call.sheet, files))
    tables = read_clinical_files(*files, of_patients, of_lymph_nodes, instrument=call.instrument, today=now().today)
    for note in tables.notes:
        print(one_line(f"note: {note}"), file=sys.stderr)
    changed = import_clinical(study, tables, now())
    contents = f"{counted(len(tables.patients), 'patient')}, {counted(len(tables.lymph_nodes), 'lymph node')}"
    without = {patient.id for patient in tables.patients} - {each.patient for each in tables.lymph_nodes}
    if without and tables.lymph_nodes:
        print(
            f"note: {counted(len(without), 'patient')} of {call.patients.name} without a row in the lymph-node table."
        )
    print(f"Imported {contents}." if changed else f"The study holds these tables already: {contents}.")
    if oldest := sum(patient.age_years == OLDEST_KEPT_YEARS for patient in tables.patients):
        print(f"note: {counted(oldest, 'age')} over {OLDEST_TOLD_YEARS:g} kept as {OLDEST_KEPT_YEARS:g}.")


def _sheets(names: Sequence[str] | None, files: Sequence[Path]) -> list[str | None]:
    """The sheet of each file: one name is for every workbook among them, two are in their order."""
    if names is None or len(names) > 1:
        return [None, None] if names is None else [names[0], names[-1]]
    books = [file.is_file() and is_workbook(file) for file in files]
    return [names[0] if is_book or not any(books) else None for is_book in books]
