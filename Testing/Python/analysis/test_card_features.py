"""A study with score models of other settings: its table holds what they need, and its analysis scores them with it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from RLNResponseLib.analysis import study_analysis
from RLNResponseLib.analysis.agreement import study_agreement
from RLNResponseLib.analysis.cases import study_cases, study_sets
from RLNResponseLib.analysis.models import outcome_models
from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.cli import main
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.features.definitions import FEATURES
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.modelling import model_card
from RLNResponseLib.modelling.fitting.case_table import case_table
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model
from RLNResponseLib.modelling.table_score import table_scores
from RLNResponseLib.report.page.methods import _of_features
from RLNResponseLib.report.text.references import Citations
from RLNResponseLib.study.contouring import locked_contour, study_ct
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.study import Study

pytestmark = pytest.mark.long

LOG = "log-sigma-2-0-mm-3D_glcm_InverseVariance"
FINER = ExtractionSettings(bin_width=10.0)
RESAMPLES = 20


def other_card(content, identifier, settings, renamed):
    coefficients = {renamed.get(name, name): value for name, value in content["formula"]["coefficients"].items()}
    formula = {**content["formula"], "coefficients": coefficients}
    return {**content, "id": identifier, "formula": formula, "settings": {**content["settings"], **settings}}


@pytest.fixture(scope="module")
def study(small_cohort, tmp_path_factory):
    """The small cohort with a LoG card and one of another bin width beside the published ones, extracted by the
    command."""
    folder = tmp_path_factory.mktemp("cards")
    models = folder / "Resources" / "models"
    shutil.copytree(resources_folder() / "models", models)
    content = json.loads((models / "gu2021-response.json").read_text(encoding="utf-8"))
    log = {"image_types": ["Original", "LoG"], "log_sigma_mm": [2.0]}
    cards = [
        other_card(content, "log", log, {"original_glcm_InverseVariance": LOG}),
        other_card(content, "finer", {"bin_width": 10.0}, {}),
    ]
    for card in cards:
        (models / f"{card['id']}.json").write_text(json.dumps(card), encoding="utf-8")
    shutil.copytree(small_cohort.folder, folder / "study")
    with pytest.MonkeyPatch.context() as patch:
        protocol = Study.open(folder / "study").protocol
        patch.setattr(model_card, "resources_folder", lambda: folder / "Resources")
        named = Protocol(**{**vars(protocol), "score_models": ("finer", *PUBLISHED_MODELS, "log")})
        patch.setattr(Study, "protocol", property(lambda self: named))
        assert main(["extract", str(folder / "study"), "--workers", "1"]) == 0
        yield Study.open(folder / "study")


@pytest.fixture(scope="module")
def table(study):
    return read_table(study.folder / "features" / "readings.csv")


def test_the_table_holds_what_the_cards_need_and_the_106_are_what_they_were(study, table, small_cohort):
    before = read_table(small_cohort.folder / "features" / "readings.csv")
    digest = FINER.digest()
    beyond = {LOG, *(f"{name}@{digest}" for name in find_model("finer").coefficients)}
    assert set(table.columns) == {*before.columns, *beyond}
    assert [{name: row[name] for name in before.columns} for row in table.rows] == list(before.rows)
    assert all(row[name] for row in table.rows for name in beyond)


def test_each_score_of_the_table_is_that_of_the_contour(study, table):
    models = [find_model(name) for name in study.protocol.score_models]
    by_model = [table_scores(model, table) for model in models]
    reading = study.current_readings()[0]
    wanted = (reading.key.lymph_node, reading.key.reader, str(reading.key.round))
    (row,) = [
        number
        for number, each in enumerate(table.rows)
        if (each["lymph_node"], each["reader"], each["round"]) == wanted
    ]
    ct = study_ct(study, reading.image)
    result = score_contour(ct, locked_contour(study, reading, ct), models)
    told = [scores[row] for scores in by_model]
    assert told == pytest.approx([score.score for score in result.scores], rel=1e-12)
    assert len({round(score, 6) for score in told}) == len(models)


def test_a_second_run_extracts_nothing(study, capsys):
    content = (study.folder / "features" / "readings.csv").read_bytes()
    assert main(["extract", str(study.folder), "--workers", "1"]) == 0
    assert " 0 extracted now" in capsys.readouterr().out
    assert (study.folder / "features" / "readings.csv").read_bytes() == content


def test_agreement_judges_the_106_and_every_score_with_its_own_columns(study, table, small_cohort):
    models = [find_model(name) for name in study.protocol.score_models]
    found = study_agreement(study, models)
    assert found.features.names == FEATURES
    assert [each.reason for each in found.scores] == [""] * len(models)
    for each in found.scores:
        whole = table_scores(each.model, table)
        first = {
            (row["lymph_node"], row["reader"]): score
            for row, score in zip(table.rows, whole, strict=True)
            if row["round"] == "1"
        }
        readers = sorted({reader for _, reader in first})
        wanted = [[first[lymph_node, reader] for reader in readers] for lymph_node in each.inter.lymph_nodes]
        assert np.allclose(each.inter.scores, wanted, rtol=1e-12, atol=0)


def test_a_score_that_the_table_was_not_made_for_is_a_sentence_and_never_a_mix(study, small_cohort):
    plain = Study.open(small_cohort.folder)
    finer, log, *published = (find_model(name) for name in ("finer", "log", *PUBLISHED_MODELS))
    found = study_agreement(plain, [finer, log, *published])
    assert [each.reason for each in found.scores] == [
        "The table's features were extracted with other settings than the score assumes; name the score in the study's "
        "protocol, or extract with its settings.",
        f"The table has no {LOG}, which the score needs.",
        "",
        "",
    ]
    with pytest.raises(DataRefusedError, match="row 2: the features were extracted with other settings than the score"):
        table_scores(finer, read_table(plain.folder / "features" / "readings.csv"))


def test_the_report_analyses_such_a_study(study, capsys, monkeypatch):
    chosen_from = []

    def judge(*given):
        chosen_from.append(given[5])
        return outcome_models(*given)

    monkeypatch.setattr(study_analysis, "outcome_models", judge)
    found = analyse_study(study, resamples=RESAMPLES)
    assert LOG in found.cases.columns
    said = " ".join(_of_features(study, found, Citations()))
    assert "has its own features, by its card: bin width 10.0." in said
    assert "has its own features, by its card: image types LoG." in said
    assert [each.model.id for each in found.agreement.scores] == list(study.protocol.score_models)
    # Of so few lymph nodes no score is fitted; these it would choose from.
    assert [each.names for each in chosen_from] == [FEATURES] * 2
    for made in (found.by_set, found.by_control):
        assert made.variables
        assert not any("_glcm_" in variable.name for variable in made.variables)
    cases = study_cases(study, study_sets(study))
    assert not any("@" in name for name in case_table(cases, "response", "patient", None).names)
    file = Path(study.folder / "results" / "lymph_nodes.csv")
    assert main(["validate", str(file), "--model", "finer", "--outcome", "response", "--group", "patient"]) == 0
    assert "other settings" not in capsys.readouterr().err
