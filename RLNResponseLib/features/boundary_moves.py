"""Ways to redraw a contour at one place: its boundary moved out or in by a smooth bump, as a person could draw it.

Places are spread over the boundary, each as far as can be from those before it. At a place the boundary moves along
its normal by h · cos²(π d / 2 R), where d is how far a point of it lies from the place, straight on, and R, the half
width, is such that the bumps of neighbouring places overlap. A voxel changes side where its distance to the boundary
is below that; the boundary is the smooth one of perturbation.py, so that nothing depends on the corners of pixels. Last
come the moves of the whole boundary at once.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.features.near_boundary import boundary_points, near_boundary
from RLNResponseLib.imaging.records import Contour, CTImage

# One reader's own error is 0.5 mm (perturbation.py): a reader moves a boundary by 3 mm in one of 10⁹ draws of it, yet
# in thick slices nothing less adds or takes off one.
REACH_MM = 3.0
DEPTHS_MM = (0.5, 1.0, 2.0, REACH_MM)
# Of all of the boundary, whose moves are few and large.
DEPTHS_ALL_AROUND_MM = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, REACH_MM)
MOST_PLACES = 14
# Narrower bumps are smaller than what a brush draws.
LEAST_HALF_WIDTH_MM = 4.0
# Half width over how far the furthest point of the boundary lies from a place: it still moves a quarter as far.
_OVERLAP = 1.5
ALL_AROUND = "all around"
# A direction counts where the place lies at least this far along it, of the most that it lies along any.
_DIRECTION_PART = 0.6
# LPS: the names of the negative and of the positive side of each axis, and the order in which they are said.
_SIDES = (("right", "left"), ("anterior", "posterior"), ("caudal", "cranial"))
_SPOKEN = (2, 0, 1)


@dataclass(frozen=True)
class BoundaryPlace:
    """A place on the boundary.

    Attributes
    ----------
    words
        Where on the contour it lies, by the patient: "cranial", "left posterior"; ALL_AROUND for all of it.
    position_mm
        LPS; the contour's centre for all of it.
    """

    words: str
    position_mm: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class BoundaryMove:
    """One way to redraw.

    Attributes
    ----------
    place
        Which of the places.
    is_outward
        Whether voxels are added.
    depth_mm
        How far the boundary moves where it moves most.
    changed
        (n,), the voxels that change side, places in the raveled box of the moves.
    """

    place: int
    is_outward: bool
    depth_mm: float
    changed: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class BoundaryMoves:
    """All ways to redraw a contour that are tried.

    Attributes
    ----------
    contour
        What is redrawn.
    inside
        [k, j, i], the contour in a box with room for every move.
    corner
        (k, j, i) of `inside[0, 0, 0]` in the CT's index.
    places
        On the boundary; the last is all of it.
    half_width_mm
        R of the bumps.
    moves
        From few changed voxels to many; no two change the same voxels.
    """

    contour: Contour
    inside: Bools
    corner: tuple[int, int, int]
    places: tuple[BoundaryPlace, ...]
    half_width_mm: float
    moves: tuple[BoundaryMove, ...]

    def redrawn(self, move: BoundaryMove) -> Contour | None:
        """The contour after a move; None where it would be nothing, or in more pieces than it was."""
        inside = self.inside.copy()
        inside.ravel()[move.changed] = move.is_outward
        if not _surely_whole(inside, move) and _pieces(inside) > self._pieces:
            return None
        return self._placed(inside)

    @cached_property
    def _pieces(self) -> int:
        return _pieces(self.inside)

    def changed_voxels(self, move: BoundaryMove) -> Contour:
        """The voxels that a move adds or takes off, as a contour."""
        changed = np.zeros(self.inside.shape, dtype=bool)
        changed.ravel()[move.changed] = True
        placed = self._placed(changed)
        assert placed is not None
        return placed

    def _placed(self, inside: Bools) -> Contour | None:
        if not inside.any():
            return None
        own = Contour.from_full_grid(inside, self.contour.name)
        k, j, i = (start + offset for start, offset in zip(self.corner, own.corner, strict=True))
        return replace(own, corner=(k, j, i))


def _surely_whole(redrawn: Bools, move: BoundaryMove) -> bool:
    """Whether what lies around the changed voxels shows already that a move makes no more pieces.

    Within a box one voxel larger than they need, all that is inside hangs together: then whatever hung together by way
    of voxels that were taken off still does, and what was added hangs on what was there.
    """
    places = np.stack(np.unravel_index(move.changed, redrawn.shape))
    around = tuple(
        slice(max(0, int(low) - 1), int(high) + 2)
        for low, high in zip(places.min(axis=1), places.max(axis=1), strict=True)
    )
    near = redrawn[around]
    was_there = np.count_nonzero(near) - (len(move.changed) if move.is_outward else 0)
    return bool(was_there > 0) and _pieces(near) == 1


def _pieces(inside: Bools) -> int:
    from scipy.ndimage import label

    return int(label(inside)[1])


def boundary_moves(ct: CTImage, contour: Contour) -> BoundaryMoves:
    """Every way to redraw `contour` that is tried.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on its grid.

    Returns
    -------
    BoundaryMoves

    Raises
    ------
    DataRefusedError
        empty-contour.
    """
    steps = boundary_moves_steps(ct, contour)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            moves: BoundaryMoves = end.value
            return moves


def boundary_moves_steps(ct: CTImage, contour: Contour) -> Generator[None, None, BoundaryMoves]:
    """`boundary_moves` in steps of some ten milliseconds; its value is the generator's.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on its grid.

    Returns
    -------
    Generator[None, None, BoundaryMoves]

    Raises
    ------
    DataRefusedError
        empty-contour.
    """
    if not contour.voxel_count:
        raise DataRefusedError(
            f"The contour '{contour.name}' is empty: not one voxel of it is set; draw it, or name another segment.",
            "empty-contour",
        )
    steps_mm = np.array(ct.image.GetSpacing()[::-1])
    inside, corner = _with_room(contour, steps_mm, ct.image.GetSize()[::-1])
    points = boundary_points(inside, steps_mm)
    yield
    near, distance, nearest = [], [], []
    for voxels, apart, point in near_boundary(points, inside.shape, steps_mm, REACH_MM):
        near.append(voxels)
        distance.append(apart)
        nearest.append(point)
        yield
    band = _Band(
        voxels=np.concatenate(near), distance_mm=np.concatenate(distance), foot=points[np.concatenate(nearest)]
    )
    chosen, reach = _spread(points)
    half_width = max(LEAST_HALF_WIDTH_MM, _OVERLAP * reach)
    yield
    moves: dict[bytes, BoundaryMove] = {}
    for number in range(len(chosen) + 1):
        weight = np.ones(len(band.voxels)) if number == len(chosen) else _bump(band.foot - chosen[number], half_width)
        for move in _moves_at(number, number < len(chosen), inside, band, weight):
            # What two places or depths have in common is of the first: its depth is what is needed.
            moves.setdefault(move.changed.tobytes(), move)
        yield
    return BoundaryMoves(
        contour=contour,
        inside=inside,
        corner=corner,
        places=_places(ct, contour, corner, chosen / steps_mm),
        half_width_mm=half_width,
        moves=tuple(sorted(moves.values(), key=lambda move: (len(move.changed), move.depth_mm, move.place))),
    )


@dataclass(frozen=True)
class _Band:
    """The voxels that a boundary can reach: their places in the raveled box, how far it is, and where on it that is."""

    voxels: NDArray[np.intp]
    distance_mm: Floats
    foot: Floats


def _with_room(contour: Contour, steps_mm: Floats, shape: tuple[int, ...]) -> tuple[Bools, tuple[int, int, int]]:
    margins = [math.ceil(REACH_MM / step) + 1 for step in steps_mm]
    low = [max(0, part.start - margin) for part, margin in zip(contour.box, margins, strict=True)]
    high = [min(size, part.stop + margin) for part, margin, size in zip(contour.box, margins, shape, strict=True)]
    inside = np.zeros([stop - start for start, stop in zip(low, high, strict=True)], dtype=bool)
    inside[
        tuple(slice(part.start - start, part.stop - start) for part, start in zip(contour.box, low, strict=True))
    ] = contour.voxels
    return inside, (low[0], low[1], low[2])


def _spread(points: Floats) -> tuple[Floats, float]:
    """Places as far apart as can be, the first at the boundary's end, and how far the furthest point is from all."""
    chosen = [points[int(np.argmax(points[:, 0]))]]
    apart = np.linalg.norm(points - chosen[0], axis=1)
    while len(chosen) < MOST_PLACES and apart.max() > LEAST_HALF_WIDTH_MM / _OVERLAP:
        chosen.append(points[int(np.argmax(apart))])
        apart = np.minimum(apart, np.linalg.norm(points - chosen[-1], axis=1))
    return np.array(chosen), float(apart.max())


def _bump(from_place_mm: Floats, half_width_mm: float) -> Floats:
    apart = np.minimum(np.linalg.norm(from_place_mm, axis=1) / half_width_mm, 1.0)
    weight: Floats = np.cos(0.5 * np.pi * apart) ** 2
    return weight


def _moves_at(place: int, is_local: bool, inside: Bools, band: _Band, weight: Floats) -> list[BoundaryMove]:
    with np.errstate(divide="ignore"):
        needed = band.distance_mm / np.maximum(weight, 1e-12)
    is_inside = inside.ravel()[band.voxels]
    moves = []
    for is_outward in (True, False):
        side = is_inside != is_outward
        voxels, depths = band.voxels[side], needed[side]
        for depth in DEPTHS_MM if is_local else DEPTHS_ALL_AROUND_MM:
            changed = voxels[depths < depth]
            if is_local:
                changed = _largest_piece(changed, inside.shape)
            if len(changed):
                moves.append(BoundaryMove(place=place, is_outward=is_outward, depth_mm=depth, changed=changed))
    return moves


def _largest_piece(voxels: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Of the voxels those that hang together, at faces, edges or corners; the first where two pieces are as large."""
    from scipy.ndimage import label

    if len(voxels) < 2:
        return voxels
    places = np.stack(np.unravel_index(voxels, shape))
    low = places.min(axis=1)
    box = np.zeros(places.max(axis=1) - low + 1, dtype=bool)
    here = tuple(places - low[:, None])
    box[here] = True
    pieces, count = label(box, structure=np.ones((3, 3, 3)))
    if count == 1:
        return voxels
    piece = pieces[here]
    kept: NDArray[np.intp] = voxels[piece == np.argmax(np.bincount(piece))]
    return kept


def _places(ct: CTImage, contour: Contour, corner: tuple[int, int, int], chosen: Floats) -> tuple[BoundaryPlace, ...]:
    """The chosen points of the boundary (k, j, i from the box's first voxel) in words, and last all of it."""
    voxels = np.argwhere(contour.voxels) + contour.corner
    of_voxels = _lps(ct, voxels)
    centre = of_voxels.mean(axis=0)
    # By half its extent: a long lymph node's side is a side, though it lies nearer than its ends.
    half = np.maximum((of_voxels.max(axis=0) - of_voxels.min(axis=0)) / 2, 1e-6)
    half += np.abs(_steps_lps(ct)) / 2
    places = []
    for position in _lps(ct, chosen + corner):
        towards = (position - centre) / half
        most = np.abs(towards).max()
        said = [
            _SIDES[axis][int(towards[axis] > 0)] for axis in _SPOKEN if abs(towards[axis]) >= _DIRECTION_PART * most
        ]
        places.append(BoundaryPlace(" ".join(said), _point(position)))
    return (*places, BoundaryPlace(ALL_AROUND, _point(centre)))


def _point(position: Floats) -> tuple[float, float, float]:
    left, posterior, superior = position.tolist()
    return left, posterior, superior


def _steps_lps(ct: CTImage) -> Floats:
    """How long a voxel is along each of the patient's axes, mm."""
    direction = np.array(ct.image.GetDirection()).reshape(3, 3)
    length: Floats = np.abs(direction * ct.image.GetSpacing()).sum(axis=1)
    return length


def _lps(ct: CTImage, places: Floats | NDArray[np.intp]) -> Floats:
    """(n, 3) mm, LPS, of (n, 3) places k, j, i in the CT."""
    image = ct.image
    matrix = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    points: Floats = places[:, ::-1] @ matrix.T + np.array(image.GetOrigin())
    return points
