"""Firth's logistic regression: maximum likelihood penalised by Jeffreys' prior, which has a finite answer for few cases
and for classes that the features part completely.

Maximised is ℓ*(β) = ℓ(β) + ½ log |X'WX|, W = diag(p (1 − p)) (Firth 1993, doi 10.1093/biomet/80.1.27; Heinze and
Schemper 2002, doi 10.1002/sim.1047). Limits are those of the profile of ℓ*, tests its likelihood ratio, both with the
penalty of the whole design, as R's logistf. Probabilities of the plain fit lie too near to one half, so that a score
takes the intercept at which as many events are expected as there are (FLIC; Puhr et al. 2017, doi 10.1002/sim.7273).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.path import check, standardise
from RLNResponseLib.modelling.validation.logistic import shift
from RLNResponseLib.statistics.estimates import chi_square_p, normal_quantile

_CONVERGED = 1e-11  # of the modified score, per case and SD of a feature
_MOST_STEPS = 2000
_MOST_GUESSES = 100
_LONGEST_STEP = 5.0  # log-odds an SD: beyond, W is all but zero and the next step blind
# Features of which others explain all but this part leave the information without an inverse.
_DEPENDENT = 1e-10
_NOT_CONVERGED = DataRefusedError(
    "Firth's regression did not converge; leave out features that are nearly combinations of others.", "no-convergence"
)


@dataclass(frozen=True, kw_only=True)
class FirthFit:
    """logit P(event) = intercept + coefficients · features.

    Attributes
    ----------
    intercept
        Firth's own, log-odds.
    balanced_intercept
        At which as many events are expected as there are (FLIC).
    coefficients
        (p,), for raw feature values.
    """

    intercept: float
    balanced_intercept: float
    coefficients: Floats

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class FirthTerm:
    """One coefficient with its profile.

    Attributes
    ----------
    coefficient
        Log-odds a unit of the feature.
    lower, upper
        95% limits of the profile of the penalised likelihood.
    p
        Of the penalised likelihood-ratio test that it is 0.
    """

    coefficient: float
    lower: float
    upper: float
    p: float


def firth(features: Floats, outcome: NDArray[np.bool_]) -> FirthFit:
    """Fit.

    Parameters
    ----------
    features
        (n, p), finite, none constant, none a combination of others.
    outcome
        (n,), True for the modelled class.

    Returns
    -------
    FirthFit

    Raises
    ------
    DataRefusedError
        not-finite, too-few-cases, no-feature (all constant), dependent-features, no-convergence.

    Examples
    --------
    Two features of two values each part the classes completely; by maximum likelihood both slopes would be infinite:

    >>> features = np.array([[0.0, 0], [0, 1], [0, 0], [1, 1], [1, 0], [1, 1]])
    >>> fit = firth(features, np.array([0, 0, 0, 1, 1, 1], dtype=bool))
    >>> fit.coefficients.round(3).tolist()
    [3.142, 0.442]
    """
    problem, mean, sd = _problem(features, outcome)
    beta = problem.maximised(np.zeros(1 + features.shape[1]))
    coefficients = beta[1:] / sd
    linear = features @ coefficients
    return FirthFit(
        intercept=float(beta[0] - mean @ coefficients),
        balanced_intercept=shift(linear, outcome),
        coefficients=coefficients,
    )


def firth_terms(features: Floats, outcome: NDArray[np.bool_], confidence: float = 0.95) -> tuple[FirthTerm, ...]:
    """Limits and tests of each coefficient, from the profile of the penalised likelihood.

    Parameters
    ----------
    features
        (n, p), as for `firth`.
    outcome
        (n,), True for the modelled class.
    confidence
        Coverage of the limits, between 0 and 1.

    Returns
    -------
    tuple of FirthTerm
        In the order of the features.

    Raises
    ------
    DataRefusedError
        As `firth`.
    """
    problem, _, sd = _problem(features, outcome)
    beta = problem.maximised(np.zeros(1 + features.shape[1]))
    best, errors = problem.value(beta), np.sqrt(np.diag(np.linalg.inv(problem.information(beta))))
    reach = normal_quantile(confidence)
    terms = []
    for place in range(1, len(beta)):
        without = beta.copy()
        without[place] = 0.0
        ratio = 2 * (best - problem.value(problem.maximised(without, place)))
        lower, upper = (
            problem.limit(beta, place, sign * float(errors[place]), reach) / sd[place - 1] for sign in (-1, 1)
        )
        terms.append(
            FirthTerm(
                coefficient=float(beta[place] / sd[place - 1]),
                lower=float(lower),
                upper=float(upper),
                p=chi_square_p(max(0.0, ratio), 1),
            )
        )
    return tuple(terms)


@dataclass(frozen=True)
class _Problem:
    """The penalised likelihood of one design."""

    design: Floats
    y: Floats

    def information(self, beta: Floats) -> Floats:
        from scipy.special import expit

        fitted = expit(self.design @ beta)
        return np.asarray(self.design.T @ (self.design * (fitted * (1 - fitted))[:, None]))

    def value(self, beta: Floats) -> float:
        eta = self.design @ beta
        sign, determinant = np.linalg.slogdet(self.information(beta))
        if sign <= 0:
            return -math.inf
        return float((self.y * eta - np.logaddexp(0, eta)).sum() + determinant / 2)

    def score(self, beta: Floats) -> tuple[Floats, Floats]:
        """The derivatives of ℓ*, and the information."""
        from scipy.special import expit

        fitted = expit(self.design @ beta)
        weights = fitted * (1 - fitted)
        information = self.design.T @ (self.design * weights[:, None])
        leverage = weights * np.einsum("ij,ji->i", self.design, np.linalg.solve(information, self.design.T))
        return self.design.T @ (self.y - fitted + leverage * (0.5 - fitted)), np.asarray(information)

    def maximised(self, start: Floats, held: int | None = None) -> Floats:
        """The maximum, or that with one coefficient held where `start` has it."""
        free = np.ones(len(start), dtype=bool)
        if held is not None:
            free[held] = False
        beta, value = start.copy(), self.value(start)
        for _ in range(_MOST_STEPS):
            score, information = self.score(beta)
            if not free.any() or np.abs(score[free]).max() <= _CONVERGED * len(self.y):
                return beta
            step = np.zeros(len(beta))
            step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
            step *= min(1.0, _LONGEST_STEP / np.abs(step).max())
            length, after = 1.0, self.value(beta + step)
            while not after >= value - 1e-12 * (1 + abs(value)) and length > 1e-10:
                length /= 2
                after = self.value(beta + length * step)
            beta, value = beta + length * step, after
        raise _NOT_CONVERGED

    def limit(self, beta: Floats, place: int, error: float, reach: float) -> float:
        """Where the signed root of the profile's likelihood ratio is `reach`, on the side of the sign of `error`.

        The root is nearly linear in the coefficient, and its derivative is known from the score: Newton's method, held
        between what is known to be too near and too far.
        """
        best, side = self.value(beta), math.copysign(1.0, error)
        near, far = 0.0, math.inf
        away, point = abs(error) * reach, beta.copy()
        for _ in range(_MOST_GUESSES):
            point[place] = beta[place] + side * away
            point = self.maximised(point, place)
            root = math.sqrt(max(0.0, 2 * (best - self.value(point))))
            if abs(root - reach) <= 1e-9:
                return float(point[place])
            near, far = (away, far) if root < reach else (near, away)
            slope = -side * float(self.score(point)[0][place]) / root if root > 0 else 0.0
            following = away + (reach - root) / slope if slope > 0 else math.inf
            if not near < following < far:
                following = 2 * away if math.isinf(far) else (near + far) / 2
            away = min(following, 4 * away)
        raise _NOT_CONVERGED


def _problem(features: Floats, outcome: NDArray[np.bool_]) -> tuple[_Problem, Floats, Floats]:
    n, p = features.shape
    if len(check(features, outcome)) < p:
        raise _dependent(n, p, "one of them is the same in every lymph node")
    mean, sd, z = standardise(features)
    size = np.linalg.svd(z, compute_uv=False)
    if p >= n or size[-1] < _DEPENDENT * size[0]:
        raise _dependent(n, p, "some are combinations of others")
    return _Problem(np.column_stack([np.ones(n), z]), outcome.astype(float)), mean, sd


def _dependent(n: int, p: int, why: str) -> DataRefusedError:
    return DataRefusedError(
        f"Firth's regression estimates every feature, and of {p} in {n} lymph nodes {why}; fit fewer.",
        "dependent-features",
        "named with --features or left by --redundancy 0.9",
    )
