"""How λ was chosen, and the coefficients along it (the paper's figure 1a, b)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.cross_validation import CrossValidation
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.report.figures.drawing import Page, drawing_style, printable, text_width, title_height, whole_lines
from RLNResponseLib.report.figures.models import lettered
from RLNResponseLib.report.figures.style import (
    BAND,
    DASHES,
    DOUBLE,
    INK,
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

# Beside the named colours, so that profiles can be told apart; each has dashes of its own too.
_PROFILE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
# Inches: what stands left of a plot (its numbers and its label), below it and above it.
_LEFT, _FOOT, _TOP = 0.52, 0.42, 0.24
_WIDTH = DOUBLE - 2 * PAD
# A ridge has all features, and a legend of a hundred names shows none.
_MOST_NAMED = 20
# On the axis of log λ.
_BEYOND = 1.0


def selection_figure(fit: Fit, titled: bool = True) -> Figure:
    """Cross-validated AUC, or deviance, along log λ, and the coefficients along it, on the standardised scale.

    Parameters
    ----------
    fit
        The fitted score; its λ was chosen by cross-validation.
    titled
        Whether the title stands on it; not where a caption says so.

    Returns
    -------
    Figure
    """
    cross_validation = _chosen_by(fit)
    log_lambda = np.log(cross_validation.path.lambdas)
    measure = "AUC" if cross_validation.measure == "auc" else "deviance"
    whose = REGRESSIONS[fit.options.recipe.penalty].name
    title = f"{whose[:1].upper()}{whose[1:]}: cross-validated {measure} and coefficient profile" if titled else ""
    all_named = len(fit.coefficients) <= _MOST_NAMED
    named = "features" if all_named else f"{_MOST_NAMED} features with the largest coefficients"
    note = (
        f"A: mean ± SE over the folds. Dotted: λ.min = {cross_validation.lambda_min:.4g}; dashed: λ.1se = "
        f"{cross_validation.lambda_1se:.4g}; taken: λ.{fit.options.recipe.rule}. B: coloured, the {named} of the "
        "score; grey, all others; at small λ coefficients leave the frame."
    )
    side, height = (_WIDTH - 2 * _LEFT - 0.35) / 2, 1.7
    with drawing_style():
        legend = _legend_lines(fit)
        notes = whole_lines(note, _WIDTH, TEXT_SIZE)
        head = title_height(title, _WIDTH) + _TOP
        page = Page.blank(DOUBLE, head + height + _FOOT + (len(notes) + len(legend)) * LINE + 0.1 + NOTICE)
        page.title(title, _WIDTH)
        axes = page.axes(PAD + _LEFT, head, side, height)
        low, high = (cross_validation.mean + sign * cross_validation.se for sign in (-1, 1))
        axes.fill_between(log_lambda, low, high, color=RIGHT_OF_CUTOFF, alpha=BAND, lw=0)
        axes.plot(log_lambda, cross_validation.mean, color=RIGHT_OF_CUTOFF, marker="o", ms=2, lw=0.8)
        axes.set_ylabel(f"Cross-validated {measure}", labelpad=2)
        profile = page.axes(PAD + 2 * _LEFT + 0.25 + side, head, side, height)
        _profile(profile, fit, log_lambda)
        for letter, panel in zip("AB", (axes, profile), strict=True):
            panel.axvline(np.log(cross_validation.lambda_min), color=INK, lw=0.8, ls=":")
            panel.axvline(np.log(cross_validation.lambda_1se), color=INK, lw=0.8, ls="--")
            panel.set_xlabel("log λ", labelpad=2)
            lettered(panel, letter, "")
        below = _draw_legend(page, legend, head + height + _FOOT)
        page.lines(PAD, below + 0.05, notes, color=QUIET)
        page.notice()
        return page.figure


def _chosen_by(fit: Fit) -> CrossValidation:
    assert fit.score.cross_validation is not None
    return fit.score.cross_validation


def _chosen(fit: Fit) -> tuple[Floats, np.ndarray, list[int]]:
    """Standardised coefficients along the path, the columns that were kept, and which of the score are named."""
    path, kept = _chosen_by(fit).path, np.flatnonzero(fit.score.kept)
    sd = fit.features[:, kept].std(axis=0)
    size = np.abs(fit.score.coefficients[kept] * sd)
    largest = np.sort(np.argsort(-size, kind="stable")[: min(_MOST_NAMED, len(fit.coefficients))])
    return path.coefficients * sd, kept, largest.tolist()


def _look(place: int) -> dict[str, Any]:
    return {
        "color": _PROFILE[place % len(_PROFILE)],
        "linestyle": DASHES[(place // len(_PROFILE) + place) % len(DASHES)],
    }


def _profile(axes: Axes, fit: Fit, log_lambda: Floats) -> None:
    coefficients, _, chosen = _chosen(fit)
    for column in np.flatnonzero(np.abs(coefficients).max(axis=0) > 0).tolist():
        if column not in chosen:
            axes.plot(log_lambda, coefficients[:, column], color=RULE, lw=0.6)
    for place, column in enumerate(chosen):
        axes.plot(log_lambda, coefficients[:, column], lw=1.2, **_look(place))
    axes.axhline(0, color=QUIET, lw=0.6)
    # Beyond λ.min the path of correlated features grows out of all measure, and would flatten what was chosen.
    shown = np.abs(coefficients[log_lambda >= np.log(_chosen_by(fit).lambda_min) - _BEYOND]).max()
    if shown > 0:
        axes.set_ylim(-1.1 * shown, 1.1 * shown)
    axes.set_ylabel("Coefficient × SD of the feature", labelpad=2)


def _legend_lines(fit: Fit) -> list[list[tuple[int, str]]]:
    """Names of the score's features, two a line where they fit."""
    _, kept, chosen = _chosen(fit)
    names = [(place, printable(feature_label(fit.names[kept[column]]))) for place, column in enumerate(chosen)]
    fits = all(text_width(name, TEXT_SIZE) <= _WIDTH / 2 - 0.45 for _, name in names)
    step = 2 if fits else 1
    return [names[start : start + step] for start in range(0, len(names), step)]


def _draw_legend(page: Page, lines: list[list[tuple[int, str]]], top: float) -> float:
    line = need("matplotlib.lines").Line2D
    for row, names in enumerate(lines):
        y = top + (row + 0.5) * LINE
        for column, (place, name) in enumerate(names):
            left = PAD + column * _WIDTH / 2
            ends = [left / page.width, (left + 0.32) / page.width]
            page.figure.add_artist(line(ends, [1 - y / page.height] * 2, lw=1.2, **_look(place)))
            page.text(left + 0.38, y, name, va="center")
    return top + len(lines) * LINE
