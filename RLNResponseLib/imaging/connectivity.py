"""Connected components of a contour (26-connectivity): the separate lesions that it holds.

Written without scipy, because loading its labelling takes longer than computing a whole score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Ints
from RLNResponseLib.common.wording import counted
from RLNResponseLib.imaging.records import Contour


def connected(number: int, one: Ints, other: Ints) -> Ints:
    """Connected components of a graph, by its edges.

    Parameters
    ----------
    number
        How many vertices there are; they are numbered from 0.
    one, other
        The two vertices of each edge, shape [edges].

    Returns
    -------
    Ints
        For each vertex the lowest vertex of its component, shape [number].

    Examples
    --------
    >>> import numpy as np
    >>> connected(5, np.array([1, 3]), np.array([2, 4])).tolist()
    [0, 1, 1, 3, 3]
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
    """The connected components of a mask; voxels that share a face, edge or corner are connected.

    Parameters
    ----------
    mask
        True inside, [k, j, i].

    Returns
    -------
    component : Ints
        The component of each voxel inside, numbered from 0, in the order of the array.
    sizes : Ints
        The number of voxels of each component.

    Notes
    -----
    Runs of voxels along a row are joined rather than single voxels: there are far fewer of them.

    Examples
    --------
    Two voxels that share a corner are one component; the third lies apart.

    >>> import numpy as np
    >>> mask = np.zeros((2, 2, 5), dtype=bool)
    >>> mask[0, 0, 0] = mask[1, 1, 1] = mask[0, 0, 4] = True
    >>> component, sizes = components(mask)
    >>> component.tolist(), sizes.tolist()
    ([0, 1, 0], [2, 1])
    """
    padded = np.pad(mask, 1)
    edges = np.flatnonzero(np.diff(padded.ravel())) + 1
    starts, ends = edges[0::2], edges[1::2]
    _, nj, ni = padded.shape
    ones, others = [], []
    for slices, rows in ((0, 1), (1, -1), (1, 0), (1, 1)):
        shift = (slices * nj + rows) * ni
        # Runs of the row beside it that begin before this one ends, a step further for a corner, and end after it
        # begins.
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

    Parameters
    ----------
    contour
        A contour with at least one voxel.

    Returns
    -------
    tuple of Contour
        Each named after the contour ("LN_c40 (1 of 3)") and with its findings; a contour in one piece is returned as
        it is. Of two with the same number of voxels the one that begins first in [k, j, i] order comes first.

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((3, 4, 6), dtype=bool)
    >>> mask[0, 0, 0] = True
    >>> mask[1:, 2:, 3:5] = True
    >>> parts = connected_components(Contour.from_full_grid(mask, "LN"))
    >>> [(part.name, part.voxel_count, part.corner) for part in parts]
    [('LN (1 of 2)', 8, (1, 2, 3)), ('LN (2 of 2)', 1, (0, 0, 0))]
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
        parts.append(Contour(name=part.name, voxels=part.voxels, corner=(k, j, i), findings=contour.findings))
    return tuple(parts)


def take_component(contour: Contour, number: int) -> Contour:
    """One connected component of a contour.

    Parameters
    ----------
    contour
        A contour with at least one voxel.
    number
        Its place in `connected_components`, from 1, the largest.

    Returns
    -------
    Contour

    Raises
    ------
    DataRefusedError
        no-such-component.
    """
    parts = connected_components(contour)
    if not 1 <= number <= len(parts):
        raise DataRefusedError(
            f"The contour '{contour.name}' has {counted(len(parts), 'part')}, so there is no component {number}; see "
            f"them with score --components.",
            "no-such-component",
        )
    return parts[number - 1]
