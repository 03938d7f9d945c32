"""Pictures of agreement: the features that pass or nearly do, by class, and whose score changes group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement
from RLNResponseLib.agreement.icc import F_INTERVAL, ICC
from RLNResponseLib.analysis.model_agreement import ComparedScores, ModelAgreement
from RLNResponseLib.common.names import FEATURE_CLASSES
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.common.wording import counted, number
from RLNResponseLib.report.figures.drawing import (
    Page,
    drawing_style,
    printable,
    text_width,
    title_height,
    whole_lines,
)
from RLNResponseLib.report.figures.style import (
    BAND,
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
from RLNResponseLib.report.text.model_agreement import flip_words
from RLNResponseLib.statistics.estimates import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A feature whose smaller ICC is this much below the threshold, or less, nearly passes and is named.
NEARLY = 0.1
# Lines of one column of names; a page of a journal takes no more.
_MOST_LINES = 56
_ROW, _FOOT, _GUTTER = 0.142, 0.42, 0.16
_SHIFT = 0.2
_INTER, _INTRA = (RIGHT_OF_CUTOFF, "o"), (LEFT_OF_CUTOFF, "s")


@dataclass(frozen=True)
class _Line:
    """One line of the picture of the features: a class, a feature, or what is not named of a class."""

    words: str
    feature: int | None = None
    is_class: bool = False


def feature_agreement_figure(agreement: FeatureAgreement, titled: bool = True) -> Figure:
    """Inter and intra ICC of the features that pass or nearly do, by class and the best first; the others counted.

    Parameters
    ----------
    agreement
        The agreement of the features.
    titled
        Whether the title stands on it; not where a caption says so.

    Returns
    -------
    Figure
    """
    columns = _columns(_feature_lines(agreement))
    rule = agreement.rule
    title = f"{len(agreement.passed)} of {len(agreement.names)} features pass" if titled else ""
    form, interval = agreement.inter.icc.form, agreement.inter.icc.interval
    note = (
        f"Circles: inter ({counted(agreement.inter.icc.n, 'lymph node')}); squares: intra, re-contouring of the same "
        f"CT ({counted(agreement.intra.icc.n, 'lymph node')}); filled: the feature passes, {form} above "
        f"{rule.threshold:g} (dashed) on the {rule.judged}; open: it does not. Bars: 95% limits "
        f"({'F' if interval == F_INTERVAL else interval}); arrow: the limit lies outside the frame. Named: features "
        f"that pass, or whose smaller ICC lies at most {NEARLY:g} below."
    )
    width = DOUBLE - 2 * PAD
    with drawing_style():
        notes = whole_lines(note, width, TEXT_SIZE)
        head = title_height(title, width) + 0.04
        tallest = max(map(len, columns))
        page = Page.blank(DOUBLE, head + tallest * _ROW + _FOOT + len(notes) * LINE + NOTICE)
        page.title(title, width)
        each = (width - (len(columns) - 1) * _GUTTER) / len(columns)
        names = min(
            max(text_width(printable(f"  {line.words}"), TEXT_SIZE) for lines in columns for line in lines), 2.5
        )
        for place, lines in enumerate(columns):
            left = PAD + place * (each + _GUTTER)
            axes = page.axes(left + names + 0.05, head, each - names - 0.12, tallest * _ROW)
            _draw_features(axes, agreement, lines, tallest)
            for row, line in enumerate(lines):
                indent, style = (0.0, {"weight": "bold"}) if line.is_class else (0.1, {})
                colour = INK if line.is_class or line.feature is not None else QUIET
                y = head + (row + 0.5) * _ROW
                page.text(left + indent, y, printable(line.words), va="center", color=colour, **style)
        page.lines(PAD, head + tallest * _ROW + _FOOT, notes, color=QUIET)
        page.notice()
        return page.figure


def score_flip_figure(
    model: ModelAgreement, compared: ComparedScores, kind: str, columns: tuple[str, str], titled: bool = True
) -> Figure:
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
    titled
        Whether the title stands on it; not where a caption says so.

    Returns
    -------
    Figure
    """
    rule, icc = model.model.cutoff, compared.agreement.icc
    flipped = np.array([rule.is_above(one) != rule.is_above(two) for one, two in compared.scores.tolist()])
    called = "intra (re-contouring of the same CT)" if kind == "intra" else kind
    title = f"{model.model.title}, {called}" if titled else ""
    note = (
        f"{icc.form} {icc.estimate[0]:.3f}; {flip_words(compared.agreement.flip_rate)}. "
        f"Circles: same group both times ({int((~flipped).sum())}); triangles: change group ({int(flipped.sum())}); "
        f"dashed: cutoff {number(rule.value)}; shaded: 95% limits of the bias and of the limits of agreement."
    )
    width, side, top = DOUBLE - 2 * PAD, 2.35, 0.1
    with drawing_style():
        notes = whole_lines(note, width, TEXT_SIZE)
        head = title_height(title, width) + top
        page = Page.blank(DOUBLE, head + side + _FOOT + len(notes) * LINE + NOTICE)
        page.title(title, width)
        _scatter(page.axes(0.62, head, side, side), compared, columns, (model.model.title, rule.value), flipped)
        _bland_altman(page.axes(0.62 + side + 0.78, head, side - 0.18, side), compared, flipped)
        page.lines(PAD, head + side + _FOOT, notes, color=QUIET)
        page.notice()
        return page.figure


def _scatter(
    axes: Axes, compared: ComparedScores, columns: tuple[str, str], score: tuple[str, float], flipped: Bools
) -> None:
    low, high = float(compared.scores.min()), float(compared.scores.max())
    pad = 0.05 * (high - low) or 1.0
    axes.plot([low - pad, high + pad], [low - pad, high + pad], color=RULE, lw=0.8)
    title, cutoff = score
    axes.axhline(cutoff, color=INK, lw=0.8, ls="--")
    axes.axvline(cutoff, color=INK, lw=0.8, ls="--")
    _points(axes, compared.scores[:, 0], compared.scores[:, 1], flipped)
    names = [whole_lines(f"{title}, {column}", 2.3, TEXT_SIZE)[:2] for column in columns]
    axes.set(xlim=(low - pad, high + pad), ylim=(low - pad, high + pad))
    axes.set_xlabel("\n".join(names[0][:1]) if len(names[0]) == 1 else printable(columns[0]), labelpad=2)
    axes.set_ylabel("\n".join(names[1][:1]) if len(names[1]) == 1 else printable(columns[1]), labelpad=2)
    axes.spines[["top", "right"]].set_visible(False)


def _bland_altman(axes: Axes, compared: ComparedScores, flipped: Bools) -> None:
    first, second = compared.scores.T
    limits, n = compared.agreement.limits, len(first)
    bias, margin = float(limits.bias[0]), float(limits.margin[0])
    own = t_quantile(0.95, n - 1) * float(limits.sd[0]) / math.sqrt(n)
    lines = (
        ("Upper limit", float(limits.upper[0]), margin, ":"),
        ("Bias", bias, own, "-"),
        ("Lower limit", float(limits.lower[0]), margin, ":"),
    )
    for words, value, half, dashes in lines:
        axes.axhspan(value - half, value + half, color=QUIET, alpha=BAND, lw=0)
        axes.axhline(value, color=INK, lw=0.8, ls=dashes)
        axes.annotate(
            f"{words}\n{number(value)}",
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
    _points(axes, (first + second) / 2, second - first, flipped)
    low = min(float((second - first).min()), lines[2][1] - margin)
    high = max(float((second - first).max()), lines[0][1] + margin)
    # Names of the three lines need two lines of letters each.
    pad = 0.05 * (high - low) or 1.0
    axes.set_ylim(low - pad, high + pad)
    axes.set_xlabel("Mean of both readings", labelpad=2)
    axes.set_ylabel("Second − first reading", labelpad=2)
    axes.spines[["top", "right"]].set_visible(False)


def _feature_lines(agreement: FeatureAgreement) -> list[_Line]:
    smaller = np.fmin(agreement.inter.icc.estimate, agreement.intra.icc.estimate)
    missing = np.isnan(agreement.inter.icc.estimate) | np.isnan(agreement.intra.icc.estimate)
    smaller = np.where(missing, -np.inf, smaller)
    kinds = [_kind(name) for name in agreement.names]
    classes = [*(kind for kind in FEATURE_CLASSES if kind in kinds), *sorted({*kinds} - {*FEATURE_CLASSES})]
    most = max(2, (2 * _MOST_LINES) // max(len(classes), 1) - 2)
    lines: list[_Line] = []
    for kind in classes:
        members = [place for place, of in enumerate(kinds) if of == kind]
        members.sort(key=lambda place: -smaller[place])
        lines += _class_lines(
            agreement, kind, members, smaller, most if len(agreement.names) > _MOST_LINES * 2 else None
        )
    return lines


def _class_lines(
    agreement: FeatureAgreement, kind: str, members: Sequence[int], smaller: Floats, most: int | None
) -> Iterator[_Line]:
    passes = {place: agreement.verdicts[place].passes for place in members}
    title = FEATURE_CLASSES.get(kind, kind)
    yield _Line(f"{title}: {sum(passes.values())} of {len(members)} pass", is_class=True)
    named = [place for place in members if passes[place] or smaller[place] >= agreement.rule.threshold - NEARLY][:most]
    for place in named:
        yield _Line(_short(agreement.names[place]), place)
    others = [place for place in members if place not in set(named)]
    if others:
        best = float(max(smaller[place] for place in others))
        words = f", at most {best:.2f}" if math.isfinite(best) else ", without an ICC"
        yield _Line(f"{counted(len(others), 'other')}{words}")


def _columns(lines: list[_Line]) -> list[list[_Line]]:
    if len(lines) <= _MOST_LINES:
        return [lines]
    half = (len(lines) + 1) // 2
    # A class is not parted from its first feature.
    while half < len(lines) and lines[half - 1].is_class:
        half += 1
    second = lines[half:]
    if second and not second[0].is_class:
        kind = next(line.words for line in reversed(lines[:half]) if line.is_class).partition(":")[0]
        second = [_Line(f"{kind}, continued", is_class=True), *second]
    return [lines[:half], second]


def _draw_features(axes: Axes, agreement: FeatureAgreement, lines: list[_Line], tallest: int) -> None:
    threshold = agreement.rule.threshold
    left = max(0.0, threshold - 0.4)
    axes.set(xlim=(left, 1.02), ylim=(tallest - 0.5, -0.5), yticks=[], xticks=(0.5, 1) if left <= 0.5 else (1,))
    axes.axvline(threshold, color=INK, lw=0.8, ls="--")
    for row, line in enumerate(lines):
        if line.is_class and row:
            axes.axhline(row - 0.5, color=RULE, lw=0.4)
        if line.feature is None:
            continue
        passes = agreement.verdicts[line.feature].passes
        for of, (colour, marker), shift in (
            (agreement.inter.icc, _INTER, -_SHIFT),
            (agreement.intra.icc, _INTRA, _SHIFT),
        ):
            _one_icc(axes, of, line.feature, row + shift, (colour, marker, colour if passes else "white"), left)
    axes.set_xlabel("ICC", labelpad=2)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _one_icc(axes: Axes, of: ICC, feature: int, y: float, look: tuple[str, str, str], left: float) -> None:
    estimate, lower, upper = (float(values[feature]) for values in (of.estimate, of.lower, of.upper))
    if math.isnan(estimate):
        return
    colour, marker, face = look
    axes.plot([max(lower, left), upper], [y, y], color=colour, lw=0.8, solid_capstyle="butt")
    if lower < left:
        axes.plot([left], [y], marker="<", color=colour, ms=3.5, clip_on=False)
    axes.plot([estimate], [y], marker, ms=3, mfc=face, mec=colour, mew=0.8)


def _points(axes: Axes, x: Floats, y: Floats, flipped: Bools) -> None:
    axes.plot(x[~flipped], y[~flipped], "o", ms=3.5, mfc="none", mec=RIGHT_OF_CUTOFF, mew=0.8)
    axes.plot(x[flipped], y[flipped], "^", ms=5, color=LEFT_OF_CUTOFF)


def _kind(name: str) -> str:
    parts = name.split("_")
    return parts[1] if len(parts) > 2 else "other"


def _short(name: str) -> str:
    """The feature's own name, and the filter where the image is filtered: its class stands above it."""
    image_type, _, rest = name.partition("_")
    own = rest.partition("_")[2] or name
    return own if image_type == "original" else f"{own} ({image_type})"
