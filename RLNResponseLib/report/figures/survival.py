"""Survival as pictures: the curves of an analysis by each of its splits, and what stands below them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import number, p_words
from RLNResponseLib.report.figures.curves import incidence_figure, kaplan_meier_figure
from RLNResponseLib.report.figures.drawing import drawing_style, printable, save_figure
from RLNResponseLib.report.figures.forest import forest_figure
from RLNResponseLib.report.figures.style import JOURNAL_DPI
from RLNResponseLib.survival.results import (
    ALL_ROWS,
    OWN_CUTOFFS,
    Split,
    SurvivalAnalysis,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHOSEN_HERE = "Cutoff chosen on the same data"
FITTED_HERE = "Fitted on these rows"


def write_survival_figures(analysis: SurvivalAnalysis, folder: Path) -> list[Path]:
    """Every figure of an analysis as SVG, PDF and PNG; the paths written.

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
            for suffix in (".svg", ".pdf", ".png"):
                path = folder / (name + suffix)
                save_figure(figure, path, JOURNAL_DPI)
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
        title, test = f"By {split.name}", f"Log-rank {p_words(split.log_rank.p)}"
        figures[f"kaplan-meier-{stem}"] = kaplan_meier_figure(title, split.curves, split_words(split), test=test)
        if split.incidence:
            pairs = {name: (split.incidence[name], split.curves[name]) for name in split.groups.names}
            figures[f"cumulative-incidence-{stem}"] = incidence_figure(
                title, pairs, split.meaning_words, test=gray_words(split)
            )
    if analysis.cox:
        figures["forest"] = forest_figure(analysis.cox)
    return figures


def gray_words(split: Split) -> str:
    """Gray's test of the event; empty where it has no variance.

    Parameters
    ----------
    split
        Groups with a competing event.

    Returns
    -------
    str
    """
    gray = split.gray.get("event")
    return "" if gray is None else f"Gray's test {p_words(gray.p)}"


def split_words(split: Split) -> str:
    """The cutoff of a split, and whether that was chosen on the same rows; empty of a covariate.

    Parameters
    ----------
    split
        Groups by the score.

    Returns
    -------
    str
    """
    words = ""
    if split.of_score:
        words += OWN_CUTOFFS if split.cutoff is None else f"cutoff {number(split.cutoff)}"
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
