"""The page's section on local control: published and corrected side by side."""

from __future__ import annotations

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.wording import NOT_DEFINED, are, counted, limits_words, p_cell, p_words
from RLNResponseLib.report.page.parts import PageTable, Part, Section, heading, listed, pictured, tabled, text
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.report.text.survival import comparison_sentences, survival_sentences
from RLNResponseLib.survival.comparison import Comparison, hazard_ratio_words, why_they_differ
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
        without = counted(each.left_out, "lymph node")
        parts.append(text(f"{without} without follow-up or without a covariate {are(each.left_out)} left out."))
    if each.analysis is None:
        return [*parts, text(each.reason)]
    parts += [text(note) for note in each.notes]
    parts += [pictured(f"{stem}-kaplan-meier"), pictured(f"{stem}-incidence"), pictured(f"{stem}-forest")]
    if each.analysis.cox is not None:
        parts.append(tabled(_cox_table(stem, each.analysis, each.analysis.cox)))
    parts.append(tabled(_comparison_table(f"{stem}-compared", each.analysis.comparisons)))
    return [*parts, listed(texts(survival_sentences(each.analysis, "lymph node")))]


def _cox_table(stem: str, analysis: SurvivalAnalysis, fit: CoxFit) -> PageTable:
    rows = []
    for name, term in fit.terms.items():
        robust = term.robust
        test = analysis.ph_tests.get(name)
        rows.append(
            (
                name,
                hazard_ratio_words(term.hr, term.lower, term.upper),
                p_cell(term.p),
                NOT_DEFINED
                if robust is None
                else f"{limits_words(robust.lower, robust.upper, '.3g')}, {p_words(robust.p)}",
                NOT_DEFINED if test is None else p_words(test.p),
            )
        )
    who = f"{counted(fit.rows, 'lymph node')}, {counted(fit.events, 'recurrence')}"
    notes = (f"{who}. Efron's ties; robust errors by patient; proportional hazards as cox.zph.",)
    header = ("covariate", "hazard ratio (95%)", "p", "robust by patient", "proportional hazards")
    return PageTable(name=f"{stem}-cox", header=header, rows=tuple(rows), notes=notes)


def _comparison_table(name: str, found: tuple[Comparison, ...] | list[Comparison]) -> PageTable:
    said = [(each.topic, comparison_sentences(each)) for each in found]
    rows = tuple((topic, *texts(sentences, "figure")) for topic, sentences in said)
    why = dict.fromkeys(f"{topic}: {words}" for topic, sentences in said for words in texts(sentences))
    return PageTable(name=name, header=("what", "published method", "corrected"), rows=rows, notes=tuple(why))
