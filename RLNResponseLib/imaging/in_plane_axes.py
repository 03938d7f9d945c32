"""The long axis of a contour on its axial slices, and the short axis at right angles to it: what RECIST 1.1 measures.

Eisenhauer et al. 2009 (doi 10.1016/j.ejca.2008.10.026), section 3: lesions are measured in the plane of the scan,
tumours by their longest diameter, lymph nodes by their short axis. How a diameter follows from voxels is not said
there; here:

- The outline of a slice is the points halfway between a voxel inside and its neighbour outside, in the slice's rows and
  columns: the vertices of pyradiomics' mesh on that slice. Parts of a slice that share neither side nor corner are
  measured apart.
- The long axis is the longest distance between two points of one part's outline, on the slice where that is longest.
- The short axis is the greatest diameter at right angles to it on the same slice: the longest line that lies within the
  convex hull of the part's outline, as a ruler that is laid across the lymph node.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.imaging.connectivity import components
from RLNResponseLib.imaging.records import Contour, CTImage

# Lengths that differ by less are one: distances between voxels of one grid, in floating point.
_SAME_MM = 1e-9
# RECIST 1.1: a lymph node under 10 mm in short axis is normal and not recorded (Eisenhauer 2009,
# doi 10.1016/j.ejca.2008.10.026; Schwartz 2009, doi 10.1016/j.ejca.2008.10.028). The paper's response is RECIST's.
NORMAL_SHORT_AXIS_MM = 10.0
# A length that differs from a limit in floating point alone meets it.
_JUDGED_DIGITS = 9
# Of the slices' normal to head and feet: beyond it another plane is nearer than the axial one.
_MOST_TILTED = math.cos(math.radians(45))


@dataclass(frozen=True)
class InPlaneAxes:
    """The axes of one contour.

    Attributes
    ----------
    long_mm, short_mm
        Longest diameter, and the greatest diameter at right angles to it.
    slice_index
        k of the slice that they lie on, in the CT's index.

    """

    long_mm: float
    short_mm: float
    slice_index: int

    @property
    def judged_mm(self) -> float:
        """The short axis as limits are compared with it."""
        return round(self.short_mm, _JUDGED_DIGITS)


def in_plane_axes(contour: Contour, ct: CTImage) -> InPlaneAxes:
    """The axes of a contour on the axial slice where its long axis is longest.

    Of two slices with the same long axis the one with the greater short axis is taken, then the first.

    Parameters
    ----------
    contour
        On the grid of `ct`.
    ct
        Its slices must be axial.

    Returns
    -------
    InPlaneAxes

    Raises
    ------
    DataRefusedError
        not-axial.

    Examples
    --------
    A box of 10 × 4 voxels of 1 mm: the long axis joins points half a voxel beyond the outermost voxels' centres.

    >>> import SimpleITK as sitk
    >>> mask = np.zeros((3, 12, 12), dtype=np.uint8)
    >>> mask[1, 4:8, 1:11] = 1
    >>> ct = CTImage(image=sitk.GetImageFromArray(mask))
    >>> axes = in_plane_axes(Contour.from_full_grid(mask, "box"), ct)
    >>> round(axes.long_mm, 3), round(axes.short_mm, 3), axes.slice_index
    (10.44, 4.176, 1)

    """
    _refuse_other_planes(ct.image)
    return axes_in_slices(contour, ct.image.GetSpacing())


def axes_in_slices(contour: Contour, spacing_mm: tuple[float, float, float]) -> InPlaneAxes:
    """The axes in the plane of the slices, whichever that is.

    Parameters
    ----------
    contour
        A contour with at least one voxel.
    spacing_mm
        Voxel spacing (x, y, z), mm.

    Returns
    -------
    InPlaneAxes

    Examples
    --------
    >>> rectangle = Contour.from_full_grid(np.ones((2, 4, 8), dtype=bool), "LN")
    >>> round(axes_in_slices(rectangle, (2.0, 2.0, 5.0)).short_mm, 2)
    8.54
    """
    x, y, _ = spacing_mm
    best = InPlaneAxes(-1.0, -1.0, -1)
    for k, inside in enumerate(contour.voxels, start=contour.corner[0]):
        for part in _parts(inside):
            hull = _hull(_outline(part) * (y, x))
            long_mm, short_mm = _axes(hull)
            longer = long_mm - best.long_mm
            if longer > _SAME_MM or (abs(longer) <= _SAME_MM and short_mm > best.short_mm + _SAME_MM):
                best = InPlaneAxes(long_mm, short_mm, k)
    return best


def _refuse_other_planes(image: Any) -> None:
    normal = np.array(image.GetDirection()).reshape(3, 3)[:, 2]
    if abs(normal[2]) < _MOST_TILTED:
        raise DataRefusedError(
            "The slices of the CT are not axial, and RECIST measures lymph nodes on axial ones; give the axial series.",
            "not-axial",
        )


def _parts(inside: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """The parts of a slice whose voxels share sides or corners."""
    component, sizes = components(inside[None])
    number = np.full(inside.shape, -1)
    number[inside] = component
    for part in range(len(sizes)):
        yield number == part


def _outline(part: NDArray[np.bool_]) -> Floats:
    """The points halfway between a voxel inside and its neighbour outside, (n, 2) in voxels, [j, i]."""
    padded = np.pad(part, 1)
    found = []
    for axis in range(2):
        before = [slice(None), slice(None)]
        before[axis] = slice(None, -1)
        after = [slice(None), slice(None)]
        after[axis] = slice(1, None)
        halfway = np.argwhere(padded[tuple(before)] != padded[tuple(after)]).astype(float)
        halfway[:, axis] += 0.5
        found.append(halfway)
    return np.concatenate(found)


def _hull(points: Floats) -> Floats:
    """The corners of the convex hull, in turn (Andrew 1979, doi 10.1016/0020-0190(79)90072-3)."""
    ordered = points[np.lexsort(points.T[::-1])].tolist()

    def half(along: list[list[float]]) -> list[list[float]]:
        chain: list[list[float]] = []
        for point in along:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _axes(hull: Floats) -> tuple[float, float]:
    """The longest diameter of a convex outline and the greatest at right angles to it; of several as long the one with
    the greater short axis.
    """
    steps = hull[:, None] - hull
    lengths = np.sqrt((steps**2).sum(axis=2))
    longest = float(lengths.max())
    ends = np.argwhere(np.triu(lengths >= longest - _SAME_MM, 1))
    return longest, max(_across(hull, steps[one, other] / lengths[one, other]) for one, other in ends)


def _across(hull: Floats, along: Floats) -> float:
    """The greatest diameter at right angles to a direction: between two sides that are straight between corners."""
    distance = hull @ along
    height = hull @ np.array([-along[1], along[0]])
    start, end = int(distance.argmin()), int(distance.argmax())
    sides = []
    for first, last in ((start, end), (end, start)):
        corners = np.arange(first, last + 1 if last >= first else last + 1 + len(hull)) % len(hull)
        order = np.argsort(distance[corners], kind="stable")
        sides.append(np.interp(distance, distance[corners][order], height[corners][order]))
    return float(np.abs(sides[0] - sides[1]).max())
