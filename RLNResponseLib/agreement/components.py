"""Variance components of many features at once, by REML: patient, lymph node in patient, reader, residual.

    value = mean + patient + lymph node + reader (+ reader by lymph node) + residual

Every term but the mean is random and normal. Reader by lymph node is there only where a reader read a lymph node twice:
without repeats nothing tells it from the residual. Any number of readers and repeats, and lymph nodes that lack
readings: nothing is left out but empty cells. Patterson and Thompson 1971 (doi 10.1093/biomet/58.3.545).

Limits of a component: its mean square as a scaled χ² with the component's own degrees of freedom (two readers have
one), what the other components add to that mean square taken as known (Williams 1962, doi 10.1093/biomet/49.1-2.278).
Limits of an ICC are generalised ones (Weerahandi 1993, doi 10.1080/01621459.1993.10476355): every component is drawn
again in that way. So both count the readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.component_fit import Blocks, blocks, reml
from RLNResponseLib.agreement.readings import ReadingRow
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.statistics.estimates import Estimate

COMPONENTS = ("patient", "lymph_node", "reader", "reader_by_lymph_node", "residual")
# Which components count as known for the limits of another: the finer ones that its mean square holds. The lymph nodes'
# is no such for the patients': where most patients have one lymph node, it is hardly better known than the patients'.
_KNOWN = {
    "patient": ("reader_by_lymph_node", "residual"),
    "lymph_node": ("reader_by_lymph_node", "residual"),
    "reader": ("reader_by_lymph_node", "residual"),
    "reader_by_lymph_node": ("residual",),
    "residual": (),
}
METHOD = "REML"
# Draws of the generalised limits: their Monte Carlo error is below 0.002 of an ICC.
_DRAWS = 10_000
_CONFIDENCE = 0.95
# A spread this small beside the values is rounding of a constant.
_CONSTANT = 1e-12


@dataclass(frozen=True, kw_only=True)
class Design:
    """Who read what.

    Attributes
    ----------
    readings, patients, lymph_nodes, readers
        How many.
    repeats
        Readings of a lymph node by a reader who had read it before.
    df
        Degrees of freedom of each component, by COMPONENTS; without those that this design cannot tell apart.
    """

    readings: int
    patients: int
    lymph_nodes: int
    readers: int
    repeats: int
    df: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class VarianceComponents:
    """Of one feature.

    Attributes
    ----------
    design
        Of the readings that have the feature; None where there is a reason.
    variances
        By COMPONENTS, in the feature's unit squared, with limits; only those of the design.
    icc_inter
        Of one reading by any reader: (patient + lymph node) / all.
    icc_intra
        Of one reader's re-contouring: all but the residual / all; None without repeats.
    reason
        Why there are no components, or "".
    """

    design: Design | None
    variances: dict[str, Estimate]
    icc_inter: Estimate | None
    icc_intra: Estimate | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Units:
    """(rows,) whole numbers from 0: whose reading a row is, of which lymph node, by whom, and both of these."""

    patients: NDArray[np.intp]
    lymph_nodes: NDArray[np.intp]
    readers: NDArray[np.intp]
    cells: NDArray[np.intp]

    def of(self, rows: Bools) -> _Units:
        """Of some of the rows, numbered anew."""
        return _Units(**{name: np.unique(values[rows], return_inverse=True)[1] for name, values in vars(self).items()})


def variance_components(
    readings: Sequence[ReadingRow], values: Floats, seed: int = 0
) -> tuple[VarianceComponents, ...]:
    """Fit every feature; one that cannot be fitted has a reason instead.

    Parameters
    ----------
    readings
        Patient, lymph node, reader and round of each row.
    values
        (rows, p), NaN where a reading lacks the feature.
    seed
        What every random draw is derived from.

    Returns
    -------
    tuple of VarianceComponents
        (p,).

    Examples
    --------
    Two lymph nodes of each of two patients, read by two readers who always differ by 2: all variance of the reading is
    the readers'.

    >>> read = [(f"P{node // 2}", f"LN{node}", reader) for node in range(4) for reader in "AB"]
    >>> rows = [ReadingRow(patient=whose, lymph_node=node, reader=reader, round=1) for whose, node, reader in read]
    >>> wobble = [0.0, 0.1, -0.1, 0.0, 0.1, 0.1, 0.0, -0.2]
    >>> values = [10.0 * row + 2.0 * (row % 2) + wobble[row] for row in range(8)]
    >>> (found,) = variance_components(rows, np.array(values)[:, None])
    >>> found.design.df
    {'patient': 1, 'lymph_node': 2, 'reader': 1, 'residual': 3}

    """
    units = _units(readings)
    present = np.isfinite(values)
    answers: list[VarianceComponents | None] = [None] * values.shape[1]
    # Most features are there in the same readings: what is of the design alone is made once for all of them.
    patterns, pattern_of = np.unique(present, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        columns = np.flatnonzero(pattern_of.ravel() == number)
        rows = patterns[:, number]
        for column, found in zip(
            columns, _of_pattern(units.of(rows), values[np.ix_(rows, columns)], seed), strict=True
        ):
            answers[column] = found
    return tuple(found for found in answers if found is not None)


def _units(readings: Sequence[ReadingRow]) -> _Units:
    lymph_nodes = [(reading.patient, reading.lymph_node) for reading in readings]
    return _Units(
        patients=_coded([reading.patient for reading in readings]),
        lymph_nodes=_coded(lymph_nodes),
        readers=_coded([reading.reader for reading in readings]),
        cells=_coded([(*one, reading.reader) for one, reading in zip(lymph_nodes, readings, strict=True)]),
    )


def _coded(names: Sequence[object]) -> NDArray[np.intp]:
    codes: dict[object, int] = {}
    return np.array([codes.setdefault(name, len(codes)) for name in names], dtype=np.intp)


def _of_pattern(units: _Units, values: Floats, seed: int) -> list[VarianceComponents]:
    try:
        design = _design(units)
    except DataRefusedError as refusal:
        return [_without(str(refusal))] * values.shape[1]
    own = blocks(
        {"patient": units.patients, "lymph_node": units.lymph_nodes, "reader_by_lymph_node": units.cells},
        units.patients,
        units.readers,
        [name for name in design.df if name not in ("reader", "residual")],
    )
    # The same draws for every feature, so that equal features have equal limits.
    draws = np.random.default_rng(seed).chisquare(list(design.df.values()), size=(_DRAWS, len(design.df)))
    return [_of_feature(design, own, values[:, column], draws) for column in range(values.shape[1])]


def _without(reason: str) -> VarianceComponents:
    return VarianceComponents(design=None, variances={}, icc_inter=None, icc_intra=None, reason=reason)


def _design(units: _Units) -> Design:
    count = {name: int(values.max(initial=-1)) + 1 for name, values in vars(units).items()}
    rows = len(units.patients)
    tied = _reader_df(units, count)
    if count["lymph_nodes"] < 2 or count["readers"] < 2 or tied < count["readers"] - 1:
        raise DataRefusedError(
            "Variance components need two readers or more who share lymph nodes, and two lymph nodes or more; add "
            "readings.",
            "few-ratings",
        )
    repeats = rows - count["cells"]
    df = {
        "patient": count["patients"] - 1,
        "lymph_node": count["lymph_nodes"] - count["patients"],
        "reader": tied,
        "reader_by_lymph_node": count["cells"] - count["lymph_nodes"] - tied,
        "residual": repeats or count["cells"] - count["lymph_nodes"] - tied,
    }
    if not repeats or not df["reader_by_lymph_node"]:
        df.pop("reader_by_lymph_node")
    if not df["lymph_node"] or not df["patient"]:
        # One lymph node a patient, or one patient: which of the two varies cannot be told.
        df.pop("patient")
        df["lymph_node"] = count["lymph_nodes"] - 1
    if not df["residual"]:
        raise DataRefusedError("No reading is left for the residual; add readings.", "few-ratings")
    return Design(
        readings=rows,
        patients=count["patients"],
        lymph_nodes=count["lymph_nodes"],
        readers=count["readers"],
        repeats=repeats,
        df={name: df[name] for name in COMPONENTS if name in df},
    )


def _reader_df(units: _Units, count: dict[str, int]) -> int:
    """Readers less the groups of readers who share no lymph node."""
    table = np.zeros((count["lymph_nodes"], count["readers"]))
    np.add.at(table, (units.lymph_nodes, units.readers), 1)
    within = np.diag(table.sum(axis=0)) - table.T @ (table / table.sum(axis=1, keepdims=True))
    return int(np.linalg.matrix_rank(within, tol=1e-8 * len(table))) if within.size else 0


def _of_feature(design: Design, own: Blocks, values: Floats, draws: Floats) -> VarianceComponents:
    if np.ptp(values) <= _CONSTANT * np.abs(values).max():
        return _without("all ratings are the same")
    fitted = reml(own, values)
    if fitted is None:
        return _without("nothing is left for the residual")
    variances, information = fitted
    names, df = list(design.df), np.array(list(design.df.values()), dtype=float)
    rest = np.maximum(np.sqrt(_variance_of_each(names, information) * df / 2) - variances, 0.0)
    limits = _chi_square_limits(variances, rest, df)
    again = np.maximum((variances + rest) * df / draws - rest, 0.0)
    estimates = {
        name: Estimate(
            value=float(variances[at]), lower=float(limits[0][at]), upper=float(limits[1][at]), interval="REML, χ²"
        )
        for at, name in enumerate(names)
    }
    of_lymph_nodes = np.array([name in ("patient", "lymph_node") for name in names])
    repeated = np.array([name != "residual" for name in names])
    return VarianceComponents(
        design=design,
        variances=estimates,
        icc_inter=_share(variances, again, of_lymph_nodes),
        icc_intra=_share(variances, again, repeated) if "reader_by_lymph_node" in names else None,
        reason="",
    )


def _variance_of_each(names: list[str], information: Floats) -> Floats:
    """Of each estimate, the finer components known: of a balanced design that of its mean square, 2 E² / df."""
    found = []
    for at, name in enumerate(names):
        kept = [other for other, of in enumerate(names) if of not in _KNOWN[name]]
        inverse = np.linalg.inv(information[np.ix_(kept, kept)])
        found.append(inverse[kept.index(at), kept.index(at)])
    return np.array(found)


def _chi_square_limits(variances: Floats, rest: Floats, df: Floats) -> tuple[Floats, Floats]:
    from scipy.special import chdtri

    tail = (1 - _CONFIDENCE) / 2
    square = (variances + rest) * df
    return (
        np.maximum(square / chdtri(df, tail) - rest, 0.0),
        np.maximum(square / chdtri(df, 1 - tail) - rest, 0.0),
    )


def _share(variances: Floats, again: Floats, of: Bools) -> Estimate:
    tail = (1 - _CONFIDENCE) / 2
    lower, upper = np.quantile(again[:, of].sum(axis=1) / again.sum(axis=1), [tail, 1 - tail])
    value = float(variances[of].sum() / variances.sum())
    return Estimate(value=value, lower=float(lower), upper=float(upper), interval="REML, generalised")
