"""Curves of time to an event: bands, direct labels, ticks of the censored, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.common.types import Floats
from RLNResponseLib.report.figures.drawing import Page, printable, text_width, title_height, whole_lines
from RLNResponseLib.report.figures.style import (
    BAND,
    DASHES,
    DOUBLE,
    GROUPS,
    INK,
    LINE,
    NOTICE,
    PAD,
    QUIET,
    RULE,
    SINGLE,
    TEXT_SIZE,
)
from RLNResponseLib.survival.curves import KaplanMeier
from RLNResponseLib.survival.results import Incidence
from RLNResponseLib.survival.states import incidence_estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches: the plot's height, its axis with the label below it, and what the names of groups may take in one column.
_PLOT, _FOOT, _NAME, _LONGEST_NAME = 2.1, 0.42, 0.62, 1.3
_LEFT = 0.52
# More bands than this hide each other.
MOST_BANDS = 3
# Of the axis: a curve that ends farther from its edge has a line to its name.
_NEAR = 0.06
# Months between two ticks; at most so many ticks.
_STEPS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120, 240)
_MOST_TICKS = 7

BANDS = "Bands: 95%, log-minus-log, pointwise, rows as independent"


@dataclass(frozen=True, kw_only=True)
class CurveWords:
    """What the axes of a figure say.

    Attributes
    ----------
    time
        Below the horizontal axis, with its unit.
    free
        Beside a Kaplan–Meier curve.
    event
        Beside a cumulative incidence.
    competing
        What competes.
    """

    time: str = "Months"
    free: str = "Without the event, %"
    event: str = "With the event, %"
    competing: str = "the other event"


ANY_EVENT = CurveWords()


@dataclass(frozen=True, kw_only=True)
class Steps:
    """One step function as it is drawn.

    Attributes
    ----------
    name
        Of the group.
    months, percent
        (T + 1,), its corners.
    lower, upper
        (T + 1,), its band, percent.
    censored
        Months at which somebody was censored.
    curve
        Knows the number at risk.
    """

    name: str
    months: Floats
    percent: Floats
    lower: Floats
    upper: Floats
    censored: Floats
    curve: KaplanMeier


def kaplan_meier_figure(
    title: str, curves: Mapping[str, KaplanMeier], words: str, *, test: str = "", axes_words: CurveWords = ANY_EVENT
) -> Figure:
    """Survival by group with log-minus-log bands, censoring ticks, direct labels and the numbers at risk.

    Parameters
    ----------
    title
        What it is of, as the reader sees it; empty where the caption says so.
    curves
        The Kaplan–Meier curves by name.
    words
        What stands below the numbers at risk.
    test
        What stands within the plot.
    axes_words
        Of the axes.

    Returns
    -------
    Figure
    """
    steps = [
        Steps(
            name=name,
            months=np.concatenate([[0.0], curve.months]),
            percent=100 * np.concatenate([[1.0], curve.survival]),
            lower=100 * np.concatenate([[1.0], np.where(curve.survival == 1, 1, curve.log_log.lower)]),
            upper=100 * np.concatenate([[1.0], np.where(curve.survival == 1, 1, curve.log_log.upper)]),
            censored=curve.months[curve.censored > 0],
            curve=curve,
        )
        for name, curve in curves.items()
    ]
    bands = BANDS if len(steps) <= MOST_BANDS else ""
    note = ". ".join(filter(None, [words, bands, "Ticks: censored"]))
    return _figure(title, steps, (axes_words.time, axes_words.free), note, test)


def incidence_figure(
    title: str,
    groups: Mapping[str, tuple[Incidence, KaplanMeier]],
    words: str,
    *,
    test: str = "",
    axes_words: CurveWords = ANY_EVENT,
) -> Figure:
    """Cumulative incidence of the event by group, the other event competing, with bands and the numbers at risk.

    Parameters
    ----------
    title
        What it is of, as the reader sees it; empty where the caption says so.
    groups
        Cumulative incidence and Kaplan–Meier by group.
    words
        What stands below the numbers at risk.
    test
        What stands within the plot.
    axes_words
        Of the axes.

    Returns
    -------
    Figure
    """
    steps = []
    for name, (incidence, curve) in groups.items():
        event = incidence.event
        months = np.concatenate([[0.0], event.months, [event.last_month]])
        shares = [incidence_estimate(event, float(month)) for month in months]
        percent, lower, upper = (
            100 * np.array([getattr(share, which) for share in shares]) for which in ("value", "lower", "upper")
        )
        steps.append(
            Steps(
                name=name,
                months=months,
                percent=percent,
                lower=np.where(np.isnan(lower), percent, lower),
                upper=np.where(np.isnan(upper), percent, upper),
                censored=np.empty(0),
                curve=curve,
            )
        )
    bands = BANDS if len(steps) <= MOST_BANDS else ""
    competes = f"{axes_words.competing[0].upper()}{axes_words.competing[1:]} competes (Aalen–Johansen)"
    note = ". ".join(filter(None, [words, competes, bands]))
    return _figure(title, steps, (axes_words.time, axes_words.event), note, test)


def _figure(title: str, steps: list[Steps], words: tuple[str, str], note: str, test: str) -> Figure:
    widest = max(text_width(printable(step.name), TEXT_SIZE) for step in steps)
    column = SINGLE if widest <= _NAME else DOUBLE
    name_width = min(max(widest, 0.3), _LONGEST_NAME) + 0.04
    names = [whole_lines(step.name, name_width, TEXT_SIZE) for step in steps]
    left = PAD + max(_LEFT, name_width + 0.12)
    labelled = len(steps) > 1
    right = name_width + 0.14 if labelled else 0.16
    notes = whole_lines(f"{note[:1].upper()}{note[1:]}.", column - 2 * PAD, TEXT_SIZE)
    head = title_height(title, column - 2 * PAD)
    table = sum(map(len, names)) + 1
    height = head + 0.1 + _PLOT + _FOOT + (table + len(notes)) * LINE + 0.1 + NOTICE
    page = Page.blank(column, height)
    page.title(title, column - 2 * PAD)
    axes = page.axes(left, head + 0.1, column - left - right, _PLOT)
    _draw(axes, steps, words)
    if labelled:
        _direct_labels(axes, steps, names, column - right - left)
    if test:
        _within(axes, steps, test, column - left - right)
    below = _numbers_at_risk(page, axes, steps, names, head + 0.1 + _PLOT + _FOOT)
    page.lines(PAD, below + 0.05, notes, size=TEXT_SIZE, color=QUIET)
    page.notice()
    return page.figure


def _draw(axes: Axes, steps: list[Steps], words: tuple[str, str]) -> None:
    for place, part in enumerate(steps):
        colour, dashes = GROUPS[place % len(GROUPS)], DASHES[place % len(DASHES)]
        axes.step(part.months, part.percent, where="post", color=colour, linestyle=dashes, lw=1.4)
        if len(steps) <= MOST_BANDS:
            axes.fill_between(part.months, part.lower, part.upper, step="post", color=colour, alpha=BAND, lw=0)
        if len(part.censored):
            at = part.percent[np.searchsorted(part.months, part.censored, side="right") - 1]
            axes.plot(part.censored, at, linestyle="", marker="|", color=colour, markersize=5, markeredgewidth=0.7)
    longest = max(float(part.months[-1]) for part in steps)
    axes.set_xlim(0, longest * 1.02 if longest > 0 else 1)
    axes.set_ylim(0, 102)
    axes.set_xticks(_ticks(longest))
    axes.set_yticks(range(0, 101, 20))
    axes.set_xlabel(words[0], labelpad=2)
    axes.set_ylabel(words[1], labelpad=2)
    axes.grid(axis="y", color=RULE, lw=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _ticks(longest: float) -> Floats:
    step = next((step for step in _STEPS if longest / step < _MOST_TICKS), max(longest, 1.0) / (_MOST_TICKS - 1))
    return np.arange(0.0, longest * 1.02 + 1e-9, step)


def _direct_labels(axes: Axes, steps: list[Steps], names: list[list[str]], width: float) -> None:
    """Each group's name in the order of the curves' ends, moved apart where two would lie on each other; a fine line
    leads from a curve to a name that is not beside its end.
    """
    unit = 102 / _PLOT  # percent an inch
    heights = [len(lines) * LINE * unit for lines in names]
    ends = [_end(part)[1] for part in steps]
    order = np.argsort(ends, kind="stable").tolist()
    places = dict.fromkeys(order, 0.0)
    lowest = 0.0
    for place in order:
        places[place] = max(ends[place], lowest + heights[place] / 2)
        lowest = places[place] + heights[place] / 2
    highest = 102.0
    for place in reversed(order):
        places[place] = min(places[place], highest - heights[place] / 2)
        highest = places[place] - heights[place] / 2
    edge = axes.get_xlim()[1]
    for place, lines in enumerate(names):
        axes.annotate(
            "\n".join(lines),
            (edge, places[place]),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=GROUPS[place % len(GROUPS)],
            linespacing=LINE * 72 / TEXT_SIZE / 1.2,
            annotation_clip=False,
        )
        end = _end(steps[place])
        if edge - end[0] > _NEAR * edge or abs(places[place] - end[1]) > heights[place]:
            axes.annotate(
                "",
                (edge, places[place]),
                xytext=end,
                arrowprops={
                    "arrowstyle": "-",
                    "color": GROUPS[place % len(GROUPS)],
                    "lw": 0.4,
                    "ls": ":",
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
            )


def _end(part: Steps) -> tuple[float, float]:
    """Month and percent where somebody is last at risk: where that one fails, before the curve falls to an end that
    says nothing of the group.
    """
    last = float(part.months[-1])
    before = np.flatnonzero(part.months < last)
    if len(part.curve.survival) and part.curve.survival[-1] == 0 and len(before):
        return last, float(part.percent[before[-1]])
    return last, float(part.percent[-1])


def _within(axes: Axes, steps: list[Steps], words: str, width: float) -> None:
    """`words` where the plot has least of the curves and bands; of places that are as good, in a corner."""
    share = min((text_width(words, TEXT_SIZE) + 0.12) / width, 1.0) * axes.get_xlim()[1]
    height = 102 * (LINE + 0.1) / _PLOT
    places = {}
    edge = axes.get_xlim()[1]
    for y in sorted(np.linspace(0.04, 0.96, 24).tolist(), key=lambda each: -abs(each - 0.5)):
        for x in (0.03, 0.97, 0.5):
            months = np.linspace(0, share, 60) + {0.03: 0, 0.97: edge - share, 0.5: (edge - share) / 2}[x]
            top = 102 - (0.96 - y) / 0.92 * (102 - height)
            low, high = top - height, top
            covered = 0
            for part in steps:
                at = np.searchsorted(part.months, months, side="right") - 1
                watched = months <= part.months[-1]
                covered += int((watched & (part.upper[at] > low) & (part.lower[at] < high)).sum())
                # A band may lie under letters, a curve may not.
                # Where it falls between two of the months, all that it falls through.
                falls = np.concatenate([part.percent[at][1:], part.percent[at][-1:]])
                least, most = np.minimum(part.percent[at], falls), np.maximum(part.percent[at], falls)
                covered += 8 * int((watched & (most > low) & (least < high)).sum())
            places[(x, y)] = covered
    x, y = min(places, key=lambda place: places[place])
    axes.text(
        x,
        y,
        words,
        transform=axes.transAxes,
        ha={0.03: "left", 0.97: "right", 0.5: "center"}[x],
        va="center" if 0.04 < y < 0.96 else "top" if y > 0.5 else "bottom",
        bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.0},
    )


def _numbers_at_risk(page: Page, axes: Axes, steps: list[Steps], names: list[list[str]], top: float) -> float:
    """Below the axis, at its ticks; where the next line begins, inches."""
    low, high = axes.get_xlim()
    box = axes.get_position()
    left, width = box.x0 * page.width, box.width * page.width
    page.text(PAD, top, "Number at risk", size=TEXT_SIZE, weight="bold")
    y = top + LINE
    for place, (part, lines) in enumerate(zip(steps, names, strict=True)):
        below = page.lines(PAD, y, lines, size=TEXT_SIZE, color=GROUPS[place % len(GROUPS)])
        for tick in axes.get_xticks():
            x = left + width * (tick - low) / (high - low)
            page.text(x, y, str(part.curve.at_risk_at(tick)), size=TEXT_SIZE, ha="center", color=INK)
        y = below
    return y
