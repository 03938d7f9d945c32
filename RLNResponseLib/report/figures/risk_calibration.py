"""Predicted risks beside what happened where death competes: the picture of `prediction.RiskJudged.groups`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, with_limits
from RLNResponseLib.report.figures.drawing import (
    INK,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    TEXT_SIZE,
    TITLE_SIZE,
    Page,
    drawing_style,
    shortened,
    wrapped,
)
from RLNResponseLib.survival.prediction import Prediction, RiskJudged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches.
_WIDTH, _SIDE, _LEFT, _MARGIN, _HEAD, _ROW = 6.6, 3.6, 1.05, 0.35, 0.25, 0.17


def risk_calibration_figure(title: str, judged: Prediction, risk: RiskJudged) -> Figure:
    """Every group of predicted risk: its mean predicted risk, and the share that then had the event, with limits.

    Parameters
    ----------
    title
        What it is of, as the reader sees it.
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
    words = (
        f"circles: groups of predicted risk, with how many lymph nodes; bars: 95% limits ({of}); line: predicted = "
        f"observed. Observed / expected {with_limits(ratio.value, ratio.lower, ratio.upper, '.2f')}."
    )
    with drawing_style():
        across = _WIDTH - 2 * _MARGIN
        lines = wrapped(words, across, TEXT_SIZE, 3)
        top = _MARGIN + _HEAD + _ROW * len(lines) + 0.15
        page = Page.blank(_WIDTH, top + _SIDE + 0.55 + _MARGIN)
        page.text(_MARGIN, _MARGIN, shortened(title, across, TITLE_SIZE, "bold"), size=TITLE_SIZE, weight="bold")
        for number, line in enumerate(lines):
            page.text(_MARGIN, _MARGIN + _HEAD + _ROW * number, line, size=TEXT_SIZE, color=QUIET)
        axes = page.axes(_LEFT, top, _SIDE, _SIDE)
        axes.plot([0, 1], [0, 1], color=RULE, lw=0.8)
        for group in risk.groups:
            observed = group.observed.event
            if math.isnan(observed.value):
                continue
            if not math.isnan(observed.lower):
                axes.plot([group.predicted] * 2, [observed.lower, observed.upper], color=RIGHT_OF_CUTOFF, lw=1)
            axes.plot([group.predicted], [observed.value], "o", color=RIGHT_OF_CUTOFF, ms=4.5)
            axes.annotate(
                str(group.observed.rows),
                (group.predicted, observed.value),
                xytext=(5, 3),
                textcoords="offset points",
                size=6.5,
                color=INK,
            )
        axes.set(
            xlim=(0, 1),
            ylim=(-0.02, 1.02),
            xlabel=f"mean predicted risk of recurrence by {judged.months:g} months",
            ylabel="recurred by then (Aalen–Johansen)",
        )
        axes.spines[["top", "right"]].set_visible(False)
        page.text(_MARGIN, page.height - _MARGIN - 0.1, RESEARCH_USE_ONLY, size=7, color=QUIET)
        return page.figure
