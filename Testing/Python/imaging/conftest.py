"""DICOM written by pydicom and highdicom, for what the real data do not show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

FRAME_OF_REFERENCE = "1.2.826.0.1.3680043.8.498.1"


def new_file(path: Path, sop_class: str, modality: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID = sop_class
    file.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    file.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.2"
    file.PatientID = "P"
    file.PatientName = "Secret^Patient"
    file.PatientBirthDate = ""
    file.PatientSex = ""
    file.AccessionNumber = ""
    file.StudyID = ""
    file.StudyDate = ""
    file.StudyTime = ""
    file.ReferringPhysicianName = ""
    file.Modality = modality
    return file


@pytest.fixture
def write_slice():
    """Write one CT slice of 20 rows and 24 columns, 0.8 mm apart along x and 0.7 mm along y; keywords set its tags,
    None drops one."""

    def write(path: Path, k: int = 0, *, pixels: np.ndarray | None = None, **tags) -> FileDataset:
        file = new_file(path, CTImageStorage, "CT")
        if pixels is None:
            pixels = np.random.default_rng(k).integers(0, 2000, (20, 24)).astype(np.int16)
        file.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.3"
        file.SeriesNumber = "4"
        file.InstanceNumber = str(k + 1)
        file.FrameOfReferenceUID = FRAME_OF_REFERENCE
        file.Rows, file.Columns = pixels.shape
        file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
        file.BitsAllocated = file.BitsStored = 16
        file.HighBit, file.PixelRepresentation = 15, int(pixels.dtype.kind == "i")
        file.PixelSpacing = ["0.7", "0.8"]
        file.SliceThickness = "2.5"
        file.ImagePositionPatient = ["-10", "-20", str(2.5 * k - 30)]
        file.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
        file.RescaleSlope, file.RescaleIntercept = "1", "-1024"
        file.PixelData = pixels.tobytes()
        for keyword, value in tags.items():
            if value is None:
                delattr(file, keyword)
            else:
                setattr(file, keyword, value)
        file.save_as(path)
        return file

    return write


@pytest.fixture
def ct_folder(tmp_path, write_slice) -> Path:
    """A folder with a regular CT series of eight slices, named so that the order of names is not that of positions."""
    folder = tmp_path / "ct"
    folder.mkdir()
    for k in range(8):
        write_slice(folder / f"{(k * 3) % 8}.dcm", k)
    return folder


@pytest.fixture
def write_rtstruct():
    """Write an RTSTRUCT of ROIs {name: [outline, …]}, an outline being (n, 3) points in mm or (geometric type,
    points)."""

    def write(path: Path, rois: dict[str, list], frame_of_reference: str | None = FRAME_OF_REFERENCE) -> Path:
        file = new_file(path, RTStructureSetStorage, "RTSTRUCT")
        file.SeriesInstanceUID = generate_uid()
        file.StructureSetROISequence, file.ROIContourSequence = [], []
        for number, (name, outlines) in enumerate(rois.items(), start=1):
            roi, contours = Dataset(), Dataset()
            roi.ROINumber, roi.ROIName = number, name
            if frame_of_reference:
                roi.ReferencedFrameOfReferenceUID = frame_of_reference
            contours.ReferencedROINumber = number
            contours.ContourSequence = []
            for outline in outlines:
                kind, points = outline if isinstance(outline, tuple) else ("CLOSED_PLANAR", outline)
                item = Dataset()
                item.ContourGeometricType = kind
                item.NumberOfContourPoints = len(points)
                item.ContourData = [f"{value:.6f}" for value in np.asarray(points, dtype=float).ravel()]
                contours.ContourSequence.append(item)
            file.StructureSetROISequence.append(roi)
            file.ROIContourSequence.append(contours)
        file.save_as(path)
        return path

    return write
