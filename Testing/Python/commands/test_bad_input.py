"""The table of bad inputs: each is refused with exit 1 and its sentence; no traceback, nothing on stdout, no file
left behind."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from RLNResponseLib.cli import main
from RLNResponseLib.common.software import resources_folder

SIZE = (40, 36, 12)


@dataclass(frozen=True)
class Case:
    """Files that are fine, for a test to spoil one of them."""

    folder: Path
    image: Path
    mask: Path

    def call(self, *options, image=None, mask=None):
        return ["score", str(image or self.image), str(mask or self.mask), *map(str, options)]


def volume(seed=3):
    rng = np.random.default_rng(seed)
    array = rng.normal(60, 20, SIZE[::-1]).astype(np.int16)
    array[:, :6, :] = -1000
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.7, 2.5))
    return image


def lymph_node_mask(image, label=1):
    array = np.zeros(image.GetSize()[::-1], dtype=np.uint8)
    array[3:8, 12:24, 10:22] = label
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(image)
    return mask


@pytest.fixture
def case(tmp_path):
    made = Case(tmp_path, tmp_path / "ct.nrrd", tmp_path / "mask.nrrd")
    image = volume()
    sitk.WriteImage(image, made.image)
    sitk.WriteImage(lymph_node_mask(image), made.mask)
    return made


def write_series(folder, positions, *, modality="CT", series=None, array=None):
    """A DICOM series with one slice at each position (mm), written with pydicom."""
    folder.mkdir(parents=True, exist_ok=True)
    series, frame, study = series or generate_uid(), generate_uid(), generate_uid()
    pixels = sitk.GetArrayFromImage(volume()) if array is None else array
    for number, z in enumerate(positions):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = CTImageStorage if modality == "CT" else MRImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        ds.Modality, ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.FrameOfReferenceUID = modality, series, study, frame
        ds.PatientName, ds.PatientID = "Doe^Jane", "4711-secret"
        ds.InstanceNumber = number + 1
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, z], [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing, ds.SliceThickness = [0.7, 0.7], 2.5
        ds.Rows, ds.Columns, ds.SamplesPerPixel = SIZE[1], SIZE[0], 1
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0
        ds.PixelData = pixels[number % len(pixels)].astype("<i2").tobytes()
        ds.save_as(folder / f"{series[-6:]}-{number:03}.dcm", enforce_file_format=True)
    return folder


def write_rtstruct(path, ct_folder, roi="LN_1"):
    """An RTSTRUCT with one square ROI on three slices."""
    first = pydicom.dcmread(sorted(ct_folder.iterdir())[0], stop_before_pixels=True)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.SeriesInstanceUID, ds.StudyInstanceUID = "RTSTRUCT", generate_uid(), first.StudyInstanceUID
    ds.FrameOfReferenceUID = first.FrameOfReferenceUID
    name, contours = pydicom.Dataset(), pydicom.Dataset()
    name.ROINumber, name.ROIName, name.ReferencedFrameOfReferenceUID = 1, roi, first.FrameOfReferenceUID
    contours.ReferencedROINumber = 1
    items = []
    for z in (7.5, 10.0, 12.5):
        item = pydicom.Dataset()
        item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", 4
        item.ContourData = [7, 8, z, 15, 8, z, 15, 16, z, 7, 16, z]
        items.append(item)
    contours.ContourSequence = items
    ds.StructureSetROISequence, ds.ROIContourSequence = [name], [contours]
    ds.save_as(path, enforce_file_format=True)
    return path


def missing_image(case):
    return case.call(image=case.folder / "nowhere.nrrd"), ["nowhere.nrrd"]


def missing_mask(case):
    return case.call(mask=case.folder / "nowhere.seg.nrrd"), ["nowhere.seg.nrrd"]


def truncated_nrrd(case):
    whole = case.image.read_bytes()
    case.image.write_bytes(whole[: len(whole) // 2])
    return case.call(), ["ct.nrrd"]


def a_header_of_a_trillion_voxels(case):
    header = "NRRD0004\ntype: short\ndimension: 3\nsizes: 10000 10000 10000\nencoding: raw\nendian: little\n\n"
    case.image.write_bytes(header.encode() + b"\0" * 64)
    return case.call(), ["ct.nrrd", "10000"]


def a_text_file_named_nrrd(case):
    case.image.write_text("Dear colleague, please find the CT attached.\n")
    return case.call(), ["ct.nrrd"]


def an_empty_file(case):
    case.image.write_bytes(b"")
    return case.call(), ["ct.nrrd"]


def an_empty_folder(case):
    (case.folder / "dicom").mkdir()
    return case.call(image=case.folder / "dicom"), ["dicom"]


def an_empty_mask(case):
    mask = sitk.ReadImage(case.mask) * 0
    sitk.WriteImage(mask, case.mask)
    return case.call(), ["empty"]


def the_mask_of_another_patients_grid(case):
    mask = sitk.ReadImage(case.mask)
    mask.SetOrigin((500, 500, 500))
    sitk.WriteImage(mask, case.mask)
    return case.call(), ["outside"]


def label_7(case):
    return case.call("--segment", 7), ["7", "1"]


def several_labels_and_none_named(case):
    mask = sitk.ReadImage(case.mask)
    mask[2, 2, 2] = 2
    sitk.WriteImage(mask, case.mask)
    return case.call(), ["1", "2", "--segment"]


def an_mr_series(case):
    folder = write_series(case.folder / "mr", [2.5 * k for k in range(12)], modality="MR")
    return case.call(image=folder), ["MR"]


def two_series_in_one_folder(case):
    folder = write_series(case.folder / "both", [2.5 * k for k in range(12)])
    write_series(folder, [2.5 * k for k in range(10)])
    return case.call(image=folder), ["12", "10", "--series"]


def a_gap_in_the_slices(case):
    folder = write_series(case.folder / "gap", [2.5 * k for k in range(12) if k != 5])
    return case.call(image=folder), ["missing"]


def a_slice_twice(case):
    folder = write_series(case.folder / "twice", [2.5 * k for k in (0, 1, 2, 3, 3, 4, 5, 6)])
    return case.call(image=folder), ["where another already lies"]


def an_rtstruct_without_the_roi(case):
    folder = write_series(case.folder / "ct", [2.5 * k for k in range(12)])
    structures = write_rtstruct(case.folder / "rs.dcm", folder)
    return case.call("--segment", "LN_9", image=folder, mask=structures), ["LN_9", "LN_1"]


def nan_inside_the_contour(case):
    image = sitk.Cast(volume(), sitk.sitkFloat32)
    image[15, 15, 5] = float("nan")
    sitk.WriteImage(image, case.image)
    return case.call(), ["NaN"]


def infinity_inside_the_contour(case):
    image = sitk.Cast(volume(), sitk.sitkFloat32)
    image[15, 15, 5] = float("inf")
    sitk.WriteImage(image, case.image)
    return case.call(), ["infinite"]


def fifteen_voxels(case):
    mask = lymph_node_mask(volume()) * 0
    mask[10:15, 12:15, 5] = 1
    sitk.WriteImage(mask, case.mask)
    return case.call(), ["15", "16"]


def one_slice(case):
    mask = lymph_node_mask(volume()) * 0
    mask[10:20, 12:20, 5] = 1
    sitk.WriteImage(mask, case.mask)
    return case.call(), ["slice"]


def card(case, change):
    text = json.loads((resources_folder() / "models" / "gu2021-response.json").read_text(encoding="utf-8"))
    change(text)
    path = case.folder / "card.json"
    path.write_text(json.dumps(text))
    return case.call("--model", path)


def a_card_with_an_unknown_feature(case):
    call = card(case, lambda c: c["formula"]["coefficients"].update(original_glcm_Sharpness=1.0))
    return call, ["card.json", "original_glcm_Sharpness"]


def a_card_whose_cutoff_is_no_number(case):
    return card(case, lambda c: c["cutoff"].update(value="high")), ["card.json", "cutoff", "'high'"]


def a_two_dimensional_image(case):
    sitk.WriteImage(volume()[:, :, 5], case.image)
    return case.call(), ["ct.nrrd"]


def a_colour_image(case):
    image = volume()
    sitk.WriteImage(sitk.Compose(image, image, image), case.image)
    return case.call(), ["ct.nrrd"]


def the_image_given_as_mask(case):
    return case.call(mask=case.image), ["ct.nrrd"]


BAD_INPUTS = [
    missing_image, missing_mask, truncated_nrrd, a_header_of_a_trillion_voxels, a_text_file_named_nrrd, an_empty_file,
    an_empty_folder, an_empty_mask, the_mask_of_another_patients_grid, label_7, several_labels_and_none_named, an_mr_series,
    two_series_in_one_folder, a_gap_in_the_slices, a_slice_twice, an_rtstruct_without_the_roi, nan_inside_the_contour,
    infinity_inside_the_contour, fifteen_voxels, one_slice, a_card_with_an_unknown_feature, a_card_whose_cutoff_is_no_number,
    a_two_dimensional_image, a_colour_image, the_image_given_as_mask,
]  # fmt: skip


def assert_one_sentence(captured, words):
    assert captured.out == ""
    sentence = captured.err.strip()
    assert "\n" not in sentence
    assert sentence
    assert sentence[-1] in ".!"
    assert "RLNResponse itself" not in sentence
    for word in [*words]:
        assert word in sentence
    for secret in ("Doe", "4711", "Traceback"):
        # A word of its own: a series UID, which is made anew each time, may hold the same digits.
        assert not re.search(rf"\b{secret}\b", sentence)


@pytest.mark.parametrize("spoil", BAD_INPUTS, ids=lambda spoil: spoil.__name__)
def test_each_bad_input_has_its_sentence(case, spoil, capfd):
    call, words = spoil(case)
    assert main([*call, "--json"]) == 1
    assert_one_sentence(capfd.readouterr(), words)


@pytest.mark.parametrize("spoil", BAD_INPUTS[:20], ids=lambda spoil: spoil.__name__)
def test_no_output_file_is_left_half_written(case, spoil, capfd):
    call, words = spoil(case)
    kept = case.folder / "kept.csv"
    kept.write_text("an earlier result\n")
    before = set(case.folder.rglob("*"))
    assert main(["features", *call[1:], "--output", str(kept)]) == 1
    assert_one_sentence(capfd.readouterr(), words)
    assert kept.read_text() == "an earlier result\n"
    assert set(case.folder.rglob("*")) == before


def test_the_files_are_fine_before_they_are_spoilt(case, capsys):
    assert main(case.call("--json")) == 0
    assert json.loads(capsys.readouterr().out)["scores"]
    folder = write_series(case.folder / "ct", [2.5 * k for k in range(12)])
    structures = write_rtstruct(case.folder / "rs.dcm", folder)
    assert main(case.call("--json", image=folder, mask=structures)) == 0
    assert json.loads(capsys.readouterr().out)["segment"] == "LN_1"


def test_an_output_that_cannot_be_written(case, capfd):
    blocked = case.folder / "blocked"
    blocked.write_text("a file where a folder should be")
    assert main(["features", *case.call()[1:], "--output", str(blocked / "row.csv")]) == 1
    captured = capfd.readouterr()
    assert captured.err.strip().count("\n") == captured.err.count("warning:")
    assert "cannot be read or written" in captured.err
    assert "Traceback" not in captured.err


def test_the_trillion_voxels_are_refused_before_memory_is_taken(case):
    """In a process of 4 GiB at most, where 10¹² voxels could not even be asked for."""
    import subprocess
    import sys

    call, _ = a_header_of_a_trillion_voxels(case)
    if shutil.which("bash") is None:
        pytest.skip("ulimit needs bash")
    limited = subprocess.run(
        ["bash", "-c", 'ulimit -v 4194304; exec "$@"', "bash", sys.executable, "-m", "RLNResponseLib", *call],
        capture_output=True,
        text=True,
    )
    assert limited.returncode == 1
    assert "ct.nrrd" in limited.stderr
    assert limited.stderr.count("\n") == 1
