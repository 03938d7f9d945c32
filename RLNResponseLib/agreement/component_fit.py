"""The restricted likelihood of random intercepts: units nested within patients, readers across all of them.

The covariance of all readings is a block a patient plus the readers' part, whose rank is the number of readers. So with
W the inverse of the blocks and B the readers' incidence, the matrix P that REML works with is W − W B K B'W, with K of
readers × readers, and no matrix larger than a patient's readings is ever inverted. Patients who were read in the same
way share their block.

Fisher scoring on the variances, none below 0 (Searle, Casella and McCulloch 1992, Variance Components, section 6.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.types import Floats

_MOST_STEPS = 500
_MOST_HALVINGS = 40
# Of the expected gain in deviance, below which a step is none.
_SMALLEST_GAIN = 1e-18
# Of the feature's own variance: the other terms explain every reading but for rounding.
_NO_RESIDUAL = 1e-10


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The design, S kinds of patients with at most m readings each; unused places are zero.

    Attributes
    ----------
    same
        (J, S, m, m), which readings share a unit of the nested component j.
    used
        (S, m, m), 1 on the diagonal where there is a reading.
    unused
        (S, m, m), 1 on the diagonal where there is none.
    readers
        (S, m, R), whose reading.
    count
        (S,), how many patients are of each kind.
    kind
        (P,), of each patient.
    place
        (P, m), row of each reading, −1 where there is none.
    reader_at
        Where the readers' variance stands: after the nested components, before the residual.
    """

    same: Floats
    used: Floats
    unused: Floats
    readers: Floats
    count: Floats
    kind: NDArray[np.intp]
    place: NDArray[np.intp]
    reader_at: int

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class _State:
    """Of the variances: −2 × restricted log likelihood, its score and its expected information."""

    deviance: float
    score: Floats
    information: Floats


def blocks(
    units: Mapping[str, NDArray[np.intp]],
    patients: NDArray[np.intp],
    readers: NDArray[np.intp],
    nested: Sequence[str],
) -> Blocks:
    """Sort the readings by patient, and the patients by how they were read.

    Parameters
    ----------
    units
        By nested component, (n,) the unit of each reading.
    patients, readers
        (n,) whole numbers from 0.
    nested
        Which of `units` are fitted, in order; readers come where their name stands among COMPONENTS.

    Returns
    -------
    Blocks
    """
    finest = units["reader_by_lymph_node"]
    order = [
        rows[np.lexsort((readers[rows], finest[rows]))]
        for rows in (np.flatnonzero(patients == patient) for patient in range(int(patients.max()) + 1))
    ]
    size = max(map(len, order))
    kinds: dict[bytes, int] = {}
    first: list[NDArray[np.intp]] = []
    kind = np.empty(len(order), dtype=np.intp)
    for patient, rows in enumerate(order):
        same = [units[name][rows][:, None] == units[name][rows] for name in ("lymph_node", "reader_by_lymph_node")]
        key = np.concatenate([*map(np.ravel, same), readers[rows]]).tobytes()
        kind[patient] = kinds.setdefault(key, len(kinds))
        if kind[patient] == len(first):
            first.append(rows)
    shared = np.zeros((len(nested), len(first), size, size))
    of_readers = np.zeros((len(first), size, int(readers.max()) + 1))
    used = np.zeros((len(first), size))
    for number, rows in enumerate(first):
        m = len(rows)
        used[number, :m] = 1
        of_readers[number, np.arange(m), readers[rows]] = 1
        for at, name in enumerate(nested):
            shared[at, number, :m, :m] = units[name][rows][:, None] == units[name][rows]
    place = np.full((len(order), size), -1, dtype=np.intp)
    for patient, rows in enumerate(order):
        place[patient, : len(rows)] = rows
    diagonal = np.eye(size)
    return Blocks(
        same=shared,
        used=used[:, :, None] * diagonal,
        unused=(1 - used)[:, :, None] * diagonal,
        readers=of_readers,
        count=np.bincount(kind).astype(float),
        kind=kind,
        place=place,
        reader_at=sum(name in ("patient", "lymph_node") for name in nested),
    )


def reml(design: Blocks, values: Floats) -> tuple[Floats, Floats] | None:
    """The variances that make the restricted likelihood largest.

    Parameters
    ----------
    design
        Who read what.
    values
        (n,), finite and not all the same.

    Returns
    -------
    tuple[Floats, Floats] | None
        (J + 2,) variances, the nested ones with the readers' among them, the residual last, and their expected
        information (J + 2, J + 2); None where no residual is left, so that no likelihood is the largest.
    """
    # In units of the feature's own spread about its mean: no step then meets numbers of the wrong size.
    scale = float(np.std(values))
    scaled = (values - values.mean()) / scale
    y = np.where(design.place >= 0, scaled[design.place], 0.0)
    count = len(design.same) + 2
    variances = np.full(count, 1 / count)
    state = _state(design, variances, y)
    for _ in range(_MOST_STEPS):
        free = (variances > 0) | (state.score > 0)
        step = np.zeros(count)
        step[free] = np.linalg.solve(state.information[np.ix_(free, free)], state.score[free])
        moved = _moved(design, y, variances, state, step)
        if moved is None:
            break
        variances, state = moved
        if variances[-1] < _NO_RESIDUAL:
            return None
    return variances * scale**2, state.information / scale**4


def _moved(design: Blocks, y: Floats, variances: Floats, state: _State, step: Floats) -> tuple[Floats, _State] | None:
    """The variances after a step that is no step for the worse; None where none is left to take."""
    for halving in range(_MOST_HALVINGS):
        new = np.maximum(variances + step * 0.5**halving, 0.0)
        # The residual is never 0: a tenth of it is the shortest way there.
        new[-1] = max(new[-1], 0.1 * variances[-1])
        change = new - variances
        if float(change @ state.information @ change) < _SMALLEST_GAIN:
            return None
        found = _state(design, new, y)
        if found.deviance <= state.deviance + 1e-12 * (1 + abs(state.deviance)):
            return new, found
    return None


def _state(design: Blocks, variances: Floats, y: Floats) -> _State:
    at, count = design.reader_at, design.count
    nested = np.delete(variances[:-1], at)
    of_readers, residual = float(variances[at]), float(variances[-1])
    covariance = np.einsum("j,jsab->sab", nested, design.same) + residual * design.used + design.unused
    w = np.linalg.inv(covariance) * (design.used.sum(axis=1)[:, :, None] * design.used.sum(axis=1)[:, None, :])
    wb = w @ design.readers
    g = np.einsum("s,smr,smq->rq", count, design.readers, wb)
    k, log_det = _readers_part(g, of_readers)
    wy = np.einsum("pmn,pn->pm", w[design.kind], y)
    by = np.einsum("pmr,pm->r", design.readers[design.kind], wy)
    py = wy - np.einsum("pmr,r->pm", wb[design.kind], k @ by)
    quadratic = float((y * py).sum())
    deviance = float(count @ np.linalg.slogdet(covariance)[1]) + log_det + quadratic

    # Of the nested components and the residual, whose blocks are the same readings and nothing else.
    parts = np.concatenate([design.same, design.used[None]])
    m = len(parts)
    wh = w @ parts
    inner = np.einsum("s,smr,jsmn,snq->jrq", count, wb, parts, wb)
    traces = np.einsum("s,jsmm->j", count, wh) - np.einsum("rq,jqr->j", k, inner)
    squares = np.einsum("pm,jpmn,pn->j", py, parts[:, design.kind], py)
    whw = wh @ w
    both = np.einsum("s,ismn,jsnm->ij", count, wh, wh)
    # Products two by two: an einsum over all of them would look for their order anew in every step.
    cross = np.einsum("s,isrn,jsnr->ij", count, design.readers.swapaxes(1, 2) @ whw, parts @ wb @ k)
    weighed = k @ inner
    information = both - 2 * cross + np.einsum("irt,jtr->ij", weighed, weighed)

    reader_p = g - g @ k @ g
    reader_py = by - g @ k @ by
    left = np.eye(len(g)) - k @ g
    with_readers = np.einsum("rq,jrt,tq->j", left, inner, left)
    full = np.empty((m + 1, m + 1))
    others = np.delete(np.arange(m + 1), at)
    full[np.ix_(others, others)] = information
    full[at, others] = full[others, at] = with_readers
    full[at, at] = (reader_p**2).sum()
    score = np.empty(m + 1)
    score[others] = squares - traces
    score[at] = float(reader_py @ reader_py) - np.trace(reader_p)
    return _State(deviance=deviance, score=score / 2, information=full / 2)


def _readers_part(g: Floats, variance: float) -> tuple[Floats, float]:
    """K of P = W − W B K B'W, and what readers and the mean add to the deviance's determinants."""
    size = len(g)
    inner = np.eye(size) + variance * g
    t = variance * np.linalg.inv(inner)
    one = np.ones(size)
    of_mean = one - t @ g @ one
    weight = float(one @ g @ of_mean)
    k = t + np.outer(of_mean, of_mean) / weight
    return (k + k.T) / 2, float(np.linalg.slogdet(inner)[1]) + float(np.log(weight))
