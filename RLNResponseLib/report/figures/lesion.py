"""The picture of one scored lesion: the slice that shows its contour best, the way radiologists look at it, whole and
enlarged; what its scores say and why, and what makes them unreliable.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.requirements import need
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.report.figures.drawing import Page, drawing_style, save_figure, shortened, wrapped
from RLNResponseLib.report.figures.score import block_height, draw_score
from RLNResponseLib.report.figures.style import INK, OUTLINE, QUIET, RULE, TEXT_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patheffects import AbstractPathEffect


SMALLEST_ZOOM_MM = 50.0
ZOOM_FACTOR = 2.0


@dataclass(frozen=True, kw_only=True)
class LesionSlice:
    """One axial slice in radiological convention: the patient's right on the left, anterior at the top.

    Attributes
    ----------
    pixels
        HU [row, column].
    inside
        Bool [row, column], the contour on this slice.
    spacing_mm
        Between (rows, columns).
    axis
        The image's own axis across the slices: "k", or "i" or "j" where the file stores other planes.
    index
        The slice's index on that axis.
    area_mm2
        Of the contour on this slice.
    """

    pixels: NDArray[np.float32]
    inside: NDArray[np.bool_]
    spacing_mm: tuple[float, float]
    axis: str
    index: int
    area_mm2: float

    @property
    def size_mm(self) -> tuple[float, float]:
        """(height, width) of the slice, from edge to edge of its outer pixels."""
        rows, columns = self.pixels.shape
        return rows * self.spacing_mm[0], columns * self.spacing_mm[1]

    def zoom_mm(self) -> tuple[float, float, float]:
        """(left, top, side) of the square to enlarge, mm from the slice's top left corner.

        Twice the contour's extent and at least 50 mm, moved back into the slice where it would leave it and the slice
        is large enough.
        """
        spans = []
        for axis, spacing in ((1, self.spacing_mm[1]), (0, self.spacing_mm[0])):
            hit = np.flatnonzero(self.inside.any(axis=1 - axis))
            spans.append((float(hit[0]) * spacing, float(hit[-1] + 1) * spacing))
        side = max(SMALLEST_ZOOM_MM, ZOOM_FACTOR * max(high - low for low, high in spans))
        height, width = self.size_mm
        left, top = (
            _moved_inside((low + high - side) / 2, side, size)
            for (low, high), size in zip(spans, (width, height), strict=True)
        )
        return left, top, side


def largest_slice(ct: CTImage, contour: Contour) -> LesionSlice:
    """The axial slice on which `contour` has its largest area; the first of them where several share it.

    The image's direction decides which of its axes run nearest to the patient's left, posterior and superior; oblique
    images are shown in their own nearest plane, without resampling.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.

    Returns
    -------
    LesionSlice
    """
    import SimpleITK

    direction = np.array(ct.image.GetDirection()).reshape(3, 3)[::-1, ::-1]  # [S P L, k j i]
    across, down, along = axes_by_body(direction)
    spacing = ct.image.GetSpacing()[::-1]

    areas = np.moveaxis(contour.voxels, across, 0).sum(axis=(1, 2))
    offset = int(np.argmax(areas))
    index = contour.corner[across] + offset
    values = SimpleITK.GetArrayViewFromImage(ct.image)
    pixels = values.take(index, axis=across)
    inside = np.zeros(pixels.shape, dtype=bool)
    inside[tuple(side for axis, side in enumerate(contour.box) if axis != across)] = contour.voxels.take(
        offset, axis=across
    )

    def turned(plane: NDArray[Any]) -> NDArray[Any]:
        plane = plane if down < along else plane.T
        rows = -1 if direction[1, down] < 0 else 1
        columns = -1 if direction[2, along] < 0 else 1
        return np.ascontiguousarray(plane[::rows, ::columns])

    return LesionSlice(
        pixels=turned(pixels).astype(np.float32),
        inside=turned(inside),
        spacing_mm=(spacing[down], spacing[along]),
        axis="kji"[across],
        index=index,
        area_mm2=float(areas[offset]) * spacing[down] * spacing[along],
    )


def axes_by_body(direction: NDArray[np.float64]) -> tuple[int, int, int]:
    """Which array axis runs nearest to superior, posterior and left: the assignment with the largest sum of cosines.

    Parameters
    ----------
    direction
        (3, 3), rows superior, posterior, left, columns k, j, i.

    Returns
    -------
    tuple[int, int, int]
    """
    cosines = abs(direction)
    return max(permutations(range(3), 3), key=lambda axes: float(sum(cosines[row, axes[row]] for row in range(3))))


def _moved_inside(start: float, length: float, size: float) -> float:
    if length >= size:
        return (size - length) / 2
    return min(max(start, 0.0), size - length)


# The mediastinal window, HU.
WINDOW, LEVEL = 350.0, 40.0
# Inches.
ZOOM = 4.3
OVERVIEW = 2.2
GAP = 0.12
SCALE_BARS_MM = (100, 50, 20, 10, 5, 2, 1)


def pictures_height() -> float:
    """The height in inches that `draw_pictures` takes; its width is ZOOM.

    Returns
    -------
    float
    """
    return ZOOM + GAP + OVERVIEW


def draw_pictures(page: Page, left: float, top: float, view: LesionSlice) -> None:
    """Draw the enlarged part, the whole slice with a frame where that lies, and what they show in words.

    Parameters
    ----------
    page
        The page that is drawn on.
    left
        Left edge, inches.
    top
        Upper edge, inches.
    view
        The slice of the lymph node that is shown.
    """
    patches = need("matplotlib.patches")
    zoom_left, zoom_top, side = view.zoom_mm()
    zoom = page.axes(left, top, ZOOM, ZOOM)
    _slice(zoom, view, (zoom_left, zoom_top, side), enlarged=True)
    orientation_letters(zoom, 11)
    scale_bar(zoom, side)

    height, width = view.size_mm
    whole_side = max(height, width)
    top += ZOOM + GAP
    whole = page.axes(left, top, OVERVIEW, OVERVIEW)
    _slice(whole, view, ((width - whole_side) / 2, (height - whole_side) / 2, whole_side), enlarged=False)
    whole.add_patch(
        patches.Rectangle((zoom_left, zoom_top), side, side, fill=False, ec="white", lw=0.8, gid="zoom frame")
    )
    orientation_letters(whole, 8)

    words = (
        f"Axial slice {view.axis} = {view.index}\nlargest contour area, {view.area_mm2:,.0f} mm²\n"
        f"window {WINDOW:.0f} HU, level {LEVEL:.0f} HU\nenlarged: {side:.0f} × {side:.0f} mm\n"
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
    outline.set(gid="outline", path_effects=dark_edge(line + 1.0))
    axes.set(
        xlim=(field[0], field[0] + field[2]),
        ylim=(field[1] + field[2], field[1]),
        xticks=[],
        yticks=[],
        facecolor="black",
    )
    axes.spines[:].set_color(INK)


def orientation_letters(axes: Axes, size: float, letters: str = "RLAP") -> None:
    """Write at the edges which way the patient lies.

    Parameters
    ----------
    axes
        That a slice is drawn into.
    size
        Of the letters, points.
    letters
        Those at the left, right, upper and lower edge.
    """
    places = ((0.02, 0.5, "left", "center"), (0.98, 0.5, "right", "center"), (0.5, 0.98, "center", "top"))
    for letter, (x, y, ha, va) in zip(letters, (*places, (0.5, 0.02, "center", "bottom")), strict=True):
        words = axes.text(x, y, letter, transform=axes.transAxes, ha=ha, va=va)
        words.set(size=size, weight="bold", color="white", path_effects=dark_edge(2))


def scale_bar(axes: Axes, side: float) -> None:
    """A bar of a round number of mm, at most a third of the enlarged part's side.

    Parameters
    ----------
    axes
        That a slice is drawn into.
    side
        Of what is shown, mm.
    """
    length = next((mm for mm in SCALE_BARS_MM if mm <= side / 3), SCALE_BARS_MM[-1])
    start, end = 0.03, 0.03 + length / side
    (bar,) = axes.plot([start, end], [0.035, 0.035], transform=axes.transAxes, color="white", lw=2.5, gid="scale bar")
    bar.set(solid_capstyle="butt", path_effects=dark_edge(5))
    words = axes.text((start + end) / 2, 0.05, f"{length} mm", transform=axes.transAxes, ha="center", va="bottom")
    words.set(size=9, color="white", path_effects=dark_edge(2))


def dark_edge(width: float) -> list[AbstractPathEffect]:
    """An edge that keeps white lines and letters legible on white bone.

    Parameters
    ----------
    width
        Points.

    Returns
    -------
    list of AbstractPathEffect
    """
    return [need("matplotlib.patheffects").withStroke(linewidth=width, foreground="black")]


# Inches; the width is that of A4 on its side, the height follows what there is to show.
WIDTH = 11.69
MARGIN = 0.45
HEADER = 0.72
COLUMN_GAP = 0.4
BLOCK_GAP = 0.4
FOOTER_GAP = 0.3
LINE = 0.16

TITLE_SIZE = 16.0
MOST_WARNINGS = 5
LINES_PER_WARNING = 2


def write_lesion_figure(path: Path, ct: CTImage, contour: Contour, result: LesionResult) -> None:
    """Write the picture of `result` to `path`: PNG (150 dpi), SVG or PDF by its suffix, the same bytes each time.

    Parameters
    ----------
    path
        The file.
    ct
        The CT.
    contour
        The one that `result` scores, on the grid of `ct`.
    result
        The scored lymph node.

    Raises
    ------
    DataRefusedError
        for another suffix (picture-format) and where the file cannot be written (not-written).
    """
    with drawing_style():
        save_figure(lesion_figure(ct, contour, result), path)


def lesion_figure(ct: CTImage, contour: Contour, result: LesionResult) -> Figure:
    """The picture as a matplotlib figure; call and save it inside `drawing_style()`.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    result
        The scored lymph node.

    Returns
    -------
    Figure
    """
    warnings = _warning_lines(result)
    scores = sum(block_height(result, score) + BLOCK_GAP for score in result.scores) - BLOCK_GAP
    body = max(pictures_height(), scores)
    footer = (len(warnings) + 3) * LINE
    page = Page.blank(WIDTH, MARGIN + HEADER + body + FOOTER_GAP + footer + MARGIN)

    page.text(
        MARGIN,
        MARGIN,
        shortened(result.segment, WIDTH - 2 * MARGIN, TITLE_SIZE, "bold"),
        size=TITLE_SIZE,
        weight="bold",
    )
    facts = f"volume {result.volume_mm3:,.0f} mm³ on {ct.name}"
    page.text(MARGIN, MARGIN + 0.33, shortened(facts, WIDTH - 2 * MARGIN, 10), size=10, color=QUIET)

    top = MARGIN + HEADER
    draw_pictures(page, MARGIN, top, largest_slice(ct, contour))
    left = MARGIN + ZOOM + COLUMN_GAP
    for score in result.scores:
        draw_score(page, left, top, WIDTH - MARGIN - left, result, score)
        top += block_height(result, score) + BLOCK_GAP
    _footer(page, MARGIN + HEADER + body + FOOTER_GAP, warnings, result)
    return page.figure


def _warning_lines(result: LesionResult) -> list[str]:
    """Why a group is withheld, then the warnings, as lines of the footer, each with its sign, continued lines
    indented.
    """
    lines = []
    for sentence in (*result.withheld, *(warning.message for warning in result.warnings[:MOST_WARNINGS])):
        first, *more = wrapped(sentence, WIDTH - 2 * MARGIN - 0.4, TEXT_SIZE, LINES_PER_WARNING)
        lines += [f"⚠  {first}", *(f"     {line}" for line in more)]
    left_out = len(result.warnings) - MOST_WARNINGS
    if left_out > 0:
        lines.append(f"     and {left_out} more")
    return lines


def _footer(page: Page, top: float, warnings: list[str], result: LesionResult) -> None:
    count = len(result.warnings) + len(result.withheld)
    heading = {0: "No warnings", 1: "1 warning"}.get(count, f"{count} warnings")
    page.text(MARGIN, top, heading, size=9, weight="bold")
    for position, line in enumerate(warnings, start=1):
        page.text(MARGIN, top + 0.04 + position * LINE, line, size=TEXT_SIZE)
    top += 0.04 + (len(warnings) + 1.6) * LINE
    page.rule(MARGIN, top, WIDTH - 2 * MARGIN, RULE)
    page.text(MARGIN, top + 0.06, shortened(result.notice, WIDTH - 2 * MARGIN, TEXT_SIZE), size=TEXT_SIZE, color=QUIET)
