"""The study folder as a store of records: each committed in one visible step, announced in the audit log before and
marked there as made after; and nothing read that is not what was recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import (
    file_digest,
    fill,
    find_files,
    lies_within,
    make_folder,
    publish,
    publish_exclusively,
    read_regular,
    temporary_beside,
)
from RLNResponseLib.study.audit import AuditLog
from RLNResponseLib.study.audit_index import Announcement, AuditIndex, content_digest
from RLNResponseLib.study.audit_lines import MadeRecord
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.stored_records import (
    StagedFile,
    StoredRecord,
    damaged,
    file_changed,
    file_removed,
    not_as_logged,
    parse_record,
    record_body,
    record_bytes,
    refusing_disk_errors,
    removed,
    unreadable,
)

FileWriter = Callable[[Path], object]


class Store:
    """Records and files of one study folder. Every path is relative to it, with '/'."""

    def __init__(self, folder: Path, workstation: str | None = None) -> None:
        self.folder = folder
        self.log = AuditLog(folder, workstation)
        self._verified: dict[tuple[str, str], tuple[int, ...]] = {}

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
        if not lies_within(path, root):
            raise DataRefusedError(
                f"{name} leads out of the study folder by a symbolic link; put the file itself there.",
                "link-out-of-study",
            )
        return path

    def exists(self, name: str) -> bool:
        """Whether there is a committed record of this name. Raises as `find`."""
        return self.find(name) is not None

    def find(self, name: str) -> StoredRecord | None:
        """The committed record `name`, None where none was made.

        Raises DataRefusedError: damaged-record, record-not-logged, link-out-of-study, unreadable-study; record-removed
        where the log says that it was made.
        """
        try:
            content = self.read_if_made(name)
        except OSError as error:
            raise unreadable(name, error) from None
        return None if content is None else self.judge(name, content)

    def read_if_made(self, name: str) -> bytes | None:
        """The bytes of a record's file; None where none was made.

        Raises OSError; DataRefusedError (record-removed) where it is not there and the log says that it was made.
        """
        try:
            return read_regular(self.path(name))
        except FileNotFoundError:
            self.log.index.read_once()
        if self.log.index.made(name) is None:
            return None
        # Another program may have made it after it was looked for here, and before the log was read.
        try:
            return read_regular(self.path(name))
        except FileNotFoundError:
            raise removed(name) from None

    def judge(self, name: str, content: bytes) -> StoredRecord | None:
        """The committed record that the bytes of its file hold, None for a half-written one. Raises as `find`."""
        record = parse_record(name, content)
        if record is None:
            self._refuse_unless_half_done(name)
        else:
            self._refuse_unless_logged(record)
        return record

    def remembered(self, name: str) -> StoredRecord | None:
        """A record of a deed that no removal undoes (`audit_index.REMEMBERED`), as the log says it was made.

        Raises DataRefusedError (damaged-record) where the log does not hold it as a record.
        """
        self.log.index.read_once()
        found = self.log.index.remembered(name)
        if found is None:
            return None
        record = parse_record(name, record_bytes(found[1], found[0]))
        if record is None:
            raise damaged(name)
        return record

    def note(self, event: str, details: Mapping[str, Any], now: Now) -> None:
        """Write a line that announces no record. Raises DataRefusedError (cannot-write)."""
        with refusing_disk_errors("the audit log"):
            self.log.append(event, details, now)

    def index_now(self) -> AuditIndex:
        """What the logs say now. Raises DataRefusedError (unreadable-study)."""
        try:
            self.log.index.refresh()
        except OSError as error:
            raise unreadable("the audit log", error) from None
        return self.log.index

    def read(self, name: str) -> StoredRecord:
        """The committed record `name`. Raises as `find`; no-record where none was made, or only half of it."""
        record = self.find(name)
        if record is None:
            raise DataRefusedError(f"There is no record {name} in the study folder.", "no-record")
        return record

    def read_folder(
        self, name: str, pattern: str = "*.json", wanted: Callable[[str], bool] = lambda path: True
    ) -> list[StoredRecord]:
        """The committed records in a folder whose path is `wanted`, by name; half-written ones are left to `verify`.

        Raises DataRefusedError: damaged-record, record-not-logged, record-removed, and unreadable-study, since a folder
        that cannot be read is not fewer records.
        """
        root = self.folder.resolve()
        try:
            self.log.index.refresh()
            # Before the folder is looked into: what another program makes meanwhile is not missed there.
            made = [path for path in self.log.index.made_in(name) if wanted(path)]
            paths = (path.relative_to(self.folder).as_posix() for path in find_files(self.path(name), pattern))
            names = [path for path in paths if wanted(path)]
            contents = [(name, read_regular(self._within(name, root))) for name in names]
        except OSError as error:
            raise unreadable(f"the study's folder {name}", error) from None
        records = [self.judge(path, content) for path, content in contents]
        for path in sorted(set(made).difference(names)):
            raise removed(path)
        return [record for record in records if record is not None]

    def _refuse_unless_half_done(self, name: str) -> None:
        """A file that is no whole record is what a crash left, or damage to what was one."""
        self.log.index.refresh()
        if not self.log.index.is_half_done(name):
            raise damaged(name)

    def _refuse_unless_logged(self, record: StoredRecord) -> None:
        """What no line announced was made by hand, and what says another thing than its line was changed."""
        index = self.log.index
        announced = index.announcement(record.audit)
        if announced is None or announced.path != record.path:
            raise not_as_logged(record.path, "no line of the log announces it, so this software did not make it")
        if announced.content != content_digest(record.content):
            raise not_as_logged(record.path, "it does not say what the log says it said")
        mark = index.made(record.path)
        if mark is not None and mark.announced != record.audit:
            raise not_as_logged(record.path, "another record of this name was made before it")

    def stage(self, name: str, write: FileWriter) -> StagedFile:
        """Write the file that will be `name`, under a temporary name, and force it to the disk."""
        with refusing_disk_errors(name):
            path = self.path(name)
            make_folder(path.parent)
            temporary = temporary_beside(path)
            return StagedFile(name, f"{name.rpartition('/')[0]}/{temporary.name}".lstrip("/"), fill(temporary, write))

    def commit(
        self, event: str, name: str, content: Mapping[str, Any], now: Now, files: Sequence[StagedFile] = ()
    ) -> StoredRecord:
        """Announce a record in the audit log, make it, and mark it as made: `name` appears complete, or not at all.

        The staged files get their names right after, or by `recovery`; a mark that could not be written is made up for
        by whoever commits next.

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
            record-exists where another program was first, record-removed where it was made before and is gone,
            cannot-write.

        """
        body = record_body(content, files)
        try:
            with refusing_disk_errors(name):
                self._mark_what_others_made(now)
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
        make_folder(path.parent)
        if self.exists(name):
            raise FileExistsError
        ref = self.log.append(event, {"record": name, "content": body}, now)
        content = record_bytes(body, ref)
        temporary = temporary_beside(path)
        try:
            fill(temporary, lambda target: target.write_bytes(content))
            publish_exclusively(temporary, path)
        except BaseException as error:
            # Made, and only the folder's sync failed: then it stands, and its files must not be taken from it.
            if not (isinstance(error, OSError) and self._is_made_by(name, ref)):
                self._withdraw(ref, now, error)
                raise
        # The record stands, whether or not the log can take another line.
        with suppress(OSError, DataRefusedError):
            self.log.mark_made([MadeRecord(name, hashlib.sha256(content).hexdigest(), ref)], now)
        return ref

    def _withdraw(self, ref: AuditRef, now: Now, error: BaseException) -> None:
        if isinstance(error, OSError):
            with suppress(OSError, DataRefusedError):
                self.log.withdraw(ref, now)
                return
        self.log.abandon()

    def _is_made_by(self, name: str, ref: AuditRef) -> bool:
        try:
            record = parse_record(name, read_regular(self.path(name)))
        except OSError:
            return False
        return record is not None and record.audit == ref

    def _mark_what_others_made(self, now: Now) -> None:
        """Marks that a crash, or a version of before marks, left out: of records that are as they were announced."""
        self.log.index.refresh()
        made = [record for each in self.log.index.unmarked() if (record := self._standing(each)) is not None]
        if made:
            self.log.mark_made(made, now)

    def _standing(self, announced: Announcement) -> MadeRecord | None:
        try:
            content = read_regular(self.path(announced.path))
        except (OSError, DataRefusedError):
            return None
        record = parse_record(announced.path, content)
        if record is None or record.audit != announced.ref or content_digest(record.content) != announced.content:
            return None
        return MadeRecord(announced.path, hashlib.sha256(content).hexdigest(), announced.ref)

    def place(self, record: StoredRecord) -> None:
        """Give the record's staged files their names, as far as they have not got them; by anyone, any number of
        times. A temporary file that is not the one that was recorded is left where it is.

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
            with refusing_disk_errors(file.path):
                try:
                    if temporary.is_file() and file_digest(temporary) == file.sha256:
                        publish(temporary, self.path(file.path))
                except FileNotFoundError:  # another process has just placed it
                    continue

    def verified_file(self, file: StagedFile) -> Path:
        """Where a committed record's file lies, after comparing its bytes with the record: under its own name, or under
        the temporary one where it has yet to get it. Raises DataRefusedError: file-changed, file-removed.
        """
        # The name, then the temporary one, then the name again: its writer may place it in between.
        found = False
        for name in (file.path, file.temporary, file.path):
            path = self.path(name)
            try:
                status = path.stat()
                seen = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
                if self._verified.get((name, file.sha256)) == seen:
                    return path
                found = True
                if file_digest(path) == file.sha256:
                    self._verified[name, file.sha256] = seen
                    return path
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unreadable(name, error) from None
        raise file_changed(file) if found else file_removed(file)

    def locate(self, file: StagedFile) -> Path:
        """Where a committed record's file lies, for who compares its digest."""
        return path if (path := self.path(file.path)).is_file() else self.path(file.temporary)

    def content(self, file: StagedFile) -> bytes:
        """The bytes of a committed record's file, compared with the record. Raises as `verified_file`."""
        found = False
        for name in (file.path, file.temporary, file.path):
            try:
                content = read_regular(self.path(name))
            except FileNotFoundError:
                continue
            found = True
            if hashlib.sha256(content).hexdigest() == file.sha256:
                return content
        raise file_changed(file) if found else file_removed(file)

    def save(self, name: str, write: FileWriter) -> str:
        """Write the file `name` in place of what is there, in one step, and give its SHA-256. For drafts."""
        staged = self.stage(name, write)
        with refusing_disk_errors(name):
            publish(self.path(staged.temporary), self.path(name))
        return staged.sha256

    def remove(self, names: Sequence[str]) -> None:
        """Delete files, those that are there. For drafts, and for staged files whose record was not made."""
        for name in names:
            with refusing_disk_errors(name):
                self.path(name).unlink(missing_ok=True)
