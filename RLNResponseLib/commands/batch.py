"""What `rlnresponse score --batch` and `features --batch` share: a table of cases, or nnU-Net's folders."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from RLNResponseLib.analysis.batch import BatchTable, Cell, Task, run_batch
from RLNResponseLib.analysis.batch_cases import (
    CASE_COLUMNS,
    CASE_OPTIONS,
    BatchCase,
    cases_of_folder,
    cases_of_table,
)
from RLNResponseLib.commands.options import TimedProgress, from_one
from RLNResponseLib.commands.work_tables import Instead, add_sheet, read_work_table, refuse_beside
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.row_cells import in_a_table
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.study.inside import refuse_inside_blinded_study

# What a row says for itself.
_OF_ONE = ("image", "mask", "segment", "component", "series", "acquisition")


def add_batch(parser: argparse.ArgumentParser, image_and_mask: Sequence[argparse.Action]) -> None:
    """Declare --batch, --workers and --sheet.

    Parameters
    ----------
    parser
        Of the command.
    image_and_mask
        The actions of IMAGE and MASK, which --batch replaces.
    """
    parser.add_argument(
        "--batch",
        metavar="CASES",
        type=Path,
        action=Instead,
        instead_of=image_and_mask,
        help=f"instead of IMAGE and MASK a table ({', '.join(CASE_COLUMNS)}, and where needed "
        f"{', '.join(CASE_OPTIONS)}; paths from its folder on), or a folder of nnU-Net (imagesTr, labelsTr)",
    )
    parser.add_argument(
        "--workers", metavar="N", type=from_one, help="of a batch: processes at work, one CT each (default: one a core)"
    )
    add_sheet(parser)


def refuse_without_batch(parser: argparse.ArgumentParser, call: argparse.Namespace) -> None:
    """End a call (exit 2) that says how a batch is done, and names none.

    Parameters
    ----------
    parser
        Of the command.
    call
        The parsed arguments, without --batch.
    """
    for name in ("workers", "sheet"):
        if getattr(call, name) is not None:
            parser.error(f"--{name} is for --batch, which is not given")


def do_batch(call: argparse.Namespace, task: Task, done: str, *, not_beside: Sequence[str] = ()) -> None:
    """Read the cases, do the task with each, write or print the table, say what was refused.

    Parameters
    ----------
    call
        With the arguments of `add_batch`, `output` and `json`.
    task
        What is done with each case.
    done
        What a case is then: "scored".
    not_beside
        Further options that are for one case only.

    Raises
    ------
    DataRefusedError
        cases-refused where any was, after the table was written.
    """
    refuse_beside(call.parser, call, "--batch", (*_OF_ONE, *not_beside))
    cases = _cases(call)
    table = run_batch(cases, task, TimedProgress(), workers=call.workers)
    rows = list(table.cells())
    if call.output is not None:
        write_text_atomically(call.output, csv_text(table.columns, rows))
    if call.json:
        print(json.dumps({"rows": [_plain(row) for row in rows]}, indent=2, allow_nan=False))
    elif call.output is None:
        print(csv_text(table.columns, rows), end="")
    _report(call, table, done)


def _cases(call: argparse.Namespace) -> tuple[BatchCase, ...]:
    if not call.batch.is_dir():
        return cases_of_table(read_work_table(call.batch, call.sheet, CASE_COLUMNS, CASE_OPTIONS))
    if call.sheet is not None:
        call.parser.error("--sheet is for a workbook, and --batch names a folder")
    cases, notes = cases_of_folder(call.batch)
    for note in notes:
        print(one_line(f"note: {note}"), file=sys.stderr)
    return tuple(map(_not_of_a_blinded_study, cases))


def _not_of_a_blinded_study(case: BatchCase) -> BatchCase:
    """A file of the folder may be a link into a study."""
    try:
        for path in (case.image, case.mask):
            if path is not None:
                refuse_inside_blinded_study(path)
    except DataRefusedError as refusal:
        return replace(case, refusal=refusal)
    return case


def _plain(row: dict[str, Cell]) -> dict[str, Cell]:
    return {key: None if isinstance(cell, float) and not math.isfinite(cell) else cell for key, cell in row.items()}


def _report(call: argparse.Namespace, table: BatchTable, done: str) -> None:
    """What was refused, a line each, and how many; the table is all that may stand on stdout where it is printed."""
    refused = table.refused
    for row in refused:
        assert row.refusal is not None
        print(f"{row.where}: {in_a_table(row.refusal.at_terminal, CASE_OPTIONS)}", file=sys.stderr)
    wrote = f"Wrote {call.output}: " if call.output is not None else ""
    words = f"{wrote}{len(table.rows) - len(refused)} {done}, {len(refused)} refused."
    print(words, file=sys.stderr if call.json or call.output is None else sys.stdout)
    if refused:
        raise DataRefusedError(
            f"{len(refused)} of {counted(len(table.rows), 'contour')} refused, for the reasons above, which the column "
            "refused holds too.",
            "cases-refused",
        )
