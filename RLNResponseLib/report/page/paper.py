"""The paper's own tables 1, 2 and S2 and figures 1 to 3 as this study has them, the published values beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from RLNResponseLib.analysis.models import Judged, OutcomeModels
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import SetSurvival
from RLNResponseLib.analysis.table1_comparison import PublishedTable1, published_table1
from RLNResponseLib.analysis.without_outcome import without_outcome
from RLNResponseLib.common.names import outcome_classes
from RLNResponseLib.common.wording import NOT_DEFINED, are, counted, formatted, p_cell, p_words, percent, with_limits
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.report.page.parts import FlowBox, PageTable, Part, Section, heading, panels, section, tabled, text
from RLNResponseLib.report.text.result_lines import source_words
from RLNResponseLib.report.text.results import PUBLISHED_LOG_RANK, known_sets, rejected_hazards
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.report.text.table1 import table1_header, table1_rows, table1_sentences
from RLNResponseLib.statistics.estimates import Proportion
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

_NUMBERING = (
    "Tables 1, 2 and S2 and figures 1 to 3 follow the order of the paper's results; what the paper does not state has "
    "a dash. Its interval of an AUC takes lymph nodes as independent."
)


def paper_section(analysis: StudyAnalysis) -> Section:
    """Flow, patients, response, two-year control, local control over time.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    parts: list[Part] = [
        text(" ".join([*dict.fromkeys(map(source_words, analysis.published)), _NUMBERING])),
        heading("Patients and lymph nodes"),
        Part(kind="flow", steps=tuple(FlowBox(step.words(), step.is_out) for step in analysis.flow)),
        tabled(_table1(analysis), "Table 1"),
        heading("Response to treatment"),
        *_table2(analysis),
        text("The published formulas with their coefficients and cutoffs are printed.", see=("published-formulas",)),
        *_figure(analysis.response, "figure-1", "Figure 1", "response"),
        heading("Two-year local control"),
        *_figure(analysis.control, "figure-2", "Figure 2", "two-year local control"),
        *_table_s2(analysis),
        heading("Local control over time"),
        *_over_time(analysis),
    ]
    return section("paper", "The paper's figures and tables, as this study has them", tuple(parts))


def _table1(analysis: StudyAnalysis) -> PageTable:
    published, sets = published_table1(), tuple(known_sets(analysis))
    here = {(row.variable, row.set): row.found for row in analysis.beside}
    sizes = {unit: {name: here.get((unit, name), "") for name in sets} for unit in ("patients", "lymph nodes")}
    rows: list[tuple[str, ...]] = []
    variable_before = unit_before = ""
    for (variable, level, unit), counts in published.margins.items():
        name = variable if level is None else f"{variable}: {level} ({unit})"
        cells = []
        for each in sets:
            whole = None if level is None else (sizes[unit][each], published.margins[unit, None, unit][each])
            cells += [
                _with_share(here.get((name, each), ""), whole[0] if whole else None),
                _with_share(_known(counts.get(each)), _known(whole[1]) if whole else None),
            ]
        if level is not None and variable != variable_before:
            rows.append((f"{variable} ({unit})", *("",) * len(cells), _p(published, variable)))
            unit_before = unit
        variable_before = variable
        own_unit = "" if unit == unit_before else f" ({unit})"
        rows.append((variable if level is None else f"  {level}{own_unit}", *cells, ""))
    for variable, (statistic, values) in published.measured.items():
        name = f"{variable}: {statistic}"
        cells = [cell for each in sets for cell in (here.get((name, each), NOT_DEFINED), values.get(each, NOT_DEFINED))]
        rows.append((f"{variable}, {statistic}", *cells, _p(published, variable)))
    return PageTable(
        name="table-1",
        title="Patients and lymph nodes",
        header=("", *(word for each in sets for word in (each, f"{each}, paper")), "p, paper"),
        rows=tuple(rows),
        notes=(
            f"The paper's p compares training with validation. Here no p is given, {_no_p(analysis)}; how far "
            "the sets are apart, and which published p follow from their counts, stands in the appendix.",
        ),
    )


def _no_p(analysis: StudyAnalysis) -> str:
    if analysis.by_set is not None and analysis.by_set.unrecorded:
        return "since who divided the patients so is not recorded"
    return "as it would test the deal"


def _known(count: int | None) -> str:
    return "" if count is None else str(count)


def _with_share(count: str, whole: str | None) -> str:
    if count in ("", NOT_DEFINED):
        return NOT_DEFINED
    return f"{count} ({percent(int(count), int(whole))})" if whole and int(whole) else count


def _p(published: PublishedTable1, variable: str) -> str:
    known = published.p_values.get(variable)
    return NOT_DEFINED if known is None else p_cell(known[0])


def _figure(models: OutcomeModels, name: str, label: str, outcome: str) -> list[Part]:
    stem = models.outcome.replace("_", "-")
    names = (f"selection-{stem}", *(f"performance-{stem}-published-{each.set}" for each in models.published))
    selected = (
        "First how the study's own score was selected (cross-validated AUC and coefficients over the penalty), then "
    )
    of_published = "the published formula on each set: ROC, calibration, decision curve."
    caption = of_published[0].upper() + of_published[1:] if models.fitted is None else selected + of_published
    parts = [panels(name, f"Rad-score for {outcome}", names, label, caption)]
    if models.fitted is None:
        parts.append(text(f"No score was fitted for {outcome}: {models.fitted_reason}"))
    reasons = dict.fromkeys(f"{each.set.capitalize()}: {each.reason}" for each in models.published if each.reason)
    return [*parts, *(text(reason) for reason in reasons)]


def _table2(analysis: StudyAnalysis) -> list[Part]:
    if all(each.validation is None for models in (analysis.response, analysis.control) for each in models.published):
        return [text("Table 2 cannot be made: no published score could be judged.")]
    sets = tuple(known_sets(analysis))
    rows: list[tuple[str, ...]] = []
    response, control = analysis.published
    rows.append((f"{response.title}, response", *("",) * (2 * len(sets))))
    rows += _score_rows(analysis.response, response, sets)
    rows.append((f"{control.title}, two-year local control", *("",) * (2 * len(sets))))
    rows += _score_rows(analysis.control, control, sets)
    rows.append(("  high against low, log-rank", *_log_ranks(analysis, sets)))
    table = PageTable(
        name="table-2",
        title="The published scores by outcome, and at their cutoffs",
        header=("", *(word for each in sets for word in (each, f"{each}, paper"))),
        rows=tuple(rows),
        notes=(
            "AUC with DeLong's limits, sensitivity and specificity with exact ones, as published; limits by patient "
            "stand below, with what a statistician would add. Two-year local control leaves out early deaths, as "
            "published. The paper names the set of a cutoff's sensitivity and specificity as training.",
        ),
    )
    return [tabled(table, "Table 2")]


def _score_rows(models: OutcomeModels, card: ScoreModel, sets: tuple[str, ...]) -> list[tuple[str, ...]]:
    judged = {each.set: each for each in models.published}
    published = card.published
    performance = {_set_of(each["set"]): each for each in published.get("performance", ())}
    means = {(each["set"], each["group"]): each for each in published.get("group_means", ())}

    def row(words: str, here: Callable[[Judged], str], paper: Callable[[str], str]) -> tuple[str, ...]:
        cells = []
        for name in sets:
            of = judged.get(name)
            cells += [here(of) if of is not None and of.validation is not None else NOT_DEFINED, paper(name)]
        return (f"  {words}", *cells)

    def mean(position: int) -> Callable[[Judged], str]:
        def words(each: Judged) -> str:
            of = each.difference
            return NOT_DEFINED if of is None else f"{of.mean[position]:.3f} ± {of.sd[position]:.3f} ({of.n[position]})"

        return words

    def paper_mean(group: str) -> Callable[[str], str]:
        def words(name: str) -> str:
            of = means.get((name, group))
            return NOT_DEFINED if of is None else f"{of['mean']:.3f} ± {of['sd']:.3f} ({of['lymph_nodes']})"

        return words

    def cutoff(which: str) -> Callable[[str], str]:
        value = published.get(f"cutoff_{which}")
        return lambda name: NOT_DEFINED if value is None or name != "training" else formatted(value)

    def auc(name: str) -> str:
        of = performance.get(name)
        return NOT_DEFINED if of is None else with_limits(of["auc"], of["auc_lower"], of["auc_upper"])

    groups = ("responder", "non-responder")
    with_outcome, without = outcome_classes(models.outcome)
    return [
        row(f"{with_outcome}, mean ± SD (lymph nodes)", mean(0), paper_mean(groups[0])),
        row(f"{without}, mean ± SD (lymph nodes)", mean(1), paper_mean(groups[1])),
        row("Student's t", lambda each: NOT_DEFINED if each.difference is None else p_words(each.difference.t_p),
            lambda name: NOT_DEFINED),
        row("AUC", _auc, auc),
        row(f"sensitivity ({with_outcome}) at {card.cutoff.value:g}", lambda each: _share(each, "sensitivity"),
            cutoff("sensitivity")),
        row(f"specificity ({without}) at {card.cutoff.value:g}", lambda each: _share(each, "specificity"),
            cutoff("specificity")),
    ]  # fmt: skip


def _set_of(name: str) -> str:
    """The paper's one AUC of two-year control is of the training lymph nodes."""
    return name if name == "validation" else "training"


def _auc(each: Judged) -> str:
    assert each.validation is not None
    auc = each.validation.validation.auc
    return with_limits(auc.value, auc.lower, auc.upper)


def _share(each: Judged, which: str) -> str:
    assert each.validation is not None
    share: Proportion = getattr(each.validation.validation.classification, which)
    return with_limits(share.value, share.lower, share.upper)


def _log_ranks(analysis: StudyAnalysis, sets: tuple[str, ...]) -> list[str]:
    found = {each.set: each.split for each in _published(analysis)}
    cells = []
    for name in sets:
        split = found.get(name)
        cells += [NOT_DEFINED if split is None else p_words(split.log_rank.p)]
        cells += [PUBLISHED_LOG_RANK.get(name, NOT_DEFINED)]
    return cells


def _published(analysis: StudyAnalysis) -> list[SetSurvival]:
    return [each for each in analysis.survival.analyses if each.score == "published"]


def _table_s2(analysis: StudyAnalysis) -> list[Part]:
    table = analysis.by_control
    if table is None:
        return [text("Table S2 cannot be made: the lymph nodes are not both controlled and failed.", ())]
    counts = {
        level: known
        for (variable, level, _), known in published_table1().margins.items()
        if variable == "two-year local control"
    }
    controlled, failed = (counts[level]["training"] for level in ("controlled", "failed"))
    return [
        tabled(
            PageTable(
                name="controlled-against-failed",
                title=f"Controlled against failed lymph nodes at two years, {_whole(analysis, sum(table.sizes))}",
                header=table1_header(table),
                rows=table1_rows(table),
                notes=(
                    f"The paper has {controlled} controlled and {failed} failed lymph nodes (training); of its table "
                    "no other figure is held here.",
                    *texts(table1_sentences(replace(table, without_group=0))),
                    *_in_neither(analysis),
                ),
            ),
            "Table S2",
        )
    ]


def _in_neither(analysis: StudyAnalysis) -> list[str]:
    """A death before two years is a known outcome, and no missing value."""
    found = without_outcome(analysis.cases, TWO_YEAR_CONTROL)
    said = []
    if found.died_first:
        said.append(
            f"In neither column {are(len(found.died_first))} {counted(len(found.died_first), 'lymph node')} whose "
            "patient died within two years without recurrence, as published; that outcome is known, and competes."
        )
    if found.unknown:
        said.append(f"Two-year local control is not known of {counted(len(found.unknown), 'lymph node')}.")
    return said


def _whole(analysis: StudyAnalysis, count: int) -> str:
    sets = known_sets(analysis)
    who = f"{' and '.join(sets)} together" if len(sets) > 1 else "all lymph nodes"
    return f"{who} (n = {count})"


def _over_time(analysis: StudyAnalysis) -> list[Part]:
    published = _published(analysis)
    stems = [each.stem for each in published]
    names = [f"{stem}-kaplan-meier" for stem in stems] + [f"{stem}-forest" for stem in stems[:1]]
    log_ranks = ", ".join(f"{p} ({name})" for name, p in PUBLISHED_LOG_RANK.items())
    title = "Local control of high and low Rad-score-2-year, and the Cox model of the paper's covariates"
    held = f"The paper's log-rank: {log_ranks}; of its hazard ratios no figure is held here."
    caption = " ".join([held, *filter(None, map(rejected_hazards, published))])
    reasons = [f"{each.set.capitalize()}: {each.reason}" for each in published if each.reason]
    notes = [f"{each.set.capitalize()}: {note}" for each in published for note in each.notes]
    return [panels("figure-3", title, names, "Figure 3", caption), *(text(words) for words in (*reasons, *notes))]
