"""Survival as pictures: curves with the numbers at risk, cumulative incidence, hazard ratios as a forest plot."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import counted, number, p_cell, p_words
from RLNResponseLib.report.figures.drawing import (
    INK,
    QUIET,
    RULE,
    TEXT_SIZE,
    TITLE_SIZE,
    Page,
    drawing_style,
    printable,
    save_figure,
    shortened,
    wrapped,
)
from RLNResponseLib.report.text.survival import gray_words
from RLNResponseLib.survival.clustered_errors import ENOUGH_PATIENTS
from RLNResponseLib.survival.comparison import hazard_ratio_words
from RLNResponseLib.survival.cox import CoxFit
from RLNResponseLib.survival.curves import CURVE_COLOURS, KaplanMeier
from RLNResponseLib.survival.results import (
    ALL_ROWS,
    OWN_CUTOFFS,
    Incidence,
    Split,
    SurvivalAnalysis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


STYLES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)))

# Inches.
WIDTH, MARGIN = 6.6, 0.35
LABELS, PLOT_HEIGHT, AXIS_FOOT = 1.15, 3.1, 0.5
TITLE, ROW = 0.5, 0.17

# More bands than this hide each other.
MOST_BANDS = 3

CHOSEN_HERE = "Cutoff chosen on the same data"
FITTED_HERE = "Fitted on these rows"


@dataclass(frozen=True, kw_only=True)
class Steps:
    """One step function: its corners, an optional band, the ticks of the censored, and the number at risk by time."""

    name: str
    months: Floats
    values: Floats
    lower: Floats | None
    upper: Floats | None
    censored: Floats
    curve: KaplanMeier


def write_survival_figures(analysis: SurvivalAnalysis, folder: Path) -> list[Path]:
    """Every figure of an analysis as SVG and PNG; the paths written.

    Parameters
    ----------
    analysis
        The survival analysis of a table.
    folder
        The folder.

    Returns
    -------
    list of Path

    Raises
    ------
    DataRefusedError
        not-written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataRefusedError(
            f"The folder '{folder.name}' for the figures cannot be made ({error.strerror}); name another.",
            "not-written",
        ) from error
    written = []
    with drawing_style():
        for name, figure in survival_figures(analysis).items():
            for suffix in (".svg", ".png"):
                path = folder / (name + suffix)
                save_figure(figure, path)
                written.append(path)
    return written


def survival_figures(analysis: SurvivalAnalysis) -> dict[str, Figure]:
    """Figures by file name without suffix; call inside `drawing_style()`.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    dict[str, Figure]
    """
    figures = {"kaplan-meier": kaplan_meier_figure("All rows", {ALL_ROWS: analysis.curve}, "")}
    if analysis.incidence:
        figures["cumulative-incidence"] = incidence_figure(
            "All rows", {ALL_ROWS: (analysis.incidence, analysis.curve)}, ""
        )
    for place, split in enumerate(analysis.splits, start=1):
        stem = f"{place}-{_file_name(split.name)}"
        figures[f"kaplan-meier-{stem}"] = kaplan_meier_figure(f"By {split.name}", split.curves, log_rank_words(split))
        if split.incidence:
            pairs = {name: (split.incidence[name], split.curves[name]) for name in split.groups.names}
            figures[f"cumulative-incidence-{stem}"] = incidence_figure(f"By {split.name}", pairs, gray_words(split))
    if analysis.cox:
        figures["forest"] = forest_figure(analysis.cox)
    return figures


def kaplan_meier_figure(title: str, curves: Mapping[str, KaplanMeier], words: str) -> Figure:
    """Survival by group with log-log bands, censoring ticks and the numbers at risk.

    Parameters
    ----------
    title
        What it is of, as the reader sees it.
    curves
        The Kaplan–Meier curves by name.
    words
        What stands below the title.

    Returns
    -------
    Figure
    """
    steps = [
        Steps(
            name=name,
            months=np.concatenate([[0.0], curve.months]),
            values=np.concatenate([[1.0], curve.survival]),
            lower=np.concatenate([[1.0], np.where(curve.survival == 1, 1, curve.log_log.lower)]),
            upper=np.concatenate([[1.0], np.where(curve.survival == 1, 1, curve.log_log.upper)]),
            censored=curve.months[curve.censored > 0],
            curve=curve,
        )
        for name, curve in curves.items()
    ]
    bands = "bands: 95% log-log, rows as independent" if len(steps) <= MOST_BANDS else ""
    return _figure(title, steps, "Without the event", "; ".join(filter(None, [words, bands])))


def incidence_figure(title: str, groups: Mapping[str, tuple[Incidence, KaplanMeier]], words: str) -> Figure:
    """Cumulative incidence of the event by group, the other event competing, with the numbers at risk.

    Parameters
    ----------
    title
        What it is of, as the reader sees it.
    groups
        Cumulative incidence and Kaplan–Meier by group.
    words
        What stands below the title.

    Returns
    -------
    Figure
    """
    steps = []
    for name, (incidence, curve) in groups.items():
        recurrence = incidence.event
        months = np.concatenate([[0.0], recurrence.months, [recurrence.last_month]])
        values = np.concatenate([[0.0], recurrence.estimate, [recurrence.at(recurrence.last_month)]])
        steps.append(
            Steps(name=name, months=months, values=values, lower=None, upper=None, censored=np.empty(0), curve=curve)
        )
    note = "the other event competes (Aalen-Johansen)"
    return _figure(title, steps, "Cumulative incidence of the event", "; ".join(filter(None, [words, note])))


def _figure(title: str, steps: list[Steps], label: str, words: str) -> Figure:
    lines = wrapped(words, WIDTH - 2 * MARGIN, TEXT_SIZE, 3)
    head = TITLE + len(lines) * ROW
    table = (len(steps) + 1) * ROW
    page = Page.blank(WIDTH, MARGIN + head + PLOT_HEIGHT + AXIS_FOOT + table + 0.3 + MARGIN)
    page.text(MARGIN, MARGIN, shortened(title, WIDTH - 2 * MARGIN, TITLE_SIZE, "bold"), size=TITLE_SIZE, weight="bold")
    for row, line in enumerate(lines):
        page.text(MARGIN, MARGIN + 0.25 + row * ROW, line, size=TEXT_SIZE, color=QUIET)
    plot_width = WIDTH - 2 * MARGIN - LABELS
    axes = page.axes(MARGIN + LABELS, MARGIN + head, plot_width, PLOT_HEIGHT)
    _draw(axes, steps, label)
    if len(steps) > 1:
        axes.legend(loc="best", frameon=False, fontsize=TEXT_SIZE, handlelength=3)
    _numbers_at_risk(page, axes, steps, MARGIN + head + PLOT_HEIGHT + AXIS_FOOT)
    page.text(MARGIN, page.height - MARGIN - 0.1, RESEARCH_USE_ONLY, size=7, color=QUIET)
    return page.figure


def _draw(axes: Axes, steps: list[Steps], label: str) -> None:
    for place, part in enumerate(steps):
        colour, style = CURVE_COLOURS[place % len(CURVE_COLOURS)], STYLES[place % len(STYLES)]
        name = shortened(part.name, 2.2, TEXT_SIZE)
        axes.step(part.months, part.values, where="post", color=colour, linestyle=style, lw=1.5, label=name)
        if part.lower is not None and part.upper is not None and len(steps) <= MOST_BANDS:
            axes.fill_between(part.months, part.lower, part.upper, step="post", color=colour, alpha=0.13, lw=0)
        if len(part.censored):
            at = part.values[np.searchsorted(part.months, part.censored, side="right") - 1]
            axes.plot(part.censored, at, linestyle="", marker="|", color=colour, markersize=6, markeredgewidth=0.8)
    longest = max(float(part.months[-1]) for part in steps)
    axes.set_xlim(0, longest * 1.02 if longest > 0 else 1)
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_locator(need("matplotlib.ticker").MaxNLocator(7, integer=longest >= 7))
    axes.set_xlabel("Months", color=INK)
    axes.set_ylabel(label, color=INK)
    axes.grid(axis="y", color=RULE, lw=0.4)
    axes.spines[["top", "right"]].set_visible(False)


def _numbers_at_risk(page: Page, axes: Axes, steps: list[Steps], top: float) -> None:
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    left, width = MARGIN + LABELS, WIDTH - 2 * MARGIN - LABELS
    page.text(MARGIN, top, "Number at risk", size=TEXT_SIZE, weight="bold")
    for place, part in enumerate(steps):
        y = top + (place + 1) * ROW
        colour = CURVE_COLOURS[place % len(CURVE_COLOURS)]
        page.text(MARGIN, y, shortened(part.name, LABELS - 0.2, TEXT_SIZE), size=TEXT_SIZE, color=colour)
        for tick in ticks:
            x = left + width * (tick - low) / (high - low)
            page.text(x, y, str(part.curve.at_risk_at(tick)), size=TEXT_SIZE, ha="center")


def log_rank_words(split: Split) -> str:
    """The test below a figure's title, the cutoff, and whether that was chosen on the same rows.

    Parameters
    ----------
    split
        Groups by the score.

    Returns
    -------
    str
    """
    words = f"log-rank {p_words(split.log_rank.p)}"
    if split.of_score:
        words += f", {OWN_CUTOFFS if split.cutoff is None else f'cutoff {number(split.cutoff)}'}"
        words += f"; {split.meaning_words}" if split.meaning_words else ""
    if split.selected:
        words += f". {CHOSEN_HERE}: corrected {p_words(split.selected.corrected_p)}"
    if split.fitted_here:
        unseen = split.out_of_fold
        words += f". {FITTED_HERE}: {'no sound p' if unseen is None else f'out of fold {p_words(unseen.p)}'}"
    return words


def _file_name(name: str) -> str:
    """A column's name as part of a file name on any system."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", printable(name))[:60].strip("-") or "column"


# Inches.
FOREST_WIDTH, FOREST_MARGIN = 7.6, 0.35
NAMES, FIGURES = 2.2, 2.0
HEAD, FOREST_ROW, FOOT = 0.75, 0.34, 0.5
# Limits further out than this are cut, with an arrow.
FURTHEST = 100.0
SHIFT = 0.17  # of a row: the robust interval lies this much below the model-based one
COLOUR, ROBUST_COLOUR = "#0072B2", "#D55E00"


def forest_figure(fit: CoxFit, title: str = "Cox model: hazard ratios") -> Figure:
    """One row a covariate: hazard ratio with 95% limits; below it, with patients, the robust limits. On a log scale.

    Parameters
    ----------
    fit
        The fitted Cox model.
    title
        What it is of, as the reader sees it.

    Returns
    -------
    Figure
    """
    count = len(fit.terms)
    page = Page.blank(FOREST_WIDTH, FOREST_MARGIN + HEAD + count * FOREST_ROW + FOOT + 0.35 + FOREST_MARGIN)
    page.text(
        FOREST_MARGIN,
        FOREST_MARGIN,
        shortened(title, FOREST_WIDTH - 2 * FOREST_MARGIN, TITLE_SIZE, "bold"),
        size=TITLE_SIZE,
        weight="bold",
    )
    page.text(FOREST_MARGIN, FOREST_MARGIN + 0.24, _subtitle(fit), size=TEXT_SIZE, color=QUIET)
    plot_left, plot_width = FOREST_MARGIN + NAMES, FOREST_WIDTH - 2 * FOREST_MARGIN - NAMES - FIGURES
    right = plot_left + plot_width + 0.15
    axes = page.axes(plot_left, FOREST_MARGIN + HEAD, plot_width, count * FOREST_ROW)
    low, high = _limits(fit)
    page.text(right, FOREST_MARGIN + HEAD - 0.2, "HR (95% limits)", size=TEXT_SIZE, weight="bold")
    page.text(FOREST_WIDTH - FOREST_MARGIN, FOREST_MARGIN + HEAD - 0.2, "p", size=TEXT_SIZE, weight="bold", ha="right")
    for row, (name, term) in enumerate(fit.terms.items()):
        ratio, error = term.per(term), term.by_patient
        y = FOREST_MARGIN + HEAD + row * FOREST_ROW + 0.05
        page.text(FOREST_MARGIN, y, shortened(name, NAMES - 0.15, TEXT_SIZE), size=TEXT_SIZE)
        page.text(FOREST_MARGIN, y + 0.14, term.step, size=6, color=QUIET)
        limits = (ratio.lower, ratio.upper)
        top = y if error else y + 0.06
        _figures(page, right, top, ratio.value, limits, term.p, COLOUR if error else INK)
        _interval(axes, row - (SHIFT if error else 0), ratio.value, limits, (low, high), COLOUR, "s")
        if error and not math.isnan(error.p):
            own = term.per(error)
            limits = (own.lower, own.upper)
            _figures(page, right, y + 0.13, own.value, limits, error.p, ROBUST_COLOUR)
            _interval(axes, row + SHIFT, own.value, limits, (low, high), ROBUST_COLOUR, "o")
    _finish(axes, count, (low, high))
    page.text(FOREST_MARGIN, page.height - FOREST_MARGIN - 0.1, RESEARCH_USE_ONLY, size=7, color=QUIET)
    return page.figure


def _subtitle(fit: CoxFit) -> str:
    words = f"{counted(fit.rows, 'row')}, {counted(fit.events, 'event')}; per SD, or between two values"
    if fit.patients is None:
        return words
    kind = "CR2" if fit.patients < ENOUGH_PATIENTS else "robust"
    return f"{words}. Squares: model-based; circles: {kind}, {counted(fit.patients, 'patient')}"


def _figures(
    page: Page, left: float, top: float, hr: float, limits: tuple[float, float], p: float, colour: str
) -> None:
    page.text(left, top, hazard_ratio_words(hr, *limits), size=7, color=colour)
    page.text(FOREST_WIDTH - FOREST_MARGIN, top, p_cell(p), size=7, color=colour, ha="right")


def _limits(fit: CoxFit) -> tuple[float, float]:
    ends = [1 / 1.5, 1.5]
    for term in fit.terms.values():
        shown = [term.per(error) for error in (term, term.by_patient) if error]
        ends += [end for ratio in shown for end in (ratio.lower, ratio.upper)]
    inside = [min(max(end, 1 / FURTHEST), FURTHEST) for end in ends if not math.isnan(end)]
    return min(inside) / 1.1, max(inside) * 1.1


def _interval(
    axes: Axes,
    y: float,
    hr: float,
    limits: tuple[float, float],
    shown: tuple[float, float],
    colour: str,
    marker: str,
) -> None:
    low, high = max(limits[0], shown[0]), min(limits[1], shown[1])
    axes.plot([low, high], [y, y], color=colour, lw=1.2, solid_capstyle="butt")
    for end, edge, arrow in ((limits[0], shown[0], "<"), (limits[1], shown[1], ">")):
        outside = end < edge if arrow == "<" else end > edge
        axes.plot([edge if outside else end], [y], marker=arrow if outside else "|", color=colour, markersize=5)
    if shown[0] <= hr <= shown[1]:
        axes.plot([hr], [y], marker=marker, color=colour, markersize=5)


def _finish(axes: Axes, count: int, shown: tuple[float, float]) -> None:
    ticker = need("matplotlib.ticker")
    axes.set_xscale("log")
    axes.set_xlim(*shown)
    axes.set_ylim(count - 0.5, -0.5)
    axes.axvline(1, color=QUIET, lw=0.8, linestyle=(0, (4, 2)), zorder=0)
    ticks = [0.01, 0.1, 1, 10, 100] if math.log10(shown[1] / shown[0]) > 2 else [0.1, 0.2, 0.5, 0.75, 1, 1.5, 2, 5, 10]
    axes.xaxis.set_major_locator(ticker.FixedLocator([tick for tick in ticks if shown[0] <= tick <= shown[1]]))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_yticks([])
    axes.set_xlabel("Hazard ratio (above 1: the event comes earlier)", color=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=RULE, lw=0.4)
