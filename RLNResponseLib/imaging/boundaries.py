"""Voxels of a slice as outlines along the voxels' edges, which `outlines.fill_polygons` reads back voxel by voxel.

A hole has no outline of its own: a channel without width runs to it from the outline around it and back (a keyhole), so
that software which joins outlines, and software which takes turns between inside and outside, fill the same voxels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# A step along the edge of a voxel, (row, column) of corners: right, down, left, up. The voxel lies on its right hand.
_STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])


def voxel_outlines(inside: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """The outlines of a slice's voxels, corners only where they turn.

    Voxels that meet at a corner alone are outlined apart, and no outline lies inside another one's area.

    Parameters
    ----------
    inside
        The slice, [j, i].

    Returns
    -------
    list of NDArray[np.float64]
        Each (n, 2): the corners (i, j) in voxels, closed by itself; centres are at whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> [outline.tolist() for outline in voxel_outlines(np.array([[False, True]]))]
    [[[0.5, -0.5], [1.5, -0.5], [1.5, 0.5], [0.5, 0.5]]]
    """
    padded = np.pad(np.asarray(inside, dtype=bool), 1)
    edges = _Edges(padded)
    edges.open_holes()
    return [_turns(corners[:, ::-1].astype(np.float64) - 1.5) for corners in edges.outlines()]


class _Edges:
    """The edges of a slice's voxels towards what is outside, each followed by the next one around the same voxels.

    Attributes
    ----------
    corners
        Where each edge begins, (row, column) of the grid of corners of the padded slice.
    following
        The edge after each.
    holes
        An edge of each hole: the one that begins at its upper corner furthest left.
    """

    def __init__(self, padded: NDArray[np.bool_]) -> None:
        rows, columns = padded.shape
        # By direction: whether an edge begins at a corner. Corner (r, c) is the upper left one of voxel (r, c).
        begins = np.zeros((4, rows + 1, columns + 1), dtype=bool)
        begins[0, 1:rows, :columns] = padded[1:] & ~padded[:-1]
        begins[1, :rows, 1:columns] = padded[:, :-1] & ~padded[:, 1:]
        begins[2, 1:rows, 1 : columns + 1] = padded[:-1] & ~padded[1:]
        begins[3, 1 : rows + 1, 1:columns] = padded[:, 1:] & ~padded[:, :-1]
        number = np.full(begins.shape, -1, dtype=np.intp)
        direction, row, column = np.nonzero(begins)
        number[direction, row, column] = np.arange(direction.size)
        self.corners: list[tuple[int, int]] = list(zip(row.tolist(), column.tolist(), strict=True))
        row, column = row + _STEPS[direction, 0], column + _STEPS[direction, 1]
        # Right first: where two voxels meet at a corner, the outline stays with its own.
        right, straight, left = (number[(direction + turn) % 4, row, column] for turn in (1, 0, -1))
        following = np.where(right >= 0, right, np.where(straight >= 0, straight, left))
        self.following: list[int] = following.tolist()
        self._before: list[int] = np.argsort(following).tolist()
        self._at = {corner: edge for edge, corner in enumerate(self.corners)}
        self._starts: list[int] = []
        self._find_outlines(padded)

    def _find_outlines(self, padded: NDArray[np.bool_]) -> None:
        seen = bytearray(len(self.corners))
        self.holes: list[int] = []
        for edge in range(len(self.corners)):
            if seen[edge]:
                continue
            around = list(self._around(edge))
            for each in around:
                seen[each] = 1
            first = min(around, key=lambda each: self.corners[each][::-1])
            (self._starts if padded[self.corners[first]] else self.holes).append(first)

    def _around(self, edge: int) -> Iterator[int]:
        each = edge
        while True:
            yield each
            each = self.following[each]
            if each == edge:
                return

    def open_holes(self) -> None:
        """Join every hole to the outline left of its furthest corner; between the two lie voxels of the same part."""
        for edge in self.holes:
            row, column = self.corners[edge]
            while (row, column := column - 1) not in self._at:
                pass
            self._join(self._at[row, column], edge)

    def _join(self, outer: int, hole: int) -> None:
        there, back = len(self.corners), len(self.corners) + 1
        self.corners += [self.corners[outer], self.corners[hole]]
        before_outer, before_hole = self._before[outer], self._before[hole]
        self.following += [hole, outer]
        self._before += [before_outer, before_hole]
        self.following[before_outer], self.following[before_hole] = there, back
        self._before[outer], self._before[hole] = back, there

    def outlines(self) -> Iterator[NDArray[np.intp]]:
        """Each outline's corners, (row, column)."""
        for start in self._starts:
            yield np.array([self.corners[edge] for edge in self._around(start)])


def _turns(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    arriving, leaving = np.sign(corners - np.roll(corners, 1, axis=0)), np.sign(np.roll(corners, -1, axis=0) - corners)
    return corners[(arriving != leaving).any(axis=1)]
