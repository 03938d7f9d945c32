"""CT slices from volumes that a scanner would not make: oblique, mirrored, floating point."""

from datetime import UTC, datetime

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.demo.phantom import make_phantom
from RLNResponseLib.dicom_export.ct import ct_slices
from RLNResponseLib.dicom_export.drawn import DrawnContour
from RLNResponseLib.dicom_export.export import export_dicom
from RLNResponseLib.dicom_export.identity import ExamIdentity, TextLimits
from RLNResponseLib.dicom_export.seg import segmentation
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.records import Acquisition, Contour, CTImage
from RLNResponseLib.study.blinding import unblind

EXAM = ExamIdentity(
    patient="P1", image="CT1", study_uid="2.25.1", frame_of_reference_uid="2.25.2", ct_series_uid="2.25.3"
)


@pytest.fixture
def volume():
    rng = np.random.default_rng(3)
    image = sitk.GetImageFromArray(rng.integers(-1024, 3071, (7, 20, 24)).astype(np.int16))
    image.SetSpacing((0.683594, 0.7, 2.5))
    image.SetOrigin((-123.456789012345, 77.7, -1000 / 3))
    return image


def written(ct, folder):
    slices = list(ct_slices(ct, EXAM, TextLimits()))
    folder.mkdir()
    for dataset in slices:
        dataset.save_as(folder / f"{dataset.InstanceNumber}.dcm", enforce_file_format=True)
        del dataset.PixelData
    return slices


@pytest.mark.parametrize("mirrored", [False, True])
def test_an_oblique_volume_and_its_contour_come_back(volume, reading, tmp_path, validate, mirrored):
    turn = Rotation.from_euler("xyz", [12, -31, 140], degrees=True).as_matrix()
    turn[:, 2] *= -1 if mirrored else 1
    volume.SetDirection(turn.ravel().tolist())
    ct = CTImage(image=volume, name="CT1")
    mask = np.zeros((7, 20, 24), dtype=np.uint8)
    mask[1:5, 3:9, 4:12] = np.random.default_rng(1).integers(0, 2, (4, 6, 8))
    contour = Contour.from_full_grid(mask, "LN1")
    slices = written(ct, tmp_path / "ct")
    seg = segmentation(slices, contour, DrawnContour.of_reading(reading), EXAM, 1, TextLimits())
    seg.save_as(tmp_path / "seg.dcm")
    validate([*sorted((tmp_path / "ct").iterdir()), tmp_path / "seg.dcm"])

    # Onto the CT that was exported, and onto the exported CT, whose slices a reader puts in its own order.
    assert np.array_equal(read_contour(tmp_path / "seg.dcm", ct).full_grid(mask.shape), mask)
    back = read_ct(tmp_path / "ct")
    order = slice(None, None, -1 if mirrored else 1)
    assert np.array_equal(sitk.GetArrayViewFromImage(back.image), sitk.GetArrayViewFromImage(volume)[order])
    assert np.array_equal(read_contour(tmp_path / "seg.dcm", back).full_grid(mask.shape), mask[order])
    for index in ((0, 0, 0), (23, 19, 6)):
        there = back.image.TransformIndexToPhysicalPoint((*index[:2], 6 - index[2] if mirrored else index[2]))
        # Cosines of 16 characters, over 24 voxels: far below a micrometre.
        assert there == pytest.approx(volume.TransformIndexToPhysicalPoint(index), abs=1e-9)


def test_acquisition_facts_come_back(volume, tmp_path):
    facts = Acquisition(
        modality="CT",
        kilovoltage_kv=120.0,
        tube_current_ma=381.0,
        exposure_mas=12.5,
        kernel="STANDARD",
        slice_thickness_mm=2.5,
        contrast_agent="Omnipaque",
        contrast_route="IV",
        manufacturer="GE MEDICAL SYSTEMS",
        model_name="LightSpeed VCT",
    )
    written(CTImage(image=volume, acquisition=facts, name="CT1"), tmp_path / "ct")
    assert read_ct(tmp_path / "ct").acquisition == facts


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32, np.float64])
def test_whole_hu_of_any_number_type_are_written(volume, tmp_path, kind):
    values = sitk.GetArrayFromImage(volume).clip(0, 255).astype(kind)
    image = sitk.GetImageFromArray(values)
    written(CTImage(image=image, name="CT1"), tmp_path / "ct")
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / "ct").image), values)


@pytest.mark.parametrize("value", [0.5, 40000.0, -40000.0, float("nan"), float("inf")])
def test_what_a_dicom_ct_cannot_hold_is_refused(volume, value):
    values = sitk.GetArrayFromImage(volume).astype(np.float32)
    values[3, 4, 5] = value
    with pytest.raises(
        DataRefusedError, match="The image 'CT1' holds fractions of HU or values beyond 16 bits"
    ) as caught:
        list(ct_slices(CTImage(image=sitk.GetImageFromArray(values), name="CT1"), EXAM, TextLimits()))
    assert caught.value.code == "not-whole-hu"


def test_a_phantom_study_is_valid(make_study, validate, tmp_path):
    phantom = make_phantom(1, size=(128, 128, 40))
    sitk.WriteImage(phantom.ct.image, tmp_path / "CT1.nrrd")
    mask = sitk.GetImageFromArray(phantom.truth[0].full_grid(phantom.ct.image.GetSize()[::-1]))
    mask.CopyInformation(phantom.ct.image)
    sitk.WriteImage(mask, tmp_path / "m.nrrd")
    study = make_study(
        tmp_path / "study", {"CT1": tmp_path / "CT1.nrrd"}, {("L" * 64, "CT1", "A"): (tmp_path / "m.nrrd", None)}
    )
    unblind(study, Now(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)))
    made = export_dicom(study, tmp_path / "out")
    validate(sorted(made.folder.rglob("*.dcm")))
    assert made.notices == tuple(
        f"The series description of {what} '{'L' * 64} A-1' has {length} characters, too many for its DICOM element, "
        f"and is cut to 64 bytes there."
        for what, length in (("contour", 95), ("outlines", 96), ("report", 98))
    )
    (seg,) = made.folder.rglob("seg/*.dcm")
    back = read_contour(seg, read_ct(seg.parents[1] / "ct"), "L" * 64)
    assert np.array_equal(back.voxels, phantom.truth[0].voxels)


def test_of_the_pictures_nothing_is_said_that_the_source_did_not_say(volume, reading, tmp_path):
    slices = written(CTImage(image=volume, name="CT1"), tmp_path / "ct")
    contour = Contour.from_full_grid(np.ones((7, 20, 24), dtype=np.uint8), "LN1")
    for dataset in (slices[0], segmentation(slices, contour, DrawnContour.of_reading(reading), EXAM, 1, TextLimits())):
        assert "BurnedInAnnotation" not in dataset
        assert "RecognizableVisualFeatures" not in dataset
    said = Finding(
        code="identifying-pixels",
        severity="warning",
        message="A face.",
        numbers={"RecognizableVisualFeatures": "YES"},
    )
    (first, *_) = written(CTImage(image=volume, name="CT1", findings=(said,)), tmp_path / "said")
    assert first.RecognizableVisualFeatures == "YES"
    assert "BurnedInAnnotation" not in first


def test_texts_that_an_earlier_version_kept_are_written_anew(volume, tmp_path):
    kept = Acquisition(
        kernel="STANDARD 王小明",
        manufacturer="SIEMENS Иванов 1957",
        model_name="Sensation 64 +48 601 22 33 44",
        contrast_agent="محمد",
        tube_current_ma=19_570_417.0,
    )
    (first, *_) = written(CTImage(image=volume, acquisition=kept, name="CT1"), tmp_path / "ct")
    assert (first.ConvolutionKernel, first.Manufacturer, first.ManufacturerModelName) == (
        "STANDARD",
        "SIEMENS",
        "Sensation",
    )
    assert first.ContrastBolusAgent == "other"
    assert "XRayTubeCurrent" not in first
