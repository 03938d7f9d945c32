"""The training distribution of a model card: what is like it, what is flagged, what gets no group."""

import copy
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import current_software, resources_folder
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.modelling.applicability import assess, describe_training
from RLNResponseLib.modelling.model_card import find_model, published_models, read_model_card
from RLNResponseLib.modelling.score_model import WITHHELD, apply_model

NAMES = tuple(find_model("gu2021-response").coefficients)
# Rough size of each feature in a lymph node, so that they differ by 1e8 as they do in life.
CENTRE = np.array([0.75, 0.4, 30.0, 110.0, 3.0, 0.8, 2e6])
SPREAD = np.array([0.05, 0.05, 8.0, 20.0, 0.5, 0.05, 1e6])


def training_values(n=102, seed=0):
    rng = np.random.default_rng(seed)
    related = rng.normal(size=(n, 7)) @ (np.eye(7) + 0.3)
    return CENTRE + SPREAD * related


@pytest.fixture(scope="module")
def training():
    return describe_training(NAMES, training_values())


@pytest.fixture
def card():
    return json.loads((resources_folder() / "models" / "gu2021-response.json").read_text(encoding="utf-8"))


def model_from(card, tmp_path):
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    return read_model_card(path)


def score(model, values):
    return apply_model(
        model, FeatureVector(dict(zip(NAMES, values, strict=True)), ExtractionSettings(), current_software())
    )


@given(st.lists(st.floats(-4, 4), min_size=7, max_size=7))
@settings(max_examples=50)
def test_the_distance_is_scipys(offsets):
    values = training_values()
    described = describe_training(NAMES, values)
    point = CENTRE + SPREAD * np.array(offsets)
    found = assess(described, dict(zip(NAMES, point, strict=True))).distance
    expected = mahalanobis(point, values.mean(axis=0), np.linalg.inv(np.cov(values, rowvar=False)))
    # The covariance's entries span 1e17, which costs scipy's plain inverse some digits.
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_flag_is_the_rank_of_the_distances_with_each_patient_left_out(training):
    values, patients = training_values(), np.arange(102) // 2
    for described, whose, rank in (
        (training, np.arange(102), 98),
        (describe_training(NAMES, values, patients), patients, 98),
        (describe_training(NAMES, values[:12], patients[:12]), patients[:12], 12),
    ):
        rows = values[: len(whose)]
        expected = []
        for row, patient in zip(rows, whose, strict=True):
            others = rows[whose != patient]
            sd = others.std(axis=0, ddof=1)
            inverse = np.linalg.inv(np.corrcoef(others, rowvar=False))
            expected.append(mahalanobis(row / sd, others.mean(axis=0) / sd, inverse))
        assert described.flag_beyond == pytest.approx(sorted(expected)[rank - 1], rel=1e-9)
        assert described.false_alarm_rate == pytest.approx(1 - rank / (len(whose) + 1))
        assert described.withhold_beyond == pytest.approx(max(1.5 * described.flag_beyond, max(expected)), rel=1e-9)


def test_as_many_new_lymph_nodes_are_flagged_as_the_card_states():
    """Before, the range of any feature and the furthest training lymph node: 12% of 102 × 7 and half of 30 × 10."""
    for n, p, cards in ((102, 7, 40), (30, 10, 80)):
        names, shares, stated = [f"x{number}" for number in range(p)], [], 0.0
        for seed in range(cards):
            rng = np.random.default_rng([seed, n])
            described = describe_training(names, rng.normal(size=(n, p)))
            found = [assess(described, dict(zip(names, row, strict=True))).status for row in rng.normal(size=(50, p))]
            shares.append(1 - found.count("inside") / 50)
            stated = described.false_alarm_rate
        # Three Monte Carlo errors; the left-out distances are of one lymph node less, so that rather fewer are flagged.
        assert np.mean(shares) == pytest.approx(stated, abs=0.005 + 3 * np.std(shares) / np.sqrt(cards))
        assert stated <= 0.05


def test_a_skewed_positive_feature_is_measured_by_its_logarithm():
    rng = np.random.default_rng(4)
    volume, other = np.exp(rng.normal(7, 1, size=100)), rng.normal(size=100)
    described = describe_training(["volume", "other"], np.column_stack([volume, other]))
    assert [described.features[name].log for name in ("volume", "other")] == [True, False]
    assert described.features["volume"].mean == pytest.approx(np.log(volume).mean())
    assert described.features["volume"].maximum == volume.max()
    # As far below the middle as above it, in multiples.
    near, far = (assess(described, {"volume": np.exp(7 + z), "other": 0.0}) for z in (-1.0, 1.0))
    assert near.distance == pytest.approx(far.distance, abs=0.3)
    none = assess(described, {"volume": 0.0, "other": 0.0})
    assert (none.status, none.distance) == ("far-outside", None)
    assert "volume is 0 and was above 0 in every one of them" in none.message


def test_one_feature_beyond_its_range_is_named_and_flagged_where_the_card_states_no_rate(training):
    values = CENTRE.copy()
    values[2] = training.features[NAMES[2]].maximum + 0.1
    found = assess(training, dict(zip(NAMES, values, strict=True)))
    assert found.outside == (NAMES[2],)
    assert NAMES[2] in found.message
    assert found.status == ("outside" if found.distance > training.flag_beyond else "inside")
    card_of_before = dataclasses.replace(training, false_alarm_rate=None)
    assert assess(card_of_before, dict(zip(NAMES, values, strict=True))).status == "outside"


def test_a_flag_says_how_many_of_the_training_s_kind_are_flagged_too(training):
    mean = {name: training.features[name].mean for name in NAMES}
    one_sd = assess(training, mean | {NAMES[2]: mean[NAMES[2]] + SPREAD[2]}).distance
    between = (training.flag_beyond + training.withhold_beyond) / 2 / one_sd
    found = assess(training, mean | {NAMES[2]: mean[NAMES[2]] + between * SPREAD[2]})
    assert found.status == "outside"
    assert f"past the {training.flag_beyond:.1f} that at most 4.9% of lymph nodes like those pass too" in found.message


def test_within_every_range_but_against_their_relation_is_flagged():
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    values = np.stack([x, x + 0.01 * rng.normal(size=200)], axis=1)
    described = describe_training(NAMES[:2], values)
    found = assess(described, {NAMES[0]: 1.0, NAMES[1]: -1.0})
    assert found.outside == ()
    assert found.status == "far-outside"


def test_far_outside_the_score_is_shown_and_the_group_withheld(card, training, tmp_path):
    card["training"] = training.as_json()
    model = model_from(card, tmp_path)
    assert model.training == training
    result = score(model, CENTRE + 40 * SPREAD)
    assert (result.group, result.group_words) == (None, WITHHELD)
    # Its own card has published groups too, and lies as far from them.
    assert "lies outside" in result.withheld
    without = dataclasses.replace(model, group_means=())
    assert score(without, CENTRE + 40 * SPREAD).withheld == result.applicability.message
    answer = result.as_json()
    assert answer["group"] is None
    assert answer["score"] == pytest.approx(score(find_model("gu2021-response"), CENTRE + 40 * SPREAD).score)
    assert answer["applicability"]["status"] == "far-outside"
    assert "the group is withheld" in answer["applicability"]["message"]
    like = score(model, CENTRE).as_json()
    assert (like["applicability"]["status"], like["group"]) == ("inside", "responder")


@pytest.mark.parametrize("model", published_models())
def test_published_cards_say_that_they_cannot_tell(model):
    assert model.training is None
    values = dict.fromkeys(model.coefficients, 1.0)
    found = apply_model(model, FeatureVector(values, ExtractionSettings(), current_software()))
    assert found.applicability.status == "unknown"
    assert found.applicability.distance is None
    assert "cannot tell" in found.applicability.message
    assert found.group == model.cutoff.group(found.score)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t["features"].pop(NAMES[0]), "its features are not those of the formula"),
        (lambda t: t["covariance"].pop(), "its covariance is not an invertible symmetric matrix"),
        (lambda t: t["covariance"][0].pop(), "its covariance is not an invertible symmetric matrix"),
        (lambda t: t["covariance"][0].__setitem__(1, 9.0), "its covariance is not an invertible symmetric matrix"),
        (lambda t: t["covariance"][0].__setitem__(0, -1.0), "its covariance is not an invertible symmetric matrix"),
        (lambda t: t.__setitem__("withhold_beyond", 0.1), "withhold_beyond is below flag_beyond"),
        (lambda t: t.__setitem__("flag_beyond", 1e999), "is not a number"),
        (lambda t: t["features"][NAMES[0]].__setitem__("sd", 0), "is wrong at training/features"),
        (lambda t: t.pop("covariance"), "is wrong at training"),
    ],
)
def test_a_wrong_distribution_is_refused(card, training, tmp_path, change, sentence):
    card["training"] = copy.deepcopy(training.as_json())
    change(card["training"])
    with pytest.raises(DataRefusedError) as refusal:
        model_from(card, tmp_path)
    assert sentence in str(refusal.value)
    assert refusal.value.code == "bad-model-card"


@pytest.mark.parametrize(
    "values",
    [training_values(7), training_values(1), np.column_stack([training_values()[:, :6], np.ones(102)]),
     np.column_stack([training_values()[:, :6], training_values()[:, 0] * 2])],
    ids=["as many as features", "one", "a constant", "a copy"],
)  # fmt: skip
def test_too_little_to_describe(values):
    with pytest.raises(DataRefusedError, match="do not determine how 7 features vary together"):
        describe_training(NAMES, values)
