"""What must not come into a study: identifiers of a patient, and input made to break out of the folder or the
program."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from RLNResponseLib.cli import main
from RLNResponseLib.demo.phantom import make_phantom

MARK = "ZQIDENT"
# String tags with a form of their own (dates, numbers, codes, UIDs) get a value of that form that is as recognisable.
DATE, TIME, NUMBER, AGE = "19570417", "134217.531", "48151623", "069Y"


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(1, size=(128, 128, 40))


def planted(vr, number):
    text = f"{MARK}{number}"
    return {
        "PN": f"{text}^Jane", "LO": text, "SH": text, "ST": text, "LT": text, "UT": text, "UC": text, "AE": text, "CS": text,
        "DA": DATE, "TM": TIME, "DT": DATE + "134217", "AS": AGE,
    }.get(vr)  # fmt: skip


def write_planted_series(folder, phantom):
    """A DICOM series with an identifier in every string tag that the standard gives a CT, private tags, and file
    names."""
    from pydicom.datadict import DicomDictionary, keyword_dict

    folder.mkdir(parents=True)
    array = sitk.GetArrayFromImage(phantom.ct.image)
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    keep = {
        "Modality",
        "SOPClassUID",
        "PhotometricInterpretation",
        "SpecificCharacterSet",
        "PatientPosition",
        "RescaleType",
    }
    for k, plane in enumerate(array):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        for keyword, tag in keyword_dict.items():
            vr, vm, _, retired, _ = DicomDictionary[tag]
            group = tag >> 16
            if (
                retired
                or not vm.startswith("1")
                or group in (0x0000, 0x0002, 0x0004, 0x0028, 0x7FE0)
                or group % 2
                or keyword in keep
            ):
                continue
            if (value := planted(vr, f"{tag:08X}")) is not None:
                setattr(ds, keyword, value)
        ds.add_new((0x0009, 0x0010), "LO", f"{MARK}CREATOR")
        ds.add_new((0x0009, 0x1001), "LO", f"{MARK}PRIVATE")
        ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CTImageStorage, meta.MediaStorageSOPInstanceUID, "CT"
        ds.SeriesInstanceUID, ds.StudyInstanceUID, ds.FrameOfReferenceUID = series, study, frame
        ds.PatientID, ds.AccessionNumber = f"{MARK}PID", NUMBER
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, 2.5 * k], [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing, ds.SliceThickness, ds.KVP = [0.68, 0.68], 2.5, 120
        ds.Rows, ds.Columns, ds.SamplesPerPixel = *plane.shape, 1
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.PhotometricInterpretation, ds.RescaleSlope, ds.RescaleIntercept = "MONOCHROME2", 1, 0
        ds.PixelData = plane.astype("<i2").tobytes()
        ds.save_as(folder / f"{MARK}FILE-{k:03}.dcm", enforce_file_format=True)
    return [series, study, frame]


def create(folder):
    assert main(["study", "create", str(folder), "--readers", "A,B", "--repeat", "A"]) == 0
    return folder


def bytes_of(folder):
    """Every file's name and bytes, unpacked where it is compressed, lower case."""
    for path in sorted(folder.rglob("*")):
        yield path.name, str(path.relative_to(folder)).encode()
        if path.is_file():
            yield path.name, path.read_bytes()
            if path.suffix == ".nrrd":
                image = sitk.ReadImage(path)
                for key in image.GetMetaDataKeys():
                    yield path.name, f"{key}={image.GetMetaData(key)}".encode()


def test_no_planted_identifier_reaches_the_study_folder(tmp_path, phantom, capfd):
    folder = tmp_path / f"{MARK}FOLDER"
    uids = write_planted_series(folder, phantom)
    assert sum(MARK in str(element.value) for element in pydicom.dcmread(next(folder.iterdir()))) > 300
    study, key = create(tmp_path / "study"), tmp_path / "key.csv"
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    assert (
        main(
            [
                "study",
                "import-clinical",
                str(study),
                "--patients",
                str(tmp_path / "p.csv"),
                "--lymph-nodes",
                str(tmp_path / "l.csv"),
            ]
        )
        == 0
    )
    call = ["study", "import-ct", str(study), str(folder), "--patient", "P1", "--image", "CT1", "--key-file", str(key)]
    assert main(call) == 0
    mask = tmp_path / f"{MARK}MASK.seg.nrrd"
    drawn = sitk.GetImageFromArray(phantom.truth[0].full_grid((40, 128, 128)))
    drawn.SetSpacing((0.68, 0.68, 2.5))
    for name, value in {
        "Segment0_ID": "S1",
        "Segment0_Name": f"{MARK}SEGMENT",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Note": f"{MARK}NOTE",
    }.items():
        drawn.SetMetaData(name, value)
    sitk.WriteImage(drawn, mask)
    reading = ["--lymph-node", "LN1", "--reader", "A", "--round", "1"]
    assert main(["study", "import-reading", str(study), str(mask), *reading]) == 0
    assert main(["study", "lock", str(study), *reading]) == 0

    captured = capfd.readouterr()
    secrets = [MARK, DATE, TIME, NUMBER, AGE, "Jane", "1957-04-17", *uids]
    kept = [(name, content.lower()) for name, content in bytes_of(study)]
    assert len(kept) > 10
    for secret in secrets:
        assert secret not in captured.out + captured.err
        for name, content in kept:
            assert secret.lower().encode() not in content, f"{secret} in {name}"
    # The key file, outside, is where the pair belongs; the same pseudonym does not take another patient's CT.
    assert f"{MARK}PID" in key.read_text()
    assert np.array_equal(
        sitk.GetArrayFromImage(sitk.ReadImage(study / "images" / "CT1.nrrd")), sitk.GetArrayFromImage(phantom.ct.image)
    )
    assert (
        main(
            [
                *[*call[:5], "P2", "--image", "CT2", "--key-file", str(key)][:4],
                "--patient",
                "P2",
                "--image",
                "CT2",
                "--key-file",
                str(key),
            ]
        )
        == 1
    )
    assert "belong to different patients" in capfd.readouterr().err


def test_known_words_of_the_acquisition_stay(tmp_path, shared_data, capfd):
    import json

    study = create(tmp_path / "study")
    dicom = shared_data / "lidc-4readers" / "LIDC-IDRI-0001" / "dicom"
    assert main(["study", "import-ct", str(study), str(dicom), "--patient", "P1", "--image", "CT1"]) == 0
    kept = json.loads((study / "images" / "CT1.json").read_text())["acquisition"]
    assert (kept["manufacturer"], kept["model_name"], kept["kernel"]) == (
        "GE MEDICAL SYSTEMS",
        "LightSpeed Plus",
        "STANDARD",
    )
    assert (kept["kilovoltage_kv"], kept["contrast_agent"]) == (120.0, "IV")


@pytest.mark.parametrize(
    ("identifier", "sentence"),
    [
        ("../P1", "has the character '.' at place 1"),
        ("/etc/passwd", "has the character '/' at place 1"),
        ("P/1", "has the character '/' at place 2"),
        ("P\0", "has the character U+0000 at place 2"),
        ("P" * 300, "has 300 characters, and at most 64 are allowed"),
        ("C:\\P1", "has the character ':' at place 2"),
        ("nul", "is a name that Windows keeps for a device"),
    ],
)
def test_identifiers_that_could_leave_the_folder_are_refused(tmp_path, phantom, identifier, sentence, capfd):
    study = create(tmp_path / "study")
    ct = tmp_path / "ct.nrrd"
    sitk.WriteImage(phantom.ct.image, ct)
    before = sorted(tmp_path.rglob("*"))
    for option in ("--patient", "--image"):
        other = {"--patient": ["--image", "CT1"], "--image": ["--patient", "P1"]}[option]
        assert main(["study", "import-ct", str(study), str(ct), option, identifier, *other]) == 1
        assert sentence in capfd.readouterr().err
    if "\0" not in identifier:
        (tmp_path / "p.csv").write_text(f"patient\n{identifier}\n")
        (tmp_path / "l.csv").write_text("lymph_node,patient,image\n")
        tables = ["--patients", str(tmp_path / "p.csv"), "--lymph-nodes", str(tmp_path / "l.csv")]
        assert main(["study", "import-clinical", str(study), *tables]) == 1
        captured = capfd.readouterr().err
        assert "p.csv, row 2, column patient" in captured
        assert sentence in captured
        (tmp_path / "p.csv").unlink()
        (tmp_path / "l.csv").unlink()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+49", "-2", '=HYPERLINK("http://x")'])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_formula_stays_text_and_is_written_quoted(tmp_path, cell, kind, capfd):
    study = create(tmp_path / "study")
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    rows = [["lymph_node", "patient", "image", "station"], ["LN1", "P1", "CT1", cell]]
    path = tmp_path / f"l.{kind}"
    if kind == "csv":
        import csv

        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        import openpyxl

        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.active["D2"].data_type = "s"  # typed as text; a formula without a stored value is refused
        book.save(path)
    assert (
        main(
            ["study", "import-clinical", str(study), "--patients", str(tmp_path / "p.csv"), "--lymph-nodes", str(path)]
        )
        == 0
    )
    quoted = cell.replace('"', '""')
    assert f'"\'{quoted}"' in (study / "lymph_nodes.csv").read_text(encoding="utf-8")
    capfd.readouterr()
    assert main(["study", "worklist", str(study), "--reader", "A", "--round", "1"]) == 0
    assert cell in capfd.readouterr().out


def test_a_yaml_with_object_tags_is_refused(tmp_path, capfd):
    study = create(tmp_path / "study")
    (study / "study.toml").unlink()
    text = (Path(__file__).parents[1] / "study" / "old_study" / "study.yaml").read_text(encoding="utf-8")
    trap = tmp_path / "trap"
    (study / "study.yaml").write_text(
        text + f"evil: !!python/object/apply:os.system ['touch {trap}']\n", encoding="utf-8"
    )
    assert main(["study", "status", str(study)]) == 1
    captured = capfd.readouterr()
    assert "study.yaml" in captured.err
    assert captured.err.count("\n") == 1
    assert not trap.exists()


def test_a_zip_bomb_is_refused(tmp_path, capfd):
    study = create(tmp_path / "study")
    bomb = tmp_path / "p.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 200_000_000)
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\n")
    assert (
        main(
            ["study", "import-clinical", str(study), "--patients", str(bomb), "--lymph-nodes", str(tmp_path / "l.csv")]
        )
        == 1
    )
    assert "p.xlsx unpacks to more than is read of a workbook" in capfd.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")
def test_a_symbolic_link_out_of_the_study_is_refused(tmp_path, phantom, capfd):
    study = create(tmp_path / "study")
    outside = tmp_path / "outside"
    outside.mkdir()
    (study / "images").symlink_to(outside)
    sitk.WriteImage(phantom.ct.image, tmp_path / "ct.nrrd")
    assert main(["study", "import-ct", str(study), str(tmp_path / "ct.nrrd"), "--patient", "P1", "--image", "CT1"]) == 1
    assert "leads out of the study folder by a symbolic link" in capfd.readouterr().err
    assert list(outside.iterdir()) == []


def test_a_redcap_export_works_as_it_is(tmp_path, capfd):
    study = create(tmp_path / "study")
    export = tmp_path / "redcap.csv"
    export.write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,gender,age_years,esophagectomy_date,recurrence_date,"
        "radiotherapy_end_date,image,recist,local_recurrence_date,last_contact_date,local_recurrence,patient_complete\n"
        "P1,,,Male,61,2019-01-10,2020-01-10,2020-06-01,,,,2023-06-01,,2\nP1,lymph_node,1,,,,,,CT1,PR,2022-06-01,,yes,\n"
        "P1,lymph_node,2,,,,,,CT1,SD,,,no,\n"
    )
    tables = ["--patients", str(export), "--lymph-nodes", str(export)]
    assert main(["study", "import-clinical", str(study), *tables]) == 0, capfd.readouterr().err
    patients = (study / "patients.csv").read_text(encoding="utf-8")
    lymph_nodes = (study / "lymph_nodes.csv").read_text(encoding="utf-8")
    # The first, second and third anniversary.
    assert "12.0" in patients
    assert '24.0,"yes"' in lymph_nodes
    assert '36.0,"no"' in lymph_nodes
    assert '"P1-1"' in lymph_nodes
    for day in ("2019", "2020", "2022", "2023"):
        assert day not in patients + lymph_nodes


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("gender", "maybe", "row 2, column gender: the value is not female or male"),
        ("age_years", "old", "row 2, column age_years: the value is not a number of years from 0 to 120"),
        ("age_years", "inf", "row 2, column age_years"),
        ("t_stage", "T5", "row 2, column t_stage: the value is not T1-2 or T3-4"),
        ("dose_gy", "5040", "row 2, column dose_gy: the value is not a dose from 0 to 200 Gy"),
        ("recurrence_date", "10.1.2020", "row 2, column recurrence_date: the value is not a date like 2026-03-01"),
        ("height", "180", "has the column 'height', which is not one of"),
    ],
)
def test_a_wrong_value_is_named_by_row_and_column(tmp_path, column, value, sentence, capfd):
    study = create(tmp_path / "study")
    (tmp_path / "p.csv").write_text(f"patient,esophagectomy_date,{column}\nP1,2019-01-10,{value}\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\n")
    capfd.readouterr()
    assert (
        main(
            [
                "study",
                "import-clinical",
                str(study),
                "--patients",
                str(tmp_path / "p.csv"),
                "--lymph-nodes",
                str(tmp_path / "l.csv"),
            ]
        )
        == 1
    )
    error = capfd.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_one_is_not_called_many(tmp_path, capsys):
    study = create(tmp_path / "study")
    (tmp_path / "p.csv").write_text("patient\nP1\n")
    (tmp_path / "l.csv").write_text("lymph_node,patient,image\nLN1,P1,CT1\n")
    tables = ["--patients", str(tmp_path / "p.csv"), "--lymph-nodes", str(tmp_path / "l.csv")]
    capsys.readouterr()
    assert main(["study", "import-clinical", str(study), *tables]) == 0
    assert capsys.readouterr().out == "Imported 1 patient, 1 lymph node.\n"
    assert main(["study", "verify", str(study)]) == 0
    assert capsys.readouterr().out.startswith("Verified 3 log lines, 1 record, 2 files.\n")
