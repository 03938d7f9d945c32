"""Which voxels hang together, without scipy: loading its labelling takes longer than a whole score.

The separate lesions that one contour holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Ints
from RLNResponseLib.imaging.records import Contour


def connected(number: int, one: Ints, other: Ints) -> Ints:
    """For each of `number` things the lowest of those that it is connected with, given the pairs that touch.

    Parameters
    ----------
    number
        How many.
    one
        The first of each pair.
    other
        The second of each pair.

    Returns
    -------
    Ints
    """
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

    A row's runs of voxels are joined rather than the voxels: there are as many fewer as a row is long.

    Parameters
    ----------
    mask
        [k, j, i], the voxels inside.

    Returns
    -------
    tuple[Ints, Ints]
        The component of each voxel inside, from 0, in the order of the array; the number of voxels of each.
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


def connected_components(contour: Contour) -> tuple[Contour, ...]:
    """The connected components of a contour, largest first; voxels that share a face, edge or corner are connected.

    Each is named after the contour ("LN_c40 (1 of 3)") and keeps its findings; a contour in one piece is returned as it
    is. Of two with the same number of voxels the one that begins first in [k, j, i] order comes first.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.

    Returns
    -------
    tuple of Contour
    """
    component, sizes = components(contour.voxels)
    count = len(sizes)
    if count == 1:
        return (contour,)
    labels = np.full(contour.voxels.shape, -1)
    labels[contour.voxels] = component
    parts = []
    for rank, number in enumerate(np.argsort(-sizes, kind="stable"), start=1):
        part = Contour.from_full_grid(
            labels == number, f"{contour.name} ({rank} of {count})", findings=contour.findings
        )
        k, j, i = (start + offset for start, offset in zip(contour.corner, part.corner, strict=True))
        parts.append(Contour(part.name, part.voxels, (k, j, i), contour.findings))
    return tuple(parts)
