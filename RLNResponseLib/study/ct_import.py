"""A CT from the hospital into the study: read, de-identified, stored."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from RLNResponseLib.clock import Now
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.ct import read_ct
from RLNResponseLib.imaging.dicom_series import list_series
from RLNResponseLib.imaging.quiet import quiet
from RLNResponseLib.imaging.stored_ct import write_stored_ct
from RLNResponseLib.software import current_software
from RLNResponseLib.study.deidentify import bare_image, kept_acquisition, without_name
from RLNResponseLib.study.imports import add_image
from RLNResponseLib.study.key_file import note_pseudonym
from RLNResponseLib.study.records import ImageEntry
from RLNResponseLib.study.study import Study


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
    """Store the CT in `source` (a DICOM folder, a whole CD, NRRD or NIfTI) as `image` of `patient`, de-identified.

    series    which series of a folder with several
    key_file  outside the study: the pseudonym is checked against the DICOM patient ID, and noted where it is new

    Raises DataRefusedError: what `read_ct`, `add_image` and `note_pseudonym` raise; no-patient-id where a key file is given
    and the source states no patient ID.
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

        with quiet():
            chosen = [entry for entry in list_series(source) if series is None or entry.uid == series]
            header = pydicom.dcmread(chosen[0].files[0], stop_before_pixels=True, specific_tags=["PatientID"])
            identifier = str(header.get("PatientID") or "").strip()
    if not identifier:
        raise DataRefusedError(
            f"{source.name} states no patient ID to look up in the key file; leave --key-file out and note the pair by hand.",
            "no-patient-id",
        )
    return identifier
