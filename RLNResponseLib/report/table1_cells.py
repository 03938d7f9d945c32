"""The cells of a table whose columns nobody has described: missing ones, numbers, yes and no."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from RLNResponseLib.array_types import Floats
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.study.tables import Table, is_missing, yes_or_no

# Up to this many different numbers are levels.
MOST_NUMERIC_LEVELS = 4
# Of the study's columns, those that are continuous however few values they take.
CONTINUOUS = frozenset({"age_years", "months_to_recurrence", "dose_gy"})


def is_continuous(name: str, cells: Sequence[str]) -> bool:
    """Whether most known cells are numbers and take many values; or are numbers, and the column is known to be continuous."""
    known = [cell for cell in cells if not is_missing(cell)]
    numeric = {cell for cell in known if _number(cell) is not None}
    if not known or 2 * sum(cell in numeric for cell in known) <= len(known):
        return False
    return name in CONTINUOUS or len(numeric) > MOST_NUMERIC_LEVELS


def numbers_or_missing(table: Table, name: str) -> Floats:
    """A column as numbers (n,), NaN where missing. Raises DataRefusedError (bad-number)."""
    values = [math.nan if is_missing(row[name]) else _number(row[name]) for row in table.rows]
    for line, value in enumerate(values, start=2):
        if value is None:
            raise DataRefusedError(
                f"{table.name}, row {line}, column {name}: the value is not a finite number as the others are; correct it, or "
                "leave the cell empty.",
                "bad-number",
            )
    return np.array(values, dtype=np.float64)


def flags(table: Table, name: str) -> Floats:
    """A column of yes and no as 1 and 0 (n,), NaN where missing. Raises DataRefusedError (bad-event)."""
    values = np.full(len(table.rows), math.nan)
    for number, row in enumerate(table.rows):
        value = yes_or_no(row[name])
        if value is not None:
            values[number] = value
        elif not is_missing(row[name]):
            raise DataRefusedError(
                f"{table.name}, row {number + 2}, column {name}: the event is neither yes nor no (1 or 0); correct it, or leave "
                "the cell empty.",
                "bad-event",
            )
    return values


def ordered(levels: Iterable[str]) -> tuple[str, ...]:
    """Numbers by size, then text by alphabet."""

    def rank(level: str) -> tuple[bool, float, str]:
        number = _number(level)
        return number is None, number or 0.0, level

    return tuple(sorted(levels, key=rank))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
