"""Cards with other settings beside the published ones: each scores what its own settings give, in any order."""

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from RLNResponseLib import cli
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features import extraction
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.modelling.card_features import card_extractions
from RLNResponseLib.modelling.lesion import score_contour, with_second_reader, with_uncertainty
from RLNResponseLib.modelling.live_scores import LiveScores
from RLNResponseLib.modelling.model_card import published_models, read_model_card
from RLNResponseLib.report.figures.score import score_bars
from RLNResponseLib.report.text.score import score_text

pytestmark = pytest.mark.long

PUBLISHED = {
    "lung1": (6.812076388796549, 0.1765890140899744),
    "lung2": (1.0818197528311426, -1.191813702922758),
}
LOG = "log-sigma-2-0-mm-3D_glcm_InverseVariance"
# What a card can ask of the same lymph node beside the published ones.
SETTINGS = {
    "log": {"image_types": ["Original", "LoG"], "log_sigma_mm": [2.0]},
    "log-alone": {"image_types": ["LoG"], "log_sigma_mm": [2.0]},
    "bin-width": {"bin_width": 10.0},
    "resampled": {"resampled_spacing_mm": [2.0, 2.0, 2.0]},
}


def card(kind):
    """A published card under another ID, with other settings, and for LoG with one feature of that image."""
    content = json.loads((resources_folder() / "models" / "gu2021-response.json").read_text(encoding="utf-8"))
    coefficients = content["formula"]["coefficients"]
    if kind.startswith("log"):
        coefficients[LOG] = coefficients.pop("original_glcm_InverseVariance")
    if kind == "log-alone":
        coefficients = {name: value for name, value in coefficients.items() if name == LOG or "_shape_" in name}
    content["formula"]["coefficients"] = coefficients
    return {**content, "id": kind, "title": kind, "settings": {**content["settings"], **SETTINGS[kind]}}


# LoG is computed over the whole CT, two seconds each time: each kind of card on one of the two CTs.
ON_REAL_CT = [
    ("lung1", "log"),
    ("lung2", "log-alone"),
    *((lung, kind) for lung in PUBLISHED for kind in ("bin-width", "resampled")),
]


@pytest.fixture(params=SETTINGS)
def other(request, tmp_path):
    path = tmp_path / f"{request.param}.json"
    path.write_text(json.dumps(card(request.param)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(3, size=(128, 128, 40))


@pytest.fixture(scope="module", params=PUBLISHED)
def lung(request, pyradiomics_data):
    files = [pyradiomics_data / f"{request.param}_{what}.nrrd" for what in ("image", "label")]
    ct = read_ct(files[0])
    return request.param, ct, read_contour(files[1], ct), files


def scores(result):
    return {score.model.id: score.score for score in result.scores}


@pytest.mark.parametrize(("lung", "other"), ON_REAL_CT, indirect=True)
def test_a_card_beside_the_published_ones_changes_no_score(lung, other):
    name, ct, contour, _ = lung
    model, published = read_model_card(other), published_models()
    alone = score_contour(ct, contour, [model]).scores[0]
    of_published = scores(score_contour(ct, contour, published))
    # The last bits are the processor's and numpy's; within one run they are the same.
    assert tuple(of_published.values()) == pytest.approx(PUBLISHED[name], rel=1e-12)
    wanted = {**of_published, model.id: alone.score}
    for models in ((*published, model), (model, *published)):
        result = score_contour(ct, contour, models)
        assert scores(result) == wanted
        assert list(scores(result)) == [each.id for each in models]
    live = LiveScores(models).score("s", ct, contour).result
    assert scores(live) == wanted
    assert live.scores[0].contributions == alone.contributions


@pytest.mark.parametrize("lung", ["lung1"], indirect=True)
@pytest.mark.parametrize("other", ["log", "bin-width", "resampled"], indirect=True)
def test_the_command_line_gives_the_same(lung, other, capsys):
    _, ct, contour, (image, mask) = lung
    alone = score_contour(ct, contour, [read_model_card(other)]).scores[0].score
    of_published = [score.score for score in score_contour(ct, contour, published_models()).scores]
    ids = [each.id for each in published_models()]
    for models in ((*ids, str(other)), (str(other), *ids)):
        assert cli.main(["score", str(image), str(mask), "--json", "--model", *models]) == 0
        answer = json.loads(capsys.readouterr().out)
        told = {score["model"]: score for score in answer["scores"]}
        assert (told[ids[0]]["score"], told[ids[1]]["score"], told[other.stem]["score"]) == (*of_published, alone)
        if other.stem.startswith("log"):
            assert LOG in answer["features"]
            assert answer["settings"]["image_types"] == ["Original", "LoG"]
            assert not any("settings" in score for score in told.values())
        else:
            stated = {**answer, **answer["scores"][-1]}["settings"]
            assert stated != answer["settings"]


def test_each_distinct_settings_are_extracted_once(phantom, other, monkeypatch):
    calls = []
    own = extraction._extracted
    monkeypatch.setattr(
        extraction,
        "_extracted",
        lambda ct, contour, wanted, *texture: calls.append(wanted.settings) or own(ct, contour, wanted, *texture),
    )
    published = published_models()
    score_contour(phantom.ct, phantom.truth[0], published)
    assert calls == [ExtractionSettings()]
    calls.clear()
    score_contour(phantom.ct, phantom.truth[0], (*published, read_model_card(other), read_model_card(other)))
    assert len(calls) == (1 if other.stem.startswith("log") else 2)


def test_uncertainty_second_reader_text_and_figure_are_of_each_cards_own_settings(phantom, other):
    ct, (contour, _) = phantom.ct, phantom.truth[:2]
    model, published = read_model_card(other), published_models()
    alone = with_uncertainty(score_contour(ct, contour, [model]), ct, contour, n=4)
    shared = with_uncertainty(score_contour(ct, contour, published), ct, contour, n=4)
    result = with_uncertainty(score_contour(ct, contour, (*published, model)), ct, contour, n=4)
    assert result.uncertainty == (*shared.uncertainty, *alone.uncertainty)
    again = with_second_reader(result, ct, contour, contour)
    assert scores(result) == {score.model.id: score.score for score in again.second_reader}
    bars = {bar.label: bar for bar in score_bars(result, result.scores[-1])}
    assert bars == {bar.label: bar for bar in score_bars(alone, alone.scores[0])}
    assert ("extracted with" in score_text(result)) == (not other.stem.startswith("log"))
    if other.stem == "bin-width":
        assert "features extracted with bin_width 10.0 (first score: 25.0)" in score_text(result)
    assert "extracted with" not in score_text(shared)


def test_a_filter_that_nothing_needs_is_not_computed(phantom, monkeypatch):
    ct, contour = phantom.ct, phantom.truth[0]
    settings = ExtractionSettings(image_types=("Original", "LoG", "Wavelet"), log_sigma_mm=(1.0, 2.0))
    both = extraction.extract_features(ct, contour, settings, ["original_glcm_Id", LOG]).values
    asked = []
    monkeypatch.setattr(
        extraction,
        "filtered_images",
        lambda image, needed, own=extraction.filtered_images: asked.append(needed) or own(image, needed),
    )
    assert extraction.extract_features(ct, contour, settings, [LOG]).values[LOG] == both[LOG]
    assert [(each.image_types, each.log_sigma_mm) for each in asked] == [(("LoG",), (2.0,))]
    for name in ("original_glcm_Id", "original_shape_Sphericity"):
        alone = extraction.extract_features(ct, contour, settings, [name])
        assert alone.values == extraction.extract_features(ct, contour, None, [name]).values
    assert alone.settings == settings
    assert len(asked) == 1


def test_names_tell_the_images_that_a_fitted_card_did_not_state(phantom):
    """A card fitted on a table's LoG column states the table's settings, which name no image type."""
    model = replace(published_models()[0], coefficients=MappingProxyType({LOG: 1.0}))
    (found,) = card_extractions([model])
    assert (found.settings.image_types, found.settings.log_sigma_mm) == (("Original", "LoG"), (2.0,))
    assert score_contour(phantom.ct, phantom.truth[0], [model]).features.keys() == {LOG}


def test_a_vector_of_other_settings_is_never_scored(phantom):
    from RLNResponseLib.modelling.card_features import card_vector

    vector = extraction.extract_features(phantom.ct, phantom.truth[0], ExtractionSettings(bin_width=10.0))
    for model in (published_models()[0], replace(published_models()[0], assumed=frozenset())):
        with pytest.raises(DataRefusedError, match="Nothing was extracted with the settings") as refusal:
            card_vector(model, [vector])
        assert refusal.value.code == "other-settings"
