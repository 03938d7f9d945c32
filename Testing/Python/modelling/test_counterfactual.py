"""What would change a group: the least redrawing of a contour that does, and the effect of the boundary by place."""

import dataclasses
import json
import math

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, label

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.features.boundary_moves import (
    ALL_AROUND,
    DEPTHS_ALL_AROUND_MM,
    DEPTHS_MM,
    REACH_MM,
    boundary_moves,
)
from RLNResponseLib.features.near_boundary import boundary_points
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling import counterfactual as counterfactual_module
from RLNResponseLib.modelling.counterfactual import counterfactual_steps, counterfactuals, effect_at
from RLNResponseLib.modelling.cutoff import Cutoff
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models

MODELS = published_models()


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(3, size=(128, 128, 40))


def ball(diameter_mm, spacing=(1.0, 1.0, 1.0), size=40, direction=None, aside=(0.0, 0.0, 0.0)):
    """A CT of noise in soft tissue, fat further out, with a ball in its middle."""
    noise = np.random.default_rng(4).normal(0, 1, (size, size, size))
    steps = np.array(spacing[::-1])
    places = (np.indices((size, size, size)) - size // 2) * steps[:, None, None, None]
    apart = np.sqrt(((places - np.array(aside)[:, None, None, None]) ** 2).sum(axis=0))
    tissue = np.where(apart < diameter_mm / 2 + 1, 60, -90)
    image = sitk.GetImageFromArray((tissue + 60 * gaussian_filter(noise, 1)).astype(np.int16))
    image.SetSpacing(spacing)
    image.SetDirection(np.asarray(np.eye(3) if direction is None else direction, dtype=float).ravel().tolist())
    inside = apart <= diameter_mm / 2
    return CTImage(image=image), Contour.from_full_grid(inside, "ball")


def beside_the_cutoff(score, model, by):
    """The model with its cutoff moved so that this score lies `by` above it."""
    return dataclasses.replace(model, cutoff=dataclasses.replace(model.cutoff, value=score - by))


def grid(contour, ct):
    return contour.full_grid(ct.image.GetSize()[::-1]).astype(bool)


def check_change(ct, contour, result, models):
    """What is said, held against the mask changed by hand and scored by the ordinary way. How many were changed."""
    found = counterfactuals(result, ct, contour)
    assert [each.model for each in found] == [model.id for model in models]
    changes = 0
    for each, own in zip(found, result.scores, strict=True):
        change = each.smallest
        if change is None:
            continue
        changes += 1
        mask, changed = grid(contour, ct), grid(change.changed, ct)
        assert (mask[changed] != change.is_outward).all()
        again = Contour.from_full_grid(mask ^ changed, contour.name)
        assert (grid(again, ct) == grid(change.contour, ct)).all()
        scored = score_contour(ct, again, models).scores[models.index(own.model)]
        assert (scored.group, scored.score) == (change.group, change.score)
        assert scored.group not in (None, own.group)
        assert change.volume_mm3 == pytest.approx(np.count_nonzero(changed) * math.prod(ct.image.GetSpacing()))
        assert label(mask ^ changed)[1] <= label(mask)[1]
        if change.place.words != ALL_AROUND:
            assert label(changed, structure=np.ones((3, 3, 3)))[1] == 1
    return changes


def test_the_redrawn_contour_scored_as_any_other_has_the_other_group(phantom):
    changes = 0
    for contour in phantom.truth:
        result = score_contour(phantom.ct, contour, MODELS)
        changes += check_change(phantom.ct, contour, result, MODELS)
    assert changes >= len(phantom.truth)


def test_so_it_has_for_random_contours_and_cutoffs():
    changes = []

    @settings(max_examples=10)
    @given(seed=st.integers(0, 10_000), by=st.floats(-0.15, 0.15), thick=st.sampled_from([1.0, 2.5, 5.0]))
    def holds(seed, by, thick):
        rng = np.random.default_rng(seed)
        ct, around = ball(16, (0.8, 0.8, thick), 28)
        bumpy = gaussian_filter(rng.normal(0, 1, (28, 28, 28)), 2) > rng.uniform(-0.15, 0.05)
        inside = grid(around, ct) & bumpy
        pieces, _ = label(inside)
        if np.count_nonzero(inside) < 30:
            return
        contour = Contour.from_full_grid(pieces == np.argmax(np.bincount(pieces[pieces > 0])), "bumpy")
        plain = score_contour(ct, contour, MODELS[:1])
        model = beside_the_cutoff(plain.scores[0].score, MODELS[0], by)
        result = score_contour(ct, contour, [model])
        changes.append(check_change(ct, contour, result, [model]))

    holds()
    assert sum(changes) >= 4


def test_what_is_said_to_be_smallest_is_the_smallest_of_all_that_are_tried():
    """By brute force: every redrawing of a small contour, scored by the ordinary way."""
    ct, contour = ball(9, (1.0, 1.0, 1.5), 24)
    own = score_contour(ct, contour, MODELS[:1]).scores[0].score
    family = boundary_moves(ct, contour)
    volumes = {}
    told = 0
    for by in (0.02, 0.05, 0.1, 0.2, -0.05, -0.1, -0.2):
        model = beside_the_cutoff(own, MODELS[0], by)
        result = score_contour(ct, contour, [model])
        others = []
        for number, move in enumerate(family.moves):
            redrawn = family.redrawn(move)
            if redrawn is None:
                continue
            if number not in volumes:
                try:
                    volumes[number] = score_contour(ct, redrawn, [MODELS[0]]).scores[0].score
                except DataRefusedError:  # too few voxels or slices are left
                    volumes[number] = None
            if volumes[number] is None:
                continue
            if model.cutoff.group(volumes[number]) != result.scores[0].group:
                others.append(len(move.changed))
        (found,) = counterfactuals(result, ct, contour)
        assert found.tried == len(family.moves)
        assert (found.smallest is None) == (not others)
        if found.smallest is not None:
            assert found.smallest.changed.voxel_count == min(others)
            told += 1
    assert told >= 4


def test_the_ways_to_redraw_are_those_that_are_described():
    """Every voxel of every move, by the formula, from distances to every point of the boundary."""
    ct, contour = ball(12, (1.0, 1.0, 2.5), 24, aside=(0.31, 0.17, 0.23))  # so that no two points are as near
    family = boundary_moves(ct, contour)
    steps = np.array([2.5, 1.0, 1.0])
    points = boundary_points(family.inside, steps)
    centres = np.argwhere(np.ones(family.inside.shape)) * steps
    apart = np.linalg.norm(centres[:, None] - points[None], axis=2)
    distance, foot = apart.min(axis=1), points[apart.argmin(axis=1)]
    origin = np.array(ct.image.GetOrigin())[::-1] + np.array(family.corner) * steps
    inside = family.inside.ravel()
    expected = set()
    for number, place in enumerate(family.places):
        weight = np.ones(len(foot))
        if place.words != ALL_AROUND:
            along = np.linalg.norm(foot + origin - np.array(place.position_mm)[::-1], axis=1)
            weight = np.where(along < family.half_width_mm, np.cos(np.pi * along / 2 / family.half_width_mm) ** 2, 0.0)
        for depth in DEPTHS_MM if place.words != ALL_AROUND else DEPTHS_ALL_AROUND_MM:
            for outward in (True, False):
                changed = (distance < depth * weight) & (inside != outward)
                if number < len(family.places) - 1 and changed.any():
                    pieces, _ = label(changed.reshape(family.inside.shape), structure=np.ones((3, 3, 3)))
                    changed = pieces.ravel() == np.argmax(np.bincount(pieces.ravel())[1:]) + 1
                if changed.any():
                    expected.add(np.flatnonzero(changed).tobytes())
    moves = [move.changed.tobytes() for move in family.moves]
    assert len(set(moves)) == len(moves)
    assert set(moves) == expected
    assert all(max(move.depth_mm for move in family.moves) <= REACH_MM for _ in moves)


def test_where_nothing_changes_the_group_no_redrawing_does(phantom):
    contour = phantom.truth[1]
    own = score_contour(phantom.ct, contour, MODELS[:1]).scores[0].score
    model = beside_the_cutoff(own, MODELS[0], 1.5)
    result = score_contour(phantom.ct, contour, [model])
    (found,) = counterfactuals(result, phantom.ct, contour)
    assert found.smallest is None
    assert found.reach_mm == 3.0
    family = boundary_moves(phantom.ct, contour)
    for move in family.moves:
        redrawn = family.redrawn(move)
        if redrawn is not None:
            group = score_contour(phantom.ct, redrawn, [model]).scores[0].group
            assert group in (None, result.scores[0].group)


def test_a_score_whose_group_is_withheld_gets_no_word(phantom, monkeypatch):
    """One withheld beside one that is not, and both: then nothing at all is computed."""
    contour = phantom.truth[0]
    result = score_contour(phantom.ct, contour, MODELS)
    half = dataclasses.replace(
        result, scores=(dataclasses.replace(result.scores[0], withheld="No group is given: far."), result.scores[1])
    )
    first, second = counterfactuals(half, phantom.ct, contour)
    assert (first.withheld, first.effects, first.smallest) == ("No group is given: far.", (), None)
    assert first.as_json() == {"withheld": "No group is given: far."}
    assert second.withheld is None
    assert second.effects
    none = dataclasses.replace(
        result, scores=tuple(dataclasses.replace(score, withheld="No group is given.") for score in result.scores)
    )
    monkeypatch.setattr(counterfactual_module, "boundary_moves_steps", None)
    assert all(each.withheld and not each.effects for each in counterfactuals(none, phantom.ct, contour))


def test_no_change_leads_to_a_contour_whose_group_is_withheld(phantom):
    """A cutoff at the edge of what the card's groups span: beyond it lies no group, so nothing changes it."""
    contour = phantom.truth[1]
    own = score_contour(phantom.ct, contour, MODELS[:1]).scores[0].score
    means = tuple(dataclasses.replace(mean, mean=own + 0.01 - 4e-6, sd=1e-6) for mean in MODELS[0].group_means[:1])
    low = tuple(dataclasses.replace(mean, mean=own - 3, sd=1e-6) for mean in MODELS[0].group_means[:1])
    model = dataclasses.replace(beside_the_cutoff(own, MODELS[0], -0.01), group_means=(*means, *low))
    assert model.published_range[1] == pytest.approx(own + 0.01)
    result = score_contour(phantom.ct, contour, [model])
    assert result.scores[0].group is not None
    assert counterfactuals(result, phantom.ct, contour)[0].smallest is None


def test_the_effect_of_a_place_is_the_difference_of_two_ordinary_scores(phantom):
    contour = phantom.truth[1]
    result = score_contour(phantom.ct, contour, MODELS)
    family = boundary_moves(phantom.ct, contour)
    found = counterfactuals(result, phantom.ct, contour)
    for number, each in enumerate(found):
        assert [effect.place for effect in each.effects] == list(family.places[:-1])
        for place, effect in enumerate(each.effects):
            for outward, said in ((True, effect.outward_per_mm), (False, effect.inward_per_mm)):
                least = min(
                    (m for m in family.moves if (m.place, m.is_outward) == (place, outward) and m.depth_mm >= 1),
                    key=lambda move: move.depth_mm,
                    default=None,
                )
                if least is None:
                    assert said is None
                    continue
                score = score_contour(phantom.ct, family.redrawn(least), MODELS).scores[number].score
                assert said == pytest.approx((score - result.scores[number].score) / least.depth_mm, abs=1e-12)


def test_a_bump_on_a_ball_holds_the_volume_of_the_formula():
    """∫ cos²(π c / 2 R) 2π c dc = π R² (1/2 − 2/π²) mm³ per mm: a cap's area is π chord². A shell over the inner or outer
    ball is smaller or larger by 1 mm of 9, so the mean of both ways. Distances are to points of the boundary and so
    up to 0.15 mm too long: of 1 mm, that much is short.
    """
    ct, contour = ball(18, (0.4, 0.4, 0.4), 62)
    family = boundary_moves(ct, contour)
    expected = math.pi * family.half_width_mm**2 * (0.5 - 2 / math.pi**2)
    for place in range(len(family.places) - 1):
        volumes = [len(m.changed) * 0.4**3 for m in family.moves if m.place == place and m.depth_mm == 1]
        assert len(volumes) == 2
        assert np.mean(volumes) == pytest.approx(0.925 * expected, rel=0.075)


def test_of_a_score_that_is_the_volume_the_effect_is_the_volume_of_the_bump():
    ct, contour = ball(18, (0.6, 0.6, 0.6), 40)
    model = dataclasses.replace(
        MODELS[0],
        coefficients={"original_shape_MeshVolume": 1.0},
        cutoff=Cutoff(value=0.0, orientation=">", group_when_true="large", group_when_false="small"),
        intercept=0.0,
        group_means=(),
    )
    (found,) = counterfactuals(score_contour(ct, contour, [model]), ct, contour)
    family = boundary_moves(ct, contour)
    for place, effect in enumerate(found.effects):
        volumes = {m.is_outward: len(m.changed) * 0.6**3 for m in family.moves if m.place == place and m.depth_mm == 1}
        # A mesh through the middle of voxels' sides holds what the voxels hold, but for its cut corners.
        assert effect.outward_per_mm == pytest.approx(volumes[True], rel=0.03)
        assert -effect.inward_per_mm == pytest.approx(volumes[False], rel=0.03)
        assert effect.per_mm == (effect.outward_per_mm - effect.inward_per_mm) / 2
    slopes = np.array([effect.per_mm for effect in found.effects])
    points = np.array([effect.place.position_mm for effect in found.effects])
    at_places = effect_at(found, points)
    assert (at_places >= slopes.min()).all()
    assert (at_places <= slopes.max()).all()
    far = points + 500
    nearest = [np.argmin(((points - point) ** 2).sum(axis=1)) for point in far]
    assert effect_at(found, far).tolist() == slopes[nearest].tolist()


@pytest.mark.parametrize(
    "direction", [np.eye(3), np.diag([-1, -1, 1]), np.diag([1, 1, -1]), np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]])]
)
def test_places_are_named_by_the_patient_however_the_image_lies(direction):
    ct, contour = ball(16, size=30, direction=direction)
    family = boundary_moves(ct, contour)
    centre = np.array(family.places[-1].position_mm)
    assert family.places[-1].words == ALL_AROUND
    signs = {
        "left": (0, 1),
        "right": (0, -1),
        "posterior": (1, 1),
        "anterior": (1, -1),
        "cranial": (2, 1),
        "caudal": (2, -1),
    }
    said = set()
    for place in family.places[:-1]:
        towards = np.array(place.position_mm) - centre
        assert np.linalg.norm(towards) == pytest.approx(8, abs=0.7)
        words = place.words.split()
        axis, _sign = max((signs[word] for word in words), key=lambda each: abs(towards[each[0]]))
        assert axis == np.argmax(abs(towards))
        assert all(np.sign(towards[a]) == s for a, s in (signs[word] for word in words))
        said.update(words)
    assert said == set(signs)


def test_each_step_scores_one_contour_at_most_and_can_be_the_last(phantom, monkeypatch):
    contour = phantom.truth[0]
    result = score_contour(phantom.ct, contour, MODELS)
    scored = []
    plain = counterfactual_module.extract
    monkeypatch.setattr(counterfactual_module, "extract", lambda *arguments: scored.append(1) or plain(*arguments))
    steps = counterfactual_steps(result, phantom.ct, contour)
    before = 0
    for number, _ in enumerate(steps):
        assert len(scored) - before <= 1
        before = len(scored)
        if number == 60:
            break
    assert before > 10
    steps.close()
    assert next(steps, "ended") == "ended"


def test_the_same_contour_the_same_answer_in_json(phantom):
    contour = phantom.truth[1]
    result = score_contour(phantom.ct, contour, MODELS)
    one, other = (
        json.dumps([each.as_json() for each in counterfactuals(result, phantom.ct, contour)], allow_nan=False)
        for _ in range(2)
    )
    assert one == other
    first = json.loads(one)[0]
    assert set(first) == {"withheld", "smallest", "reach_mm", "half_width_mm", "tried", "boundary"}
    assert set(first["smallest"]) == {
        "place", "position_mm", "direction", "depth_mm", "volume_mm3", "voxels", "score", "group"
    }  # fmt: skip


def test_a_single_voxel_and_a_contour_at_the_edge_of_the_ct_are_no_fault():
    ct, _ = ball(9, size=24)
    mask = np.zeros((24, 24, 24), dtype=bool)
    mask[0:4, 0:4, 0:4] = True
    corner = Contour.from_full_grid(mask, "corner")
    family = boundary_moves(ct, corner)
    assert all(family.redrawn(move) is None or grid(family.redrawn(move), ct).any() for move in family.moves)
    mask[:] = False
    mask[10, 10, 10] = True
    assert boundary_moves(ct, Contour.from_full_grid(mask, "voxel")).moves
