"""What a statistician would add to the paper: correction and validation, death that competes, patients as the units,
and what the reader decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from RLNResponseLib.analysis.models import OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import p_words
from RLNResponseLib.report.page.agreement import decision_parts
from RLNResponseLib.report.page.models import competing_table, performance_table
from RLNResponseLib.report.page.parts import PageTable, Part, Section, heading, panels, section, tabled, text
from RLNResponseLib.report.text.comparison_rows import endpoint_rows, ratio_cell
from RLNResponseLib.report.text.results import rejected_hazards
from RLNResponseLib.survival.comparison import which_is_a
from RLNResponseLib.survival.cox import CoxFit

_NO_CORRECTION = "Nothing is corrected here, as no score was fitted: {}"


def beyond_section(analysis: StudyAnalysis) -> Section:
    """Correction, competing risks, the reader.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    parts: list[Part] = [
        heading("Apparent, corrected and validation figures"),
        *_performance(analysis.response),
        *_performance(analysis.control),
    ]
    reasons = {m.fitted_reason for m in (analysis.response, analysis.control) if m.fitted is None}
    parts += [text(_NO_CORRECTION.format(reason)) for reason in sorted(reasons)]
    parts += [heading("Death competes with recurrence"), *_competing(analysis)]
    parts += [heading("What the reader decides"), *decision_parts(analysis)]
    return section("beyond", "What a statistician would add", tuple(parts))


def _performance(models: OutcomeModels) -> list[Part]:
    """A table of dashes says no more than why there is none."""
    if models.fitted is None and all(each.validation is None for each in models.published):
        return [text(reason) for reason in dict.fromkeys(each.reason for each in models.published)]
    return [tabled(performance_table(models))]


def _competing(analysis: StudyAnalysis) -> list[Part]:
    table = competing_table(analysis)
    rows = tuple(_beside(analysis))
    published = [each for each in analysis.survival.analyses if each.score == "published"]
    parts = [tabled(table)] if table else [text("No score could be judged with death competing.")]
    title = "Recurrence of high and low Rad-score-2-year while death competes"
    names = [f"{each.stem}-incidence" for each in published]
    parts.append(panels("competing", title, names, caption="Aalen and Johansen's curves; Gray's test."))
    if rows:
        parts.append(
            tabled(
                PageTable(
                    name="published-beside",
                    title="The published way, and beside it a correction or another question",
                    header=("lymph nodes", "what", "published way", "beside it", "which is a"),
                    rows=rows,
                    notes=(
                        *filter(None, map(rejected_hazards, published)),
                        "Why each two differ stands with the analyses of local control, in the appendix.",
                    ),
                )
            )
        )
    return parts


def _beside(analysis: StudyAnalysis) -> Iterator[tuple[str, ...]]:
    survival = analysis.survival
    for each in survival.analyses:
        if each.score == "published":
            yield from _of_set(analysis, each)
    own = next((each for each in survival.analyses if each.score == "fitted" and each.set != "validation"), None)
    split = None if own is None else own.split
    if own is not None and split is not None and split.out_of_fold is not None:
        yield (
            own.set,
            "own score, high against low",
            f"log-rank {p_words(split.log_rank.p)}",
            f"out of fold {p_words(split.out_of_fold.p)}",
            which_is_a("out-of-fold"),
        )


def _of_set(analysis: StudyAnalysis, each: SetSurvival) -> Iterator[tuple[str, ...]]:
    found = each.analysis
    if found is None:
        return
    endpoints = analysis.survival.endpoints
    if each.set != "validation" and found.figures.states is not None and endpoints:
        for _, what, share, beside, kind in endpoint_rows(endpoints, found.figures.states)[:3]:
            yield each.set, f"at two years: {what}", share, beside, kind
    split = each.split
    if split is not None and "event" in split.gray:
        log_rank, gray = f"log-rank {p_words(split.log_rank.p)}", f"Gray {p_words(split.gray['event'].p)}"
        yield each.set, "high against low", log_rank, gray, which_is_a("competing")
    if split is not None and split.selected is not None:
        at = f"p of the cutoff {p_words(split.log_rank.p)}"
        corrected = f"corrected {p_words(split.selected.corrected_p)}"
        yield each.set, "cutoff chosen here", at, corrected, which_is_a("cutoff")
    if found.cox is not None:
        # The score is the last; the other covariates stand with the whole model, in the appendix.
        yield _term(each.set, tuple(found.cox.terms)[-1], found.cox)
    if found.landmark is not None:
        landmark, later = found.landmark
        if "response" in later.terms and found.cox is not None and "response" in found.cox.terms:
            yield (
                each.set,
                f"hazard ratio, response, from the start | from month {landmark.months:g}, by patient",
                ratio_cell(found.cox, "response", by_patient=False),
                ratio_cell(later, "response", by_patient=True),
                which_is_a("landmark"),
            )


def _term(of: str, name: str, fit: CoxFit) -> tuple[str, ...]:
    step = fit.terms[name].step
    beside = ratio_cell(fit, name, by_patient=True)
    return (
        of,
        f"hazard ratio, {label(name, unit=False)} ({step}) | by patient",
        ratio_cell(fit, name, by_patient=False),
        beside,
        which_is_a("clusters"),
    )
