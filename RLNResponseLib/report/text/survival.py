"""A survival analysis as text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, one_line, p_cell, p_words
from RLNResponseLib.survival.comparison import Comparison
from RLNResponseLib.survival.cox import CoxFit
from RLNResponseLib.survival.curves import KaplanMeier
from RLNResponseLib.survival.proportional_hazards import GLOBAL
from RLNResponseLib.survival.results import Split, SurvivalAnalysis

_LONGEST_NAME = 60
_WIDTH = 110


def survival_text(analysis: SurvivalAnalysis) -> str:
    """Everything that a statistician reads first, and what it must not be used for.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    str
    """
    patients = "" if analysis.patients is None else f" of {counted(analysis.patients, 'patient')}"
    lines = [
        f"{counted(analysis.rows, 'row')}{patients}, {analysis.events} with the event; median "
        f"{_median(analysis.curve)} (log-log)"
    ]
    if analysis.disease_free:
        lines.append(f"disease-free survival (whichever event comes first): median {_median(analysis.disease_free)}")
    if analysis.cox:
        lines += ["", *_cox_lines(analysis, analysis.cox)]
    for split in analysis.splits:
        lines += ["", *_split_lines(split)]
    if analysis.comparisons:
        lines += ["", "As published, and corrected"]
    for comparison in analysis.comparisons:
        lines += _comparison_lines(comparison)
    for note in analysis.notes:
        lines += ["", *textwrap.wrap(f"note: {note}", _WIDTH, subsequent_indent="      ")]
    return "\n".join([*lines, "", RESEARCH_USE_ONLY])


def _cox_lines(analysis: SurvivalAnalysis, fit: CoxFit) -> list[str]:
    robust = fit.patients is not None
    rows = [["Cox (Efron)", "coef", "SE", *(["robust SE"] if robust else []), "HR", "95% limits", "p", "PH χ²", "PH p"]]
    for name, term in fit.terms.items():
        clustered = [f"{term.robust.se:.4g}"] if term.robust else []
        limits = f"{term.lower:.4g} to {term.upper:.4g}"
        estimate = [
            one_line(name, _LONGEST_NAME),
            f"{term.coef:.4g}",
            f"{term.se:.4g}",
            *clustered,
            f"{term.hr:.4g}",
            limits,
        ]
        test = analysis.ph_tests.get(name)
        rows.append([*estimate, p_cell(term.p), *([f"{test.chisq:.3f}", p_cell(test.p)] if test else ["", ""])])
    lines = [
        *_columns(rows),
        f"log-likelihood {fit.log_likelihood:.4f} (without covariates {fit.log_likelihood_null:.4f})",
    ]
    overall = analysis.ph_tests.get(GLOBAL)
    if overall:
        lines.append(f"proportional hazards, all covariates: χ² {overall.chisq:.3f}, {p_words(overall.p)}")
    return lines


def _split_lines(split: Split) -> list[str]:
    where = "" if split.cutoff is None else f", cutoff {split.cutoff:g}"
    chosen = " (cutoff chosen on the same data)" if split.selected else ""
    test = split.log_rank
    rows = [[f"{one_line(split.name, _LONGEST_NAME)}{where}{chosen}", "rows", "events", "expected", "median (log-log)"]]
    for group, count, observed, expected in zip(test.groups, test.rows, test.observed, test.expected, strict=True):
        rows.append([f"  {group}", str(count), str(observed), f"{expected:.2f}", _median(split.curves[group])])
    tests = [f"log-rank χ² {test.chisq:.3f}, df {test.df}, {p_words(test.p)}"]
    tests += [f"Gray, {kind}: χ² {gray.chisq:.3f}, {p_words(gray.p)}" for kind, gray in split.gray.items()]
    return [*_columns(rows), "  " + "; ".join(tests)]


def _comparison_lines(comparison: Comparison) -> list[str]:
    parts = (("as published", comparison.published), ("corrected", comparison.corrected), ("why", comparison.why))
    lines = [""]
    for label, words in parts:
        lines += textwrap.wrap(words, _WIDTH, initial_indent=f"{label:>14}: ", subsequent_indent=" " * 16)
    return lines


def _median(curve: KaplanMeier) -> str:
    value, (lower, upper) = curve.median.value, curve.median.log_log
    return f"{_time(value)} ({_time(lower)} to {_time(upper)})"


def _time(months: float) -> str:
    return "not reached" if math.isnan(months) else f"{months:g}"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
