"""The ICC rule of a study's protocol reaches the filter of its fitted score, and the card."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.agreement.readings import ReadingRow, ReadingTable
from RLNResponseLib.analysis import study_analysis
from RLNResponseLib.analysis.models import ScoreChoice, outcome_models
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import with_limits
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import Extraction
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.report.page.checklists import _of_fits
from RLNResponseLib.report.page.models import _outcome
from RLNResponseLib.study.protocol import IccRule, Protocol, plan_readers
from RLNResponseLib.study.protocol_file import parse_protocol
from RLNResponseLib.study.study import Study

PATIENTS = 60
OWN = Extraction(ExtractionSettings(), FEATURES)


@pytest.fixture(scope="module")
def rated():
    """Lymph nodes of training patients, and readings in which B is always two SD higher in every second feature."""
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(PATIENTS, len(FEATURES)))
    responded = truth[:, 0] + 0.7 * rng.normal(size=PATIENTS) > 0
    rows = tuple(
        {
            "patient": f"P{number}", "lymph_node": f"LN{number}", "set": "training", "response": "yes" if responded[number] else "no",
            **dict(zip(FEATURES, map(str, truth[number]), strict=True)),
        }
        for number in range(PATIENTS)
    )  # fmt: skip
    offset = 2.0 * (np.arange(len(FEATURES)) % 2)
    readings, values = [], []
    for number in range(PATIENTS):
        for reader, turn in (("A", 1), ("A", 2), ("B", 1)):
            readings.append(ReadingRow(patient=f"P{number}", lymph_node=f"LN{number}", reader=reader, round=turn))
            values.append(truth[number] + 0.05 * rng.normal(size=len(FEATURES)) + (offset if reader == "B" else 0))
    table = ReadingTable(
        names=tuple(FEATURES), readings=tuple(readings), values=np.array(values), failed=(), origins={}
    )
    return Table(name="lymph nodes", columns=tuple(rows[0]), rows=rows), table


def test_the_form_of_the_study_chooses_the_features_of_its_score(rated, tmp_path):
    cases, readings = rated
    kept = {}
    for form in ("ICC(A,1)", "ICC(C,1)"):
        made = Protocol(title="T", readers=plan_readers(["A", "B"], ["A"]), icc=IccRule(form, 0.9, "lower"))
        rule = parse_protocol(made.as_toml().encode()).icc_rule()
        found = outcome_models(
            cases, "response", find_model("gu2021-response"), readings, rule, OWN, tmp_path, 1, resamples=2
        )
        assert found.fitted is not None, found.fitted_reason
        kept[form] = found.fitted.score.kept
        assert found.card.development["icc_rule"] == {"form": form, "threshold": 0.9, "on": "lower"}
    assert kept["ICC(C,1)"].all()
    assert kept["ICC(A,1)"].tolist() == [number % 2 == 0 for number in range(len(FEATURES))]


def test_the_whole_rule_of_the_protocol_goes_into_the_analysis(small_cohort, tmp_path, monkeypatch):
    class Reached(Exception):  # noqa: N818
        pass

    def fit(cases, outcome, model, readings, rule, *others):
        assert rule == IccRule("ICC(C,1)", 0.5, "lower")
        raise Reached

    study = Study.open(Path(shutil.copytree(small_cohort.folder, tmp_path / "study")))
    protocol = replace(study.protocol, icc=IccRule("ICC(C,1)", 0.5, "lower"))
    monkeypatch.setattr(Study, "protocol", property(lambda self: protocol))
    monkeypatch.setattr(study_analysis, "outcome_models", fit)
    with pytest.raises(Reached):
        study_analysis.analyse_study(study)


def test_the_regression_that_was_chosen_fits_the_score_and_stands_on_its_card(rated, tmp_path):
    cases, readings = rated
    choice = ScoreChoice("ridge", redundancy=0.35)
    found = outcome_models(
        cases,
        "response",
        find_model("gu2021-response"),
        readings,
        IccRule(),
        OWN,
        tmp_path,
        1,
        resamples=3,
        choice=choice,
    )
    assert found.fitted is not None, found.fitted_reason
    development = found.card.development
    assert (development["penalty"], development["rule"], development["measure"]) == ("ridge", "min", "deviance")
    assert development["redundancy"]["threshold"] == 0.35
    flow = [development[name] for name in ("candidates", "kept_by_icc", "kept_by_redundancy", "selected")]
    assert flow == [106, 53, len(found.card.coefficients), len(found.card.coefficients)]
    assert len(development["redundancy"]["stood_for"]) == 53 - flow[2] > 0
    assert found.unseen is not None


def test_the_other_regressions_stand_beside_it_on_the_page_and_in_the_checklists(rated, tmp_path):
    cases, readings = rated
    names, steps = FEATURES[:6], []
    few = replace(readings, names=names, values=readings.values[:, :6])
    found = outcome_models(
        cases, "response", find_model("gu2021-response"), few, IccRule(), Extraction(ExtractionSettings(), names),
        tmp_path, 1, lambda done, total: steps.append(done), 5, ScoreChoice("ridge", redundancy=0.2, compare=True),
    )  # fmt: skip
    assert found.fitted is not None, found.fitted_reason
    assert (steps, max(steps)) == (sorted(steps), 15), "one bar, over the fit and the two others"
    assert [each.penalty for each in found.compared] == ["lasso", "ridge", "firth"]
    assert found.compared[1].corrected is found.fitted.corrected
    (table,) = [part.table for part in _outcome(found, []) if part.table and part.table.name == "regressions-response"]
    assert [row[0] for row in table.rows] == [
        "LASSO logistic regression", "ridge logistic regression", "Firth's logistic regression",
    ]  # fmt: skip
    auc, flow = found.fitted.corrected.auc, found.fitted.flow
    assert table.rows[1][1:4] == (
        str(flow["selected"]),
        f"{found.fitted.apparent.auc.value:.3f}",
        with_limits(auc.value, auc.lower, auc.upper),
    )
    assert any("The regression is to be chosen before this is seen" in note for note in table.notes)
    alone = _outcome(replace(found, compared=()), [])
    assert not [part for part in alone if part.table and "regressions" in part.table.name]

    # Checklists say what this fit did, and not what another would have done.
    evidence = _of_fits([found.fitted], (found,))
    assert f": {3 - flow['kept_by_redundancy']} of 3 reliable features left out" in evidence["redundancy"]
    assert "the other two regressions" in evidence["model_selection"]
    assert evidence["overfitting"].startswith("Ridge logistic regression with λ.min")
    assert evidence["uncertainty"].endswith("The coefficients of the ridge logistic regression have none either.")
    assert evidence["steps_repeated"].startswith("ICC filter, redundancy, ridge logistic regression and cutoff")
    recipe = replace(found.fitted.options.recipe, redundancy=None)
    without = replace(found.fitted, options=replace(found.fitted.options, recipe=recipe))
    assert "redundancy" not in _of_fits([found.fitted, without], (found,))
