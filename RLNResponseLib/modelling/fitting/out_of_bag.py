"""How out-of-bag figures are weighed against apparent ones, and the standard error of an out-of-bag AUC.

.632+ (Efron and Tibshirani 1997, doi 10.1080/01621459.1997.10474007) weighs by the relative overfitting
R = (apparent − out-of-bag) / (apparent − no information), and the no-information value belongs to each figure's own
loss: what it would be if every score met every outcome (`no_information`).

Jackknife after bootstrap (Efron 1992, doi 10.1111/j.2517-6161.1992.tb01866.x): the resamples that did not draw a
patient are resamples of the study without that patient. What the estimate would be without each patient in turn
therefore costs no new fit. It counts both sources of error: the patients that judge, and the patients that made the
scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Floats

# What stands beside corrected figures.
OWN_RULES = (
    "Corrected figures are .632+, each by its own no-information value: AUC 0.5, sensitivity the share of scores above "
    "the cutoff, specificity the share below, Brier that of every score beside every outcome, calibration slope 0. "
    "In simulated studies corrected sensitivity was up to 0.06 too high and specificity up to 0.09 too low (every "
    "resample chooses its own cutoff), so they are to be read together."
)


def no_information(scores: Floats, outcome: NDArray[np.bool_], cutoff: float) -> Floats:
    """What each figure would be if scores and outcomes had nothing to do with each other, all n² pairings alike.

    AUC 0.5; sensitivity the share of scores above the cutoff, specificity the rest; Brier score the mean of
    (probability − outcome)² over all pairings; calibration slope 0.

    Parameters
    ----------
    scores
        (n,), log-odds.
    outcome
        (n,).
    cutoff
        A score above it is positive.

    Returns
    -------
    Floats
        (5,), in the order of `optimism.FIGURES`.

    Examples
    --------
    Of four scores one is above 1; the probabilities are 0.5 but for that one, 0.88:

    >>> outcome = np.array([True, True, False, False])
    >>> [round(float(figure), 3) for figure in no_information(np.array([2.0, 0.0, 0.0, 0.0]), outcome, 1.0)]
    [0.5, 0.25, 0.75, 0.286, 0.0]

    """
    from scipy.special import expit

    above = float(np.mean(scores > cutoff))
    probability, rate = expit(scores), float(np.mean(outcome))
    brier = float(np.mean(probability**2) - 2 * rate * np.mean(probability) + rate)
    return np.array([0.5, above, 1 - above, brier, 0.0])


def weight_632_plus(apparent: float, out_of_bag: float, chance: float) -> float:
    """The weight of the out-of-bag figure: 0.632 without overfitting, 1 where it is no better than no information.

    Parameters
    ----------
    apparent
        On the cases that made the score.
    out_of_bag
        On cases that it had not seen.
    chance
        The figure without information; which side of it is better, `apparent` says.

    Returns
    -------
    float

    Examples
    --------
    Half of what the AUC was above chance is lost, and all of what the Brier score was below it:

    >>> round(weight_632_plus(0.8, 0.65, 0.5), 3), round(weight_632_plus(0.15, 0.26, 0.25), 3)
    (0.775, 1.0)

    """
    lost, whole = apparent - out_of_bag, apparent - chance
    overfitting = min(1.0, lost / whole) if lost * whole > 0 else 0.0
    return 0.632 / (1 - 0.368 * overfitting)


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
