"""A lesion's slice as a picture: the whole of it, and the part around the contour enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.report.drawing import INK, OUTLINE, QUIET, TEXT_SIZE, Page
from RLNResponseLib.report.lesion_slice import LesionSlice
from RLNResponseLib.requirements import need

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patheffects import AbstractPathEffect

# The mediastinal window, HU.
WINDOW, LEVEL = 350.0, 40.0
# Inches.
ZOOM = 4.3
OVERVIEW = 2.2
GAP = 0.12
SCALE_BARS_MM = (100, 50, 20, 10, 5, 2, 1)


def pictures_height() -> float:
    """The height in inches that `draw_pictures` takes; its width is ZOOM."""
    return ZOOM + GAP + OVERVIEW


def draw_pictures(page: Page, left: float, top: float, view: LesionSlice) -> None:
    """Draw the enlarged part, the whole slice with a frame where that lies, and what they show in words."""
    patches = need("matplotlib.patches")
    zoom_left, zoom_top, side = view.zoom_mm()
    zoom = page.axes(left, top, ZOOM, ZOOM)
    _slice(zoom, view, (zoom_left, zoom_top, side), enlarged=True)
    _orientation_letters(zoom, 11)
    _scale_bar(zoom, side)

    height, width = view.size_mm
    whole_side = max(height, width)
    top += ZOOM + GAP
    whole = page.axes(left, top, OVERVIEW, OVERVIEW)
    _slice(whole, view, ((width - whole_side) / 2, (height - whole_side) / 2, whole_side), enlarged=False)
    whole.add_patch(
        patches.Rectangle((zoom_left, zoom_top), side, side, fill=False, ec="white", lw=0.8, gid="zoom frame")
    )
    _orientation_letters(whole, 8)

    words = (
        f"Axial slice {view.axis} = {view.index}\n"
        f"largest contour area, {view.area_mm2:,.0f} mm²\n"
        f"window {WINDOW:.0f} HU, level {LEVEL:.0f} HU\n"
        f"enlarged: {side:.0f} × {side:.0f} mm\n"
        f"pixels {view.spacing_mm[1]:.2f} × {view.spacing_mm[0]:.2f} mm\n"
        "R, L, A, P: the patient's right,\nleft, front and back"
    )
    page.text(left + OVERVIEW + GAP, top, words, size=TEXT_SIZE, color=QUIET, linespacing=1.5)


def _slice(axes: Axes, view: LesionSlice, field: tuple[float, float, float], enlarged: bool) -> None:
    """The slice and the contour's outline; `field` is the square (left, top, side) to show, mm."""
    height, width = view.size_mm
    axes.imshow(
        view.pixels, cmap="gray", vmin=LEVEL - WINDOW / 2, vmax=LEVEL + WINDOW / 2, extent=(0, width, height, 0),
        aspect="equal", interpolation="nearest" if enlarged else "antialiased",
    )  # fmt: skip
    line = 1.2 if enlarged else 0.8
    # The ring of empty voxels closes the outline of a contour that touches the image's border.
    inside = np.pad(view.inside.astype(np.float32), 1)
    y, x = ((np.arange(n) - 0.5) * step for n, step in zip(inside.shape, view.spacing_mm, strict=True))
    outline = axes.contour(x, y, inside, levels=[0.5], colors=[OUTLINE], linewidths=line)
    outline.set(gid="outline", path_effects=_dark_edge(line + 1.0))
    axes.set(
        xlim=(field[0], field[0] + field[2]),
        ylim=(field[1] + field[2], field[1]),
        xticks=[],
        yticks=[],
        facecolor="black",
    )
    axes.spines[:].set_color(INK)


def _orientation_letters(axes: Axes, size: float) -> None:
    for letter, x, y, ha, va in (
        ("R", 0.02, 0.5, "left", "center"),
        ("L", 0.98, 0.5, "right", "center"),
        ("A", 0.5, 0.98, "center", "top"),
        ("P", 0.5, 0.02, "center", "bottom"),
    ):
        words = axes.text(x, y, letter, transform=axes.transAxes, ha=ha, va=va)
        words.set(size=size, weight="bold", color="white", path_effects=_dark_edge(2))


def _scale_bar(axes: Axes, side: float) -> None:
    """A bar of a round number of mm, at most a third of the enlarged part's `side`."""
    length = next((mm for mm in SCALE_BARS_MM if mm <= side / 3), SCALE_BARS_MM[-1])
    start, end = 0.03, 0.03 + length / side
    (bar,) = axes.plot([start, end], [0.035, 0.035], transform=axes.transAxes, color="white", lw=2.5, gid="scale bar")
    bar.set(solid_capstyle="butt", path_effects=_dark_edge(5))
    words = axes.text((start + end) / 2, 0.05, f"{length} mm", transform=axes.transAxes, ha="center", va="bottom")
    words.set(size=9, color="white", path_effects=_dark_edge(2))


def _dark_edge(width: float) -> list[AbstractPathEffect]:
    """An edge of `width` points that keeps white lines and letters legible on white bone."""
    return [need("matplotlib.patheffects").withStroke(linewidth=width, foreground="black")]
