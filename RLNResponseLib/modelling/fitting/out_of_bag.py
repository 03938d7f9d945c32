"""The standard error of an out-of-bag AUC, from the very resamples that gave it, without a second bootstrap.

Jackknife after bootstrap (Efron 1992, doi 10.1111/j.2517-6161.1992.tb01866.x): the resamples that did not draw a
patient are resamples of the study without that patient. What the estimate would be without each patient in turn
therefore costs no new fit. It counts both sources of error: the patients that judge, and the patients that made the
scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Floats


def jackknife_after_bootstrap(
    scores: Floats, drawn: NDArray[np.bool_], outcome: NDArray[np.bool_], patients: NDArray[np.intp]
) -> float:
    """The variance of the mean out-of-bag AUC, with its Monte Carlo noise taken off (as Efron 2014,
    doi 10.1080/01621459.2013.823775, does for the bootstrap's mean); NaN where no patient can be left out.

    Parameters
    ----------
    scores
        (B, n) of all cases by each resample's score.
    drawn
        (B, n), which cases each was made from.
    outcome
        (n,).
    patients
        (n,), whole numbers from 0.

    Returns
    -------
    float
    """
    left_out = np.array(
        [_aucs_without(row, ~is_drawn, outcome, patients) for row, is_drawn in zip(scores, drawn, strict=True)]
    )
    used = np.isfinite(left_out).sum(axis=0)
    left_out = left_out[:, used > 1]
    if left_out.shape[1] < 2:
        return float("nan")
    count = left_out.shape[1]
    means = np.nanmean(left_out, axis=0)
    # A mean of `used` of B resamples differs from the mean of all by chance alone.
    noise = np.nanvar(left_out, axis=0, ddof=1) * (1 / used[used > 1] - 1 / len(scores))
    share = (count - 1) / count
    return float(share * (((means - means.mean()) ** 2).sum() - share * noise.sum()))


def _aucs_without(
    scores: Floats, unseen: NDArray[np.bool_], outcome: NDArray[np.bool_], patients: NDArray[np.intp]
) -> Floats:
    """(patients,): the AUC on the unseen cases but those of one unseen patient; NaN for a patient that was drawn."""
    count = int(patients.max()) + 1
    positive, negative = unseen & outcome, unseen & ~outcome
    difference = scores[positive][:, None] - scores[negative]
    wins = (difference > 0) + 0.5 * (difference == 0)
    of_positive, of_negative = (np.eye(count)[patients[side]] for side in (positive, negative))
    lost = of_positive.T @ wins.sum(axis=1) + of_negative.T @ wins.sum(axis=0)
    lost -= np.einsum("pg,pn,ng->g", of_positive, wins, of_negative, optimize=True)
    pairs = (positive.sum() - of_positive.sum(axis=0)) * (negative.sum() - of_negative.sum(axis=0))
    is_unseen = np.isin(np.arange(count), patients[unseen])
    return np.where(is_unseen & (pairs > 0), (wins.sum() - lost) / np.maximum(pairs, 1), np.nan)
