"""A small unblinded study on real CT, and its DICOM export; a validator for what is exported."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from RLNResponseLib.common.clock import Now
from RLNResponseLib.dicom_export.export import export_dicom
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.study.blinding import unblind
from RLNResponseLib.study.clinical_files import read_clinical_files
from RLNResponseLib.study.contouring import import_reading, lock
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.records import AuditRef, Reading, ReadingKey, StoredFile
from RLNResponseLib.study.study import Study

NOW = Now(datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
# A title and a station as somebody may type them: neither may reach the DICOM files.
TITLE = "Study of Dr Hart <script>"
STATION = "4R, Mrs Anna Mueller, ward 7"


@pytest.fixture(scope="session")
def make_study():
    """Make a study of CT {image: source} and contours {(lymph node, image, reader): (mask, segment)}; not unblinded."""

    def make(folder: Path, images: dict, contours: dict) -> Study:
        readers = sorted({reader for _, _, reader in contours})
        study = Study.create(folder, Protocol(title=TITLE, readers=plan_readers(readers, [])), NOW)
        patients, lymph_nodes = folder.with_suffix(".p.csv"), folder.with_suffix(".l.csv")
        owner = {image: f"PT-{number}" for number, image in enumerate(images, start=1)}
        patients.write_text("patient,gender,age_years\n" + "".join(f"{code},male,61\n" for code in owner.values()))
        rows = dict.fromkeys((lymph_node, image) for lymph_node, image, _ in contours)
        lymph_nodes.write_text(
            "lymph_node,patient,image,station\n" + "".join(f'{n},{owner[i]},{i},"{STATION}"\n' for n, i in rows)
        )
        import_clinical(study, read_clinical_files(patients, lymph_nodes), NOW)
        for image, source in images.items():
            import_ct(study, source, owner[image], image, NOW)
        for (lymph_node, _, reader), (mask, segment) in contours.items():
            key = ReadingKey(lymph_node=lymph_node, reader=reader)
            import_reading(study, key, mask, NOW, segment=segment)
            lock(study, key, NOW)
        return study

    return make


@pytest.fixture(scope="session")
def real(shared_data, make_study, tmp_path_factory):
    """Two readers of a lesion and of lymph nodes on two patients' CT: `study`, `folder` of the export, what it
    returned."""
    lidc = shared_data / "lidc-4readers" / "LIDC-IDRI-0001"
    lung = shared_data / "4dlung-ln-rtstruct"
    sources = {"CT1": lidc / "dicom", "CT2": lung / "dicom_ct"}
    contours = {
        ("LN1", "CT1", "A"): (lidc / "mask_reader1.nrrd", None),
        ("LN1", "CT1", "B"): (lidc / "mask_reader2.nrrd", None),
        ("LN2", "CT2", "A"): (lung / "RTSTRUCT_1-1.dcm", "LN_c40"),
        ("LN2", "CT2", "B"): (lung / "RTSTRUCT_1-1.dcm", "LN_c40"),
    }
    base = tmp_path_factory.mktemp("real")
    study = make_study(base / "study", sources, contours)
    unblind(study, NOW)
    made = export_dicom(study, base / "dicom")
    return SimpleNamespace(study=study, folder=base / "dicom", made=made, sources=sources)


@pytest.fixture(scope="session")
def reading():
    """A locked reading of no file."""
    key, file, audit = ReadingKey(lymph_node="LN1", reader="A"), StoredFile("c", "1"), AuditRef("w", 1, "3")
    return Reading(
        key=key,
        opened_at=NOW.moment,
        locked_at=NOW.moment,
        minutes=None,
        image="CT1",
        image_sha256="0",
        contour=file,
        sealed=None,
        findings_in_record=(),
        software={},
        protocol_sha256="2",
        replaces=None,
        reason=None,
        after_unblinding=False,
        clock_behind=None,
        audit=audit,
    )


@pytest.fixture(scope="session")
def validate():
    """Run dciodvfy and dcentvfy: no error, and the warnings that they give, without file names. Skips without them."""
    for tool in ("dciodvfy", "dcentvfy"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (Debian: dicom3tools)")

    def run(files: list[Path]) -> set[str]:
        lines = []
        for command in (*(["dciodvfy", path] for path in files), ["dcentvfy", *files]):
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            lines += [line.strip() for line in (done.stdout + done.stderr).splitlines()]
        assert [line for line in lines if "Error" in line] == []
        return {line.partition(" for file ")[0].strip() for line in lines if line.startswith("Warning")}

    return run


@pytest.fixture(scope="session")
def texts():
    """Every text in a DICOM file but its pixels, sequences included."""

    def of(path: Path) -> list[str]:
        dataset = pydicom.dcmread(path)
        elements = [*dataset.file_meta, *(e for e in dataset.iterall() if e.VR not in ("SQ", "OB", "OW"))]
        return [text for e in elements for text in (map(str, e.value) if e.VM > 1 else [str(e.value)])]

    return of


@pytest.fixture(scope="session")
def oblique():
    """A small CT on no axis of the patient."""
    image = sitk.GetImageFromArray(np.zeros((3, 6, 7), np.int16))
    image.SetSpacing((0.683594, 0.7, 2.5))
    image.SetOrigin((-123.456789012345, 77.7, -1000 / 3))
    image.SetDirection(Rotation.from_euler("xyz", [12, -31, 140], degrees=True).as_matrix().ravel().tolist())
    return CTImage(image=image, name="CT1")
