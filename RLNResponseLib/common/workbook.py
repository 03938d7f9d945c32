"""A sheet of an XLSX workbook as lines of text: what its cells show, a formula by the value that is stored with it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.table_size import refuse_too_many_cells
from RLNResponseLib.common.wording import listed, one_line

# A table of a thousand rows is a few hundred kB unpacked.
_MAXIMUM_UNPACKED_BYTES = 50_000_000
_MAXIMUM_RATIO = 200
# A spreadsheet keeps fifteen digits of a number: beyond them an identifier is not what was typed.
_MOST_DIGITS = 10**15
# The format of a number that is shown as 00123.
_PADDED = re.compile(r"0{2,20}")
# And of one that is shown as P001.
_PREFIXED = re.compile(r'(?:"([A-Za-z]{1,8}[-_]?)"|\\?([A-Za-z])(?<![dmyhsDMYHSEGB]))(0{1,20})')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_MOST_ROWS = 12
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]+(\d+):[A-Z]+(\d+))"')
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(\s[^<>]*)?>")
_WHERE = re.compile(rb"""\sr\s*=\s*["']([^"']*)""")
_PLACE = re.compile(rb"([A-Z]{0,3})([0-9]{1,20})")
# Of 40 bytes at least each, a workbook holds no more unless most are empty.
_MOST_CELLS = 2_000_000
_WORKBOOK, _BINARY_WORKBOOK = "xl/workbook.xml", "xl/workbook.bin"
_LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet.

    name    as its tab shows it
    lines   from row 1 on, blank ones too
    notes   which sheet was taken, where there are others
    merged  its merged cells: "B2:B3", with their first and last row
    """

    name: str
    lines: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    merged: tuple[tuple[str, int, int], ...] = ()


def is_workbook(path: Path) -> bool:
    """Whether a file is an archive as XLSX is.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def read_sheet(path: Path, name: str | None = None, decimal: str = ".") -> Sheet:
    """The cells of one sheet as text.

    Parameters
    ----------
    path
        An XLSX file.
    name
        The sheet's; None takes the only visible one that holds cells.
    decimal
        The decimal sign with which stored numbers are written, so that they are read as what they are.

    Returns
    -------
    Sheet

    Raises
    ------
    DataRefusedError
        bad-table for what is no XLSX workbook, or has cells out of order; too-many-cells, several-sheets,
        no-such-sheet, formula-without-value, mixed-percent, missing-package where openpyxl is not installed.
    """
    _refuse_other_archives(path)
    openpyxl = need("openpyxl")
    try:
        # Twice: the values alone do not say which cells are formulas, nor the formulas what they came to.
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(path, read_only=True, data_only=False)
        for each in values.worksheets:
            if each.sheet_state == "visible" or each.title == name:
                _refuse_misplaced(path, each)
        sheet, notes = _chosen(path.name, values, name)
        percents: dict[int, dict[bool, str]] = {}
        lines = tuple(_lines(path.name, sheet, formulas[sheet.title], decimal, percents))
        xml = _xml(path, sheet)
        merged = tuple(_merged(xml))
        notes = (*notes, *_hidden_rows(path.name, xml), *_percent_columns(path.name, percents))
        values.close()
        formulas.close()
    except DataRefusedError:
        raise
    # A damaged workbook can fail in openpyxl in as many ways as it can be damaged.
    except Exception:
        raise _refused(path.name, "cannot be read as XLSX; save it anew, or as CSV") from None
    return Sheet(name=sheet.title, lines=lines, notes=notes, merged=merged)


def _refuse_other_archives(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    # A damaged archive can fail in as many ways as it can be damaged.
    except Exception:
        raise _refused(path.name, "is a cut or damaged workbook; copy or save it again") from None
    unpacked = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if unpacked > _MAXIMUM_UNPACKED_BYTES or unpacked / packed > _MAXIMUM_RATIO:
        raise _refused(path.name, "unpacks to more than is read of a workbook; save the table as CSV")
    names = {member.filename for member in members}
    if _WORKBOOK not in names:
        if _BINARY_WORKBOOK in names:
            raise _refused(path.name, "is a binary workbook (XLSB); save it as XLSX or CSV")
        if "content.xml" in names:
            raise _refused(path.name, "is an OpenDocument spreadsheet; save it as XLSX or CSV")
        raise _refused(path.name, "cannot be read as XLSX; save it anew, or as CSV")


def _chosen(file: str, book: Any, name: str | None) -> tuple[Any, tuple[str, ...]]:
    # A chart on a tab of its own is no sheet of cells.
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if name is not None:
        found = next((sheet for sheet in book.worksheets if sheet.title == name), None)
        if found is None:
            raise DataRefusedError(
                f"{file} has no sheet '{one_line(name, _LONGEST_NAME)}'; it has {_named(book.worksheets)}.",
                "no-such-sheet",
            )
        return found, ()
    used = visible if len(visible) < 2 else [sheet for sheet in visible if _holds_cells(sheet)]
    if not used:
        raise _refused(file, "has no visible sheet with cells; show the one that holds the table")
    if len(used) > 1:
        raise DataRefusedError(
            f"{file} has several visible sheets ({_named(used)}); keep the one that holds the table in a workbook of "
            "its own, or hide the others.",
            "several-sheets",
            "or name it with --sheet",
        )
    others = [sheet for sheet in book.worksheets if sheet is not used[0] and sheet not in visible]
    hidden = f"{file}: the sheet {_named(used)} was read; hidden and not read: {_named(others)}."
    return used[0], ((hidden,) if others else ())


def _named(sheets: list[Any]) -> str:
    return ", ".join(f"'{one_line(sheet.title, _LONGEST_NAME)}'" for sheet in sheets[:12])


def _holds_cells(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(value is not None for line in sheet.iter_rows(values_only=True) for value in line)


def _lines(
    file: str, values: Any, formulas: Any, decimal: str, percents: dict[int, dict[bool, str]]
) -> Iterator[tuple[str, ...]]:
    """The cells as text; beside it, of each column, a number that is shown as a percentage and one that is not."""
    # What the file says of the sheet's size may be wrong, and would cut it.
    values.reset_dimensions()
    formulas.reset_dimensions()
    for number, (line, written) in enumerate(zip(values.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        cells = []
        for place, (cell, formula) in enumerate(zip(line, written, strict=True)):
            if formula.data_type == "f" and cell.value is None:
                raise DataRefusedError(
                    f"{file}, cell {_column(place)}{number}: the cell holds a formula whose value is not stored; open "
                    "the workbook in the spreadsheet program and save it, or put the value in its place.",
                    "formula-without-value",
                )
            cells.append(_text(cell, decimal))
            if cell.value and type(cell.value) in (int, float):
                is_percent = "%" in (cell.number_format or "")
                percents.setdefault(place, {}).setdefault(is_percent, f"{_column(place)}{number}")
        yield tuple(cells)


def _refuse_misplaced(path: Path, sheet: Any) -> None:
    """Refuse cells beyond every sheet, up to which it would be filled, and cells out of order.

    openpyxl drops the latter without a word.
    """
    row = column = cells = 0
    for what, attributes in _TAG.findall(_xml(path, sheet)):
        stated = _WHERE.search(attributes)
        place = _PLACE.fullmatch(stated[1]) if stated else None
        if what == b"row":
            before, row, column = row, int(place[2]) if place else row + 1, 0
            in_order = row > before
        else:
            before, column = column, _column_number(place[1]) if place else column + 1
            cells += column - before
            in_order = column > before and (place is None or int(place[2]) == row)
        if not in_order or (stated and not place):
            raise _refused(path.name, "has rows or cells that do not lie in order, so it was damaged; save it anew")
        refuse_too_many_cells(path.name, rows=row, columns=column, cells=cells, most=_MOST_CELLS)


def _xml(path: Path, sheet: Any) -> bytes:
    """For what openpyxl does not tell of a workbook that it reads line by line."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(sheet._worksheet_path)


def _merged(xml: bytes) -> Iterator[tuple[str, int, int]]:
    for found in _MERGED.finditer(xml):
        yield found[1].decode(), int(found[2]), int(found[3])


def _column_number(letters: bytes) -> int:
    """The place of a column, from 1: A, Z, AA."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _hidden_rows(file: str, xml: bytes) -> Iterator[str]:
    """Rows that a filter hides are of the table still; who filtered it may not mean them."""
    numbers = [found[1].decode() for found in _HIDDEN_ROW.finditer(xml)]
    if numbers:
        rows = f"{'row' if len(numbers) == 1 else 'rows'} {listed(numbers, _MOST_ROWS)}"
        yield f"{file}: hidden in the sheet and read too: {rows}."


def _percent_columns(file: str, percents: dict[int, dict[bool, str]]) -> Iterator[str]:
    for place, shown in percents.items():
        if len(shown) > 1:
            raise DataRefusedError(
                f"{file}, column {_column(place)}: the cell {shown[True]} is a percentage (60 % is stored as 0.6) and "
                f"{shown[False]} is a plain number; give the whole column one format.",
                "mixed-percent",
            )
        if True in shown:
            yield f"{file}: column {_column(place)} holds percentages, read as they are stored: 60 % is 0.6."


def _column(place: int) -> str:
    """The letters of a column, from 0: A, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _text(cell: Any, decimal: str) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "").replace(".", decimal)
    return str(value)


def _number(value: float, shown_as: str) -> str:
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    whole = int(value)
    if abs(whole) >= _MOST_DIGITS:
        return f"{float(value):.16E}"
    if whole >= 0 and (named := _PREFIXED.fullmatch(shown_as)):
        return f"{named[1] or named[2]}{whole:0{len(named[3])}d}"
    return f"{whole:0{len(shown_as)}d}" if _PADDED.fullmatch(shown_as) and whole >= 0 else str(whole)


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-table")
