"""The picture of one scored lesion: where it is, what its scores say and why, and what makes them unreliable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.report.drawing import QUIET, RULE, TEXT_SIZE, Page, drawing_style, save_figure, shortened, wrapped
from RLNResponseLib.report.lesion_slice import largest_slice
from RLNResponseLib.report.score_drawing import block_height, draw_score
from RLNResponseLib.report.slice_drawing import ZOOM, draw_pictures, pictures_height

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    """Write the picture of `result` to `path`: PNG (150 dpi) or SVG by its suffix, the same bytes each time.

    contour  the one that `result` scores, on the grid of `ct`

    Raises DataRefusedError for another suffix (picture-format) and where the file cannot be written (not-written).
    """
    with drawing_style():
        save_figure(lesion_figure(ct, contour, result), path)


def lesion_figure(ct: CTImage, contour: Contour, result: LesionResult) -> Figure:
    """The picture as a matplotlib figure; call and save it inside `drawing_style()`."""
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
    """Why a group is withheld, then the warnings, as lines of the footer, each with its sign, continued lines indented."""
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
