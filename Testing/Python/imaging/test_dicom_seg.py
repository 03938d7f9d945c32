"""DICOM SEG: dcmqi's and highdicom's, overlapping segments, skipped slices, any order of frames."""

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.sr.codedict import codes

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct


def test_dcmqis_liver_equals_its_nrrd(shared_data):
    folder = shared_data / "dcmqi-ct-seg"
    ct = read_ct(folder)
    from_seg, from_nrrd = (read_contour(folder / name, ct) for name in ("liver.dcm", "liver_seg.nrrd"))
    assert np.array_equal(from_seg.voxels, from_nrrd.voxels)
    assert from_seg.corner == from_nrrd.corner
    assert from_seg.findings == from_nrrd.findings == ()
    assert from_seg.name == "Liver"
    assert from_seg.voxel_count * np.prod(ct.image.GetSpacing()) == pytest.approx(70362, abs=0.5)


def test_dcmqis_overlapping_segments(shared_data):
    """Against each frame's pixels, put where the frame itself says."""
    path = shared_data / "dcmqi-ct-seg" / "partial_overlaps.dcm"
    ct = read_ct(shared_data / "dcmqi-ct-seg")
    shape = ct.image.GetSize()[::-1]
    names = ["GREEN", "ORANGE", "PURPLE", "LIGHT_BLUE", "DARK_BLUE"]
    assert [(entry.name, entry.label) for entry in list_segments(path)] == list(zip(names, range(1, 6), strict=True))
    raw = pydicom.dcmread(path)
    expected = {number: np.zeros(shape, dtype=np.uint8) for number in range(1, 6)}
    for frame, pixels in zip(raw.PerFrameFunctionalGroupsSequence, raw.pixel_array, strict=True):
        number = frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        position = frame.PlanePositionSequence[0].ImagePositionPatient
        k = ct.image.TransformPhysicalPointToIndex([float(value) for value in position])[2]
        expected[number][k] |= pixels
    for number, name in enumerate(names, start=1):
        for wanted in (name, str(number)):
            assert np.array_equal(read_contour(path, ct, wanted).full_grid(shape), expected[number])
    assert (sum(expected.values()) > 1).any()
    with pytest.raises(DataRefusedError, match="holds 5 segments; name one of them with --segment: GREEN, ORANGE"):
        read_contour(path, ct)
    with pytest.raises(DataRefusedError, match=r"Label 6 does not exist in partial_overlaps\.dcm; the file has GREEN"):
        read_contour(path, ct, "6")


@pytest.fixture
def write_seg(tmp_path, ct_folder):
    """Write a SEG of masks [k, j, i, segment] on the series of `ct_folder`, its slices in the order of `order`."""
    sources = sorted(
        (pydicom.dcmread(path) for path in ct_folder.iterdir()), key=lambda file: file.ImagePositionPatient[2]
    )

    def write(masks, kind="BINARY", order=slice(None), **more):
        descriptions = [
            highdicom.seg.SegmentDescription(number, f"LN {number}", codes.SCT.Tissue, codes.SCT.Tissue, "MANUAL")
            for number in range(1, masks.shape[3] + 1)
        ]
        uid = highdicom.UID
        seg = highdicom.seg.Segmentation(
            sources[order], masks[order], kind, descriptions, uid(), 1, uid(), 1, "m", "m", "1", "x", **more
        )
        path = tmp_path / "a.seg.dcm"
        seg.save_as(path)
        return path

    return write


@pytest.fixture
def masks():
    masks = np.zeros((8, 20, 24, 2), dtype=np.uint8)
    masks[2:5, 3:9, 4:12, 0] = 1
    masks[3:7, 6:14, 8:20, 1] = 1
    return masks


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_highdicoms_overlapping_segments(ct_folder, write_seg, masks, order):
    ct = read_ct(ct_folder)
    path = write_seg(masks, order=order)
    for number in (1, 2):
        contour = read_contour(path, ct, f"LN {number}")
        assert np.array_equal(contour.full_grid((8, 20, 24)), masks[..., number - 1])
        assert contour.findings == ()


def test_a_label_map_seg(ct_folder, write_seg, masks):
    masks[..., 1] &= ~masks[..., 0] & 1
    path = write_seg(masks, "LABELMAP")
    for number in (1, 2):
        contour = read_contour(path, read_ct(ct_folder), str(number))
        assert np.array_equal(contour.full_grid((8, 20, 24)), masks[..., number - 1])


@pytest.mark.parametrize("slices", [[4], [2, 4], [1, 3, 6], [0, 7]])
@pytest.mark.parametrize("stated", [True, False])
def test_skipped_slices_stay_empty(ct_folder, write_seg, masks, slices, stated):
    """Frames of empty slices are left out of the file; without the stated distance it must not be guessed from the
    rest."""
    masks[:] = 0
    masks[slices, 5:9, 5:9, 0] = 1
    path = write_seg(masks[..., :1])
    if not stated:
        seg = pydicom.dcmread(path)
        del seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices
        seg.save_as(path)
    contour = read_contour(path, read_ct(ct_folder))
    assert np.array_equal(contour.full_grid((8, 20, 24)), masks[..., 0])
    assert contour.findings == ()


def test_onto_a_ct_of_another_grid(ct_folder, write_seg, masks):
    """The same scan reconstructed finer in the plane."""
    ct = read_ct(ct_folder)
    path = write_seg(masks)
    reference = sitk.Image(48, 40, 8, sitk.sitkInt16)
    reference.SetSpacing((0.4, 0.35, 2.5))
    reference.SetOrigin((-10.2, -20.175, -30))
    contour = read_contour(path, type(ct)(image=reference, name="finer"), "1")
    assert contour.voxel_count == 4 * masks[..., 0].sum()
    assert [finding.code for finding in contour.findings] == ["resampled-contour"]


def test_fractions_are_refused(ct_folder, write_seg, masks):
    path = write_seg(masks[..., :1] * np.float32(0.6), "FRACTIONAL", fractional_type="PROBABILITY")
    with pytest.raises(DataRefusedError, match=r"a\.seg\.dcm is fractional .*\(153 of 255 among them\)") as caught:
        read_contour(path, read_ct(ct_folder))
    assert caught.value.code == "fractional-segmentation"
    assert caught.value.at_terminal.endswith("such as --threshold 0.5.")


def test_frames_that_make_no_volume(ct_folder, write_seg, masks):
    path = write_seg(masks[..., :1])
    seg = pydicom.dcmread(path)
    seg.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient[2] += 1.1
    seg.save_as(path)
    with pytest.raises(DataRefusedError, match=r"a\.seg\.dcm states 2\.5 mm .* so they make no evenly") as caught:
        read_contour(path, read_ct(ct_folder))
    assert caught.value.code == "frames-not-even"


def test_another_frame_of_reference_is_said(ct_folder, write_seg, masks):
    path = write_seg(masks)
    seg = pydicom.dcmread(path)
    seg.FrameOfReferenceUID = "1.2.3.4"
    seg.save_as(path)
    findings = read_contour(path, read_ct(ct_folder), "1").findings
    assert [(finding.code, finding.severity) for finding in findings] == [("other-frame-of-reference", "warning")]
    assert "1.2.3.4" not in findings[0].message
