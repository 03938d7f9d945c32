"""The page's section on local control: published and corrected side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.names import contrast, label
from RLNResponseLib.common.wording import NOT_DEFINED, are, counted, hazard_ratio_words, limits_words, p_cell, p_words
from RLNResponseLib.report.page.parts import (
    PageTable,
    Part,
    Section,
    heading,
    listed,
    panels,
    pictured,
    section,
    tabled,
    text,
)
from RLNResponseLib.report.text.comparison_rows import HEADER, Row, comparison_rows, endpoint_rows
from RLNResponseLib.report.text.missing_values import complete_case_rows, imputed_rows
from RLNResponseLib.report.text.prediction import calibration_rows, prediction_rows
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.report.text.survival import figure_rows, survival_sentences
from RLNResponseLib.survival.clustered_errors import ENOUGH_PATIENTS
from RLNResponseLib.survival.comparison import Comparison, why_they_differ
from RLNResponseLib.survival.cox import CoxFit, CoxTerm
from RLNResponseLib.survival.endpoint import counts
from RLNResponseLib.survival.results import SurvivalAnalysis

_STATES = {"left out": "died first, left out as published"}
_SCORES = {"published": "the published score", "fitted": "own score", "out-of-fold": "own score, out of fold"}


def survival_section(analysis: StudyAnalysis) -> Section:
    """The endpoint, then each analysis.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    survival = analysis.survival
    parts: list[Part] = [heading("The two-year endpoint")]
    if survival.endpoint is None:
        parts.append(text("It cannot be made: follow-up is missing."))
    else:
        rows = tuple((_STATES.get(state, state), str(count)) for state, count in counts(survival.endpoints).items())
        whose = survival.analyses[0].set if survival.analyses else "all"
        title = f"The lymph nodes of the two-year endpoint, {whose}"
        header = ("state at two years", "lymph nodes")
        parts.append(tabled(PageTable(name="endpoint", title=title, header=header, rows=rows)))
        of_same = (each.analysis for each in survival.analyses if each.set == whose and each.analysis is not None)
        beside = endpoint_rows(survival.endpoints, next((each.figures.states for each in of_same), None))
        parts.append(tabled(_comparison_table("endpoint-compared", [survival.endpoint], beside, whose)))
    for each in survival.analyses:
        parts += _analysis(each)
    if analysis.control.unseen is not None:
        parts.append(text(why_they_differ("out-of-fold")))
    return section("local-control", "Local control", tuple(parts), "appendix")


def _analysis(each: SetSurvival) -> list[Part]:
    stem = each.stem
    parts: list[Part] = [heading(f"{each.set.capitalize()}: {_SCORES[each.score]}")]
    if each.score == "out-of-fold":
        parts.append(text(f"{each.set.capitalize()}: {each.title}."))
    if each.left_out:
        without = counted(each.left_out, "lymph node")
        parts.append(text(f"{without} without follow-up {are(each.left_out)} left out."))
    if each.analysis is None:
        return [*parts, text(each.reason)]
    parts += [text(note) for note in each.notes]
    parts.append(tabled(_figure_table(stem, each.analysis)))
    parts += [tabled(table) for table in _prediction_tables(stem, each.analysis)]
    parts.append(pictured(f"{stem}-calibration-picture"))
    if each.score != "published":
        names = [f"{stem}-{kind}" for kind in ("kaplan-meier", "incidence", "forest")]
        parts.append(panels(f"{stem}-figure", f"{each.set.capitalize()}: {_SCORES[each.score]}", names))
    elif each.set == "validation":
        parts.append(pictured(f"{stem}-forest"))
    if each.analysis.cox is not None:
        parts.append(tabled(_cox_table(stem, each.analysis, each.analysis.cox)))
    parts += [tabled(table) for table in _missing_tables(stem, each.analysis)]
    rows = comparison_rows(each.analysis)
    parts.append(tabled(_comparison_table(f"{stem}-compared", each.analysis.comparisons, rows, each.set)))
    return [*parts, listed(texts(survival_sentences(each.analysis, "lymph node")))]


def _cox_table(stem: str, analysis: SurvivalAnalysis, fit: CoxFit) -> PageTable:
    rows = []
    for name, term in fit.terms.items():
        ratio = term.per(term)
        test = analysis.ph_tests.get(name)
        rows.append(
            (
                label(name, unit=False),
                contrast(name, term.difference, term.two_values),
                hazard_ratio_words(ratio.value, ratio.lower, ratio.upper),
                p_cell(term.p),
                _by_patient(term),
                NOT_DEFINED if test is None else p_words(test.p),
            )
        )
    who = f"{counted(fit.rows, 'lymph node')}, {counted(fit.events, 'recurrence')}"
    errors = "robust errors by patient"
    if fit.patients is not None and fit.patients < ENOUGH_PATIENTS:
        errors = f"errors by patient for few patients ({fit.patients}): CR2 with Satterthwaite's degrees of freedom"
    notes = (f"{who}. Efron's ties; {errors}; proportional hazards as cox.zph.",)
    header = ("covariate", "per", "hazard ratio (95%)", "p", "by patient", "proportional hazards")
    title = "Cox model"
    return PageTable(name=f"{stem}-cox", title=title, header=header, rows=tuple(rows), notes=notes)


def _by_patient(term: CoxTerm) -> str:
    error = term.by_patient
    if error is None or math.isnan(error.p):
        return NOT_DEFINED
    ratio = term.per(error)
    freedom = "" if error.df is None else f" ({error.df:.1f} df)"
    return f"{limits_words(ratio.lower, ratio.upper, '#.3g')}, {p_words(error.p)}{freedom}"


def _missing_tables(stem: str, analysis: SurvivalAnalysis) -> list[PageTable]:
    """Whom the Cox model leaves out, and the same model on imputed sets, where there are any."""
    tables = []
    if analysis.complete_cases is not None:
        header, *rows = complete_case_rows(analysis.complete_cases, "lymph node")
        title = "Lymph nodes whose covariates are known, and the others"
        tables.append(PageTable(name=f"{stem}-complete-cases", title=title, header=header, rows=tuple(rows)))
    if analysis.imputed is not None:
        header, *rows = imputed_rows(analysis.imputed)
        title = "Cox model, missing covariates imputed"
        tables.append(PageTable(name=f"{stem}-imputed", title=title, header=header, rows=tuple(rows)))
    return tables


def _figure_table(stem: str, analysis: SurvivalAnalysis) -> PageTable:
    """All lymph nodes, and the score's groups."""
    score = {split.name for split in analysis.splits if split.of_score}
    header, *rows = [each for each in figure_rows(analysis) if not each.split or each.split in score]
    title = "All lymph nodes, and the groups of the score"
    return PageTable(name=f"{stem}-groups", title=title, header=header.row, rows=tuple(each.row for each in rows))


def _prediction_tables(stem: str, analysis: SurvivalAnalysis) -> list[PageTable]:
    tables = []
    for name, title, found in (
        ("prediction", "What the score tells by two years", prediction_rows(analysis)),
        ("calibration", "Predicted risks beside what happened", calibration_rows(analysis)),
    ):
        if found:
            header, *rows = found
            body = tuple(map(tuple, rows))
            tables.append(PageTable(name=f"{stem}-{name}", title=title, header=tuple(header), rows=body))
    return tables


def _comparison_table(name: str, found: Sequence[Comparison], rows: tuple[Row, ...], whose: str) -> PageTable:
    why = dict.fromkeys(f"{each.topic}: {each.why}" for each in found)
    title = f"The published method, and beside it ({whose})"
    return PageTable(name=name, title=title, header=HEADER, rows=rows, notes=tuple(why))
