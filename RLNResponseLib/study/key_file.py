"""The key: which patient of the hospital is which pseudonym. It lies outside the study folder and never enters it."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.study.tables import csv_text, parse_csv

_COLUMNS = ("patient", "source_patient_id")


def note_pseudonym(key_file: Path, study_folder: Path, patient: str, source_patient_id: str) -> None:
    """Check that the pseudonym and the hospital's patient belong together, and note the pair where it is new.

    Raises DataRefusedError: key-inside-study, bad-key-file, another-patient (the pseudonym belongs to another patient, or the
    patient has another pseudonym). No message names the hospital's identifier.
    """
    if key_file.resolve().is_relative_to(study_folder.resolve()):
        raise DataRefusedError(
            f"The key file {key_file.name} lies inside the study folder, where it would undo the pseudonyms; keep it elsewhere.",
            "key-inside-study",
        )
    pairs = _read(key_file)
    for known, source in pairs:
        if (known == patient) != (source == source_patient_id):
            raise DataRefusedError(
                f"By the key file {key_file.name} the pseudonym '{patient}' and this CT belong to different patients "
                f"(the entry of '{known}' disagrees); check which CT was meant.",
                "another-patient",
            )
    if (patient, source_patient_id) not in pairs:
        rows = [dict(zip(_COLUMNS, pair, strict=True)) for pair in [*pairs, (patient, source_patient_id)]]
        write_text_atomically(key_file, csv_text(_COLUMNS, rows))


def _read(key_file: Path) -> list[tuple[str, str]]:
    if not key_file.exists():
        return []
    try:
        table = parse_csv(key_file.read_bytes(), key_file.name)
    except OSError as error:
        raise DataRefusedError(
            f"The key file {key_file.name} cannot be read ({error.strerror}); check the path.", "bad-key-file"
        ) from None
    if table.columns != _COLUMNS:
        raise DataRefusedError(
            f"The key file {key_file.name} must have the columns {', '.join(_COLUMNS)}; correct it or name a new file.",
            "bad-key-file",
        )
    return [(row["patient"], row["source_patient_id"]) for row in table.rows]
