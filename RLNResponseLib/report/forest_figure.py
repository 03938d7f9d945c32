"""Hazard ratios as a forest plot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.report.drawing import INK, QUIET, RULE, TEXT_SIZE, TITLE_SIZE, Page, shortened
from RLNResponseLib.report.words import p_cell
from RLNResponseLib.requirements import need
from RLNResponseLib.survival.cox import CoxFit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
WIDTH, MARGIN = 7.6, 0.35
NAMES, FIGURES = 2.2, 2.0
HEAD, ROW, FOOT = 0.75, 0.34, 0.5
# Limits further out than this are cut, with an arrow.
FURTHEST = 100.0
SHIFT = 0.17  # of a row: the robust interval lies this much below the model-based one
COLOUR, ROBUST_COLOUR = "#0072B2", "#D55E00"


def forest_figure(fit: CoxFit, title: str = "Cox model: hazard ratios") -> Figure:
    """One row a covariate: hazard ratio with 95% limits; below it, with patients, the robust limits. On a log scale."""
    count = len(fit.terms)
    page = Page.blank(WIDTH, MARGIN + HEAD + count * ROW + FOOT + 0.35 + MARGIN)
    page.text(MARGIN, MARGIN, shortened(title, WIDTH - 2 * MARGIN, TITLE_SIZE, "bold"), size=TITLE_SIZE, weight="bold")
    page.text(MARGIN, MARGIN + 0.24, _subtitle(fit), size=TEXT_SIZE, color=QUIET)
    plot_left, plot_width = MARGIN + NAMES, WIDTH - 2 * MARGIN - NAMES - FIGURES
    right = plot_left + plot_width + 0.15
    axes = page.axes(plot_left, MARGIN + HEAD, plot_width, count * ROW)
    low, high = _limits(fit)
    page.text(right, MARGIN + HEAD - 0.2, "HR (95% limits)", size=TEXT_SIZE, weight="bold")
    page.text(WIDTH - MARGIN, MARGIN + HEAD - 0.2, "p", size=TEXT_SIZE, weight="bold", ha="right")
    for row, (name, term) in enumerate(fit.terms.items()):
        y = MARGIN + HEAD + row * ROW + 0.05
        page.text(MARGIN, y + 0.05, shortened(name, NAMES - 0.15, TEXT_SIZE), size=TEXT_SIZE)
        _figures(
            page,
            right,
            y if term.robust else y + 0.06,
            term.hr,
            (term.lower, term.upper),
            term.p,
            COLOUR if term.robust else INK,
        )
        _interval(
            axes, row - (SHIFT if term.robust else 0), term.hr, (term.lower, term.upper), (low, high), COLOUR, "s"
        )
        if term.robust:
            robust = term.robust
            _figures(page, right, y + 0.13, term.hr, (robust.lower, robust.upper), robust.p, ROBUST_COLOUR)
            _interval(axes, row + SHIFT, term.hr, (robust.lower, robust.upper), (low, high), ROBUST_COLOUR, "o")
    _finish(axes, count, (low, high))
    page.text(MARGIN, page.height - MARGIN - 0.1, RESEARCH_USE_ONLY, size=7, color=QUIET)
    return page.figure


def _subtitle(fit: CoxFit) -> str:
    words = f"{fit.rows} rows, {fit.events} events; per unit of the covariate"
    if fit.patients is None:
        return words
    return f"{words}. Squares: model-based; circles: robust, {fit.patients} patients"


def _figures(
    page: Page, left: float, top: float, hr: float, limits: tuple[float, float], p: float, colour: str
) -> None:
    words = f"{hr:.3g} ({limits[0]:.3g} to {limits[1]:.3g})"
    page.text(left, top, words, size=7, color=colour)
    page.text(WIDTH - MARGIN, top, p_cell(p), size=7, color=colour, ha="right")


def _limits(fit: CoxFit) -> tuple[float, float]:
    ends = [1 / 1.5, 1.5]
    for term in fit.terms.values():
        ends += [term.lower, term.upper, *((term.robust.lower, term.robust.upper) if term.robust else ())]
    inside = [min(max(end, 1 / FURTHEST), FURTHEST) for end in ends]
    return min(inside) / 1.1, max(inside) * 1.1


def _interval(
    axes: Axes,
    y: float,
    hr: float,
    limits: tuple[float, float],
    shown: tuple[float, float],
    colour: str,
    marker: str,
) -> None:
    low, high = max(limits[0], shown[0]), min(limits[1], shown[1])
    axes.plot([low, high], [y, y], color=colour, lw=1.2, solid_capstyle="butt")
    for end, edge, arrow in ((limits[0], shown[0], "<"), (limits[1], shown[1], ">")):
        outside = end < edge if arrow == "<" else end > edge
        axes.plot([edge if outside else end], [y], marker=arrow if outside else "|", color=colour, markersize=5)
    if shown[0] <= hr <= shown[1]:
        axes.plot([hr], [y], marker=marker, color=colour, markersize=5)


def _finish(axes: Axes, count: int, shown: tuple[float, float]) -> None:
    ticker = need("matplotlib.ticker")
    axes.set_xscale("log")
    axes.set_xlim(*shown)
    axes.set_ylim(count - 0.5, -0.5)
    axes.axvline(1, color=QUIET, lw=0.8, linestyle=(0, (4, 2)), zorder=0)
    ticks = [0.01, 0.1, 1, 10, 100] if math.log10(shown[1] / shown[0]) > 2 else [0.1, 0.2, 0.5, 0.75, 1, 1.5, 2, 5, 10]
    axes.xaxis.set_major_locator(ticker.FixedLocator([tick for tick in ticks if shown[0] <= tick <= shown[1]]))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_yticks([])
    axes.set_xlabel("Hazard ratio (above 1: the event comes earlier)", color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=RULE, lw=0.4)
