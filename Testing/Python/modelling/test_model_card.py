"""Model cards as files: found, validated, refused with a sentence."""

import json
import os
import shutil
import sys

import pytest

from RLNResponseLib.common import software
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.modelling import model_card
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model, read_model_card
from RLNResponseLib.study.protocol import ICC_DECISIONS


@pytest.fixture
def card():
    return json.loads((resources_folder() / "models" / "gu2021-response.json").read_text(encoding="utf-8"))


def test_every_card_in_resources_is_valid_and_named_after_its_id():
    cards = sorted((resources_folder() / "models").glob("*.json"))
    assert {read_model_card(path).id for path in cards} == {path.stem for path in cards} >= set(PUBLISHED_MODELS)


def test_the_schema_takes_every_icc_rule_that_a_protocol_can_state():
    schema = json.loads((resources_folder() / "schemas" / "model-card.json").read_text(encoding="utf-8"))
    assert [each["enum"] for each in values_of(schema, "on")] == [list(ICC_DECISIONS)]


def values_of(schema, name):
    """Every definition of a property, at any depth."""
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key == name:
            yield value
        yield from values_of(value, name)


def test_a_card_that_ships_needs_no_jsonschema_and_is_read_as_any_other(monkeypatch):
    validated = {name: read_model_card(resources_folder() / "models" / f"{name}.json") for name in PUBLISHED_MODELS}
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    assert {name: find_model(name) for name in PUBLISHED_MODELS} == validated


def test_a_card_from_elsewhere_says_what_to_install_where_it_cannot_be_judged(tmp_path, card, monkeypatch):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(card))
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(
        DataRefusedError, match="A model card of your own needs jsonschema, which is not installed here"
    ):
        find_model(str(path))


@pytest.mark.parametrize("damage", [{}, {"formula": 1}, {"cutoff": {"value": "x"}}, {"settings": {"binWidth": 25}}])
def test_a_card_that_ships_and_is_damaged_is_a_sentence(tmp_path, card, monkeypatch, damage):
    folder = tmp_path / "Resources" / "models"
    folder.mkdir(parents=True)
    (folder / "gu2021-response.json").write_text(json.dumps({**card, **damage} if damage else []))
    monkeypatch.setattr(model_card, "resources_folder", lambda: tmp_path / "Resources")
    with pytest.raises(DataRefusedError):
        find_model("gu2021-response")


def test_a_card_by_its_path(tmp_path, card):
    card["id"], card["cutoff"]["value"] = "mine", 1.5
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(card))
    model = find_model(str(path))
    assert (model.id, model.cutoff.value) == ("mine", 1.5)


def test_an_unknown_model_lists_those_there_are():
    with pytest.raises(DataRefusedError, match="no score model 'gu2020'; use gu2021-local-control-2y, gu2021-response"):
        find_model("gu2020")


def set_at(card, path, value):
    for key in path[:-1]:
        card = card[key]
    card[path[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (["formula", "coefficients", "original_glcm_Sharpness"], 1.0, "uses the feature 'original_glcm_Sharpness'"),
        (["cutoff", "value"], "0.961", "is wrong at cutoff/value: '0.961' is not of type 'number'"),
        (["cutoff", "value"], None, "is wrong at cutoff/value: None is not of type 'number'"),
        (["cutoff", "value"], True, "is wrong at cutoff/value: True is not of type 'number'"),
        (["cutoff", "orientation"], ">=", "is wrong at cutoff/orientation"),
        (["formula", "intercept"], [1], "is wrong at formula/intercept"),
        (["formula", "coefficients", "original_glcm_Id"], "big", "is wrong at formula/coefficients/original_glcm_Id"),
        (["settings", "bin_width"], -25, "'bin_width' is -25.0; it must be a number of HU from 0.001"),
        (["settings", "binWidth"], 25, "name 'binWidth', which is not one of them"),
        (["status"], "approved for clinical use", "is wrong at status"),
        (["id"], "../../etc/passwd", "is wrong at id"),
        (["remark"], "x", "is wrong at its top level"),
    ],
)
def test_a_wrong_card_is_refused(tmp_path, card, path, value, sentence):
    set_at(card, path, value)
    file = tmp_path / "card.json"
    file.write_text(json.dumps(card))
    with pytest.raises(DataRefusedError) as refusal:
        read_model_card(file)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ('{"cutoff": NaN}', "NaN is not a number"),
        ("[]", "is wrong at its top level: [] is not of type 'object'"),
        ("\xff\xfe", "is not valid JSON"),
    ],
)
def test_a_file_that_is_no_card(tmp_path, text, sentence):
    file = tmp_path / "card.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataRefusedError) as refusal:
        read_model_card(file)
    assert sentence in str(refusal.value)
    assert "card.json" in str(refusal.value)


def test_a_number_beyond_floats_is_refused(tmp_path, card):
    text = json.dumps(card).replace("-3.215941", "1e999")
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(DataRefusedError, match="holds a number too large to compute with"):
        read_model_card(tmp_path / "card.json")


def test_a_missing_card(tmp_path):
    with pytest.raises(
        DataRefusedError, match=r"none.json cannot be read \(No such file or directory\); check the path"
    ):
        read_model_card(tmp_path / "none.json")


@pytest.mark.parametrize("inside", [True, False])
def test_resources_are_found_in_the_package_and_beside_it(tmp_path, monkeypatch, inside):
    """After pip install they lie inside the package; in a clone and where Slicer installs, beside it."""
    real = resources_folder()
    package = tmp_path / "RLNResponseLib"
    package.mkdir()
    shutil.copytree(real, (package if inside else tmp_path) / "Resources")
    monkeypatch.setattr(software, "__file__", str(package / "common" / "software.py"))
    assert resources_folder() == ((package if inside else tmp_path) / "Resources").resolve()
    assert find_model("gu2021-response").cutoff.value == 0.961


def test_without_resources_the_sentence_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(software, "__file__", str(tmp_path / "RLNResponseLib" / "common" / "software.py"))
    with pytest.raises(DataRefusedError, match="neither in RLNResponseLib nor beside it; install RLNResponse again"):
        resources_folder()


@pytest.mark.parametrize(
    "place", [["formula", "intercept"], ["cutoff", "value"], ["published", "group_means", 0, "sd"]]
)
def test_a_whole_number_beyond_all_floating_point_numbers_is_refused(tmp_path, card, place):
    holder = card
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = 10**400
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(card))
    with pytest.raises(DataRefusedError, match="holds a number too large to compute with"):
        read_model_card(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
def test_a_pipe_is_no_card(tmp_path):
    os.mkfifo(tmp_path / "mine.json")
    with pytest.raises(DataRefusedError, match="it is a pipe, a socket or a device"):
        read_model_card(tmp_path / "mine.json")
