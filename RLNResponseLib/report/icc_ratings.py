"""The readings that choose the features of a model: of its own training patients only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RLNResponseLib.agreement.reading_table import ReadingTable, reading_table
from RLNResponseLib.agreement.readings import PairedReadings, pair_readings
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.case_table import CaseTable
from RLNResponseLib.modelling.development import ReaderRatings
from RLNResponseLib.study.number_tables import read_table


def training_ratings(file: Path, table: CaseTable) -> tuple[ReaderRatings, tuple[str, ...]]:
    """`ratings_of` the table of readings in a file. Raises DataRefusedError: what reading the table refuses, too."""
    return ratings_of(reading_table(read_table(file), table.names), table)


def ratings_of(found: ReadingTable, table: CaseTable) -> tuple[ReaderRatings, tuple[str, ...]]:
    """The ICC filter's readings for the features and patients of `table`, and whose they are.

    Readings of other patients are left out: they may be the validation's. Raises DataRefusedError: no-ratings where no
    patient of the table has readings, and what pairing refuses.
    """
    codes = {name: int(code) for name, code in zip(table.patient_names, table.patients, strict=True)}
    own = [position for position, reading in enumerate(found.readings) if reading.patient in codes]
    if not own:
        raise DataRefusedError(
            f"The readings have no patient of {table.table.name}; check that both name patients alike.", "no-ratings"
        )
    readings = [found.readings[position] for position in own]
    columns = [found.names.index(name) for name in table.names]
    inter, intra = pair_readings(readings, found.values[np.ix_(own, columns)])
    names = list(dict.fromkeys(reading.patient for reading in readings))

    def patients(pairs: PairedReadings) -> np.ndarray:
        return np.array([codes[names[code]] for code in pairs.patients], dtype=np.intp)

    return ReaderRatings(inter.values, patients(inter), intra.values, patients(intra)), tuple(names)
