"""Which voxels hang together, without scipy: loading its labelling takes longer than a whole score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.array_types import Ints


def connected(number: int, one: Ints, other: Ints) -> Ints:
    """For each of `number` things the lowest of those that it is connected with, given the pairs that touch."""
    lowest = np.arange(number)
    while len(one):
        # A root is hung below a lower one, so no circle can arise; pairs that lost a race are seen again.
        lowest[np.maximum(one, other)] = np.minimum(one, other)
        following = lowest[lowest]
        while not np.array_equal(following, lowest):
            lowest, following = following, following[following]
        one, other = lowest[one], lowest[other]
        apart = np.flatnonzero(one != other)
        one, other = one[apart], other[apart]
    return lowest


def components(mask: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The connected components of a mask [k, j, i]; voxels that share a face, edge or corner are connected.

    returns  the component of each voxel inside, from 0, in the order of the array; the number of voxels of each

    A row's runs of voxels are joined rather than the voxels: there are as many fewer as a row is long.
    """
    padded = np.pad(mask, 1)
    edges = np.flatnonzero(np.diff(padded.ravel())) + 1
    starts, ends = edges[0::2], edges[1::2]
    _, nj, ni = padded.shape
    ones, others = [], []
    for slices, rows in ((0, 1), (1, -1), (1, 0), (1, 1)):
        shift = (slices * nj + rows) * ni
        # Runs of the row beside it that begin before this one ends, a step further for a corner, and end after it begins.
        first = np.searchsorted(ends, starts + shift, side="left")
        count = np.maximum(np.searchsorted(starts, ends + shift, side="right") - first, 0)
        ones.append(np.repeat(np.arange(len(starts)), count))
        others.append(np.arange(int(count.sum())) + np.repeat(first - (np.cumsum(count) - count), count))
    lowest = connected(len(starts), np.concatenate(ones), np.concatenate(others))
    # The lowest run of a component is its own lowest; in their order the components are numbered.
    component = (np.cumsum(lowest == np.arange(len(lowest))) - 1)[lowest]
    lengths = ends - starts
    sizes = np.bincount(component, weights=lengths).astype(np.intp)
    return np.repeat(component, lengths), sizes
