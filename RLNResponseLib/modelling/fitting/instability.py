"""How far a score depends on which patients happened to be in the study: the instability measures of Riley and Collins
2023 (doi 10.1002/bimj.202200302), by the definitions of R's pminternal.

Every resample repeats the whole development, and its score judges all cases. What moves is shown for each case: how far
its probability goes, how often its group changes, and how the calibration curve looks that each resample's score has.
The resamples show what other patients of the same kind would have given; not what patients of another hospital would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.validation.calibration import lowess
from RLNResponseLib.statistics.estimates import Estimate


@dataclass(frozen=True, kw_only=True)
class Instability:
    """Each case, each feature and the cutoff over B resamples.

    Attributes
    ----------
    probability
        (n,), by the score itself.
    resampled
        (B, n), by each resample's score.
    lower, upper
        (n,), 2.5% and 97.5% of each case's probability over the resamples.
    mean_change
        (n,), mean |probability − the score's own| (MAPE).
    average_change
        Its mean over the cases.
    group_change
        (n,), share of resamples, each at its own cutoff, that put the case in the other group.
    classification
        (n,), the same at the score's own cutoff, held: the classification instability index.
    selection
        (p,), share of resamples that selected each feature.
    cutoff
        The cutoff with the 95% range over the resamples.
    """

    probability: Floats
    resampled: Floats
    lower: Floats
    upper: Floats
    mean_change: Floats
    average_change: float
    group_change: Floats
    classification: Floats
    selection: Floats
    cutoff: Estimate

    __repr__ = short_repr


@dataclass(frozen=True)
class CalibrationCurve:
    """The smoothed share with the event at each probability.

    Attributes
    ----------
    predicted
        (n,), ascending.
    observed
        (n,), lowess, as in `calibration`.
    """

    predicted: Floats
    observed: Floats

    __repr__ = short_repr


def instability(
    scores: Floats, cutoff: float, resampled: Floats, cutoffs: Floats, selected: NDArray[np.bool_]
) -> Instability:
    """Compare a score with those of the resamples.

    Parameters
    ----------
    scores
        (n,), log-odds by the score itself.
    cutoff
        Of the score, log-odds.
    resampled
        (B, n), log-odds of the same cases by each resample's score.
    cutoffs
        (B,), of each resample's score.
    selected
        (B, p), which features each used.

    Returns
    -------
    Instability

    Examples
    --------
    One of two resamples puts the case below the score's cutoff of 0, and its own cutoff of 1 as well:

    >>> found = instability(np.array([0.5]), 0.0, np.array([[0.8], [-0.3]]), np.array([0.1, 1.0]), np.ones((2, 1)) > 0)
    >>> found.classification.tolist(), found.group_change.tolist()
    ([0.5], [0.5])
    """
    from scipy.special import expit

    own, probabilities = expit(scores), expit(resampled)
    lower, upper = np.quantile(probabilities, [0.025, 0.975], axis=0)
    change = np.abs(probabilities - own).mean(axis=0)
    above = scores > cutoff
    limits = np.quantile(cutoffs, [0.025, 0.975])
    return Instability(
        probability=own,
        resampled=probabilities,
        lower=lower,
        upper=upper,
        mean_change=change,
        average_change=float(change.mean()),
        group_change=((resampled > cutoffs[:, None]) != above).mean(axis=0),
        classification=((resampled > cutoff) != above).mean(axis=0),
        selection=selected.mean(axis=0),
        cutoff=Estimate(
            value=cutoff,
            lower=float(limits[0]),
            upper=float(limits[1]),
            interval="development repeated on resampled patients",
        ),
    )


def calibration_curves(
    found: Instability, outcome: NDArray[np.bool_]
) -> tuple[CalibrationCurve | None, tuple[CalibrationCurve, ...]]:
    """The calibration curve of the score, and those of the resamples' scores on the same cases.

    Parameters
    ----------
    found
        The score beside its resamples.
    outcome
        (n,), which cases had the event.

    Returns
    -------
    tuple
        Of a score that selected nothing there is no curve: it gives one probability to all. Such resamples are left
        out.
    """
    y = outcome.astype(float)
    own, *others = (_curve(probability, y) for probability in (found.probability, *found.resampled))
    return own, tuple(curve for curve in others if curve is not None)


def _curve(probability: Floats, y: Floats) -> CalibrationCurve | None:
    if np.ptp(probability) == 0:
        return None
    order = np.argsort(probability, kind="stable")
    return CalibrationCurve(probability[order], lowess(probability[order], y[order]))
