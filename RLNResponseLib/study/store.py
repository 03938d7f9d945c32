"""The study folder as a store of records: each committed in one visible step, and announced in the audit log before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import (
    TEMPORARY_NAME,
    fill,
    find_files,
    publish,
    publish_exclusively,
    read_regular,
    temporary_beside,
)
from RLNResponseLib.study.audit import AuditLog, canonical_json
from RLNResponseLib.study.records import AuditRef

RECORD_SCHEMA = 1

FileWriter = Callable[[Path], object]


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


class Store:
    """Records and files of one study folder. Every path is relative to it, with '/'."""

    def __init__(self, folder: Path, workstation: str | None = None) -> None:
        self.folder = folder
        self.log = AuditLog(folder, workstation)

    def moved_to(self, folder: Path) -> None:
        """Go on in the folder's new place."""
        self.folder = folder
        self.log.moved_to(folder)

    def path(self, name: str) -> Path:
        """Where a record or file lies.

        Parameters
        ----------
        name
            Its path in the study folder.

        Returns
        -------
        Path
            Inside the study folder.

        Raises
        ------
        DataRefusedError
            link-out-of-study where a symbolic link leads out of the folder.

        """
        return self._within(name, self.folder.resolve())

    def _within(self, name: str, root: Path) -> Path:
        path = self.folder / name
        if not path.resolve().is_relative_to(root):
            raise DataRefusedError(
                f"{name} leads out of the study folder by a symbolic link; put the file itself there.",
                "link-out-of-study",
            )
        return path

    def exists(self, name: str) -> bool:
        """Whether there is a committed record or a file of this name."""
        path = self.path(name)
        return path.is_file() and (path.suffix != ".json" or parse_record(name, path.read_bytes()) is not None)

    def stage(self, name: str, write: FileWriter) -> StagedFile:
        """Write the file that will be `name`, under a temporary name, and force it to the disk."""
        with _refusing_disk_errors(name):
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = temporary_beside(path)
            return StagedFile(name, f"{name.rpartition('/')[0]}/{temporary.name}".lstrip("/"), fill(temporary, write))

    def commit(
        self, event: str, name: str, content: Mapping[str, Any], now: Now, files: Sequence[StagedFile] = ()
    ) -> StoredRecord:
        """Announce a record in the audit log, then make it: `name` appears complete, or not at all.

        The staged files get their names right after; if this process dies before, the record names where they are, and
        `locate` and `recovery` find them.

        Parameters
        ----------
        event
            The deed, for the log: "reading-locked".
        name
            Path of the record.
        content
            What the record says.
        now
            The moment, for the log.
        files
            Staged files that the record vouches for.

        Returns
        -------
        StoredRecord
            As it lies in the folder.

        Raises
        ------
        DataRefusedError
            record-exists where another program was first, cannot-write.

        """
        body = {"schema": RECORD_SCHEMA, **content, "files": [file.as_json() for file in files]}
        try:
            with _refusing_disk_errors(name):
                ref = self._announce_and_make(event, name, body, now)
        except FileExistsError:
            self.remove([file.temporary for file in files])
            raise DataRefusedError(f"{name} is already there; another program was first.", "record-exists") from None
        except DataRefusedError:
            self.remove([file.temporary for file in files])
            raise
        record = StoredRecord(path=name, content=body, files=tuple(files), audit=ref)
        # The record stands; a file that cannot be renamed now (open in another program) is placed by the next recovery.
        with suppress(DataRefusedError):
            self.place(record)
        return record

    def _announce_and_make(self, event: str, name: str, body: Mapping[str, Any], now: Now) -> AuditRef:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.exists(name):
            raise FileExistsError
        ref = self.log.append(event, {"record": name, "content": body}, now)
        audit = {"writer": ref.writer, "sequence": ref.sequence, "sha256": ref.sha256}
        text = json.dumps({**body, "audit": audit}, indent=1, allow_nan=False) + "\n"
        temporary = temporary_beside(path)
        try:
            fill(temporary, lambda target: target.write_bytes(text.encode("ascii")))
            publish_exclusively(temporary, path)
        except BaseException as error:
            self.log.abandon()
            # Made, and only the folder's sync failed: then it stands, and its files must not be taken from it.
            if not (isinstance(error, OSError) and self.exists(name) and self.read(name).audit == ref):
                raise
        return ref

    def place(self, record: StoredRecord) -> None:
        """Give the record's staged files their names, as far as they have not got them; by anyone, any number of
        times.

        Parameters
        ----------
        record
            A committed record.

        Raises
        ------
        DataRefusedError
            cannot-write.

        """
        for file in record.files:
            temporary = self.path(file.temporary)
            if temporary.is_file():
                with _refusing_disk_errors(file.path):
                    try:
                        publish(temporary, self.path(file.path))
                    except FileNotFoundError:  # another process has just placed it
                        continue

    def locate(self, file: StagedFile) -> Path:
        """Where a committed record's file lies that replaces none: under its name, or still under the temporary one."""
        path = self.path(file.path)
        return path if path.is_file() else self.path(file.temporary)

    def content(self, file: StagedFile) -> bytes:
        """The bytes of a committed record's file, also where it has yet to take the place of an older one."""
        try:
            return read_regular(self.path(file.temporary))
        except FileNotFoundError:
            return read_regular(self.path(file.path))

    def save(self, name: str, write: FileWriter) -> str:
        """Write the file `name` in place of what is there, in one step, and give its SHA-256. For drafts."""
        staged = self.stage(name, write)
        with _refusing_disk_errors(name):
            publish(self.path(staged.temporary), self.path(name))
        return staged.sha256

    def remove(self, names: Sequence[str]) -> None:
        """Delete files, those that are there. For drafts, and for staged files whose record was not made."""
        for name in names:
            with _refusing_disk_errors(name):
                self.path(name).unlink(missing_ok=True)

    def read(self, name: str) -> StoredRecord:
        """The committed record `name`. Raises DataRefusedError: no-record, damaged-record, link-out-of-study."""
        try:
            record = parse_record(name, read_regular(self.path(name)))
        except OSError:
            raise DataRefusedError(f"There is no record {name} in the study folder.", "no-record") from None
        if record is None:
            raise damaged(name)
        return record

    def read_folder(self, name: str, pattern: str = "*.json") -> list[StoredRecord]:
        """The committed records in a folder, by name; half-written ones are left to `verify`.

        Raises DataRefusedError (unreadable-study): a folder that cannot be read is not fewer records.
        """
        root = self.folder.resolve()
        try:
            names = [path.relative_to(self.folder).as_posix() for path in find_files(self.path(name), pattern)]
            contents = [(name, read_regular(self._within(name, root))) for name in names]
        except OSError as error:
            where = (error.filename and Path(error.filename).name) or name
            raise DataRefusedError(
                f"'{where}' in the study's folder {name} cannot be read ({error.strerror or 'disk error'}); check the "
                "permissions and the share: what lies in it is part of the study.",
                "unreadable-study",
            ) from None
        return [record for name, content in contents if (record := parse_record(name, content)) is not None]


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
    try:
        body = json.loads(content)
        audit = body.pop("audit")
        ref = AuditRef(str(audit["writer"]), int(audit["sequence"]), str(audit["sha256"]))
        files = tuple(StagedFile(str(f["path"]), str(f["staged"]), str(f["sha256"])) for f in body["files"])
        canonical_json(body)  # refuses NaN, which JSON has not
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return StoredRecord(path=name, content=body, files=files, audit=ref) if all(map(_is_staged_beside, files)) else None


def _is_staged_beside(file: StagedFile) -> bool:
    """A record moves no file but a temporary one, and only to a name beside it."""
    path, temporary = PurePosixPath(file.path), PurePosixPath(file.temporary)
    return path.parent == temporary.parent and TEMPORARY_NAME.fullmatch(temporary.name) is not None


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


@contextmanager
def _refusing_disk_errors(name: str) -> Iterator[None]:
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
