"""The texture matrices, counted as arrays: the same whole numbers as pyradiomics' compiled functions.

All work on the grey levels of one contour's box with a border of zeros, as one long row: the neighbour of every voxel
in a direction is then the same row, shifted. Matrices have a row for each grey level that occurs.

Definitions: pyradiomics 3.1 (`cmatrices.c`); IBSI reference manual, section 3.6 to 3.11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.imaging.connectivity import connected

Offsets = tuple[tuple[int, int, int], ...]


def half_offsets(shape: tuple[int, ...], distances: Sequence[int] = (1,), flat_axis: int | None = None) -> Offsets:
    """One of each pair of opposite directions (k, j, i) to the voxels at the given distances, in pyradiomics' order.

    Parameters
    ----------
    shape
        Of the contour's box: a direction that leaves it from everywhere is not among them.
    distances
        In voxels, the largest of the three steps.
    flat_axis
        The axis along which no direction goes (pyradiomics `force2Ddimension`); None for all three.

    Returns
    -------
    Offsets
    """
    reach = max(distances)
    steps = [range(min(reach, size - 1), -min(reach, size - 1) - 1, -1) for size in shape]
    if flat_axis is not None:
        steps[flat_axis] = range(1)
    every = [(k, j, i) for k in steps[0] for j in steps[1] for i in steps[2]]
    chosen = [offset for offset in every if max(map(abs, offset)) in distances]
    # They come in opposite pairs, the last with the first.
    return tuple(chosen[: len(chosen) // 2])


@dataclass(frozen=True)
class Neighbours:
    """The grey levels of a contour with room around them for every neighbour.

    Attributes
    ----------
    ranks
        [k, j, i], from 1 for the lowest grey level that occurs, 0 outside the contour.
    distances
        In voxels, for the matrices that look further than the next voxel.
    flat_axis
        As in `half_offsets`.
    """

    ranks: NDArray[np.int32]
    distances: tuple[int, ...] = (1,)
    flat_axis: int | None = None

    @cached_property
    def _padded(self) -> NDArray[np.int32]:
        return np.pad(self.ranks, max(self.distances))

    @cached_property
    def _row(self) -> NDArray[np.int32]:
        return self._padded.ravel()

    @cached_property
    def _inside(self) -> NDArray[np.intp]:
        return np.flatnonzero(self._row)

    @cached_property
    def _rank(self) -> NDArray[np.int32]:
        return self._row[self._inside]

    @cached_property
    def levels(self) -> int:
        """How many grey levels occur."""
        return int(self._rank.max())

    @cached_property
    def offsets(self) -> Offsets:
        """The directions at the distances."""
        return half_offsets(self.ranks.shape, self.distances, self.flat_axis)

    @cached_property
    def nearest(self) -> Offsets:
        """The directions to the next voxels, whatever the distances: runs and zones have no other."""
        return half_offsets(self.ranks.shape, (1,), self.flat_axis)

    def _shifts(self, offsets: Offsets) -> list[int]:
        """How far along the row each direction leads; the first step that is not 0 goes up, so none leads back."""
        _, nj, ni = self._padded.shape
        return [(k * nj + j) * ni + i for k, j, i in offsets]

    @cached_property
    def _neighbour(self) -> NDArray[np.int32]:
        """[direction, voxel]: the rank of the next voxel in each direction, 0 where it is outside."""
        return _neighbours(self._row, self._inside, self._shifts(self.offsets))

    @cached_property
    def _next(self) -> NDArray[np.int32]:
        """The same for the directions to the next voxels."""
        if self.offsets == self.nearest:
            return self._neighbour
        return _neighbours(self._row, self._inside, self._shifts(self.nearest))

    @cached_property
    def _links(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Direction and voxel wherever the next voxel has the same grey level."""
        # Found along one axis: numpy's search of two takes six times as long.
        linked = np.flatnonzero((self._next == self._rank).ravel())
        direction = linked // len(self._inside)
        return direction, linked - direction * len(self._inside)

    def cooccurrence(self) -> NDArray[np.float64]:
        """GLCM: [level, level of the neighbour, direction], pairs in one direction only."""
        directions, width = len(self.offsets), self.levels + 1
        if directions == 0:
            return np.zeros((self.levels, self.levels, 0))
        pair = self._neighbour + self._rank * np.int32(width)
        counts = [np.bincount(row, minlength=width * width) for row in pair]
        matrix = np.stack(counts, axis=-1).reshape(width, width, directions)[1:, 1:]
        return np.ascontiguousarray(matrix, dtype=np.float64)

    def runs(self) -> NDArray[np.float64]:
        """GLRLM: [level, run length from 1, direction], empty lengths at the end left out.

        A row of the box, cut every n voxels and read down the columns, goes on in the direction that leads n voxels
        further: its runs are then what lies between two changes.
        """
        directions, size = len(self.nearest), self.levels
        if directions == 0:
            return np.zeros((size, 1, 0))
        row = self._row.astype(np.uint8 if size < 256 else np.uint16)
        longest = max(self.ranks.shape)
        counts = np.stack([_runs(row, shift, size, longest) for shift in self._shifts(self.nearest)], axis=-1)
        occurring = np.flatnonzero(counts.any(axis=(0, 2)))
        runs = counts[:, : int(occurring[-1]) + 1].astype(np.float64)
        runs[:, :, self._alone()] = 0
        return runs

    def _alone(self) -> list[int]:
        """The directions along which no line holds two voxels of the contour: their runs are not counted."""
        lone = []
        for number, offset in enumerate(self.nearest):
            if not self._next[number].any() and not self._lines_share(offset):
                lone.append(number)
        return lone

    def _lines_share(self, offset: tuple[int, int, int]) -> bool:
        places = np.stack(np.nonzero(self.ranks))
        axis = next(axis for axis in range(3) if offset[axis])
        lines = places - places[axis] * offset[axis] * np.array(offset)[:, None]
        return len(np.unique(lines, axis=1).T) < lines.shape[1]

    def links(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Both ends of every pair of neighbours of one grey level: voxels inside, numbered in the array's order."""
        direction, voxel = self._links
        shifts = np.array(self._shifts(self.nearest), dtype=np.intp)
        place = np.empty(len(self._row), dtype=np.intp)
        place[self._inside] = np.arange(len(self._inside))
        return voxel, place[self._inside[voxel] + shifts[direction]]

    def zones(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rank and size of every connected zone of one grey level; voxels touch at faces, edges and corners."""
        zone = connected(len(self._inside), *self.links())
        size = np.bincount(zone, minlength=len(zone))
        first = np.flatnonzero(size)
        return self._rank[first].astype(np.intp), size[first]

    def dependences(self) -> NDArray[np.float64]:
        """GLDM: [level, neighbours that depend on it, from 0]; a neighbour of the same grey level does."""
        dependent = np.zeros(len(self._row), dtype=np.intp)
        for shift, row in zip(self._shifts(self.offsets), self._neighbour, strict=True):
            alike = self._inside[row == self._rank]
            dependent[alike] += 1
            dependent[alike + shift] += 1
        width = 2 * len(self.offsets) + 1
        key = (self._rank - 1) * np.intp(width) + dependent[self._inside]
        return np.bincount(key, minlength=self.levels * width).reshape(self.levels, width).astype(np.float64)

    def tone_differences(self, present: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """NGTDM: for each level, how many voxels, and the sum of their differences from their neighbours' mean.

        present  the grey level of each rank
        """
        level = np.concatenate(([0], present))
        grey = level[self._row]
        sums, counts = np.zeros(len(grey), dtype=np.intp), np.zeros(len(grey), dtype=np.intp)
        inside = (self._row > 0).astype(np.intp)
        for shift in self._shifts(self.offsets):
            sums[:-shift] += grey[shift:]
            sums[shift:] += grey[:-shift]
            counts[:-shift] += inside[shift:]
            counts[shift:] += inside[:-shift]
        total, number = sums[self._inside], counts[self._inside]
        mean = np.divide(total, number, out=np.zeros(len(total)), where=number > 0)
        apart = np.where(number > 0, np.abs(grey[self._inside] - mean), 0.0)
        cell = self._rank - 1
        # Added voxel after voxel, as the C loop does.
        return (
            np.bincount(cell, minlength=self.levels).astype(np.float64),
            np.bincount(cell, weights=apart, minlength=self.levels).astype(np.float64),
        )


def _neighbours(row: NDArray[np.int32], inside: NDArray[np.intp], shifts: list[int]) -> NDArray[np.int32]:
    levels = np.empty((len(shifts), len(inside)), dtype=np.int32)
    for number, shift in enumerate(shifts):
        np.take(row, inside + shift, out=levels[number])
    return levels


def _runs(row: NDArray[Any], shift: int, levels: int, longest: int) -> NDArray[np.intp]:
    """[level, run length from 1], of the runs in one direction; 0 in `row` is no level."""
    lines = -(-(len(row) + 1) // shift)
    cut = np.zeros(lines * shift, dtype=row.dtype)
    cut[: len(row)] = row
    line = np.ascontiguousarray(cut.reshape(lines, shift).T).ravel()
    edges = np.flatnonzero(line[1:] != line[:-1])
    level = line[edges[:-1] + 1].astype(np.intp)
    # What lies outside may be longer than any run.
    length = np.minimum(np.diff(edges), longest)
    counts = np.bincount(level * (longest + 1) + length, minlength=(levels + 1) * (longest + 1))
    return counts.reshape(levels + 1, longest + 1)[1:, 1:]
