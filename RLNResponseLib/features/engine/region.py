"""What every feature of one contour is computed from: its voxels, binned once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What pyradiomics adds so that no logarithm or quotient is of zero.
EPSILON = np.spacing(1)


@dataclass(frozen=True)
class Binning:
    """How intensities become grey levels (pyradiomics `binWidth`, `binCount`).

    width  of a grey level; edges lie at multiples of it
    count  a fixed number of grey levels instead, between the smallest and the largest value
    """

    width: float = 25.0
    count: int | None = None


@dataclass(frozen=True)
class Region:
    """The part of an image that a contour's box holds.

    image    intensities [k, j, i]
    mask     bool [k, j, i], at least one voxel set
    spacing  (x, y, z) in mm
    """

    image: NDArray[Any]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    binning: Binning = Binning()
    distances: tuple[int, ...] = (1,)

    @cached_property
    def intensities(self) -> NDArray[Any]:
        """The intensities inside, in the order of the array."""
        return self.image[self.mask]

    @cached_property
    def levels(self) -> NDArray[np.intp]:
        """The grey level of each voxel inside, from 1."""
        return grey_levels(self.intensities, self.binning)

    @cached_property
    def level_counts(self) -> NDArray[np.intp]:
        """How many voxels have each grey level, from level 0 (which none has) to the highest."""
        return np.bincount(self.levels)

    @cached_property
    def present(self) -> NDArray[np.intp]:
        """The grey levels that occur, ascending."""
        return np.flatnonzero(self.level_counts)

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """[k, j, i]: the place of each voxel's grey level among those that occur, from 1; 0 outside the contour."""
        place = np.zeros(len(self.level_counts), dtype=np.int32)
        place[self.present] = np.arange(1, len(self.present) + 1)
        ranks = np.zeros(self.mask.shape, dtype=np.int32)
        ranks[self.mask] = place[self.levels]
        return ranks


def grey_levels(values: NDArray[Any], binning: Binning) -> NDArray[np.intp]:
    """Grey levels from 1: pyradiomics' `binImage`, with the same edges to the last bit.

    values  one-dimensional, not empty
    """
    low, high = values.min(), values.max()
    if binning.count is None and values.dtype.kind in "iu" and float(binning.width).is_integer():
        # Whole numbers in bins of a whole width: every edge is exact, so dividing finds the same bin as searching.
        width = int(binning.width)
        levels: NDArray[np.intp] = (values.astype(np.intp) - (int(low) - int(low) % width)) // width + 1
        return levels
    return np.digitize(values, _edges(low, high, binning)).astype(np.intp, copy=False)


def _edges(low: Any, high: Any, binning: Binning) -> NDArray[Any]:
    if binning.count is not None:
        edges = np.histogram_bin_edges(np.array([low, high]), binning.count)
        # The largest value belongs into the last bin.
        edges[-1] += 1
        return edges
    edges = np.arange(low - (low % binning.width), high + 2 * binning.width, binning.width)
    return edges if len(edges) > 1 else np.array([edges[0] - 0.5, edges[0] + 0.5])
