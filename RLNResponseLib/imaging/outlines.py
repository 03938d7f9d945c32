"""Closed outlines on a slice as voxels: what lies inside, what is a hole, and what is drawn over another outline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError

# Coordinates come from millimetres written with a few decimals. Rounded to a millionth of a voxel, a corner meant to
# lie on a voxel's centre does lie on it, and the same contour gives the same voxels on every machine.
_DECIMALS = 6
# An outline this near to another one, in voxels, lies on it: some software writes millimetres with one decimal, and
# then a corner is off by 0.07 voxels of 0.7 mm.
ON_OUTLINE_VOXELS = 0.1
# Two outlines that are nowhere further apart, in voxels, are one outline drawn twice (once simplified, say): between
# them lies no wall that voxels could show.
SAME_OUTLINE_VOXELS = 0.5
# Outlines are compared at their corners and at points between them, this far apart in voxels.
_STEP_VOXELS = 0.25
# A hand that draws slips by a voxel: the loop in IBSI's lesion is 0.05% of its slice.
LOOP_FRACTION = 0.01
# A slice has some outlines, a few hundred where a threshold drew them: more pairs that meet are no contour.
MOST_MEETING_PAIRS = 20_000
# Distances computed at one time, and for one pair at most (outlines of many thousand corners are compared more
# coarsely).
_AT_ONCE, _AT_MOST = 200_000, 5_000_000

Relation = Literal["apart", "touching", "nested", "repeated", "crossing"]


def fill_polygons(polygons: Iterable[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The voxels of a slice whose centres lie inside an odd number of polygons.

    Even-odd over all polygons together: an inner contour is a hole, an island in it is filled, and the channel of a
    keyhole contour, passed there and back, encloses nothing. A centre on a left or upper edge is inside, on a right or
    lower edge outside, so that contours that share an edge share no voxel and leave none out.

    Parameters
    ----------
    polygons
        Each (n, 2): the corners (i, j) in voxels, closed by itself; centres are at whole numbers.
    shape
        (rows, columns) of the slice, [j, i].

    Returns
    -------
    NDArray[np.bool_]
    """
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), dtype=np.uint8)
    for polygon in polygons:
        corners = np.round(polygon, _DECIMALS)
        row, crossing, _ = _crossings(corners)
        inside = (row >= 0) & (row < rows)
        # The first centre at or right of the crossing, and all those right of it, change sides.
        column = np.clip(np.ceil(crossing[inside]), 0, columns).astype(np.intp)
        np.add.at(crossings, (row[inside], column), 1)
    return np.asarray(np.cumsum(crossings, axis=1, dtype=np.uint8)[:, :columns] % 2 == 1)


def _crossings(corners: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """Where a polygon's edges cross the rows of voxel centres: the row j, the coordinate i and the edge of every
    crossing.
    """
    ends = np.roll(corners, -1, axis=0)
    # Every edge from its upper to its lower end: passed in either direction it gives the same crossings to the last
    # bit.
    upward = corners[:, 1] > ends[:, 1]
    start = np.where(upward[:, None], ends, corners)
    stop = np.where(upward[:, None], corners, ends)
    first = np.ceil(start[:, 1]).astype(np.intp)
    counts = np.ceil(stop[:, 1]).astype(np.intp) - first
    edge = np.repeat(np.arange(len(corners)), counts)
    row = first[edge] + np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (row - start[edge, 1]) / (stop[edge, 1] - start[edge, 1])
    return row, start[edge, 0] + part * (stop[edge, 0] - start[edge, 0]), edge


def goes_round_twice(polygon: NDArray[np.float64]) -> bool:
    """Whether an outline crosses itself so that it goes round more than `LOOP_FRACTION` of its voxels twice in one
    direction.

    `fill_polygons` leaves such a voxel out, as even-odd does; the channel and the hole of a keyhole contour, which goes
    round the hole in the other direction, are none.

    Parameters
    ----------
    polygon
        (n, 2): the corners (i, j) in voxels, closed by itself; centres are at whole numbers.

    Returns
    -------
    bool

    Examples
    --------
    >>> loop = np.array([(0, 0), (9, 0), (9, 9), (3, 9), (3, 3), (6, 3), (6, 6), (0, 6)], dtype=float) + 0.5
    >>> goes_round_twice(loop), goes_round_twice(loop[:3])
    (True, False)
    """
    corners = np.round(polygon, _DECIMALS)
    corners = corners - np.floor(corners.min(axis=0))
    columns, rows = (int(size) + 1 for size in np.ceil(corners.max(axis=0)))
    down = corners[:, 1] < np.roll(corners[:, 1], -1)
    turns = np.zeros((rows, columns + 1), dtype=np.int32)
    row, crossing, edge = _crossings(corners)
    np.add.at(turns, (row, np.ceil(crossing).astype(np.intp)), np.where(down[edge], 1, -1))
    turns = np.cumsum(turns, axis=1, dtype=np.int32)
    twice = np.count_nonzero((turns != 0) & (turns % 2 == 0))
    return bool(twice > LOOP_FRACTION * np.count_nonzero(turns))


@dataclass(frozen=True)
class FilledSlice:
    """A slice's outlines as voxels.

    voxels       bool [j, i]
    overlapping  whether outlines cross, or nearly repeat, each other
    nested       whether an outline lies inside another one
    """

    voxels: NDArray[np.bool_]
    overlapping: bool = False
    nested: bool = False


def fill_outlines(
    polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int], where: str, *, exclusive: bool = False
) -> FilledSlice:
    """The voxels inside the outlines of one slice: overlaps are joined, outlines inside others are holes.

    Outlines that cross or repeat each other are one area together (their union). An outline wholly inside another one
    is a hole in it, and one inside a hole an island (`fill_polygons` over all areas). Outlines that only touch are both
    kept whole.

    Parameters
    ----------
    polygons
        Each (n, 2): the corners (i, j) in voxels, closed by itself; centres are at whole numbers.
    shape
        (rows, columns) of the slice, [j, i].
    where
        The contour and slice, for a refusal: "the ROI 'LN' on slice 12".
    exclusive
        Whether the file states that what outlines share is left out (CLOSEDPLANAR_XOR): nothing is joined then.

    Returns
    -------
    FilledSlice

    Raises
    ------
    DataRefusedError
        ambiguous-outlines: of outlines that overlap, one lies wholly inside another, so that it may be a hole or not;
        too-many-outlines.
    """
    if len(polygons) < 2:
        return FilledSlice(fill_polygons(polygons, shape))
    relations = {pair: relation(polygons[pair[0]], polygons[pair[1]]) for pair in _meeting(polygons, where)}
    overlapping, nested = "crossing" in relations.values(), "nested" in relations.values()
    if exclusive:
        overlapping |= "repeated" in relations.values()
        return FilledSlice(fill_polygons(polygons, shape), overlapping=overlapping, nested=nested)
    joined = {pair for pair, how in relations.items() if how in ("crossing", "repeated")}
    # Rounded millimetres can make neighbours overlap by a hair, and a voxel's centre can lie in it.
    joined |= {
        (one, other)
        for (one, other), how in relations.items()
        if how == "touching" and (fill_polygons([polygons[one]], shape) & fill_polygons([polygons[other]], shape)).any()
    }
    areas = _areas(len(polygons), joined)
    for (one, other), how in relations.items():
        if how == "nested" and areas[one] == areas[other]:
            raise DataRefusedError(
                f"The outlines of {where} overlap, and one of them lies inside another, so it cannot be told whether "
                f"that is a hole; redraw the contour there.",
                "ambiguous-outlines",
            )
    members = [np.flatnonzero(areas == area).tolist() for area in np.unique(areas)]
    voxels = fill_polygons((polygons[area[0]] for area in members if len(area) == 1), shape)
    for area in members:
        if len(area) > 1:
            voxels ^= np.logical_or.reduce([fill_polygons([polygons[one]], shape) for one in area])
    return FilledSlice(voxels, overlapping=overlapping, nested=nested)


def _meeting(polygons: Sequence[NDArray[np.float64]], where: str) -> list[tuple[int, int]]:
    """The pairs of polygons whose boxes meet: only these can touch, cross or hold each other."""
    low = np.array([polygon.min(axis=0) for polygon in polygons]) - ON_OUTLINE_VOXELS
    high = np.array([polygon.max(axis=0) for polygon in polygons]) + ON_OUTLINE_VOXELS
    pairs: list[tuple[int, int]] = []
    for one in range(len(polygons) - 1):
        meets = ((low[one + 1 :] <= high[one]) & (high[one + 1 :] >= low[one])).all(axis=1)
        pairs += [(one, one + 1 + int(other)) for other in np.flatnonzero(meets)]
        if len(pairs) > MOST_MEETING_PAIRS:
            raise DataRefusedError(
                f"The outlines of {where} are too many ({len(polygons)}) for one contour; draw the lymph node alone.",
                "too-many-outlines",
            )
    return pairs


def _areas(count: int, joined: Iterable[tuple[int, int]]) -> NDArray[np.intp]:
    """A number for every outline, the same for those that are joined, directly or through others."""
    areas = np.arange(count)
    for one, other in joined:
        areas[areas == areas[other]] = areas[one]
    return areas


def relation(one: NDArray[np.float64], other: NDArray[np.float64]) -> Relation:
    """How two closed outlines lie to each other, to within `ON_OUTLINE_VOXELS`.

    Parameters
    ----------
    one, other
        Each (n, 2): the corners (i, j) in voxels.

    Returns
    -------
    str
        "apart"; "touching" (they share points of their lines and nothing inside); "nested" (one wholly inside the
        other, whether or not it touches it from inside); "repeated" (the same line); "crossing" (each has a part
        outside the other, or they are nowhere further than half a voxel apart).

    Examples
    --------
    >>> square = np.array([(0, 0), (8, 0), (8, 8), (0, 8)], dtype=float)
    >>> relation(square, square + 20), relation(square, square / 2 + 1), relation(square, square + 3)
    ('apart', 'nested', 'crossing')
    >>> relation(square, np.roll(square, 1, axis=0)[::-1]), relation(square, square + (8, 0))
    ('repeated', 'touching')
    """
    first, second = _course(one, other), _course(other, one)
    farthest = max(first.farthest, second.farthest)
    if farthest <= ON_OUTLINE_VOXELS:
        return "repeated"
    mixed = (first.inside and first.outside) or (second.inside and second.outside) or (first.inside and second.inside)
    if mixed or farthest <= SAME_OUTLINE_VOXELS:
        return "crossing"
    if first.inside or second.inside:
        return "nested"
    return "touching" if first.touches or second.touches else "apart"


@dataclass(frozen=True, kw_only=True)
class _Course:
    """Where an outline's line runs, as another outline sees it: parts inside it, outside it, on its line; and how far
    from that line it gets, in voxels.
    """

    inside: bool
    outside: bool
    touches: bool
    farthest: float


def _course(line: NDArray[np.float64], area: NDArray[np.float64]) -> _Course:
    corners = np.round(area, _DECIMALS)
    points = _points_along(np.round(line, _DECIMALS), len(corners))
    near = (
        (points >= corners.min(axis=0) - SAME_OUTLINE_VOXELS) & (points <= corners.max(axis=0) + SAME_OUTLINE_VOXELS)
    ).all(axis=1)
    outside, inside, touches, farthest = not near.all(), False, False, 0.0 if near.all() else np.inf
    for distance, within in _places(points[near], corners):
        on_line = distance <= ON_OUTLINE_VOXELS
        inside |= bool((within & ~on_line).any())
        outside |= bool((~within & ~on_line).any())
        touches |= bool(on_line.any())
        farthest = max(farthest, float(distance.max()))
    return _Course(inside=inside, outside=outside, touches=touches, farthest=float(farthest))


def _points_along(corners: NDArray[np.float64], others: int) -> NDArray[np.float64]:
    """The corners of an outline and points between them, no more than can be compared with `others` edges."""
    along = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(along, axis=1)
    most = max(_AT_MOST // others, 100)
    counts = np.maximum(np.ceil(lengths / max(_STEP_VOXELS, float(lengths.sum()) / most)), 1).astype(np.intp)
    edge = np.repeat(np.arange(len(corners)), counts)
    part = (np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[edge]
    points = corners[edge] + part[:, None] * along[edge]
    return points[:: -(-len(points) // (2 * most))]


def _places(
    points: NDArray[np.float64], corners: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    """The distance of points from a polygon's line, and whether they lie inside (even-odd), some points at a time."""
    along = np.roll(corners, -1, axis=0) - corners
    squared = np.maximum((along**2).sum(axis=1), np.finfo(float).tiny)
    step = max(_AT_ONCE // len(corners), 1)
    for first in range(0, len(points), step):
        offset = points[first : first + step, None] - corners
        part = np.clip((offset * along).sum(axis=2) / squared, 0, 1)
        distance = np.linalg.norm(offset - part[..., None] * along, axis=2).min(axis=1)
        crosses = (offset[..., 1] >= 0) != (offset[..., 1] >= along[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            left = along[:, 0] * (offset[..., 1] / along[:, 1]) <= offset[..., 0]
        yield distance, np.asarray((crosses & left).sum(axis=1) % 2 == 1)
