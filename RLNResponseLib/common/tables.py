"""Tables of text, CSV or Parquet, whose columns are asked for as numbers; every cell text, and no cell a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need

if TYPE_CHECKING:
    from RLNResponseLib.common.types import Floats


MAXIMUM_BYTES = 20_000_000
# Of a table of numbers: 2 kB a reading, so a feature table of 100,000.
MAXIMUM_NUMBERS_BYTES = 200_000_000
# A spreadsheet takes a cell that begins with one of these for a formula; an apostrophe before it makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_APOSTROPHE = "'"
# How spreadsheets, R, Python and databases write that nothing is known. "none" is not among them: it may be a level
# ("no chemotherapy").
MISSING = frozenset({"", "na", "n/a", "nan", "null"})
_YES, _NO = frozenset({"yes", "true", "y"}), frozenset({"no", "false", "n"})
# "-0.5", "-0.5 (-0.9 to -0.1)", "-0.5 ± 0.2": figures as reports print them, which no spreadsheet computes with.
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_FIGURES = re.compile(rf"{_NUMBER}(?: \({_NUMBER} to {_NUMBER}\)| to {_NUMBER}| ± {_NUMBER})?")


@dataclass(frozen=True)
class Table:
    """Rows of text under named columns.

    name     of the file, for messages
    columns  in the file's order
    rows     each with every column; a cell that the file lacks is ""
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]

    __repr__ = short_repr


def parse_csv(content: bytes, name: str, maximum_bytes: int = MAXIMUM_BYTES) -> Table:
    """The table in a CSV file: UTF-8 with or without a byte-order mark, separated by ',' or ';'.

    Cells are kept as text, `=1+1` too; an apostrophe that protects one is taken off. Empty rows are left out.

    Parameters
    ----------
    content
        The bytes of the file.
    name
        The file's own name, for messages.
    maximum_bytes
        The largest size that is read.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        bad-table: not UTF-8, no header, a column twice, more cells in a row than columns.

    Examples
    --------
    >>> parse_csv(b"lymph_node;note", "notes.csv").columns
    ('lymph_node', 'note')
    """
    if len(content) > maximum_bytes:
        raise _refused(name, f"is larger than {maximum_bytes // 1_000_000} MB; check that it is the right file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(name, "is not UTF-8 text; save it as CSV UTF-8") from None
    if "\0" in text:
        raise _refused(name, "holds NUL characters, so it is no text file; export it again as CSV")
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _refused(name, f"is not a CSV file ({error}); export it again") from None
    return make_table(name, lines)


def make_table(name: str, lines: Sequence[Sequence[str]]) -> Table:
    """The table whose first line is the header; for CSV and for whatever else has lines of text (XLSX).

    Parameters
    ----------
    name
        The file's own name, for messages.
    lines
        Header and rows as lists of cells.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        bad-table as `parse_csv`.
    """
    columns = tuple(_plain(cell).strip() for cell in lines[0]) if lines else ()
    if not any(columns):
        raise _refused(name, "is empty; its first row must name the columns")
    for column in columns:
        if columns.count(column) > 1:
            raise _refused(name, f"has the column '{column[:40]}' twice; remove one")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = [_plain(cell).strip() for cell in line]
        if any(cells[len(columns) :]):
            raise _refused(name, f"has more cells than columns in row {number}; correct that row")
        if any(cells):
            padded = (*cells, *[""] * len(columns))
            rows.append(dict(zip(columns, padded, strict=False)))
    return Table(name, columns, tuple(rows))


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing is known: it is empty, or one of MISSING in any case.

    Parameters
    ----------
    cell
        The text of a cell.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_missing(""), is_missing("NA"), is_missing("0")
    (True, True, False)
    """
    return cell.strip().lower() in MISSING


def yes_or_no(cell: str) -> bool | None:
    """True for 1, yes, true or y, False for 0, no, false or n, None for anything else.

    Parameters
    ----------
    cell
        The text of a cell.

    Returns
    -------
    bool or None

    Examples
    --------
    >>> [yes_or_no(cell) for cell in ("Yes", "0", "maybe")]
    [True, False, None]
    """
    text = cell.strip().lower()
    if text in _YES | _NO:
        return text in _YES
    try:
        return {0.0: False, 1.0: True}.get(float(text))
    except ValueError:
        return None


def csv_text(
    columns: Sequence[str], rows: Iterable[Mapping[str, str | float | int | None]], *, figures: bool = False
) -> str:
    """A CSV file: numbers with every digit, None empty, text quoted and never a formula.

    Parameters
    ----------
    columns
        The header, in order.
    rows
        One mapping a row; a column that is missing in it is an empty cell.
    figures
        Whether text such as "-0.5 (-0.9 to -0.1)" is a figure, to be read as it stands; in what people typed it is
        text.

    Returns
    -------
    str

    Examples
    --------
    >>> print(csv_text(["note", "score"], [{"note": "=1+1", "score": 0.5}, {"note": None, "score": 1}]), end="")
    "note","score"
    "'=1+1",0.5
    "",1
    """
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(row[column], figures) for column in columns])
    return text.getvalue()


def _safe(cell: str | float | int | None, figures: bool) -> str | float | int:
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.startswith((*_FORMULA_STARTS, _APOSTROPHE)):
        if figures and _FIGURES.fullmatch(cell):
            return cell
        return _APOSTROPHE + cell
    return cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == _APOSTROPHE and cell[1:].startswith((*_FORMULA_STARTS, _APOSTROPHE)) else cell


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-table")


# What a feature table of a study says of how a row was extracted; never a feature.
# "pyradiomics" stands in tables that pyradiomics itself computed, before the engine.
ORIGINS = ("settings", "engine", "pyradiomics", "simpleitk", "numpy")


def read_table(path: str | Path) -> Table:
    """The text of a CSV or Parquet table.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        bad-table.
    """
    path = Path(path)
    try:
        if path.suffix.lower() == ".parquet":
            return _read_parquet(path)
        return parse_csv(path.read_bytes(), path.name, MAXIMUM_NUMBERS_BYTES)
    except OSError as error:
        raise DataRefusedError(f"{path.name} cannot be read ({error.strerror}); check the path.", "bad-table") from None


def refuse_missing(table: Table, columns: Sequence[str]) -> None:
    """Raise DataRefusedError (missing-column) for a column that the table lacks.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    columns
        The columns that must be there.

    Raises
    ------
    DataRefusedError
        missing-column.
    """
    for column in columns:
        if column not in table.columns:
            shown = ", ".join(table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
            raise DataRefusedError(f"{table.name} has no column '{column}'; it has {shown}.", "missing-column")


def numbers(table: Table, names: Sequence[str]) -> Floats:
    """Columns as numbers, (rows, names).

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    names
        The columns, in the order of the result.

    Returns
    -------
    Floats

    Raises
    ------
    DataRefusedError
        missing-column, bad-number.
    """
    refuse_missing(table, names)
    import numpy as np

    return np.array([[number(table, row, name) for name in names] for row in range(len(table.rows))])


def numeric_columns(table: Table, aside: Collection[str | None]) -> tuple[str, ...]:
    """The columns that hold numbers in more than half of their rows; those of `aside` are not looked at.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    aside
        Columns that are none of the features.

    Returns
    -------
    tuple of str
    """
    found = []
    for name in table.columns:
        if name in aside or name in ORIGINS:
            continue
        cells = [row[name] for row in table.rows]
        if any(cells) and sum(map(_is_number, cells)) * 2 > len(cells):
            found.append(name)
    return tuple(found)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not is_missing(text)


def number(table: Table, row: int, name: str) -> float:
    """One finite number.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    row
        The row, from 0.
    name
        The column.

    Returns
    -------
    float

    Raises
    ------
    DataRefusedError
        bad-number.

    Examples
    --------
    >>> number(Table("scores.csv", ("score",), ({"score": "1.5"},)), 0, "score")
    1.5
    """
    text = table.rows[row][name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        what = "is empty" if not text else "is not a finite number"
        raise DataRefusedError(
            f"{table.name}, row {row + 2}, column {name}: the value {what}; correct it, or leave the row or the column "
            f"out.",
            "bad-number",
        )
    return value


def _read_parquet(path: Path) -> Table:
    parquet = need("pyarrow.parquet")
    try:
        # Not read_table: that imports pandas.
        with parquet.ParquetFile(path) as opened:
            rows = opened.read().to_pylist()
    except need("pyarrow").ArrowException:
        raise DataRefusedError(
            f"{path.name} is not a Parquet table, whatever its name says; write it again.", "bad-table"
        ) from None
    columns = list(rows[0]) if rows else []
    lines = [
        [
            "" if row[name] is None else repr(row[name]) if isinstance(row[name], float) else str(row[name])
            for name in columns
        ]
        for row in rows
    ]
    return make_table(path.name, [columns, *lines])
