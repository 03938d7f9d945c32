"""The picture of the first page: the AUCs of its table with their limits, the paper's beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from RLNResponseLib.report.figures.drawing import Page, drawing_style
from RLNResponseLib.report.figures.style import (
    DOUBLE,
    INK,
    LEFT_OF_CUTOFF,
    NOTICE,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    TEXT_SIZE,
)
from RLNResponseLib.report.text.result_lines import Limits, Result, ResultLine

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "The AUCs of the table above with their 95% limits, and the paper's"
CAPTION = (
    "Filled: this study; square: flattered (on the lymph nodes that made the score, or without early deaths). Open "
    "diamond: the paper. Other AUCs, as out of fold, stand in the appendix."
)
_WIDTH, _ROW, _LABELS, _VALUES = DOUBLE, 0.13, 2.75, 1.45
_TITLES = {"response": "Response", "two-year-control": "Recurrence within two years"}


def overview_figure(results: Sequence[Result]) -> Figure | None:
    """Draw the AUCs of the first page, one row each.

    Parameters
    ----------
    results
        The five results.

    Returns
    -------
    matplotlib.figure.Figure or None
        None where no score could be judged.
    """
    rows: list[ResultLine | str] = []
    for result in results:
        lines = [line for line in result.lines if line.limits is not None]
        if lines and result.name in _TITLES:
            rows += [_TITLES[result.name], *lines]
    if not rows:
        return None
    with drawing_style():
        height = 0.05 + _ROW * len(rows) + 0.36 + NOTICE
        page = Page.blank(_WIDTH, height)
        axes = page.axes(_LABELS, 0.05, _WIDTH - _LABELS - _VALUES, _ROW * len(rows))
        _frame(axes, len(rows), rows)
        for position, row in enumerate(rows):
            top = 0.05 + _ROW * (position + 0.5)
            if isinstance(row, str):
                page.text(0.05, top, row, va="center", size=TEXT_SIZE, weight="bold", color=INK)
                continue
            page.text(0.15, top, row.what, va="center", size=TEXT_SIZE, color=INK)
            page.text(_WIDTH - _VALUES + 0.08, top, row.here, va="center", size=TEXT_SIZE, color=INK)
            _interval(axes, position, row)
        page.notice()
    return page.figure


def _frame(axes: Axes, count: int, rows: Sequence[ResultLine | str]) -> None:
    limits = [of for row in rows if isinstance(row, ResultLine) for of in (row.limits, row.paper_limits) if of]
    lowest = min([0.4, *(of.lower for of in limits if of.lower >= 0)])
    axes.set_xlim(max(0.0, lowest - 0.03), 1.02)
    axes.set_ylim(count, 0)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.axvline(0.5, color=QUIET, lw=0.8, ls=(0, (4, 3)), zorder=0)
    axes.tick_params(labelsize=TEXT_SIZE)
    axes.set_xlabel("AUC (0.5: chance alone)", size=TEXT_SIZE, labelpad=1)
    for position, row in enumerate(rows):
        if isinstance(row, str) and position:
            axes.axhline(position, color=RULE, lw=0.6)


def _interval(axes: Axes, position: int, row: ResultLine) -> None:
    assert row.limits is not None
    colour, marker = (LEFT_OF_CUTOFF, "s") if row.is_flattered else (RIGHT_OF_CUTOFF, "o")
    shift = 0.14 if row.paper_limits else 0.0
    _bar(axes, position + 0.5 - shift, row.limits, colour, marker, filled=True)
    if row.paper_limits is not None:
        _bar(axes, position + 0.5 + 0.2, row.paper_limits, QUIET, "D", filled=False)


def _bar(axes: Axes, y: float, limits: Limits, colour: str, marker: str, *, filled: bool) -> None:
    axes.plot([limits.lower, limits.upper], [y, y], color=colour, lw=1.2, solid_capstyle="butt")
    face = colour if filled else "white"
    axes.plot([limits.value], [y], marker=marker, ms=4.5, mfc=face, mec=colour, mew=1.0, ls="none")
