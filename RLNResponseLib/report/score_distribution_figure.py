"""The scores of a study by outcome, beside the published means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.report.drawing import (
    INK,
    LEFT_OF_CUTOFF,
    QUIET,
    RIGHT_OF_CUTOFF,
    Page,
    drawing_style,
    shortened,
)
from RLNResponseLib.report.study_models import Judged

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _LEFT, _ROW = 8.0, 2.6, 0.55
_SPREAD = 0.16


def score_distribution_figure(model: ScoreModel, judged: Sequence[Judged]) -> Figure:
    """One row a set and class: every lymph node's score, their mean ± SD, and below it the published mean ± SD.

    Classes are those of the outcome: with it ▶, without it ◀.
    """
    rows = [(each.set, has, each.validation) for each in judged if each.validation is not None for has in (True, False)]
    height = 1.2 + _ROW * max(len(rows), 1) + 0.75
    with drawing_style():
        page = Page.blank(_WIDTH, height)
        page.text(0.2, 0.15, shortened(f"{model.title} by outcome", _WIDTH - 0.4, 11, "bold"), size=11, weight="bold")
        words = (
            "points: lymph nodes; line above: their mean ± SD; dotted line below: published mean ± SD; dashed: cutoff"
        )
        page.text(0.2, 0.4, words, color=QUIET)
        axes = page.axes(_LEFT, 0.8, _WIDTH - _LEFT - 0.3, _ROW * max(len(rows), 1))
        names = []
        for row, (name, has, validation) in enumerate(rows):
            assert validation is not None
            values = validation.scores[validation.table_outcome == has]
            _row(axes, row, values, has)
            names.append(f"{name}, {'with' if has else 'without'} outcome ({len(values)})")
            _published(axes, row, model, name, has)
        axes.axvline(model.cutoff.value, color=INK, lw=0.8, ls="--")
        axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel="score (log-odds)")
        axes.set_yticks(range(len(rows)), names, size=7)
        page.text(0.2, height - 0.25, RESEARCH_USE_ONLY, color=QUIET, size=7)
        return page.figure


def _row(axes: Axes, row: int, values: np.ndarray, has: bool) -> None:
    colour = RIGHT_OF_CUTOFF if has else LEFT_OF_CUTOFF
    # Spread evenly by rank, so that the picture is the same each time.
    rank = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    offset = _SPREAD * ((rank % 5) - 2) / 2
    axes.plot(values, row + offset, ">" if has else "<", ms=3, mfc="none", mec=colour, mew=0.6)
    if len(values) > 1:
        mean, sd = values.mean(), values.std(ddof=1)
        axes.errorbar([mean], [row - 0.3], xerr=[sd], fmt="D", ms=3.5, color=INK, lw=1, capsize=2)


def _published(axes: Axes, row: int, model: ScoreModel, name: str, has: bool) -> None:
    group = model.cutoff.group_when_true if has else model.cutoff.group_when_false
    for published in model.group_means:
        if (published.set, published.group) == (name, group):
            bar = axes.errorbar(
                [published.mean], [row + 0.32], xerr=[published.sd], fmt="s", ms=3, color=QUIET, lw=1, capsize=2
            )
            bar[-1][0].set_linestyle(":")
