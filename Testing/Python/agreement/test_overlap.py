"""Overlap and surface distances against SimpleITK's filters, brute force, and real contours of four readers."""

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings

from RLNResponseLib.agreement.overlap import MEASURES, compare_readers, overlap
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour

SPACING = (2.5, 0.7, 0.7)
masks = npst.arrays(bool, (4, 5, 6)).filter(np.any)


def contour(mask):
    return Contour.from_full_grid(mask, "lesion")


def ball(centre, radius, shape=(30, 40, 40), spacing=SPACING):
    grid = np.indices(shape).reshape(3, -1).T * spacing
    return (np.linalg.norm(grid - centre, axis=1) <= radius).reshape(shape)


def surface_by_hand(mask):
    padded = np.pad(mask, 1)
    points = []
    for index in np.argwhere(mask):
        neighbours = [
            padded[tuple(index + 1 + step)] for step in np.vstack([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
        ]
        if not all(neighbours):
            points.append(index * SPACING)
    return np.array(points)


@given(masks, masks)
@settings(max_examples=60, deadline=None)
def test_equals_brute_force_on_the_whole_grid(first, second):
    result = overlap(contour(first), contour(second), SPACING)
    assert result.dice == pytest.approx(2 * (first & second).sum() / (first.sum() + second.sum()))
    assert result.jaccard == pytest.approx((first & second).sum() / (first | second).sum())
    assert result.volume_difference_mm3 == pytest.approx((int(second.sum()) - int(first.sum())) * np.prod(SPACING))
    between = np.linalg.norm(surface_by_hand(first)[:, None] - surface_by_hand(second), axis=2)
    forth, back = between.min(axis=1), between.min(axis=0)
    assert result.hd95_mm == pytest.approx(max(np.percentile(forth, 95), np.percentile(back, 95)))
    assert result.mean_surface_distance_mm == pytest.approx(np.concatenate([forth, back]).mean())


def test_dice_and_jaccard_equal_simpleitk():
    sitk = pytest.importorskip("SimpleITK")
    first, second = ball((30, 14, 14), 9), ball((33, 15, 13), 8)
    measures = sitk.LabelOverlapMeasuresImageFilter()
    measures.Execute(*(sitk.GetImageFromArray(mask.astype(np.uint8)) for mask in (first, second)))
    result = overlap(contour(first), contour(second), SPACING)
    assert result.dice == pytest.approx(measures.GetDiceCoefficient())
    assert result.jaccard == pytest.approx(measures.GetJaccardCoefficient())


def test_a_shift_of_one_voxel_is_its_length():
    mask = np.zeros((10, 10, 10), dtype=bool)
    mask[3:6, 3:6, 3:6] = True
    result = overlap(contour(mask), contour(np.roll(mask, 1, axis=0)), SPACING)
    assert result.hd95_mm == pytest.approx(2.5)
    assert overlap(contour(mask), contour(mask), SPACING).hd95_mm == 0


def test_contours_that_do_not_touch():
    first, second = ball((30, 7, 14), 4), ball((30, 21, 14), 4)
    result = overlap(contour(first), contour(second), SPACING)
    assert (result.dice, result.jaccard) == (0, 0)
    assert 10 < result.hd95_mm < 15


def test_four_readers_of_a_real_lesion(shared_data):
    nrrd = pytest.importorskip("nrrd")
    files = sorted((shared_data / "lidc-4readers").rglob("mask_reader?.nrrd"))
    contours = [contour(np.transpose(nrrd.read(str(file))[0])) for file in files if not file.name.startswith("crop")]
    assert len(contours) == 4
    for one in contours:
        for other in contours:
            result = overlap(one, other, SPACING)
            assert 0.5 < result.dice <= 1
            assert result.jaccard == pytest.approx(result.dice / (2 - result.dice))


def test_two_readers_missed_extra_and_apart():
    here, near, far = ball((30, 14, 14), 5), ball((31, 14, 14), 5), ball((30, 14, 23), 2)
    first = {"a": contour(here), "b": contour(here), "c": contour(here), "e": contour(here)}
    second = {"a": contour(here), "b": contour(near), "d": contour(here), "e": contour(far)}
    spacing = dict.fromkeys("abcde", SPACING)
    result = compare_readers(first, second, spacing, {"a": "1", "b": "1", "c": "2", "d": "2", "e": "3"})
    assert (result.missed, result.extra, result.apart) == (("c",), ("d",), ("e",))
    assert list(result.by_lymph_node) == ["a", "b", "e"]
    assert set(result.summary) == set(MEASURES)
    dice = [result.by_lymph_node[name].dice for name in "abe"]
    assert result.summary["dice"].mean.value == pytest.approx(np.mean(dice))
    assert result.summary["dice"].worst == 0
    assert result.summary["dice"].mean.lower == 0
    assert result.summary["dice"].mean.upper == pytest.approx(np.mean(dice[:2]))
    assert result.summary["hd95_mm"].worst == max(one.hd95_mm for one in result.by_lymph_node.values())


def test_no_lymph_node_in_common():
    result = compare_readers({"a": contour(ball((30, 14, 14), 5))}, {}, {"a": SPACING}, {"a": "1"})
    assert (result.by_lymph_node, result.summary, result.missed) == ({}, {}, ("a",))


@pytest.mark.parametrize("spacing", [(0, 1, 1), (1, -1, 1), (1, 1, float("nan")), (1, float("inf"), 1)])
def test_a_spacing_that_is_none(spacing):
    one = contour(ball((30, 14, 14), 5))
    with pytest.raises(DataRefusedError, match="voxel spacing is not three lengths above 0 mm"):
        overlap(one, one, spacing)


def test_an_empty_contour():
    one = contour(ball((30, 14, 14), 5))
    with pytest.raises(DataRefusedError, match="empty and cannot be compared"):
        overlap(one, Contour(name="nothing", voxels=np.zeros((1, 1, 1), dtype=bool), corner=(0, 0, 0)), SPACING)
