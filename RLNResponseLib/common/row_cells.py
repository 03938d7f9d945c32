"""The cells of a table whose rows are pieces of work: names, whole numbers, files that lie beside the table."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import plain_identifier
from RLNResponseLib.common.tables import Table, number_or_none, refuse_missing
from RLNResponseLib.common.wording import one_line


def _take_any(_path: Path) -> None:
    """No path is refused."""


@dataclass(frozen=True, kw_only=True)
class WorkTable:
    """A table whose rows are pieces of work.

    Attributes
    ----------
    table
        As it was read.
    folder
        From which its paths lead.
    refuse_path
        Called with every path before it is given out: it raises a refusal of what is not to be read.
    """

    table: Table
    folder: Path
    refuse_path: Callable[[Path], None] = _take_any

    def where(self, row: int) -> str:
        """A row as the user sees it: "scans.csv, row 4"."""
        return self.table.where(row)

    def text(self, row: int, column: str) -> str:
        """What must be stated. Raises DataRefusedError (empty-cell)."""
        text = self.stated(row, column)
        if text is None:
            raise DataRefusedError(f"The column {column} is empty; fill it, or leave the row out.", "empty-cell")
        return text

    def stated(self, row: int, column: str) -> str | None:
        """A name or number as it was typed (1.0 of a spreadsheet is 1); None where the cell or the column is empty."""
        return plain_identifier(self.table.rows[row].get(column, "")) or None

    def whole_number(self, row: int, column: str) -> int | None:
        """A whole number from 1 on; None where none is stated. Raises DataRefusedError (bad-cell)."""
        text = self.stated(row, column)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and int(text) >= 1):
            raise DataRefusedError(f"The column {column} holds no whole number from 1 on; correct it.", "bad-cell")
        return int(text)

    def number(self, row: int, column: str) -> float | None:
        """A number; None where none is stated. Raises DataRefusedError (bad-cell)."""
        if self.stated(row, column) is None:
            return None
        value = number_or_none(self.table, row, column)
        if value is None:
            raise DataRefusedError(f"The column {column} holds no number; correct it, or leave it empty.", "bad-cell")
        return value

    def fraction(self, row: int, column: str) -> float | None:
        """A fraction above 0 and at most 1; None where none is stated. Raises DataRefusedError (bad-cell)."""
        value = self.number(row, column)
        if value is not None and not 0 < value <= 1:
            raise DataRefusedError(
                f"The column {column} holds no fraction above 0 and at most 1, such as 0.5; correct it.", "bad-cell"
            )
        return value

    def path(self, row: int, column: str) -> Path:
        r"""A file or folder, from the table's own folder on; a table made on Windows may divide folders by "\"."""
        text = self.table.rows[row].get(column, "").strip()
        if not text:
            raise DataRefusedError(f"The column {column} is empty; fill it, or leave the row out.", "empty-cell")
        path = self.folder / text
        if "\\" in text and not path.exists():
            path = self.folder / text.replace("\\", "/")
        self.refuse_path(path)
        return path


def work_table(
    table: Table, folder: Path, columns: Iterable[str], refuse_path: Callable[[Path], None] = _take_any
) -> WorkTable:
    """A table of work, in which these columns must be.

    Parameters
    ----------
    table
        As it was read.
    folder
        From which its paths lead.
    columns
        Those that must be there.
    refuse_path
        Raises a refusal of a path that is not to be read; every path is taken where none is given.

    Returns
    -------
    WorkTable

    Raises
    ------
    DataRefusedError
        missing-column, and empty-table where it has no row.
    """
    refuse_missing(table, tuple(columns))
    if not table.rows:
        raise DataRefusedError(
            f"{table.name} has no row below its header; write one for each piece of work.", "empty-table"
        )
    return WorkTable(table=table, folder=folder, refuse_path=refuse_path)


def unused_columns(table: Table, used: Iterable[str]) -> tuple[str, ...]:
    """The columns that nothing is read from: to be named, as one of them may be a misspelt one.

    Parameters
    ----------
    table
        As it was read.
    used
        The columns that are read.

    Returns
    -------
    tuple of str
    """
    known = set(used)
    return tuple(name for name in table.columns if name and name not in known)


def named_again(work: WorkTable, columns: Iterable[str]) -> Mapping[int, str]:
    """The rows that name the same thing as another row, with where that other one is.

    Which of them is right cannot be told, so none is to be taken.

    Parameters
    ----------
    work
        The table.
    columns
        What names a thing, together; upper and lower case are the same, as in files' names on Windows.

    Returns
    -------
    Mapping of int to str
        Row, from 0 → "row 7".
    """
    names = tuple(columns)
    rows: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in range(len(work.table.rows)):
        key = tuple((work.stated(row, name) or "").casefold() for name in names)
        if all(key):
            rows[key].append(row)
    return {
        row: f"row {work.table.row_number(next(other for other in same if other != row))}"
        for same in rows.values()
        if len(same) > 1
        for row in same
    }


def in_a_table(sentence: str, columns: Iterable[str]) -> str:
    """A refusal as it is said of a row: where it offers an option, the table has a column.

    Parameters
    ----------
    sentence
        As the command line says it of one call.
    columns
        Those that are options of one call.

    Returns
    -------
    str

    Examples
    --------
    >>> in_a_table("m.nrrd holds 2 segments; name one of them with --segment: LN1, LN2.", ["segment"])
    'm.nrrd holds 2 segments; name one of them with the column segment: LN1, LN2.'
    """
    return one_line(re.sub(rf"--({'|'.join(map(re.escape, columns))})\b", r"the column \1", sentence))
