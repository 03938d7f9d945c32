"""Contours as RTSTRUCT on every real CT at hand: the same voxels by this project's reader and by matplotlib alone."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.path import Path as Outline
from pydicom.dataset import Dataset

from RLNResponseLib.common.clock import Now
from RLNResponseLib.dicom_export.export import export_dicom
from RLNResponseLib.dicom_export.identity import ExamIdentity, TextLimits
from RLNResponseLib.dicom_export.rtstruct import structure_set
from RLNResponseLib.imaging.load import list_places, read_contour, read_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.contouring import import_reading, lock
from RLNResponseLib.study.records import ReadingKey

NOW = Now(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
EXAM = ExamIdentity(
    patient="P1", image="CT1", study_uid="2.25.1", frame_of_reference_uid="2.25.2", ct_series_uid="2.25.3"
)
# CT, contour file, segment.
REAL = {
    "LIDC": ("lidc-4readers/LIDC-IDRI-0001/dicom", "lidc-4readers/LIDC-IDRI-0001/mask_reader4.nrrd", None),
    "4D-Lung": ("4dlung-ln-rtstruct/dicom_ct", "4dlung-ln-rtstruct/RTSTRUCT_1-1.dcm", "LN_c40"),
    "STS": ("sts-ct-rtstruct/STS_019_CT/image", "sts-ct-rtstruct/STS_019_CT/mask/RS.dcm", None),
    "dcmqi": ("dcmqi-ct-seg/ct-3slice", "dcmqi-ct-seg/liver.dcm", None),
    "IBSI": ("ibsi1-pat1/dicom/image", "ibsi1-pat1/dicom/mask", None),
}


def written(ct: CTImage, contour: Contour, reading, path):
    slices = [Dataset() for _ in range(ct.image.GetSize()[2])]
    for k, each in enumerate(slices):
        each.SOPClassUID, each.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"2.25.4.{k}"
    structure_set(slices, ct, contour, reading, EXAM, 1, TextLimits()).save_as(path, enforce_file_format=True)
    return path


def by_matplotlib(path, ct):
    """The voxels whose centres lie in any outline, each outline on its own."""
    size = ct.image.GetSize()
    mask = np.zeros(size[::-1], dtype=bool)
    for item in pydicom.dcmread(path).ROIContourSequence[0].ContourSequence:
        points = np.array(item.ContourData, dtype=float).reshape(-1, 3)
        index = np.array([ct.image.TransformPhysicalPointToContinuousIndex(point) for point in points.tolist()])
        low, high = (np.rint(bound(index[:, :2], axis=0)).astype(int) for bound in (np.min, np.max))
        i, j = np.meshgrid(*(np.arange(low[axis], min(high[axis] + 1, size[axis])) for axis in (0, 1)))
        inside = Outline(np.vstack([index, index[:1]])[:, :2], closed=True).contains_points(
            np.column_stack([i.ravel(), j.ravel()])
        )
        mask[round(index[:, 2].mean()), j.ravel()[inside], i.ravel()[inside]] = True
    return mask


@pytest.mark.parametrize("name", REAL)
def test_every_real_contour_comes_back_voxel_by_voxel(shared_data, reading, tmp_path, name):
    image, mask, segment = REAL[name]
    # As the study keeps it, without the hospital's UIDs.
    ct = replace(read_ct(shared_data / image), frame_of_reference=None, series=None)
    file = shared_data / mask
    contour = read_contour(next(file.iterdir()) if file.is_dir() else file, ct, segment)
    path = written(ct, contour, reading, tmp_path / "rt.dcm")
    back = read_contour(path, ct)
    assert (back.corner, back.findings) == (contour.corner, ())
    assert np.array_equal(back.voxels, contour.voxels)
    assert np.array_equal(by_matplotlib(path, ct), contour.full_grid(ct.image.GetSize()[::-1]))


@pytest.mark.parametrize("name", ["lung1", "lung2"])
def test_pyradiomics_lesions_come_back(pyradiomics_data, reading, tmp_path, name):
    ct = read_ct(pyradiomics_data / f"{name}_image.nrrd")
    contour = read_contour(pyradiomics_data / f"{name}_label.nrrd", ct)
    back = read_contour(written(ct, contour, reading, tmp_path / "rt.dcm"), ct)
    assert (back.corner, back.findings) == (contour.corner, ())
    assert np.array_equal(back.voxels, contour.voxels)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(bool, (3, 6, 7), elements=st.booleans()).filter(lambda mask: mask.any(axis=(1, 2)).all()))
def test_any_mask_on_an_oblique_ct_comes_back(oblique, reading, tmp_path, mask):
    contour = Contour.from_full_grid(mask, "LN1")
    back = read_contour(written(oblique, contour, reading, tmp_path / "rt.dcm"), oblique)
    assert (back.corner, back.findings) == (contour.corner, ())
    assert np.array_equal(back.voxels, contour.voxels)


def test_exported_beside_seg_and_report_it_refers_to_its_own_slices(real, validate):
    folder = real.folder / "PT-2" / "CT2"
    path = folder / "rtstruct" / "LN2-B-1.dcm"
    structures = pydicom.dcmread(path)
    slices = {each.SOPInstanceUID: each for each in map(pydicom.dcmread, sorted((folder / "ct").iterdir()))}
    first = next(iter(slices.values()))
    (frame,) = structures.ReferencedFrameOfReferenceSequence
    (study,) = frame.RTReferencedStudySequence
    (series,) = study.RTReferencedSeriesSequence
    assert frame.FrameOfReferenceUID == structures.FrameOfReferenceUID == first.FrameOfReferenceUID
    assert study.ReferencedSOPInstanceUID == structures.StudyInstanceUID == first.StudyInstanceUID
    assert series.SeriesInstanceUID == first.SeriesInstanceUID
    assert [item.ReferencedSOPInstanceUID for item in series.ContourImageSequence] == list(slices)
    for item in structures.ROIContourSequence[0].ContourSequence:
        (image,) = item.ContourImageSequence
        position = [float(mm) for mm in slices[image.ReferencedSOPInstanceUID].ImagePositionPatient]
        assert {float(z) for z in item.ContourData[2::3]} == {position[2]}
    (observation,) = structures.RTROIObservationsSequence
    assert observation.RTROIIdentificationCodeSequence[0].CodeValue == "59441001"
    assert "Research use only" in observation.ROIObservationDescription
    assert structures.ApprovalStatus == "UNAPPROVED"
    assert [(place.name, place.meaning) for place in list_places(path)] == [("LN2", "GTV")]
    back = read_contour(path, read_ct(folder / "ct"))
    assert np.array_equal(back.voxels, read_contour(folder / "seg" / "LN2-B-1.dcm", read_ct(folder / "ct")).voxels)
    assert validate([path]) == {
        "Warning - Missing attribute or value that would be needed to build DICOMDIR - Study Date",
        "Warning - Missing attribute or value that would be needed to build DICOMDIR - Study Time",
    }


def test_an_assisted_reading_says_so(make_study, shared_data, tmp_path, validate):
    lung = shared_data / "4dlung-ln-rtstruct"
    study = make_study(
        tmp_path / "study", {"CT1": lung / "dicom_ct"}, {("LN1", "CT1", "A"): (lung / "RTSTRUCT_1-1.dcm", "LN_c40")}
    )
    protocol = study.folder / "study.toml"
    protocol.write_text(protocol.read_text().replace("washout_days", 'assistance = "first"\nwashout_days'))
    key = ReadingKey(lymph_node="LN1", reader="A")
    mask = lung / "RTSTRUCT_1-1.dcm"
    import_reading(study, key, mask, NOW, segment="LN_c40", proposal="nnInteractive 1.0", reason="begun again")
    lock(study, key.next_revision, NOW)
    unblind(study, NOW)
    folder = export_dicom(study, tmp_path / "out").folder / "PT-1" / "CT1"
    seg, rtstruct = (folder / kind / "LN1-A-1-c2.dcm" for kind in ("seg", "rtstruct"))
    segment = pydicom.dcmread(seg).SegmentSequence[0]
    assert (segment.SegmentAlgorithmType, segment.SegmentAlgorithmName) == ("SEMIAUTOMATIC", "nnInteractive 1.0")
    roi = pydicom.dcmread(rtstruct).StructureSetROISequence[0]
    assert (roi.ROIGenerationAlgorithm, roi.ROIGenerationDescription) == ("SEMIAUTOMATIC", "nnInteractive 1.0")
    validate([seg, rtstruct])
