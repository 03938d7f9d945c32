"""The one place where a file becomes a table: CSV of any separator, XLSX, Parquet, told apart by what they hold."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from RLNResponseLib.common.cells import (
    POINT,
    NumberStyle,
    Sign,
    has_odd_signs,
    number_in,
    number_styles,
)
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import refuse_special_file
from RLNResponseLib.common.missing_codes import with_declared
from RLNResponseLib.common.parquet_file import read_parquet
from RLNResponseLib.common.table_refusals import refuse_merged, refuse_spreadsheet_errors, refuse_totals
from RLNResponseLib.common.table_size import refuse_too_many_cells
from RLNResponseLib.common.tables import APOSTROPHE, FORMULA_STARTS, NAMING_COLUMNS, Table
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.common.workbook import is_workbook, read_sheet

MAXIMUM_BYTES = 20_000_000
# Of a table of numbers: 2 kB a reading, so a feature table of 100,000.
MAXIMUM_NUMBERS_BYTES = 200_000_000
# In the order in which they are taken where a file could be either: names and numbers hold commas, seldom a tab.
_SEPARATORS = ("\t", "|", ";", ",")
_SAMPLE_CHARACTERS = 64_000
# Columns that REDCap's export with labels has once for each form.
_ONCE_A_FORM = frozenset({"Complete?", "Survey Timestamp"})
# A title above the header is a line or a few.
_MOST_TITLE_ROWS = 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
# What people name .csv or .xlsx and is neither: its first bytes, and what it is.
_OTHER_FILES = (
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls) or is locked with a password; save it as XLSX without one"),
    (b"\x1f\x8b", "is compressed (gzip); unpack it"),
    (b"%pdf", "is a PDF; export the table as CSV"),
    *(
        (mark, "is a web page or XML, whatever its name says; export the table as CSV")
        for mark in (b"<!doctype", b"<html", b"<?xml", b"<table")
    ),
)


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What a person says about a file that cannot be read from it.

    sheet    of a workbook; None takes the one that is visible
    missing  codes that mean "not known": "-99", "UNK"
    decimal  the decimal sign of every column; None tells it column by column
    names    columns that name whose row it is, beside the usual ones: a number there is no missing code
    """

    sheet: str | None = None
    missing: tuple[str, ...] = ()
    decimal: Sign | None = None
    names: tuple[str, ...] = ()


def read_table(
    path: str | Path, options: TableOptions | None = None, maximum_bytes: int = MAXIMUM_NUMBERS_BYTES
) -> Table:
    """The text of a table in a CSV, XLSX or Parquet file.

    Parameters
    ----------
    path
        The file. What it is is told by what it holds.
    options
        What is said of it beside.
    maximum_bytes
        The largest size that is read.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        bad-table, too-many-cells, merged-cells, total-row, spreadsheet-error for a cell such as #N/A that no missing
        code names, and what `read_sheet` refuses.
    """
    path, options = Path(path), options or TableOptions()
    try:
        refuse_special_file(path)
        if path.stat().st_size > maximum_bytes:
            raise _too_large(path.name, maximum_bytes)
        with path.open("rb") as file:
            start = file.read(8)
        if is_workbook(path):
            sheet = read_sheet(path, options.sheet, options.decimal or POINT.decimal)
            table = make_table(path.name, sheet.lines)
            refuse_merged(table, sheet)
            table = replace(table, notes=(*sheet.notes, *table.notes))
        elif options.sheet is not None:
            raise _refused(path.name, "is no workbook, so it has no sheets; leave out --sheet")
        elif start.startswith(b"PAR1") or path.suffix.lower() == ".parquet":
            decimal = options.decimal or POINT.decimal
            table = make_table(path.name, list(read_parquet(path, maximum_bytes, decimal)))
        else:
            table = parse_csv(path.read_bytes(), path.name, maximum_bytes)
    except OSError as error:
        raise _refused(path.name, f"cannot be read ({error.strerror}); check the path") from None
    table = with_declared(table, options.missing, options.names)
    refuse_spreadsheet_errors(table)
    refuse_totals(table)
    if options.decimal is not None:
        forced = NumberStyle(decimal=",", grouping=".") if options.decimal == "," else NumberStyle(grouping=",")
        return replace(table, styles=dict.fromkeys(table.columns, forced))
    return table


def parse_csv(content: bytes, name: str, maximum_bytes: int = MAXIMUM_BYTES) -> Table:
    """The table in a CSV file: UTF-8, or UTF-16 with its mark; separated by ',', ';', tab or '|'.

    Cells are kept as text, `=1+1` too; an apostrophe that protects one is taken off. Empty rows are left out, and
    lines of a title above the header.

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
        bad-table: no such text, no header, a column twice, more cells in a row than columns, cut in its last row;
        too-many-cells.

    Examples
    --------
    >>> parse_csv(b"lymph_node;note", "notes.csv").columns
    ('lymph_node', 'note')
    """
    if len(content) > maximum_bytes:
        raise _too_large(name, maximum_bytes)
    text = _decoded(content, name)
    separator = _stated_separator(text)
    if separator:
        text = text[text.index("\n") + 1 :]
    else:
        sample = text[:_SAMPLE_CHARACTERS]
        if _is_separated_by_blanks(sample):
            raise _refused(name, "is separated by blanks; export it separated by commas (in R with write.csv)")
        separator = _separator(sample)
    rows = text.count("\n") or text.count("\r")
    refuse_too_many_cells(name, rows=rows, columns=_columns(text, separator), cells=rows + text.count(separator))
    lines = _records(text, separator, name)
    # A comma between cells leaves the point to the numbers.
    table = make_table(name, lines, point_is_decimal=separator == ",")
    if table.rows and not text.endswith(("\n", "\r")) and len(lines[-1]) < len(table.columns):
        raise _refused(name, f"ends within row {len(lines)}, so it was cut; export it again, or complete that row")
    return table


def _decoded(content: bytes, name: str) -> str:
    start = content[:100].lstrip().lower()
    for mark, what in _OTHER_FILES:
        if start.startswith(mark):
            raise _refused(name, what)
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-8"):
            row = content[: error.start].count(b"\n") + 1
            raise _refused(
                name, f"is not UTF-8 text (line {row}; perhaps it is Windows-1252); save it as CSV UTF-8"
            ) from None
        raise _refused(name, "is cut or damaged: its last characters are no UTF-16 text; export it again") from None
    if "\0" in text:
        raise _refused(name, "holds NUL characters, so it is no text file; export it again as CSV UTF-8")
    return text


def _stated_separator(text: str) -> str:
    """The separator of Excel's own first line "sep=;", which Excel does not show as a row; "" where there is none."""
    line = text[:10].partition("\n")[0].strip("\r").strip('"')
    return line[4] if "\n" in text and line.lower().startswith("sep=") and len(line) == 5 else ""


def _columns(text: str, separator: str) -> int:
    """How many columns the first line has at least."""
    end = text.find("\n")
    line = text[: end if end >= 0 else len(text)]
    return 0 if '"' in line else line.count(separator) + 1


def _is_separated_by_blanks(sample: str) -> bool:
    lines = [line for line in sample.splitlines() if line.strip()][:_MOST_TITLE_ROWS]
    if len(lines) < 2 or any(sign in lines[0] for sign in _SEPARATORS):
        return False
    try:
        header, *widths = [len(row) for row in csv.reader(map(str.strip, lines), delimiter=" ", skipinitialspace=True)]
    except csv.Error:
        return False
    # R writes the names of rows without a name in the header.
    return len({*widths}) == 1 and widths[0] > 1 and widths[0] - header in (0, 1) and header > 1


def _separator(sample: str) -> str:
    """The sign that gives the most even rows from the earliest line on."""

    def evenness(separator: str) -> tuple[float, int, int]:
        rows = list(csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
        widths = [len(row) for row in rows if any(row)]
        wide = next((place for place, width in enumerate(widths) if width > 1), None)
        if wide is None:
            return (0.0, -len(widths), -len(_SEPARATORS))
        even = sum(width == widths[wide] for width in widths[wide:]) / len(widths[wide:])
        return (even, -wide, -_SEPARATORS.index(separator))

    try:
        return max(_SEPARATORS, key=evenness)
    except csv.Error:  # said where the file is read
        return ","


def _records(text: str, separator: str, name: str) -> list[list[str]]:
    lines: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for line in reader:
            lines.append(line)
    except csv.Error as error:
        row = len(lines) + 1
        if "unexpected end of data" in str(error):
            fault = f"ends within a quoted cell of row {row}, so it was cut or a quotation mark is missing"
        elif "field limit" in str(error):
            fault = f"is not a CSV file (row {row}: a cell is longer than {csv.field_size_limit()} characters)"
        else:
            fault = f"is not a CSV file (row {row}: a quotation mark closes a cell before its end)"
        raise _refused(name, f"{fault}; export it again") from None
    return lines


def make_table(name: str, lines: Sequence[Sequence[str]], *, point_is_decimal: bool = True) -> Table:
    """The table below the first line that is a header; for CSV and for whatever else has lines of text (XLSX).

    Parameters
    ----------
    name
        The file's own name, for messages.
    lines
        All rows of the file from its first on as lists of cells: with a title above the header, and blank rows.
    point_is_decimal
        Whether "1.234" is 1.234 where nothing speaks against it.

    Returns
    -------
    Table

    Raises
    ------
    DataRefusedError
        bad-table as `parse_csv`.
    """
    cells = list(map(_stripped, lines))
    header = _header_row(cells)
    if header is None:
        raise _refused(name, "is empty; its first row must name the columns")
    named, below = [_column_name(cell) for cell in cells[header]], cells[header + 1 :]
    # What a spreadsheet adds at the right: no name, and nothing below.
    used = [
        place for place, column in enumerate(named) if column or any(line[place : place + 1] > [""] for line in below)
    ]
    columns = _once_a_form(named[place] for place in used)
    if not any(columns):
        raise _refused(name, "is empty; its first row must name the columns")
    _refuse_twice(name, columns)
    numbers, rows = [], []
    for number, line in enumerate(below, start=header + 2):
        if len(line) > len(named) and any(line[len(named) :]):
            raise _refused(name, _too_many_cells(below, len(named), number))
        if any(line):
            if len(line) != len(columns) or len(used) != len(named):
                padded = (*line[: len(named)], *[""] * (len(named) - len(line)))
                line = [padded[place] for place in used]
            numbers.append(number)
            rows.append(dict(zip(columns, line, strict=True)))
    styles = {}
    if not point_is_decimal or any(map(has_odd_signs, below)):
        of_columns = {column: [row[column] for row in rows] for column in columns}
        styles = number_styles(of_columns, point_is_decimal=point_is_decimal, names=NAMING_COLUMNS)
    told = {column: style for column, style in styles.items() if style is not POINT}
    return Table(
        name=name,
        columns=columns,
        rows=tuple(rows),
        row_numbers=tuple(numbers),
        styles=told,
        notes=_notes(told, header),
    )


def _too_many_cells(below: Sequence[Sequence[str]], columns: int, number: int) -> str:
    rows = [line for line in below if any(line)]
    numbered = {line[0] for line in rows if len(line) == columns + 1 and line[0]}
    if columns > 1 and len(rows) > 1 and len(numbered) == len(rows):
        return (
            "has one cell more in every row than its header has names (as R's write.table writes the names of rows); "
            "name each column, or write it with row.names = FALSE"
        )
    return f"has more cells than columns in row {number}; correct that row"


def _notes(styles: dict[str, NumberStyle], header: int) -> tuple[str, ...]:
    above = (f"Read the names of the columns in row {header + 1}.",) if header else ()
    commas = [one_line(column, 60) for column, style in styles.items() if style.decimal == "," and not style.doubt]
    grouped = [one_line(column, 60) for column, style in styles.items() if style.grouping]
    return above + tuple(
        f"Read {what} in {', '.join(names[:5])}{f' and {len(names) - 5} more columns' if len(names) > 5 else ''}."
        for what, names in (("decimal commas", commas), ("signs between thousands", grouped))
        if names
    )


def _header_row(cells: Sequence[Sequence[str]]) -> int | None:
    """The first line that is not blank and no title: a title is one cell at the left, above a line of several names."""
    filled = [sum(map(bool, line)) for line in cells[: 2 * _MOST_TITLE_ROWS]]
    first = next((place for place, line in enumerate(cells) if any(line)), None)
    if first is None or first >= len(filled) or filled[first] > 1 or not cells[first][0]:
        return first
    wide = next((place for place in range(first, len(filled)) if filled[place] > 1), None)
    if wide is None or wide - first > _MOST_TITLE_ROWS:
        return first
    is_data = any(number_in(cell) is not None for cell in cells[wide])
    return first if is_data else wide


def _column_name(cell: str) -> str:
    return cell.replace("\u200b", "").replace("\ufeff", "").replace("\xa0", " ").strip()


def _once_a_form(columns: Iterable[str]) -> tuple[str, ...]:
    """The columns, of which those that REDCap's export with labels has once a form are numbered from the second on."""
    counts: Counter[str] = Counter()
    numbered = []
    for column in columns:
        counts[column] += column in _ONCE_A_FORM
        numbered.append(column if counts[column] < 2 else f"{column} {counts[column]}")
    return tuple(numbered)


def _refuse_twice(name: str, columns: Sequence[str]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column in seen:
            if not column:
                raise _refused(name, "has several columns without a name that hold cells; name them, or remove them")
            raise _refused(name, f"has the column '{one_line(column, 40)}' twice; remove one")
        seen.add(column)


def _stripped(line: Sequence[str]) -> list[str]:
    """A line's cells as they are meant, without blanks around them."""
    if APOSTROPHE not in "".join(line):
        return list(map(str.strip, line))
    return [(_plain(cell) if cell[:1] == APOSTROPHE else cell).strip() for cell in line]


def _plain(cell: str) -> str:
    """A cell that begins with an apostrophe without the one that protects a formula."""
    return cell[1:] if cell[1:].startswith((*FORMULA_STARTS, APOSTROPHE)) else cell


def _too_large(name: str, maximum_bytes: int) -> DataRefusedError:
    return _refused(name, f"is larger than {maximum_bytes // 1_000_000} MB; check that it is the right file")


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-table")
