"""How large a table may be: a few bytes can stand for more cells than memory holds, so they are counted before."""

from __future__ import annotations

from RLNResponseLib.common.errors import DataRefusedError

# Of a sheet in any spreadsheet program.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
# The 106 features of 100,000 readings, with their names.
MOST_CELLS = 12_000_000


def refuse_too_many_cells(
    name: str, *, rows: int = 0, columns: int = 0, cells: int = 0, most: int = MOST_CELLS
) -> None:
    """Refuse a table that is larger than any table of readings, before its cells are made.

    Parameters
    ----------
    name
        The file's own name, for the message.
    rows, columns, cells
        As many as it claims, or at least has; 0 where that is not known.
    most
        The most cells that are read.

    Raises
    ------
    DataRefusedError
        too-many-cells.

    Examples
    --------
    >>> refuse_too_many_cells("small.csv", rows=100, columns=20, cells=2000)
    >>> refuse_too_many_cells("x.csv", columns=20_000)
    Traceback (most recent call last):
        ...
    RLNResponseLib.common.errors.DataRefusedError: x.csv has 20000 columns, and at most 16384 are read; divide it.
    """
    for count, limit, what in ((rows, MOST_ROWS, "rows"), (columns, MOST_COLUMNS, "columns"), (cells, most, "cells")):
        if count > limit:
            raise DataRefusedError(
                f"{name} has {count} {what}, and at most {limit} are read; divide it.",
                "too-many-cells",
            )
