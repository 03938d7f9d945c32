"""A record as a file of the study folder: what it says, which files it vouches for, which line of the log announced it.

And the refusals of what is not as it was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import TEMPORARY_NAME
from RLNResponseLib.study.audit_refs import is_ref, ref_json, ref_of
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.strict_json import is_digest, parse_object

# Schema 1 has no commit marks in the log, and openings that name no protocol.
RECORD_SCHEMA = 2
_READ_SCHEMAS = (1, 2)


@dataclass(frozen=True)
class StagedFile:
    """A file that is complete under a temporary name and gets its own when its record is committed.

    Attributes
    ----------
    path
        Its own name in the study folder, with "/".
    temporary
        Its temporary name, in the same folder.
    sha256
        Of its bytes.

    """

    path: str
    temporary: str
    sha256: str

    def as_json(self) -> dict[str, str]:
        """As the record names it."""
        return {"path": self.path, "sha256": self.sha256, "staged": self.temporary}


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    """A committed record as it lies in the folder.

    Attributes
    ----------
    path
        In the study folder, with "/".
    content
        What it says, by name.
    files
        The files it vouches for.
    audit
        The line of the log that announced it.

    """

    path: str
    content: Mapping[str, Any]
    files: tuple[StagedFile, ...]
    audit: AuditRef


def record_body(content: Mapping[str, Any], files: Sequence[StagedFile]) -> dict[str, Any]:
    """What the log announces and the record then says.

    Parameters
    ----------
    content
        By name.
    files
        That the record vouches for.

    Returns
    -------
    dict

    """
    return {"schema": RECORD_SCHEMA, **content, "files": [file.as_json() for file in files]}


def record_bytes(body: Mapping[str, Any], announced: AuditRef) -> bytes:
    """The file of a record.

    Parameters
    ----------
    body
        From `record_body`.
    announced
        The line of the log that announced it.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        A number is not finite.

    """
    return (json.dumps({**body, "audit": ref_json(announced)}, indent=1, allow_nan=False) + "\n").encode("ascii")


def parse_record(name: str, content: bytes) -> StoredRecord | None:
    """The record that a file holds.

    Parameters
    ----------
    name
        Path of the file in the study folder.
    content
        The file's bytes.

    Returns
    -------
    StoredRecord or None
        None where the bytes are not a whole record.

    """
    body = parse_object(content)
    if body is None or body.get("schema") not in _READ_SCHEMAS or not is_ref(body.get("audit")):
        return None
    files = body.get("files")
    if not isinstance(files, list) or not all(map(_is_file, files)):
        return None
    ref = ref_of(body.pop("audit"))
    staged = tuple(StagedFile(file["path"], file["staged"], file["sha256"]) for file in files)
    if not all(map(_is_staged_beside, staged)):
        return None
    return StoredRecord(path=name, content=body, files=staged, audit=ref)


def _is_file(file: Any) -> bool:
    return (
        isinstance(file, dict)
        and isinstance(file.get("path"), str)
        and isinstance(file.get("staged"), str)
        and is_digest(file.get("sha256"))
    )


def _is_staged_beside(file: StagedFile) -> bool:
    """A record moves no file but a temporary one, and only to a name beside it."""
    folder, _, name = file.path.rpartition("/")
    beside, _, temporary = file.temporary.rpartition("/")
    if folder and folder == beside and name not in ("", "."):  # what this software writes
        return TEMPORARY_NAME.fullmatch(temporary) is not None
    path, staged = PurePosixPath(file.path), PurePosixPath(file.temporary)
    return path.parent == staged.parent and TEMPORARY_NAME.fullmatch(staged.name) is not None


def damaged(name: str) -> DataRefusedError:
    """The refusal of a record that says what no version of this software wrote.

    Parameters
    ----------
    name
        Path of the record.

    Returns
    -------
    DataRefusedError
        damaged-record.

    """
    return DataRefusedError(
        f"{name} is damaged: it does not hold what this software writes there; run study verify, and restore it from a "
        "backup.",
        "damaged-record",
    )


def removed(name: str) -> DataRefusedError:
    """The refusal to go on without a record that was there.

    Parameters
    ----------
    name
        Path of the record.

    Returns
    -------
    DataRefusedError
        record-removed.

    """
    return DataRefusedError(
        f"{name} is not there, though the log says that it was made: it was removed; run study verify, and restore it "
        "from a backup.",
        "record-removed",
    )


def not_as_logged(name: str, fault: str) -> DataRefusedError:
    """The refusal of a record that the log does not know, or knows otherwise.

    Parameters
    ----------
    name
        Path of the record.
    fault
        What the log says, for the sentence.

    Returns
    -------
    DataRefusedError
        record-not-logged.

    """
    return DataRefusedError(
        f"{name} is not used: {fault}; run study verify, and restore the folder from a backup.", "record-not-logged"
    )


def file_changed(file: StagedFile) -> DataRefusedError:
    """The refusal of a file that is not the one that its record vouches for.

    Parameters
    ----------
    file
        Of a committed record.

    Returns
    -------
    DataRefusedError
        file-changed.

    """
    return DataRefusedError(
        f"{file.path} is not what was recorded: it was changed; run study verify, and restore it from a backup.",
        "file-changed",
    )


def file_removed(file: StagedFile) -> DataRefusedError:
    """The refusal to go on without a file that a record vouches for.

    Parameters
    ----------
    file
        Of a committed record.

    Returns
    -------
    DataRefusedError
        file-removed.

    """
    return DataRefusedError(
        f"{file.path} is not there, though a record vouches for it; run study verify, and restore it from a backup.",
        "file-removed",
    )


def unreadable(name: str, error: OSError) -> DataRefusedError:
    """The refusal of what the disk or the share does not give.

    Parameters
    ----------
    name
        What is read, for the sentence.
    error
        What the system says.

    Returns
    -------
    DataRefusedError
        unreadable-study.

    """
    where = (error.filename and Path(error.filename).name) or name
    return DataRefusedError(
        f"'{where}' of {name} cannot be read ({error.strerror or 'disk error'}); check the permissions and the share: "
        "what lies in it is part of the study.",
        "unreadable-study",
    )


@contextmanager
def refusing_disk_errors(name: str) -> Iterator[None]:
    """Turn what the disk refuses into one sentence; that a file exists is passed on.

    Parameters
    ----------
    name
        What is written, for the sentence.

    Raises
    ------
    DataRefusedError
        cannot-write.

    """
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise DataRefusedError(
            f"{name} cannot be written in the study folder ({error.strerror or 'disk error'}); check the disk and the "
            "share, then try again. Nothing that was locked is lost.",
            "cannot-write",
        ) from None
