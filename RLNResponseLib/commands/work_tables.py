"""How a command takes a table whose rows are pieces of work: cases to score, CT and contours to import."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.common.row_cells import WorkTable, unused_columns, work_table
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.study.inside import refuse_inside_blinded_study


class Instead(argparse.Action):
    """An option in whose presence others are not required: a table says for every row what they say for one.

    instead_of  the actions of the others
    """

    def __init__(self, *arguments: Any, instead_of: Sequence[argparse.Action], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.instead_of = instead_of

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """Keep the value, and release the others."""
        setattr(namespace, self.dest, True if self.nargs == 0 else values)
        for action in self.instead_of:
            action.required = False


def refuse_beside(
    parser: argparse.ArgumentParser, call: argparse.Namespace, option: str, others: Sequence[str]
) -> None:
    """End a call (exit 2) that says for one what a table says for every row.

    Parameters
    ----------
    parser
        Of the command.
    call
        The parsed arguments.
    option
        The option in question: "--batch".
    others
        The attributes that must not be set beside it.
    """
    for name in others:
        if getattr(call, name, None) not in (None, False):
            parser.error(f"{option} says it for every row, so leave out {_said(name)}")


def _said(name: str) -> str:
    return name.upper() if name in ("image", "mask") else f"--{name.removesuffix('_id').replace('_', '-')}"


def add_sheet(parser: argparse.ArgumentParser) -> None:
    """Declare --sheet.

    Parameters
    ----------
    parser
        Of the command.
    """
    parser.add_argument(
        "--sheet", metavar="NAME", help="of a table that is a workbook (XLSX); the only visible one by default"
    )


def read_work_table(path: Path, sheet: str | None, columns: Sequence[str], options: Sequence[str]) -> WorkTable:
    """A table of work; how it was read, and which columns are of no use, is said on stderr.

    Parameters
    ----------
    path
        The file; paths in it lead from its folder on.
    sheet
        Of a workbook.
    columns
        Those that must be there.
    options
        Those that may be.

    Returns
    -------
    WorkTable
    """
    table = read_table(path, TableOptions(sheet=sheet))
    work = work_table(table, path.parent, columns, refuse_inside_blinded_study)
    for note in table.notes:
        print(f"note: {note}", file=sys.stderr)
    unused = unused_columns(table, (*columns, *options))
    if unused:
        print(
            f"note: not read from {path.name}: {', '.join(map(one_line, unused))}; what is read is "
            f"{', '.join((*columns, *options))}.",
            file=sys.stderr,
        )
    return work
