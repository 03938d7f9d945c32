"""Two readings of one lymph node as a picture: both outlines on the CT, the voxels that only one holds, both scores on
one scale, and what each feature has to do with the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.agreement.overlap import busiest_voxel
from RLNResponseLib.analysis.disagreement import ReadingComparison
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import number, signed
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.report.figures.drawing import (
    INK,
    LEFT_OF_CUTOFF,
    OUTLINE,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    TEXT_SIZE,
    Page,
    drawing_style,
    save_figure,
    shortened,
)
from RLNResponseLib.report.figures.planes import PLANES, cut, draw_cut, draw_outline, shade
from RLNResponseLib.report.figures.score import feature_label, scale_limits
from RLNResponseLib.report.text.disagreement import overlap_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIRST, SECOND = OUTLINE, "#56B4E9"
# Inches.
WIDTH = 11.69
MARGIN = 0.45
GAP = 0.12
PICTURE = (WIDTH - 2 * MARGIN - 2 * GAP) / 3
HEADER = 0.95
GAUGE = 0.62
BAR_ROW = 0.18
LABELS = 2.5
TITLE_SIZE = 16.0


def write_disagreement_figure(path: Path, comparison: ReadingComparison) -> None:
    """Write the picture to `path`: PNG (150 dpi), SVG or PDF by its suffix, the same bytes each time.

    Parameters
    ----------
    path
        The file.
    comparison
        Of two readings of one lymph node.

    Raises
    ------
    DataRefusedError
        for another suffix (picture-format) and where the file cannot be written (not-written).
    """
    with drawing_style():
        save_figure(disagreement_figure(comparison), path)


def disagreement_figure(comparison: ReadingComparison) -> Figure:
    """The picture as a matplotlib figure; call and save it inside `drawing_style()`.

    Parameters
    ----------
    comparison
        Of two readings of one lymph node.

    Returns
    -------
    Figure
    """
    heights = [0.55 + max(GAUGE, len(score.features) * BAR_ROW) + 0.35 for score in comparison.scores]
    page = Page.blank(WIDTH, MARGIN + HEADER + PICTURE + 0.4 + sum(heights) + 0.3 + MARGIN)
    width = WIDTH - 2 * MARGIN
    name = shortened(comparison.lymph_node, width, TITLE_SIZE, "bold")
    page.text(MARGIN, MARGIN, name, size=TITLE_SIZE, weight="bold")
    page.text(MARGIN, MARGIN + 0.34, shortened(overlap_words(comparison.overlap), width, 9), size=9, color=QUIET)
    _legend(page, MARGIN + 0.66, comparison)
    top = MARGIN + HEADER
    around = [comparison.first, comparison.second]
    voxel = busiest_voxel(comparison.differing or comparison.first, (comparison.first, comparison.second))
    for position, plane in enumerate(PLANES):
        left = MARGIN + position * (PICTURE + GAP)
        axes = page.axes(left, top, PICTURE, PICTURE)
        view = cut(comparison.ct, plane, voxel)
        draw_cut(axes, view, around)
        if comparison.differing is not None:
            shade(axes, view, comparison.differing)
        draw_outline(axes, view, comparison.first, FIRST)
        draw_outline(axes, view, comparison.second, SECOND, "--")
        page.text(left, top + PICTURE + 0.05, view.words, size=TEXT_SIZE, color=QUIET)
    top += PICTURE + 0.4
    for score, height in zip(comparison.scores, heights, strict=True):
        _score(page, top, comparison, score)
        top += height
    page.rule(MARGIN, top, width, RULE)
    page.text(MARGIN, top + 0.06, RESEARCH_USE_ONLY, size=TEXT_SIZE, color=QUIET)
    return page.figure


def _legend(page: Page, top: float, comparison: ReadingComparison) -> None:
    left = MARGIN
    for words, colour, style in zip(
        (*comparison.pair.words, "only one of the two"), (FIRST, SECOND, None), ("-", "--", None), strict=True
    ):
        axes = page.axes(left, top, 0.4, 0.16)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[], facecolor="#404040")
        axes.spines[:].set_visible(False)
        if colour is None:
            axes.set_facecolor("#CC79A7")
        else:
            axes.plot([0, 1], [0.5, 0.5], color=colour, ls=style, lw=1.6)
        page.text(left + 0.46, top + 0.02, words, size=TEXT_SIZE)
        left += 2.2


def _score(page: Page, top: float, comparison: ReadingComparison, score: ScoreChange) -> None:
    width = WIDTH - 2 * MARGIN
    half = (width - 0.4) / 2
    both = " → ".join(f"{number(result.score)} {result.group_words}" for result in (score.first, score.second))
    title = f"{score.model.title}: {both} ({signed(score.difference)})"
    page.text(MARGIN, top, shortened(title, width, 11, "bold"), size=11, weight="bold")
    _gauge(page.axes(MARGIN, top + 0.55, half, GAUGE), comparison, score)
    left = MARGIN + half + 0.4
    page.text(left, top + 0.27, "What each feature adds to the difference", size=TEXT_SIZE, weight="bold")
    height = len(score.features) * BAR_ROW
    _bars(page.axes(left + LABELS, top + 0.45, half - LABELS - 0.6, height), score)


def _gauge(axes: Axes, comparison: ReadingComparison, score: ScoreChange) -> None:
    """Both scores on one scale, a row each."""
    model = score.model
    ends = [scale_limits(model, result.score) for result in (score.first, score.second)]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    cutoff = model.cutoff.value
    axes.set(xlim=(low, high), ylim=(2, -0.2), yticks=[])
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.axvspan(low, cutoff, color="#f0f0f0", lw=0)
    axes.axvline(cutoff, color=INK, lw=1.0, ls=(0, (4, 2)), gid="cutoff")
    axes.text(cutoff, -0.25, f"cutoff {number(cutoff)}", ha="center", va="bottom", size=7.5)
    for row, (words, result) in enumerate(zip(comparison.pair.words, (score.first, score.second), strict=True)):
        place = min(max(result.score, low), high)
        is_right = result.score > cutoff
        marker, colour = (">", RIGHT_OF_CUTOFF) if is_right else ("<", LEFT_OF_CUTOFF)
        if result.withheld:
            marker, colour = "o", QUIET
        axes.plot([place], [row + 0.4], marker=marker, ms=7, color=colour, clip_on=False, gid=f"score {row + 1}")
        # Away from the cutoff, where there is room.
        share = (place - low) / (high - low)
        on_left = share > 0.75 or (share > 0.35 and not is_right)
        axes.annotate(
            f"{words} {number(result.score)}", (place, row + 0.4), (-8 if on_left else 8, 0),
            textcoords="offset points", ha="right" if on_left else "left", va="center", size=TEXT_SIZE, color=colour,
        )  # fmt: skip


def _bars(axes: Axes, score: ScoreChange) -> None:
    values = [feature.contribution for feature in score.features]
    reach = max((abs(value) for value in values), default=0.0) or 1.0
    axes.set(xlim=(-1.05 * reach, 1.05 * reach), ylim=(len(values) - 0.5, -0.5), xticks=[])
    colours = [RIGHT_OF_CUTOFF if value >= 0 else LEFT_OF_CUTOFF for value in values]
    axes.barh(range(len(values)), values, height=0.62, color=colours)
    axes.axvline(0, color=INK, lw=0.6)
    axes.spines[:].set_visible(False)
    labels = [shortened(feature_label(feature.name), LABELS - 0.1, TEXT_SIZE) for feature in score.features]
    axes.set_yticks(range(len(values)), labels, size=TEXT_SIZE, color=INK)
    axes.tick_params(length=0)
    for row, value in enumerate(values):
        axes.annotate(
            signed(value), (1.0, row), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            ha="left", va="center", size=TEXT_SIZE, annotation_clip=False,
        )  # fmt: skip
