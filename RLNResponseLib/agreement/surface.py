"""How much of two contours' surfaces lies close together, by area, and how much outline one lacks of the other.

Surface Dice (Nikolov et al. 2021, doi 10.2196/26151): between eight neighbouring voxels stands a piece of surface. Its
area is that of its triangles in the marching cubes of the shape features, its place the cube's; its distance is that to
the nearest piece of the other surface. Where two corners of a cube face each other across a face's diagonal the surface
is cut between them, as in the reference implementation (google-deepmind/surface-distance), to whose areas these are
equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.features.engine.shape import cube_kinds, kind_areas
from RLNResponseLib.imaging.records import Contour

Spacing = tuple[float, float, float]
_KINDS = 256


def on_one_grid(first: Contour, second: Contour) -> tuple[Bools, Bools]:
    """Both contours in the box that holds both, with an empty voxel on every side.

    Parameters
    ----------
    first, second
        Contours on one CT.

    Returns
    -------
    tuple[Bools, Bools]
        [k, j, i].
    """
    _, masks = in_one_box((first, second))
    return masks[0], masks[1]


def in_one_box(contours: Sequence[Contour]) -> tuple[tuple[int, int, int], Bools]:
    """Contours in the box that holds them all, with an empty voxel on every side.

    Parameters
    ----------
    contours
        On one CT.

    Returns
    -------
    tuple of int
        Where the box begins in the CT's array, [k, j, i]; -1 before its first voxel.
    Bools
        [contour, k, j, i].
    """
    corner = np.min([contour.corner for contour in contours], axis=0) - 1
    end = np.max([np.add(contour.corner, contour.voxels.shape) for contour in contours], axis=0)
    masks = np.zeros((len(contours), *(end + 1 - corner)), dtype=bool)
    for mask, contour in zip(masks, contours, strict=True):
        start = np.asarray(contour.corner) - corner
        mask[tuple(slice(at, at + size) for at, size in zip(start, contour.voxels.shape, strict=True))] = contour.voxels
    k, j, i = corner.tolist()
    return (k, j, i), masks


def surface_dice_at(first: Bools, second: Bools, spacing_mm: Spacing, tolerances_mm: Sequence[float]) -> list[float]:
    """The share of the area of both surfaces within each tolerance of the other.

    Parameters
    ----------
    first, second
        [k, j, i], not empty, with an empty voxel on every side.
    spacing_mm
        (k, j, i), all above 0.
    tolerances_mm
        Up to which distance a piece of surface counts as the same.

    Returns
    -------
    list[float]

    Examples
    --------
    A voxel and its neighbour, 1.5 mm apart: at 1 mm only the four pieces between them are shared.

    >>> first, second = np.zeros((2, 3, 3, 4), dtype=bool)
    >>> first[1, 1, 1] = second[1, 1, 2] = True
    >>> surface_dice_at(first, second, (1.5, 1.5, 1.5), [1.0, 2.0])
    [0.5, 1.0]

    """
    from scipy.ndimage import distance_transform_edt

    areas = _piece_areas(spacing_mm)
    kinds = [cube_kinds(mask) for mask in (first, second)]
    surfaces = [(kind != 0) & (kind != _KINDS - 1) for kind in kinds]
    parts = []
    for kind, surface, other in zip(kinds, surfaces, reversed(surfaces), strict=True):
        distances = np.asarray(distance_transform_edt(~other, sampling=spacing_mm))
        parts.append((distances[surface], areas[kind[surface]]))
    total = sum(float(area.sum()) for _, area in parts)
    return [
        sum(float(area[distance <= tolerance].sum()) for distance, area in parts) / total for tolerance in tolerances_mm
    ]


def added_path_length(first: Bools, second: Bools, spacing_mm: Spacing) -> float:
    """Length in mm of the second's outline in every slice that is not on the first's (Vaassen et al. 2020,
    doi 10.1016/j.phro.2019.12.001): pixels of the outline, each as long as the mean of its two sides.

    Parameters
    ----------
    first, second
        [k, j, i], with an empty voxel on every side.
    spacing_mm
        (k, j, i).

    Returns
    -------
    float

    Examples
    --------
    A square of 3 × 3 grown by a row: three pixels are new on the outline.

    >>> first, second = np.zeros((2, 3, 6, 6), dtype=bool)
    >>> first[1, 1:4, 1:4] = second[1, 1:5, 1:4] = True
    >>> added_path_length(first, second, (3.0, 0.5, 0.5))
    1.5

    """
    added = _outline(second) & ~_outline(first)
    return float(added.sum()) * (spacing_mm[1] + spacing_mm[2]) / 2


def _outline(mask: Bools) -> Bools:
    """Pixels with a side outside the mask, within their slice."""
    inner = mask.copy()
    for axis in (1, 2):
        inner &= np.roll(mask, 1, axis) & np.roll(mask, -1, axis)
    return mask & ~inner


@lru_cache(maxsize=16)
def _piece_areas(spacing_mm: Spacing) -> Floats:
    """(256,) mm² of the surface in a cube of each kind: that of each connected part of its fewer corners."""
    areas = kind_areas(spacing_mm)
    by_corners = {}
    for number in range(_KINDS):
        corners = (number >> np.arange(8) & 1).astype(bool).reshape(2, 2, 2)
        by_corners[int(cube_kinds(corners)[0, 0, 0])] = corners
    return np.array([_area_in_parts(by_corners[kind], areas) for kind in range(_KINDS)])


def _area_in_parts(corners: Bools, areas: Floats) -> float:
    from scipy.ndimage import label

    few = corners if corners.sum() <= 4 else ~corners
    # Four against four has no fewer corners: the table's own triangles stand.
    parts, count = (few.astype(int), 1) if few.sum() == 4 else label(few)
    return sum(float(areas[int(cube_kinds(parts == number)[0, 0, 0])]) for number in range(1, count + 1))
