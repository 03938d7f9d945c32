"""A coordinator's CT from where they are: dropped on the table, or taken from Slicer's DICOM database."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

PATIENCE_MS = 60_000


@pytest.fixture
def study(tmp_path):
    """Two patients whose CT is named and missing."""
    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.common.table_file import parse_csv
    from RLNResponseLib.study.clinical import parse_clinical
    from RLNResponseLib.study.imports import import_clinical
    from RLNResponseLib.study.protocol import Protocol, plan_readers
    from RLNResponseLib.study.study import Study

    now = Now(datetime(2026, 3, 1, 8, tzinfo=UTC))
    made = Study.create(tmp_path / "study", Protocol(title="Two", readers=plan_readers(["A", "B"], ["A"])), now)
    lymph_nodes = parse_csv(b"lymph_node,patient,image\nLN1,P1,CT1\nLN2,P2,CT2\n", "lymph_nodes.csv")
    import_clinical(made, parse_clinical(parse_csv(b"patient\nP1\nP2\n", "patients.csv"), lymph_nodes), now)
    return made


@pytest.fixture(scope="session")
def scans(tmp_path_factory):
    """DICOM CT of two people, one of them with a scout and an MR beside it, and another CT as a file."""
    import SimpleITK as sitk

    folder = tmp_path_factory.mktemp("scans")
    for patient, name, modality, count in (
        ("17", "ct", "CT", 12), ("17", "scout", "CT", 1), ("17", "mr", "MR", 12), ("18", "ct", "CT", 12),
    ):  # fmt: skip
        write_series(folder / patient / name, patient, f"{name}{patient}", modality, count)
    array = np.random.default_rng(5).normal(40, 30, (12, 40, 40)).astype(np.int16)
    array[0], array[1], array[-1] = -1000, -100, -800
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.8, 0.8, 2.5))
    sitk.WriteImage(image, str(folder / "CT2.nrrd"))
    return folder


def write_series(folder, patient, words, modality, count):
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset

    folder.mkdir(parents=True)
    rng = np.random.default_rng(len(words))
    series = f"1.2.826.0.1.3680043.9.{patient}.{sum(map(ord, words))}"
    for number in range(count):
        pixels = rng.normal(40, 30, (40, 40)).astype(np.int16)
        pixels[:, :4], pixels[:, 4:6], pixels[:, 6:8] = -1000, -100, -800
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1." + {"CT": "2", "MR": "4"}[modality]
        meta.MediaStorageSOPInstanceUID = f"{series}.{number + 1}"
        header = FileDataset(str(folder / f"{number:03}.dcm"), {}, file_meta=meta, preamble=b"\0" * 128)
        header.update(
            {
                "SOPClassUID": meta.MediaStorageSOPClassUID, "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
                "StudyInstanceUID": f"1.2.826.0.1.3680043.9.{patient}", "SeriesInstanceUID": series,
                "FrameOfReferenceUID": f"{series}.0", "PatientID": patient, "PatientName": f"Anon^{patient}",
                "StudyDate": "20200102", "SeriesDescription": words, "Modality": modality, "SeriesNumber": 1,
                "InstanceNumber": number + 1, "ImagePositionPatient": [0, 0, 2.5 * number],
                "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [0.8, 0.8], "SliceThickness": 2.5,
                "Rows": 40, "Columns": 40, "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2",
                "BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1, "RescaleSlope": 1,
                "RescaleIntercept": 0, "RescaleType": "HU", "KVP": 120,
            }
        )  # fmt: skip
        header.PixelData = pixels.tobytes()
        header.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)


@pytest.fixture
def coordinator(host, study, study_door):
    """The coordinator's window on the imports; what it says ends with the test."""

    def opened():
        panel = study_door()
        host.type_path(panel.study._ui.folderEdit, study.folder)
        host.click(panel.study._ui.coordinatorButton)
        return panel, panel.study.coordinator.ui

    return opened


def imported(study):
    from RLNResponseLib.study.study import Study

    return {entry.id: entry for entry in Study.open(study.folder).images()}


def test_a_folder_dropped_on_a_row_is_imported_as_its_ct(host, study, coordinator, scans, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    panel, ui = coordinator()
    assert host.drop(ui.importTable, 0, scans / "18")
    assert ui.coordinatorBar.visible
    host.until(lambda: not panel.study.is_busy, PATIENCE_MS)
    assert set(imported(study)) == {"CT1"}, ui.coordinatorStatus.text
    assert host.rows(ui.importTable)[0][3] == "✓"
    assert list(Path(tempfile.gettempdir()).glob("rlnresponse-*")) == []
    # Two at once, by their names; the one that is there already refuses both, and nothing is begun.
    assert host.drop(ui.importTable, 1, scans / "CT2.nrrd", scans / "18")
    assert "1 of 2 dropped" in ui.coordinatorStatus.text
    assert not panel.study.is_busy
    # A folder with that file alone is taken like the file.
    (tmp_path / "sent").mkdir()
    shutil.copy(scans / "CT2.nrrd", tmp_path / "sent" / "export.nrrd")
    assert host.drop(ui.importTable, 1, tmp_path / "sent")
    host.until(lambda: not panel.study.is_busy, PATIENCE_MS)
    assert set(imported(study)) == {"CT1", "CT2"}


def test_a_dropped_folder_without_a_ct_is_refused_with_its_reason(host, study, coordinator, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    panel, ui = coordinator()
    assert host.drop(ui.importTable, 0, empty)
    host.until(lambda: not panel.study.is_busy, PATIENCE_MS)
    reason, of_all = ui.coordinatorStatus.text.splitlines()
    # The row of the list, which one sees; not that of the table that is passed on.
    assert reason.startswith("⚠ CT1: ")
    assert "empty holds no DICOM image" in reason
    assert "1 of 1 row refused, for the reasons above" in of_all
    assert imported(study) == {}


def test_text_that_is_dragged_is_left_to_others(host, coordinator):
    _panel, ui = coordinator()
    assert not host.drop(ui.importTable, 0)


def test_a_series_of_slicers_database_becomes_the_ct_of_the_chosen_row(host, study, coordinator, scans, monkeypatch):
    from host.standins.dicom_database import DicomDatabase

    monkeypatch.setattr(host.slicer, "dicomDatabase", DicomDatabase(sorted(scans.rglob("*.dcm"))), raising=False)
    panel, ui = coordinator()
    assert host.rows(ui.databaseTable) == [
        ["Anon^17 · 17", "20200102", "ct17", "12", ""],
        ["Anon^17 · 17", "20200102", "scout17", "1", "a single slice"],
        ["Anon^18 · 18", "20200102", "ct18", "12", ""],
    ]
    host.click(ui.databaseButton)
    assert ui.coordinatorStatus.text == "⚠ Choose a series of Slicer's DICOM database first."
    host.choose_row(ui.databaseTable, 0)
    host.click(ui.databaseButton)
    assert "choose the row first" in ui.coordinatorStatus.text
    host.choose_row(ui.importTable, 1)
    host.choose_row(ui.databaseTable, 1)
    host.click(ui.databaseButton)
    assert "a single slice" in ui.coordinatorStatus.text
    host.choose_row(ui.databaseTable, 0)
    host.click(ui.databaseButton)
    called = " ".join(map(str, panel.study.coordinator._command._process.args))
    for of_the_series in ("1.2.826.0.1.3680043.9.17", "Anon^17", "ct17", str(scans / "17")):
        assert of_the_series not in called, "no series on a command line"
    host.until(lambda: not panel.study.is_busy, PATIENCE_MS)
    found = imported(study)
    assert set(found) == {"CT2"}, ui.coordinatorStatus.text
    assert found["CT2"].patient == "P2"


@pytest.mark.parametrize("is_there", [False, True])
def test_without_an_open_database_nothing_of_it_is_to_be_seen(host, coordinator, scans, monkeypatch, is_there):
    from host.standins.dicom_database import DicomDatabase

    if is_there:
        monkeypatch.setattr(host.slicer, "dicomDatabase", DicomDatabase([], is_open=False), raising=False)
    _panel, ui = coordinator()
    assert not ui.databaseTable.visible
    assert not ui.databaseButton.visible
    assert not ui.databaseLabel.visible
    assert ui.importTable.visible
