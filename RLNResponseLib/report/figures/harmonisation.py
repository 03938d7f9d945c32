"""What ComBat did: the formula's features by centre, as they were measured and as the score takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.centres import Centres
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.report.figures.drawing import Page, drawing_style, shortened, title_height, whole_lines
from RLNResponseLib.report.figures.style import (
    BAND,
    DOUBLE,
    LEFT_OF_CUTOFF,
    LINE,
    NOTICE,
    PAD,
    QUIET,
    RIGHT_OF_CUTOFF,
    TEXT_SIZE,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
_NAMES, _GAP, _ROW, _FOOT, _HEAD = 1.2, 0.2, 0.2, 0.34, 0.24
_MOST_SHOWN, _MOST_CENTRES = 6, 12


def combat_figure(title: str, fit: Fit, centres: Centres) -> Figure | None:
    """Each feature of the formula at each centre: left as measured, right harmonised, on one axis.

    Parameters
    ----------
    title
        What it is of, as the reader sees it; empty where the caption says so.
    fit
        A score that was harmonised.
    centres
        Over which.

    Returns
    -------
    Figure or None
        None where the score has no feature.
    """
    names = sorted(fit.coefficients, key=lambda name: -abs(_weight(fit, name)))
    shown, codes = names[:_MOST_SHOWN], range(min(len(centres.names), _MOST_CENTRES))
    if not shown:
        return None
    width = DOUBLE - 2 * PAD
    column = (width - _NAMES - 2 * _GAP) / 2
    block = _HEAD + len(codes) * _ROW + _FOOT
    with drawing_style():
        notes = whole_lines(_note(len(names) - len(shown), len(centres.names) - len(codes)), width, TEXT_SIZE)
        head = title_height(title, width) + LINE + 0.08
        page = Page.blank(DOUBLE, head + len(shown) * block + len(notes) * LINE + NOTICE)
        page.title(title, width)
        for at, words in enumerate(("as measured", "harmonised")):
            page.text(PAD + _NAMES + at * (column + _GAP), head - LINE - 0.02, words, weight="bold")
        for number, name in enumerate(shown):
            top, place = head + number * block, fit.names.index(name)
            page.text(PAD, top, feature_label(name), weight="bold")
            for row, code in enumerate(codes):
                own = shortened(centres.names[code], _NAMES - 0.5, TEXT_SIZE)
                page.text(PAD, top + _HEAD + (row + 0.5) * _ROW, own, va="center")
                count = int((centres.codes == code).sum())
                page.text(
                    PAD + _NAMES - 0.1,
                    top + _HEAD + (row + 0.5) * _ROW,
                    str(count),
                    va="center",
                    ha="right",
                    color=QUIET,
                )
            values = (fit.table.features[:, place], fit.features[:, place])
            frame = _frame(values)
            for at, (of, colour) in enumerate(zip(values, (LEFT_OF_CUTOFF, RIGHT_OF_CUTOFF), strict=True)):
                axes = page.axes(PAD + _NAMES + at * (column + _GAP), top + _HEAD, column, len(codes) * _ROW)
                _spreads(axes, [of[centres.codes == code] for code in codes], colour)
                axes.set_xlim(*frame)
        page.lines(PAD, head + len(shown) * block, notes, color=QUIET)
        page.notice()
        return page.figure


def _weight(fit: Fit, name: str) -> float:
    return fit.coefficients[name] * float(fit.features[:, fit.names.index(name)].std())


def _frame(values: tuple[Floats, Floats]) -> tuple[float, float]:
    low, high = np.quantile(np.concatenate(values), [0.005, 0.995])
    room = 0.05 * float(high - low)
    return float(low) - room, float(high) + room


def _spreads(axes: Axes, groups: list[Floats], colour: str) -> None:
    for row, values in enumerate(groups):
        low, lower, median, upper, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
        y = row + 0.5
        axes.plot([low, high], [y, y], color=colour, lw=0.8)
        axes.barh(
            [y], [upper - lower], left=[lower], height=0.6, color=colour, alpha=2 * BAND, edgecolor=colour, lw=0.8
        )
        axes.plot([median], [y], marker="|", color=colour, ms=8, mew=2)
    axes.set_ylim(len(groups), 0)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)


def _note(features: int, centres: int) -> str:
    more = [f"{features} more features"] * (features > 0) + [f"{centres} more centres"] * (centres > 0)
    beside = f"; {' and '.join(more)} are not shown" if more else ""
    return (
        "Box: quartiles; line: 5% to 95%; tick: median; grey: lymph nodes of the centre. ComBat, estimated on these "
        f"very lymph nodes, without the outcome{beside}. That centres look alike here does not show that what was "
        "taken off was the scanners' and not their patients'."
    )
