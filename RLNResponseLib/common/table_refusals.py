"""What a person who reads a spreadsheet passes over, and a program must not: errors, merged cells, lines of totals."""

from __future__ import annotations

from RLNResponseLib.common.cells import SPREADSHEET_ERRORS
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import NAMING_COLUMNS, Table
from RLNResponseLib.common.workbook import Sheet

# In the column that names whose row it is.
_TOTALS = frozenset({"total", "grand total", "subtotal", "sum", "summe", "gesamt", "mean", "average", "mittelwert"})


def refuse_merged(table: Table, sheet: Sheet) -> None:
    """Raise DataRefusedError (merged-cells): a value in merged cells is kept with the first, so the other rows would
    lack it. A title may be merged.

    Parameters
    ----------
    table
        As it was read.
    sheet
        From which.

    Raises
    ------
    DataRefusedError
        merged-cells.
    """
    for place, first, last in sheet.merged:
        if any(first <= number <= last for number in table.row_numbers):
            raise DataRefusedError(
                f"{table.name}: the cells {place} are merged, so only the first of them holds the value; unmerge them "
                "and fill each.",
                "merged-cells",
            )


def refuse_spreadsheet_errors(table: Table) -> None:
    """Raise DataRefusedError (spreadsheet-error) for a cell such as #N/A.

    Parameters
    ----------
    table
        As it was read, its missing codes empty.

    Raises
    ------
    DataRefusedError
        spreadsheet-error.
    """
    for row, cells in enumerate(table.rows):
        for column, cell in cells.items() if "#" in "".join(cells.values()) else ():
            if cell[:1] == "#" and cell.upper() in SPREADSHEET_ERRORS:
                raise DataRefusedError(
                    f"{table.where(row, column)}: the cell holds the spreadsheet's error {cell.upper()}, not a value; "
                    "correct it, or empty it where it is unknown.",
                    "spreadsheet-error",
                    f"or say --missing '{cell.upper()}'",
                )


def refuse_totals(table: Table) -> None:
    """Raise DataRefusedError (total-row) for a line of totals below the rows: it is no patient.

    Parameters
    ----------
    table
        As it was read.

    Raises
    ------
    DataRefusedError
        total-row.
    """
    for column in (name for name in table.columns if name in NAMING_COLUMNS):
        for row, cells in enumerate(table.rows):
            if cells[column].rstrip(": ").casefold() in _TOTALS:
                raise DataRefusedError(
                    f"{table.where(row, column)}: the row is called '{cells[column]}', as a line of totals is; remove "
                    "it, or rename it.",
                    "total-row",
                )
