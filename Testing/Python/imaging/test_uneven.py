"""A CT with uneven steps: every outline gets the HU of the slice that it was drawn on, and its own volume."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from RLNResponseLib import score
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.uneven import furthest_off_grid, slice_index, spaced_at

POSITIONS = (0.0, 3.0, 6.0, 9.0, 12.0, 16.0, 20.0, 24.0)


@pytest.fixture
def uneven_ct(tmp_path, write_slice):
    """Every pixel of a slice has its own number (times ten) as HU."""
    folder = tmp_path / "ct"
    folder.mkdir()
    for k, z in enumerate(POSITIONS):
        values = np.full((20, 24), 1024 + 10 * k, np.int16)
        write_slice(folder / f"{k}.dcm", k, pixels=values, ImagePositionPatient=["-10", "-20", str(z)])
    return folder


def square(z):
    return [(-6.4, -16.5, z), (-1.6, -16.5, z), (-1.6, -12.3, z), (-6.4, -12.3, z)]


def values(ct, contour):
    array = sitk.GetArrayFromImage(ct.image)[contour.box]
    return sorted(set(array[contour.voxels].tolist()))


def test_outlines_get_their_own_slices(uneven_ct, tmp_path, write_rtstruct):
    ct = read_ct(uneven_ct)
    assert ct.slice_positions_mm == POSITIONS
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(z) for z in (9, 12, 16, 20)]})
    contour = read_contour(structures, ct)
    assert values(ct, contour) == [30, 40, 50, 60]
    assert contour.findings == ()
    own_mm3 = 36 * 0.8 * 0.7 * (3 + 3.5 + 4 + 4)
    result = score(ct, contour, second_reader=structures, segment="LN")
    assert result.volume_mm3 == pytest.approx(own_mm3)
    said = {finding.code: finding for finding in result.findings}
    assert said["uneven-slice-spacing"].severity == "warning"
    assert said["spacing-at-contour"].numbers["step_mm"] == pytest.approx(3.625)


def test_where_the_steps_are_even_nothing_is_approximated(uneven_ct, tmp_path, write_rtstruct):
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(z) for z in (3, 6, 9)]})
    local = spaced_at(read_ct(uneven_ct), read_contour(structures, read_ct(uneven_ct)))
    assert local.image.GetSpacing() == (0.8, 0.7, 3.0)
    assert "are all 3 mm" in local.findings[-1].message


def test_masks_on_the_ct_as_itk_reads_it_keep_their_voxels(uneven_ct, tmp_path):
    """ITK makes a regular grid of the mean distance, and so does who contours on what ITK read."""
    own = sitk.ReadImage([str(uneven_ct / f"{k}.dcm") for k in range(8)])
    mask = np.zeros((8, 20, 24), np.uint8)
    mask[3:6, 5:11, 5:11] = 1
    labels = sitk.GetImageFromArray(mask)
    labels.CopyInformation(own)
    sitk.WriteImage(labels, str(tmp_path / "mask.nrrd"))
    ct = read_ct(uneven_ct)
    assert values(ct, read_contour(tmp_path / "mask.nrrd", ct)) == [30, 40, 50]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_mask_whose_planes_lie_on_successive_slices_gets_them(uneven_ct, tmp_path, backwards):
    labels = sitk.GetImageFromArray(np.pad(np.ones((3, 6, 6), np.uint8), ((0, 0), (4, 4), (4, 4))))
    labels.SetSpacing((0.8, 0.7, 4.0))
    labels.SetOrigin((-10, -20, 24 if backwards else 16))
    if backwards:
        labels.SetDirection((1, 0, 0, 0, 1, 0, 0, 0, -1))
    sitk.WriteImage(labels, str(tmp_path / "mask.nrrd"))
    ct = read_ct(uneven_ct)
    assert values(ct, read_contour(tmp_path / "mask.nrrd", ct)) == [50, 60, 70]


def test_a_mask_on_any_other_grid_is_refused(uneven_ct, tmp_path):
    labels = sitk.GetImageFromArray(np.ones((6, 6, 6), np.uint8))
    labels.SetSpacing((0.8, 0.7, 3.0))
    labels.SetOrigin((-8, -18, 6))
    sitk.WriteImage(labels, str(tmp_path / "mask.nrrd"))
    with pytest.raises(DataRefusedError, match="whose slices are unevenly spaced") as caught:
        read_contour(
            tmp_path / "mask.nrrd", replace(read_ct(uneven_ct), slice_positions_mm=(0, 3, 6, 9, 12, 20, 28, 36))
        )
    assert caught.value.code == "another-grid"


@given(
    st.lists(st.floats(2, 2.9), min_size=4, max_size=9),
    st.integers(0, 3),
)
def test_every_slice_is_found_at_its_own_position(steps, k):
    positions = np.concatenate([[0], np.cumsum(steps)])
    image = sitk.Image(2, 2, len(positions), sitk.sitkInt16)
    image.SetSpacing((1, 1, positions[-1] / (len(positions) - 1)))
    ct = CTImage(image=image, slice_positions_mm=tuple(positions.tolist()))
    regular = positions / image.GetSpacing()[2]
    assert slice_index(ct, regular) == pytest.approx(np.arange(len(positions)))
    assert slice_index(ct, np.array([-0.5 * steps[0]]) / image.GetSpacing()[2]) == pytest.approx(-0.5)
    assert furthest_off_grid(ct) >= 0
    contour = Contour(name="LN", voxels=np.ones((2, 1, 1), np.bool_), corner=(k, 0, 0))
    thickness = np.gradient(positions)[k : k + 2]
    assert spaced_at(ct, contour).image.GetSpacing()[2] == pytest.approx(thickness.mean())


def test_an_even_ct_is_the_same_record(ct_folder):
    ct = read_ct(ct_folder)
    assert ct.slice_positions_mm is None
    assert spaced_at(ct, Contour(name="LN", voxels=np.ones((2, 2, 2), np.bool_), corner=(0, 0, 0))) is ct


def test_a_study_refuses_what_it_cannot_keep(tmp_path, write_slice):
    from RLNResponseLib.study.imports import _refuse_uneven

    image = sitk.Image(2, 2, 4, sitk.sitkInt16)
    image.SetSpacing((1, 1, 4))
    _refuse_uneven(CTImage(image=image, slice_positions_mm=(0, 3.5, 7.5, 12)))
    with pytest.raises(DataRefusedError, match="score it by itself") as caught:
        _refuse_uneven(CTImage(image=image, slice_positions_mm=(0, 3, 5.5, 12)))
    assert caught.value.code == "uneven-slices"
