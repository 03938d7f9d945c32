"""Intraclass correlation of many features at once, with confidence intervals.

Definitions and intervals are those of McGraw and Wong 1996 (doi 10.1037/1082-989X.1.1.30), whose names are used; in
Shrout and Fleiss 1979 (doi 10.1037/0033-2909.86.2.420) they are:

    ICC(1) = ICC(1,1)    ICC(A,1) = ICC(2,1)    ICC(C,1) = ICC(3,1)
    ICC(k) = ICC(1,k)    ICC(A,k) = ICC(2,k)    ICC(C,k) = ICC(3,k)

ICC(1) is one-way (any raters), ICC(A,1) two-way with absolute agreement, ICC(C,1) two-way with consistency; the k forms
are of the mean of the k ratings. Worked example: Shrout and Fleiss's six targets by four judges give .166, .290, .715.

The joint rule applied: a feature is kept where inter- and intra-reader agreement are both high enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import apart
from RLNResponseLib.statistics.estimates import BOOTSTRAP_RESAMPLES, refuse_few_patients, weights_in_parts
from RLNResponseLib.study.protocol import IccForm, IccRule

Form = IccForm
FORMS: tuple[Form, ...] = get_args(Form)
SHROUT_FLEISS: dict[Form, str] = dict(
    zip(FORMS, ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"), strict=True)
)

F_INTERVAL, BY_PATIENT = "F (McGraw & Wong 1996)", "bootstrap by patient"
# What an interval takes as drawn from many, and so what it speaks of beyond what was measured.
RANDOM: dict[str, str] = {
    F_INTERVAL: "readers (or rounds) and lymph nodes random, lymph nodes of one patient as independent",
    BY_PATIENT: "patients random, readers (or rounds) fixed, these and no others",
}

# A spread this small beside the values is rounding of a constant.
_CONSTANT = 1e-12


@dataclass(frozen=True, kw_only=True)
class ICC:
    """The ICC of each of p features.

    Attributes
    ----------
    form
        Which of FORMS.
    estimate
        (p,), NaN where there is a reason.
    lower, upper
        (p,), limits of the two-sided interval.
    reasons
        (p,), why there is no ICC, or "".
    n, k
        Subjects and raters.
    interval
        How the limits were made: one of RANDOM, which says what each takes as random.
    """

    form: Form
    estimate: Floats
    lower: Floats
    upper: Floats
    reasons: tuple[str, ...]
    n: int
    k: int
    interval: str

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class _MeanSquares:
    """Of the two-way table.

    Attributes
    ----------
    subjects, raters, residual
        (p,), between subjects, between raters, and what is left.
    within
        (p,), within subjects, for one-way.
    """

    subjects: Floats
    raters: Floats
    residual: Floats
    within: Floats


def icc(ratings: Floats, form: Form = "ICC(A,1)", confidence: float = 0.95) -> ICC:
    """The ICC of each feature with its F-based interval.

    A feature with a missing or infinite rating, or without any spread, has no ICC: NaN and the reason, never 1. Raises
    DataRefusedError (few-ratings) for fewer than two subjects or raters.

    Parameters
    ----------
    ratings
        (n, k, p): n subjects, k raters, p features; any unit.
    form
        McGraw and Wong's name of the ICC.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    ICC

    Examples
    --------
    Six targets by four judges, Shrout and Fleiss 1979, table 2; their table 4 prints .17, .29 and .71:

    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> ratings = np.array(judges, dtype=float)[:, :, None]
    >>> [round(float(icc(ratings, form).estimate[0]), 3) for form in ("ICC(1)", "ICC(A,1)", "ICC(C,1)")]
    [0.166, 0.29, 0.715]

    """
    n, k, _ = _shape(ratings)
    squares = _mean_squares(ratings)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = _estimate(squares, form, n, k)
        lower, upper = _limits(squares, form, n, k, 1 - confidence)
    perfect = (estimate == 1) & np.isnan(lower)  # no rater and no residual variance: 0/0 in Satterthwaite's formula
    lower[perfect] = upper[perfect] = 1.0
    reasons = _reasons(ratings, estimate)
    for values in (estimate, lower, upper):
        values[[bool(reason) for reason in reasons]] = np.nan
    return ICC(
        form=form,
        estimate=estimate,
        lower=lower,
        upper=upper,
        reasons=reasons,
        n=n,
        k=k,
        interval=F_INTERVAL,
    )


def icc_by_patient(
    ratings: Floats,
    patients: NDArray[np.intp],
    form: Form = "ICC(A,1)",
    confidence: float = 0.95,
    resamples: int = BOOTSTRAP_RESAMPLES,
    seed: int = 0,
) -> ICC:
    """The ICC of each feature with a percentile interval from resampling patients with all their lymph nodes.

    The F interval counts lymph nodes of one patient as independent and the readers as drawn from many; this one does
    neither: it never draws other readers, so where readers differ its limits are too narrow for any others.

    Parameters
    ----------
    ratings
        (n, k, p), as `icc`.
    patients
        (n,), whole numbers from 0: whose lymph node a subject is.
    form
        McGraw and Wong's name of the ICC.
    confidence
        Coverage of the interval, between 0 and 1.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.

    Returns
    -------
    ICC

    Raises
    ------
    DataRefusedError
        few-patients: for fewer than five patients, from which an interval would be a pretence.
    """
    n, k, p = _shape(ratings)
    refuse_few_patients(patients, "use the F-based interval or ")
    estimate = icc(ratings, form)
    usable = np.flatnonzero([not reason for reason in estimate.reasons])
    centred = ratings[:, :, usable] - ratings[:, :, usable].mean(axis=(0, 1))
    # A resample weighs each patient's lymph nodes by how often it was drawn: sums of squares are then matrix products.
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [_weighted_estimates(centred, part, form) for part in weights_in_parts(patients, resamples, seed)]
    estimates = np.concatenate(parts)
    lower, upper = np.full(p, np.nan), np.full(p, np.nan)
    tail = (1 - confidence) / 2
    lower[usable], upper[usable] = np.nanquantile(estimates, [tail, 1 - tail], axis=0)
    return ICC(
        form=form,
        estimate=estimate.estimate,
        lower=lower,
        upper=upper,
        reasons=estimate.reasons,
        n=n,
        k=k,
        interval=BY_PATIENT,
    )


def _shape(ratings: Floats) -> tuple[int, int, int]:
    n, k, p = ratings.shape
    if n < 2 or k < 2:
        raise DataRefusedError(
            f"An ICC needs at least two lymph nodes and two ratings of each, and there are {n} and {k}; add readings.",
            "few-ratings",
        )
    return n, k, p


def _reasons(ratings: Floats, estimate: Floats) -> tuple[str, ...]:
    with np.errstate(invalid="ignore"):
        constant = np.ptp(ratings, axis=(0, 1)) <= _CONSTANT * np.abs(ratings).max(axis=(0, 1))
    reasons = np.full(len(estimate), "", dtype=object)
    reasons[np.isnan(estimate)] = "the lymph nodes do not differ"
    reasons[np.isneginf(estimate)] = "the lymph nodes differ less than their readings"
    reasons[constant] = "all ratings are the same"
    reasons[~np.isfinite(ratings).all(axis=(0, 1))] = "a rating is missing or infinite"
    return tuple(reasons)


def _mean_squares(ratings: Floats) -> _MeanSquares:
    n, k, _ = ratings.shape
    with np.errstate(invalid="ignore"):
        centred = ratings - ratings.mean(axis=(0, 1))
        of_subjects, of_raters = centred.mean(axis=1), centred.mean(axis=0)
        # From the residuals themselves: a difference of large sums would lose the digits that agreement hides in.
        residual = ((centred - of_subjects[:, None] - of_raters) ** 2).sum(axis=(0, 1))
        subjects, raters = k * (of_subjects**2).sum(axis=0), n * (of_raters**2).sum(axis=0)
    return _from_sums(subjects, raters, residual, n, k)


def _from_sums(subjects: Floats, raters: Floats, residual: Floats, n: float | Floats, k: int) -> _MeanSquares:
    return _MeanSquares(
        subjects=subjects / (n - 1),
        raters=raters / (k - 1),
        residual=residual / ((n - 1) * (k - 1)),
        within=(raters + residual) / (n * (k - 1)),
    )


def _weighted_estimates(centred: Floats, weights: Floats, form: Form) -> Floats:
    """ICC (B, p) of B resamples given as weights (B, n) of the subjects."""
    n, k, p = centred.shape
    size = weights.sum(axis=1)[:, None]
    subject_mean = centred.mean(axis=1)
    rater_mean = (weights @ centred.reshape(n, k * p)).reshape(len(weights), k, p) / size[:, :, None]
    grand = rater_mean.mean(axis=1)
    subjects = k * (weights @ subject_mean**2 - size * grand**2)
    raters = size * ((rater_mean - grand[:, None, :]) ** 2).sum(axis=1)
    within = weights @ ((centred - subject_mean[:, None, :]) ** 2).sum(axis=1)
    return _estimate(_from_sums(subjects, raters, within - raters, size, k), form, size, k)


def _estimate(squares: _MeanSquares, form: Form, n: float | Floats, k: int) -> Floats:
    between, residual, within = squares.subjects, squares.residual, squares.within
    bias = squares.raters - residual
    match form:
        case "ICC(1)":
            return np.asarray((between - within) / (between + (k - 1) * within))
        case "ICC(A,1)":
            return np.asarray((between - residual) / (between + (k - 1) * residual + k * bias / n))
        case "ICC(C,1)":
            return np.asarray((between - residual) / (between + (k - 1) * residual))
        case "ICC(k)":
            return np.asarray((between - within) / between)
        case "ICC(A,k)":
            # Where lymph nodes differ far less than their readings the denominator turns round, and the ICC would be
            # above 1.
            total = between + bias / n
            return np.asarray(np.where(total > 0, (between - residual) / total, np.where(total <= 0, -np.inf, np.nan)))
        case "ICC(C,k)":
            return np.asarray((between - residual) / between)


def _limits(squares: _MeanSquares, form: Form, n: int, k: int, alpha: float) -> tuple[Floats, Floats]:
    match form:
        case "ICC(1)" | "ICC(k)":
            limits = _ratio_limits(squares.subjects / squares.within, n - 1, n * (k - 1), k, alpha)
        case "ICC(C,1)" | "ICC(C,k)":
            limits = _ratio_limits(squares.subjects / squares.residual, n - 1, (n - 1) * (k - 1), k, alpha)
        case "ICC(A,1)" | "ICC(A,k)":
            limits = _agreement_limits(squares, n, k, alpha)
    if form in ("ICC(k)", "ICC(A,k)", "ICC(C,k)"):
        limits = _spearman_brown(limits[0], k), _spearman_brown(limits[1], k)
    # Satterthwaite's degrees of freedom can be so few that the approximate limits miss the estimate they are of.
    estimate = _estimate(squares, form, n, k)
    return np.minimum(limits[0], estimate), np.maximum(limits[1], estimate)


def _ratio_limits(f: Floats, df1: int, df2: int, k: int, alpha: float) -> tuple[Floats, Floats]:
    """McGraw and Wong 1996, table 7: the one-way and the consistency forms, single ratings."""
    from scipy.special import fdtri

    low, high = f / fdtri(df1, df2, 1 - alpha / 2), f * fdtri(df2, df1, 1 - alpha / 2)
    ends = [np.where(np.isposinf(end), 1.0, (end - 1) / (end + k - 1)) for end in (low, high)]
    return ends[0], ends[1]


def _agreement_limits(squares: _MeanSquares, n: int, k: int, alpha: float) -> tuple[Floats, Floats]:
    """McGraw and Wong 1996, table 7: ICC(A,1), with Satterthwaite's degrees of freedom."""
    from scipy.special import fdtri

    between, raters, residual = squares.subjects, squares.raters, squares.residual
    rho = _estimate(squares, "ICC(A,1)", n, k)
    # Their a·MSC and b·MSE, both times n(1 − ρ), which stays finite at ρ = 1.
    a, b = k * rho * raters, (n * (1 + (k - 1) * rho) - k * rho) * residual
    df = (a + b) ** 2 / (a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1)))
    low = fdtri(n - 1, df, 1 - alpha / 2)
    high = fdtri(df, n - 1, 1 - alpha / 2)
    rest = k * raters + (k * n - k - n) * residual
    # Their formulas divided by the quantile, which few degrees of freedom make too large to multiply with.
    return (
        np.asarray(n * (between / low - residual) / (rest + n * between / low)),
        np.asarray(n * (between - residual / high) / (rest / high + n * between)),
    )


def _spearman_brown(single: Floats, k: int) -> Floats:
    # From −1/(k − 1) down the mean of k ratings has no finite ICC: beyond the pole the formula turns a limit round.
    above = 1 + (k - 1) * single
    return np.asarray(np.where(above > 0, k * single / above, np.where(np.isnan(single), np.nan, -np.inf)))


@dataclass(frozen=True)
class FeatureVerdict:
    """Whether one feature passes.

    Attributes
    ----------
    name
        In full.
    passes
        Whether it is kept.
    reason
        Why not; "" where it is.
    """

    name: str
    passes: bool
    reason: str


def judge(names: Sequence[str], inter: ICC, intra: ICC, rule: IccRule) -> tuple[FeatureVerdict, ...]:
    """The verdict on each feature, in the order of `names`. An ICC that is not there never passes.

    Parameters
    ----------
    names
        (p,), names of the features.
    inter
        ICC between the readers.
    intra
        ICC of the reader who reads twice.
    rule
        Which features readers agree on well enough.

    Returns
    -------
    tuple of FeatureVerdict
    """
    verdicts = []
    for position, name in enumerate(names):
        objections = [
            objection
            for kind, icc in (("inter", inter), ("intra", intra))
            if (objection := _objection(kind, icc, position, rule))
        ]
        verdicts.append(FeatureVerdict(name, not objections, "; ".join(objections)))
    return tuple(verdicts)


def _objection(kind: str, icc: ICC, position: int, rule: IccRule) -> str:
    if icc.reasons[position]:
        return f"{kind}: {icc.reasons[position]}"
    value = float(getattr(icc, rule.on)[position])
    what = f"{kind} {icc.form}" if rule.on == "estimate" else f"{rule.on} limit of {kind} {icc.form}"
    if math.isnan(value):
        return f"{what} is not defined"
    return "" if value > rule.threshold else f"{what} is {apart(value, rule.threshold)}, not above {rule.threshold:g}"
