"""A score at several centres as a forest plot: AUC, calibration slope and calibration in the large, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from RLNResponseLib.common.wording import counted, percent, with_limits
from RLNResponseLib.modelling.validation.centres import CentreFigures, MeasureName, PooledMeasure
from RLNResponseLib.report.figures.drawing import Page, drawing_style, shortened, title_height, whole_lines
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
from RLNResponseLib.report.text.centres import MEASURE_FORMS, MEASURE_WORDS, measure_words
from RLNResponseLib.statistics.estimates import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN: tuple[MeasureName, ...] = ("auc", "slope", "intercept")
# What says nothing, or is ideal.
_REFERENCE: Mapping[MeasureName, float] = {"auc": 0.5, "slope": 1.0, "intercept": 0.0}
# The frame is at least, and at most, so wide: what leaves it is drawn as an arrow.
_LEAST: Mapping[MeasureName, tuple[float, float]] = {"auc": (0.45, 1.0), "slope": (0.0, 2.0), "intercept": (-1.0, 1.0)}
_MOST: Mapping[MeasureName, tuple[float, float]] = {"auc": (0.0, 1.0), "slope": (-2.0, 6.0), "intercept": (-4.0, 4.0)}
# Inches.
_NAMES, _GAP, _ROW, _FOOT = 1.42, 0.16, 2.3 * LINE, 0.42


def centres_figure(title: str, figures: Sequence[CentreFigures], pooled: Mapping[MeasureName, PooledMeasure]) -> Figure:
    """A row a centre, then the mean of the centres and what a new centre may have.

    Parameters
    ----------
    title
        What it is of, as the reader sees it; empty where the caption says so.
    figures
        By centre.
    pooled
        By random effects; what is missing has no row.

    Returns
    -------
    Figure
    """
    width = DOUBLE - 2 * PAD
    column = (width - _NAMES - (len(_SHOWN) - 1) * _GAP) / len(_SHOWN)
    rows = len(figures) + (2 if pooled else 0)
    with drawing_style():
        notes = whole_lines(_note(pooled), width, TEXT_SIZE)
        head = title_height(title, width) + LINE + 0.08
        page = Page.blank(DOUBLE, head + rows * _ROW + _FOOT + len(notes) * LINE + NOTICE)
        page.title(title, width)
        for number, each in enumerate(figures):
            top = head + number * _ROW
            page.text(PAD, top, shortened(each.centre, _NAMES - 0.1, TEXT_SIZE), weight="bold")
            page.text(PAD, top + LINE, f"{each.lymph_nodes} LN, {each.events} with it", color=QUIET)
        if pooled:
            top = head + len(figures) * _ROW
            page.rule(PAD, top - 0.04, width, RULE)
            page.text(PAD, top, "Mean of the centres", weight="bold")
            page.text(PAD, top + LINE, "95% limits", color=QUIET)
            page.text(PAD, top + _ROW, "A new centre", weight="bold")
            page.text(PAD, top + _ROW + LINE, "95% prediction", color=QUIET)
        for at, name in enumerate(_SHOWN):
            left = PAD + _NAMES + at * (column + _GAP)
            _column(page, left, column, head, name, figures, pooled.get(name), rows)
        page.lines(PAD, head + rows * _ROW + _FOOT, notes, color=QUIET)
        page.notice()
        return page.figure


def _column(
    page: Page,
    left: float,
    width: float,
    head: float,
    name: MeasureName,
    figures: Sequence[CentreFigures],
    pooled: PooledMeasure | None,
    rows: int,
) -> None:
    estimates = [each.estimate(name) for each in figures]
    both = [] if pooled is None else [pooled.mean, pooled.prediction]
    frame = _frame(name, [each for each in (*estimates, *both) if each is not None])
    words = MEASURE_WORDS[name]
    page.text(left, head - LINE - 0.04, words[0].upper() + words[1:], weight="bold")
    axes = page.axes(left, head, width, rows * _ROW)
    axes.set_xlim(*frame)
    axes.set_ylim(rows, 0)
    axes.set_yticks([])
    # Beside the intervals alone: a line through the figures' words could not be read.
    for row in range(rows):
        axes.plot([_REFERENCE[name]] * 2, [row + 0.5, row + 0.94], color=QUIET, lw=0.8, linestyle=(0, (2, 1)), zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel(_axis(name), labelpad=2)
    for number, estimate in enumerate(estimates):
        page.text(left, head + number * _ROW, measure_words(name, estimate))
        if estimate is not None:
            _interval(axes, number + 0.72, estimate, frame, RIGHT_OF_CUTOFF, "s")
    if pooled is None:
        if rows > len(figures):
            page.text(left, head + len(figures) * _ROW, "not pooled", color=QUIET)
        return
    top = head + len(figures) * _ROW
    page.text(left, top, measure_words(name, pooled.mean), weight="bold")
    _interval(axes, len(figures) + 0.72, pooled.mean, frame, INK, "D")
    form = MEASURE_FORMS[name]
    page.text(left, top + _ROW, f"{pooled.prediction.lower:{form}} to {pooled.prediction.upper:{form}}")
    _interval(axes, len(figures) + 1.72, pooled.prediction, frame, LEFT_OF_CUTOFF, "")


def _axis(name: MeasureName) -> str:
    return {"auc": "0.5: no better than chance", "slope": "1: ideal", "intercept": "0: ideal"}[name]


def _frame(name: MeasureName, estimates: Sequence[Estimate]) -> tuple[float, float]:
    low, high = _LEAST[name]
    for each in estimates:
        low, high = min(low, each.lower), max(high, each.upper)
    low, high = max(low, _MOST[name][0]), min(high, _MOST[name][1])
    room = 0.03 * (high - low)
    return low - room, high + room


def _interval(axes: Axes, y: float, estimate: Estimate, frame: tuple[float, float], colour: str, marker: str) -> None:
    low, high = max(estimate.lower, frame[0]), min(estimate.upper, frame[1])
    axes.plot([low, high], [y, y], color=colour, lw=1.2 if marker else 2.2, solid_capstyle="butt")
    for end, edge, arrow in ((estimate.lower, frame[0], "<"), (estimate.upper, frame[1], ">")):
        outside = end < edge if arrow == "<" else end > edge
        axes.plot(
            [edge if outside else end],
            [y],
            marker=arrow if outside else "|",
            color=colour,
            ms=5 if outside else 4,
            clip_on=False,
        )
    if marker and frame[0] <= estimate.value <= frame[1]:
        axes.plot([estimate.value], [y], marker=marker, color=colour, ms=4.5)


def _note(pooled: Mapping[MeasureName, PooledMeasure]) -> str:
    said = "LN: lymph nodes; limits count patients; arrow: the limit lies outside the frame"
    if not pooled:
        return f"{said}. Not pooled: fewer than three centres tell a figure."
    count = max(of.effects.count for of in pooled.values())
    apart = "; ".join(
        f"{MEASURE_WORDS[name]} {with_limits(of.effects.tau.value, of.effects.tau.lower, of.effects.tau.upper, '.2f')}"
        f"{' (logit)' if name == 'auc' else ''}, I² {percent(of.effects.i2, digits=0)}"
        for name, of in pooled.items()
        if name in _SHOWN
    )
    return (
        f"{said}. Random effects over {counted(count, 'centre')} (REML, Hartung–Knapp), from which little is known of "
        f"how far centres differ. τ: {apart}."
    )
