"""Pictures of a score model: cross-validation and coefficient profile (the paper's figure 1a, b), ROC (1c, d),
calibration with the risks below it, decision curve, and the scores of a study by outcome beside the published means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.analysis.models import Judged
from RLNResponseLib.common.names import outcome_classes
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import number, proper_minus, with_limits
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.report.figures.drawing import Page, drawing_style, title_height, whole_lines
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

# Inches: what stands left of a plot (its numbers and its label) and below it.
_LEFT, _FOOT, _TOP = 0.52, 0.42, 0.24
_WIDTH = DOUBLE - 2 * PAD
_BINS = 20

_BEYOND = 1.0


def performance_figure(validation: Validation, title: str, earlier: Mapping[str, float]) -> Figure:
    """ROC, calibration with the distribution of the risks below it, and decision curve on one set of cases.

    Parameters
    ----------
    validation
        The figures of the validation.
    title
        What it is of, as the reader sees it; empty where the caption says so.
    earlier
        AUCs to stand beside it, by what they are ("corrected").

    Returns
    -------
    Figure
    """
    side, risks = (_WIDTH - 3 * _LEFT - 0.4) / 3, 0.34
    with drawing_style():
        notes = [
            line for words in _performance_notes(validation, earlier) for line in whole_lines(words, _WIDTH, TEXT_SIZE)
        ]
        head = title_height(title, _WIDTH) + _TOP
        page = Page.blank(DOUBLE, head + side + risks + 0.06 + _FOOT + len(notes) * LINE + NOTICE)
        page.title(title, _WIDTH)
        left = [PAD + _LEFT + place * (side + _LEFT + 0.15) for place in range(3)]
        roc, calibration, decision = (page.axes(each, head, side, side) for each in left)
        below = page.axes(left[1], head + side + 0.06, side, risks)
        _roc(roc, validation)
        _calibration(calibration, below, validation)
        _decision(decision, validation)
        for letter, axes, words in zip(
            "ABC", (roc, calibration, decision), ("ROC", "Calibration", "Decision curve"), strict=True
        ):
            lettered(axes, letter, words)
        page.lines(PAD, head + side + risks + 0.06 + _FOOT, notes, color=QUIET)
        page.notice()
        return page.figure


def lettered(axes: Axes, letter: str, words: str) -> None:
    """Give a panel its letter and its name.

    Parameters
    ----------
    axes
        Of the panel.
    letter
        By which the note below the figure calls it.
    words
        What it shows; may be empty.
    """
    axes.annotate(letter, (0, 1), xycoords="axes fraction", xytext=(-30, 5), textcoords="offset points", weight="bold")
    axes.annotate(words, (0, 1), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points")
    axes.spines[["top", "right"]].set_visible(False)


def _performance_notes(validation: Validation, earlier: Mapping[str, float]) -> list[str]:
    beside = "".join(f"; {name} {value:.3f}" for name, value in earlier.items())
    auc, calibration = validation.auc, validation.calibration
    notes = [
        f"A: AUC {with_limits(auc.value, auc.lower, auc.upper, beside='DeLong')}{beside}; circle: cutoff "
        f"{number(validation.cutoff)}."
    ]
    if calibration is None:
        notes.append(f"B: not drawn. {_sentence(validation.calibration_reason)}")
    else:
        intercept, slope = (
            proper_minus(with_limits(each.value, each.lower, each.upper, ".2f"))
            for each in (calibration.intercept, calibration.slope)
        )
        notes.append(
            f"B: lowess; intercept {intercept}, slope {slope}, Brier {calibration.brier:.3f}, scaled Brier "
            f"{calibration.scaled_brier:.2f}; below: how many lymph nodes have each risk."
        )
    curve = validation.decision_curve
    if curve is None:
        notes.append(f"C: not drawn. {_sentence(validation.decision_curve_reason)}")
    elif len(curve.thresholds):
        notes.append(f"C: thresholds {curve.thresholds[0]:.2f} to {curve.thresholds[-1]:.2f}.")
    return notes


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].removesuffix('.')}."


def _roc(axes: Axes, validation: Validation) -> None:
    false_positive = 1 - validation.curve.specificity
    order = np.lexsort((validation.curve.sensitivity, false_positive))
    axes.plot([0, 1], [0, 1], color=RULE, lw=0.8)
    axes.step(false_positive[order], validation.curve.sensitivity[order], where="post", color=RIGHT_OF_CUTOFF, lw=1.3)
    classes = validation.classification
    axes.plot(1 - classes.specificity.value, classes.sensitivity.value, "o", ms=5, mfc="white", mec=INK)
    axes.text(0.98, 0.04, f"AUC {validation.auc.value:.3f}", ha="right")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.set_xlabel("1 − specificity", labelpad=2)
    axes.set_ylabel("Sensitivity", labelpad=2)


def _calibration(axes: Axes, below: Axes, validation: Validation) -> None:
    axes.plot([0, 1], [0, 1], color=RULE, lw=0.8)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), yticks=(0, 0.5, 1), xticks=(0, 0.5, 1), xticklabels=())
    axes.set_ylabel("Observed share", labelpad=2)
    below.set(xlim=(-0.02, 1.02), xticks=(0, 0.5, 1))
    below.set_xlabel("Predicted probability", labelpad=2)
    below.spines[["top", "right"]].set_visible(False)
    calibration = validation.calibration
    if calibration is None:
        axes.text(0.5, 0.5, "not drawn", ha="center", color=QUIET)
        below.set_yticks([])
        return
    axes.plot(calibration.predicted, calibration.observed, color=RIGHT_OF_CUTOFF, lw=1.3)
    counts, edges = np.histogram(calibration.predicted, bins=_BINS, range=(0, 1))
    below.bar(edges[:-1], counts, width=1 / _BINS, align="edge", color=QUIET, lw=0)
    below.set_yticks([0, int(counts.max())])
    below.set_ylabel("n", labelpad=2, rotation=0, va="center")


def _decision(axes: Axes, validation: Validation) -> None:
    curve, events = validation.decision_curve, validation.events / validation.n
    axes.set_xlabel("Threshold probability", labelpad=2)
    axes.set_ylabel("Net benefit", labelpad=2)
    if curve is None:
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
        axes.text(0.5, 0.5, "not drawn", ha="center", color=QUIET)
        return
    axes.plot(curve.thresholds, curve.model, color=RIGHT_OF_CUTOFF, lw=1.3, label="by the score")
    axes.plot(curve.thresholds, curve.treat_all, color=LEFT_OF_CUTOFF, lw=0.9, ls="--", label="everybody")
    axes.axhline(0, color=INK, lw=0.8, ls=":", label="nobody")
    low = -0.15 * events - 0.02
    # Room for the names of the curves above them.
    axes.set(xlim=(-0.02, 1.02), ylim=(low, events * 1.55 + 0.02), xticks=(0, 0.5, 1))
    axes.legend(loc="upper right", handlelength=1.8, borderaxespad=0.1, labelspacing=0.25)


_ROW, _SPREAD = 0.52, 0.16


def score_distribution_figure(
    model: ScoreModel, judgements: Sequence[Judged], outcome: str, titled: bool = True
) -> Figure:
    """One row a set and class: every lymph node's score, their mean ± SD, and below it the published mean ± SD.

    Classes are those of the outcome: with it ▶, without it ◀.

    Parameters
    ----------
    model
        The score model.
    judgements
        The score models, each on its lymph nodes.
    outcome
        Its column, which names the classes: they are not the groups that the cutoff makes.
    titled
        Whether the title stands on it; not where a caption says so.

    Returns
    -------
    Figure
    """
    rows = [
        (judgement.set, has, judgement.validation)
        for judgement in judgements
        if judgement.validation is not None
        for has in (True, False)
    ]
    below = "square, dotted: published mean ± SD; " if model.group_means else ""
    note = f"Points: lymph nodes; diamond: their mean ± SD; {below}dashed: cutoff."
    with drawing_style():
        title = f"{model.title} by outcome" if titled else ""
        notes = whole_lines(note, _WIDTH, TEXT_SIZE)
        head = title_height(title, _WIDTH) + 0.1
        plot = _ROW * max(len(rows), 1)
        names = []
        for name, has, validation in rows:
            assert validation is not None
            group = outcome_classes(outcome)[0 if has else 1]
            count = int((validation.table_outcome == has).sum())
            names.append([name.capitalize(), *whole_lines(f"{group} (n = {count})", 1.4, TEXT_SIZE)])
        page = Page.blank(DOUBLE, head + plot + _FOOT + len(notes) * LINE + NOTICE)
        page.title(title, _WIDTH)
        axes = page.axes(PAD + 1.5, head, _WIDTH - 1.6, plot)
        for row, (name, has, validation) in enumerate(rows):
            assert validation is not None
            _row(axes, row, validation.scores[validation.table_outcome == has], has)
            _published(axes, row, model, name, has)
            middle = head + (row + 0.5) * _ROW - len(names[row]) * LINE / 2
            page.lines(PAD, middle, names[row])
        axes.axvline(model.cutoff.value, color=INK, lw=0.8, ls="--")
        axes.set(ylim=(len(rows) - 0.5, -0.5), yticks=[])
        axes.set_xlabel(f"{model.title} (log-odds)", labelpad=2)
        axes.spines[["top", "right", "left"]].set_visible(False)
        page.lines(PAD, head + plot + _FOOT, notes, color=QUIET)
        page.notice()
        return page.figure


def _row(axes: Axes, row: int, values: Floats, has: bool) -> None:
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
