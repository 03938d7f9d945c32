"""The page's section on local control: published and corrected side by side."""

from __future__ import annotations

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.wording import p_cell, p_words
from RLNResponseLib.report.page.parts import PageTable, Part, Section, heading, listed, pictured, tabled, text
from RLNResponseLib.survival.comparison import Comparison, why_they_differ
from RLNResponseLib.survival.cox import CoxFit
from RLNResponseLib.survival.endpoint import counts
from RLNResponseLib.survival.results import SurvivalAnalysis


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
    parts: list[Part] = [heading("The two-year endpoint, training lymph nodes")]
    if survival.endpoint is None:
        parts.append(text("It cannot be made: follow-up is missing."))
    else:
        rows = tuple((state, str(count)) for state, count in counts(survival.endpoints).items())
        parts.append(tabled(PageTable(name="endpoint", header=("state at two years", "lymph nodes"), rows=rows)))
        parts.append(tabled(_comparison_table("endpoint-compared", [survival.endpoint])))
    for each in survival.analyses:
        parts += _analysis(each)
    if analysis.control.unseen is not None:
        parts.append(text(why_they_differ("out-of-fold")))
    return Section("local-control", "Local control", tuple(parts))


def _analysis(each: SetSurvival) -> list[Part]:
    stem = each.stem
    parts: list[Part] = [heading(f"{each.set.capitalize()}: {each.title}")]
    if each.left_out:
        parts.append(text(f"{each.left_out} lymph nodes without follow-up or without a covariate are left out."))
    if each.analysis is None:
        return [*parts, text(each.reason)]
    parts += [text(note) for note in each.notes]
    parts += [pictured(f"{stem}-kaplan-meier"), pictured(f"{stem}-incidence"), pictured(f"{stem}-forest")]
    if each.analysis.cox is not None:
        parts.append(tabled(_cox_table(stem, each.analysis, each.analysis.cox)))
    parts.append(tabled(_comparison_table(f"{stem}-compared", each.analysis.comparisons)))
    return [*parts, listed(each.analysis.notes)]


def _cox_table(stem: str, analysis: SurvivalAnalysis, fit: CoxFit) -> PageTable:
    rows = []
    for name, term in fit.terms.items():
        robust = term.robust
        test = analysis.ph_tests.get(name)
        rows.append(
            (
                name,
                f"{term.hr:.3g} ({term.lower:.3g} to {term.upper:.3g})",
                p_cell(term.p),
                "–" if robust is None else f"{robust.lower:.3g} to {robust.upper:.3g}, {p_words(robust.p)}",
                "–" if test is None else p_words(test.p),
            )
        )
    notes = [
        f"{fit.rows} lymph nodes, {fit.events} recurrences. Efron's ties; robust errors by patient; proportional "
        f"hazards as cox.zph."
    ]
    if "GLOBAL" in analysis.ph_tests:
        notes.append(f"Proportional hazards, all covariates: {p_words(analysis.ph_tests['GLOBAL'].p)}.")
    header = ("covariate", "hazard ratio (95%)", "p", "robust by patient", "proportional hazards")
    return PageTable(name=f"{stem}-cox", header=header, rows=tuple(rows), notes=tuple(notes))


def _comparison_table(name: str, found: tuple[Comparison, ...] | list[Comparison]) -> PageTable:
    rows = tuple((each.topic, each.published, each.corrected) for each in found)
    why = dict.fromkeys(f"{each.topic}: {each.why}" for each in found)
    return PageTable(name=name, header=("what", "published method", "corrected"), rows=rows, notes=tuple(why))
