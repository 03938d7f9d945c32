"""A table of readings, CSV or Parquet: one row a reading, one column a feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.agreement.readings import ReadingRow
from RLNResponseLib.array_types import Floats
from RLNResponseLib.display import short_repr
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.study.number_tables import ORIGINS, refuse_missing
from RLNResponseLib.study.tables import Table, is_missing

PATIENT_ID_COLUMNS = ("patient_id", "patient")
# What a study's own feature table says beside the features.
_ASIDE = frozenset(
    (*PATIENT_ID_COLUMNS, "lymph_node", "reader", "round", "image_sha256", "contour_sha256", "failure", *ORIGINS)
)


@dataclass(frozen=True)
class ReadingTable:
    """Readings with their features.

    names     (p,) of the features
    readings  one a row
    values    (rows, p), NaN where a cell is empty
    failed    names of readings whose features could not be extracted, which are not among the rows
    origins   by ORIGINS, how each row was extracted, where the table says so
    """

    names: tuple[str, ...]
    readings: tuple[ReadingRow, ...]
    values: Floats
    failed: tuple[str, ...]
    origins: dict[str, tuple[str, ...]]

    __repr__ = short_repr


def reading_table(table: Table, features: Sequence[str] | None = None) -> ReadingTable:
    """The readings of a table with the columns patient_id (or patient), lymph_node, reader, round, and the features.

    features  columns; None takes every other one

    Raises DataRefusedError: missing-column, no-feature, few-rows, bad-round, bad-number, empty-name.
    """
    patient = next((name for name in PATIENT_ID_COLUMNS if name in table.columns), PATIENT_ID_COLUMNS[0])
    refuse_missing(table, [patient, "lymph_node", "reader", "round", *(features or ())])
    names = tuple(features) if features else tuple(name for name in table.columns if name not in _ASIDE)
    if not names:
        raise DataRefusedError(
            f"{table.name} has no feature beside patient, lymph node, reader and round; add a column a feature.",
            "no-feature",
        )
    lines = [(line, row) for line, row in enumerate(table.rows, start=2) if not row.get("failure")]
    if not lines:
        raise DataRefusedError(f"{table.name} has no readings below its header; add a row a reading.", "few-rows")
    readings = tuple(_reading(table, line, row, patient) for line, row in lines)
    values = np.array([[_value(table, line, row, name) for name in names] for line, row in lines])
    failed = tuple(f"{row['lymph_node']}/{row['reader']}-{row['round']}" for row in table.rows if row.get("failure"))
    origins = {name: tuple(row[name] for _, row in lines) for name in ORIGINS if name in table.columns}
    return ReadingTable(names, readings, values, failed, origins)


def _reading(table: Table, line: int, row: Mapping[str, str], patient: str) -> ReadingRow:
    for column in (patient, "lymph_node", "reader"):
        if not row[column]:
            raise DataRefusedError(
                f"{table.name}, row {line}: the column {column} is empty; every reading needs one.", "empty-name"
            )
    if row["round"] not in ("1", "2", "1.0", "2.0"):
        raise DataRefusedError(
            f"{table.name}, row {line}, column round: the round is neither 1 (first) nor 2 (repeat); correct it.",
            "bad-round",
        )
    return ReadingRow(row[patient], row["lymph_node"], row["reader"], int(float(row["round"])))


def _value(table: Table, line: int, row: Mapping[str, str], name: str) -> float:
    if is_missing(row[name]):
        return float("nan")
    try:
        return float(row[name])
    except ValueError:
        raise DataRefusedError(
            f"{table.name}, row {line}, column {name}: the value is not a number; correct it, or empty it.",
            "bad-number",
            "or leave the column out with --features",
        ) from None
