"""What a command keeps and prints of a patient: pictures, pseudonyms, ages, names that a spreadsheet or a terminal would
obey."""

import csv

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from RLNResponseLib.cli import main

HOSTILE = '=HYPERLINK("http://x")\x1b[2J\u202e'


def write_series(folder, **tags):
    """Four slices of a CT of noise in air and soft tissue."""
    folder.mkdir()
    series = generate_uid()
    for k in range(4):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        file = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        file.SOPClassUID, file.SOPInstanceUID, file.Modality = CTImageStorage, meta.MediaStorageSOPInstanceUID, "CT"
        file.SeriesInstanceUID, file.PatientID, file.PatientName = series, "00123", "Kowalski^Jan"
        file.ImagePositionPatient, file.ImageOrientationPatient = [0, 0, 2.5 * k], [1, 0, 0, 0, 1, 0]
        file.PixelSpacing, file.SliceThickness = [0.7, 0.7], "2.5"
        file.Rows, file.Columns, file.SamplesPerPixel, file.PhotometricInterpretation = 20, 20, 1, "MONOCHROME2"
        file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 16, 15, 1
        file.RescaleSlope, file.RescaleIntercept, file.RescaleType = 1, 0, "HU"
        plane = np.random.default_rng(k).integers(-50, 90, (20, 20)) - 1000 * (np.arange(20) < 6)
        file.PixelData = plane.astype("<i2").tobytes()
        for keyword, value in tags.items():
            setattr(file, keyword, value)
        file.save_as(folder / f"{k}.dcm", enforce_file_format=True)
    return folder


@pytest.fixture
def study(tmp_path, capfd):
    assert main(["study", "create", str(tmp_path / "study"), "--readers", "A,B", "--repeat", "A"]) == 0
    capfd.readouterr()
    return tmp_path / "study"


def import_ct(study, folder, *more, patient="P1", image="CT1"):
    return main(
        ["study", "import-ct", str(study), str(folder), "--patient", patient, "--image", image, *map(str, more)]
    )


def test_text_burned_into_the_pictures_is_refused_and_nothing_is_noted(study, tmp_path, capfd):
    folder, key = write_series(tmp_path / "ct", BurnedInAnnotation="YES"), tmp_path / "key.csv"
    assert import_ct(study, folder, "--key-file", key) == 1
    assert "text is burned into its pixels" in capfd.readouterr().err
    assert not key.exists()
    assert list((study / "images").glob("*")) == []


def test_a_recognisable_face_is_warned_of(study, tmp_path, capfd):
    assert import_ct(study, write_series(tmp_path / "ct", RecognizableVisualFeatures="YES")) == 0
    assert "its pixels may identify the patient" in capfd.readouterr().out


@pytest.mark.parametrize("code", ["00123", "123", "Kowalski", "jan-kowalski"])
@pytest.mark.parametrize("what", ["patient", "image"])
def test_a_pseudonym_that_is_the_patients_own_is_refused(study, tmp_path, capfd, code, what):
    assert import_ct(study, write_series(tmp_path / "ct"), **{what: code}) == 1
    error = capfd.readouterr().err
    assert f"The {what} identifier is the patient's own ID or name" in error
    assert code not in error
    assert list((study / "images").glob("*")) == []


def test_the_pair_of_an_image_that_could_not_come_in_is_not_noted(study, tmp_path, capfd):
    folder, key = write_series(tmp_path / "ct"), tmp_path / "key.csv"
    assert import_ct(study, folder) == 0
    assert import_ct(study, folder, "--key-file", key, patient="P2") == 1
    assert "images never change" in capfd.readouterr().err
    assert not key.exists()
    assert import_ct(study, folder, "--key-file", key, image="CT2") == 0


def test_an_age_over_89_is_kept_as_90_and_that_is_said(study, tmp_path, capfd):
    (tmp_path / "p.csv").write_text("patient,age_years\nP1,89\nP2,93.5\nP3,101\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\n")
    tables = ["--patients", str(tmp_path / "p.csv"), "--lymph-nodes", str(tmp_path / "l.csv")]
    assert main(["study", "import-clinical", str(study), *tables]) == 0
    assert "note: 2 ages over 89 kept as 90." in capfd.readouterr().out
    with (study / "patients.csv").open(newline="", encoding="utf-8") as file:
        assert [row["age_years"] for row in csv.DictReader(file)] == ["89.0", "90.0", "90.0"]


def test_a_segments_name_is_no_formula_and_no_command_to_the_terminal(tmp_path, capfd):
    folder = write_series(tmp_path / "ct")
    drawn = np.zeros((4, 20, 20), np.uint8)
    drawn[:, 9:16, 9:16] = 1
    mask = sitk.GetImageFromArray(drawn)
    mask.SetSpacing((0.7, 0.7, 2.5))
    for name, value in {"ID": "S1", "Name": HOSTILE, "LabelValue": "1", "Layer": "0"}.items():
        mask.SetMetaData(f"Segment0_{name}", value)
    sitk.WriteImage(mask, tmp_path / "m.seg.nrrd")
    table = tmp_path / "f.csv"
    assert main(["features", str(folder), str(tmp_path / "m.seg.nrrd"), "--output", str(table)]) == 0
    assert main(["score", str(folder), str(tmp_path / "m.seg.nrrd")]) == 0
    captured = capfd.readouterr()
    assert all(sign.isprintable() for sign in (captured.out + captured.err).replace("\n", ""))
    with table.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["segment"].startswith("'=HYPERLINK")
    assert float(row["original_firstorder_Mean"]) < 90
