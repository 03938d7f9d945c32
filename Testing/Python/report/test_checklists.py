"""The checklists hold the items that their sources have, claim nothing that is not there, and METRICS adds up as its
authors' own tool does."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.report.page import checklists
from RLNResponseLib.report.page.checklists import CHECKLISTS, checklist_section, study_evidence
from RLNResponseLib.report.text.metrics_score import metrics_score, metrics_sentences
from RLNResponseLib.study.study import Study

# github.com/metricsscore/metrics, METRICS.html: the array of its calculator.
WEIGHTS = [
    0.0368, 0.0735, 0.0919, 0.0438, 0.0292, 0.0438, 0.0292, 0.0337, 0.0225, 0.0112, 0.0622, 0.0311, 0.0415, 0.0200, 0.0200,
    0.0300, 0.0200, 0.0599, 0.0300, 0.0352, 0.0234, 0.0176, 0.0117, 0.0293, 0.0176, 0.0375, 0.0749, 0.0075, 0.0075, 0.0075,
]  # fmt: skip


def content(name):
    return json.loads((resources_folder() / "report" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "items"), [("clear", 58), ("tripod-ai", 52), ("metrics", 30), ("rqs-2", 42), ("probast-ai", 16 + 18)]
)
def test_a_checklist_has_as_many_items_as_its_source_says(name, items):
    found = [each["item"] for each in content(name)["items"]]
    assert len(found) == len(set(found)) == items


def test_rqs_adds_up_to_the_56_points_of_its_source():
    assert sum(each["points"] for each in content("rqs-2")["items"]) == 56


@pytest.mark.parametrize("name", CHECKLISTS)
def test_what_an_item_asks_for_is_evidence_that_there_can_be(name):
    source = Path(checklists.__file__).read_text(encoding="utf-8")
    keys = set(re.findall(r'"([a-z_]+)": ', source)) | set(re.findall(r'evidence\["([a-z_]+)"\] =', source))
    assert {each["evidence"] for each in content(name)["items"]} - {None} <= keys


def test_no_kind_of_evidence_has_two_meanings():
    """Only what a fit says more of takes the place of what was said without one."""
    source = Path(checklists.__file__).read_text(encoding="utf-8")
    keys = re.findall(r'^ +"([a-z_]+)": ', source, re.MULTILINE)
    keys += re.findall(r'evidence\["([a-z_]+)"\] =', source)
    assert {key for key in keys if keys.count(key) > 1} == {"testing", "uncertainty", "performance"}


def test_the_weights_are_the_published_ones():
    items = content("metrics")["items"]
    assert [each["weight"] for each in items] == WEIGHTS
    assert sum(WEIGHTS) == pytest.approx(1, abs=1e-12)


@given(st.lists(st.sampled_from(["yes", "no", None]), min_size=30, max_size=30).filter(any))
def test_metrics_adds_up_as_the_published_tool_does(answers):
    items = [
        {
            "item": str(number),
            "weight": weight,
            "evidence": f"key {number}",
            "counts": True,
            "applies": answer is not None,
        }
        for number, (weight, answer) in enumerate(zip(WEIGHTS, answers, strict=True), start=1)
    ]
    score = metrics_score(items, {f"key {n}" for n, answer in enumerate(answers, start=1) if answer == "yes"})
    # As its JavaScript: both sums run over the items that are answered.
    total, counter = 0.0, 0.0
    for weight, answer in zip(WEIGHTS, answers, strict=True):
        total += weight if answer == "yes" else 0
        counter += 0 if answer is None else weight
    assert score.share == pytest.approx(total / counter, abs=1e-12)
    rounded = round(100 * score.share, 1)
    names = {"very low": (0, 20), "low": (20, 40), "moderate": (40, 60), "good": (60, 80), "excellent": (80, 100.1)}
    lower, upper = names[score.category]
    assert lower <= rounded < upper


@pytest.fixture(scope="module")
def study(small_cohort, tmp_path_factory):
    import shutil

    folder = tmp_path_factory.mktemp("checklists") / "study"
    shutil.copytree(small_cohort.folder, folder)
    return Study.open(folder)


def test_what_nobody_did_is_not_claimed(study):
    """The patients are not split here, and no score is fitted."""
    found = analyse_study(study, resamples=20, split=False)
    bare = [replace(models, fitted=None, validated=None) for models in (found.response, found.control)]
    evidence = study_evidence(study, replace(found, response=bare[0], control=bare[1]))
    assert not {"partition", "single_reader", "internal_test", "selection", "overfitting", "planned_numbers"} & set(
        evidence
    )
    judged_by_none = [replace(models, published=()) for models in bare]
    evidence = study_evidence(study, replace(found, response=judged_by_none[0], control=judged_by_none[1]))
    assert not {"metrics", "uncertainty", "calibration", "comparison", "testing"} & set(evidence)
    score = metrics_score(content("metrics")["items"], evidence)
    assert set(score.answered) <= {"1", "12", "13", "23"}
    section = checklist_section(study, found)
    named = {part.table.name for part in section.parts if part.table is not None}
    assert named == set(CHECKLISTS)
    words = " ".join(each.text for each in metrics_sentences(score))
    assert "at least" in words
    assert "Items 9, 17 do not apply" in words
