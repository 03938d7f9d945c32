"""Polygons on a slice to voxels."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# Coordinates come from millimetres written with a few decimals. Rounded to a millionth of a voxel, a corner meant to lie
# on a voxel's centre does lie on it, and the same contour gives the same voxels on every machine.
_DECIMALS = 6


def fill_polygons(polygons: Iterable[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The voxels of a slice whose centres lie inside an odd number of polygons.

    polygons  each (n, 2): the corners (i, j) in voxels, closed by itself; centres are at whole numbers
    shape     (rows, columns) of the slice, [j, i]

    Even-odd over all polygons together: an inner contour is a hole, an island in it is filled, and the channel of a
    keyhole contour, passed there and back, encloses nothing. A centre on a left or upper edge is inside, on a right or
    lower edge outside, so that contours that share an edge share no voxel and leave none out.
    """
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), dtype=np.uint8)
    for polygon in polygons:
        corners = np.round(polygon, _DECIMALS)
        row, crossing = _crossings(corners)
        inside = (row >= 0) & (row < rows)
        # The first centre at or right of the crossing, and all those right of it, change sides.
        column = np.clip(np.ceil(crossing[inside]), 0, columns).astype(np.intp)
        np.add.at(crossings, (row[inside], column), 1)
    return np.asarray(np.cumsum(crossings, axis=1, dtype=np.uint8)[:, :columns] % 2 == 1)


def _crossings(corners: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where a polygon's edges cross the rows of voxel centres: the row j and the coordinate i of every crossing."""
    ends = np.roll(corners, -1, axis=0)
    # Every edge from its upper to its lower end: passed in either direction it gives the same crossings to the last bit.
    upward = corners[:, 1] > ends[:, 1]
    start = np.where(upward[:, None], ends, corners)
    stop = np.where(upward[:, None], corners, ends)
    first = np.ceil(start[:, 1]).astype(np.intp)
    counts = np.ceil(stop[:, 1]).astype(np.intp) - first
    edge = np.repeat(np.arange(len(corners)), counts)
    row = first[edge] + np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (row - start[edge, 1]) / (stop[edge, 1] - start[edge, 1])
    return row, start[edge, 0] + part * (stop[edge, 0] - start[edge, 0])
