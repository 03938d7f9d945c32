"""What is said of a survival analysis, and its text for the terminal."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.names import contrast, group_label, label, level_label
from RLNResponseLib.common.wording import (
    NOT_DEFINED,
    counted,
    formatted,
    limits_words,
    p_cell,
    p_words,
    with_limits,
)
from RLNResponseLib.report.text.missing_values import complete_case_rows, imputed_rows, missing_sentences
from RLNResponseLib.report.text.prediction import WIDTH, prediction_lines, prediction_sentences
from RLNResponseLib.report.text.sentences import Sentence, columns, printed
from RLNResponseLib.survival.comparison import Comparison, share_words, states_words
from RLNResponseLib.survival.cox import CoxFit, RobustError
from RLNResponseLib.survival.curves import KaplanMeier
from RLNResponseLib.survival.group_figures import GroupFigures
from RLNResponseLib.survival.proportional_hazards import GLOBAL
from RLNResponseLib.survival.results import Split, SurvivalAnalysis

_LONGEST_NAME = 60
_STATES = ("event (recurrence)", "other event first (death)", "neither (alive and controlled)")


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
    if analysis.complete_cases is not None:
        lines += ["", *columns(complete_case_rows(analysis.complete_cases))]
    if analysis.imputed is not None:
        lines += ["", *columns(imputed_rows(analysis.imputed))]
    lines += printed(missing_sentences(analysis), WIDTH)
    for split in analysis.splits:
        lines += ["", *columns(_split_rows(split)), *printed([_tests(split)])]
    lines += ["", *columns([each.row for each in figure_rows(analysis)]), *printed(_figure_sentences(analysis))]
    lines += prediction_lines(analysis)
    if analysis.comparisons:
        lines += ["", "As published, and beside it"]
    for comparison in analysis.comparisons:
        lines.append("")
        labels = ("as published", comparison.kind, "why")
        for head, words in zip(labels, comparison_sentences(comparison), strict=True):
            lines += textwrap.wrap(words.text, WIDTH, initial_indent=f"{head:>14}: ", subsequent_indent=" " * 16)
    for note in (*_notes(analysis), *_multiplicity(analysis)):
        lines += ["", *textwrap.wrap(f"note: {note.text}", WIDTH, subsequent_indent="      ")]
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
        *missing_sentences(analysis, of),
        *(_tests(split) for split in analysis.splits),
        *_figure_sentences(analysis),
        *prediction_sentences(analysis),
        *_notes(analysis),
        *_multiplicity(analysis),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def comparison_sentences(comparison: Comparison) -> tuple[Sentence, Sentence, Sentence]:
    """One figure as published and the one beside it, which a page has in a table, and why the two differ.

    Parameters
    ----------
    comparison
        The pair.

    Returns
    -------
    tuple of Sentence
        As published, beside it (`Comparison.kind` says whether that is a correction), why.
    """
    return (
        Sentence(kind="figure", text=comparison.published),
        Sentence(kind="figure", text=comparison.corrected),
        Sentence(kind="statement", text=comparison.why),
    )


def _first(analysis: SurvivalAnalysis, of: str) -> list[Sentence]:
    patients = "" if analysis.patients is None else f" of {counted(analysis.patients, 'patient')}"
    who = f"{counted(analysis.rows, of)}{patients}, {analysis.events} with the event"
    words = [f"{who}; median {_median(analysis.curve)} months without it (Kaplan–Meier, log-log limits)"]
    if analysis.disease_free:
        words.append(
            f"disease-free survival (whichever event comes first): median {_median(analysis.disease_free)} months"
        )
    states = analysis.figures.states
    if states:
        words.append(f"at {states.months:g} months: {states_words(states, _STATES)}")
    followed = analysis.figures.follow_up
    watched = _months(followed.value, followed.lower, followed.upper)
    words.append(f"median follow-up, months: {watched} (reverse Kaplan–Meier)")
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
    tests += [split.meaning_words] if split.meaning_words else []
    return Sentence(kind="figure", text="; ".join(tests), indent=2)


def _notes(analysis: SurvivalAnalysis) -> list[Sentence]:
    return [Sentence(kind="statement", text=note) for note in analysis.notes]


def _cox_rows(analysis: SurvivalAnalysis, fit: CoxFit) -> list[list[str]]:
    robust = fit.patients is not None
    own = ["SE by patient", "p by patient"] if robust else []
    rows = [["Cox (Efron)", "coef per unit", "SE", "HR per", "HR", "95% limits", "p", *own, "PH χ²", "PH p"]]
    for name, term in fit.terms.items():
        test = analysis.ph_tests.get(name)
        ratio, error = term.per(term), term.by_patient
        rows.append(
            [
                label(name, unit=False)[:_LONGEST_NAME],
                f"{term.coef:.4g}",
                f"{term.se:.4g}",
                contrast(name, term.difference, term.two_values),
                f"{ratio.value:.4g}",
                limits_words(ratio.lower, ratio.upper, ".4g"),
                p_cell(term.p),
                *([formatted(error.se, ".4g"), _p(error)] if error else []),
                *([f"{test.chisq:.3f}", p_cell(test.p)] if test else ["", ""]),
            ]
        )
    return rows


def _p(error: RobustError) -> str:
    return NOT_DEFINED if math.isnan(error.p) else p_cell(error.p)


@dataclass(frozen=True)
class FigureRow:
    """One group's figures as cells, with where it stands.

    Attributes
    ----------
    split
        The covariate or score that divides the rows; "" for the header and all rows.
    row
        The cells.
    """

    split: str
    row: tuple[str, ...]


def figure_rows(analysis: SurvivalAnalysis) -> list[FigureRow]:
    """The figures of all rows and of each group with their limits, the header first, for every surface.

    Parameters
    ----------
    analysis
        The survival analysis of a table.

    Returns
    -------
    list of FigureRow
    """
    at = f"at {analysis.months:g} months"
    header = ["group", "rows (patients)", "events"]
    header += ["other event first"] if analysis.figures.states else []
    header += [f"without the event {at} (Kaplan–Meier)"]
    header += [f"{name} {at}" for name in _STATES] if analysis.figures.states else []
    header += ["median, months", "median follow-up, months"]
    rows = [FigureRow("", tuple(header)), FigureRow("", _figure_cells(analysis.figures, analysis.figures.name))]
    for split in analysis.splits:
        rows += [
            FigureRow(split.name, _figure_cells(each, group_label(split.name, each.name))) for each in split.figures
        ]
    return rows


def _figure_cells(of: GroupFigures, name: str) -> tuple[str, ...]:
    cells = [name, str(of.rows) if of.patients is None else f"{of.rows} ({of.patients})", str(of.events)]
    cells += [str(of.competing)] if of.states else []
    cells.append(share_words(of.without_event))
    cells += [share_words(each) for each in (of.states.event, of.states.competing, of.states.free)] if of.states else []
    medians = (of.median, of.follow_up)
    cells += [_months(each.value, each.lower, each.upper) for each in medians]
    return tuple(cells)


def _figure_sentences(analysis: SurvivalAnalysis) -> list[Sentence]:
    units = "take rows as independent" if analysis.patients is None else "take patients as the units"
    words = (
        f"Limits of shares are 95%, log-minus-log, and {units}; those of medians take rows as independent, as the "
        "log-rank and Gray's tests and those of proportional hazards do. Follow-up is the reverse Kaplan–Meier. A "
        "share of 0% or 100% has none of these limits, and is no certainty."
    )
    said = [f"{label(split.name)}: {split.meaning_words}." for split in analysis.splits if split.meaning_words]
    return [Sentence(kind="statement", text=each) for each in (words, *said)]


def _multiplicity(analysis: SurvivalAnalysis) -> list[Sentence]:
    """How many tests there are, where their p-values stand."""
    tests = sum(1 + len(split.gray) for split in analysis.splits) + len(analysis.ph_tests) + len(analysis.landmark_ph)
    tests += len(analysis.cox.terms) if analysis.cox else 0
    tests += len(analysis.landmark[1].terms) if analysis.landmark else 0
    if tests < 2:
        return []
    words = (
        f"{tests} hypotheses are tested here, and no p-value is adjusted for their number: were no variable related to "
        f"the outcome and all hazards proportional, about {0.05 * tests:.1f} tests would be below 0.05 by chance."
    )
    return [Sentence(kind="statement", text=words)]


def _split_rows(split: Split) -> list[list[str]]:
    where = "" if split.cutoff is None else f", cutoff {split.cutoff:g}"
    chosen = " (cutoff chosen on the same data)" if split.selected else ""
    if split.fitted_here:
        chosen = " (score and cutoff made on these rows)"
    test = split.log_rank
    rows = [[f"{label(split.name)[:_LONGEST_NAME]}{where}{chosen}", "rows", "events", "expected", "median (log-log)"]]
    for group, count, observed, expected in zip(test.groups, test.rows, test.observed, test.expected, strict=True):
        rows.append(
            [
                f"  {level_label(split.name, group)}",
                str(count),
                str(observed),
                f"{expected:.2f}",
                _median(split.curves[group]),
            ]
        )
    return rows


def _median(curve: KaplanMeier) -> str:
    return _months(curve.median.value, *curve.median.log_log)


def _months(value: float, lower: float, upper: float) -> str:
    """A median with its limits, or that it is not reached."""
    if math.isnan(value) and math.isnan(lower) and math.isnan(upper):
        return "not reached"
    return with_limits(value, lower, upper, "g", undefined="not reached")
