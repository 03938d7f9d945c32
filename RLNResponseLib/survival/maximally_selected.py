"""The log-rank test at a cutoff that was chosen on the same data, and its honest p."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.statistics.estimates import normal_p
from RLNResponseLib.survival.curves import cumulative_hazard
from RLNResponseLib.survival.follow_up import FollowUp

_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class SelectedCutoff:
    """A cutoff judged as if it had been chosen among all.

    Attributes
    ----------
    cutoff
        "score > cutoff" is one group.
    z
        Standardised log-rank statistic there; above 0 where more events happen above the cutoff than expected.
    p
        Of z, as if the cutoff had been fixed beforehand.
    corrected_p
        The share of permutations whose best cutoff reaches |z|.
    candidates
        How many cutoffs were searched.
    permutations
        How many.
    """

    cutoff: float
    z: float
    p: float
    corrected_p: float
    candidates: int
    permutations: int


def selected_cutoff(
    follow_up: FollowUp,
    score: Floats,
    seed: int,
    cutoff: float | None = None,
    patients: Ints | None = None,
    permutations: int = 9999,
    smallest_share: float = 0.1,
) -> SelectedCutoff:
    """The cutoff with the largest log-rank statistic, or the one given, with the p of the search.

    The log-rank test as a linear rank test: log-rank scores δ − Λ(t), the permutation variance (as R's maxstat with
    smethod = "LogRank", pmethod = "condMC"; Lausen and Schumacher 1992, doi 10.2307/2532740). Under the hypothesis that
    score and follow-up have nothing to do with each other all permutations are equally likely, so that the corrected p
    holds for any rule by which a cutoff is chosen among the candidates.

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.
    score
        (n,).
    seed
        What every random draw is derived from.
    cutoff
        The one that was chosen on these data by any rule; None takes the best.
    patients
        (n,) whole numbers from 0: patients with as many lymph nodes as each other swap all of them together.
    permutations
        How many permutations.
    smallest_share
        Of the rows that both groups must hold; the search reaches to a `cutoff` outside that too.

    Returns
    -------
    SelectedCutoff

    Raises
    ------
    DataRefusedError
        no-cutoff where no cutoff leaves both groups large enough.
    """
    order = np.argsort(score, kind="stable")
    ends = _candidates(score[order], cutoff, smallest_share)
    residual = _log_rank_scores(follow_up)
    scale = np.sqrt(ends * (len(score) - ends) / (len(score) * (len(score) - 1)) * (residual**2).sum())
    z = -np.cumsum(residual[order])[ends - 1] / scale
    if cutoff is None:
        best = int(np.argmax(np.abs(z)))
        at = float((score[order][ends[best] - 1] + score[order][ends[best]]) / 2)
    else:
        best, at = int(np.flatnonzero(ends == (score <= cutoff).sum())[0]), cutoff
    draws = _permuted(residual, patients, np.random.default_rng(seed), permutations)
    reached = sum(
        int((np.abs(np.cumsum(chunk[:, order], axis=1)[:, ends - 1] / scale).max(axis=1) >= abs(z[best]) - 1e-12).sum())
        for chunk in draws
    )
    corrected = (1 + reached) / (1 + permutations)
    return SelectedCutoff(
        cutoff=at,
        z=float(z[best]),
        p=normal_p(float(z[best])),
        corrected_p=corrected,
        candidates=len(ends),
        permutations=permutations,
    )


def _candidates(ascending: Floats, cutoff: float | None, smallest_share: float) -> Ints:
    """How many rows lie at or below each cutoff."""
    count = len(ascending)
    ends = np.flatnonzero(np.diff(ascending) > 0) + 1
    below = 0 if cutoff is None else int((ascending <= cutoff).sum())
    share = min(below, count - below) / count if cutoff is not None else smallest_share
    wanted = min(share, smallest_share) * count
    kept = ends[(ends >= wanted) & (count - ends >= wanted)]
    if len(kept) == 0 or (cutoff is not None and below in (0, count)):
        raise DataRefusedError(
            "No cutoff of the score leaves two groups that are large enough; the score is nearly the same in all rows, "
            "or all of it lies on one side.",
            "no-cutoff",
        )
    return np.asarray(kept)


def _log_rank_scores(follow_up: FollowUp) -> Floats:
    """(n,) event − Nelson and Aalen's cumulative hazard at its time; they add up to 0."""
    return np.asarray(follow_up.event - cumulative_hazard(follow_up))


def _permuted(residual: Floats, patients: Ints | None, rng: np.random.Generator, permutations: int) -> Iterator[Floats]:
    """Permutations (…, n) in chunks, patients of one size swapping their lymph nodes together."""
    whose = np.arange(len(residual)) if patients is None else patients
    rows = np.argsort(whose, kind="stable")
    sizes = np.bincount(whose)
    size_of_row = sizes[whose[rows]]
    for first in range(0, permutations, _CHUNK):
        count = min(_CHUNK, permutations - first)
        drawn = np.empty((count, len(residual)))
        for size in np.unique(sizes[sizes > 0]):
            blocks = rows[size_of_row == size].reshape(-1, size)
            swapped = rng.permuted(np.tile(np.arange(len(blocks)), (count, 1)), axis=1)
            drawn[:, blocks] = residual[blocks[swapped]]
        yield drawn
