"""How far a fitted score depends on which patients happened to be in the study: the four instability plots of Riley and
Collins 2023 (doi 10.1002/bimj.202200302).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.common.wording import percent
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.instability import Instability, calibration_curves
from RLNResponseLib.report.figures.drawing import Page, drawing_style, title_height, whole_lines
from RLNResponseLib.report.figures.models import lettered
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches: what stands left of a plot, below it and above it.
_LEFT, _FOOT, _TOP, _HEIGHT = 0.52, 0.46, 0.24, 2.0
_WIDTH = DOUBLE - 2 * PAD
# A curve is drawn through so many points, whatever the number of lymph nodes.
_POINTS = 40


def instability_figure(fit: Fit, titled: bool = True) -> Figure:
    """Probabilities of the resamples' scores against the score's own, their mean change, their calibration curves and
    how often the group changes.

    Parameters
    ----------
    fit
        The fitted score, with its correction.
    titled
        Whether the title stands on it; not where a caption says so.

    Returns
    -------
    Figure
    """
    found, cutoff = fit.corrected.instability, float(1 / (1 + np.exp(-fit.score.cutoff)))
    title = f"Instability over {fit.corrected.resamples} resamples of the patients" if titled else ""
    with drawing_style():
        notes = [line for words in _notes(fit) for line in whole_lines(words, _WIDTH, TEXT_SIZE)]
        head = title_height(title, _WIDTH) + _TOP
        row = _HEIGHT + _FOOT + _TOP
        page = Page.blank(DOUBLE, head + 2 * row - _TOP + len(notes) * LINE + NOTICE)
        page.title(title, _WIDTH)
        side = (_WIDTH - 2 * _LEFT - 0.3) / 2
        lefts = (PAD + _LEFT, PAD + 2 * _LEFT + side + 0.25)
        predictions, change, calibration, groups = (
            page.axes(left, top, side, _HEIGHT) for top in (head, head + row) for left in lefts
        )
        _predictions(predictions, found)
        _change(change, found)
        _calibration(calibration, found, fit.table.outcome)
        _groups(groups, found, cutoff)
        predictions.set(xlim=(-0.02, 1.02), xticks=(0, 0.5, 1))
        for axes in (change, groups):
            axes.set_xlim(*_range(found.probability, cutoff))
        for axes in (predictions, change, groups):
            axes.set_xlabel("Probability by the score", labelpad=2)
        for letter, axes, words in zip(
            "ABCD", (predictions, change, calibration, groups), ("Predictions", "Change", "Calibration", "Groups"),
            strict=True,
        ):  # fmt: skip
            lettered(axes, letter, words)
        page.lines(PAD, head + 2 * row - _TOP, notes, color=QUIET)
        page.notice()
        return page.figure


def _notes(fit: Fit) -> list[str]:
    found = fit.corrected.instability
    empty = int((np.ptp(found.resampled, axis=1) == 0).sum())
    none = f" {empty} of the resamples selected no feature and have no curve." if empty else ""
    held, own = percent(found.classification.mean()), percent(found.group_change.mean())
    return [
        "A: each bar is a lymph node, from 2.5% to 97.5% of its probabilities by the resamples' scores; dot: their "
        "median. B: MAPE, the mean change of the probability; line: the mean over the lymph nodes, "
        f"{found.average_change:.3f}. C: blue, the score on the lymph nodes that made it; grey, each resample's score "
        f"on the same.{none} D: share of resamples that put the lymph node in the other group: circles, at the score's "
        f"own cutoff (dashed; {held} on average); triangles, at each resample's own ({own}).",
        "This is what other patients of this kind would have given, not what patients elsewhere will give; a score "
        "that is stable may still be wrong.",
    ]


def _range(probability: Floats, cutoff: float) -> tuple[float, float]:
    """The probabilities there are, and the cutoff, and no less than a tenth: noise is not to be blown up."""
    low, high = min(float(probability.min()), cutoff), max(float(probability.max()), cutoff)
    margin = max(0.05 * (high - low), (0.1 - (high - low)) / 2)
    return low - margin, high + margin


def _predictions(axes: Axes, found: Instability) -> None:
    axes.plot([0, 1], [0, 1], color=RULE, lw=0.8)
    bars = need("matplotlib.collections").LineCollection(
        [[(x, low), (x, high)] for x, low, high in zip(found.probability, found.lower, found.upper, strict=True)],
        colors=RIGHT_OF_CUTOFF, linewidths=0.8, alpha=0.55,
    )  # fmt: skip
    axes.add_collection(bars)
    axes.plot(found.probability, np.median(found.resampled, axis=0), "o", ms=1.8, color=INK, lw=0)
    axes.set(ylim=(-0.02, 1.02), yticks=(0, 0.5, 1))
    axes.set_ylabel("By the resamples' scores", labelpad=2)


def _change(axes: Axes, found: Instability) -> None:
    axes.plot(found.probability, found.mean_change, "o", ms=2.6, mfc="none", mec=RIGHT_OF_CUTOFF, mew=0.8)
    axes.axhline(found.average_change, color=INK, lw=0.8)
    axes.set_ylim(0, max(0.02, 1.1 * float(found.mean_change.max())))
    axes.set_ylabel("MAPE", labelpad=2)


def _calibration(axes: Axes, found: Instability, outcome: Bools) -> None:
    own, others = calibration_curves(found, outcome)
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8, ls=":")
    for curve in others:
        axes.plot(*_thinned(curve.predicted, curve.observed), color=QUIET, lw=0.4, alpha=0.5)
    if own is not None:
        axes.plot(*_thinned(own.predicted, own.observed), color=RIGHT_OF_CUTOFF, lw=1.6)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.set_xlabel("Predicted probability", labelpad=2)
    axes.set_ylabel("Observed share", labelpad=2)


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    places = np.unique(np.linspace(0, len(x) - 1, _POINTS).round().astype(int))
    return x[places], y[places]


def _groups(axes: Axes, found: Instability, cutoff: float) -> None:
    axes.axvline(cutoff, color=INK, lw=0.8, ls="--")
    axes.plot(found.probability, found.group_change, "^", ms=2.8, mfc="none", mec=LEFT_OF_CUTOFF, mew=0.7)
    axes.plot(found.probability, found.classification, "o", ms=2.6, mfc="none", mec=RIGHT_OF_CUTOFF, mew=0.8)
    axes.set(ylim=(-0.02, 1.02), yticks=(0, 0.5, 1))
    axes.set_ylabel("In the other group", labelpad=2)
