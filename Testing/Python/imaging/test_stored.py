"""The short ways into a study's own files: the same as the long ones, or none."""

import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.load import read_contour
from RLNResponseLib.imaging.nrrd import NRRD
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.imaging.stored import read_stored_slices, stored_contour, write_stored_ct
from RLNResponseLib.imaging.volume_file import read_header


def ct_of(kind=np.int16):
    image = sitk.GetImageFromArray(np.random.default_rng(3).normal(60, 20, (9, 30, 25)).astype(kind))
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-10.5, 3.25, 900.1))
    image.SetDirection((0, -1, 0, 1, 0, 0, 0, 0, 1))
    return image


@pytest.mark.parametrize("kind", [np.int16, np.uint8, np.float32, np.float64, np.int32])
@pytest.mark.parametrize(("first", "stop"), [(0, 9), (2, 5), (8, 9)])
def test_slices_are_those_of_simpleitk(tmp_path, kind, first, stop):
    write_stored_ct(tmp_path / "ct.nrrd", ct_of(kind))
    found = read_stored_slices(tmp_path / "ct.nrrd", read_header(tmp_path / "ct.nrrd", NRRD), first, stop)
    expected = sitk.ReadImage(str(tmp_path / "ct.nrrd"))[:, :, first:stop]
    assert found.GetPixelID() == expected.GetPixelID()
    assert (sitk.GetArrayFromImage(found) == sitk.GetArrayFromImage(expected)).all()
    assert found.GetSpacing() == expected.GetSpacing()
    assert found.GetDirection() == expected.GetDirection()
    assert found.GetOrigin() == pytest.approx(expected.GetOrigin(), abs=1e-9)


def test_big_endian_voxels_of_another_writer(tmp_path):
    voxels = np.arange(4 * 3 * 5, dtype=">i2").reshape(5, 3, 4)
    header = {"encoding": "raw", "space": "left-posterior-superior", "space directions": np.eye(3)}
    nrrd.write(str(tmp_path / "ct.nrrd"), voxels, {**header, "space origin": [0, 0, 0]}, index_order="C")
    content = (tmp_path / "ct.nrrd").read_bytes()
    assert b"endian: big" in content
    (tmp_path / "ct.nrrd").write_bytes(content.replace(b"type: int16", b"type: short"))
    found = read_stored_slices(tmp_path / "ct.nrrd", read_header(tmp_path / "ct.nrrd", NRRD), 1, 3)
    assert sitk.GetArrayFromImage(found).tolist() == voxels[1:3].tolist()


def test_gzip_and_detached_voxels_are_left_to_simpleitk(tmp_path):
    sitk.WriteImage(ct_of(), str(tmp_path / "gz.nrrd"), useCompression=True)
    sitk.WriteImage(ct_of(), str(tmp_path / "detached.nhdr"), useCompression=False)
    for name in ("gz.nrrd", "detached.nhdr"):
        assert read_stored_slices(tmp_path / name, read_header(tmp_path / name, NRRD), 0, 2) is None


def test_a_cut_off_ct_is_refused(tmp_path):
    write_stored_ct(tmp_path / "ct.nrrd", ct_of())
    with (tmp_path / "ct.nrrd").open("r+b") as file:
        file.truncate(9000)
    with pytest.raises(DataRefusedError, match=r"ct\.nrrd is damaged: it ends before the voxels"):
        read_stored_slices(tmp_path / "ct.nrrd", read_header(tmp_path / "ct.nrrd", NRRD), 0, 1)


def drawn(seed):
    rng = np.random.default_rng(seed)
    low = [int(rng.integers(0, size)) for size in (9, 30, 25)]
    high = [int(rng.integers(start, size)) + 1 for start, size in zip(low, (9, 30, 25), strict=True)]
    mask = np.zeros((9, 30, 25), bool)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    mask[box] = rng.random(mask[box].shape) < 0.4
    mask[tuple(low)] = True
    return Contour.from_full_grid(mask, "LN 1: upper")


@pytest.mark.parametrize("seed", range(20))
def test_a_contour_is_that_of_the_general_reader(tmp_path, seed):
    ct, file = CTImage(image=ct_of()), tmp_path / "c.seg.nrrd"
    write_seg_nrrd(file, drawn(seed), ct)
    found, expected = stored_contour(file.read_bytes(), Grid.of_image(ct.image)), read_contour(file, ct)
    assert (found.name, found.corner, found.findings) == (expected.name, expected.corner, expected.findings)
    assert (found.voxels == expected.voxels).all()


@pytest.mark.parametrize(
    "changed",
    [
        (b"Segment0_Extent:=", b"Segment0_Extent:=1 "),
        (b"Segment0_LabelValue:=1", b"Segment0_LabelValue:=2"),
        (b"Segment0_Layer:=0", b"Segment0_Layer:=1"),
        (b"Segment0_ID:=Segment_1", b"Segment0_ID:=Segment_1\nSegment1_ID:=Segment_2"),
        (b"left-posterior-superior", b"right-anterior-superior"),
        (b"space origin: (-10.5", b"space origin: (-10.6"),
        (b"sizes: 25", b"sizes: 26"),
        (b"encoding: gzip", b"encoding: raw"),
        (b"ContourPlace:=", b"ContourPlace:=1"),
        (b"ContourPlace:=", b"Elsewhere:="),
        (b"ContourPlace:=", b"ContourPlace:=-"),
    ],
)
def test_any_other_file_is_left_to_the_general_reader(tmp_path, changed):
    ct, file = CTImage(image=ct_of()), tmp_path / "c.seg.nrrd"
    write_seg_nrrd(file, drawn(1), ct)
    content = file.read_bytes()
    assert changed[0] in content
    assert stored_contour(content.replace(*changed, 1), Grid.of_image(ct.image)) is None
    assert stored_contour(content[:-40], Grid.of_image(ct.image)) is None
    assert stored_contour(b"", Grid.of_image(ct.image)) is None


def test_an_extent_that_does_not_hold_the_contour_is_not_believed(tmp_path):
    ct, file = CTImage(image=ct_of()), tmp_path / "c.seg.nrrd"
    mask = np.zeros((9, 30, 25), bool)
    mask[2:6, 10:20, 5:15] = True
    write_seg_nrrd(file, Contour.from_full_grid(mask, "LN"), ct)
    content, right = file.read_bytes(), b"Segment0_Extent:=5 14 10 19 2 5"
    assert right in content
    for wrong in (b"5 13 10 19 2 5", b"4 14 10 19 2 5", b"5 14 10 19 3 5", b"5 14 10 19 2 6", b"5 14 10 19 2 9"):
        changed = content.replace(right, b"Segment0_Extent:=" + wrong)
        assert stored_contour(changed, Grid.of_image(ct.image)) is None
