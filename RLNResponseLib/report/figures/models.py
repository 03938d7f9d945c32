"""Pictures of a score model: cross-validation and coefficient profile (the paper's figure 1a, b), ROC (1c, d),
calibration, decision curve, and the scores of a study by outcome beside the published means.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.analysis.models import Judged
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import with_limits
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.report.figures.drawing import (
    INK,
    LEFT_OF_CUTOFF,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    Page,
    drawing_style,
    shortened,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_WIDTH, _SIDE = 8.0, 3.0
# Beside the named colours, so that profiles can be told apart; the names stand at their ends.
_PROFILE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")


def selection_figure(fit: Fit) -> Figure:
    """Cross-validated AUC along log λ, and the coefficients along it, on the standardised scale.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    Figure
    """
    cross_validation = fit.score.cross_validation
    log_lambda = np.log(cross_validation.path.lambdas)
    with drawing_style():
        page = Page.blank(_WIDTH, 4.6)
        page.text(0.2, 0.15, "LASSO: cross-validated AUC and coefficient profile", size=11, weight="bold")
        lambdas = (
            f"dotted: λ.min = {cross_validation.lambda_min:.4g}; dashed: λ.1se = {cross_validation.lambda_1se:.4g}"
        )
        words = f"{lambdas}; taken: λ.{fit.options.recipe.rule}"
        page.text(0.2, 0.4, words, color=QUIET)
        axes = page.axes(0.7, 0.85, _SIDE, _SIDE)
        axes.fill_between(
            log_lambda,
            cross_validation.auc - cross_validation.se,
            cross_validation.auc + cross_validation.se,
            color=RULE,
            alpha=0.5,
            lw=0,
        )
        axes.plot(log_lambda, cross_validation.auc, color=LEFT_OF_CUTOFF, marker="o", ms=2, lw=0.8)
        axes.set(xlabel="log λ", ylabel="AUC, mean ± SE over the folds")
        profile = page.axes(_SIDE + 1.45, 0.85, _SIDE, _SIDE)
        _profile(profile, fit, log_lambda)
        for panel in (axes, profile):
            panel.axvline(np.log(cross_validation.lambda_min), color=INK, lw=0.8, ls=":")
            panel.axvline(np.log(cross_validation.lambda_1se), color=INK, lw=0.8, ls="--")
            panel.tick_params(labelsize=7)
        page.text(0.2, 4.4, RESEARCH_USE_ONLY, color=QUIET, size=7)
        return page.figure


def performance_figure(validation: Validation, title: str, earlier: Mapping[str, float]) -> Figure:
    """ROC, calibration and decision curve on one set of cases.

    Parameters
    ----------
    validation
        The figures of the validation.
    title
        What it is of, as the reader sees it.
    earlier
        AUCs to stand beside it, by what they are ("corrected").

    Returns
    -------
    Figure
    """
    with drawing_style():
        page = Page.blank(11.4, 4.7)
        page.text(0.2, 0.15, shortened(title, 10.8, 11, "bold"), size=11, weight="bold")
        beside = "".join(f"; {name} {value:.3f}" for name, value in earlier.items())
        auc = validation.auc
        words = f"AUC {with_limits(auc.value, auc.lower, auc.upper, beside='DeLong')}{beside}"
        page.text(0.2, 0.4, words, color=QUIET)
        _roc(page.axes(0.7, 0.9, _SIDE, _SIDE), validation)
        _calibration(page.axes(_SIDE + 1.4, 0.9, _SIDE, _SIDE), validation)
        _decision(page.axes(2 * _SIDE + 2.1, 0.9, _SIDE, _SIDE), validation)
        page.text(0.2, 4.5, RESEARCH_USE_ONLY, color=QUIET, size=7)
        return page.figure


def _profile(axes: Axes, fit: Fit, log_lambda: np.ndarray) -> None:
    path, kept = fit.score.cross_validation.path, np.flatnonzero(fit.score.kept)
    spread = fit.table.features[:, kept].std(axis=0)
    coefficients = path.coefficients * spread
    chosen = np.flatnonzero(fit.score.coefficients[kept] != 0)
    for column in np.flatnonzero(np.abs(coefficients).max(axis=0) > 0):
        if column not in chosen:
            axes.plot(log_lambda, coefficients[:, column], color=RULE, lw=0.6)
    for number, column in enumerate(chosen):
        colour = _PROFILE[number % len(_PROFILE)]
        name = shortened(fit.names[kept[column]].removeprefix("original_").replace("_", " "), 1.9, 6)
        axes.plot(log_lambda, coefficients[:, column], color=colour, lw=1.2, label=name)
    axes.axhline(0, color=QUIET, lw=0.6)
    axes.set(xlabel="log λ", ylabel="coefficient · SD of the feature")
    if chosen.size:
        axes.legend(fontsize=6, frameon=False, loc="best")


def _roc(axes: Axes, validation: Validation) -> None:
    false_positive = 1 - validation.curve.specificity
    order = np.lexsort((validation.curve.sensitivity, false_positive))
    axes.plot([0, 1], [0, 1], color=RULE, lw=0.8)
    axes.step(false_positive[order], validation.curve.sensitivity[order], where="post", color=RIGHT_OF_CUTOFF, lw=1.3)
    classification = validation.classification
    axes.plot(1 - classification.specificity.value, classification.sensitivity.value, "o", ms=5, mfc="white", mec=INK)
    axes.annotate(
        f"cutoff {validation.cutoff:.3g}",
        (1 - classification.specificity.value, classification.sensitivity.value),
        xytext=(6, -10),
        textcoords="offset points",
        size=7,
    )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="1 − specificity", ylabel="sensitivity", title="ROC")
    axes.title.set_fontsize(8)


def _calibration(axes: Axes, validation: Validation) -> None:
    axes.plot([0, 1], [0, 1], color=RULE, lw=0.8)
    axes.set(
        xlim=(0, 1), ylim=(-0.02, 1.02), xlabel="predicted probability", ylabel="observed share", title="Calibration"
    )
    axes.title.set_fontsize(8)
    calibration = validation.calibration
    if calibration is None:
        axes.text(0.5, 0.5, "not defined", ha="center", color=QUIET)
        return
    axes.plot(calibration.predicted, calibration.observed, color=RIGHT_OF_CUTOFF, lw=1.3)
    axes.plot(calibration.predicted, np.full(len(calibration.predicted), -0.01), "|", color=QUIET, ms=5, mew=0.5)
    intercept, slope = (
        with_limits(each.value, each.lower, each.upper, ".2f") for each in (calibration.intercept, calibration.slope)
    )
    words = (
        f"intercept {intercept}\nslope {slope}\nBrier {calibration.brier:.3f}, scaled {calibration.scaled_brier:.2f}"
    )
    axes.text(0.03, 0.97, words, va="top", size=6.5)


def _decision(axes: Axes, validation: Validation) -> None:
    curve, events = validation.decision_curve, validation.events / validation.n
    axes.set_title("Decision curve", size=8)
    if curve is None:
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="threshold probability", ylabel="net benefit")
        words = textwrap.fill(f"not drawn: {validation.decision_curve_reason}", 34)
        axes.text(0.5, 0.5, words, ha="center", va="center", color=QUIET, size=7)
        return
    axes.plot(curve.thresholds, curve.model, color=RIGHT_OF_CUTOFF, lw=1.3, label="by the score")
    axes.plot(curve.thresholds, curve.treat_all, color=LEFT_OF_CUTOFF, lw=0.9, ls="--", label="everybody")
    axes.axhline(0, color=INK, lw=0.8, ls=":", label="nobody")
    low = -0.15 * events - 0.02
    axes.set(xlim=(0, 1), ylim=(low, events * 1.1 + 0.02), xlabel="threshold probability", ylabel="net benefit")
    if len(curve.thresholds):
        over = f"Decision curve, thresholds {curve.thresholds[0]:.2f} to {curve.thresholds[-1]:.2f}"
        axes.set_title(over, size=8)
    axes.legend(fontsize=6.5, frameon=False, loc="upper right")


_SCORES_WIDTH, _SCORES_LEFT, _SCORES_ROW = 8.0, 2.6, 0.55
_SPREAD = 0.16


def score_distribution_figure(model: ScoreModel, judgements: Sequence[Judged]) -> Figure:
    """One row a set and class: every lymph node's score, their mean ± SD, and below it the published mean ± SD.

    Classes are those of the outcome: with it ▶, without it ◀.

    Parameters
    ----------
    model
        The score model.
    judgements
        The score models, each on its lymph nodes.

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
    height = 1.2 + _SCORES_ROW * max(len(rows), 1) + 0.75
    with drawing_style():
        page = Page.blank(_SCORES_WIDTH, height)
        page.text(
            0.2, 0.15, shortened(f"{model.title} by outcome", _SCORES_WIDTH - 0.4, 11, "bold"), size=11, weight="bold"
        )
        below = "; dotted line below: published mean ± SD" if model.group_means else ""
        words = f"points: lymph nodes; line above: their mean ± SD{below}; dashed: cutoff"
        page.text(0.2, 0.4, words, color=QUIET)
        axes = page.axes(_SCORES_LEFT, 0.8, _SCORES_WIDTH - _SCORES_LEFT - 0.3, _SCORES_ROW * max(len(rows), 1))
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
