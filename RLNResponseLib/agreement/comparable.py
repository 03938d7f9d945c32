"""What can be compared in readings that lack a reader or a repeat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RLNResponseLib.agreement.readings import PairedReadings, ReadingRow
from RLNResponseLib.common.types import Floats
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND

_Series = tuple[str, int]


def comparable_pairs(readings: Sequence[ReadingRow], features: Floats) -> dict[str, PairedReadings]:
    """All readers' first rounds, and the first two rounds of the first reader who repeats, where they are.

    Parameters
    ----------
    readings
        Lymph node, patient, reader and round of each row, no reading twice.
    features
        (n, p) feature values, one row a reading.

    Returns
    -------
    dict[str, PairedReadings]
        By "inter" and "intra"; what cannot be compared is not there.

    Examples
    --------
    >>> rows = [ReadingRow(patient="P1", lymph_node="LN1", reader=reader, round=1) for reader in "AB"]
    >>> found = comparable_pairs(rows, np.arange(2.0)[:, None])
    >>> list(found), found["inter"].values[:, :, 0].tolist()
    (['inter'], [[0.0, 1.0]])
    """
    made = {(reading.reader, reading.round) for reading in readings}
    first = sorted(one for one in made if one[1] == FIRST_ROUND)
    repeaters = [reader for reader, _ in first if (reader, REPEAT_ROUND) in made]
    series = {"inter": first} if len(first) > 1 else {}
    if repeaters:
        series["intra"] = [(repeaters[0], FIRST_ROUND), (repeaters[0], REPEAT_ROUND)]
    found = {kind: _paired(readings, features, of) for kind, of in series.items()}
    return {kind: pairs for kind, pairs in found.items() if len(pairs.lymph_nodes)}


def _paired(readings: Sequence[ReadingRow], features: Floats, series: Sequence[_Series]) -> PairedReadings:
    codes = {name: code for code, name in enumerate(dict.fromkeys(reading.patient for reading in readings))}
    lines: dict[str, dict[_Series, int]] = {}
    patients: dict[str, int] = {}
    for line, reading in enumerate(readings):
        lines.setdefault(reading.lymph_node, {})[reading.reader, reading.round] = line
        patients[reading.lymph_node] = codes[reading.patient]
    whole = [name for name, of in lines.items() if all(one in of for one in series)]
    some = [name for name, of in lines.items() if name not in whole and any(one in of for one in series)]
    chosen = np.array([[lines[name][one] for one in series] for name in whole], dtype=np.intp)
    return PairedReadings(
        values=features[chosen.reshape(len(whole), len(series))],
        lymph_nodes=tuple(whole),
        patients=np.array([patients[name] for name in whole], dtype=np.intp),
        columns=tuple(f"{reader} round {number}" for reader, number in series),
        left_out=tuple(some),
    )
