"""Predicted risks beside what happened where death competes: the picture of `prediction.RiskJudged.groups`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from RLNResponseLib.common.wording import counted, with_limits
from RLNResponseLib.report.figures.drawing import Page, drawing_style, title_height, whole_lines
from RLNResponseLib.report.figures.style import (
    INK,
    LINE,
    NOTICE,
    PAD,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    SINGLE,
    TEXT_SIZE,
)
from RLNResponseLib.survival.prediction import Prediction, RiskJudged

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches.
_LEFT, _SIDE, _STRIP, _FOOT = 0.62, 2.45, 0.42, 0.45


def risk_calibration_figure(title: str, judged: Prediction, risk: RiskJudged) -> Figure:
    """Every group of predicted risk: its mean predicted risk, and the share that then had the event, with limits.

    Below it how many lymph nodes each group has, as wide as its risks.

    Parameters
    ----------
    title
        What it is of, as the reader sees it; empty where the caption says so.
    judged
        The prediction, for the time and who is counted.
    risk
        Of its probabilities.

    Returns
    -------
    Figure
    """
    of = "lymph nodes as independent" if judged.patients is None else counted(judged.patients, "patient")
    ratio = risk.observed_over_expected
    note = (
        f"Circles: groups of predicted risk; bars: 95% limits ({of}); line: predicted = observed; below: how many "
        "lymph nodes each group has, from its lowest to its highest risk. Observed / expected "
        f"{with_limits(ratio.value, ratio.lower, ratio.upper, '.2f')}."
    )
    width = SINGLE - 2 * PAD
    with drawing_style():
        notes = whole_lines(note, width, TEXT_SIZE)
        head = title_height(title, width) + 0.08
        page = Page.blank(SINGLE, head + _SIDE + 0.06 + _STRIP + _FOOT + len(notes) * LINE + NOTICE)
        page.title(title, width)
        axes = page.axes(_LEFT, head, _SIDE, _SIDE)
        below = page.axes(_LEFT, head + _SIDE + 0.06, _SIDE, _STRIP)
        _groups(axes, risk)
        axes.set_ylabel(f"Recurred by {judged.months:g} months, %", labelpad=2)
        _sizes(below, risk)
        below.set_xlabel("Mean predicted risk of recurrence, %", labelpad=2)
        page.lines(PAD, head + _SIDE + 0.06 + _STRIP + _FOOT, notes, color=QUIET)
        page.notice()
        return page.figure


def _groups(axes: Axes, risk: RiskJudged) -> None:
    axes.plot([0, 100], [0, 100], color=RULE, lw=0.8)
    for group in risk.groups:
        observed = group.observed.event
        if math.isnan(observed.value):
            continue
        x = 100 * group.predicted
        if not math.isnan(observed.lower):
            axes.plot([x] * 2, [100 * observed.lower, 100 * observed.upper], color=RIGHT_OF_CUTOFF, lw=1)
        axes.plot([x], [100 * observed.value], "o", color=RIGHT_OF_CUTOFF, ms=4.5)
    axes.set(xlim=(-2, 102), ylim=(-2, 102), xticks=range(0, 101, 20), xticklabels=(), yticks=range(0, 101, 20))
    axes.spines[["top", "right"]].set_visible(False)


def _sizes(axes: Axes, risk: RiskJudged) -> None:
    most = max((group.observed.rows for group in risk.groups), default=1)
    for group in risk.groups:
        low, high = 100 * group.lowest, 100 * group.highest
        axes.bar(
            [low], [group.observed.rows], width=max(high - low, 0.8), align="edge", color=QUIET, ec="white", lw=0.4
        )
    axes.set(xlim=(-2, 102), ylim=(0, most * 1.1), xticks=range(0, 101, 20), yticks=[0, most])
    axes.set_ylabel("n", labelpad=2, rotation=0, va="center", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
