"""How far one lymph node lies from others, in SDs along the directions in which they vary (Mahalanobis 1936)."""

from __future__ import annotations

import math

import numpy as np

from RLNResponseLib.common.types import Bools, Floats, Ints

# Above this skewness a positive feature is measured on the scale of its logarithm, where that is less skewed. A normal
# feature of 30 lymph nodes has it in one of a hundred samples.
LARGE_SKEWNESS = 1.0


def needs_logarithm(values: Floats) -> Bools:
    """(p,), the features that are positive, skewed to the right, and less skewed as logarithms.

    Parameters
    ----------
    values
        (n, p), features.

    Returns
    -------
    Bools

    Examples
    --------
    >>> positions = np.linspace(-2, 2, 21)
    >>> needs_logarithm(np.column_stack([np.exp(positions), 3 + positions, positions])).tolist()
    [True, False, False]
    """
    positive = (values > 0).all(axis=0)
    logarithms = np.log(np.where(positive, values, 1.0))
    skewness, of_logarithms = _skewness(values), _skewness(logarithms)
    return np.asarray(positive & (skewness > LARGE_SKEWNESS) & (np.abs(of_logarithms) < skewness))


def _skewness(values: Floats) -> Floats:
    centred = values - values.mean(axis=0)
    sd = centred.std(axis=0)
    return np.asarray(((centred / np.where(sd > 0, sd, 1.0)) ** 3).mean(axis=0))


def left_out_distances(values: Floats, patients: Ints) -> list[float]:
    """Each lymph node's distance from the others' mean by the others' covariance, its patient left out.

    Parameters
    ----------
    values
        (n, p), features, none constant.
    patients
        (n,), whole numbers from 0.

    Returns
    -------
    list of float
        n, ascending; infinite where the others do not vary in every direction.

    Examples
    --------
    Without 4 the others have mean 2 and SD 1:

    >>> round(left_out_distances(np.array([[1.0], [2.0], [3.0], [4.0]]), np.arange(4))[-1], 6)
    2.0
    """
    # In SDs, so that sums can be taken off again: features differ by a factor of 1e8.
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    total, products = scaled.sum(axis=0), scaled.T @ scaled
    order = np.argsort(patients, kind="stable")
    starts = np.flatnonzero(np.diff(patients[order], prepend=patients[order][0] - 1))
    distances: list[float] = []
    for own in np.split(scaled[order], starts[1:]):
        others = len(scaled) - len(own)
        mean = (total - own.sum(axis=0)) / max(others, 1)
        covariance = (products - own.T @ own - others * np.outer(mean, mean)) / max(others - 1, 1)
        if others > values.shape[1] and is_usable(covariance):
            distances += [distance(row - mean, covariance) for row in own]
        else:
            distances += [math.inf] * len(own)
    return sorted(distances)


def is_usable(covariance: Floats) -> bool:
    """Whether a covariance matrix is symmetric and can be inverted, judged on the scale of correlations.

    Parameters
    ----------
    covariance
        (p, p), covariance of the features.

    Returns
    -------
    bool
    """
    variance = np.diag(covariance)
    if not np.isfinite(covariance).all() or (variance <= 0).any() or not np.allclose(covariance, covariance.T):
        return False
    scale = np.sqrt(np.outer(variance, variance))
    return bool(np.linalg.eigvalsh(covariance / scale).min() > 1e-10)


def distance(difference: Floats, covariance: Floats) -> float:
    """Mahalanobis distance; solved in SDs, since features differ by a factor of 1e8.

    Parameters
    ----------
    difference
        (p,), from the mean.
    covariance
        (p, p).

    Returns
    -------
    float

    Examples
    --------
    >>> distance(np.array([3.0, 4.0]), np.eye(2))
    5.0
    """
    sd = np.sqrt(np.diag(covariance))
    scaled = difference / sd
    squared = float(scaled @ np.linalg.solve(covariance / np.outer(sd, sd), scaled))
    return math.sqrt(max(squared, 0.0))
