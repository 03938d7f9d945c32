"""Contours from an RTSTRUCT: by geometry, holes and islands right, nothing lost outside the CT."""

import warnings

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.records import CTImage

SIZE = (40, 30, 10)
SPACING = (0.8, 0.7, 2.5)
ORIGIN = (-10.0, -20.0, -30.0)


@pytest.fixture
def ct():
    image = sitk.Image(SIZE, sitk.sitkInt16)
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    return CTImage(image=image, name="ct")


def square(low, high, k):
    """An outline through voxel indices, in mm."""
    corners = np.array([(low, low, k), (high, low, k), (high, high, k), (low, high, k)], dtype=float)
    return corners * SPACING + ORIGIN


def array_of(contour):
    return contour.full_grid(SIZE[::-1])


# --- real structure sets -------------------------------------------------------------------------------------------


def test_three_lymph_nodes_in_one_roi(shared_data):
    folder = shared_data / "4dlung-ln-rtstruct"
    ct = read_ct(folder / "dicom_ct")
    contour = read_contour(folder / "RTSTRUCT_1-1.dcm", ct, "LN_c40")
    drawn = read_contour(folder / "mask_LN_fullgrid.nrrd", ct)
    assert np.array_equal(contour.voxels, drawn.voxels)
    assert contour.corner == drawn.corner
    # Every corner of 4D-Lung's outlines lies on a voxel's centre.
    assert [finding.code for finding in contour.findings] == ["outlines-through-centres"]
    voxel_mm3 = np.prod(ct.image.GetSpacing())
    assert contour.voxel_count * voxel_mm3 == pytest.approx(6406, abs=0.5)
    parts = connected_components(contour)
    assert [part.name for part in parts] == [f"LN_c40 ({rank} of 3)" for rank in (1, 2, 3)]
    assert [part.voxel_count * voxel_mm3 for part in parts] == pytest.approx([2589, 2231, 1585], abs=1)


def test_a_tumour_that_the_ct_holds_only_in_part(shared_data):
    folder = shared_data / "4dlung-ln-rtstruct"
    part, whole = read_ct(folder / "dicom_ct"), read_ct(folder / "crop_image.nrrd")
    with pytest.raises(DataRefusedError, match="'Tumor_c40' lies outside the CT dicom_ct with 19 of its 28 outlines"):
        read_contour(folder / "RTSTRUCT_1-1.dcm", part, "Tumor_c40")
    contour = read_contour(folder / "RTSTRUCT_1-1.dcm", whole, "Tumor_c40")
    drawn = read_contour(folder / "crop_mask_Tumor.nrrd", whole)
    assert np.array_equal(contour.voxels, drawn.voxels)
    assert contour.corner == drawn.corner


@pytest.mark.parametrize(
    ("ct_folder", "structures", "mask"),
    [
        # Its contours refer to images that are not there.
        (
            "sts-ct-rtstruct/STS_019_CT",
            "sts-ct-rtstruct/STS_019_CT/mask/RS.dcm",
            "sts-ct-rtstruct/STS_019_CT_mask.nii.gz",
        ),
        # Its contours refer to no image.
        ("ibsi1-pat1/dicom", "ibsi1-pat1/dicom/mask/DCM_RS_00060.dcm", "ibsi1-pat1/nifti/mask/mask.nii.gz"),
    ],
)
def test_equals_the_mask_that_others_made(shared_data, ct_folder, structures, mask):
    ct = read_ct(shared_data / ct_folder)
    contour = read_contour(shared_data / structures, ct)
    drawn = read_contour(shared_data / mask, ct)
    assert np.array_equal(contour.voxels, drawn.voxels)
    assert contour.corner == drawn.corner
    assert contour.findings == drawn.findings == ()


def test_a_roi_that_does_not_exist(shared_data):
    folder = shared_data / "4dlung-ln-rtstruct"
    ct = read_ct(folder / "dicom_ct")
    with pytest.raises(DataRefusedError) as caught:
        read_contour(folder / "RTSTRUCT_1-1.dcm", ct, "GTV")
    assert str(caught.value) == (
        "Segment 'GTV' does not exist in RTSTRUCT_1-1.dcm; the file has Tumor_c40, LN_c40, Carina_c40, Vertebra_c40."
    )


# --- written for the purpose ---------------------------------------------------------------------------------------


def test_holes_islands_and_several_outlines_a_slice(tmp_path, ct, write_rtstruct):
    outlines = [
        square(2.5, 20.5, 4),
        square(5.5, 17.5, 4),
        square(8.5, 10.5, 4),
        square(23.5, 25.5, 4),
        square(2.5, 20.5, 5),
    ]
    contour = read_contour(write_rtstruct(tmp_path / "rt.dcm", {"LN": outlines}), ct)
    array = array_of(contour)
    assert array[4].sum() == 18**2 - 12**2 + 2**2 + 2**2
    assert array[5].sum() == 18**2
    assert array.sum() == array[4:6].sum()
    assert contour.name == "LN"


def test_an_outline_exported_twice_counts_once(tmp_path, ct, write_rtstruct):
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2.5, 6.5, 4), square(2.5, 6.5, 4)]})
    assert read_contour(structures, ct).voxel_count == 16


def test_markers_beside_the_outlines_are_left_out(tmp_path, ct, write_rtstruct):
    point = ("POINT", square(1, 2, 9)[:1])
    sliver = square(2, 2, 7)[:2]
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [point, sliver, ("CLOSEDPLANAR_XOR", square(2.5, 6.5, 4))]})
    assert array_of(read_contour(structures, ct))[4].sum() == 16


def test_on_a_turned_ct(tmp_path, ct, write_rtstruct):
    """Rows run to the head, slices to the patient's left: the outline is given where the turned voxels lie."""
    turned = sitk.PermuteAxes(ct.image, (1, 2, 0))
    outline = np.array(
        [
            turned.TransformContinuousIndexToPhysicalPoint(point)
            for point in ((2.5, 1.5, 6), (8.5, 1.5, 6), (8.5, 4.5, 6), (2.5, 4.5, 6))
        ]
    )
    contour = read_contour(write_rtstruct(tmp_path / "rt.dcm", {"LN": [outline]}), CTImage(image=turned))
    assert contour.corner == (6, 2, 3)
    assert contour.voxels.shape == (1, 3, 6)
    assert contour.voxels.all()


def test_the_face_of_the_ct_is_on_it(tmp_path, ct, write_rtstruct):
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(-0.5, 29.5, 0), square(-0.5, 29.5, 9)]})
    assert array_of(read_contour(structures, ct))[[0, 9]].sum() == 2 * 30 * 30


@pytest.mark.parametrize(
    ("low", "high", "k"), [(2, 6, 10), (2, 6, -1), (-0.6, 6, 4), (2, 29.6, 4), (200, 206, 4), (2, 6, 1e6)]
)
def test_outside_the_ct(tmp_path, ct, write_rtstruct, low, high, k):
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2, 6, 4), square(low, high, k)]})
    with pytest.raises(DataRefusedError, match="'LN' lies outside the CT ct with 1 of its 2 outlines") as caught:
        read_contour(structures, ct)
    assert caught.value.code == "outside-ct"


@pytest.mark.parametrize(("offset", "first"), [(0.4, 3), (0.25, 3), (-0.25, 3), (0.5, 3), (-0.5, 2)])
def test_drawn_between_the_slices(tmp_path, ct, write_rtstruct, offset, first):
    """Another series of the same scan with the same step: each slice takes the nearest outline."""
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2.5, 3.5 + k, k + offset) for k in range(3, 7)]})
    contour = read_contour(structures, ct)
    assert contour.corner[0] == first
    assert contour.voxels.sum(axis=(1, 2)).tolist() == [16, 25, 36, 49]
    (finding,) = contour.findings
    assert (finding.code, finding.severity) == ("resampled-contour", "warning")
    assert "drawn on slices 2.5 mm apart that are not the CT's" in finding.message


@pytest.mark.parametrize(("step", "expected"), [(3, 9), (0.5, 2)])
def test_drawn_on_thicker_or_thinner_slices(tmp_path, ct, write_rtstruct, step, expected):
    """Three outlines of 4 by 4 voxels; the volume they stand for is that of three slices of their own step."""
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2.5, 6.5, 2 + k * step) for k in range(3)]})
    contour = read_contour(structures, ct)
    assert contour.voxel_count == 16 * expected
    assert [finding.code for finding in contour.findings] == ["resampled-contour"]
    assert contour.findings[0].numbers["drawn_step_mm"] == pytest.approx(step * 2.5)


def test_two_lymph_nodes_of_one_slice_each_are_not_joined(tmp_path, ct, write_rtstruct):
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2.5, 6.5, 2), square(2.5, 6.5, 7)]})
    contour = read_contour(structures, ct)
    assert np.flatnonzero(array_of(contour).any(axis=(1, 2))).tolist() == [2, 7]
    assert contour.findings == ()


def tilted(k):
    outline = square(2, 9, k)
    outline[0, 2] += 1
    return outline


@pytest.mark.parametrize(
    ("outlines", "code", "words"),
    [
        ([], "empty-contour", "The ROI 'LN' of rt.dcm is empty: it holds no closed contour"),
        ([("POINT", square(2, 3, 4)[:1])], "empty-contour", "holds no closed contour"),
        ([square(2.2, 2.8, 4)], "empty-contour", "its outlines enclose no voxel of the CT"),
        ([("OPEN_PLANAR", square(2, 9, 4))], "open-contour", "holds an open line"),
        ([tilted(4)], "contour-not-in-slices", "was not drawn on the slices of this CT"),
    ],
)
def test_unfit_outlines(tmp_path, ct, write_rtstruct, outlines, code, words):
    structures = write_rtstruct(tmp_path / "rt.dcm", {"LN": outlines})
    with pytest.raises(DataRefusedError, match=words) as caught:
        read_contour(structures, ct)
    assert caught.value.code == code


@pytest.mark.parametrize("values", [["1", "2"], ["1", "2", "nan"] * 3, ["1", "2", "1e400"] * 3])
def test_damaged_outlines(tmp_path, ct, write_rtstruct, values):
    path = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2, 9, 4)]})
    structures = pydicom.dcmread(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structures.ROIContourSequence[0].ContourSequence[0].ContourData = values
        structures.save_as(path)
    with pytest.raises(DataRefusedError, match=r"The RTSTRUCT rt\.dcm is damaged .* export it again"):
        read_contour(path, ct)


@pytest.mark.parametrize("missing", ["StructureSetROISequence", "ROIContourSequence"])
def test_missing_sequences(tmp_path, ct, write_rtstruct, missing):
    path = write_rtstruct(tmp_path / "rt.dcm", {"LN": [square(2, 9, 4)]})
    structures = pydicom.dcmread(path)
    delattr(structures, missing)
    structures.save_as(path)
    with pytest.raises(DataRefusedError, match=r"rt\.dcm is (damaged|empty)"):
        read_contour(path, ct)


def test_another_frame_of_reference_is_said(tmp_path, ct_folder, write_rtstruct):
    ct = read_ct(ct_folder)
    outline = np.array([(-8, -18, -20), (0, -18, -20), (0, -10, -20)], dtype=float)
    for number, (uid, codes) in enumerate(
        (("1.2.3", ["other-frame-of-reference"]), (ct.frame_of_reference, []), (None, []))
    ):
        structures = write_rtstruct(tmp_path / f"{number}.dcm", {"LN": [outline]}, frame_of_reference=uid)
        findings = read_contour(structures, ct).findings
        assert [finding.code for finding in findings] == codes
        assert not any("1.2" in finding.message for finding in findings)


def test_names_numbers_and_choice(tmp_path, ct, write_rtstruct):
    rois = {
        "LN": [square(2.5, 4.5, 1)],
        "ln": [square(2.5, 5.5, 1)],
        "Tumor": [square(2.5, 6.5, 1)],
        "": [square(2.5, 7.5, 1)],
    }
    structures = write_rtstruct(tmp_path / "rt.dcm", rois)
    assert [(entry.name, entry.id, entry.label) for entry in list_segments(structures)] == [
        ("LN", "1", 1),
        ("ln", "2", 2),
        ("Tumor", "3", 3),
        ("ROI 4", "4", 4),
    ]
    for segment, count in (("LN", 4), ("ln", 9), ("TUMOR", 16), ("4", 25)):
        assert read_contour(structures, ct, segment).voxel_count == count
    with pytest.raises(
        DataRefusedError, match=r"holds 2 segments named 'Ln'; name one by its number .* 1 \(LN\), 2 \(ln\)"
    ):
        read_contour(structures, ct, "Ln")
    with pytest.raises(
        DataRefusedError, match="holds 4 segments; name one of them with --segment: LN, ln, Tumor, ROI 4"
    ):
        read_contour(structures, ct)
