"""Readers and accuracy together: whether the AUC of a score depends on who contours, and what changed groups cost.

Obuchowski and Rockette's analysis of variance of the AUC of several readers, of one score or of several (1995, doi
10.1080/03610919508813243), with the degrees of freedom of Hillis 2007 (doi 10.1002/sim.2532), readers and cases random:
as R's MRMCaov. Covariances are DeLong's, with lymph nodes of one patient summed first where patients are given
(Obuchowski 1997, doi 10.2307/2533958).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.modelling.validation.roc import placements
from RLNResponseLib.statistics.estimates import (
    ROUNDING,
    Estimate,
    chi_square_p,
    error_by_patient,
    normal_quantile,
    t_quantile,
)

INTERVAL = "Obuchowski-Rockette, readers and patients random"
# Of the readers' variance together: less is none.
_NO_VARIANCE = 1e-10
FIXED_READERS = "DeLong by patient, these readers"


@dataclass(frozen=True, kw_only=True)
class ReaderVariance:
    """Obuchowski and Rockette's components of AUC[i, j] of t scores by r readers.

    Attributes
    ----------
    scores, readers
        Mean squares; `scores` is NaN for one score.
    both
        Mean square of score by reader; NaN for one score.
    error
        Mean variance of one AUC.
    cov1, cov2, cov3
        Mean covariance of two AUC: of two scores of one reader, of one score of two readers, of neither in common; NaN
        where there is one score.
    """

    scores: float
    readers: float
    both: float
    error: float
    cov1: float
    cov2: float
    cov3: float


@dataclass(frozen=True, kw_only=True)
class ScoreTest:
    """Whether the scores differ in mean AUC, for other readers and patients too.

    Attributes
    ----------
    f, numerator_df, denominator_df, p
        Of the F test; NaN where nothing varies.
    difference_error
        Standard error of the difference of two scores' mean AUC.
    """

    f: float
    numerator_df: int
    denominator_df: float
    p: float
    difference_error: float


@dataclass(frozen=True, kw_only=True)
class MultiReader:
    """The AUC of t scores by r readers.

    Attributes
    ----------
    auc
        (t, r).
    variance
        Its components.
    means
        Of each score, over readers, with limits for other readers and patients.
    test
        Of the scores against each other; None for one score.
    """

    auc: Floats
    variance: ReaderVariance
    means: tuple[Estimate, ...]
    test: ScoreTest | None

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class ReaderAccuracy:
    """One score by r readers of the same lymph nodes.

    Attributes
    ----------
    readers
        (r,), names.
    auc
        Of each reader, limits by patient.
    mean
        Over readers, with limits for other readers and patients.
    p
        Whether these readers' AUC are equal (Wald, by patient); NaN where nothing varies that they could be told by.
    threshold
        The probability at the cutoff, whose odds weigh a false alarm in the net benefit.
    net_benefit
        (r,), of acting above the cutoff: true positives less weighted false ones, by lymph node.
    benefit_difference
        Last reader's net benefit − the first's, limits by patient.
    flips
        Lymph nodes whose group is not the same with every reader.
    cases, events, patients
        Counted.
    """

    readers: tuple[str, ...]
    auc: tuple[Estimate, ...]
    mean: Estimate
    p: float
    threshold: float
    net_benefit: Floats
    benefit_difference: Estimate
    flips: int
    cases: int
    events: int
    patients: int

    __repr__ = short_repr


def auc_covariance(scores: Floats, outcome: Bools, patients: Ints | None = None) -> tuple[Floats, Floats]:
    """The AUC of several scores of the same lymph nodes, and their covariance.

    Parameters
    ----------
    scores
        (m, n), finite.
    outcome
        (n,), which lymph nodes had the event; two or more with and without.
    patients
        (n,), whose lymph node each is, summed first (Obuchowski 1997, doi 10.2307/2533958: of a lymph node a patient it
        is DeLong's); None takes lymph nodes as independent (DeLong 1988, doi 10.2307/2531595).

    Returns
    -------
    tuple of Floats and Floats
        (m,) and (m, m); the latter NaN where all lymph nodes with the event, or all without, are of one patient.
    """
    parts = [placements(row, outcome) for row in scores]
    values = np.array([value for _, _, value in parts])
    of_cases = np.array([cases for cases, _, _ in parts]) - values[:, None]
    of_controls = np.array([controls for _, controls, _ in parts]) - values[:, None]
    if patients is None:
        return values, np.cov(of_cases).reshape(len(scores), -1) / of_cases.shape[1] + np.cov(of_controls).reshape(
            len(scores), -1
        ) / of_controls.shape[1]
    whose = np.unique(patients, return_inverse=True)[1]
    count = int(whose.max()) + 1
    cases, controls = (
        np.array([np.bincount(whose[of], row / len(row), count) for row in rows])
        for of, rows in ((outcome, of_cases), (~outcome, of_controls))
    )
    both = cases @ controls.T
    terms = np.array(
        [
            cases @ cases.T * _finite_sample(len(np.unique(whose[outcome]))),
            controls @ controls.T * _finite_sample(len(np.unique(whose[~outcome]))),
            (both + both.T) * _finite_sample(count),
        ]
    )
    covariance = terms.sum(axis=0)
    # What a patient's lymph nodes with and without the event add may cancel: what rounding leaves is no variance.
    none = np.abs(np.diag(covariance)) <= ROUNDING * np.abs(terms).sum(axis=0).diagonal()
    covariance[none] = covariance[:, none] = 0
    return values, covariance


def _finite_sample(count: int) -> float:
    return count / (count - 1) if count > 1 else math.nan


def clustered_variance(scores: Floats, outcome: Bools, patients: Ints) -> float:
    """Variance of one AUC with patients as clusters (Obuchowski 1997).

    Parameters
    ----------
    scores, outcome
        (n,), log-odds, and which lymph nodes had the event.
    patients
        (n,), whose lymph node each is.

    Returns
    -------
    float
        NaN where all lymph nodes with the event, or all without, are of one patient.

    Examples
    --------
    Of a lymph node a patient it is DeLong's; told twice, the same patients tell no more.

    >>> scores, outcome = np.array([0.9, 0.4, 0.8, 0.3, 0.2, 0.7]), np.array([1, 1, 1, 0, 0, 0], dtype=bool)
    >>> round(clustered_variance(scores, outcome, np.arange(6)), 4)  # 0.0123 + 0.0123
    0.0247
    >>> round(clustered_variance(np.tile(scores, 2), np.tile(outcome, 2), np.tile(np.arange(6), 2)), 4)
    0.0247
    """
    return float(auc_covariance(scores[None], outcome, patients)[1][0, 0])


def obuchowski_rockette(auc: Floats, covariance: Floats, confidence: float = 0.95) -> MultiReader:
    """The analysis of variance of the AUC of t scores by r readers of the same cases, readers and cases random.

    Parameters
    ----------
    auc
        (t, r).
    covariance
        (t, r, t, r), of the AUC.
    confidence
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    MultiReader

    Raises
    ------
    DataRefusedError
        few-readers for one reader.
    """
    t, r = auc.shape
    if r < 2:
        raise DataRefusedError("One reader has no variance between readers; give two or more.", "few-readers")
    variance = _components(auc, covariance)
    means = tuple(_mean(auc[i], covariance[i, :, i, :], confidence) for i in range(t))
    return MultiReader(auc=auc, variance=variance, means=means, test=_test(variance, t, r) if t > 1 else None)


def reader_accuracy(
    readers: tuple[str, ...], scores: Floats, outcome: Bools, patients: Ints, cutoff: float, threshold: float
) -> ReaderAccuracy:
    """Whether a score's AUC depends on who contoured, and what the lymph nodes that change group cost.

    Parameters
    ----------
    readers
        (r,), names, two or more.
    scores
        (r, n), log-odds of the event by each reader's contours.
    outcome
        (n,), which lymph nodes had the event.
    patients
        (n,), whose they are.
    cutoff
        On the scores: above it is acted as on the event.
    threshold
        The probability that the cutoff stands for.

    Returns
    -------
    ReaderAccuracy

    Raises
    ------
    DataRefusedError
        few-readers, few-outcomes, few-patients.
    """
    events = int(outcome.sum())
    if min(events, len(outcome) - events) < 2:
        raise DataRefusedError(
            f"An AUC of each reader needs two lymph nodes with and two without the event, and there are {events} and "
            f"{len(outcome) - events}; add lymph nodes.",
            "few-outcomes",
        )
    count = len(np.unique(patients))
    if min(len(np.unique(patients[of])) for of in (outcome, ~outcome)) < 2:
        raise DataRefusedError(
            "All lymph nodes with the event, or all without, are of one patient, so the AUC has no limits by patient; "
            "add patients.",
            "few-outcomes",
        )
    if count < 5:
        raise DataRefusedError(
            f"Limits by patient need five patients, and there are {count}; add patients.", "few-patients"
        )
    values, covariance = auc_covariance(scores, outcome, patients)
    margin = normal_quantile(0.95) * np.sqrt(np.diag(covariance))
    above = scores > cutoff
    # What each lymph node adds: a true positive 1, a false alarm minus the odds at the threshold.
    benefit = np.where(outcome, 1.0, -threshold / (1 - threshold)) * above
    return ReaderAccuracy(
        readers=readers,
        auc=tuple(
            Estimate(value=value, lower=max(0.0, value - half), upper=min(1.0, value + half), interval=FIXED_READERS)
            for value, half in zip(values.tolist(), margin.tolist(), strict=True)
        ),
        mean=obuchowski_rockette(values[None], covariance[None, :, None, :]).means[0],
        p=_equal(values, covariance),
        threshold=threshold,
        net_benefit=benefit.mean(axis=1),
        benefit_difference=_mean_difference(benefit[-1] - benefit[0], patients),
        flips=int((above != above[0]).any(axis=0).sum()),
        cases=len(outcome),
        events=events,
        patients=count,
    )


def _components(auc: Floats, covariance: Floats) -> ReaderVariance:
    t, r = auc.shape
    of_score, of_reader, grand = auc.mean(axis=1), auc.mean(axis=0), auc.mean()
    rest = auc - of_score[:, None] - of_reader + grand
    same_score, same_reader = np.eye(t, dtype=bool)[:, None, :, None], np.eye(r, dtype=bool)[None, :, None, :]
    shape = covariance.shape

    def mean_where(wanted: Bools) -> float:
        chosen = np.broadcast_to(wanted, shape)
        return float(covariance[chosen].mean()) if chosen.any() else math.nan

    several = t > 1
    return ReaderVariance(
        scores=float(r * ((of_score - grand) ** 2).sum() / (t - 1)) if several else math.nan,
        readers=float(t * ((of_reader - grand) ** 2).sum() / (r - 1)),
        both=float((rest**2).sum() / ((t - 1) * (r - 1))) if several else math.nan,
        error=mean_where(same_score & same_reader),
        cov1=mean_where(~same_score & same_reader),
        cov2=mean_where(same_score & ~same_reader),
        cov3=mean_where(~same_score & ~same_reader),
    )


def _test(variance: ReaderVariance, t: int, r: int) -> ScoreTest:
    from scipy.special import fdtrc

    denominator = variance.both + r * max(variance.cov2 - variance.cov3, 0.0)
    if denominator <= 0:
        return ScoreTest(f=math.nan, numerator_df=t - 1, denominator_df=math.nan, p=math.nan, difference_error=0.0)
    f = variance.scores / denominator
    df = denominator**2 / (variance.both**2 / ((t - 1) * (r - 1))) if variance.both > 0 else math.inf
    p = float(fdtrc(t - 1, df, f)) if math.isfinite(df) else chi_square_p((t - 1) * f, t - 1)
    return ScoreTest(f=f, numerator_df=t - 1, denominator_df=df, p=p, difference_error=math.sqrt(2 / r * denominator))


def _mean(auc: Floats, covariance: Floats, confidence: float) -> Estimate:
    r = len(auc)
    readers = float(auc.var(ddof=1))
    shared = max(float(covariance[~np.eye(r, dtype=bool)].mean()), 0.0)
    error = math.sqrt(readers / r + shared)
    df = (readers + r * shared) ** 2 / (readers**2 / (r - 1)) if readers > 0 else math.inf
    half = (t_quantile(confidence, df) if math.isfinite(df) else normal_quantile(confidence)) * error
    value = float(auc.mean())
    return Estimate(value=value, lower=max(0.0, value - half), upper=min(1.0, value + half), interval=INTERVAL)


def _equal(values: Floats, covariance: Floats) -> float:
    contrast = np.eye(len(values) - 1, len(values)) - np.eye(len(values) - 1, len(values), 1)
    differences, spread = contrast @ values, contrast @ covariance @ contrast.T
    # Two readers whose AUC move as one are compared with the others as one.
    variances, directions = np.linalg.eigh(spread)
    varies = variances > _NO_VARIANCE * np.trace(covariance)
    along = directions.T @ differences
    if not varies.any() or (np.abs(along[~varies]) > _NO_VARIANCE).any():
        return math.nan
    return chi_square_p(float((along[varies] ** 2 / variances[varies]).sum()), int(varies.sum()))


def _mean_difference(by_lymph_node: Floats, patients: Ints) -> Estimate:
    value = float(by_lymph_node.mean())
    error, count = error_by_patient(by_lymph_node - value, patients)
    half = t_quantile(0.95, count - 1) * error
    return Estimate(value=value, lower=value - half, upper=value + half, interval="by patient, t")
