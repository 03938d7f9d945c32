"""A table of lymph nodes, CSV or Parquet, as arrays to fit and to judge scores on."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.folds import group_codes
from RLNResponseLib.study.tables import Table, make_table, parse_csv

Floats = NDArray[np.float64]

_TRUE, _FALSE = {"1", "1.0", "yes", "true", "y"}, {"0", "0.0", "no", "false", "n"}
# What a table of a study says of how a row was extracted.
ORIGINS = ("settings", "pyradiomics", "simpleitk", "numpy")


@dataclass(frozen=True)
class CaseTable:
    """Lymph nodes with an outcome.

    names          (p,) of the features
    features       (n, p), finite
    outcome        (n,), True for 1, yes, true
    patients       (n,), whole numbers from 0: whose lymph node each is
    patient_names  (n,), as the table calls them
    table          the text it was read from
    """

    names: tuple[str, ...]
    features: Floats
    outcome: NDArray[np.bool_]
    patients: NDArray[np.intp]
    patient_names: tuple[str, ...]
    table: Table

    def column(self, name: str) -> tuple[str, ...]:
        """The text of one column. Raises DataRefusedError (missing-column)."""
        refuse_missing(self.table, [name])
        return tuple(row[name] for row in self.table.rows)

    def origins(self) -> Mapping[str, Sequence[str]]:
        """How each row was extracted, where the table says so."""
        return {name: self.column(name) for name in ORIGINS if name in self.table.columns}


def read_table(path: Path) -> Table:
    """The text of a CSV or Parquet table. Raises DataRefusedError (bad-table)."""
    try:
        if path.suffix.lower() == ".parquet":
            return _read_parquet(path)
        return parse_csv(path.read_bytes(), path.name)
    except OSError as error:
        raise DataRefusedError(f"{path.name} cannot be read ({error.strerror}); check the path.", "bad-table") from None


def case_table(
    table: Table, outcome: str, group: str | None, features: Sequence[str] | None, aside: Collection[str] = ()
) -> CaseTable:
    """The cases of a table.

    outcome   column of 0/1, no/yes or false/true
    group     column that says whose lymph node a row is; None makes every row a patient
    features  columns; None takes every other column that holds numbers in every row
    aside     columns that are neither (fold numbers)

    Raises DataRefusedError: missing-column, few-cases, bad-outcome, one-class, bad-number, no-feature, duplicate-row.
    """
    wanted = [outcome, *([group] if group else []), *(features or ()), *aside]
    refuse_missing(table, wanted)
    if not table.rows:
        raise DataRefusedError(f"{table.name} has no rows below its header; give it the lymph nodes.", "few-cases")
    classes = _outcome(table, outcome)
    names = tuple(features) if features is not None else _numeric_columns(table, {outcome, group, *aside})
    if not names:
        raise DataRefusedError(
            f"{table.name} has no column of numbers beside {', '.join(filter(None, [outcome, group]))}; add the features.",
            "no-feature",
        )
    patients = tuple(row[group] for row in table.rows) if group else tuple(map(str, range(len(table.rows))))
    values = np.array([[_number(table, row, name) for name in names] for row in range(len(table.rows))])
    _refuse_duplicates(table, patients, values)
    return CaseTable(names, values, classes, group_codes(patients), patients, table)


def refuse_missing(table: Table, columns: Sequence[str]) -> None:
    """Raise DataRefusedError (missing-column) for a column that the table lacks."""
    for column in columns:
        if column not in table.columns:
            shown = ", ".join(table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
            raise DataRefusedError(f"{table.name} has no column '{column}'; it has {shown}.", "missing-column")


def numbers(table: Table, names: Sequence[str]) -> Floats:
    """Columns as numbers, (rows, names). Raises DataRefusedError: missing-column, bad-number."""
    refuse_missing(table, names)
    return np.array([[_number(table, row, name) for name in names] for row in range(len(table.rows))])


def numeric_columns(table: Table, aside: Collection[str | None]) -> tuple[str, ...]:
    """The columns that hold a number, or nothing, in every row, and a number in one at least; `aside` are not looked at."""
    return _numeric_columns(table, aside)


def _numeric_columns(table: Table, aside: Collection[str | None]) -> tuple[str, ...]:
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
    return True


def _number(table: Table, row: int, name: str) -> float:
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


def _outcome(table: Table, name: str) -> NDArray[np.bool_]:
    values = []
    for number, row in enumerate(table.rows, start=2):
        text = row[name].lower()
        if text not in _TRUE | _FALSE:
            raise DataRefusedError(
                f"{table.name}, row {number}, column {name}: the outcome is neither 1 nor 0 (nor yes or no); correct it, or "
                "leave the row out.",
                "bad-outcome",
            )
        values.append(text in _TRUE)
    found = np.array(values)
    if found.all() or not found.any():
        raise DataRefusedError(
            f"The outcome {name} is {'1' if found.all() else '0'} in every row of {table.name}; two classes are needed.",
            "one-class",
        )
    return found


def _refuse_duplicates(table: Table, patients: Sequence[str], values: Floats) -> None:
    seen: dict[tuple[str, bytes], int] = {}
    for row, (patient, features) in enumerate(zip(patients, values, strict=True)):
        first = seen.setdefault((patient, features.tobytes()), row)
        if first != row:
            raise DataRefusedError(
                f"{table.name}: rows {first + 2} and {row + 2} are the same patient with the same features; keep one.",
                "duplicate-row",
            )


def _read_parquet(path: Path) -> Table:
    import pyarrow
    from pyarrow import parquet

    try:
        rows = parquet.read_table(path).to_pylist()
    except pyarrow.ArrowException:
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
