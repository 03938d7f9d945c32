"""glmnet's LASSO logistic path, solved to machine precision by an active-set Newton method.

For each λ the path minimises

    −(1/n) Σ [y log p + (1 − y) log(1 − p)] + λ Σ |β_j|,    p = 1 / (1 + exp(−β0 − z'β)),

over features z standardised with the 1/n variance; the intercept is not penalised. λ sequence, standardisation and
stopping are those of R glmnet 4.1 (`glmnet(x, y, family = "binomial")`; Friedman, Hastie and Tibshirani 2010,
doi 10.18637/jss.v033.i01). Coordinate descent stops at a threshold, R's default 0.02 off the solution on 102 × 106;
here the KKT residual of every solution is computed and returned.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.path import PenalisedPath, check, glmnet_lambdas, mean_loss, standardise

# glmnet.control(): fdev, devmax, mnlam
_SMALLEST_GAIN = 1e-5
_LARGEST_EXPLAINED = 0.999
_FEWEST_LAMBDAS = 5

_KKT_TOLERANCE = 1e-13
_STEP_TOLERANCE = 1e-5  # Newton converges quadratically: the next step would be about its square
# The squared Newton decrement is twice the fall of the loss that a step promises.
_LARGE_DECREMENT = 1e-3  # above, the step may be too long and is tried
_ENDING_DECREMENT = 1e-24  # below, the loss cannot show a fall
_MOST_STEPS = 2000
_ROUNDING = 1e-10  # of a standardised value
_NEAR = 1e-6  # columns that lie nearer may keep the path from converging


def lasso_path(features: Floats, outcome: NDArray[np.bool_], lambdas: Floats | None = None) -> PenalisedPath:
    """Fit the path.

    Parameters
    ----------
    features
        (n, p), finite; a constant column gets coefficient 0, and so does a copy of an earlier one, up to unit and
        origin.
    outcome
        (n,), True for the modelled class.
    lambdas
        Descending; None takes glmnet's own sequence and its early end.

    Returns
    -------
    PenalisedPath

    Raises
    ------
    DataRefusedError
        not-finite; too-few-cases (fewer than two in a class, as glmnet); no-feature (all constant); no-convergence.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=(60, 5))
    >>> path = lasso_path(features, features[:, 2] + rng.normal(size=60) > 0, np.array([0.1]))
    >>> np.flatnonzero(path.coefficients[0]).tolist()
    [2]
    """
    varies = check(features, outcome)
    n, p = features.shape
    mean, sd, z = standardise(features[:, varies])
    first = _without_copies(z)
    varies, mean, sd = varies[first], mean[first], sd[first]
    design = np.column_stack([np.ones(n), z[:, first]])
    y = outcome.astype(float)
    ends_early = lambdas is None
    if lambdas is None:
        lambdas = glmnet_lambdas(design[:, 1:], y, p)
    points, explained, kkt = _follow(design, y, lambdas, ends_early)
    standardised = np.zeros((len(points), 1 + len(varies)))
    for row, point in zip(standardised, points, strict=True):
        row[point.active] = point.beta
    coefficients = np.zeros((len(points), p))
    coefficients[:, varies] = standardised[:, 1:] / sd
    intercepts = standardised[:, 0] - coefficients[:, varies] @ mean
    return PenalisedPath(
        lambdas=lambdas[: len(points)].copy(),
        intercepts=intercepts,
        coefficients=coefficients,
        explained_deviance=np.array(explained),
        kkt_residual=kkt,
    )


def _without_copies(z: Floats) -> NDArray[np.intp]:
    """The columns of `z` that are not, but for sign and rounding, an earlier one: with both there is no one solution.

    pyradiomics' SumAverage is twice its JointAverage, for example.
    """
    probe = np.abs(np.sin(np.arange(1.0, len(z) + 1)) @ z)  # equal for copies, and hardly ever for others
    order = np.argsort(probe, kind="stable")
    groups = [[order[0]]]
    for one, other in itertools.pairwise(order):
        near = probe[other] - probe[one] <= _ROUNDING * len(z) and _are_copies(z[:, one], z[:, other])
        if near:
            groups[-1].append(other)
        else:
            groups.append([other])
    return np.sort([min(group) for group in groups])


def _are_copies(one: Floats, other: Floats) -> bool:
    return bool(min(np.abs(one - other).max(), np.abs(one + other).max()) <= _ROUNDING)


def near_copies(features: Floats) -> list[tuple[int, int, float]]:
    """Pairs of columns that are equal up to unit and origin, but for more than rounding.

    Parameters
    ----------
    features
        (n, p), finite.

    Returns
    -------
    list of tuple
        The numbers of both columns, and how far they lie apart at most, in SDs; the nearest pair first.

    Examples
    --------
    >>> one, other = np.arange(10.0), np.arange(10.0) % 3
    >>> [(first, second) for first, second, _ in near_copies(np.column_stack([one, other, one + 1e-8 * other]))]
    [(0, 2)]
    """
    varies = np.flatnonzero(np.ptp(features, axis=0) > 0)
    z = standardise(features[:, varies])[2]
    found = []
    for one, other in np.argwhere(np.triu(np.abs(z.T @ z) / len(z) > 1 - _NEAR, k=1)).tolist():
        apart = float(min(np.abs(z[:, one] - z[:, other]).max(), np.abs(z[:, one] + z[:, other]).max()))
        if _ROUNDING < apart <= _NEAR:
            found.append((int(varies[one]), int(varies[other]), apart))
    return sorted(found, key=lambda pair: pair[2])


@dataclass(frozen=True)
class _Point:
    """Where the solver stands, on the standardised scale. Column 0 of the design is the intercept: sign 0, never
    leaves.

    Attributes
    ----------
    active
        Columns of the design with a coefficient.
    beta
        Their coefficients.
    sign
        The sign that each keeps while it is active.
    """

    active: NDArray[np.intp]
    beta: Floats
    sign: Floats

    def enter(self, columns: NDArray[np.intp], signs: Floats) -> _Point:
        return _Point(
            np.concatenate([self.active, columns]),
            np.concatenate([self.beta, np.zeros(len(columns))]),
            np.concatenate([self.sign, signs]),
        )

    def at(self, beta: Floats) -> _Point:
        return _Point(self.active, beta, self.sign)

    def without(self, leaving: NDArray[np.bool_]) -> _Point:
        stay = ~leaving
        return _Point(self.active[stay], self.beta[stay], self.sign[stay])


def _follow(design: Floats, y: Floats, lambdas: Floats, ends_early: bool) -> tuple[list[_Point], list[float], float]:
    """The optimum at each λ, each started from the one before; their explained deviance; the largest KKT residual."""
    share = y.mean()
    point = _Point(np.zeros(1, dtype=np.intp), np.log([share / (1 - share)]), np.zeros(1))
    null_loss = float(mean_loss(y, np.full(len(y), point.beta[0])))
    points: list[_Point] = []
    explained: list[float] = []
    worst = 0.0
    for position, penalty in enumerate(lambdas):
        if position > 1:
            share = (penalty - lambdas[position - 1]) / (lambdas[position - 1] - lambdas[position - 2])
            point = _extrapolated(points[-2], point, design.shape[1], share)
        point, kkt = _solve(design, y, float(penalty), point)
        worst = max(worst, kkt)
        points.append(point)
        explained.append(1 - float(mean_loss(y, design[:, point.active] @ point.beta)) / null_loss)
        if ends_early and len(points) >= _FEWEST_LAMBDAS:
            gain = explained[-1] - explained[-2]
            if explained[-1] > _LARGEST_EXPLAINED or gain < _SMALLEST_GAIN:
                break
    return points, explained, worst


def _extrapolated(before: _Point, point: _Point, width: int, share: float) -> _Point:
    """A better start for the next λ: between entering and leaving the path is smooth in λ."""
    earlier = np.zeros(width)
    earlier[before.active] = before.beta
    beta = point.beta + share * (point.beta - earlier[point.active])
    return point.at(beta) if (beta * point.sign >= 0).all() else point


def _solve(design: Floats, y: Floats, penalty: float, start: _Point) -> tuple[_Point, float]:
    """The optimum at one λ and its KKT residual.

    Newton on the smooth problem of the active columns with their signs held; a coefficient that would cross zero
    stops there and leaves; a column whose gradient exceeds λ enters. A column that left waits until the others have
    converged, and then only the worst one enters, so that the set cannot cycle.
    """
    from scipy.special import expit

    n = len(y)
    point, columns, converged = start, design[:, start.active], False
    waiting = np.zeros(design.shape[1], dtype=bool)
    for _ in range(_MOST_STEPS):
        fitted = expit(columns @ point.beta)
        residual = (y - fitted) / n
        gradient = residual @ design
        excess = np.abs(gradient) - penalty
        excess[point.active] = 0
        if converged:
            kkt = max(float(np.abs(gradient[point.active] - penalty * point.sign).max()), float(excess.max()), 0.0)
            if kkt <= _KKT_TOLERANCE:
                return point, kkt
            waiting = excess < excess.max()
        entering = np.flatnonzero((excess > _KKT_TOLERANCE) & ~waiting)
        if entering.size:
            point = point.enter(entering, np.sign(gradient[entering]))
            columns = design[:, point.active]
        pull = gradient[point.active] - penalty * point.sign
        step = _newton_step(columns, fitted * (1 - fitted) / n, pull)
        leaving, converged = (point.beta == 0) & (step * point.sign < 0), False  # entered, but would go the wrong way
        if not leaving.any():
            point, leaving, converged = _advance(columns, y, penalty, point, step, float(pull @ step))
        if leaving.any():
            waiting[point.active[leaving]] = True
            point = point.without(leaving)
            columns = design[:, point.active]
    raise DataRefusedError(
        f"The LASSO did not converge at λ = {penalty:.3g}; leave out features that are nearly copies of each other.",
        "no-convergence",
    )


def _newton_step(columns: Floats, weights: Floats, pull: Floats) -> Floats:
    hessian = columns.T @ (columns * weights[:, None])
    try:
        return np.asarray(np.linalg.solve(hessian, pull))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(hessian, pull, rcond=None)[0])


def _advance(
    columns: Floats, y: Floats, penalty: float, point: _Point, step: Floats, decrement: float
) -> tuple[_Point, NDArray[np.bool_], bool]:
    """Go along the Newton step, at most to the first zero crossing: the new point, who leaves, and whether it is the
    end.
    """
    beta = point.beta + step
    leaving, reach, length = point.sign * beta < 0, np.empty(0), 1.0
    if leaving.any():
        reach = -point.beta[leaving] / step[leaving]
        length = float(reach.min())
    if decrement > _LARGE_DECREMENT:
        length = _shortened(columns, y, penalty, point, step, decrement, length)
    leaving[leaving] = reach <= length
    ended = length == 1 and (decrement < _ENDING_DECREMENT or bool(np.abs(step).max() < _STEP_TOLERANCE))
    return point.at(point.beta + length * step), leaving, ended


def _shortened(
    columns: Floats, y: Floats, penalty: float, point: _Point, step: Floats, decrement: float, length: float
) -> float:
    """Halve the step until the penalised loss falls (Armijo)."""

    def objective(beta: Floats) -> float:
        return float(mean_loss(y, columns @ beta)) + penalty * float(point.sign @ beta)

    before = objective(point.beta)
    while objective(point.beta + length * step) > before - 1e-4 * length * decrement and length > 1e-10:
        length /= 2
    return length
