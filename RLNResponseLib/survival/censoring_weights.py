"""Inverse probability of censoring weights: who is censored is stood for by those who are not (Kaplan and Meier's curve
of being censored), and what each row moves a weighted mean by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.survival.window import Window


@dataclass(frozen=True, kw_only=True)
class CensoringWeights:
    """Inverse probability of censoring weights.

    Attributes
    ----------
    values
        (n,), 0 for those of whom it is not known.
    place
        (n,), how many of the times at which rows are censored come before the one at which a row is weighted.
    left
        (n,), how many of them a row is watched up to.
    hazard
        (C + 1,), of being censored, added up, each step over those still watched.
    own
        (n,), one over how many are watched where a row is censored itself; 0 where it is not.
    """

    values: Floats
    place: Ints
    left: Ints
    hazard: Floats
    own: Floats

    __repr__ = short_repr

    def influence(self, weighted: Floats) -> Floats:
        """(n,) influence of each row on the mean of `weighted`, a weight times something; 0 on average.

        A row moves the mean by what it holds, and the censoring curve by being censored or by being watched on.
        """
        at_place = np.bincount(self.place, weighted, minlength=len(self.hazard))
        beyond = weighted.sum() - np.cumsum(at_place)
        watched_on = np.cumsum(self.hazard * at_place) + self.hazard * beyond
        # A row that is censored is weighted down from its own time on only.
        censored = self.own * beyond[np.maximum(self.left - 1, 0)]
        return np.asarray(weighted - weighted.mean() + censored - watched_on[self.left])


def censoring_weights(seen: Window) -> CensoringWeights:
    """One over the probability of being watched until the row's fate was known.

    Parameters
    ----------
    seen
        The fate of each row.

    Returns
    -------
    CensoringWeights
    """
    times, survival, gone, watched = censoring_survival(seen)
    # Who has an event is weighted by the curve just before it, who reaches the end by the curve at the end.
    place = np.searchsorted(times, np.where(seen.free, math.inf, seen.end), side="left")
    curve = np.concatenate([[1.0], survival])[place]
    known = ~seen.censored
    values = np.where(known, 1 / np.where(known, curve, 1), 0.0)
    left = np.searchsorted(times, seen.end, side="right")
    return CensoringWeights(
        values=values,
        place=place,
        left=left,
        hazard=np.concatenate([[0.0], np.cumsum(gone / watched**2)]),
        own=np.where(seen.censored, 1 / watched[np.maximum(left - 1, 0)], 0.0) if len(times) else np.zeros(len(seen)),
    )


def censoring_survival(seen: Window) -> tuple[Floats, Floats, Floats, Floats]:
    """Kaplan and Meier's curve of being censored, as prodlim(reverse = TRUE): events at one time come first.

    Parameters
    ----------
    seen
        The fate of each row.

    Returns
    -------
    tuple of Floats
        (C,) each: the times at which rows are censored, the curve just after them, how many are censored there, and how
        many are still watched there, those included who have an event then.
    """
    times, gone = np.unique(seen.end[seen.censored], return_counts=True)
    ends = np.sort(seen.end)
    watched = len(ends) - np.searchsorted(ends, times, side="left")
    happened = np.sort(seen.end[seen.event | seen.competing])
    tied = np.searchsorted(happened, times, side="right") - np.searchsorted(happened, times, side="left")
    survival = np.cumprod(1 - gone / np.maximum(watched - tied, 1))
    return times, np.asarray(survival, dtype=np.float64), gone.astype(np.float64), watched.astype(np.float64)
