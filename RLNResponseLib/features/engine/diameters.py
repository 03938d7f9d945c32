"""The largest distances between a mesh's vertices, to the last bit those of pyradiomics, without comparing all pairs.

Along a line of the grid, the rounded distance to any fixed point is largest at one of the line's two ends: subtraction,
square and sum are each monotone under rounding. So only the ends of every line can count, first along one axis, then,
of what is left, along the next. That holds for the floats themselves, not only for the distances they stand for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# (slice, column, row, 3D) in mm, the order of pyradiomics' cShape.
Diameters = tuple[float, float, float, float]

# How many pairs are compared at once: 8 MB an array.
_PAIRS = 1_000_000
# Rounding of a distance is below 1e-15 of it; a point this far from reaching the best pair cannot.
_SLACK = 1e-9


def mesh_diameters(vertices: NDArray[np.intp], spacing: NDArray[np.float64]) -> Diameters:
    """The largest distance within a slice (equal k), a column (equal j), a row (equal i), and anywhere.

    vertices  [axis, vertex] in half voxels, axes (k, j, i)
    spacing   (k, j, i) in mm
    """
    within = [_largest_within_planes(vertices, spacing, axis) for axis in range(3)]
    return within[0], within[1], within[2], _largest(vertices, spacing)


def _largest_within_planes(vertices: NDArray[np.intp], spacing: NDArray[np.float64], axis: int) -> float:
    """The largest distance between two vertices with the same index on `axis`."""
    kept = vertices
    for along in range(3):
        if along != axis:
            kept = _ends_of_lines(kept, along)
    kept = kept[:, np.argsort(kept[axis], kind="stable")]
    _, count = np.unique(kept[axis], return_counts=True)
    widest = int(count.max())
    # A row for each plane; the shorter ones repeat their last vertex, which adds no distance.
    column = np.minimum(np.arange(widest)[None, :], count[:, None] - 1) + (np.cumsum(count) - count)[:, None]
    points = kept[:, column] * 0.5 * spacing[:, None, None]
    best = 0.0
    step = max(1, _PAIRS // widest**2)
    for start in range(0, len(count), step):
        rows = points[:, start : start + step]
        best = max(best, float(_squared(rows[:, :, :, None], rows[:, :, None, :]).max()))
    return float(np.sqrt(best))


def _largest(vertices: NDArray[np.intp], spacing: NDArray[np.float64]) -> float:
    kept = vertices
    for along in (2, 1, 0):
        kept = _ends_of_lines(kept, along)
    points = kept * 0.5 * spacing[:, None]
    centre = (points.min(axis=1) + points.max(axis=1)) / 2
    radius = np.sqrt(((points - centre[:, None]) ** 2).sum(axis=0))
    # A pair that is about the longest: the point furthest out, then the furthest from it, twice.
    start, lower = int(radius.argmax()), 0.0
    for _ in range(3):
        squared = _squared(points, points[:, start : start + 1])
        start = int(squared.argmax())
        lower = max(lower, float(squared[start]))
    reach = radius + radius.max()
    points = points[:, reach * reach >= lower * (1 - _SLACK)]
    best = lower
    step = max(1, _PAIRS // points.shape[1])
    for first in range(0, points.shape[1], step):
        chunk = points[:, first : first + step]
        best = max(best, float(_squared(chunk[:, :, None], points[:, None, :]).max()))
    return float(np.sqrt(best))


def _ends_of_lines(vertices: NDArray[np.intp], along: int) -> NDArray[np.intp]:
    """The first and the last vertex of every grid line that runs along one axis."""
    one, other = (axis for axis in range(3) if axis != along)
    extent = vertices.max(axis=1) + 1
    line = vertices[one] * extent[other] + vertices[other]
    low = np.full(int(extent[one] * extent[other]), extent[along])
    high = np.full_like(low, -1)
    np.minimum.at(low, line, vertices[along])
    np.maximum.at(high, line, vertices[along])
    return vertices[:, (vertices[along] == low[line]) | (vertices[along] == high[line])]


def _squared(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances, added in the order of pyradiomics' cshape.c; the axes come first."""
    squared: NDArray[np.float64] = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
    return squared
