"""A contour's own grid onto the CT's: exact where the lattices coincide, said where not, refused outside."""

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import LATTICE_TOLERANCE, Grid, place_on_ct
from RLNResponseLib.imaging.records import Contour, CTImage

SIZE = (12, 11, 9)
TURNS = list(permutations(range(3)))
SIGNS = list(product((1, -1), repeat=3))


def new_ct(turn=(0, 1, 2), signs=(1, 1, 1), tilt=0.0):
    image = sitk.Image(SIZE, sitk.sitkInt16)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-31.3, 17.9, -812.4))
    direction = np.zeros((3, 3))
    direction[turn, range(3)] = signs
    about_z = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    image.SetDirection((about_z @ direction).ravel().tolist())
    return CTImage(image=image, name="ct")


def blob(seed, shape=SIZE[::-1]):
    mask = np.random.default_rng(seed).random(shape) < 0.2
    mask[tuple(length // 2 for length in shape)] = True
    return mask


def contour_of(image):
    return Contour.from_full_grid(sitk.GetArrayFromImage(image), "LN")


def place(image, ct):
    return place_on_ct(contour_of(image), Grid.of_image(image), ct)


def on_ct(mask, ct):
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.CopyInformation(ct.image)
    return image


@given(
    st.integers(0, 99),
    st.sampled_from(TURNS),
    st.sampled_from(SIGNS),
    st.sampled_from(TURNS),
    st.sampled_from(SIGNS),
    st.floats(-3, 3),
)
def test_turned_mirrored_and_cropped_grids_keep_every_voxel(seed, ct_turn, ct_signs, turn, signs, tilt):
    """SimpleITK permutes, flips and crops; the contour must come back where it was, without a finding."""
    ct = new_ct(ct_turn, ct_signs, tilt)
    mask = np.zeros(SIZE[::-1], dtype=bool)
    mask[2:7, 3:9, 1:10] = blob(seed, (5, 6, 9))
    moved = on_ct(mask, ct)[1:10, 3:9, 2:7]
    moved = sitk.Flip(sitk.PermuteAxes(moved, turn), [sign < 0 for sign in signs])
    placed = place(moved, ct)
    assert np.array_equal(placed.full_grid(mask.shape), mask)
    assert placed.findings == ()


@given(st.integers(0, 99), st.floats(-0.9, 0.9))
def test_a_shift_within_the_tolerance_is_none(seed, part):
    ct = new_ct()
    mask = blob(seed)
    image = on_ct(mask, ct)
    shift = part * LATTICE_TOLERANCE * np.array(image.GetSpacing())
    image.SetOrigin((np.array(image.GetOrigin()) + shift).tolist())
    placed = place(image, ct)
    assert np.array_equal(placed.full_grid(mask.shape), mask)
    assert placed.findings == ()


@pytest.mark.parametrize("change", ["origin", "spacing", "direction"])
def test_a_difference_beyond_the_tolerance_is_said(change):
    ct = new_ct()
    mask = np.zeros(SIZE[::-1], dtype=bool)
    mask[2:6, 3:8, 2:9] = True
    image = on_ct(mask, ct)
    if change == "origin":
        image.SetOrigin((-31.3 + 0.03 * 0.7, 17.9, -812.4))
    elif change == "spacing":
        image.SetSpacing((0.7, 0.8, 2.5 * 1.006))
    else:
        image.SetDirection((np.cos(0.004), -np.sin(0.004), 0, np.sin(0.004), np.cos(0.004), 0, 0, 0, 1))
    placed = place(image, ct)
    # Far less than half a voxel off: the nearest voxels are the same.
    assert np.array_equal(placed.full_grid(mask.shape), mask)
    (finding,) = placed.findings
    assert (finding.code, finding.severity) == ("resampled-contour", "warning")
    assert finding.numbers["resampled_volume_mm3"] == pytest.approx(mask.sum() * 0.7 * 0.8 * 2.5)
    assert "make sure that both show the same scan" in finding.message


@given(
    st.integers(0, 99),
    st.tuples(*[st.floats(0.8, 1.5)] * 3),
    st.integers(-30, 30).map(lambda degrees: degrees / 57),
    st.tuples(*[st.floats(0, 1)] * 3),
)
def test_resampling_takes_the_nearest_voxel(seed, factors, tilt, shift):
    """Against SimpleITK's resampling of the whole grids."""
    ct = new_ct()
    image = sitk.GetImageFromArray(blob(seed, (3, 4, 4)).astype(np.uint8))
    image.SetSpacing([step * factor for step, factor in zip(ct.image.GetSpacing(), factors, strict=True)])
    image.SetDirection((np.cos(tilt), -np.sin(tilt), 0, np.sin(tilt), np.cos(tilt), 0, 0, 0, 1))
    image.SetOrigin((np.array(ct.image.TransformContinuousIndexToPhysicalPoint((4, 3, 2))) + shift).tolist())
    expected = sitk.GetArrayFromImage(sitk.Resample(image, ct.image, sitk.Transform(), sitk.sitkNearestNeighbor, 0))
    if not expected.any():  # one voxel that no voxel of the CT is nearest to
        refused(image, ct, "empty-contour", "resampled to it, it is empty")
        return
    placed = place(image, ct)
    for index in np.argwhere(placed.full_grid(expected.shape) != expected)[:, ::-1].tolist():
        # Halfway between two voxels either is the nearest.
        point = ct.image.TransformIndexToPhysicalPoint(index)
        fraction = np.mod(image.TransformPhysicalPointToContinuousIndex(point), 1)
        assert np.abs(fraction - 0.5).min() < 1e-9


def refused(image, ct, code, words):
    with pytest.raises(DataRefusedError, match=words) as caught:
        place(image, ct)
    assert caught.value.code == code


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("off", [1, -1, 100])
def test_one_voxel_outside_is_refused(axis, off):
    ct = new_ct()
    image = on_ct(np.ones(SIZE[::-1]), ct)
    index = [0.0, 0.0, 0.0]
    index[axis] = off
    image.SetOrigin(ct.image.TransformContinuousIndexToPhysicalPoint(index))
    refused(image, ct, "outside-ct", "lies partly or wholly outside the CT ct, .* name the image that it was drawn on")


def test_one_voxel_outside_is_refused_on_another_grid():
    ct = new_ct()
    image = on_ct(np.ones(SIZE[::-1]), ct)
    image.SetOrigin(ct.image.TransformContinuousIndexToPhysicalPoint((0.6, 0, 0)))
    refused(image, ct, "outside-ct", "lies partly or wholly outside the CT ct")


def test_a_larger_grid_on_the_same_lattice_is_said():
    """A mask of the whole scan on a cropped CT."""
    whole = new_ct()
    mask = np.zeros(SIZE[::-1], dtype=bool)
    mask[3:5, 4:6, 4:6] = True
    cropped = CTImage(image=whole.image[2:10, 2:10, 2:8], name="ct")
    placed = place(on_ct(mask, whole), cropped)
    assert np.array_equal(placed.full_grid((6, 8, 8)), mask[2:8, 2:10, 2:10])
    assert [(finding.code, finding.severity) for finding in placed.findings] == [("contour-grid-larger", "warning")]


def test_a_larger_grid_on_another_lattice_is_another_image():
    ct = new_ct()
    mask = np.zeros((12, 20, 20), dtype=bool)
    mask[3:5, 6:9, 6:9] = True
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing((0.71, 0.81, 2.5))
    image.SetOrigin(ct.image.GetOrigin())
    refused(image, ct, "another-grid", "reaches beyond the CT, so it was drawn on another image; name that image")


def test_a_finer_grid_of_the_same_scan_may_round_up():
    """1 mm voxels over the whole CT: the last one reaches a little beyond it."""
    ct = new_ct()
    extent = np.array(SIZE) * ct.image.GetSpacing()
    mask = np.zeros(np.ceil(extent).astype(int)[::-1], dtype=bool)
    mask[8:14, 3:6, 3:6] = True
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    corner = ct.image.TransformContinuousIndexToPhysicalPoint((-0.5, -0.5, -0.5))
    image.SetOrigin((np.array(corner) + 0.5).tolist())
    placed = place(image, ct)
    assert [finding.code for finding in placed.findings] == ["resampled-contour"]
    assert placed.findings[0].numbers["drawn_volume_mm3"] == pytest.approx(54)
    assert placed.voxel_count * 1.4 == pytest.approx(54, rel=0.25)


def test_a_contour_too_small_for_the_ct_is_refused():
    ct = new_ct()
    image = sitk.GetImageFromArray(np.ones((1, 1, 1), np.uint8))
    image.SetSpacing((0.1, 0.1, 0.1))
    image.SetOrigin(ct.image.TransformContinuousIndexToPhysicalPoint((4.4, 4.4, 4.4)))
    refused(image, ct, "empty-contour", "smaller than a voxel of the CT ct: resampled to it, it is empty")
