"""Tables of numbers, CSV or Parquet: read as text, given as arrays."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from RLNResponseLib.array_types import Floats
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.requirements import need
from RLNResponseLib.study.tables import MAXIMUM_NUMBERS_BYTES, Table, is_missing, make_table, parse_csv

# What a feature table of a study says of how a row was extracted; never a feature.
# "pyradiomics" stands in tables that pyradiomics itself computed, before the engine.
ORIGINS = ("settings", "engine", "pyradiomics", "simpleitk", "numpy")


def read_table(path: str | Path) -> Table:
    """The text of a CSV or Parquet table. Raises DataRefusedError (bad-table)."""
    path = Path(path)
    try:
        if path.suffix.lower() == ".parquet":
            return _read_parquet(path)
        return parse_csv(path.read_bytes(), path.name, MAXIMUM_NUMBERS_BYTES)
    except OSError as error:
        raise DataRefusedError(f"{path.name} cannot be read ({error.strerror}); check the path.", "bad-table") from None


def refuse_missing(table: Table, columns: Sequence[str]) -> None:
    """Raise DataRefusedError (missing-column) for a column that the table lacks."""
    for column in columns:
        if column not in table.columns:
            shown = ", ".join(table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
            raise DataRefusedError(f"{table.name} has no column '{column}'; it has {shown}.", "missing-column")


def numbers(table: Table, names: Sequence[str]) -> Floats:
    """Columns as numbers, (rows, names). Raises DataRefusedError: missing-column, bad-number."""
    refuse_missing(table, names)
    return np.array([[number(table, row, name) for name in names] for row in range(len(table.rows))])


def numeric_columns(table: Table, aside: Collection[str | None]) -> tuple[str, ...]:
    """The columns that hold numbers in more than half of their rows; those of `aside` are not looked at."""
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
    """One finite number. Raises DataRefusedError: bad-number."""
    text = table.rows[row][name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        what = "is empty" if not text else "is not a finite number"
        raise DataRefusedError(
            f"{table.name}, row {row + 2}, column {name}: the value {what}; correct it, or leave the row or the column out.",
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
