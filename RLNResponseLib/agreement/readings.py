"""A table of readings (one row a reading, one column a feature), and the two comparisons that it gives: two readers in
round 1, one reader in rounds 1 and 2. A repeat is a re-contouring of the same CT: no patient is scanned twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.cells import is_missing, number_in
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import PATIENT_COLUMNS, identifiers
from RLNResponseLib.common.tables import ORIGINS, Table, is_row_names, number_or_none, refuse_missing
from RLNResponseLib.common.types import Floats
from RLNResponseLib.features.definitions import is_of_other_settings

_Key = tuple[str, str]
# Nobody contours one lymph node that often: it is a year, or another column.
_MOST_ROUNDS = 99


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """One row of the table.

    Attributes
    ----------
    patient, lymph_node
        Whose lymph node, and which.
    reader
        Who read it.
    round
        1 first, from 2 on a repeat.
    row_number
        Where it stands in the file, 0 where it is of none.
    """

    patient: str
    lymph_node: str
    reader: str
    round: int
    row_number: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class PairedReadings:
    """The readings of m lymph nodes that have all of them.

    Attributes
    ----------
    values
        (m, k, p), k readers, or two rounds.
    lymph_nodes
        (m,), their names.
    patients
        (m,), whole numbers, the same patient the same number in inter and intra.
    columns
        (k,), names of readers, or of rounds.
    left_out
        Lymph nodes that some but not all of `columns` have.
    """

    values: Floats
    lymph_nodes: tuple[str, ...]
    patients: NDArray[np.intp]
    columns: tuple[str, ...]
    left_out: tuple[str, ...]

    __repr__ = short_repr


def pair_readings(readings: Sequence[ReadingRow], features: Floats) -> tuple[PairedReadings, PairedReadings]:
    """Inter and intra from one table; features are (rows, p), in the order of `readings`.

    Parameters
    ----------
    readings
        Lymph node, patient, reader and round of each row.
    features
        (n, p) feature values, one row a reading.

    Returns
    -------
    tuple[PairedReadings, PairedReadings]

    Raises
    ------
    DataRefusedError
        bad-round (neither 1 nor 2), duplicate-reading, reader-missing (one reader in round 1, or nobody with a
        second round, or several), no-pairs (no lymph node has what is compared).

    Examples
    --------
    LN2 was read by one reader only, so it is in no pair:

    >>> read = [("P1", "LN1", "A", 1), ("P1", "LN1", "B", 1), ("P1", "LN1", "A", 2), ("P2", "LN2", "A", 1)]
    >>> rows = [
    ...     ReadingRow(patient=patient, lymph_node=lymph_node, reader=reader, round=round)
    ...     for patient, lymph_node, reader, round in read
    ... ]
    >>> inter, intra = pair_readings(rows, np.array([[1.0], [2.0], [3.0], [4.0]]))
    >>> inter.values[:, :, 0].tolist(), intra.values[:, :, 0].tolist(), inter.left_out
    ([[1.0, 2.0]], [[1.0, 3.0]], ('LN2',))

    """
    for number, reading in enumerate(readings):
        if reading.round not in (1, 2):
            raise DataRefusedError(
                f"Row {_place(readings, number)} has round {reading.round}; write 1 for the first and 2 for the "
                "repeat.",
                "bad-round",
            )
    repeaters = {reading.reader for reading in readings if reading.round == 2}
    if len(repeaters) > 1:
        raise DataRefusedError(
            f"{len(repeaters)} readers have a round 2, and here intra-reader agreement is of one reader; keep the "
            "second round of one.",
            "reader-missing",
        )
    inter, (intra,) = compare_all_readings(readings, features)
    return inter, intra


def compare_all_readings(
    readings: Sequence[ReadingRow], features: Floats
) -> tuple[PairedReadings, tuple[PairedReadings, ...]]:
    """Inter: all readers' first rounds. Intra: of every reader who repeats, that reader's rounds, a later one where
    that compares more readings.

    Parameters
    ----------
    readings
        Lymph node, patient, reader and round of each row; any number of readers and rounds.
    features
        (n, p) feature values, one row a reading.

    Returns
    -------
    tuple[PairedReadings, tuple[PairedReadings, ...]]
        Intra by reader, in the order of their names.

    Raises
    ------
    DataRefusedError
        bad-round (below 1), duplicate-reading, reader-missing (one reader in round 1, or nobody with a second round),
        no-pairs (no lymph node has what is compared).

    Examples
    --------
    Both readers repeat, A twice:

    >>> read = [("A", 1), ("A", 2), ("A", 3), ("B", 1), ("B", 2)]
    >>> rows = [ReadingRow(patient="P1", lymph_node="LN1", reader=reader, round=round) for reader, round in read]
    >>> inter, intras = compare_all_readings(rows, np.arange(5.0)[:, None])
    >>> inter.values[:, :, 0].tolist(), [intra.values[:, :, 0].tolist() for intra in intras]
    ([[0.0, 3.0]], [[[0.0, 1.0, 2.0]], [[3.0, 4.0]]])

    """
    rows = _rows(readings)
    names = list(dict.fromkeys(reading.patient for reading in readings))
    codes = {name: number for number, name in enumerate(names)}
    readers = sorted({reading.reader for reading in readings if reading.round == 1})
    rounds: dict[str, set[int]] = {}
    for reading in readings:
        rounds.setdefault(reading.reader, set()).add(reading.round)
    repeaters = sorted(reader for reader, of in rounds.items() if max(of) > 1)
    if len(readers) < 2:
        raise DataRefusedError(
            f"Round 1 has {len(readers)} reader, and inter-reader agreement needs two; add the other reader's rows.",
            "reader-missing",
        )
    if not repeaters:
        raise DataRefusedError(
            "0 readers have a round 2, and intra-reader agreement needs one who contoured the same CTs again; add "
            "that reader's second round.",
            "reader-missing",
        )
    inter = _paired(rows, features, [(reader, 1) for reader in readers], codes)
    intras = (
        _paired(rows, features, _most_complete(rows, reader, sorted({1, *rounds[reader]})), codes)
        for reader in repeaters
    )
    return inter, tuple(intras)


def _most_complete(
    rows: dict[_Key, dict[tuple[str, int], int]], reader: str, rounds: Sequence[int]
) -> list[tuple[str, int]]:
    """The first rounds, two or more, by which most readings are compared: few lymph nodes are read a third time."""
    series = [(reader, number) for number in rounds]
    used = {
        count: count * sum(all(one in of for one in series[:count]) for of in rows.values())
        for count in range(2, len(series) + 1)
    }
    return series[: max(used, key=lambda count: used[count])]


def _rows(readings: Sequence[ReadingRow]) -> dict[_Key, dict[tuple[str, int], int]]:
    """Row numbers by lymph node, then by reader and round."""
    rows: dict[_Key, dict[tuple[str, int], int]] = {}
    for number, reading in enumerate(readings):
        if reading.round < 1:
            raise DataRefusedError(
                f"Row {_place(readings, number)} has round {reading.round}; write 1 for the first, 2 and so on for "
                "repeats.",
                "bad-round",
            )
        of_lymph_node = rows.setdefault((reading.patient, reading.lymph_node), {})
        if (reading.reader, reading.round) in of_lymph_node:
            first = of_lymph_node[reading.reader, reading.round]
            raise DataRefusedError(
                f"Rows {_place(readings, first)} and {_place(readings, number)} are the same reading (lymph node "
                f"{reading.lymph_node}, reader {reading.reader}, round {reading.round}); keep one.",
                "duplicate-reading",
            )
        of_lymph_node[reading.reader, reading.round] = number
    return rows


def _place(readings: Sequence[ReadingRow], number: int) -> int:
    """Where a reading stands in its file, or among the readings where it is of none."""
    return readings[number].row_number or number + 1


def _paired(
    rows: dict[_Key, dict[tuple[str, int], int]],
    features: Floats,
    wanted: list[tuple[str, int]],
    codes: dict[str, int],
) -> PairedReadings:
    complete = [key for key, by_series in rows.items() if all(one in by_series for one in wanted)]
    partial = [
        key for key, by_series in rows.items() if any(one in by_series for one in wanted) and key not in complete
    ]
    columns = tuple(f"reader {reader} round {number}" for reader, number in wanted)
    if not complete:
        raise DataRefusedError(
            f"No lymph node has all of {', '.join(columns)}, so nothing can be compared; check the reader and round "
            "columns.",
            "no-pairs",
        )
    values = np.array([[features[rows[key][one]] for one in wanted] for key in complete])
    return PairedReadings(
        values=values,
        lymph_nodes=tuple(lymph_node for _, lymph_node in complete),
        patients=np.array([codes[patient] for patient, _ in complete], dtype=np.intp),
        columns=columns,
        left_out=tuple(lymph_node for _, lymph_node in partial),
    )


# What a study's own feature table says beside the features.
_ASIDE = frozenset(
    (*PATIENT_COLUMNS, "lymph_node", "reader", "round", "image_sha256", "contour_sha256", "failure", *ORIGINS)
) | frozenset(("repeat_of", "occasion"))


@dataclass(frozen=True, kw_only=True)
class ReadingTable:
    """Readings with their features.

    Attributes
    ----------
    names
        (p,), of the features.
    readings
        One a row.
    values
        (rows, p), NaN where a cell is empty.
    failed
        Names of readings whose features could not be extracted, which are not among the rows.
    origins
        By ORIGINS, how each row was extracted, where the table says so.
    """

    names: tuple[str, ...]
    readings: tuple[ReadingRow, ...]
    values: Floats
    failed: tuple[str, ...]
    origins: dict[str, tuple[str, ...]]

    __repr__ = short_repr


def reading_table(table: Table, features: Sequence[str] | None = None) -> ReadingTable:
    """The readings of a table with the columns patient_id (or patient), lymph_node, reader, round, and the features.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    features
        Columns; None takes every other one, but none that was extracted with other settings than the table's.

    Returns
    -------
    ReadingTable

    Raises
    ------
    DataRefusedError
        missing-column, no-feature, few-rows, bad-round, bad-number, doubtful-number, empty-name, lost-digits,
        look-alike-identifiers.
    """
    patient = next((name for name in PATIENT_COLUMNS if name in table.columns), PATIENT_COLUMNS[0])
    refuse_missing(table, [patient, "lymph_node", "reader", "round", *(features or ())])
    names = (
        tuple(features)
        if features
        else tuple(
            name
            for name in table.columns
            if name not in _ASIDE and not is_row_names(name) and not is_of_other_settings(name)
        )
    )
    if not names:
        raise DataRefusedError(
            f"{table.name} has no feature beside patient, lymph node, reader and round; add a column a feature.",
            "no-feature",
        )
    # A second CT is another look at the lymph node, and no other reading of its contour.
    lines = [line for line, row in enumerate(table.rows) if not row.get("failure") and not row.get("occasion")]
    if not lines:
        raise DataRefusedError(f"{table.name} has no readings below its header; add a row a reading.", "few-rows")
    _refuse_empty_names(table, lines, patient)
    patients = identifiers(table, patient)
    lymph_nodes, readers = identifiers(table, "lymph_node", patients), identifiers(table, "reader")
    readings = tuple(
        ReadingRow(
            patient=patients[line],
            lymph_node=lymph_nodes[line],
            reader=readers[line],
            round=_round(table, line),
            row_number=table.row_number(line),
        )
        for line in lines
    )
    values = np.array([[_value(table, line, name) for name in names] for line in lines])
    failed = tuple(f"{row['lymph_node']}/{row['reader']}-{row['round']}" for row in table.rows if row.get("failure"))
    origins = {name: tuple(table.rows[line][name] for line in lines) for name in ORIGINS if name in table.columns}
    return ReadingTable(names=names, readings=readings, values=values, failed=failed, origins=origins)


def _refuse_empty_names(table: Table, lines: Sequence[int], patient: str) -> None:
    for line in lines:
        for column in (patient, "lymph_node", "reader"):
            if not table.rows[line][column]:
                raise DataRefusedError(
                    f"{table.where(line)}: the column {column} is empty; every reading needs one.", "empty-name"
                )


def _round(table: Table, line: int) -> int:
    value = number_in(table.rows[line]["round"])
    if value is None or value not in range(1, _MOST_ROUNDS + 1):
        raise DataRefusedError(
            f"{table.where(line, 'round')}: the round is neither 1 (first) nor 2 and so on (repeats); correct it.",
            "bad-round",
        )
    return int(value)


def _value(table: Table, line: int, name: str) -> float:
    if is_missing(table.rows[line][name]):
        return float("nan")
    value = number_or_none(table, line, name)
    if value is None:
        raise DataRefusedError(
            f"{table.where(line, name)}: the value is not a number; correct it, or empty it.",
            "bad-number",
            "or leave the column out with --features",
        )
    return value
