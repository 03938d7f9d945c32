"""A contour's smooth boundary, which voxels lie near it, and how far away: some thousand at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# So many voxels are measured at once: some ten milliseconds.
_CHUNK = 10_000
_BLUR_PIXELS = 1.0
# Slices are interpolated to about this distance before the boundary is located.
_FINE_STEP_MM = 0.7


def boundary_points(inside: NDArray[np.bool_], steps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of the smooth boundary of a mask, [point, axis] in mm from the centre of its first voxel.

    They are where the half-way level crosses the lines of a grid whose slices are at most `_FINE_STEP_MM` apart. Where
    nothing reaches half-way after the blur (a single voxel, a line), the mask is taken unblurred.

    Parameters
    ----------
    inside
        [k, j, i], the voxels inside.
    steps_mm
        (z, y, x), size of a voxel, mm.

    Returns
    -------
    NDArray[np.float64]
    """
    from scipy.ndimage import gaussian_filter

    padded = np.pad(inside, 1).astype(np.float64)
    smooth = gaussian_filter(padded, (0, _BLUR_PIXELS, _BLUR_PIXELS), mode="constant")
    levels = smooth if bool((smooth > 0.5)[padded > 0].any()) else padded
    finer = max(1, math.ceil(steps_mm[0] / _FINE_STEP_MM))
    levels = _interpolated_slices(levels, finer) - 0.5
    fine_steps = steps_mm / (finer, 1, 1)
    points = []
    for axis in range(3):
        lower = np.take(levels, range(levels.shape[axis] - 1), axis=axis)
        upper = np.take(levels, range(1, levels.shape[axis]), axis=axis)
        crossed = np.nonzero((lower < 0) != (upper < 0))
        where = np.stack(crossed, axis=1).astype(np.float64)
        where[:, axis] += lower[crossed] / (lower[crossed] - upper[crossed])
        points.append(where * fine_steps - steps_mm)
    return np.concatenate(points)


def near_boundary(
    points_mm: NDArray[np.float64], shape: tuple[int, ...], steps_mm: NDArray[np.float64], reach_mm: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]]:
    """The voxels of a box that lie nearer than `reach_mm` to a boundary, some thousand at a time, in their order.

    Parameters
    ----------
    points_mm
        (n, 3), of the boundary, k, j, i from the centre of the box's first voxel, mm.
    shape
        Of the box.
    steps_mm
        (z, y, x), size of a voxel, mm.
    reach_mm
        How far from the boundary.

    Yields
    ------
    tuple
        Places in the raveled box, how far each is from the nearest point, mm, and which that is.
    """
    from scipy.ndimage import maximum_filter1d
    from scipy.spatial import cKDTree

    tree = cKDTree(points_mm, balanced_tree=False)
    # Only a voxel within reach of a point along every axis can be within reach of it: a tree is slow to say that
    # nothing is near.
    near = np.zeros(shape, dtype=np.uint8)
    voxel = np.clip(np.rint(points_mm / steps_mm).astype(np.intp), 0, np.array(shape) - 1)
    near[tuple(voxel.T)] = 1
    for axis, step in enumerate(steps_mm):
        # Half a voxel to the point's own voxel, and as much for points beyond the box.
        near = maximum_filter1d(near, 2 * math.ceil(reach_mm / step + 1) + 1, axis=axis, mode="constant")
    candidates = np.flatnonzero(near)
    for first in range(0, len(candidates), _CHUNK):
        voxels = candidates[first : first + _CHUNK]
        centres = np.stack(np.unravel_index(voxels, shape), axis=1) * steps_mm
        apart, nearest = tree.query(centres, distance_upper_bound=reach_mm)
        reached = np.isfinite(apart)
        yield voxels[reached], apart[reached], nearest[reached]


def _interpolated_slices(levels: NDArray[np.float64], finer: int) -> NDArray[np.float64]:
    """`finer` slices for each, linearly between neighbours."""
    position = np.arange((levels.shape[0] - 1) * finer + 1) / finer
    below = np.minimum(position.astype(int), levels.shape[0] - 2)
    share = (position - below)[:, None, None]
    between: NDArray[np.float64] = (1 - share) * levels[below] + share * levels[below + 1]
    return between
