"""Logistic regression by maximum likelihood, without penalty: what recalibrates, updates and relaxes a score."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.statistics.cluster_robust import ClusteredTest, cr2, cr2_by_row
from RLNResponseLib.statistics.estimates import ROUNDING, t_p

_MOST_STEPS = 50
_SEPARATED = DataRefusedError(
    "The score separates the two classes completely, so its calibration slope is infinite; add cases.", "separated"
)


@dataclass(frozen=True, kw_only=True)
class LogisticFit:
    """logit P(event) = coefficients · design + offset.

    Attributes
    ----------
    coefficients
        (p,), log-odds.
    errors
        (p,), standard errors; NaN where rounding leaves none.
    loss
        −log-likelihood at the coefficients.
    """

    coefficients: Floats
    errors: Floats
    loss: float

    __repr__ = short_repr


def logistic(design: Floats, outcome: Floats, offset: Floats | None = None) -> LogisticFit:
    """Newton's method with step halving, as R's glm(binomial) solved to the last digit.

    Parameters
    ----------
    design
        (n, p), a column of ones for the intercept.
    outcome
        (n,), 0 or 1.
    offset
        (n,), log-odds that are not estimated; None for none.

    Returns
    -------
    LogisticFit

    Raises
    ------
    DataRefusedError
        separated, where there is no finite maximum or none was found.

    Examples
    --------
    One case in four has the event: log(1/3).

    >>> fit = logistic(np.ones((4, 1)), np.array([1.0, 0.0, 0.0, 0.0]))
    >>> round(float(fit.coefficients[0]), 6), round(float(fit.errors[0]), 6)  # 1 / √(4 · 1/4 · 3/4)
    (-1.098612, 1.154701)
    """
    from scipy.special import expit

    fixed = np.zeros(len(outcome)) if offset is None else offset
    beta = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        # Log-odds beyond any number end the search, they need no warning.
        fitted = expit(fixed + design @ beta)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (outcome - fitted))
        except np.linalg.LinAlgError:
            break
        length, before = 1.0, _at(design, outcome, fixed, beta)
        while _at(design, outcome, fixed, beta + length * step) > before and length > 1e-6:
            length /= 2
        if np.abs(step).max() < 1e-10 * (1 + np.abs(beta).max()):
            # A slope that is hardly determined can have a variance below 0 in the last digit: it has no error then.
            with np.errstate(invalid="ignore"):
                errors = np.sqrt(np.diag(np.linalg.inv(information)))
            beta = beta + step
            return LogisticFit(coefficients=beta, errors=errors, loss=_at(design, outcome, fixed, beta))
        beta = beta + length * step
    raise _SEPARATED


def errors_by_patient(design: Floats, log_odds: Floats, outcome: Floats, patients: Ints) -> Floats:
    """Standard errors of a logistic regression with patients as clusters (CR2), at its maximum.

    Residuals are enlarged in units of their own SD (`cr2`), as clubSandwich does of the regression in units of its
    Pearson residuals (Testing/oracle/clustered.R). In the outcome's units, those of `clustered_test`, a lymph node with
    a probability within 1e-6 of 0 or 1 would add nothing, and a score that is judged elsewhere has such.

    Parameters
    ----------
    design
        (n, p), a column of ones for the intercept; of a size near 1.
    log_odds
        (n,), fitted, an offset included.
    outcome
        (n,), 0 or 1.
    patients
        (n,), whole numbers: whose lymph node each is.

    Returns
    -------
    Floats
        (p,); NaN where the information cannot be inverted, or one patient is all that there is.

    Examples
    --------
    Four patients, one with the event: of the log-odds log(1/3), each patient's residual enlarged by √(4/3).

    >>> found = errors_by_patient(np.ones((4, 1)), np.full(4, -math.log(3)), np.array([1.0, 0, 0, 0]), np.arange(4))
    >>> round(float(found[0]), 6), round(math.sqrt((0.75**2 + 3 * 0.25**2) * 4 / 3) / 0.75, 6)
    (1.333333, 1.333333)
    """
    from scipy.special import expit

    fitted = expit(log_odds)
    weighted, residual = design * (fitted * (1 - fitted))[:, None], outcome - fitted
    whose = np.unique(patients, return_inverse=True)[1]
    blocks = [whose == patient for patient in range(int(whose.max()) + 1)]
    if len(blocks) < 2:
        return np.full(design.shape[1], math.nan)
    terms = design * residual[:, None]
    parts = ((_summed(terms[rows]), design[rows].T @ weighted[rows]) for rows in blocks)
    try:
        covariance, _ = cr2(parts, design.T @ weighted, design.shape[1])
    except np.linalg.LinAlgError:
        return np.full(design.shape[1], math.nan)
    return np.asarray(np.sqrt(np.diag(covariance)))


def _summed(terms: Floats) -> Floats:
    """Of each column the sum; 0 where its terms come out even but for rounding."""
    total: Floats = terms.sum(axis=0)
    total[np.abs(total) <= ROUNDING * np.abs(terms).sum(axis=0)] = 0
    return total


def scaled_logistic(features: Floats, outcome: Floats) -> LogisticFit:
    """As `logistic` with an intercept first, for features of any size: they are fitted in SDs.

    Parameters
    ----------
    features
        (n, p), without the column of ones; none constant.
    outcome
        (n,), 0 or 1.

    Returns
    -------
    LogisticFit
        Intercept and coefficients of the raw features; errors likewise.

    Raises
    ------
    DataRefusedError
        separated.

    Examples
    --------
    >>> huge = np.array([[0.0], [0.0], [0.0], [0.0], [1e9], [1e9], [1e9], [1e9]])
    >>> fit = scaled_logistic(huge, np.array([1.0, 0, 0, 0, 1, 1, 1, 0]))
    >>> round(float(fit.coefficients[1] * 1e9), 6)  # 2 log(3)
    2.197225
    """
    size = np.abs(features).max(axis=0)
    unit = features / size
    mean, sd = unit.mean(axis=0), unit.std(axis=0)
    fit = logistic(np.column_stack([np.ones(len(outcome)), (unit - mean) / sd]), outcome)
    slopes = fit.coefficients[1:] / sd
    # Of the raw intercept, from the raw design at the same probabilities, in units of each feature's size.
    design = np.column_stack([np.ones(len(outcome)), unit])
    from scipy.special import expit

    fitted = expit(fit.coefficients[0] + (unit - mean) @ slopes)
    information = design.T @ (design * (fitted * (1 - fitted))[:, None])
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(np.linalg.pinv(information, hermitian=True)))
    return LogisticFit(
        coefficients=np.concatenate([[fit.coefficients[0] - mean @ slopes], slopes / size]),
        errors=np.concatenate([errors[:1], errors[1:] / size]),
        loss=fit.loss,
    )


def clustered_test(features: Floats, outcome: Floats, fit: LogisticFit, patients: Ints) -> ClusteredTest:
    """Whether the last coefficient is 0, counting patients: several lymph nodes of one are no independent witnesses.

    As R's ``coef_test(glm(…, binomial), vcov = "CR2", cluster = patient, test = "Satterthwaite")`` of clubSandwich.

    Parameters
    ----------
    features
        (n, p), without the column of ones; none constant.
    outcome
        (n,), 0 or 1.
    fit
        Of these, by `scaled_logistic`.
    patients
        (n,) whole numbers: whose lymph node a row is.

    Returns
    -------
    ClusteredTest
    """
    from scipy.special import expit

    size = np.abs(features).max(axis=0)
    unit = features / size
    mean, sd = unit.mean(axis=0), unit.std(axis=0)
    design = np.column_stack([np.ones(len(outcome)), (unit - mean) / sd])
    slopes = fit.coefficients[1:] * size
    fitted = expit(fit.coefficients[0] + mean @ slopes + design[:, 1:] @ (slopes * sd))
    variances = fitted * (1 - fitted)
    covariance, freedom = cr2_by_row(design * variances[:, None], variances, outcome - fitted, patients, 1)
    count = len(np.unique(patients))
    unit_se, df = math.sqrt(covariance[0, 0]), float(freedom[0])
    if not (unit_se > 0 and df > 0):
        return ClusteredTest(se=math.nan, df=math.nan, p=math.nan, patients=count)
    se = unit_se / float(sd[-1] * size[-1])
    return ClusteredTest(se=se, df=df, p=t_p(float(fit.coefficients[-1]) / se, df), patients=count)


def shift(log_odds: Floats, outcome: Bools) -> float:
    """What is added to all log-odds so that as many events are expected as there are, whatever the size of the scores.

    Parameters
    ----------
    log_odds
        (n,), finite.
    outcome
        (n,), with both classes.

    Returns
    -------
    float

    Examples
    --------
    >>> round(shift(np.zeros(4), np.array([True, False, False, False])), 6)
    -1.098612
    """
    from scipy.optimize import brentq
    from scipy.special import expit

    events = float(outcome.sum())
    ends = -float(log_odds.max()) - 50.0, -float(log_odds.min()) + 50.0
    return float(brentq(lambda added: expit(added + log_odds).sum() - events, *ends, xtol=1e-12, rtol=1e-14))


def loss(log_odds: Floats, outcome: Floats) -> float:
    """−log-likelihood of log-odds.

    Parameters
    ----------
    log_odds
        (n,).
    outcome
        (n,), 0 or 1.

    Returns
    -------
    float

    Examples
    --------
    >>> loss(np.zeros(2), np.array([0.0, 1.0])) == 2 * math.log(2)
    True
    """
    return math.fsum(np.logaddexp(0, log_odds) - outcome * log_odds)


def _at(design: Floats, outcome: Floats, offset: Floats, beta: Floats) -> float:
    return loss(offset + design @ beta, outcome)
