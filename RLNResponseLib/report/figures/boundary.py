"""What moving a contour's boundary would do to its scores, drawn on the CT: the boundary coloured by place, and the
voxels that change the group where anything does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from RLNResponseLib.agreement.overlap import busiest_voxel
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import number
from RLNResponseLib.features.boundary_moves import ALL_AROUND
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.counterfactual import Counterfactual, effect_at
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.report.figures.drawing import (
    INK,
    LEFT_OF_CUTOFF,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    TEXT_SIZE,
    Page,
    drawing_style,
    save_figure,
    shortened,
    wrapped,
)
from RLNResponseLib.report.figures.planes import PLANES, cut, draw_coloured, draw_cut, shade
from RLNResponseLib.report.text.counterfactual import change_words, slope_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches.
WIDTH = 11.69
MARGIN = 0.45
GAP = 0.12
BAR = 0.95
PICTURE = (WIDTH - 2 * MARGIN - BAR - 2 * GAP) / 3
HEADER = 0.72
HEADING = 0.72
BLOCK = HEADING + PICTURE + 0.3
TITLE_SIZE = 16.0


def write_boundary_figure(
    path: Path, ct: CTImage, contour: Contour, result: LesionResult, found: Sequence[Counterfactual]
) -> None:
    """Write the picture to `path`: PNG (150 dpi), SVG or PDF by its suffix, the same bytes each time.

    Parameters
    ----------
    path
        The file.
    ct
        The CT.
    contour
        The one that `result` scores.
    result
        The scored lymph node.
    found
        What would change each of its scores' groups.

    Raises
    ------
    DataRefusedError
        for another suffix (picture-format) and where the file cannot be written (not-written).
    """
    with drawing_style():
        save_figure(boundary_figure(ct, contour, result, found), path)


def boundary_figure(ct: CTImage, contour: Contour, result: LesionResult, found: Sequence[Counterfactual]) -> Figure:
    """The picture as a matplotlib figure; call and save it inside `drawing_style()`.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    result
        The scored lymph node.
    found
        What would change each of its scores' groups.

    Returns
    -------
    Figure
    """
    heights = [HEADING if each.withheld is not None else BLOCK for each in found]
    page = Page.blank(WIDTH, MARGIN + HEADER + sum(heights) + 0.35 + MARGIN)
    name = shortened(result.segment, WIDTH - 2 * MARGIN, TITLE_SIZE, "bold")
    page.text(MARGIN, MARGIN, name, size=TITLE_SIZE, weight="bold")
    facts = f"What would change its groups; volume {result.volume_mm3:,.0f} mm³ on {ct.name}"
    page.text(MARGIN, MARGIN + 0.33, shortened(facts, WIDTH - 2 * MARGIN, 10), size=10, color=QUIET)
    top = MARGIN + HEADER
    for score, each, height in zip(result.scores, found, heights, strict=True):
        _block(page, top, ct, contour, score, each)
        top += height
    page.rule(MARGIN, top + 0.1, WIDTH - 2 * MARGIN, RULE)
    notice = shortened(result.notice, WIDTH - 2 * MARGIN, TEXT_SIZE)
    page.text(MARGIN, top + 0.16, notice, size=TEXT_SIZE, color=QUIET)
    return page.figure


def _block(page: Page, top: float, ct: CTImage, contour: Contour, score: ScoreResult, found: Counterfactual) -> None:
    width = WIDTH - 2 * MARGIN
    title = f"{score.model.title} {number(score.score)}, {score.group_said}"
    page.text(MARGIN, top, shortened(title, width, 11, "bold"), size=11, weight="bold")
    sentence = change_words(score, found)
    lines = wrapped(score.withheld or f"{sentence[:1].upper()}{sentence[1:]}.", width, 9, 2)
    if len(lines) == 1 and (slope := slope_words(found)):
        shaded = "" if found.smallest is None else " Shaded: what changes the group."
        lines.append(shortened(f"{slope[:1].upper()}{slope[1:]}.{shaded}", width, 9))
    for number_of_line, line in enumerate(lines):
        page.text(MARGIN, top + 0.23 + 0.17 * number_of_line, line, size=9)
    if found.withheld is not None:
        return
    change = found.smallest
    is_local = change is not None and change.place.words != ALL_AROUND
    voxel = busiest_voxel(change.changed if change is not None and is_local else contour)
    limit = max((abs(effect.per_mm) for effect in found.effects if effect.per_mm is not None), default=0.0) or 1.0
    colours = need("matplotlib.colors").LinearSegmentedColormap.from_list(
        "score", [LEFT_OF_CUTOFF, "#f4f4f4", RIGHT_OF_CUTOFF]
    )
    around = [contour] if change is None else [contour, change.changed]
    drawn: Any = None
    for number_of_picture, plane in enumerate(PLANES):
        left = MARGIN + number_of_picture * (PICTURE + GAP)
        axes = page.axes(left, top + HEADING, PICTURE, PICTURE)
        view = cut(ct, plane, voxel)
        draw_cut(axes, view, around)
        if change is not None:
            shade(axes, view, change.changed)
        drawn = draw_coloured(axes, view, contour, lambda places: effect_at(found, _lps(ct, places)), limit, colours)
        page.text(left, top + HEADING + PICTURE + 0.05, view.words, size=TEXT_SIZE, color=QUIET)
    left = MARGIN + 3 * PICTURE + 2 * GAP + 0.22
    bar = page.axes(left, top + HEADING + 0.35, 0.16, PICTURE - 0.7)
    colour_bar = page.figure.colorbar(drawn, cax=bar)
    colour_bar.outline.set(edgecolor=INK, linewidth=0.5)
    page.text(left - 0.12, top + HEADING, "score for each\nmm further out", size=7, color=INK)


def _lps(ct: CTImage, places: Floats) -> Floats:
    matrix = np.array(ct.image.GetDirection()).reshape(3, 3) * ct.image.GetSpacing()
    points: Floats = places[:, ::-1] @ matrix.T + np.array(ct.image.GetOrigin())
    return points
