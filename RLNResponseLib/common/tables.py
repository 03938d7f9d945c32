"""Tables of text whose columns are asked for as numbers, and their text as CSV: no cell a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from RLNResponseLib.common.cells import POINT, NumberStyle, is_missing, number_in
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError

if TYPE_CHECKING:
    from RLNResponseLib.common.types import Floats


# A spreadsheet takes a cell that begins with one of these for a formula; an apostrophe before it makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
APOSTROPHE = "'"
# "-0.5", "-0.5 (-0.9 to -0.1)", "-0.5 ± 0.2": figures as reports print them, which no spreadsheet computes with.
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_FIGURES = re.compile(rf"{_NUMBER}(?: \({_NUMBER} to {_NUMBER}\)| to {_NUMBER}| ± {_NUMBER})?")
# What a feature table of a study says of how a row was extracted; never a feature.
# "pyradiomics" stands in tables that pyradiomics itself computed, before the engine.
ORIGINS = ("settings", "engine", "pyradiomics", "simpleitk", "numpy")
# Columns that name whose row it is, and by whom it was read; their cells are no measures.
NAMING_COLUMNS = frozenset({"patient", "patient_id", "record_id", "lymph_node", "image", "reader", "round"})
_ROW_NAMES = re.compile(r"|Unnamed: \d+(?:\.\d+)?|__index_level_\d+__", re.ASCII)
_EITHER_SIGN = (NumberStyle(decimal=",", grouping="."), NumberStyle(grouping=","))


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under named columns.

    name         of the file, for messages
    columns      in the file's order
    rows         each with every column; a cell that the file lacks is ""
    row_numbers  of each row in the file, as a spreadsheet shows it; empty where the rows follow the header at once
    styles       how columns write their numbers, where not with a decimal point
    notes        what was noticed in reading, a sentence each
    declared     column → code → how many of its cells held that missing code and are empty now
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    row_numbers: tuple[int, ...] = field(default=(), compare=False)
    styles: Mapping[str, NumberStyle] = field(default_factory=dict, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    declared: Mapping[str, Mapping[str, int]] = field(default_factory=dict, compare=False)

    __repr__ = short_repr

    def row_number(self, row: int) -> int:
        """The number that a spreadsheet shows beside a row, counted here from 0."""
        return self.row_numbers[row] if self.row_numbers else row + 2

    def style(self, column: str) -> NumberStyle:
        """How a column writes its numbers."""
        return self.styles.get(column, POINT)

    def kept(self, rows: Iterable[int]) -> Table:
        """The table of some of its rows, which keep their numbers in the file."""
        chosen = tuple(rows)
        return replace(
            self,
            rows=tuple(self.rows[row] for row in chosen),
            row_numbers=tuple(self.row_number(row) for row in chosen),
        )

    def where(self, row: int, column: str | None = None) -> str:
        """A place in the file, for messages: "scores.csv, row 4, column age"."""
        return f"{self.name}, row {self.row_number(row)}" + (f", column {column}" if column is not None else "")


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
    if isinstance(cell, str) and cell.startswith((*FORMULA_STARTS, APOSTROPHE)):
        if figures and _FIGURES.fullmatch(cell):
            return cell
        return APOSTROPHE + cell
    return cell


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
        missing-column, bad-number, doubtful-number.
    """
    refuse_missing(table, names)
    import numpy as np

    found = [[number(table, row, name) for name in names] for row in range(len(table.rows))]
    return np.array(found, dtype=np.float64).reshape(len(table.rows), len(names))


def is_row_names(column: str) -> bool:
    """Whether a column numbers the rows: R writes it without a name, pandas as "Unnamed: 0" or "__index_level_0__".

    Parameters
    ----------
    column
        Its name.

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_row_names(name) for name in ("", "Unnamed: 0", "original_glcm_Id")]
    [True, True, False]
    """
    return _ROW_NAMES.fullmatch(column) is not None


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
        if name in aside or name in ORIGINS or is_row_names(name):
            continue
        cells, style = [row[name] for row in table.rows], table.style(name)
        if style.doubt:
            # About the sign, not about whether they are numbers: who asks for them is told so.
            held = sum(any(number_in(cell, each) is not None for each in (POINT, *_EITHER_SIGN)) for cell in cells)
        else:
            held = sum([number_in(cell, style) is not None for cell in cells])
        if any(cells) and held * 2 > len(cells):
            found.append(name)
    return tuple(found)


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
        bad-number, doubtful-number.

    Examples
    --------
    >>> number(Table(name="scores.csv", columns=("score",), rows=({"score": "1.5"},)), 0, "score")
    1.5
    """
    value = number_or_none(table, row, name)
    if value is None:
        what = "is not a finite number" if table.rows[row][name] else "is empty"
        raise DataRefusedError(
            f"{table.where(row, name)}: the value {what}; correct it, or leave the row or the column out.",
            "bad-number",
        )
    return value


def number_or_none(table: Table, row: int, name: str) -> float | None:
    """The finite number in a cell; None where it is empty or text.

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
    float or None

    Raises
    ------
    DataRefusedError
        doubtful-number where the file does not say which sign is the decimal one.
    """
    style = table.style(name)
    if style.doubt and not is_missing(table.rows[row][name]):
        raise DataRefusedError(
            f"{table.where(row, name)}: the number cannot be told, as {style.doubt}; write the column's numbers with "
            "decimal points and nothing between thousands.",
            "doubtful-number",
            "or say --decimal comma or --decimal point",
        )
    return number_in(table.rows[row][name], style)


def plain_text(table: Table, row: int, name: str) -> str:
    """A cell as it is written where the decimal sign is a point.

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
    str
        The cell's own text where that holds already, and where it is no number.
    """
    text, style = table.rows[row][name], table.style(name)
    if style is POINT or style.doubt:
        return text
    value = number_in(text, style)
    return text if value is None else repr(value).removesuffix(".0")


def with_points(table: Table) -> Table:
    """The table with its numbers as they are written where the decimal sign is a point.

    Parameters
    ----------
    table
        As it was read.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        doubtful-number for a column of numbers that can be read in two ways.
    """
    doubtful = replace(table, columns=tuple(name for name, style in table.styles.items() if style.doubt))
    for name in numeric_columns(doubtful, ()):
        for line in range(len(table.rows)):
            number_or_none(table, line, name)
    rows = tuple(
        {**row, **{name: plain_text(table, line, name) for name in table.styles}} for line, row in enumerate(table.rows)
    )
    return replace(table, rows=rows, styles={}) if table.styles else table
