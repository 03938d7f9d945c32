"""Images and clinical tables into the study: a CT from the hospital is read, de-identified and stored; tables take the
place of those before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.common.software import current_software
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.imaging.checks.quality import check_image
from RLNResponseLib.imaging.dicom_identity import SourceIdentity, source_identity
from RLNResponseLib.imaging.dicom_scan import BURNED_IN, IDENTIFYING_PIXELS
from RLNResponseLib.imaging.load import read_ct
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.stored import voxels_digest, write_stored_ct
from RLNResponseLib.imaging.uneven import furthest_off_grid
from RLNResponseLib.study import layout
from RLNResponseLib.study.clinical import ClinicalTables, parse_clinical
from RLNResponseLib.study.deidentify import bare_image, kept_acquisition, without_name
from RLNResponseLib.study.identifiers import checked_identifier, refuse_look_alikes
from RLNResponseLib.study.key_file import check_pseudonym, note_pseudonym
from RLNResponseLib.study.record_files import findings_json
from RLNResponseLib.study.records import ImageEntry
from RLNResponseLib.study.store import FileWriter
from RLNResponseLib.study.stored_records import StoredRecord
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.table_digests import new_salt, table_digests

# Of the mean distance: within half of it, the nearest slice of the regular grid is the slice itself.
_OFF_GRID = 0.5


@dataclass(frozen=True)
class ImportedImage:
    """A CT that was taken into a study.

    Attributes
    ----------
    entry
        As it lies there.
    findings
        What the checks say of it before anything is contoured, errors never: those of `check_image`, and whether the
        study holds the same voxels already.

    """

    entry: ImageEntry
    findings: tuple[Finding, ...]


def add_image(
    study: Study,
    image: str,
    patient: str,
    write: FileWriter,
    acquisition: Mapping[str, str | float | None],
    findings: Sequence[Finding],
    software: Mapping[str, str],
    now: Now,
    *,
    voxels_sha256: str | None = None,
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
    voxels_sha256
        From `voxels_digest`, by which the same CT is known again.

    Returns
    -------
    ImageEntry
        As it lies in the study.

    Raises
    ------
    DataRefusedError
        bad-identifier, look-alike-identifiers, image-exists, no-such-patient, image-of-another-patient, the code of an
        error finding, cannot-write.

    """
    _refuse_image(study, image, patient, findings)
    content = {
        "kind": "image",
        "id": image,
        "patient": patient,
        "imported_at": now.moment.isoformat(),
        "acquisition": dict(acquisition),
        "findings": findings_json(findings),
        "software": dict(software),
        "voxels_sha256": voxels_sha256,
    }
    staged = study.store.stage(layout.image_path(image, ".nrrd"), write)
    study.store.commit("image-imported", layout.image_path(image, layout.RECORD_SUFFIX), content, now, [staged])
    return study.image(image)


def _refuse_image(study: Study, image: str, patient: str, findings: Sequence[Finding]) -> None:
    checked_identifier(image, "The image identifier")
    checked_identifier(patient, "The patient identifier")
    refuse_errors(findings)
    refuse_look_alikes([*(entry.id for entry in study.images() if entry.id != image), image], "image")
    if study.store.exists(layout.image_path(image, layout.RECORD_SUFFIX)):
        raise DataRefusedError(
            f"The image '{image}' is already in the study, and images never change; import it as another.",
            "image-exists",
        )
    tables = study.clinical_tables()
    if tables.patients and patient not in {known.id for known in tables.patients}:
        raise DataRefusedError(
            f"There is no patient '{patient}' in patients.csv; check the identifier, or import the clinical tables "
            "with this patient first.",
            "no-such-patient",
        )
    for lymph_node in tables.lymph_nodes:
        if lymph_node.image == image and lymph_node.patient != patient:
            raise _another_patients(image, lymph_node.id)


def import_clinical(study: Study, tables: ClinicalTables, now: Now, salt: Callable[[], str] = new_salt) -> bool:
    """Put the clinical tables in place of those in the study.

    A lymph node that was read must keep its patient and image. The log holds a hash of every row and column, so that
    `verify` can name the cell that someone changes afterwards; each covers the salts of its rows, which stand in the
    stored tables alone: who reads only the log cannot try out which outcome gives the hash.

    Parameters
    ----------
    study
        Whose folder gets the tables.
    tables
        Judged, with outcomes.
    now
        The moment, for the record and the log.
    salt
        Gives each row a secret; a test may give its own.

    Returns
    -------
    bool
        False where the study holds these tables already.

    Raises
    ------
    DataRefusedError
        lymph-node-was-read, image-of-another-patient, not-in-protocol, record-exists where another import was faster,
        cannot-write.

    """
    last = study.last_clinical_import()
    if last is not None:
        study.store.place(last)  # a crash may have kept the last import from its place
        if _holds(study, last, tables):
            return False
    _check_against_readings(study, tables)
    _check_against_images(study, tables)
    _check_against_protocol(study, tables)
    number = 1 if last is None else int(last.content["number"]) + 1
    texts = {layout.PATIENTS_TABLE: tables.patients_csv(salt), layout.LYMPH_NODES_TABLE: tables.lymph_nodes_csv(salt)}
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


def _check_against_protocol(study: Study, tables: ClinicalTables) -> None:
    foreign = {scan.occasion for scan in tables.later_scans} - set(study.protocol.occasions)
    if foreign:
        raise DataRefusedError(
            f"The table of lymph nodes has rows of occasion {' and '.join(sorted(foreign))}, and the protocol names no "
            "such second CT; write it into the protocol's occasions, or remove the rows.",
            "not-in-protocol",
        )


def _holds(study: Study, last: StoredRecord, tables: ClinicalTables) -> bool:
    """Whether the tables of an import lie in the study as it stored them, and say the same but for their salts."""
    try:
        contents = [study.store.content(file) for file in last.files]
    except DataRefusedError as refusal:
        if refusal.code in ("file-changed", "file-removed"):
            return False  # the new import takes the place of what was changed
        raise
    patients, lymph_nodes = (parse_csv(content, file.path) for content, file in zip(contents, last.files, strict=True))
    return parse_clinical(patients, lymph_nodes) == tables


def _write_text(text: str, target: Path) -> None:
    target.write_bytes(text.encode())


def _check_against_readings(study: Study, tables: ClinicalTables) -> None:
    new = {lymph_node.id: lymph_node for lymph_node in tables.lymph_nodes}
    owner = {entry.id: entry.patient for entry in study.images()}
    for reading in study.readings():
        name, after = reading.key.lymph_node, new.get(reading.key.lymph_node)
        if after is None or (after.patient, after.image) != (owner[reading.image], reading.image):
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
    acquisition: int | None = None,
    key_file: Path | None = None,
) -> ImportedImage:
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
    acquisition
        Its acquisition number, of a DICOM series that mixes several.
    key_file
        Outside the study: the pseudonym is checked against the DICOM patient ID, and noted where it is new.

    Returns
    -------
    ImportedImage
        As it lies in the study, and what is to be looked at.

    Raises
    ------
    DataRefusedError
        What `check_image` calls an error, and what `read_ct`, `source_identity`, `add_image` and `note_pseudonym`
        refuse; uneven-slices; identifying-pixels where text is burned into them; pseudonym-identifies where a
        pseudonym is the patient's own ID or name;
        no-patient-id where a key file is given and the source states no patient ID.

    """
    ct = read_ct(source, series, acquisition)
    _refuse_uneven(ct)
    _refuse_burned_in(ct)
    identity = source_identity(source, series)
    for code, what in ((patient, "patient"), (image, "image")):
        _refuse_identifying_code(identity, code, what)
    noticed = check_image(ct)
    refuse_errors(noticed)
    findings = without_name(ct.findings, ct.name, image)
    if key_file is not None:
        check_pseudonym(key_file, patient, stated_patient_id(identity, source))
    # Before the pair is noted: a pair that was noted for nothing would bind the pseudonym to the wrong patient.
    _refuse_image(study, image, patient, findings)
    if key_file is not None:
        note_pseudonym(key_file, study.folder, patient, stated_patient_id(identity, source))
    bare = bare_image(ct.image)
    digest = voxels_digest(bare)
    same = _same_voxels(study, digest)
    entry = add_image(
        study,
        image,
        patient,
        lambda path: write_stored_ct(path, bare),
        asdict(kept_acquisition(ct.acquisition)),
        findings,
        current_software().as_json(),
        now,
        voxels_sha256=digest,
    )
    return ImportedImage(entry, (*without_name(noticed, ct.name, image), *same))


def _same_voxels(study: Study, digest: str) -> list[Finding]:
    return [
        Finding(
            code="same-voxels",
            severity="warning",
            message=f"The image '{entry.id}' of patient '{entry.patient}' has the same voxels; check that the right CT "
            "was taken.",
        )
        for entry in study.images()
        if entry.voxels_sha256 == digest
    ]


def _refuse_uneven(ct: CTImage) -> None:
    if furthest_off_grid(ct) > _OFF_GRID:
        raise DataRefusedError(
            f"The slices of {ct.name} are unevenly spaced, and a study keeps a CT as one regular grid, on which they "
            "would lie elsewhere; score it by itself, or take a reconstruction with even spacing.",
            "uneven-slices",
        )


def _refuse_burned_in(ct: CTImage) -> None:
    if any(finding.code == IDENTIFYING_PIXELS and BURNED_IN in finding.numbers for finding in ct.findings):
        raise DataRefusedError(
            "The CT states that text is burned into its pixels, which may be the patient's name and cannot be taken "
            "out here; export the series without annotations.",
            IDENTIFYING_PIXELS,
        )


def _refuse_identifying_code(identity: SourceIdentity, code: str, what: str) -> None:
    if identity.is_said_by(code):
        raise DataRefusedError(
            f"The {what} identifier is the patient's own ID or name by the headers of the CT, so it is no pseudonym; "
            "choose a code that says nothing of the patient.",
            "pseudonym-identifies",
        )


def stated_patient_id(identity: SourceIdentity, source: Path) -> str:
    """The patient ID that a CT's headers state, for the key file.

    Parameters
    ----------
    identity
        What the headers say of the patient.
    source
        The CT, for the message.

    Returns
    -------
    str

    Raises
    ------
    DataRefusedError
        no-patient-id.

    """
    if identity.patient_id is None:
        raise DataRefusedError(
            f"{source.name} states no patient ID to look up in the key file; leave --key-file out and note the pair by "
            "hand.",
            "no-patient-id",
        )
    return identity.patient_id
