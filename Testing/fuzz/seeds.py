"""The valid files that are then spoilt: one small CT, one contour of it in every form, tables, a study; all made here."""

from __future__ import annotations

import shutil
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from RLNResponseLib.cli import main
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd

SIZE, SPACING = (20, 18, 8), (0.7, 0.7, 2.5)
_PATHS = {"empty-study", "study", "ct.nrrd", "mask.nrrd", "patients.csv", "lymph_nodes.csv"}
_INSIDE = (slice(2, 6), slice(6, 13), slice(6, 14))
PATIENTS = (
    "patient,gender,age_years,t_stage,dose_gy,died,follow_up_months\nP1,male,61,T3-4,50.4,no,30\n"
    "P2,female,58,T1-2,60,yes,12.5\nP3,male,70,T3-4,54,no,28\n"
)
LYMPH_NODES = (
    "lymph_node,patient,image,station,recist,local_control_months,local_recurrence\nLN1,P1,CT1,4R,PR,26.5,no\n"
    "LN2,P1,CT1,2R,SD,9.1,yes\nLN3,P2,CT2,7,CR,12,no\nLN4,P3,CT3,7,CR,28,no\n"
)


def make_seeds(folder: Path) -> None:
    """Every seed, in a folder that is empty."""
    ct, mask = _images()
    for name in ("ct.nrrd", "ct.nii.gz", "ct.nii", "ct.mha"):
        sitk.WriteImage(ct, str(folder / name), useCompression=name.endswith("gz"))
    sitk.WriteImage(mask, str(folder / "mask.nrrd"), useCompression=True)
    sitk.WriteImage(mask, str(folder / "mask.nii.gz"))
    sitk.WriteImage(mask, str(folder / "mask.mha"), useCompression=True)
    sitk.WriteImage(mask, str(folder / "mask.mhd"))
    inside = sitk.GetArrayFromImage(mask) > 0
    write_seg_nrrd(folder / "mask.seg.nrrd", Contour.from_full_grid(inside, "LN1"), CTImage(image=ct, name="ct"))
    _write_dicom(folder, ct, inside)
    _write_tables(folder)
    shutil.copy(resources_folder() / "models" / "gu2021-response.json", folder / "card.json")
    (folder / "key.csv").write_text("patient,source_patient_id\nP7,4711\nP8,4712\n")
    _make_study(folder)


def _images() -> tuple[sitk.Image, sitk.Image]:
    values = np.random.default_rng(3).normal(60, 20, SIZE[::-1]).astype(np.int16)
    values[:, :3] = -1000
    labels = np.zeros_like(values, dtype=np.uint8)
    labels[_INSIDE] = 1
    made = []
    for array in (values, labels):
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(SPACING)
        made.append(image)
    return made[0], made[1]


def _new_file(sop_class: str, modality: str, study: str, frame: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop_class, generate_uid(entropy_srcs=[modality])
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    made.Modality, made.StudyInstanceUID, made.FrameOfReferenceUID = modality, study, frame
    made.SeriesInstanceUID = generate_uid(entropy_srcs=[modality, "series"])
    made.PatientName, made.PatientID, made.PatientSex, made.PatientBirthDate = "Fuzz^Made", "4713", "O", ""
    made.StudyDate = made.StudyTime = made.StudyID = made.AccessionNumber = made.ReferringPhysicianName = ""
    return made


def _write_dicom(folder: Path, ct: sitk.Image, inside: np.ndarray) -> None:
    study, frame = (generate_uid(entropy_srcs=["fuzz", name]) for name in ("study", "frame"))
    (folder / "ct").mkdir()
    slices = []
    for k, pixels in enumerate(sitk.GetArrayFromImage(ct)):
        made = _new_file(CTImageStorage, "CT", study, frame)
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["slice", str(k)])
        made.InstanceNumber, made.SeriesNumber, made.AcquisitionNumber = k + 1, 2, 1
        made.ImagePositionPatient, made.ImageOrientationPatient = [0, 0, 2.5 * k], [1, 0, 0, 0, 1, 0]
        made.PixelSpacing, made.SliceThickness, made.KVP, made.XRayTubeCurrent = [0.7, 0.7], 2.5, 120, 160
        made.ConvolutionKernel, made.Manufacturer = "STANDARD", "GE MEDICAL SYSTEMS"
        made.Rows, made.Columns, made.SamplesPerPixel = SIZE[1], SIZE[0], 1
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 1
        made.PhotometricInterpretation, made.RescaleSlope, made.RescaleIntercept = "MONOCHROME2", 1, 0
        made.PixelData = pixels.astype("<i2").tobytes()
        made.save_as(folder / "ct" / f"{k:02}.dcm", enforce_file_format=True)
        slices.append(made)
    _write_rtstruct(folder / "rs.dcm", study, frame)
    described = highdicom.seg.SegmentDescription(1, "LN1", codes.SCT.Tissue, codes.SCT.Tissue, "MANUAL")
    written = highdicom.seg.Segmentation(
        source_images=[pydicom.dcmread(path) for path in sorted((folder / "ct").iterdir())],
        pixel_array=inside.astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=[described],
        series_instance_uid=generate_uid(entropy_srcs=["seg"]),
        series_number=9,
        sop_instance_uid=generate_uid(entropy_srcs=["seg", "1"]),
        instance_number=1,
        manufacturer="Fuzz",
        manufacturer_model_name="Fuzz",
        software_versions="1",
        device_serial_number="1",
    )
    written.save_as(folder / "seg.dcm")


def _write_rtstruct(path: Path, study: str, frame: str) -> None:
    made = _new_file(RTStructureSetStorage, "RTSTRUCT", study, frame)
    names, drawn = [], []
    for number, roi in enumerate(("LN1", "Trachea"), start=1):
        name, contours = pydicom.Dataset(), pydicom.Dataset()
        name.ROINumber, name.ROIName, name.ReferencedFrameOfReferenceUID = number, roi, frame
        contours.ReferencedROINumber, outlines = number, []
        for k in range(2, 6):
            outline, z = pydicom.Dataset(), 2.5 * k
            outline.ContourGeometricType, outline.NumberOfContourPoints = "CLOSED_PLANAR", 4
            outline.ContourData = [4, 4, z, 10, 4, z, 10, 9, z, 4, 9, z]
            outlines.append(outline)
        contours.ContourSequence = outlines
        names.append(name)
        drawn.append(contours)
    made.StructureSetROISequence, made.ROIContourSequence = names, drawn
    made.save_as(path, enforce_file_format=True)


def _write_tables(folder: Path) -> None:
    import openpyxl
    import pyarrow
    from pyarrow import parquet

    rng = np.random.default_rng(5)
    columns = [
        "patient",
        "lymph_node",
        "response",
        "months",
        "event",
        "death",
        "original_glcm_InverseVariance",
        "stage",
    ]
    rows = [
        [f"P{n // 2}", f"LN{n}", int(rng.integers(2)), round(float(rng.uniform(1, 40)), 2), int(rng.integers(2)), 0, float(rng.normal()), "T1-2" if n % 3 else "T3-4"]
        for n in range(24)
    ]  # fmt: skip
    (folder / "table.csv").write_text("\n".join(",".join(map(str, line)) for line in [columns, *rows]) + "\n")
    book = openpyxl.Workbook()
    for line in [columns, *rows]:
        book.active.append(line)
    book.save(folder / "table.xlsx")
    parquet.write_table(
        pyarrow.table({name: [row[place] for row in rows] for place, name in enumerate(columns)}),
        folder / "table.parquet",
    )
    (folder / "patients.csv").write_text(PATIENTS)
    (folder / "lymph_nodes.csv").write_text(LYMPH_NODES)


def _make_study(folder: Path) -> None:
    """`study`: a study with a locked reading, a draft, an exclusion; `empty-study`: one without tables."""
    key = ["--lymph-node", "LN1", "--reader", "A", "--round", "1"]
    for words in (
        ["study", "create", "empty-study", "--readers", "A,B", "--repeat", "A", "--seed", "1"],
        ["study", "import-ct", "empty-study", "ct.nrrd", "--patient", "P1", "--image", "CT0"],
        ["study", "create", "study", "--readers", "A,B", "--repeat", "A", "--seed", "1"],
        ["study", "import-ct", "study", "ct.nrrd", "--patient", "P1", "--image", "CT1"],
        ["study", "import-clinical", "study", "--patients", "patients.csv", "--lymph-nodes", "lymph_nodes.csv"],
        ["study", "import-reading", "study", "mask.nrrd", *key, "--minutes", "4"],
        ["study", "lock", "study", *key],
        ["study", "import-reading", "study", "mask.nrrd", "--lymph-node", "LN1", "--reader", "B", "--round", "1"],
        ["study", "exclude", "study", "--patient", "P3", "--reason", "poor follow-up"],
    ):
        named = [*words[:2], *(str(folder / word) if word in _PATHS else word for word in words[2:])]
        if main(named) != 0:
            raise SystemExit(f"the seed study cannot be made: rlnresponse {' '.join(words)}")
