"""glmnet's ridge logistic path, solved to machine precision by Newton's method.

For each λ the path minimises

    −(1/n) Σ [y log p + (1 − y) log(1 − p)] + λ/2 Σ β_j²,    p = 1 / (1 + exp(−β0 − z'β)),

over features z standardised with the 1/n variance; the intercept is not penalised (Hoerl and Kennard 1970,
doi 10.1080/00401706.1970.10488634; le Cessie and van Houwelingen 1992, doi 10.2307/2347628). λ sequence and
standardisation are those of R glmnet 4.1 (`glmnet(x, y, family = "binomial", alpha = 0)`), with its first fit, which R
makes at λ = 9.9e35 whatever λ it prints. One thing differs: R ends where a step explains under 1e-5 more of the
deviance, and of features that say little this is at the fifth λ, where no coefficient has yet grown; here the whole
sequence is followed.

The solution lies in the span of the cases, so the problem is solved in as many rotated features as there are cases at
most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.path import PenalisedPath, check, glmnet_lambdas, mean_loss, standardise

# By what mixing R finds the largest λ of a ridge: with none it would be infinite.
_LEAST_MIXING = 1e-3
_KKT_TOLERANCE = 1e-13
_MOST_STEPS = 100
# The squared Newton decrement, twice the fall of the loss that a step promises; above, the step may be too long.
_LARGE_DECREMENT = 1e-3
# Directions in which the cases differ by less than this of the largest are rounding.
_NO_DIRECTION = 1e-12


def ridge_path(features: Floats, outcome: NDArray[np.bool_], lambdas: Floats | None = None) -> PenalisedPath:
    """Fit the path.

    Parameters
    ----------
    features
        (n, p), finite; a constant column gets coefficient 0, copies share theirs.
    outcome
        (n,), True for the modelled class.
    lambdas
        Descending, above 0; None takes glmnet's own sequence, whose first fit has the intercept alone.

    Returns
    -------
    PenalisedPath

    Raises
    ------
    DataRefusedError
        not-finite; too-few-cases (fewer than two in a class, as glmnet); no-feature (all constant); no-convergence.

    Examples
    --------
    Copies of a feature share its coefficient:

    >>> rng = np.random.default_rng(0)
    >>> one = rng.normal(size=(60, 1))
    >>> path = ridge_path(np.hstack([one, one]), one[:, 0] + rng.normal(size=60) > 0, np.array([0.1]))
    >>> first, second = path.coefficients[0]
    >>> bool(np.isclose(first, second) and first > 0)
    True
    """
    varies = check(features, outcome)
    p = features.shape[1]
    mean, sd, z = standardise(features[:, varies])
    y = outcome.astype(float)
    begins_with_none = lambdas is None
    if lambdas is None:
        lambdas = glmnet_lambdas(z, y, p, _LEAST_MIXING)
    left, size, rotation = np.linalg.svd(z, full_matrices=False)
    directions = size > _NO_DIRECTION * size[0]
    design = np.column_stack([np.ones(len(y)), left[:, directions] * size[directions]])
    points, kkt = _follow(design, y, lambdas, begins_with_none)
    losses = mean_loss(y, points @ design.T)
    standardised = points[:, 1:] @ rotation[directions]
    coefficients = np.zeros((len(lambdas), p))
    coefficients[:, varies] = standardised / sd
    share = y.mean()
    null = mean_loss(y, np.full(len(y), np.log(share / (1 - share))))
    return PenalisedPath(
        lambdas=lambdas.copy(),
        intercepts=points[:, 0] - coefficients[:, varies] @ mean,
        coefficients=coefficients,
        explained_deviance=1 - losses / null,
        kkt_residual=kkt,
    )


def _follow(design: Floats, y: Floats, lambdas: Floats, begins_with_none: bool) -> tuple[Floats, float]:
    """The optimum at each λ, each started from the two before; the largest residual of the optimality conditions."""
    points = np.zeros((len(lambdas), design.shape[1]))
    share = y.mean()
    start = np.zeros(design.shape[1])
    start[0] = np.log(share / (1 - share))
    worst = 0.0
    for place, penalty in enumerate(lambdas.tolist()):
        if place == 0 and begins_with_none:
            points[0] = start
            continue
        points[place], kkt = _solve(design, y, penalty, start)
        worst = max(worst, kkt)
        # λ is a geometric sequence, in whose logarithm the path is smooth.
        start = 2 * points[place] - points[place - 1] if place > 1 else points[place]
    return points, worst


def _solve(design: Floats, y: Floats, penalty: float, beta: Floats) -> tuple[Floats, float]:
    from scipy.special import expit

    n = len(y)
    held = np.full(design.shape[1], penalty)
    held[0] = 0.0
    diagonal = np.diag_indices(len(held))
    for _ in range(_MOST_STEPS):
        fitted = expit(design @ beta)
        gradient = (y - fitted) @ design / n - held * beta
        kkt = float(np.abs(gradient).max())
        if kkt <= _KKT_TOLERANCE:
            return beta, kkt
        hessian = design.T @ (design * (fitted * (1 - fitted) / n)[:, None])
        hessian[diagonal] += held
        step = np.linalg.solve(hessian, gradient)
        if float(gradient @ step) > _LARGE_DECREMENT:
            step = _shortened(design, y, held, beta, step)
        beta = beta + step
    raise DataRefusedError(
        f"The ridge did not converge at λ = {penalty:.3g}; leave out features of extreme values.", "no-convergence"
    )


def _shortened(design: Floats, y: Floats, held: Floats, beta: Floats, step: Floats) -> Floats:
    """The step, halved until it lowers the penalised loss."""
    before, length = _objective(design, y, held, beta), 1.0
    while _objective(design, y, held, beta + length * step) > before and length > 1e-8:
        length /= 2
    return length * step


def _objective(design: Floats, y: Floats, held: Floats, beta: Floats) -> float:
    return float(mean_loss(y, design @ beta) + (held * beta**2).sum() / 2)
