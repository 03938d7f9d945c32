"""How a command takes a table: --sheet, --missing, the reading itself, and what is said of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from RLNResponseLib.common.cells import Sign
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.missing_codes import declared_sentence, suspicious_codes
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.common.tables import Table

_DECIMAL_SIGNS: Mapping[str, Sign] = {"point": ".", "comma": ","}


def add_table_options(parser: argparse.ArgumentParser, sheets: str | int | None = None) -> None:
    """Declare --sheet, --missing and --decimal.

    Parameters
    ----------
    parser
        Of the command.
    sheets
        How often --sheet may be given, as argparse's nargs; None once.

    """
    parser.add_argument(
        "--sheet",
        metavar="NAME",
        nargs=sheets,
        help="of a workbook (XLSX); the only visible one by default"
        + ("" if sheets is None else "; two names: of the patients, of the lymph nodes"),
    )
    parser.add_argument(
        "--missing",
        metavar="CODE",
        nargs="+",
        action="extend",
        default=[],
        help="codes that mean not known: --missing -99 UNK, or --missing=-99,UNK",
    )
    parser.add_argument(
        "--decimal", choices=tuple(_DECIMAL_SIGNS), help="the decimal sign of a CSV; told from the columns by default"
    )


def add_features(parser: argparse.ArgumentParser) -> None:
    """Declare --features and --exclude: which columns a score may be made of.

    Parameters
    ----------
    parser
        Of the command.

    """
    parser.add_argument(
        "--features",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="columns, by names or patterns ('CT_*'); by default those with a feature's name (original_…)",
    )
    parser.add_argument(
        "--exclude",
        metavar="PATTERN",
        action="append",
        default=[],
        help="columns that are no features, by names or patterns, with commas or again ('*_shape_*')",
    )


def table_options(call: argparse.Namespace, sheet: str | None = None) -> TableOptions:
    """What a call says of its table.

    Parameters
    ----------
    call
        With the arguments of `add_table_options`.
    sheet
        Of the table, where --sheet names several.

    Returns
    -------
    TableOptions

    """
    codes = [code.strip() for text in call.missing for code in ([text] if text == "," else text.split(","))]
    named = call.sheet if isinstance(call.sheet, str) else sheet
    decimal = _DECIMAL_SIGNS[call.decimal] if call.decimal else None
    group = getattr(call, "group", None)
    return TableOptions(
        sheet=named,
        missing=tuple(code for code in codes if code),
        decimal=decimal,
        names=(group,) if group else (),
    )


def read_named_table(call: argparse.Namespace, path: Path) -> Table:
    """A table that a call names; what was noticed in reading it is said on stderr.

    Parameters
    ----------
    call
        With the arguments of `add_table_options`.
    path
        The file.

    Returns
    -------
    Table

    """
    table = read_table(path, table_options(call))
    say_notes(table)
    return table


def refuse_no_folder(output: Path) -> None:
    """Raise DataRefusedError (not-written) where the folder of a file to write does not exist.

    Parameters
    ----------
    output
        The file.

    Raises
    ------
    DataRefusedError
        not-written.

    """
    if not output.parent.is_dir():
        raise DataRefusedError(f"The folder of {output.name} does not exist; make it, or name another.", "not-written")


def say_notes(table: Table, *, declared: bool = True) -> None:
    """Say on stderr how a table was read, what was declared missing, and which values look like an undeclared code.

    Parameters
    ----------
    table
        As it was read.
    declared
        Whether what was declared missing is said: Table 1 counts it itself.

    """
    for note in (*table.notes, *([declared_sentence(table.declared)] if declared and table.declared else [])):
        print(f"note: {note}", file=sys.stderr)
    for finding in suspicious_codes(table):
        print(f"warning: {finding.at_terminal}", file=sys.stderr)
