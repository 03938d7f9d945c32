"""Pictures of agreement: every feature's ICC with its interval, and whose score changes group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement
from RLNResponseLib.agreement.icc import F_INTERVAL, ICC
from RLNResponseLib.analysis.model_agreement import ComparedScores, ModelAgreement
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted
from RLNResponseLib.report.figures.drawing import (
    INK,
    LEFT_OF_CUTOFF,
    QUIET,
    RIGHT_OF_CUTOFF,
    RULE,
    Page,
    drawing_style,
    shortened,
    wrapped,
)
from RLNResponseLib.report.text.model_agreement import flip_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_WIDTH, _NAMES, _PANEL, _LINE, _TOP = 8.0, 3.3, 2.15, 0.125, 0.85
_SIDE = 3.1


def feature_agreement_figure(agreement: FeatureAgreement) -> Figure:
    """Inter and intra ICC of every feature, the best first; filled and blue passes, open and orange does not.

    Parameters
    ----------
    agreement
        The agreement of the features.

    Returns
    -------
    Figure
    """
    keys = np.nan_to_num(np.minimum(agreement.inter.icc.estimate, agreement.intra.icc.estimate), nan=-np.inf)
    order = np.argsort(-keys, kind="stable")
    height = _TOP + _LINE * len(order) + 0.75
    with drawing_style():
        page = Page.blank(_WIDTH, height)
        rule = agreement.rule
        title = f"{len(agreement.passed)} of {len(agreement.names)} features pass"
        page.text(0.2, 0.15, title, size=11, weight="bold")
        page.text(
            0.2,
            0.4,
            f"inter and intra {agreement.inter.icc.form} above {rule.threshold:g} on the {rule.judged}",
            color=QUIET,
        )
        for number, (kind, comparison) in enumerate((("inter", agreement.inter), ("intra", agreement.intra))):
            axes = page.axes(_NAMES + number * (_PANEL + 0.2), _TOP, _PANEL, _LINE * len(order))
            called = "intra, re-contouring" if kind == "intra" else kind
            words = f"{called} ({counted(comparison.icc.n, 'lymph node')})"
            _draw_icc(axes, agreement, comparison.icc, order, words)
            if number == 0:
                axes.set_yticks(range(len(order)), [_name(agreement.names[at]) for at in order], size=5.5)
                axes.tick_params(axis="y", length=0)
        page.text(0.2, height - 0.3, RESEARCH_USE_ONLY, color=QUIET, size=7)
        return page.figure


def score_flip_figure(model: ModelAgreement, compared: ComparedScores, kind: str, columns: tuple[str, str]) -> Figure:
    """One reading's score against the other's; a triangle has changed group. The right panel is Bland and Altman's.

    Parameters
    ----------
    model
        Agreement of one score between the readers.
    compared
        Scores of the same lymph nodes by two readings.
    kind
        Whose readings are compared, for the title.
    columns
        What the two readings are called.

    Returns
    -------
    Figure
    """
    first, second = compared.scores.T
    cutoff, agreement = model.model.cutoff.value, compared.agreement
    rule = model.model.cutoff
    flipped = np.array([rule.is_above(one) != rule.is_above(two) for one, two in compared.scores.tolist()])
    with drawing_style():
        page = Page.blank(_WIDTH, 4.75)
        called = "intra (re-contouring of the same CT)" if kind == "intra" else kind
        page.text(0.2, 0.15, f"{model.model.title}, {called}", size=11, weight="bold")
        words = f"{agreement.icc.form} {agreement.icc.estimate[0]:.3f}; {flip_words(agreement.flip_rate)}"
        page.text(0.2, 0.4, words, color=QUIET)
        axes = page.axes(0.75, 0.8, _SIDE, _SIDE)
        low, high = float(compared.scores.min()), float(compared.scores.max())
        pad = 0.05 * (high - low) or 1.0
        axes.plot([low - pad, high + pad], [low - pad, high + pad], color=RULE, lw=0.8)
        axes.axhline(cutoff, color=INK, lw=0.8, ls="--")
        axes.axvline(cutoff, color=INK, lw=0.8, ls="--")
        _points(axes, first, second, flipped)
        axes.set(xlim=(low - pad, high + pad), ylim=(low - pad, high + pad), xlabel=columns[0], ylabel=columns[1])
        axes = page.axes(_SIDE + 1.6, 0.8, _SIDE, _SIDE)
        limits = agreement.limits
        for value, style in ((limits.bias[0], "-"), (limits.lower[0], ":"), (limits.upper[0], ":")):
            axes.axhline(value, color=INK, lw=0.8, ls=style)
        _points(axes, (first + second) / 2, second - first, flipped)
        axes.set(xlabel="mean of both scores", ylabel="second − first")
        for number, line in enumerate(wrapped(_legend(flipped), _WIDTH - 0.4, 7, 2)):
            page.text(0.2, 4.36 + 0.12 * number, line, color=QUIET, size=7)
        page.text(0.2, 4.58, RESEARCH_USE_ONLY, color=QUIET, size=7)
        return page.figure


def _draw_icc(axes: Axes, agreement: FeatureAgreement, coefficients: ICC, order: np.ndarray, title: str) -> None:
    estimate, lower, upper = (getattr(coefficients, name)[order] for name in ("estimate", "lower", "upper"))
    interval = coefficients.interval
    passes = np.array([agreement.verdicts[at].passes for at in order])
    rows = np.arange(len(order))
    left = float(np.nanmin(np.append(lower, 0.0)))
    floor = max(-0.5, min(0.0, left))
    for chosen, colour, face in ((passes, RIGHT_OF_CUTOFF, RIGHT_OF_CUTOFF), (~passes, LEFT_OF_CUTOFF, "white")):
        axes.hlines(rows[chosen], np.maximum(lower[chosen], floor), upper[chosen], color=colour, lw=0.9)
        axes.plot(estimate[chosen], rows[chosen], "o", ms=3, mfc=face, mec=colour, mew=0.8)
    for row in rows[np.isnan(estimate)]:
        axes.text(floor, row, "no ICC", va="center", size=5, color=QUIET)
    axes.axvline(agreement.rule.threshold, color=INK, lw=0.8, ls="--")
    axes.set(xlim=(floor, 1.02), ylim=(len(order) - 0.5, -0.5), yticks=[])
    axes.set_title(title, size=8, color=INK)
    axes.xaxis.tick_bottom()
    axes.set_xlabel(f"ICC with 95% interval, {'F' if interval == F_INTERVAL else interval}", size=7)


def _points(axes: Axes, x: np.ndarray, y: np.ndarray, flipped: np.ndarray) -> None:
    axes.plot(x[~flipped], y[~flipped], "o", ms=3.5, mfc="none", mec=RIGHT_OF_CUTOFF, mew=0.8)
    axes.plot(x[flipped], y[flipped], "^", ms=5, color=LEFT_OF_CUTOFF)
    axes.tick_params(labelsize=7)


def _legend(flipped: np.ndarray) -> str:
    return f"○ same group both times ({int((~flipped).sum())}), ▲ changes group ({int(flipped.sum())}); dashed: cutoff"


def _name(name: str) -> str:
    return shortened(name.removeprefix("original_").replace("_", " "), _NAMES - 0.3, 5.5)
