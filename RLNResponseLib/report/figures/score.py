"""One score as a picture: its group in words, where it lies on its scale, and what each feature adds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.wording import number, percent, proper_minus, signed
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult
from RLNResponseLib.modelling.uncertainty import ScoreUncertainty
from RLNResponseLib.report.figures.drawing import Page, fitting_size, printable, shortened, text_width
from RLNResponseLib.report.figures.style import INK, LEFT_OF_CUTOFF, QUIET, RIGHT_OF_CUTOFF, TEXT_SIZE
from RLNResponseLib.report.text.probability import probability_words
from RLNResponseLib.report.text.score import position_words
from RLNResponseLib.report.text.score_beside import redrawn_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Inches. Row labels stand in the gutter, so that scale and bars of every score begin on one line.
GUTTER = 2.4
GAP = 0.12
FACTORS = 1.05
HEAD = 0.62
DETAILS = 2.3
SIDES = 0.2
SCALE_ROW = 0.19
SCALE_FOOT = 0.34
BARS_TITLE = 0.22
BAR_ROW = 0.18

OUTCOME_SIZE = 7.5
SCORE_SIZE = 15.0
MOST_BARS = 12
# A score further out than this many times the width of the published range is drawn at the scale's edge.
WIDEST = 4.0
RIGHT, LEFT = ">", "<"  # both the marker's shape and its arrowhead: which side of the cutoff
ARROWS = {RIGHT: "▶", LEFT: "◀"}
COLOURS = {RIGHT: RIGHT_OF_CUTOFF, LEFT: LEFT_OF_CUTOFF}


@dataclass(frozen=True)
class Bar:
    """One term of a score.

    Attributes
    ----------
    label
        Its name.
    value
        What it adds, log-odds.
    factors
        How that came about ("0.0327 × 198").
    """

    label: str
    value: float
    factors: str = ""


def block_height(lesion: LesionResult, result: ScoreResult) -> float:
    """The height in inches that `draw_score` takes.

    Parameters
    ----------
    lesion
        The scored lymph node.
    result
        One score of a lymph node.

    Returns
    -------
    float
    """
    bars = min(len(result.contributions) + 1, MOST_BARS)
    return HEAD + SIDES + _rows(lesion, result) * SCALE_ROW + SCALE_FOOT + BARS_TITLE + bars * BAR_ROW


def draw_score(page: Page, left: float, top: float, width: float, lesion: LesionResult, result: ScoreResult) -> None:
    """Draw `result`, one of the scores of `lesion`, into the `width` inches wide box at (left, top).

    Parameters
    ----------
    page
        The page that is drawn on.
    left
        Left edge, inches.
    top
        Upper edge, inches.
    width
        Width that there is, inches.
    lesion
        The scored lymph node.
    result
        One score of a lymph node.
    """
    plot_left, plot_width = left + GUTTER + GAP, width - GUTTER - GAP
    _heading(page, left, top, width, result)
    top += HEAD + SIDES
    height = _rows(lesion, result) * SCALE_ROW
    _scale(page.axes(plot_left, top, plot_width, height), plot_width, lesion, result)
    top += height + SCALE_FOOT
    page.text(left, top, "What each feature adds to the score", size=TEXT_SIZE, weight="bold")
    page.text(left + width, top, "coefficient × value", size=TEXT_SIZE, color=QUIET, ha="right")
    bars = score_bars(lesion, result)
    axes = page.axes(plot_left, top + BARS_TITLE, plot_width - FACTORS, len(bars) * BAR_ROW)
    _contributions(axes, bars, right_edge=plot_width / (plot_width - FACTORS))


def scale_limits(model: ScoreModel, score: float) -> tuple[float, float]:
    """The ends of the scale: what is published (cutoff ± 1, group means ± SD) and the score, with room on both sides.

    A score that would squeeze the published range below a fifth of the scale does not widen it.

    Parameters
    ----------
    model
        The score model.
    score
        The score, log-odds.

    Returns
    -------
    tuple[float, float]
    """
    low = min([model.cutoff.value - 1, *(mean.mean - mean.sd for mean in model.group_means)])
    high = max([model.cutoff.value + 1, *(mean.mean + mean.sd for mean in model.group_means)])
    reach = WIDEST * (high - low)
    if low - reach <= score <= high + reach:
        low, high = min(low, score), max(high, score)
    room = 0.08 * (high - low)
    return low - room, high + room


def score_bars(lesion: LesionResult, result: ScoreResult) -> list[Bar]:
    """The terms of a score, the largest first; beyond the largest eleven, the rest are one bar.

    Parameters
    ----------
    lesion
        The scored lymph node.
    result
        One score of a lymph node.

    Returns
    -------
    list of Bar
    """
    values = lesion.features_of(result).values
    terms = [Bar("intercept", result.model.intercept)] + [
        Bar(feature_label(name), value, f"{_brief(result.model.coefficients[name])} × {_brief(values[name])}")
        for name, value in result.contributions.items()
    ]
    terms.sort(key=lambda bar: -abs(bar.value))
    if len(terms) <= MOST_BARS:
        return terms
    rest = terms[MOST_BARS - 1 :]
    return [*terms[: MOST_BARS - 1], Bar(f"{len(rest)} smaller terms together", sum(bar.value for bar in rest))]


def feature_label(name: str) -> str:
    """A feature's name for the eye: its class and itself, and the filter in brackets where the image is filtered.

    Parameters
    ----------
    name
        pyradiomics' full name of the feature.

    Returns
    -------
    str
    """
    image_type, _, rest = name.partition("_")
    words = rest.replace("_", " ", 1)
    return words if image_type == "original" else f"{words} ({image_type})"


def _side(result: ScoreResult, group: str) -> str:
    """Which side of the cutoff `group` lies on; "o", a plain dot, for a group that the cutoff does not name."""
    sides = {result.model.cutoff.group(float("-inf")): LEFT, result.model.cutoff.group(float("inf")): RIGHT}
    return sides.get(group, "o")


def _brief(value: float) -> str:
    """Three significant digits, the exponent without its zeros: 2.99e−9."""
    rounded = Context(prec=3).create_decimal(Decimal(value))
    exponent = rounded.adjusted()
    words = f"{value:.3g}" if -4 <= exponent < 3 else f"{rounded.scaleb(-exponent).normalize()}e{exponent}"
    return proper_minus(words)


def _rows(lesion: LesionResult, result: ScoreResult) -> int:
    """Rows of the scale: the cutoff's label, the lesion, what is known of other contours, each published mean."""
    return 2 + bool(lesion.uncertainty) + bool(lesion.second_reader) + len(result.model.group_means)


def _heading(page: Page, left: float, top: float, width: float, result: ScoreResult) -> None:
    model = result.model
    title = shortened(model.title, 0.4 * width, 11, "bold")
    page.text(left, top, title, size=11, weight="bold")
    beside = text_width(title, 11, "bold") + 0.15
    outcome = shortened(model.outcome, width - beside, OUTCOME_SIZE)
    page.text(left + beside, top + 0.04, outcome, size=OUTCOME_SIZE, color=QUIET)

    side = _side(result, result.group_words)
    verdict = f"{number(result.score)}  {ARROWS.get(side, '')} {printable(result.group_said)}"
    size = fitting_size(verdict, width - DETAILS, SCORE_SIZE, "bold")
    page.text(left, top + 0.34, verdict, size=size, weight="bold", color=COLOURS.get(side, QUIET), va="center")
    words = f"{position_words(result)}\n{probability_words(result)}"
    beside = text_width(verdict, size, "bold") + 0.2
    page.text(left + beside, top + 0.345, words, size=TEXT_SIZE, linespacing=1.25, va="center")


def _scale(axes: Axes, width: float, lesion: LesionResult, result: ScoreResult) -> None:
    """The number line, a row for each of what `_rows` counts."""
    ticker = need("matplotlib.ticker")
    model = result.model
    low, high = scale_limits(model, result.score)
    rows = _rows(lesion, result)
    axes.set(xlim=(low, high), ylim=(rows, 0), yticks=[])
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.tick_params(length=2.5, pad=2)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: proper_minus(f"{value:g}")))

    below_label = 1 - 1 / rows
    cutoff = model.cutoff.value
    axes.axvspan(low, cutoff, ymax=below_label, color="#f0f0f0", lw=0)
    axes.axvline(cutoff, ymax=below_label, color=INK, lw=1.0, ls=(0, (4, 2)), gid="cutoff")
    share = (cutoff - low) / (high - low)
    anchor = "left" if share < 0.12 else "right" if share > 0.88 else "center"
    axes.text(cutoff, 0.85, f"cutoff {number(cutoff)}", ha=anchor, va="bottom", size=7.5)
    for group, side, place in ((float("-inf"), LEFT, 0.0), (float("inf"), RIGHT, 1.0)):
        name = shortened(model.cutoff.said(group), 0.47 * width, TEXT_SIZE)
        words = f"{ARROWS[side]} {name}" if side == LEFT else f"{name} {ARROWS[side]}"
        axes.annotate(
            words, (place, 1), (0, 2), xycoords="axes fraction", textcoords="offset points", color=COLOURS[side],
            size=TEXT_SIZE, ha="left" if side == LEFT else "right", va="bottom",
        )  # fmt: skip
    _lesion_marker(axes, result)
    position = lesion.scores.index(result)
    row = 2.5
    if lesion.uncertainty:
        _redrawn_contours(axes, row, lesion.uncertainty[position], result)
        row += 1
    if lesion.second_reader:
        _second_reader(axes, row, lesion.second_reader[position])
        row += 1
    _group_means(axes, result, row)


def _lesion_marker(axes: Axes, result: ScoreResult) -> None:
    patheffects = need("matplotlib.patheffects")
    low, high = axes.get_xlim()
    row, edge = 1.5, 0.02 * (high - low)
    shown = min(max(result.score, low + edge), high - edge)
    side = _side(result, result.group_words)
    axes.plot([shown], [row], marker=side, ms=9, color=COLOURS.get(side, QUIET), mec=INK, mew=0.8, gid="lesion")
    words = number(result.score) + (", off this scale" if not low <= result.score <= high else "")
    # The value stands on the side away from the cutoff, where there is room for it.
    share = (shown - low) / (high - low)
    leftwards = share > (0.25 if side == LEFT else 0.75)
    axes.annotate(
        words, (shown, row), (-8 if leftwards else 8, 0), textcoords="offset points",
        ha="right" if leftwards else "left", va="center", size=TEXT_SIZE, weight="bold",
        path_effects=[patheffects.withStroke(linewidth=3, foreground="white")],
    )  # fmt: skip
    _row_label(axes, row, "this lesion", weight="bold")


def _redrawn_contours(axes: Axes, row: float, uncertainty: ScoreUncertainty, result: ScoreResult) -> None:
    """Every redrawn contour's score as a stroke, the interval as a line through them."""
    low, high = axes.get_xlim()
    axes.plot(
        np.clip(uncertainty.scores, low, high),
        [row] * len(uncertainty.scores),
        marker="|",
        ms=6,
        ls="none",
        color=QUIET,
        mew=0.7,
        gid="redrawn",
    )
    ends = np.clip([uncertainty.lower, uncertainty.upper], low, high)
    axes.plot(ends, [row, row], color=INK, lw=1.2, solid_capstyle="butt", gid="interval")
    apart = f"{uncertainty.reader_distance_mm:.2g} mm"
    words = f"{redrawn_words(uncertainty)} ({apart})  {number(uncertainty.lower)} to {number(uncertainty.upper)}"
    changed = "" if result.withheld else f", {percent(uncertainty.p_other_group, digits=0)} another group"
    _row_label(axes, row, words + changed, size=fitting_size(words + changed, GUTTER, TEXT_SIZE))


def _second_reader(axes: Axes, row: float, other: ScoreResult) -> None:
    low, high = axes.get_xlim()
    side = _side(other, other.group_words)
    shown = min(max(other.score, low), high)
    axes.plot(
        [shown], [row], marker=side, ms=7, color=COLOURS.get(side, QUIET), mfc="white", gid="second-reader"
    )  # fmt: skip
    _row_label(axes, row, f"second reader  {number(other.score)}")


def _group_means(axes: Axes, result: ScoreResult, first_row: float) -> None:
    for position, published in enumerate(result.model.group_means):
        row = first_row + position
        side = _side(result, published.group)
        colour = COLOURS.get(side, QUIET)
        axes.errorbar(
            published.mean, row, xerr=published.sd, fmt=side, ms=5, color=colour, mfc="white", capsize=2.5, lw=1.1,
        )  # fmt: skip
        numbers = f"  {number(published.mean)} ± {number(published.sd)}"
        words = shortened(f"{published.set}, {published.group}", GUTTER - text_width(numbers, TEXT_SIZE), TEXT_SIZE)
        _row_label(axes, row, words + numbers, color=QUIET)


def _contributions(axes: Axes, bars: list[Bar], right_edge: float) -> None:
    """Signed bars from zero; `right_edge` is where the factors end, in widths of the axes."""
    values = [bar.value for bar in bars]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.4 * ((high - low) or 1.0)
    axes.set(xlim=(low - (room if low < 0 else 0), high + room), ylim=(len(bars), 0), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.axvline(0, color=INK, lw=0.8)
    for row, bar in enumerate(bars):
        positive = bar.value >= 0
        axes.barh(
            row + 0.5, bar.value, height=0.62, color=RIGHT_OF_CUTOFF if positive else "white",
            edgecolor=RIGHT_OF_CUTOFF if positive else LEFT_OF_CUTOFF, hatch=None if positive else "//////", lw=0.8,
        )  # fmt: skip
        axes.annotate(
            signed(bar.value), (bar.value, row + 0.5), (3 if positive else -3, 0), textcoords="offset points",
            ha="left" if positive else "right", va="center", size=7.5,
        )  # fmt: skip
        _row_label(axes, row + 0.5, bar.label, size=fitting_size(bar.label, GUTTER, TEXT_SIZE))
        axes.text(right_edge, 1 - (row + 0.5) / len(bars), bar.factors, transform=axes.transAxes,
                  ha="right", va="center", size=7.0, color=QUIET)  # fmt: skip


def _row_label(axes: Axes, row: float, words: str, **style: Any) -> None:
    """`words` in the gutter left of the axes, level with `row`."""
    axes.annotate(
        words, (0, row), (-72 * GAP, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        ha="right", va="center", annotation_clip=False, **{"size": TEXT_SIZE, **style},
    )  # fmt: skip
