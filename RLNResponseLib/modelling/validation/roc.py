"""AUC with DeLong's interval, two AUC compared, the ROC curve and Youden's cutoff.

A higher score always speaks for the event, and an AUC below 0.5 stays so: R's pROC with `direction = "<"`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.statistics.estimates import (
    BOOTSTRAP_RESAMPLES,
    Estimate,
    lymph_node_weights,
    refuse_few_patients,
    weights_in_parts,
)


@dataclass(frozen=True)
class ROCCurve:
    """Sensitivity and specificity of "score > threshold".

    Attributes
    ----------
    thresholds
        (T,), ascending from −∞ to ∞.
    sensitivity, specificity
        (T,).
    """

    thresholds: Floats
    sensitivity: Floats
    specificity: Floats

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class YoudenCutoff:
    """The threshold with the highest sensitivity + specificity − 1.

    Attributes
    ----------
    cutoff
        With its limits from resampling patients.
    sensitivity, specificity
        At the cutoff.
    tied
        How many thresholds reach that height; the one with the highest sensitivity is taken.
    """

    cutoff: Estimate
    sensitivity: float
    specificity: float
    tied: int


def auc(scores: Floats, outcome: Bools) -> float:
    """The probability that a case with the event scores higher than one without, ties counting half.

    Pairs are counted in whole numbers and divided once, so that equal AUC compare equal and one half is 0.5
    (docs/dependencies.md has scikit-learn's beside it).

    Parameters
    ----------
    scores, outcome
        (n,), scores finite, at least two cases of each class.

    Returns
    -------
    float

    Raises
    ------
    DataRefusedError
        one-class, no-score.

    Examples
    --------
    Of the 2 × 3 pairs four are in the right order and one is tied:

    >>> import numpy as np
    >>> auc(np.array([3.0, 1.0, 2.0, 1.0, 0.0]), np.array([True, True, False, False, False]))
    0.75
    """
    return _share_of_pairs(*_both_classes(scores, outcome))


def _share_of_pairs(with_event: Floats, without: Floats) -> float:
    ordered = np.sort(without)
    below = np.searchsorted(ordered, with_event, "left") + np.searchsorted(ordered, with_event, "right")
    return float(below.sum() / (2 * len(with_event) * len(without)))


def bootstrap_auc(scores: Floats, outcome: Bools, patients: NDArray[np.intp], resamples: int, seed: int) -> Floats:
    """AUC (resamples,) of resampled patients; NaN where a resample holds one class only.

    Parameters
    ----------
    scores, outcome
        (n,), log-odds, and which lymph nodes had the event.
    patients
        (n,), whole numbers from 0.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.

    Returns
    -------
    Floats
    """
    with_event, without = _both_classes(scores, outcome)
    order = np.argsort(without, kind="stable")
    first, last = (np.searchsorted(without[order], with_event, side) for side in ("left", "right"))
    controls = np.flatnonzero(~outcome)[order]
    found = []
    # Weights are whole numbers, so that sums in any order are the same to the last digit.
    for weights in weights_in_parts(patients, resamples, seed):
        of_cases, of_controls = weights[:, outcome], weights[:, controls]
        below = np.pad(np.cumsum(of_controls, axis=1), ((0, 0), (1, 0)))
        wins = (of_cases * (below[:, first] + below[:, last])).sum(axis=1) / 2
        with np.errstate(invalid="ignore"):
            found.append(wins / (of_cases.sum(axis=1) * below[:, -1]))
    return np.concatenate(found)


def bootstrap_interval(
    scores: Floats,
    outcome: Bools,
    patients: NDArray[np.intp],
    resamples: int = BOOTSTRAP_RESAMPLES,
    seed: int = 0,
    confidence: float = 0.95,
) -> Estimate:
    """AUC with the percentile interval of resampled patients.

    Parameters
    ----------
    scores, outcome
        (n,), log-odds, and which lymph nodes had the event.
    patients
        (n,), the number of the patient of each lymph node; resampling draws whole patients.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    Estimate

    Raises
    ------
    DataRefusedError
        few-patients for fewer than five, from which an interval would be a pretence.
    """
    refuse_few_patients(patients)
    tail = (1 - confidence) / 2
    lower, upper = np.nanquantile(bootstrap_auc(scores, outcome, patients, resamples, seed), [tail, 1 - tail])
    return Estimate(value=auc(scores, outcome), lower=float(lower), upper=float(upper), interval="bootstrap by patient")


def placements(scores: Floats, outcome: Bools) -> tuple[Floats, Floats, float]:
    """Per case the share of controls it beats, per control the share of cases that beat it, and their mean, the AUC.

    Parameters
    ----------
    scores, outcome
        (n,), finite, and which lymph nodes had the event.

    Returns
    -------
    tuple of Floats, Floats and float
        (events,), (others,) and the AUC.
    """
    with_event, without = _both_classes(scores, outcome)
    # Not their mean: rounded shares can bring an AUC of one half below 0.5, where a direction is chosen by it.
    return _beaten(with_event, without), 1 - _beaten(without, with_event), _share_of_pairs(with_event, without)


def roc_curve(scores: Floats, outcome: Bools) -> ROCCurve:
    """The curve by scikit-learn, with thresholds half-way between neighbouring scores as pROC's.

    Parameters
    ----------
    scores, outcome
        (n,), scores finite, at least two cases of each class.

    Returns
    -------
    ROCCurve

    Raises
    ------
    DataRefusedError
        one-class, no-score, missing-package (scikit-learn).
    """
    _both_classes(scores, outcome)
    # Theirs descend and say "score ≥ threshold", at the scores; the points are the same.
    false_positive, true_positive, _ = need("sklearn.metrics").roc_curve(outcome, scores, drop_intermediate=False)
    thresholds = np.concatenate([[-np.inf], _finite_thresholds(scores)[1:], [np.inf]])
    return ROCCurve(thresholds, true_positive[::-1], 1 - false_positive[::-1])


def youden_cutoff(
    scores: Floats, outcome: Bools, patients: NDArray[np.intp], resamples: int = BOOTSTRAP_RESAMPLES, seed: int = 0
) -> YoudenCutoff:
    """Youden's cutoff (1950, doi 10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3) with its uncertainty.

    Parameters
    ----------
    scores, outcome
        (n,), log-odds, and which lymph nodes had the event.
    patients
        (n,), the number of the patient of each lymph node; resampling draws whole patients.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.

    Returns
    -------
    YoudenCutoff
    """
    thresholds, sensitivity, specificity = _by_threshold(scores, outcome)
    height = sensitivity + specificity
    best = int(np.argmax(height))
    drawn = _rates(scores, outcome, thresholds, lymph_node_weights(patients, resamples, seed))
    heights = drawn[0] + drawn[1]
    cutoffs = thresholds[np.argmax(heights[np.isfinite(heights).all(axis=1)], axis=1)]
    lower, upper = np.quantile(cutoffs, [0.025, 0.975])
    return YoudenCutoff(
        cutoff=Estimate(
            value=float(thresholds[best]),
            lower=float(lower),
            upper=float(upper),
            interval="bootstrap by patient",
        ),
        sensitivity=float(sensitivity[best]),
        specificity=float(specificity[best]),
        tied=int(np.isclose(height, height[best], rtol=0, atol=1e-12).sum()),
    )


def youden_threshold(scores: Floats, outcome: Bools) -> float:
    """Youden's cutoff alone: the lowest of the thresholds with the highest sensitivity + specificity.

    Parameters
    ----------
    scores, outcome
        (n,), log-odds, and which lymph nodes had the event.

    Returns
    -------
    float
    """
    thresholds, sensitivity, specificity = _by_threshold(scores, outcome)
    return float(thresholds[np.argmax(sensitivity + specificity)])


def _by_threshold(scores: Floats, outcome: Bools) -> tuple[Floats, Floats, Floats]:
    _both_classes(scores, outcome)
    thresholds = _finite_thresholds(scores)
    sensitivity, specificity = _rates(scores, outcome, thresholds, np.ones((1, len(scores))))
    return thresholds, sensitivity[0], specificity[0]


def _both_classes(scores: Floats, outcome: Bools) -> tuple[Floats, Floats]:
    if not np.isfinite(scores).all():
        raise DataRefusedError(
            f"{int((~np.isfinite(scores)).sum())} of {len(scores)} cases have no finite score; leave them out.",
            "no-score",
        )
    events = int(outcome.sum())
    if min(events, len(outcome) - events) < 2:
        raise DataRefusedError(
            f"{events} of {len(outcome)} cases have the event; an ROC curve needs at least two with and two without, "
            "so add cases.", "one-class",
        )  # fmt: skip
    return scores[outcome], scores[~outcome]


def _beaten(values: Floats, others: Floats) -> Floats:
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(below / (2 * len(others)))


def _finite_thresholds(scores: Floats) -> Floats:
    """Half-way between neighbours; the lowest lies below every score, so that there is always one."""
    values = np.unique(scores)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    return np.concatenate([[values[0] - step / 2], (values[1:] + values[:-1]) / 2])


def _rates(scores: Floats, outcome: Bools, thresholds: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Sensitivity and specificity (B, T) under weights (B, n)."""
    above = (scores[:, None] > thresholds).astype(float)
    of_cases, of_controls = weights[:, outcome], weights[:, ~outcome]
    with np.errstate(invalid="ignore"):
        sensitivity = of_cases @ above[outcome] / of_cases.sum(axis=1, keepdims=True)
        specificity = of_controls @ (1 - above[~outcome]) / of_controls.sum(axis=1, keepdims=True)
    return sensitivity, specificity
