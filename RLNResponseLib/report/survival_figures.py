"""Survival as pictures: curves with the numbers at risk, cumulative incidence, hazard ratios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.array_types import Floats
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.report.curve_files import CURVE_COLOURS
from RLNResponseLib.report.drawing import (
    INK,
    QUIET,
    RULE,
    TEXT_SIZE,
    TITLE_SIZE,
    Page,
    drawing_style,
    number,
    printable,
    save_figure,
    shortened,
    wrapped,
)
from RLNResponseLib.report.forest_figure import forest_figure
from RLNResponseLib.report.words import p_words
from RLNResponseLib.requirements import need
from RLNResponseLib.survival.kaplan_meier import KaplanMeier
from RLNResponseLib.survival.results import ALL_ROWS, OWN_CUTOFFS, Incidence, Split, SurvivalAnalysis

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


@dataclass(frozen=True)
class Steps:
    """One step function: its corners, an optional band, the ticks of the censored, and the number at risk by time."""

    name: str
    months: Floats
    values: Floats
    lower: Floats | None
    upper: Floats | None
    censored: Floats
    curve: KaplanMeier


def write_survival_figures(found: SurvivalAnalysis, folder: Path) -> list[Path]:
    """Every figure of an analysis as SVG and PNG; the paths written. Raises DataRefusedError (not-written)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataRefusedError(
            f"The folder '{folder.name}' for the figures cannot be made ({error.strerror}); name another.",
            "not-written",
        ) from error
    written = []
    with drawing_style():
        for name, figure in survival_figures(found).items():
            for suffix in (".svg", ".png"):
                path = folder / (name + suffix)
                save_figure(figure, path)
                written.append(path)
    return written


def survival_figures(found: SurvivalAnalysis) -> dict[str, Figure]:
    """Figures by file name without suffix; call inside `drawing_style()`."""
    figures = {"kaplan-meier": kaplan_meier_figure("All rows", {ALL_ROWS: found.curve}, "")}
    if found.incidence:
        figures["cumulative-incidence"] = incidence_figure("All rows", {ALL_ROWS: (found.incidence, found.curve)}, "")
    for place, split in enumerate(found.splits, start=1):
        stem = f"{place}-{_file_name(split.name)}"
        figures[f"kaplan-meier-{stem}"] = kaplan_meier_figure(f"By {split.name}", split.curves, log_rank_words(split))
        if split.incidence:
            pairs = {name: (split.incidence[name], split.curves[name]) for name in split.groups.names}
            gray = split.gray.get("event")
            words = "" if gray is None else f"Gray's test {p_words(gray.p)}"
            figures[f"cumulative-incidence-{stem}"] = incidence_figure(f"By {split.name}", pairs, words)
    if found.cox:
        figures["forest"] = forest_figure(found.cox)
    return figures


def kaplan_meier_figure(title: str, curves: Mapping[str, KaplanMeier], words: str) -> Figure:
    """Survival by group with log-log bands, censoring ticks and the numbers at risk.

    words  what stands below the title: the test, and what the reader must know of the cutoff
    """
    steps = [
        Steps(
            name,
            np.concatenate([[0.0], curve.months]),
            np.concatenate([[1.0], curve.survival]),
            np.concatenate([[1.0], np.where(curve.survival == 1, 1, curve.log_log.lower)]),
            np.concatenate([[1.0], np.where(curve.survival == 1, 1, curve.log_log.upper)]),
            curve.months[curve.censored > 0],
            curve,
        )
        for name, curve in curves.items()
    ]
    bands = "bands: 95% log-log" if len(steps) <= MOST_BANDS else ""
    return _figure(title, steps, "Without the event", "; ".join(filter(None, [words, bands])))


def incidence_figure(title: str, groups: Mapping[str, tuple[Incidence, KaplanMeier]], words: str) -> Figure:
    """Cumulative incidence of the event by group, the other event competing, with the numbers at risk."""
    steps = []
    for name, (incidence, curve) in groups.items():
        found = incidence.event
        months = np.concatenate([[0.0], found.months, [found.last_month]])
        values = np.concatenate([[0.0], found.estimate, [found.at(found.last_month)]])
        steps.append(Steps(name, months, values, None, None, np.empty(0), curve))
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
    """The test below a figure's title, the cutoff, and whether that was chosen on the same rows."""
    words = f"log-rank {p_words(split.log_rank.p)}"
    if split.of_score:
        words += f", {OWN_CUTOFFS if split.cutoff is None else f'cutoff {number(split.cutoff)}'}"
    if split.selected:
        words += f". {CHOSEN_HERE}: corrected {p_words(split.selected.corrected_p)}"
    return words


def _file_name(name: str) -> str:
    """A column's name as part of a file name on any system."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", printable(name))[:60].strip("-") or "column"
