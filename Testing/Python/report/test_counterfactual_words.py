"""What would change a group, in words: the sentence of each case."""

import dataclasses

import pytest

from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features.boundary_moves import ALL_AROUND, BoundaryPlace
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.modelling.counterfactual import Counterfactual, GroupChange, PlaceEffect
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.text.counterfactual import change_words, counterfactual_sentences, slope_words


@pytest.fixture(scope="module")
def score():
    phantom = make_phantom(3, size=(128, 128, 40))
    plain = score_contour(phantom.ct, phantom.truth[1], published_models()[:1]).scores[0]
    return dataclasses.replace(plain, score=1.2, withheld=None), phantom.truth[1]


def change(contour: Contour, **others):
    place = BoundaryPlace("cranial", (0.0, 0.0, 0.0))
    values = {
        "place": place, "is_outward": False, "depth_mm": 2.0, "volume_mm3": 404.6, "score": 0.95,
        "group": "non-responder", "contour": contour, "changed": contour,
    }  # fmt: skip
    return GroupChange(**{**values, **others})


def test_the_sentences_are_these(score):
    result, contour = score
    known = Counterfactual(model="gu2021-response", withheld=None, smallest=change(contour))
    assert change_words(result, known) == (
        "0.40 cm³ less at the cranial edge would make it non-responder (the boundary in by up to 2 mm: score 0.950, "
        "cutoff 0.961)"
    )
    corner = change(contour, place=BoundaryPlace("caudal left", (0.0, 0.0, 0.0)), is_outward=True, volume_mm3=69.4)
    words = change_words(result, dataclasses.replace(known, smallest=corner))
    assert words.startswith("69 mm³ more at the caudal-left edge would make it non-responder (the boundary out")
    around = change(contour, place=BoundaryPlace(ALL_AROUND, (0.0, 0.0, 0.0)))
    assert "0.40 cm³ less all around would" in change_words(result, dataclasses.replace(known, smallest=around))
    none = dataclasses.replace(known, smallest=None)
    assert change_words(result, none).startswith("no change tried, of up to 3 mm of the boundary")
    assert "changes the group (responder, score 1.200, cutoff 0.961)" in change_words(result, none)
    assert slope_words(none) == ""


def test_the_strongest_place_is_named_with_its_slope(score):
    result, _ = score
    effects = tuple(
        PlaceEffect(place=BoundaryPlace(words, (0.0, 0.0, 0.0)), outward_per_mm=out, inward_per_mm=inward)
        for words, out, inward in (
            ("left", 0.1, -0.1),
            ("right", None, 0.3),
            ("cranial", 0.2, None),
            ("caudal", None, None),
        )
    )
    found = Counterfactual(model="gu2021-response", withheld=None, effects=effects)
    assert slope_words(found) == "moved most by the boundary at the right edge: −0.300 for each mm further out"
    assert len(counterfactual_sentences(result, found)) == 2


def test_a_withheld_group_is_not_argued_with(score):
    result, _ = score
    found = Counterfactual(model="gu2021-response", withheld="No group is given.")
    (sentence,) = counterfactual_sentences(result, found)
    assert sentence.text == ("Rad-score: its group is withheld, so nothing is said of what would change it")
