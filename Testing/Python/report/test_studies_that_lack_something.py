"""One section a question, whatever a study has: what is there is reported, and what is not has its sentence."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from RLNResponseLib.agreement.comparable import comparable_pairs
from RLNResponseLib.agreement.readings import ReadingRow, compare_all_readings
from RLNResponseLib.analysis.agreement import study_agreement
from RLNResponseLib.analysis.partial_agreement import partial_agreement
from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.page.answer import answer_section
from RLNResponseLib.report.page.html import study_page
from RLNResponseLib.report.page.page import study_sections
from RLNResponseLib.report.text.paragraph import results_paragraph
from RLNResponseLib.report.text.results import study_results
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 5, 1, 8, tzinfo=UTC))
RESULTS = ["response", "two-year-control", "high-against-low", "features", "decisions"]


@pytest.fixture(scope="module")
def study(small_cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lacking") / "study"
    shutil.copytree(small_cohort.folder, folder)
    return Study.open(folder)


@pytest.fixture(scope="module")
def whole(study):
    """Nobody asked for a split."""
    return analyse_study(study, resamples=10, split=False)


def words_of(study, analysis):
    """The page's text, and that all five questions have an answer or a reason."""
    results = study_results(analysis)
    assert [result.name for result in results] == RESULTS
    assert all(result.means and result.not_shown for result in results)
    page = study_page(study.protocol, study_sections(study, analysis), {}, NOW)
    assert [word for word in ("None", "nan", "inf") if f">{word}<" in page] == []
    assert all(paragraph for paragraph in results_paragraph(analysis))
    return page


def test_a_study_that_nobody_split_is_analysed_whole_and_no_split_is_written(study, whole):
    assert set(whole.sets.values()) == {"all"}
    assert not (study.folder / "results" / "split.csv").exists()
    assert [each.set for each in whole.response.published] == ["all"]
    assert whole.response.validated is None
    page = words_of(study, whole)
    assert "not split into training and validation: nobody asked for it" in page
    assert "published score, all" in page
    assert "None: all patients are analysed together." in page
    assert "published score, validation" not in page
    header = next(part.table.header for part in study_sections(study, whole)[1].parts if part.name == "table-1")
    assert header == ("", "all", "all, paper", "p, paper")


@pytest.mark.parametrize("only", ["training", "validation"])
def test_a_split_with_everybody_on_one_side_is_reported(study, tmp_path, only):
    shutil.copytree(study.folder, tmp_path / "study")
    own = Study.open(tmp_path / "study")
    lines = ["patient,set", *sorted({f"{each.patient},{only}" for each in own.lymph_nodes()})]
    (own.folder / "results").mkdir(exist_ok=True)
    (own.folder / "results" / "split.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    analysis = analyse_study(own, resamples=2)
    assert analysis.response.fitted is None or only == "training"
    judged = [each.set for each in analysis.response.published if each.validation is not None]
    assert judged == [only]
    page = words_of(own, analysis)
    assert f"published score, {only}" in page


def test_without_a_repeat_or_a_second_reader_the_page_says_so_and_has_the_rest(study, whole):
    reason = "Agreement and the report need two readers, one of whom repeats."
    lacking = replace(whole, agreement=None, no_agreement=reason)
    page = words_of(study, lacking)
    assert page.count(reason) >= 3
    assert "published score, all" in page


def test_what_was_read_twice_all_the_same_is_compared(study, whole):
    """Of a whole study it is what the agreement itself says, kind by kind."""
    models = published_models()
    agreement = study_agreement(study, models)
    found = {each.kind: each for each in partial_agreement(study, models, seed=0)}
    assert set(found) == {"inter", "intra"}
    for kind, each in found.items():
        of = getattr(agreement.features, kind)
        assert each.icc.estimate.tolist() == pytest.approx(of.icc.estimate.tolist(), abs=0, nan_ok=True)
        rates = [getattr(score, kind).agreement.flip_rate for score in agreement.scores]
        assert [compared.agreement.flip_rate for _, compared in each.scores] == rates
    inter = replace(whole, agreement=None, no_agreement="Nobody repeats.", partial=(found["inter"],))
    page = words_of(study, inter)
    assert f"{int((found['inter'].icc.estimate > 0.75).sum())} of 106 features have" in page
    assert "two readers" in page


def test_limits_without_width_are_no_certainty():
    from RLNResponseLib.report.text.result_lines import auc_line, auc_meaning
    from RLNResponseLib.statistics.estimates import Estimate

    def meaning(value, lower, upper):
        line = auc_line("own score", Estimate(value=value, lower=lower, upper=upper, interval="95%"))
        return auc_meaning([line])

    assert "no certainty" in meaning(1.0, 1.0, 1.0)
    assert meaning(0.75, 0.6, 0.9) == "Better than chance (limits above 0.5): own score."
    assert meaning(0.75, 0.49, 0.9) == "Not told from chance (limits include 0.5): own score."
    assert "Worse than chance" in meaning(0.3, 0.1, 0.4)
    assert "without limits" in meaning(0.8, float("nan"), float("nan"))
    assert "No AUC can be given" in meaning(float("nan"), float("nan"), float("nan"))


@pytest.mark.parametrize(
    ("observed", "p", "said"),
    [
        ((2, 9), 0.01, "above the published cutoff stay controlled longer"),
        ((9, 2), 0.01, "above the published cutoff recur sooner"),
        ((2, 9), 0.2, "differ by no more than chance"),
        ((2, 9), float("nan"), "cannot be tested"),
    ],
)
def test_the_log_rank_test_is_told_with_the_way_it_points(observed, p, said):
    from RLNResponseLib.report.text.results import _split_meaning
    from RLNResponseLib.survival.group_tests import LogRank

    groups = ("high", "low")
    assert said in _split_meaning(
        LogRank(groups=groups, rows=(20, 20), observed=observed, expected=(5.5, 5.5), chisq=1.0, df=1, p=p)
    )


def rows(*series):
    return [
        ReadingRow(patient=f"P{number}", lymph_node=f"LN{number}", reader=reader, round=of)
        for number in range(3)
        for reader, of in series
    ]


def test_pairs_are_those_of_a_whole_study_and_fewer_where_readings_lack():
    import numpy as np

    both = rows(("A", 1), ("A", 2), ("B", 1))
    values = np.random.default_rng(1).normal(size=(9, 2))
    inter, (intra,) = compare_all_readings(both, values)
    found = comparable_pairs(both, values)
    assert found["inter"].values.tolist() == inter.values.tolist()
    assert found["intra"].values.tolist() == intra.values.tolist()
    assert list(comparable_pairs(rows(("A", 1), ("B", 1)), values[:6])) == ["inter"]
    assert list(comparable_pairs(rows(("A", 1), ("A", 2)), values[:6])) == ["intra"]
    assert comparable_pairs(rows(("A", 1)), values[:3]) == {}
    with pytest.raises(DataRefusedError):
        compare_all_readings(rows(("A", 1)), values[:3])


def test_without_outcomes_each_result_has_its_reason(whole):
    nothing = replace(
        whole.response, published=tuple(replace(each, validation=None, difference=None, reason="No outcome is known.")
                                        for each in whole.response.published),
        fitted=None, fitted_reason="No outcome is known.",
    )  # fmt: skip
    lacking = replace(
        whole, response=nothing, control=replace(nothing, outcome="two_year_control"),
        survival=replace(whole.survival, analyses=(), endpoint=None),
    )  # fmt: skip
    results = {result.name: result for result in study_results(lacking)}
    assert results["response"].lines == ()
    assert results["response"].means == "No outcome is known."
    assert results["high-against-low"].lines == ()
    assert results["features"].lines
    assert whole.survival.analyses[0].split.log_rank.groups == ("high", "low")
    assert answer_section(lacking).parts[2].results == tuple(results.values())
