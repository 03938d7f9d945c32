"""Cross-validation of a penalised path, as R's `cv.glmnet`: of the LASSO by AUC, of the ridge by deviance.

Each fold is left out once; the path of the others, on its own λ sequence, is interpolated to the λ of the whole path,
and the AUC (or the deviance) of the left-out cases taken at each. Where R goes its own way (too few cases a fold, a
fold of one class) the call is refused with the explanation. R: glmnet 4.1, cv.glmnet.raw, cv.lognet, cvstats,
getOptcv.glmnet.

The AUC of a ridge hardly depends on λ, as all coefficients shrink together and the ranking stays: it would choose one
at which every probability is the share with the event. The deviance judges the probabilities themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.lasso import lasso_path
from RLNResponseLib.modelling.fitting.path import PenalisedPath
from RLNResponseLib.modelling.fitting.ridge import ridge_path

Rule = Literal["1se", "min"]
PathPenalty = Literal["lasso", "ridge"]
Measure = Literal["auc", "deviance"]
FEWEST_CASES_PER_FOLD = 10
_FEWEST_FOLDS = 3
# What R takes a probability for at least, and at most, in a deviance.
_LEAST_PROBABILITY = 1e-5


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """The cross-validated AUC, or deviance, along the path of all cases.

    Attributes
    ----------
    path
        Fitted on all cases.
    measure
        What was measured on the cases left out.
    mean
        (L,), by path.lambdas: the mean over the folds weighted by their size; with repeats, the mean over the repeats.
    se
        (L,), its standard error, likewise.
    lambda_min
        The largest λ with the best mean: the highest AUC, the lowest deviance.
    lambda_1se
        The largest λ whose mean is no further from the best than that one's standard error.
    folds
        By repeat, how many folds there were: fewer than were asked for where one stayed empty.
    """

    path: PenalisedPath
    measure: Measure
    mean: Floats
    se: Floats
    lambda_min: float
    lambda_1se: float
    folds: tuple[int, ...] = ()

    __repr__ = short_repr

    def chosen(self, rule: Rule) -> float:
        """The λ of a rule."""
        return self.lambda_1se if rule == "1se" else self.lambda_min


def cross_validate(
    features: Floats, outcome: NDArray[np.bool_], *foldids: NDArray[np.integer], penalty: PathPenalty = "lasso"
) -> CrossValidation:
    """Cross-validate over given folds; several fold assignments are repeats, whose curves are averaged.

    Parameters
    ----------
    features
        (n, p).
    outcome
        (n,), True for the modelled class.
    *foldids
        Each (n,), whole numbers; cases with the same number are left out together.
    penalty
        Of which path: the LASSO's is measured by AUC, the ridge's by deviance.

    Returns
    -------
    CrossValidation

    Raises
    ------
    DataRefusedError
        few-folds (fewer than 3), small-folds (n / folds < 10: R would silently, but for a warning, measure deviance
        instead), one-class-fold (R leaves the fold out of the mean but counts it in the standard error), and what
        the path refuses.

    Examples
    --------
    In each fold 3 in 4 are told apart: AUC 9/16 + 1/2 · 6/16.

    >>> x = np.tile(np.repeat([-1.0, 1.0], 8), 3)[:, None]
    >>> outcome = np.tile(np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool).repeat(2), 3)
    >>> cross_validated = cross_validate(x, outcome, np.repeat([1, 2, 3], 16))
    >>> round(float(cross_validated.mean.max()), 4), round(float(cross_validated.se[-1]), 4)
    (0.75, 0.0)
    """
    for foldid in foldids:
        refuse_folds(outcome, foldid)
    path = _PATHS[penalty](features, outcome)
    measure = _MEASURES[penalty]
    curves = [_curve(features, outcome, foldid, path.lambdas, penalty) for foldid in foldids]
    mean = np.mean([curve[0] for curve in curves], axis=0)
    se = np.mean([curve[1] for curve in curves], axis=0)
    better = mean if measure == "auc" else -mean
    best = int(np.argmax(better))
    within = int(np.argmax(better >= better[best] - se[best]))
    return CrossValidation(
        path=path,
        measure=measure,
        mean=mean,
        se=se,
        lambda_min=float(path.lambdas[best]),
        lambda_1se=float(path.lambdas[within]),
        folds=tuple(len(np.unique(foldid)) for foldid in foldids),
    )


_PATHS: Mapping[PathPenalty, Callable[[Floats, NDArray[np.bool_]], PenalisedPath]] = {
    "lasso": lasso_path,
    "ridge": ridge_path,
}
_MEASURES: Mapping[PathPenalty, Measure] = {"lasso": "auc", "ridge": "deviance"}


def refuse_folds(outcome: NDArray[np.bool_], foldid: NDArray[np.integer]) -> None:
    """Raise DataRefusedError where cv.glmnet could not measure AUC with these folds.

    Parameters
    ----------
    outcome
        (n,), which lymph nodes had the event.
    foldid
        (n,), the fold of each row.

    Raises
    ------
    DataRefusedError
        few-folds, small-folds, one-class-fold.
    """
    folds = np.unique(foldid)
    if len(folds) < _FEWEST_FOLDS:
        raise DataRefusedError(
            f"There are {len(folds)} folds and cross-validation needs at least {_FEWEST_FOLDS}; take more.", "few-folds"
        )
    if len(outcome) / len(folds) < FEWEST_CASES_PER_FOLD:
        raise DataRefusedError(
            f"{len(outcome)} cases in {len(folds)} folds are fewer than {FEWEST_CASES_PER_FOLD} a fold, where R's "
            f"cv.glmnet drops AUC and takes deviance instead; take at most "
            f"{len(outcome) // FEWEST_CASES_PER_FOLD} folds.",
            "small-folds",
        )
    for fold in folds:
        held = outcome[foldid == fold]
        if held.all() or not held.any():
            raise DataRefusedError(
                f"Fold {fold} has {len(held)} cases of one class, so it has no AUC (R's cv.glmnet would leave it out "
                f"of the mean but not of the standard error); take fewer folds or other fold numbers.",
                "one-class-fold",
            )


def _curve(
    features: Floats, outcome: NDArray[np.bool_], foldid: NDArray[np.integer], lambdas: Floats, penalty: PathPenalty
) -> tuple[Floats, Floats]:
    """The measure and its standard error at each λ for one assignment of folds."""
    of_fold = _auc_by_lambda if _MEASURES[penalty] == "auc" else _deviance_by_lambda
    measured, sizes = [], []
    for fold in np.unique(foldid):
        held = foldid == fold
        intercepts, coefficients = _PATHS[penalty](features[~held], outcome[~held]).at(lambdas)
        measured.append(of_fold(predicted(features[held], intercepts, coefficients), outcome[held]))
        sizes.append(int(held.sum()))
    table = np.array(measured)
    mean = _weighted_mean(table, sizes)
    return mean, np.sqrt(_weighted_mean((table - mean) ** 2, sizes) / (len(sizes) - 1))


def predicted(features: Floats, intercepts: Floats, coefficients: Floats) -> Floats:
    """Probabilities (n, L) of n cases by L models.

    Summed feature by feature, not by a matrix product, whose rounding depends on the row: cases with equal features
    must get equal probabilities, or ties in the AUC break at random.

    Parameters
    ----------
    features
        (n, p) feature values, one row a lymph node.
    intercepts
        (L,), one for each λ.
    coefficients
        (p,), one for each feature.

    Returns
    -------
    Floats

    Examples
    --------
    >>> predicted(np.array([[0.0], [np.log(3)]]), np.zeros(1), np.ones((1, 1))).round(6).tolist()
    [[0.5], [0.75]]
    """
    from scipy.special import expit

    eta = np.tile(intercepts, (len(features), 1))
    for column in np.flatnonzero(coefficients.any(axis=0)):
        eta += features[:, column, None] * coefficients[:, column]
    return np.asarray(expit(eta))


def _auc_by_lambda(scores: Floats, outcome: NDArray[np.bool_]) -> Floats:
    with_event, without = scores[outcome][:, None, :], scores[~outcome][None, :, :]
    wins = (with_event > without).sum(axis=(0, 1)) + (with_event == without).sum(axis=(0, 1)) / 2
    return np.asarray(wins / (with_event.shape[0] * without.shape[1]))


def _deviance_by_lambda(probabilities: Floats, outcome: NDArray[np.bool_]) -> Floats:
    bounded = np.clip(probabilities, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return np.asarray(-2 * np.where(outcome[:, None], np.log(bounded), np.log1p(-bounded)).mean(axis=0))


def _weighted_mean(table: Floats, weights: Sequence[int]) -> Floats:
    # fsum, as R adds in extended precision: λ that tie in AUC must tie here too.
    total = sum(weights)
    products = table * np.array(weights)[:, None]
    return np.array([math.fsum(column) / total for column in products.T])
