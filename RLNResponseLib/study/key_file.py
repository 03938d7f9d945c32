"""The key file: which patient of the hospital is which pseudonym. It lies outside the study folder and never enters it.

It is read and written under a lock, so that several importers at once lose no pair, and stays what it was to the file
system: its rights, and the link that leads to it.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import refuse_special_file, sync_folder, temporary_beside
from RLNResponseLib.common.locking import LockNotHeldError, locked
from RLNResponseLib.common.table_file import MAXIMUM_BYTES, parse_csv
from RLNResponseLib.common.tables import csv_text

_COLUMNS = ("patient", "source_patient_id")
# Of a new key file: only its owner reads it.
_PRIVATE = 0o600

_Pair = tuple[str, str]


def note_pseudonym(key_file: Path, study_folder: Path, patient: str, source_patient_id: str) -> None:
    """Check that a pseudonym and the hospital's patient belong together, and note the pair where it is new.

    No refusal names the hospital's identifier.

    Parameters
    ----------
    key_file
        CSV with the columns patient, source_patient_id; made where it is missing, readable by its owner alone.
    study_folder
        Where the key file must not lie.
    patient
        The pseudonym.
    source_patient_id
        The hospital's.

    Raises
    ------
    DataRefusedError
        key-inside-study, bad-key-file, key-file-busy, another-patient (the pseudonym belongs to another patient, or the
        patient has another pseudonym).
    """
    if key_file.resolve().is_relative_to(study_folder.resolve()):
        raise DataRefusedError(
            f"The key file {key_file.name} lies inside the study folder, where it would undo the pseudonyms; keep it "
            "elsewhere.",
            "key-inside-study",
        )
    pair = (patient, source_patient_id)
    with _locked_pairs(key_file) as pairs:
        _refuse_another_patient(key_file, pairs, pair)
        if pair not in pairs:
            _write(key_file, [*pairs, pair])


def check_pseudonym(key_file: Path, patient: str, source_patient_id: str) -> None:
    """Refuse a pseudonym that the key file gives to another patient; nothing is noted.

    Parameters
    ----------
    key_file
        CSV with the columns patient, source_patient_id; it may be missing.
    patient
        The pseudonym.
    source_patient_id
        The hospital's.

    Raises
    ------
    DataRefusedError
        bad-key-file, key-file-busy, another-patient.
    """
    if key_file.exists():
        with _locked_pairs(key_file) as pairs:
            _refuse_another_patient(key_file, pairs, (patient, source_patient_id))


def _refuse_another_patient(key_file: Path, pairs: Sequence[_Pair], pair: _Pair) -> None:
    for known, source in pairs:
        if (known == pair[0]) != (source == pair[1]):
            raise DataRefusedError(
                f"By the key file {key_file.name} the pseudonym '{pair[0]}' and this CT belong to different patients "
                f"(the entry of '{known}' disagrees); check which CT was meant.",
                "another-patient",
            )


@contextmanager
def _locked_pairs(key_file: Path) -> Iterator[list[_Pair]]:
    """The pairs of the key file, which nobody else reads or writes meanwhile."""
    try:
        with locked(key_file.resolve()):
            yield _read(key_file)
    except LockNotHeldError:
        raise DataRefusedError(
            f"The key file {key_file.name} is in use by another program, or its disk cannot lock files; try again, or "
            "keep it on another disk.",
            "key-file-busy",
        ) from None
    except OSError as error:
        raise DataRefusedError(
            f"The key file {key_file.name} cannot be read or written ({error.strerror or 'disk error'}); check the "
            "path and the rights.",
            "bad-key-file",
        ) from None


def _read(key_file: Path) -> list[_Pair]:
    refuse_special_file(key_file)
    content = b""
    if key_file.exists():
        with key_file.open("rb") as file:  # one byte more than is parsed, to be refused for it
            content = file.read(MAXIMUM_BYTES + 1)
    if not content.strip():
        return []
    table = parse_csv(content, key_file.name)
    if table.columns != _COLUMNS:
        raise DataRefusedError(
            f"The key file {key_file.name} must have the columns {', '.join(_COLUMNS)}; correct it or name a new file.",
            "bad-key-file",
        )
    return [(row["patient"], row["source_patient_id"]) for row in table.rows]


def _write(key_file: Path, pairs: Sequence[_Pair]) -> None:
    """Replace the file that the name leads to, with the owner and the rights that it has."""
    target = key_file.resolve()
    before = target.stat() if target.exists() else None
    temporary = temporary_beside(target)
    rows = [dict(zip(_COLUMNS, pair, strict=True)) for pair in pairs]
    try:
        # Never readable by others, not even for a moment.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(csv_text(_COLUMNS, rows).encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if before is not None:
            _give_to(temporary, before)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _give_to(path: Path, before: os.stat_result) -> None:
    if sys.platform != "win32":
        with suppress(OSError):  # only the superuser may give a file away
            os.chown(path, before.st_uid, before.st_gid)
    path.chmod(stat.S_IMODE(before.st_mode))
