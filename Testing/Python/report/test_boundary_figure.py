"""The picture of what would change a group: the boundary coloured in three planes, and nothing where it is withheld."""

import dataclasses

import numpy as np
import pytest

from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.modelling.counterfactual import counterfactuals
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.figures.boundary import boundary_figure, write_boundary_figure
from RLNResponseLib.report.figures.drawing import drawing_style


@pytest.fixture(scope="module")
def found():
    phantom = make_phantom(3, size=(128, 128, 40))
    contour = phantom.truth[1]
    result = score_contour(phantom.ct, contour, published_models())
    return phantom.ct, contour, result, counterfactuals(result, phantom.ct, contour)


def drawn(figure, gid):
    return [artist for axes in figure.axes for artist in axes.get_children() if artist.get_gid() == gid]


def test_each_score_has_its_boundary_in_three_planes_and_the_change_shaded(found):
    ct, contour, result, told = found
    assert all(each.smallest is not None for each in told)
    with drawing_style():
        figure = boundary_figure(ct, contour, result, told)
    boundaries = drawn(figure, "boundary")
    assert len(boundaries) == 3 * len(told)
    assert len(drawn(figure, "shaded")) == 3 * len(told)
    for position, each in enumerate(told):
        slopes = [effect.per_mm for effect in each.effects]
        for boundary in boundaries[3 * position : 3 * position + 3]:
            low, high = boundary.get_clim()
            assert high == -low == pytest.approx(np.abs(slopes).max())
            assert min(slopes) <= boundary.get_array().min()
            assert boundary.get_array().max() <= max(slopes)


def test_a_withheld_score_has_its_reason_and_no_boundary(found):
    ct, contour, result, told = found
    reason = "No group is given: it is far from the paper's."
    scores = tuple(dataclasses.replace(score, withheld=reason) for score in result.scores)
    none = tuple(dataclasses.replace(each, withheld=reason, effects=(), smallest=None) for each in told)
    with drawing_style():
        figure = boundary_figure(ct, contour, dataclasses.replace(result, scores=scores), none)
    assert drawn(figure, "boundary") == []
    assert sum(reason in text.get_text() for text in figure.texts) == len(told)


def test_the_same_picture_has_the_same_bytes(found, tmp_path):
    for name in ("one.png", "other.png"):
        write_boundary_figure(tmp_path / name, *found)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
