"""How a finished score does on cases: discrimination, classification at its cutoff, calibration, and what acting on it
would be worth at each threshold probability (decision curve).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.common.wording import p_words
from RLNResponseLib.modelling.validation.calibration import Calibration, calibration
from RLNResponseLib.modelling.validation.delong import AUCDifference, delong, delong_paired
from RLNResponseLib.modelling.validation.roc import ROCCurve, bootstrap_interval, roc_curve
from RLNResponseLib.statistics.estimates import Estimate, Proportion, proportion


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit per case; acting on nobody is worth 0.

    Attributes
    ----------
    thresholds
        (T,), probability above which one would act.
    model
        (T,), TP/n − FP/n · t/(1 − t), acting where the probability is at least t.
    treat_all
        (T,), the same, acting on everybody.
    """

    thresholds: Floats
    model: Floats
    treat_all: Floats

    __repr__ = short_repr


def decision_curve(probability: Floats, outcome: NDArray[np.bool_], thresholds: Floats | None = None) -> DecisionCurve:
    """Vickers and Elkin 2006 (doi 10.1177/0272989X06295361).

    Parameters
    ----------
    probability
        (n,), 0 … 1.
    outcome
        (n,), which lymph nodes had the event.
    thresholds
        (T,), above 0 and below 1; None takes 0.01 … 0.99.

    Returns
    -------
    DecisionCurve

    Raises
    ------
    DataRefusedError
        not-a-probability.

    Examples
    --------
    Acting from 0.2 on treats two cases with the event and one without, of four: 2/4 − 1/4 · 0.2/0.8.

    >>> probability = np.array([0.9, 0.6, 0.2, 0.1])
    >>> curve = decision_curve(probability, np.array([True, False, True, False]), np.array([0.2]))
    >>> round(float(curve.model[0]), 4), round(float(curve.treat_all[0]), 4)
    (0.4375, 0.375)
    """
    if not ((probability >= 0) & (probability <= 1)).all():
        raise DataRefusedError(
            "A predicted probability is not between 0 and 1; give probabilities, not scores.", "not-a-probability"
        )
    at = np.linspace(0.01, 0.99, 99) if thresholds is None else thresholds
    odds = at / (1 - at)
    acting = probability[:, None] >= at
    n, events = len(outcome), outcome.sum()
    model = acting[outcome].sum(axis=0) / n - acting[~outcome].sum(axis=0) / n * odds
    return DecisionCurve(at, model, events / n - (n - events) / n * odds)


@dataclass(frozen=True, kw_only=True)
class Classification:
    """What "score > cutoff" says of the event; lymph nodes are taken as independent.

    Attributes
    ----------
    sensitivity, specificity
        With exact limits.
    ppv, npv
        Positive and negative predictive value, with exact limits.
    """

    sensitivity: Proportion
    specificity: Proportion
    ppv: Proportion
    npv: Proportion


@dataclass(frozen=True)
class Benchmark:
    """The volume alone beside the score.

    Attributes
    ----------
    auc
        The volume's, in the direction that was fixed beforehand.
    difference
        Score − volume.
    """

    auc: Estimate
    difference: AUCDifference

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class Validation:
    """A score on n cases.

    Attributes
    ----------
    n, events, patients
        How many lymph nodes, those with the event, and patients.
    cutoff
        Log-odds.
    auc
        DeLong.
    auc_by_patient
        Limits from resampling patients; None with fewer than five patients.
    curve
        All thresholds.
    classification
        At the cutoff.
    calibration
        None where there is none.
    calibration_reason
        Why there is none; empty where there is one.
    decision_curve
        On the probabilities that are derived from the scores, over the stated thresholds; None where their calibration
        is contradicted: net benefit takes a probability at its word.
    decision_curve_reason
        Why there is none; empty where there is one.
    benchmark
        The volume alone; None where it is not judged.
    """

    n: int
    events: int
    patients: int
    cutoff: float
    auc: Estimate
    auc_by_patient: Estimate | None
    curve: ROCCurve
    classification: Classification
    calibration: Calibration | None
    calibration_reason: str
    decision_curve: DecisionCurve | None
    decision_curve_reason: str
    benchmark: Benchmark | None

    __repr__ = short_repr


def classify(scores: Floats, outcome: Bools, cutoff: float) -> Classification:
    """Sensitivity, specificity, PPV and NPV of "score > cutoff".

    Parameters
    ----------
    scores
        (n,) scores, log-odds.
    outcome
        (n,), which lymph nodes had the event.
    cutoff
        Above it the group is the upper one.

    Returns
    -------
    Classification

    Examples
    --------
    The limits are those of R's ``binom.test(7, 9)``.

    >>> scores = np.repeat([1.0, 0.0, 1.0, 0.0], [7, 2, 1, 4])
    >>> classification = classify(scores, np.repeat([True, False], [9, 5]), cutoff=0.5)
    >>> classification.sensitivity.count, classification.sensitivity.of, classification.specificity.value
    (7, 9, 0.8)
    >>> round(classification.sensitivity.lower, 4), round(classification.sensitivity.upper, 4)
    (0.3999, 0.9719)
    """
    above = scores > cutoff
    true_positive, true_negative = int((above & outcome).sum()), int((~above & ~outcome).sum())
    return Classification(
        sensitivity=proportion(true_positive, int(outcome.sum())),
        specificity=proportion(true_negative, int((~outcome).sum())),
        ppv=proportion(true_positive, int(above.sum())),
        npv=proportion(true_negative, int((~above).sum())),
    )


def validate(
    scores: Floats,
    outcome: Bools,
    patients: NDArray[np.intp],
    cutoff: float,
    benchmark: Benchmark | None = None,
    seed: int = 0,
    thresholds: tuple[float, float] | None = None,
) -> Validation:
    """Judge a score whose formula and cutoff come from elsewhere.

    Parameters
    ----------
    scores
        (n,), log-odds.
    outcome
        (n,), which lymph nodes had the event.
    patients
        (n,), whole numbers from 0.
    cutoff
        Above it the group is the upper one.
    benchmark
        The volume alone as a score; None where there is none.
    seed
        What every random draw is derived from.
    thresholds
        The lowest and the highest probability from which one would act, for the decision curve; None takes the range of
        the predicted probabilities, outside which it is that of everybody or nobody.

    Returns
    -------
    Validation

    Raises
    ------
    DataRefusedError
        one-class, no-score, bad-thresholds, missing-package (scikit-learn).
    """
    from scipy.special import expit

    auc = delong(scores, outcome)
    calibrated, reason = _calibration(scores, outcome)
    curve, no_curve = _decision_curve(expit(scores), outcome, calibrated, thresholds)
    return Validation(
        n=len(scores),
        events=int(outcome.sum()),
        patients=len(np.unique(patients)),
        cutoff=cutoff,
        auc=auc,
        auc_by_patient=_by_patient(scores, outcome, patients, seed),
        curve=roc_curve(scores, outcome),
        classification=classify(scores, outcome, cutoff),
        calibration=calibrated,
        calibration_reason=reason,
        decision_curve=curve,
        decision_curve_reason=no_curve,
        benchmark=benchmark,
    )


def volume_benchmark(scores: Floats, volume_mm3: Floats, outcome: Bools, larger_means_event: bool) -> Benchmark:
    """The AUC of the volume alone, and DeLong's comparison of the score with it.

    Parameters
    ----------
    scores
        (n,) scores, log-odds.
    volume_mm3
        (n,), mesh volume of each lymph node, mm³.
    outcome
        (n,), which lymph nodes had the event.
    larger_means_event
        The direction seen in the training cases (`larger_volume_means_event`), kept for validation.

    Returns
    -------
    Benchmark

    Examples
    --------
    >>> scores, volume_mm3 = np.array([1.0, 2.0, 3.0, 4.0]), np.array([900.0, 700.0, 500.0, 300.0])
    >>> beside = volume_benchmark(scores, volume_mm3, np.array([False, True, False, True]), larger_means_event=True)
    >>> beside.auc.value, beside.difference.difference.value
    (0.25, 0.5)
    """
    directed = volume_mm3 if larger_means_event else -volume_mm3
    return Benchmark(delong(directed, outcome), delong_paired(scores, directed, outcome))


def larger_volume_means_event(volume_mm3: Floats, outcome: Bools) -> bool:
    """The direction of the volume in training cases, to be fixed before validation.

    Parameters
    ----------
    volume_mm3
        (n,), mesh volume of each lymph node, mm³.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    bool

    Examples
    --------
    >>> larger_volume_means_event(np.array([300.0, 500.0, 700.0, 900.0]), np.array([False, True, False, True]))
    True
    """
    return delong(volume_mm3, outcome).value >= 0.5


def _by_patient(scores: Floats, outcome: Bools, patients: NDArray[np.intp], seed: int) -> Estimate | None:
    try:
        return bootstrap_interval(scores, outcome, patients, seed=seed)
    except DataRefusedError as refusal:
        if refusal.code != "few-patients":
            raise
        return None


def _calibration(scores: Floats, outcome: Bools) -> tuple[Calibration | None, str]:
    try:
        return calibration(scores, outcome), ""
    except DataRefusedError as refusal:
        if refusal.code not in {"flat-score", "separated"}:
            raise
        return None, str(refusal)


def _decision_curve(
    probability: Floats, outcome: Bools, calibrated: Calibration | None, thresholds: tuple[float, float] | None
) -> tuple[DecisionCurve | None, str]:
    lowest, highest = thresholds or (float(probability.min()), float(probability.max()))
    if thresholds is not None and not 0 < lowest < highest < 1:
        raise DataRefusedError(
            f"The threshold probabilities {lowest:g} and {highest:g} are not two ascending numbers between 0 and 1; "
            "give such as 0.2 0.5.",
            "bad-thresholds",
        )
    reason = _no_net_benefit(calibrated)
    if reason:
        return None, reason
    grid = np.linspace(0.01, 0.99, 99)
    return decision_curve(probability, outcome, grid[(grid >= lowest - 1e-9) & (grid <= highest + 1e-9)]), ""


def why_no_net_benefit(scores: Floats, outcome: Bools) -> str:
    """Why the probabilities of a score cannot be taken at their word, as net benefit does.

    Parameters
    ----------
    scores
        (n,), log-odds.
    outcome
        (n,), which lymph nodes had the event.

    Returns
    -------
    str
        "" where they can.
    """
    return _no_net_benefit(_calibration(scores, outcome)[0])


def _no_net_benefit(calibrated: Calibration | None) -> str:
    if calibrated is None:
        return "there is no calibration"
    if calibrated.contradicted:
        return f"the outcomes contradict the probabilities (intercept 0 and slope 1: {p_words(calibrated.p)})"
    return ""
