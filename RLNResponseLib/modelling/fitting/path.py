"""What a penalised logistic path is, whichever its penalty: its λ, its fits, its features in standard deviations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats

N_LAMBDAS = 100


@dataclass(frozen=True, kw_only=True)
class PenalisedPath:
    """The fits of one path, the largest λ first.

    Attributes
    ----------
    lambdas
        (L,), L ≤ 100: the LASSO's path ends early where glmnet's does.
    intercepts
        (L,).
    coefficients
        (L, p), for raw feature values.
    explained_deviance
        (L,), fraction of the null deviance.
    kkt_residual
        The largest violation of the optimality conditions over the path, on the standardised scale.
    """

    lambdas: Floats
    intercepts: Floats
    coefficients: Floats
    explained_deviance: Floats
    kkt_residual: float

    __repr__ = short_repr

    def at(self, lambdas: Floats) -> tuple[Floats, Floats]:
        """Intercepts (M,) and coefficients (M, p) at other λ (M,), as `predict(fit, s = λ)` in R.

        Linear in λ between the neighbours on the path; beyond an end, the end's own.
        """
        position = np.interp(-lambdas, -self.lambdas, np.arange(len(self.lambdas), dtype=float))
        left = np.floor(position).astype(int)
        right = np.ceil(position).astype(int)
        share = position - left
        intercepts = (1 - share) * self.intercepts[left] + share * self.intercepts[right]
        return intercepts, (1 - share[:, None]) * self.coefficients[left] + share[:, None] * self.coefficients[right]


def mean_loss(outcome: Floats, log_odds: Floats) -> Floats:
    """Mean −log-likelihood, the loss that a path minimises beside its penalty.

    Parameters
    ----------
    outcome
        (n,), 0 or 1.
    log_odds
        (…, n).

    Returns
    -------
    Floats
        (…).

    Examples
    --------
    >>> mean_loss(np.array([0.0, 1.0]), np.zeros((3, 2))).round(6).tolist()
    [0.693147, 0.693147, 0.693147]
    """
    return np.asarray((np.logaddexp(0, log_odds) - outcome * log_odds).mean(axis=-1))


def check(features: Floats, outcome: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The columns that vary, of features and outcome that can be fitted.

    Parameters
    ----------
    features
        (n, p).
    outcome
        (n,), True for the modelled class.

    Returns
    -------
    NDArray[np.intp]

    Raises
    ------
    DataRefusedError
        not-finite; too-few-cases (fewer than two in a class, as glmnet); no-feature (all constant).
    """
    if not np.isfinite(features).all():
        row, column = np.argwhere(~np.isfinite(features))[0]
        raise DataRefusedError(
            f"The value in row {row + 1} of feature column {column + 1} is missing or infinite; leave the feature or "
            "the case out.",
            "not-finite",
        )
    fewest = int(min(outcome.sum(), (~outcome).sum()))
    if fewest < 2:
        raise DataRefusedError(
            f"One class of the outcome has {fewest} of {len(outcome)} cases and a fit needs two of each; add cases or "
            "take fewer folds.",
            "too-few-cases",
        )
    varies = np.flatnonzero(np.ptp(features, axis=0) > 0)
    if varies.size == 0:
        raise DataRefusedError(
            "No feature varies over the cases, so nothing can be fitted; check the table.", "no-feature"
        )
    return varies


def standardise(features: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, SD with the 1/n variance, and the features in it.

    Parameters
    ----------
    features
        (n, p), none constant.

    Returns
    -------
    tuple of Floats
        (p,), (p,) and (n, p).
    """
    mean = features.mean(axis=0)
    centred = features - mean
    sd = np.sqrt(np.mean(centred**2, axis=0))
    return mean, sd, centred / sd


def glmnet_lambdas(z: Floats, y: Floats, p: int, least_mixing: float = 1.0) -> Floats:
    """glmnet's own sequence of λ.

    Parameters
    ----------
    z
        (n, q), standardised features.
    y
        (n,), 0 or 1.
    p
        How many features there were: with more of them than cases the sequence ends earlier.
    least_mixing
        The share of the absolute penalty by which the largest λ is found: 1 for the LASSO, 0.001 for the ridge.

    Returns
    -------
    Floats
        (100,), descending.
    """
    smallest_ratio = 0.01 if len(y) < p else 1e-4
    largest = np.abs((y - y.mean()) @ z).max() / len(y) / least_mixing
    return np.asarray(largest * smallest_ratio ** (np.arange(N_LAMBDAS) / (N_LAMBDAS - 1)))
