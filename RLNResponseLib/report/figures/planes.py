"""Cuts through a CT in the three planes that radiologists look at, with outlines, shaded voxels and a coloured
boundary: where two contours differ, or what moving a boundary does, is often not in an axial slice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.report.figures.drawing import INK
from RLNResponseLib.report.figures.lesion import (
    LEVEL,
    WINDOW,
    axes_by_body,
    dark_edge,
    orientation_letters,
    scale_bar,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Field = tuple[float, float, float]
SMALLEST_MM, ZOOM_FACTOR = 40.0, 1.5
SHADE = "#CC79A7"
# Name of a plane: the body axis across it, down and along it (0 superior, 1 posterior, 2 left), whether the two run
# that way, and the letters at the left, right, upper and lower edge.
PLANES: dict[str, tuple[int, int, bool, int, bool, str]] = {
    "axial": (0, 1, True, 2, True, "RLAP"),
    "coronal": (1, 0, False, 2, True, "RLSI"),
    "sagittal": (2, 0, False, 1, True, "APSI"),
}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One plane of a CT, turned as it is looked at.

    Attributes
    ----------
    plane
        Its name in PLANES.
    pixels
        HU [row, column].
    spacing_mm
        Between (rows, columns).
    axes
        The array's axes (k 0, j 1, i 2) across the plane, down and along it.
    turned
        Whether rows, and columns, run against the array's.
    index
        The plane's on the axis across.
    """

    plane: str
    pixels: NDArray[np.float32]
    spacing_mm: tuple[float, float]
    axes: tuple[int, int, int]
    turned: tuple[bool, bool]
    index: int

    @property
    def words(self) -> str:
        """Such as "axial, k = 12"."""
        return f"{self.plane}, {'kji'[self.axes[0]]} = {self.index}"

    def mask(self, contour: Contour) -> Bools:
        """A contour's voxels in this plane, [row, column]."""
        inside = np.zeros(self.pixels.shape, dtype=bool)
        across, down, along = self.axes
        box = contour.box[across]
        if box.start <= self.index < box.stop:
            plane = contour.voxels.take(self.index - box.start, axis=across)
            target = self._untwisted(inside, down, along)
            target[tuple(contour.box[axis] for axis in sorted((down, along)))] = plane
        return inside

    def places(self, rows: Floats, columns: Floats) -> Floats:
        """(n, 3) places k, j, i in the CT, of rows and columns."""
        places = np.empty((len(rows), 3))
        across, down, along = self.axes
        places[:, across] = self.index
        for axis, numbers, size, turned in zip(
            (down, along), (rows, columns), self.pixels.shape, self.turned, strict=True
        ):
            places[:, axis] = size - 1 - numbers if turned else numbers
        return places

    def _untwisted(self, plane: Any, down: int, along: int) -> Any:
        """The plane as the array has it, a view."""
        plane = plane[:: -1 if self.turned[0] else 1, :: -1 if self.turned[1] else 1]
        return plane if down < along else plane.T


def cut(ct: CTImage, plane: str, voxel: tuple[int, int, int]) -> Cut:
    """The plane of a CT through a voxel.

    Parameters
    ----------
    ct
        The CT.
    plane
        "axial", "coronal" or "sagittal"; of oblique images the nearest, without resampling.
    voxel
        (k, j, i).

    Returns
    -------
    Cut
    """
    import SimpleITK

    direction = np.array(ct.image.GetDirection()).reshape(3, 3)[::-1, ::-1]
    body = axes_by_body(direction)
    over, down, down_grows, along, along_grows, _ = PLANES[plane]
    axes = (body[over], body[down], body[along])
    turned = (
        bool((direction[down, axes[1]] > 0) != down_grows),
        bool((direction[along, axes[2]] > 0) != along_grows),
    )
    pixels = SimpleITK.GetArrayViewFromImage(ct.image).take(voxel[axes[0]], axis=axes[0])
    pixels = pixels if axes[1] < axes[2] else pixels.T
    pixels = pixels[:: -1 if turned[0] else 1, :: -1 if turned[1] else 1]
    spacing = ct.image.GetSpacing()[::-1]
    return Cut(
        plane=plane,
        pixels=np.ascontiguousarray(pixels).astype(np.float32),
        spacing_mm=(spacing[axes[1]], spacing[axes[2]]),
        axes=axes,
        turned=turned,
        index=voxel[axes[0]],
    )


def draw_cut(axes: Axes, view: Cut, around: Sequence[Contour], letters: float = 9) -> None:
    """The CT, zoomed to contours, with the letters of the directions and a scale.

    Parameters
    ----------
    axes
        What is drawn into.
    view
        The plane.
    around
        What is to be in sight, wherever the plane runs.
    letters
        Size of the letters, points.
    """
    height, width = (size * step for size, step in zip(view.pixels.shape, view.spacing_mm, strict=True))
    axes.imshow(
        view.pixels, cmap="gray", vmin=LEVEL - WINDOW / 2, vmax=LEVEL + WINDOW / 2, extent=(0, width, height, 0),
        aspect="equal", interpolation="nearest",
    )  # fmt: skip
    left, top, side = _field(view, around)
    axes.set(xlim=(left, left + side), ylim=(top + side, top), xticks=[], yticks=[], facecolor="black")
    axes.spines[:].set_color(INK)
    orientation_letters(axes, letters, PLANES[view.plane][-1])
    scale_bar(axes, side)


def _field(view: Cut, around: Sequence[Contour]) -> Field:
    """(left, top, side) of the square that holds the contours' boxes and half as much again, mm."""
    spans = []
    for axis, size, step, turned in zip(view.axes[1:], view.pixels.shape, view.spacing_mm, view.turned, strict=True):
        low, high = min(c.box[axis].start for c in around), max(c.box[axis].stop for c in around)
        low, high = (size - high, size - low) if turned else (low, high)
        spans.append((low * step, high * step))
    side = max(SMALLEST_MM, ZOOM_FACTOR * max(high - low for low, high in spans))
    top, left = ((low + high - side) / 2 for low, high in spans)
    return left, top, side


def draw_outline(axes: Axes, view: Cut, contour: Contour, colour: str, style: str = "-") -> None:
    """A contour's outline.

    Parameters
    ----------
    axes
        Into which the plane is drawn.
    view
        The plane.
    contour
        On the CT's grid.
    colour
        Of the line.
    style
        matplotlib's, so that the colour is not all that tells two apart.
    """
    inside = np.pad(view.mask(contour).astype(np.float32), 1)
    if not inside.any():
        return
    y, x = ((np.arange(n) - 0.5) * step for n, step in zip(inside.shape, view.spacing_mm, strict=True))
    outline = axes.contour(x, y, inside, levels=[0.5], colors=[colour], linewidths=1.4, linestyles=[style])
    outline.set(gid="outline", path_effects=dark_edge(2.4))


def shade(axes: Axes, view: Cut, contour: Contour, colour: str = SHADE) -> None:
    """Voxels, filled half-transparently.

    Parameters
    ----------
    axes
        Into which the plane is drawn.
    view
        The plane.
    contour
        The voxels.
    colour
        Of the fill.
    """
    colours = need("matplotlib.colors")
    mask = view.mask(contour)
    if mask.any():
        height, width = (size * step for size, step in zip(mask.shape, view.spacing_mm, strict=True))
        filled = np.zeros((*mask.shape, 4))
        filled[mask] = colours.to_rgba(colour, 0.55)
        axes.imshow(filled, extent=(0, width, height, 0), aspect="equal", interpolation="nearest", gid="shaded")


def draw_coloured(
    axes: Axes, view: Cut, contour: Contour, value_at: Callable[[Floats], Floats], limit: float, colours: Any
) -> Any:
    """A contour's boundary along the pixels' edges, each edge coloured by a value.

    Parameters
    ----------
    axes
        Into which the plane is drawn.
    view
        The plane.
    contour
        On the CT's grid.
    value_at
        Of (n, 3) places k, j, i in the CT.
    limit
        The value of the last colour; its negative is that of the first.
    colours
        A diverging colour map, matplotlib's or its name.

    Returns
    -------
    ScalarMappable
        For a colour bar.
    """
    segments, middles = [], []
    inside = np.pad(view.mask(contour), 1)
    for axis in (0, 1):
        row, column = np.nonzero(np.diff(inside, axis=axis))
        # Between padded pixels n and n + 1 lies the edge n of the plane.
        first = np.stack([row, column - 1] if axis == 0 else [row - 1, column], axis=1).astype(float)
        step = np.array([0.0, 1.0] if axis == 0 else [1.0, 0.0])
        segments.append(np.stack([first, first + step], axis=1))
        middles.append(first + step / 2 - 0.5)
    lines = np.concatenate(segments) * view.spacing_mm
    middle = np.concatenate(middles)
    collections = need("matplotlib.collections")
    normal = need("matplotlib.colors").Normalize(-limit, limit)
    values = value_at(view.places(middle[:, 0], middle[:, 1])) if len(middle) else np.zeros(0)
    # Below all of them: around each it would cut the line into beads.
    axes.add_collection(collections.LineCollection(lines[:, :, ::-1], colors="black", linewidths=3.6, capstyle="round"))
    drawn = collections.LineCollection(lines[:, :, ::-1], cmap=colours, norm=normal, linewidths=2.4, capstyle="round")
    drawn.set_array(values)
    drawn.set(gid="boundary")
    axes.add_collection(drawn)
    return drawn
