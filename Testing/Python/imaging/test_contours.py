"""Label maps, and what every contour file must show: its sentence where it does not fit."""

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.formats import FORMATS
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.imaging.records import CTImage

SHAPE = (9, 11, 12)
NAMES = " nor ".join(sorted((known.name for known in FORMATS), key=lambda name: name == "DICOM"))


@pytest.fixture
def ct():
    image = sitk.Image(SHAPE[::-1], sitk.sitkInt16)
    image.SetSpacing((0.75, 0.5, 2.5))
    image.SetOrigin((-31, 17, -812))
    return CTImage(image=image, name="ct")


@pytest.fixture
def labels():
    array = np.zeros(SHAPE, dtype=np.uint8)
    array[2:6, 3:8, 2:7] = 1
    array[7, 9:, 9:] = 2
    return array


def write(path, array, ct):
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(ct.image)
    sitk.WriteImage(image, path, True)
    return path


def refused(path, ct, code, words, segment=None):
    with pytest.raises(DataRefusedError) as caught:
        read_contour(path, ct, segment)
    assert caught.value.code == code, str(caught.value)
    assert words in str(caught.value)
    assert str(path.parent) not in str(caught.value)


@pytest.mark.parametrize("name", ["mask.nrrd", "mask.nii", "mask.nii.gz"])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_label_by_number(tmp_path, ct, labels, name, kind):
    path = write(tmp_path / name, labels.astype(kind), ct)
    assert [(entry.name, entry.id, entry.label) for entry in list_segments(path)] == [
        ("label 1", "1", 1),
        ("label 2", "2", 2),
    ]
    for wanted, value in (("1", 1), ("2", 2), ("label 2", 2)):
        contour = read_contour(path, ct, wanted)
        assert np.array_equal(contour.full_grid(SHAPE), labels == value)
        assert contour.findings == ()
    refused(
        path, ct, "several-segments", f"{name} holds 2 segments; name one of them with --segment: label 1, label 2."
    )
    refused(path, ct, "no-such-segment", f"Label 7 does not exist in {name}; the file has label 1, label 2.", "7")
    refused(path, ct, "no-such-segment", f"Segment 'LN' does not exist in {name}", "LN")


def test_the_only_label_needs_no_number(tmp_path, ct, labels):
    path = write(tmp_path / "mask.nrrd", np.where(labels == 1, 255, 0).astype(np.uint8), ct)
    contour = read_contour(path, ct)
    assert (contour.name, contour.voxel_count, contour.corner) == ("label 255", 100, (2, 3, 2))


def test_a_mask_of_nibabel(tmp_path, ct, labels):
    """RAS, its axes the other way round than the CT's: the same voxels."""
    affine = np.diag([-0.75, -0.5, 2.5, 1])
    affine[:3, 3] = (31, -17, -812)
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image((labels == 1).astype(np.uint8).T, affine))
    assert nibabel.aff2axcodes(turned.affine) == ("R", "A", "S")
    nibabel.save(turned, tmp_path / "mask.nii.gz")
    contour = read_contour(tmp_path / "mask.nii.gz", ct)
    assert np.array_equal(contour.full_grid(SHAPE), labels == 1)
    assert contour.findings == ()


def test_an_empty_mask(tmp_path, ct):
    path = write(tmp_path / "mask.nrrd", np.zeros(SHAPE, np.uint8), ct)
    refused(
        path, ct, "empty-contour", "mask.nrrd is empty: it holds no segment; draw the contour, or name another file."
    )
    assert list_segments(path) == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, "it holds fractions (0.5 among them)"),
        (np.nan, "voxels that are no finite number"),
        (np.inf, "no finite number"),
    ],
)
def test_fractions_are_no_labels(tmp_path, ct, value, words):
    array = np.zeros(SHAPE, np.float32)
    array[3, 3, 3:5] = (1, value)
    refused(write(tmp_path / "mask.nii.gz", array, ct), ct, "not-a-label-map", words)


def test_a_mask_that_does_not_state_its_place_is_not_said_to_be_of_another_scan(tmp_path, ct):
    """As nibabel leaves it where sform and qform are switched off."""
    array = np.zeros(SHAPE, np.uint8)
    array[3, 3, 3:5] = 1
    path = write(tmp_path / "mask.nii", array, ct)
    content = bytearray(path.read_bytes())
    content[252:256] = bytes(4)  # qform_code and sform_code
    path.write_bytes(content)
    refused(
        path, ct, "outside-ct", "but mask.nii states neither origin nor orientation (0, 0, 0 and upright are taken)"
    )


def test_the_ct_given_as_mask(tmp_path, ct):
    array = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    words = "ct.nrrd is no label map: it holds 1187 different values; name the mask, not the image."
    refused(write(tmp_path / "ct.nrrd", array, ct), ct, "not-a-label-map", words)


def test_a_file_that_is_not_there_or_a_folder(tmp_path, ct):
    refused(tmp_path / "gone.nrrd", ct, "missing-file", "The contour file gone.nrrd is not there; check the path")
    refused(tmp_path, ct, "missing-file", "is a folder; name the file in it.")


@pytest.mark.parametrize("name", ["mask.nrrd", "mask.seg.nrrd", "mask.nii.gz", "rt.dcm"])
def test_a_text_file(tmp_path, ct, name):
    (tmp_path / name).write_text("This is no mask.\n" * 20)
    refused(
        tmp_path / name,
        ct,
        "unknown-format",
        f"{name} is neither {NAMES}, whatever its name says",
    )


def test_a_truncated_mask(tmp_path, ct):
    path = write(tmp_path / "mask.nrrd", np.random.default_rng(0).integers(0, 2, SHAPE).astype(np.uint8), ct)
    path.write_bytes(path.read_bytes()[:-60])
    refused(path, ct, "truncated-image", "mask.nrrd is damaged: it ends before the voxels that its header claims")


def test_a_slice_or_an_mr_as_mask(tmp_path, ct, write_slice):
    write_slice(tmp_path / "slice.dcm")
    refused(
        tmp_path / "slice.dcm",
        ct,
        "unknown-format",
        "slice.dcm is a DICOM file of modality CT, which holds no contours",
    )


@pytest.mark.parametrize("content", [b"\0" * 128 + b"DICM" + b"\xff" * 300, b"\0" * 128 + b"DICM"])
def test_a_dicom_file_without_content(tmp_path, ct, content):
    path = tmp_path / "rt.dcm"
    path.write_bytes(content)
    with pytest.raises(DataRefusedError, match=r"damaged|holds no contours"):
        read_contour(path, ct)


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["dcmqi-ct-seg/liver.dcm", "sts-ct-rtstruct/STS_019_CT/mask/RS.dcm"])
def test_cut_off_dicom_contours(tmp_path, shared_data, name, kept):
    content = (shared_data / name).read_bytes()
    folder = "dcmqi-ct-seg" if "dcmqi" in name else "sts-ct-rtstruct/STS_019_CT/image"
    ct = read_ct(shared_data / folder)
    path = tmp_path / "cut.dcm"
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(DataRefusedError, match=r"cut\.dcm .* export it again"):
        read_contour(path, ct)


def test_masks_of_other_patients(shared_data):
    cts = {
        "lidc": read_ct(shared_data / "lidc-4readers" / "LIDC-IDRI-0001"),
        "4dlung": read_ct(shared_data / "4dlung-ln-rtstruct" / "dicom_ct"),
        "dcmqi": read_ct(shared_data / "dcmqi-ct-seg"),
    }
    masks = {
        "lidc": (shared_data / "lidc-4readers" / "LIDC-IDRI-0001" / "mask_reader1.nrrd", None),
        "4dlung": (shared_data / "4dlung-ln-rtstruct" / "RTSTRUCT_1-1.dcm", "LN_c40"),
        "dcmqi": (shared_data / "dcmqi-ct-seg" / "liver.dcm", None),
    }
    for owner, (path, segment) in masks.items():
        for patient, ct in cts.items():
            if owner == patient:
                # 4D-Lung's outlines run through voxels' centres, which its own CT shows.
                own = ["outlines-through-centres"] if owner == "4dlung" else []
                assert [finding.code for finding in read_contour(path, ct, segment).findings] == own
            else:
                refused(path, ct, "outside-ct", "outside the CT", segment)


def test_four_readers_and_their_cropped_masks(shared_data):
    folder = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    ct = read_ct(folder)
    voxel_mm3 = np.prod(ct.image.GetSpacing())
    for reader, volume in enumerate((7298, 5702, 6124, 6795), start=1):
        whole = read_contour(folder / f"mask_reader{reader}.nrrd", ct)
        cropped = read_contour(folder / f"crop_mask_reader{reader}.nrrd", ct)
        assert whole.voxel_count * voxel_mm3 == pytest.approx(volume, abs=1)
        assert np.array_equal(whole.voxels, cropped.voxels)
        assert whole.corner == cropped.corner
        assert whole.findings == cropped.findings == ()


def test_no_name_of_a_patient_in_a_sentence(tmp_path, ct, write_rtstruct):
    path = write_rtstruct(tmp_path / "rt.dcm", {"LN": []})
    assert pydicom.dcmread(path).PatientName == "Secret^Patient"
    for segment in (None, "GTV"):
        with pytest.raises(DataRefusedError) as caught:
            read_contour(path, ct, segment)
        assert "Secret" not in str(caught.value)
