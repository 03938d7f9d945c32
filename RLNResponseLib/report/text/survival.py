"""What is said of a survival analysis, and its text for the terminal."""

from __future__ import annotations

import textwrap

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted, limits_words, one_line, p_cell, p_words, with_limits
from RLNResponseLib.report.text.sentences import Sentence, columns, printed
from RLNResponseLib.survival.comparison import Comparison
from RLNResponseLib.survival.cox import CoxFit
from RLNResponseLib.survival.curves import KaplanMeier
from RLNResponseLib.survival.proportional_hazards import GLOBAL
from RLNResponseLib.survival.results import SCORE_GROUPS, SCORE_NOT_RISK, Split, SurvivalAnalysis

_LONGEST_NAME = 60
_WIDTH = 110
_LABELS = ("as published", "corrected", "why")


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
    lines = printed(_first(analysis, "row"))
    if analysis.cox:
        lines += ["", *columns(_cox_rows(analysis, analysis.cox)), *printed(_cox_sentences(analysis, analysis.cox))]
    for split in analysis.splits:
        lines += ["", *columns(_split_rows(split)), *printed([_tests(split)])]
    if analysis.comparisons:
        lines += ["", "As published, and corrected"]
    for comparison in analysis.comparisons:
        lines.append("")
        for label, words in zip(_LABELS, comparison_sentences(comparison), strict=True):
            lines += textwrap.wrap(words.text, _WIDTH, initial_indent=f"{label:>14}: ", subsequent_indent=" " * 16)
    for note in _notes(analysis):
        lines += ["", *textwrap.wrap(f"note: {note.text}", _WIDTH, subsequent_indent="      ")]
    return "\n".join([*lines, "", RESEARCH_USE_ONLY])


def survival_sentences(analysis: SurvivalAnalysis, of: str = "row") -> tuple[Sentence, ...]:
    """What is said of a survival analysis, in order, for every surface; `comparison_sentences` says its comparisons.

    Parameters
    ----------
    analysis
        The survival analysis of a table.
    of
        What one row is.

    Returns
    -------
    tuple of Sentence
    """
    return (
        *_first(analysis, of),
        *(_cox_sentences(analysis, analysis.cox) if analysis.cox else ()),
        *(_tests(split) for split in analysis.splits),
        *_notes(analysis),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def comparison_sentences(comparison: Comparison) -> tuple[Sentence, Sentence, Sentence]:
    """One figure as published and corrected, which a page has in a table, and why the two differ, which it has not.

    Parameters
    ----------
    comparison
        The pair.

    Returns
    -------
    tuple of Sentence
        As published, corrected, why.
    """
    return (
        Sentence(kind="figure", text=comparison.published),
        Sentence(kind="figure", text=comparison.corrected),
        Sentence(kind="statement", text=comparison.why),
    )


def _first(analysis: SurvivalAnalysis, of: str) -> list[Sentence]:
    patients = "" if analysis.patients is None else f" of {counted(analysis.patients, 'patient')}"
    who = f"{counted(analysis.rows, of)}{patients}, {analysis.events} with the event"
    words = [f"{who}; median {_median(analysis.curve)} (log-log)"]
    if analysis.disease_free:
        words.append(f"disease-free survival (whichever event comes first): median {_median(analysis.disease_free)}")
    return [Sentence(kind="statement", text=each) for each in words]


def _cox_sentences(analysis: SurvivalAnalysis, fit: CoxFit) -> list[Sentence]:
    likelihood = f"log-likelihood {fit.log_likelihood:.4f} (without covariates {fit.log_likelihood_null:.4f})"
    overall = analysis.ph_tests.get(GLOBAL)
    hazards = "" if overall is None else f"χ² {overall.chisq:.3f}, {p_words(overall.p)}"
    return [
        Sentence(kind="statement", text=likelihood),
        *([Sentence(kind="statement", text=f"proportional hazards, all covariates: {hazards}")] if hazards else []),
    ]


def _tests(split: Split) -> Sentence:
    """What compares the groups of a split; a page has it in the picture of their curves."""
    test = split.log_rank
    tests = [f"log-rank χ² {test.chisq:.3f}, df {test.df}, {p_words(test.p)}"]
    tests += [f"Gray, {kind}: χ² {gray.chisq:.3f}, {p_words(gray.p)}" for kind, gray in split.gray.items()]
    tests += [SCORE_NOT_RISK] if split.of_score and set(split.groups.names) <= SCORE_GROUPS else []
    return Sentence(kind="figure", text="; ".join(tests), indent=2)


def _notes(analysis: SurvivalAnalysis) -> list[Sentence]:
    return [Sentence(kind="statement", text=note) for note in analysis.notes]


def _cox_rows(analysis: SurvivalAnalysis, fit: CoxFit) -> list[list[str]]:
    robust = fit.patients is not None
    rows = [["Cox (Efron)", "coef", "SE", *(["robust SE"] if robust else []), "HR", "95% limits", "p", "PH χ²", "PH p"]]
    for name, term in fit.terms.items():
        test = analysis.ph_tests.get(name)
        rows.append(
            [
                one_line(name, _LONGEST_NAME),
                f"{term.coef:.4g}",
                f"{term.se:.4g}",
                *([f"{term.robust.se:.4g}"] if term.robust else []),
                f"{term.hr:.4g}",
                limits_words(term.lower, term.upper, ".4g"),
                p_cell(term.p),
                *([f"{test.chisq:.3f}", p_cell(test.p)] if test else ["", ""]),
            ]
        )
    return rows


def _split_rows(split: Split) -> list[list[str]]:
    where = "" if split.cutoff is None else f", cutoff {split.cutoff:g}"
    chosen = " (cutoff chosen on the same data)" if split.selected else ""
    test = split.log_rank
    rows = [[f"{one_line(split.name, _LONGEST_NAME)}{where}{chosen}", "rows", "events", "expected", "median (log-log)"]]
    for group, count, observed, expected in zip(test.groups, test.rows, test.observed, test.expected, strict=True):
        rows.append([f"  {group}", str(count), str(observed), f"{expected:.2f}", _median(split.curves[group])])
    return rows


def _median(curve: KaplanMeier) -> str:
    return with_limits(curve.median.value, *curve.median.log_log, "g", undefined="not reached")
