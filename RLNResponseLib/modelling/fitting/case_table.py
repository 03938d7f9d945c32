"""A table of lymph nodes, CSV or Parquet, as arrays to fit and to judge scores on; and the readings of its own training
patients, which choose the features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.readings import PairedReadings, ReadingTable, pair_readings
from RLNResponseLib.common.cells import is_missing, yes_or_no
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identifiers, matched
from RLNResponseLib.common.tables import ORIGINS, Table, number, refuse_missing
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import counted
from RLNResponseLib.modelling.fitting.candidates import LeftOutColumn, candidates
from RLNResponseLib.modelling.fitting.cases import Cases, ReaderRatings
from RLNResponseLib.modelling.fitting.splits import group_codes

# The column that names lymph nodes in every table of a study.
LYMPH_NODE = "lymph_node"


@dataclass(frozen=True, kw_only=True)
class CaseTable:
    """Lymph nodes with an outcome.

    Attributes
    ----------
    names
        (p,) of the features.
    features
        (n, p), finite.
    outcome
        (n,), True for 1, yes, true.
    patients
        (n,), whole numbers from 0: whose lymph node each is.
    patient_names
        (n,), as the table calls them.
    table
        The text it was read from.
    has_patients
        Whether the table names patients; else every row is one.
    left_out
        Columns that were looked at for features and are none, with the reason.
    """

    names: tuple[str, ...]
    features: Floats
    outcome: NDArray[np.bool_]
    patients: NDArray[np.intp]
    patient_names: tuple[str, ...]
    table: Table
    has_patients: bool = True
    left_out: tuple[LeftOutColumn, ...] = ()

    __repr__ = short_repr

    def column(self, name: str) -> tuple[str, ...]:
        """The text of one column. Raises DataRefusedError (missing-column)."""
        refuse_missing(self.table, [name])
        return tuple(row[name] for row in self.table.rows)

    def origins(self) -> Mapping[str, Sequence[str]]:
        """How each row was extracted, where the table says so."""
        return {name: self.column(name) for name in ORIGINS if name in self.table.columns}


def case_table(
    table: Table,
    outcome: str,
    group: str | None,
    features: Sequence[str] | None,
    aside: Mapping[str, str] = MappingProxyType({}),
    exclude: Sequence[str] = (),
) -> CaseTable:
    """The cases of a table.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    outcome
        Column of 0/1, no/yes or false/true.
    group
        Column that says whose lymph node a row is; None makes every row a patient.
    features
        Names and patterns; None takes the columns with a feature's name and numbers in more than half of their rows.
    aside
        Columns that are neither, and what they are: "fold numbers", "the centre".
    exclude
        Names and patterns of columns that are no features.

    Returns
    -------
    CaseTable

    Raises
    ------
    DataRefusedError
        missing-column, few-cases, bad-outcome, one-class, bad-number, doubtful-number, no-feature, duplicate-row,
        no-patient, lost-digits, look-alike-identifiers.
    """
    refuse_missing(table, [outcome, *([group] if group else []), *aside])
    if not table.rows:
        raise DataRefusedError(f"{table.name} has no rows below its header; give it the lymph nodes.", "few-cases")
    classes = _outcome(table, outcome)
    patients = _patients(table, group) if group else tuple(map(str, range(len(table.rows))))
    uses = {outcome: "the outcome", **({group: "the patient"} if group else {}), **aside}
    chosen = candidates(table, uses, features, exclude)
    names = chosen.names
    values = np.array([[number(table, row, name) for name in names] for row in range(len(table.rows))])
    _refuse_duplicates(table, patients, values)
    return CaseTable(
        names=names,
        features=values,
        outcome=classes,
        patients=group_codes(patients),
        patient_names=patients,
        table=table,
        has_patients=group is not None,
        left_out=chosen.left_out,
    )


def _patients(table: Table, group: str) -> tuple[str, ...]:
    for line, row in enumerate(table.rows):
        if is_missing(row[group]):
            raise DataRefusedError(
                f"{table.where(line, group)}: the patient is empty; say whose lymph node it is.", "no-patient"
            )
    return identifiers(table, group)


def _outcome(table: Table, name: str) -> NDArray[np.bool_]:
    values = []
    for line, row in enumerate(table.rows):
        value = yes_or_no(row[name])
        if value is None:
            raise DataRefusedError(
                f"{table.where(line, name)}: the outcome is neither 1 nor 0 (nor yes or no); correct it, "
                f"or leave the row out.",
                "bad-outcome",
            )
        values.append(value)
    outcome = np.array(values)
    if outcome.all() or not outcome.any():
        raise DataRefusedError(
            f"The outcome {name} is {'1' if outcome.all() else '0'} in every row of {table.name}; two classes are "
            f"needed.",
            "one-class",
        )
    return outcome


def _refuse_duplicates(table: Table, patients: Sequence[str], values: Floats) -> None:
    """The same row twice. Lymph nodes that the table tells apart may have the same features."""
    lymph_nodes = [row.get(LYMPH_NODE, "") for row in table.rows]
    seen: dict[tuple[str, str, bytes], int] = {}
    for row, (patient, lymph_node, features) in enumerate(zip(patients, lymph_nodes, values, strict=True)):
        first = seen.setdefault((patient, lymph_node, features.tobytes()), row)
        if first != row:
            raise DataRefusedError(
                f"{table.name}: rows {table.row_number(first)} and {table.row_number(row)} are the same patient with "
                f"the same features; keep one, or tell the lymph nodes apart in a column {LYMPH_NODE}.",
                "duplicate-row",
            )


def ratings_of(all_readings: ReadingTable, table: CaseTable) -> tuple[ReaderRatings, tuple[str, ...]]:
    """The ICC filter's readings for the features and patients of `table`, and whose they are.

    Readings of other patients are left out: they may be the validation's.

    Parameters
    ----------
    all_readings
        What was computed, as a record.
    table
        Features, outcome and patient, one row a lymph node.

    Returns
    -------
    tuple[ReaderRatings, tuple[str, ...]]

    Raises
    ------
    DataRefusedError
        no-ratings where no patient of the table has readings, and what pairing refuses.
    """
    codes = {name: int(code) for name, code in zip(table.patient_names, table.patients, strict=True)}
    spelled = matched([reading.patient for reading in all_readings.readings], codes)
    own = [position for position, reading in enumerate(all_readings.readings) if reading.patient in spelled]
    if not own:
        raise DataRefusedError(
            f"The readings have no patient of {table.table.name}; check that both name patients alike.", "no-ratings"
        )
    readings = [all_readings.readings[position] for position in own]
    columns = [all_readings.names.index(name) for name in table.names]
    inter, intra = pair_readings(readings, all_readings.values[np.ix_(own, columns)])
    names = list(dict.fromkeys(reading.patient for reading in readings))

    def patients(pairs: PairedReadings) -> np.ndarray:
        return np.array([codes[spelled[names[code]]] for code in pairs.patients], dtype=np.intp)

    ratings = ReaderRatings(
        inter=inter.values, inter_patients=patients(inter), intra=intra.values, intra_patients=patients(intra)
    )
    return ratings, tuple(spelled[name] for name in names)


def cases_of(table: CaseTable, ratings: ReaderRatings | None = None, centres: NDArray[np.intp] | None = None) -> Cases:
    """The cases that a score is developed on.

    Parameters
    ----------
    table
        Features, outcome and patient, one row a lymph node.
    ratings
        Of `ratings_of`, for the ICC filter; None where there is none.
    centres
        (n,), whole numbers from 0, where features are harmonised; None where not.

    Returns
    -------
    Cases
    """
    return Cases(
        features=table.features,
        outcome=table.outcome,
        patients=table.patients,
        ratings=ratings,
        names=table.names,
        centres=centres,
    )


def icc_filter_sentence(ratings: ReaderRatings, all_readings: ReadingTable, table: CaseTable) -> str:
    """How many patients and lymph nodes the ICC filter rests on, and who of each table has no row in the other.

    Parameters
    ----------
    ratings
        What `ratings_of` made of both.
    all_readings
        The readings.
    table
        Features, outcome and patient, one row a lymph node.

    Returns
    -------
    str
    """
    patients = set(table.patient_names)
    readings_of = {reading.patient for reading in all_readings.readings}
    spelled = matched(readings_of, patients)
    paired = len({*ratings.inter_patients.tolist(), *ratings.intra_patients.tolist()})
    sentence = (
        f"The ICC filter rests on {paired} of {counted(len(patients), 'patient')} ({len(ratings.inter)} lymph nodes "
        f"between readers, {len(ratings.intra)} within one)"
    )
    lacking, others = len(patients - set(spelled.values())), len(readings_of - set(spelled))
    otherwise = sum(name != other for name, other in spelled.items())
    return (
        "; ".join(
            [
                sentence,
                *([f"{lacking} without any reading"] if lacking else []),
                *([f"{counted(others, 'patient')} of the readings not in the table and left out"] if others else []),
                *(
                    [f"{counted(otherwise, 'patient')} spelled otherwise in the readings, as 123 for 00123"]
                    if otherwise
                    else []
                ),
            ]
        )
        + "."
    )
