"""What the first page says of a result holds of the figures beside it, row by row."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from RLNResponseLib.analysis.reader_accuracy import CONTROL
from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.common.wording import counted
from RLNResponseLib.report.figures import overview
from RLNResponseLib.report.page.answer import flow_line
from RLNResponseLib.report.page.beyond import beyond_section
from RLNResponseLib.report.page.survival import survival_section
from RLNResponseLib.report.text.comparison_rows import comparison_rows
from RLNResponseLib.report.text.paragraph import results_paragraph
from RLNResponseLib.report.text.reader_accuracy import reader_accuracy_sentences
from RLNResponseLib.report.text.result_lines import result_words
from RLNResponseLib.report.text.results import _control_words, _share, rejected_hazards, study_results
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.curves import kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp

COINS = {True: "Not told from chance (limits include 0.5)", False: "Better than chance (limits above 0.5)"}


@pytest.fixture(scope="module")
def analysis(small_cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "study"
    shutil.copytree(small_cohort.folder, folder)
    return analyse_study(Study.open(folder), resamples=10)


@pytest.fixture(scope="module")
def results(analysis):
    return {result.name: result for result in study_results(analysis)}


@pytest.mark.parametrize("name", ["response", "two-year-control"])
def test_each_row_that_nothing_flatters_is_named_with_whether_its_limits_include_chance(results, name):
    result = results[name]
    judged = [line for line in result.lines if not line.is_flattered]
    assert judged
    sentences = result.means.removeprefix("In this simulation: ").removesuffix(".").split(". ")
    verdicts = {
        name: f"{verdict[0].upper()}{verdict[1:]}"
        for verdict, names in (each.split(": ", 1) for each in sentences)
        for name in names.split("; ")
    }
    assert set(verdicts) == {line.what for line in judged}
    for line in judged:
        of = line.limits
        if of.lower < of.upper:
            assert verdicts[line.what] == COINS[of.lower <= 0.5 <= of.upper]


def test_every_line_with_limits_says_whether_they_are_by_patient_or_by_lymph_node(results):
    for result in results.values():
        for line in result.lines:
            has_limits = " to " in line.here
            assert not has_limits or line.units in ("by patient", "by lymph node"), line
    published = [line for line in results["two-year-control"].lines if line.what.startswith("published")]
    assert {line.units for line in published} == {"by patient"}


def test_a_simulation_is_no_patient_and_says_what_its_outcomes_were_drawn_from(analysis, results):
    for name in ("response", "two-year-control", "high-against-low"):
        assert results[name].means.startswith("In this simulation: ")
    assert "simulated patients enrolled" in flow_line(analysis)
    assert "simulated patients enrolled" in results_paragraph(analysis)[0]
    assert "outcomes were drawn from the published scores" in results_paragraph(analysis)[0]
    of_patients = replace(analysis, simulated=False)
    assert "simulat" not in " ".join([flow_line(of_patients), *results_paragraph(of_patients)])
    assert not any("patients like these" in result.means for result in results.values())


def of_set(name, p, hazard_ratio=0.5, hazards=0.5):
    """A set whose log-rank test is far from chance, and whose test by patient is `p`."""
    ratio = Estimate(value=hazard_ratio, lower=0.1, upper=2.0, interval="")
    term = SimpleNamespace(by_patient=SimpleNamespace(p=p), per=lambda error: ratio, step="SD")
    return SimpleNamespace(
        set=name,
        analysis=SimpleNamespace(
            cox=None if p is None else SimpleNamespace(terms={"response": None, "score": term}),
            ph_tests={"score": SimpleNamespace(p=hazards)},
        ),
        split=SimpleNamespace(
            log_rank=SimpleNamespace(p=1e-5, groups=("high", "low"), observed=(2, 9), expected=(5.5, 5.5))
        ),
    )


def test_control_is_longer_by_the_test_by_patient_alone():
    assert _control_words(of_set("training", 0.001)).startswith("Training: yes, control is longer")
    assert _control_words(of_set("training", 0.001, 2.0)).startswith("Training: no, control is shorter")
    validation = _control_words(of_set("validation", 0.257))
    assert validation.startswith("Validation: not shown")
    assert "p = 0.257 by patient" in validation
    assert "log-rank p < 0.001" in validation
    lacking = _control_words(of_set("validation", None))
    assert "no test by patient" in lacking
    assert "counts lymph nodes as independent" in lacking


def test_without_a_lymph_node_at_risk_it_is_said_instead_of_limits():
    curve = kaplan_meier(FollowUp(np.array([3.0, 9.0, 20.0]), np.array([True, True, True])))
    none = Estimate(value=0.0, lower=float("nan"), upper=float("nan"), interval="")
    assert _share(none, curve, 24.0) == "0.0% (0 of 3 at risk; no limits)"


def test_the_groups_are_told_apart_by_who_recurs_with_death_competing(analysis, results):
    """Kaplan-Meier's share, deaths censored, flatters nobody here: it stands with the curves."""
    lines = results["high-against-low"].lines
    found = next(each for each in analysis.survival.analyses if each.score == "published" and each.split is not None)
    for group in found.split.figures:
        line = next(each for each in lines if each.what == f"{found.set}, {group.name}: recurred by 24 months")
        assert line.here.startswith(f"{100 * group.states.event.value:.1f}%")


def test_rejected_hazards_stand_wherever_the_hazard_ratio_does():
    rejected = of_set("training", 0.001, hazards=0.027)
    assert "proportional hazards are rejected (p = 0.027)" in _control_words(rejected)
    assert rejected_hazards(rejected).startswith("Training: proportional hazards of the score are rejected (p = 0.027)")
    assert rejected_hazards(of_set("training", 0.001, hazards=0.05)) == ""


def test_published_and_corrected_stand_in_columns_with_one_figure_a_cell(analysis):
    walked = 0
    for each in analysis.survival.analyses:
        found = each.analysis
        if found is None:
            continue
        rows = comparison_rows(found)
        assert {row[0] for row in rows} == {comparison.topic for comparison in found.comparisons}
        assert all(cell.count(" to ") <= 1 and cell.count("p = ") <= 1 for row in rows for cell in row[2:4])
        printed = [float(row[2].partition(",")[0]) for row in rows if row[0] == "clusters"]
        if printed:
            terms = found.cox.terms.values()
            assert printed == pytest.approx([term.se * abs(term.difference) for term in terms], rel=5e-3, abs=0)
            walked += 1
    assert walked


def test_the_rule_is_printed_once_and_the_fit_says_what_it_drew_on(analysis, results):
    result = results["features"]
    assert sum("pass" in line.what or line.what.startswith("ICC above") for line in result.lines) == 1
    features = analysis.agreement.features
    shares = [found.icc_inter for found in features.components if found.icc_inter is not None]
    counted = next(line for line in result.lines if "REML" in line.what)
    assert counted.here == f"{sum(of.lower > features.rule.threshold for of in shares)} of {len(shares)}"
    assert f"{len(features.passed)} features pass on all" in result.means
    for models in (analysis.response, analysis.control):
        if models.fitted is not None:
            assert str(int(models.fitted.score.kept.sum())) in result.means.partition("drew on")[2]


def test_the_words_of_the_first_page_are_defined_below_its_table(analysis):
    words = result_words(analysis)
    for word in ("0.961", "-1.015", "Group", "Own score", "Apparent", "corrected"):
        assert word in words


def test_the_picture_names_what_it_leaves_out(results):
    assert "Every" not in overview.TITLE
    assert "out of fold" in overview.CAPTION
    lines = [line.what for line in results["two-year-control"].lines]
    if any("own score" in what for what in lines):
        assert "own score, corrected, without early deaths" in lines


def test_a_hazard_ratio_by_patient_is_called_one_thing_on_the_whole_report(analysis):
    def kinds(section, names):
        tables = [part.table for part in section.parts if part.table is not None]
        return {row[-1] for table in tables for row in table.rows if any(name in row[0] + row[1] for name in names)}

    beside = kinds(beyond_section(analysis), ["hazard ratio, "])
    appendix = kinds(survival_section(analysis), ["clusters"])
    assert beside == appendix == {"correction"}


def test_groups_that_change_are_counted_among_the_lymph_nodes_of_their_analysis(analysis):
    for each in analysis.agreement.accuracy:
        if each.accuracy is None:
            continue
        words = " ".join(sentence.text for sentence in reader_accuracy_sentences(each))
        whose = "in the two-year analysis" if each.model.id == CONTROL else "whose response is known"
        of = counted(each.accuracy.cases, "lymph node")
        assert f"changes with the reader in {each.accuracy.flips} of the {of} {whose}" in words
