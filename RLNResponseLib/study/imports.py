"""Images and clinical tables into the study: a CT from the hospital is read, de-identified and stored; tables take the
place of those before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.common.software import current_software
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.imaging.dicom_series import list_series
from RLNResponseLib.imaging.load import read_ct
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.stored import write_stored_ct
from RLNResponseLib.study import layout
from RLNResponseLib.study.clinical import ClinicalTables, table_digests
from RLNResponseLib.study.deidentify import bare_image, kept_acquisition, note_pseudonym, without_name
from RLNResponseLib.study.identifiers import checked_identifier, refuse_look_alikes
from RLNResponseLib.study.record_files import findings_json
from RLNResponseLib.study.records import ImageEntry
from RLNResponseLib.study.store import FileWriter
from RLNResponseLib.study.study import Study


def add_image(
    study: Study,
    image: str,
    patient: str,
    write: FileWriter,
    acquisition: Mapping[str, str | float | None],
    findings: Sequence[Finding],
    software: Mapping[str, str],
    now: Now,
) -> ImageEntry:
    """Store a de-identified CT with the acquisition facts that were kept. It never changes: a better one gets another
    identifier.

    Parameters
    ----------
    study
        Whose folder gets the image.
    image, patient
        Study identifiers (pseudonyms).
    write
        Puts the CT into a .nrrd file.
    acquisition
        By the names of `imaging.records.Acquisition`.
    findings
        What was noticed while reading the CT; one of severity "error" refuses.
    software
        What reads and stores it: name → version.
    now
        The moment, for the record and the log.

    Returns
    -------
    ImageEntry
        As it lies in the study.

    Raises
    ------
    DataRefusedError
        bad-identifier, look-alike-identifiers, image-exists, image-of-another-patient, the code of an error finding,
        cannot-write.

    """
    checked_identifier(image, "The image identifier")
    checked_identifier(patient, "The patient identifier")
    refuse_errors(findings)
    refuse_look_alikes([*(entry.id for entry in study.images() if entry.id != image), image], "image")
    name = layout.image_path(image, layout.RECORD_SUFFIX)
    if study.store.exists(name):
        raise DataRefusedError(
            f"The image '{image}' is already in the study, and images never change; import it as another.",
            "image-exists",
        )
    for lymph_node in study.lymph_nodes():
        if lymph_node.image == image and lymph_node.patient != patient:
            raise _another_patients(image, lymph_node.id)
    content = {
        "kind": "image",
        "id": image,
        "patient": patient,
        "imported_at": now.moment.isoformat(),
        "acquisition": dict(acquisition),
        "findings": findings_json(findings),
        "software": dict(software),
    }
    staged = study.store.stage(layout.image_path(image, ".nrrd"), write)
    study.store.commit("image-imported", name, content, now, [staged])
    return study.image(image)


def import_clinical(study: Study, tables: ClinicalTables, now: Now) -> bool:
    """Put the clinical tables in place of those in the study.

    A lymph node that was read must keep its patient and image. The log holds a hash of every row and column, so that
    `verify` can name the cell that someone changes afterwards.

    Parameters
    ----------
    study
        Whose folder gets the tables.
    tables
        Judged, with outcomes.
    now
        The moment, for the record and the log.

    Returns
    -------
    bool
        False where the study holds these tables already.

    Raises
    ------
    DataRefusedError
        lymph-node-was-read, image-of-another-patient, record-exists where another import was faster, cannot-write.

    """
    texts = {layout.PATIENTS_TABLE: tables.patients_csv(), layout.LYMPH_NODES_TABLE: tables.lymph_nodes_csv()}
    last = study.last_clinical_import()
    if last is not None:
        study.store.place(last)  # a crash may have kept the last import from its place
        if all(hashlib.sha256(texts[file.path].encode()).hexdigest() == file.sha256 for file in last.files):
            return False
    _check_against_readings(study, tables)
    _check_against_images(study, tables)
    number = 1 if last is None else int(last.content["number"]) + 1
    content = {
        "kind": "clinical-tables",
        "number": number,
        "imported_at": now.moment.isoformat(),
        "after_unblinding": study.unblinding() is not None,
        "digests": {name: table_digests(parse_csv(text.encode(), name)) for name, text in texts.items()},
    }
    staged = [study.store.stage(name, partial(_write_text, text)) for name, text in texts.items()]
    study.store.commit("clinical-imported", layout.clinical_path(number), content, now, staged)
    return True


def _write_text(text: str, target: Path) -> None:
    target.write_bytes(text.encode())


def _check_against_readings(study: Study, tables: ClinicalTables) -> None:
    new = {lymph_node.id: lymph_node for lymph_node in tables.lymph_nodes}
    old = {lymph_node.id: lymph_node for lymph_node in study.lymph_nodes()}
    for name in sorted({reading.key.lymph_node for reading in study.readings()}):
        before, after = old.get(name), new.get(name)
        if after is None or (before and (before.patient, before.image) != (after.patient, after.image)):
            raise DataRefusedError(
                f"The lymph node '{name}' has been read, so it must stay in the table with its patient and image; put "
                "them back, and leave it out of the analysis by an exclusion.",
                "lymph-node-was-read",
            )


def _check_against_images(study: Study, tables: ClinicalTables) -> None:
    owner = {entry.id: entry.patient for entry in study.images()}
    for lymph_node in tables.lymph_nodes:
        if owner.get(lymph_node.image, lymph_node.patient) != lymph_node.patient:
            raise _another_patients(lymph_node.image, lymph_node.id)


def _another_patients(image: str, lymph_node: str) -> DataRefusedError:
    return DataRefusedError(
        f"The image '{image}' and the lymph node '{lymph_node}' on it name two different patients; correct one of "
        "them.",
        "image-of-another-patient",
    )


def import_ct(
    study: Study,
    source: Path,
    patient: str,
    image: str,
    now: Now,
    *,
    series: str | None = None,
    key_file: Path | None = None,
) -> ImageEntry:
    """Store the CT of a patient as an image of the study, de-identified.

    Parameters
    ----------
    study
        Whose folder gets the image.
    source
        A DICOM folder, a whole CD, NRRD or NIfTI.
    patient, image
        Study identifiers (pseudonyms).
    now
        The moment, for the record and the log.
    series
        UID of the series, of a folder with several.
    key_file
        Outside the study: the pseudonym is checked against the DICOM patient ID, and noted where it is new.

    Returns
    -------
    ImageEntry
        As it lies in the study.

    Raises
    ------
    DataRefusedError
        What `read_ct`, `add_image` and `note_pseudonym` refuse; no-patient-id where a key file is given and the source
        states no patient ID.

    """
    ct = read_ct(source, series)
    if key_file is not None:
        note_pseudonym(key_file, study.folder, patient, _source_patient_id(source, series))
    bare = bare_image(ct.image)
    return add_image(
        study,
        image,
        patient,
        lambda path: write_stored_ct(path, bare),
        asdict(kept_acquisition(ct.acquisition)),
        without_name(ct.findings, ct.name, image),
        current_software().as_json(),
        now,
    )


def _source_patient_id(source: Path, series: str | None) -> str:
    identifier = ""
    if source.is_dir():
        import pydicom

        with silenced_itk():
            chosen = [entry for entry in list_series(source) if series is None or entry.uid == series]
            header = pydicom.dcmread(chosen[0].files[0], stop_before_pixels=True, specific_tags=["PatientID"])
            identifier = str(header.get("PatientID") or "").strip()
    if not identifier:
        raise DataRefusedError(
            f"{source.name} states no patient ID to look up in the key file; leave --key-file out and note the pair by "
            "hand.",
            "no-patient-id",
        )
    return identifier
