"""200 pairs of masks that the surface-distance figures and the tests both take, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

PAIRS = 200
SEED = 2021

Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]


def mask_pairs() -> Iterator[tuple[Mask, Mask, Spacing]]:
    """Two readings of an ellipsoid, smooth or ragged, sometimes of voxels that touch at corners alone; spacing
    (k, j, i)."""
    for number in range(PAIRS):
        rng = np.random.default_rng([SEED, number])
        if number % 4 == 0:
            spacing = (1.0, 1.0, 1.0)
        else:
            spacing = (round(rng.uniform(0.6, 5), 2), *[round(rng.uniform(0.5, 1.2), 2)] * 2)
        shape = (12, 18, 16)
        centre, radii = np.array([6, 9, 8]) * spacing, rng.uniform(2.5, 6, 3) * np.array(spacing) ** 0.7
        first = ellipsoid(shape, spacing, centre, radii)
        second = ellipsoid(shape, spacing, centre + rng.normal(0, 1, 3), radii * rng.uniform(0.8, 1.25, 3))
        if number % 3 == 0:
            first, second = (mask ^ (rng.random(shape) < 0.03) for mask in (first, second))
        for mask in (first, second):
            mask[[0, -1]] = mask[:, [0, -1]] = mask[:, :, [0, -1]] = False
            mask[6, 9, 8] = True
        yield first, second, spacing


def ellipsoid(
    shape: tuple[int, int, int], spacing: Spacing, centre: NDArray[np.float64], radii: NDArray[np.float64]
) -> Mask:
    """Voxels whose centre lies inside; all lengths in mm."""
    grid = np.indices(shape).transpose(1, 2, 3, 0) * np.array(spacing)
    return (((grid - centre) / radii) ** 2).sum(axis=-1) <= 1
