"""Hazard ratios as a forest plot: a step that means something, limits that leave the frame as arrows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from RLNResponseLib.common.names import contrast, label
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.wording import counted, hazard_ratio_words, p_cell
from RLNResponseLib.report.figures.drawing import Page, title_height, whole_lines
from RLNResponseLib.report.figures.style import (
    DOUBLE,
    INK,
    LEFT_OF_CUTOFF,
    LINE,
    NOTICE,
    PAD,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    TEXT_SIZE,
)
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.survival.clustered_errors import ENOUGH_PATIENTS
from RLNResponseLib.survival.cox import CoxFit, CoxTerm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
_NAMES, _FIGURES, _P = 1.95, 1.65, 0.5
_FOOT, _GAP = 0.45, 0.1
# The frame shows a tenth to ten, and more only where a hazard ratio itself lies further out, up to a hundred.
NARROW, FURTHEST = 10.0, 100.0
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
EVENT_EARLIER = "Hazard ratio (above 1: the event comes earlier)"


@dataclass(frozen=True, kw_only=True)
class _Interval:
    """One hazard ratio as it is drawn and written."""

    ratio: Estimate
    p: float
    colour: str
    marker: str


def forest_figure(
    fit: CoxFit, title: str = "", axis: str = EVENT_EARLIER, counts: tuple[str, str] = ("row", "event")
) -> Figure:
    """A row a covariate: the hazard ratio per SD, or between its two levels, with 95% limits, on a log scale.

    With patients, the robust interval lies below the model-based one.

    Parameters
    ----------
    fit
        The fitted Cox model.
    title
        What it is of, as the reader sees it; empty where the caption says so.
    axis
        What stands below the axis.
    counts
        What a row is, and what an event is.

    Returns
    -------
    Figure
    """
    drawn = {name: _intervals(term) for name, term in fit.terms.items()}
    width = DOUBLE - 2 * PAD
    names = {name: _names(name, term) for name, term in fit.terms.items()}
    rows = [max(len(names[name]), len(drawn[name])) * LINE + _GAP for name in drawn]
    notes = whole_lines(_note(fit, counts), width, TEXT_SIZE)
    head = title_height(title, width) + LINE + 0.06
    page = Page.blank(DOUBLE, head + sum(rows) + _FOOT + len(notes) * LINE + NOTICE)
    page.title(title, width)
    plot = PAD + _NAMES
    right = DOUBLE - PAD - _P - _FIGURES
    axes = page.axes(plot, head, right - 0.15 - plot, sum(rows))
    page.text(right, head - LINE - 0.02, "HR (95% limits)", weight="bold")
    page.text(DOUBLE - PAD, head - LINE - 0.02, "p", weight="bold", ha="right")
    frame = _frame(drawn)
    _finish(axes, sum(rows), frame, axis)
    top = 0.0
    for name, height in zip(drawn, rows, strict=True):
        first, *others = names[name]
        page.text(PAD, head + top + _GAP / 2, first)
        page.lines(PAD, head + top + _GAP / 2 + LINE, others, color=QUIET)
        begin = top + (height - len(drawn[name]) * LINE) / 2
        for number, each in enumerate(drawn[name]):
            y = begin + (number + 0.5) * LINE
            colour = INK if len(drawn[name]) == 1 else each.colour
            ratio = each.ratio
            page.text(
                right, head + y, hazard_ratio_words(ratio.value, ratio.lower, ratio.upper), va="center", color=colour
            )
            page.text(DOUBLE - PAD, head + y, p_cell(each.p), va="center", ha="right", color=colour)
            _interval(axes, y, each, frame)
        top += height
    page.lines(PAD, head + top + _FOOT, notes, color=QUIET)
    page.notice()
    return page.figure


def _names(name: str, term: CoxTerm) -> list[str]:
    step = contrast(name, term.difference, term.two_values)
    return [line for words in (label(name, unit=False), step) for line in whole_lines(words, _NAMES - 0.1, TEXT_SIZE)]


def _intervals(term: CoxTerm) -> list[_Interval]:
    found = [_Interval(ratio=term.per(term), p=term.p, colour=RIGHT_OF_CUTOFF, marker="s")]
    error = term.by_patient
    if error is not None and not math.isnan(error.p):
        found.append(_Interval(ratio=term.per(error), p=error.p, colour=LEFT_OF_CUTOFF, marker="o"))
    return found


def _note(fit: CoxFit, counts: tuple[str, str]) -> str:
    words = f"{counted(fit.rows, counts[0])}, {counted(fit.events, counts[1])}; arrow: the limit lies outside the frame"
    if fit.patients is None:
        return words
    kind = "CR2" if fit.patients < ENOUGH_PATIENTS else "robust"
    return f"{words}. Squares: model-based limits; circles: {kind}, {counted(fit.patients, 'patient')} as clusters"


def _frame(drawn: dict[str, list[_Interval]]) -> tuple[float, float]:
    low, high = 1 / 1.5, 1.5
    for each in (interval for intervals in drawn.values() for interval in intervals):
        for value, furthest in (
            (each.ratio.lower, NARROW),
            (each.ratio.upper, NARROW),
            (each.ratio.value * 0.8, FURTHEST),
            (each.ratio.value * 1.25, FURTHEST),
        ):
            if not math.isnan(value):
                inside = min(max(value, 1 / furthest), furthest)
                low, high = min(low, inside), max(high, inside)
    return low / 1.1, high * 1.1


def _interval(axes: Axes, y: float, each: _Interval, frame: tuple[float, float]) -> None:
    ratio, colour = each.ratio, each.colour
    low, high = max(ratio.lower, frame[0]), min(ratio.upper, frame[1])
    axes.plot([low, high], [y, y], color=colour, lw=1.1, solid_capstyle="butt")
    for end, edge, arrow in ((ratio.lower, frame[0], "<"), (ratio.upper, frame[1], ">")):
        outside = end < edge if arrow == "<" else end > edge
        size = 5 if outside else 4
        axes.plot(
            [edge if outside else end], [y], marker=arrow if outside else "|", color=colour, ms=size, clip_on=False
        )
    if frame[0] <= ratio.value <= frame[1]:
        axes.plot([ratio.value], [y], marker=each.marker, color=colour, markersize=4.5)


def _finish(axes: Axes, height: float, frame: tuple[float, float], words: str) -> None:
    ticker = need("matplotlib.ticker")
    axes.set_xscale("log")
    axes.set_xlim(*frame)
    axes.set_ylim(height, 0)
    axes.axvline(1, color=QUIET, lw=0.8, linestyle=(0, (4, 2)), zorder=0)
    ticks = [tick for tick in _TICKS if frame[0] <= tick <= frame[1]]
    if len(ticks) > 7:
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    axes.xaxis.set_major_locator(ticker.FixedLocator(ticks))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_yticks([])
    axes.set_xlabel(words, labelpad=2)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=RULE, lw=0.3)
    axes.set_axisbelow(True)
