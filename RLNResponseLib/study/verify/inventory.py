"""Everything that lies in a study folder, read once: what `verify` judges and `recover` clears up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import TEMPORARY_NAME
from RLNResponseLib.study import layout
from RLNResponseLib.study.audit_lines import (
    AUDIT_FOLDER,
    HEAD_SUFFIX,
    HEADS_FOLDER,
    LOG_NAME,
    LOG_SUFFIX,
    AuditLine,
    MadeRecord,
    parse_line,
    split_log,
)
from RLNResponseLib.study.audit_refs import is_ref, ref_of
from RLNResponseLib.study.record_files import is_what_it_says
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.stored_records import StoredRecord, parse_record
from RLNResponseLib.study.strict_json import parse_object

_RECORD_FOLDERS = (layout.IMAGES, layout.READINGS, layout.EXCLUSIONS, layout.CLINICAL, layout.RECOVERIES)
# No record of a study of 10,000 lymph nodes comes near; a log of a workstation in years neither.
_LARGEST_RECORD, _LARGEST_LOG = 64 << 20, 1 << 30
_DEEPEST = 8
_UNVOUCHED_FOLDERS = (*layout.DERIVED, layout.TEMPLATES, layout.SET_ASIDE)


@dataclass(frozen=True, kw_only=True)
class LogContent:
    """One log as it lies there.

    Attributes
    ----------
    writer
        Whose log.
    lines
        In the file's order; None for a complete line that is not one of ours.
    torn
        Something stands after the last newline: a crash, or an editor.
    has_windows_ends
        Lines end as no log is written: an editor or a sync tool rewrote it.

    """

    writer: str
    lines: tuple[AuditLine | None, ...]
    torn: bool
    has_windows_ends: bool = False

    @cached_property
    def by_sequence(self) -> Mapping[int, AuditLine]:
        """The lines by the number they give themselves."""
        return {line.sequence: line for line in self.lines if line is not None}

    @property
    def last(self) -> AuditLine | None:
        """The last complete line."""
        return self.lines[-1] if self.lines else None


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """All that lies in a study folder. Paths are relative to it, with "/"; derived folders are left out.

    Attributes
    ----------
    folder
        The study folder.
    files
        Regular files.
    links
        Symbolic links, also to folders, wherever they are.
    unread
        What could not be looked into: path → why, the end of a sentence.
    noted_heads
        The last line of each log as it is noted in `heads`, read before the logs.
    torn_heads
        Files of `heads` that note no line: a crash, or damage.
    logs_before
        The logs as they were before the rest was read, by writer.
    logs
        The logs as they were after it, by writer.
    records
        By path; None for a file with a record's name that does not hold a whole one.

    """

    folder: Path
    files: frozenset[str]
    links: tuple[str, ...]
    unread: Mapping[str, str]
    noted_heads: tuple[AuditRef, ...]
    torn_heads: tuple[str, ...]
    logs_before: Mapping[str, LogContent]
    logs: Mapping[str, LogContent]
    records: Mapping[str, StoredRecord | None]

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Files under temporary names."""
        return tuple(sorted(name for name in self.files if TEMPORARY_NAME.fullmatch(name.rpartition("/")[2])))

    @property
    def whole_records(self) -> tuple[StoredRecord, ...]:
        """The committed records, by path."""
        return tuple(record for _, record in sorted(self.records.items()) if record is not None)

    @property
    def last_clinical(self) -> StoredRecord | None:
        """The record of the clinical tables that hold."""
        numbered = [record for record in self.whole_records if record.content.get("kind") == "clinical-tables"]
        return max(numbered, key=lambda record: int(record.content["number"]), default=None)

    @cached_property
    def announcements(self) -> tuple[tuple[AuditLine, str, bool], ...]:
        """Every line that announces a record, the record's path, and whether the line is the last of its log.

        As the logs were before the records were read.
        """
        return tuple(
            (line, line.announces, line is log.last)
            for log in self.logs_before.values()
            for line in log.lines
            if line is not None and line.announces is not None
        )

    @cached_property
    def marks(self) -> Mapping[AuditRef, MadeRecord]:
        """The commit marks, by the line that announced the record; as the logs were before the records were read."""
        lines = (line for log in self.logs_before.values() for line in log.lines if line is not None)
        return {made.announced: made for line in lines for made in line.made}

    @cached_property
    def withdrawn(self) -> frozenset[AuditRef]:
        """The lines whose record was not made, as a later line says."""
        lines = (line for log in self.logs.values() for line in log.lines if line is not None)
        return frozenset(line.withdrawn for line in lines if line.withdrawn is not None)

    def must_exist(self, line: AuditLine, is_last: bool) -> bool:
        """Whether the record that a line announces was there for certain: it is marked, or, before there were marks,
        its writer went on.
        """
        return line.ref in self.marks or (line.schema == 1 and not is_last)

    def line(self, ref: AuditRef) -> AuditLine | None:
        """The line that stands where `ref` names one, whatever its hash."""
        log = self.logs.get(ref.writer)
        return None if log is None else log.by_sequence.get(ref.sequence)


def take_inventory(folder: Path) -> Inventory:
    """Read a study folder, in whatever state it is.

    Parameters
    ----------
    folder
        The study folder.

    Returns
    -------
    Inventory
        Logs are read twice, around the rest: others may be writing.

    Raises
    ------
    DataRefusedError
        unreadable-study where there is no such folder.

    """
    if not folder.is_dir():
        raise DataRefusedError(
            f"The study folder {folder.name} cannot be read (it is no folder); check the path and the share.",
            "unreadable-study",
        )
    files: set[str] = set()
    links: list[str] = []
    unread: dict[str, str] = {}
    # Others may be writing: a record that a line in the first look announces must be there in the walk, and a line that
    # a record names must be there in the second look.
    noted_heads, torn_heads = _read_heads(folder)
    logs_before = _read_logs(folder, {})
    _walk(folder, files, links, unread)
    records = {}
    for name in sorted(filter(_is_record_name, files)):
        content = _read(folder, name, _LARGEST_RECORD, unread)
        record = None if content is None else parse_record(name, content)
        records[name] = record if record is not None and is_what_it_says(record) else None
    logs = _read_logs(folder, unread)
    return Inventory(
        folder=folder,
        files=frozenset(files),
        links=tuple(sorted(links)),
        unread=unread,
        noted_heads=noted_heads,
        torn_heads=torn_heads,
        logs_before=logs_before,
        logs=logs,
        records=records,
    )


def _walk(folder: Path, files: set[str], links: list[str], unread: dict[str, str]) -> None:
    """Everything below the study folder that may be part of it; folders by the dozen in each other are not."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            with os.scandir(folder / prefix) as entries:
                for entry in entries:
                    name = f"{prefix}{entry.name}"
                    if entry.is_symlink():
                        links.append(name)
                    elif entry.is_dir():
                        if name in _UNVOUCHED_FOLDERS:
                            continue
                        if name.count("/") >= _DEEPEST:
                            unread[name] = "lies deeper than any file of a study"
                        else:
                            waiting.append(f"{name}/")
                    elif entry.is_file():
                        files.add(name)
                    else:
                        unread[name] = "is a pipe, a socket or a device, no regular file"
        except OSError as error:
            if prefix:
                unread[prefix.rstrip("/")] = f"cannot be read ({error.strerror})"
            else:
                unread[folder.name] = f"cannot be read ({error.strerror})"


def _read_heads(folder: Path) -> tuple[tuple[AuditRef, ...], tuple[str, ...]]:
    """The lines that are noted, and the files that note none."""
    heads, torn = [], []
    for last in _names_in(folder / HEADS_FOLDER):
        name = f"{HEADS_FOLDER}/{last}"
        if not LOG_NAME.fullmatch(f"{last.removesuffix(HEAD_SUFFIX)}{LOG_SUFFIX}") or (folder / name).is_symlink():
            continue
        content = _read(folder, name, 1 << 10, {})
        noted = parse_object(content or b"")
        if is_ref(noted) and noted is not None and f"{noted['writer']}{HEAD_SUFFIX}" == last:
            heads.append(ref_of(noted))
        elif (folder / name).exists():
            torn.append(name)
    return tuple(heads), tuple(torn)


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []  # that there is none is named as the creation's removal, and the walk says why


def _read_logs(folder: Path, unread: dict[str, str]) -> dict[str, LogContent]:
    logs = {}
    for name in _names_in(folder / AUDIT_FOLDER):
        path = folder / AUDIT_FOLDER / name
        if LOG_NAME.fullmatch(name) and not path.is_symlink():
            content = _read(folder, f"{AUDIT_FOLDER}/{name}", _LARGEST_LOG, unread)
            if content is not None:
                logs[name.removesuffix(LOG_SUFFIX)] = _log(name.removesuffix(LOG_SUFFIX), content)
    return logs


def _log(writer: str, content: bytes) -> LogContent:
    lines, torn = split_log(content)
    windows = any(line.endswith(b"\r") for line in lines)
    return LogContent(writer=writer, lines=tuple(map(parse_line, lines)), torn=bool(torn), has_windows_ends=windows)


def _read(folder: Path, name: str, most: int, unread: dict[str, str]) -> bytes | None:
    path = folder / name
    try:
        if not path.is_file():
            if path.exists():
                unread[name] = "is a pipe, a socket, a device or a folder, no regular file"
            return None
        if path.stat().st_size > most:
            unread[name] = f"is larger than any of its kind ({most >> 20} MiB)"
            return None
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        unread[name] = f"cannot be read ({error.strerror})"
        return None


def _is_record_name(name: str) -> bool:
    if name in (layout.FROZEN_PROTOCOL, layout.UNBLINDING):
        return True
    last = name.rpartition("/")[2]
    return (
        name.partition("/")[0] in _RECORD_FOLDERS
        and last.endswith(layout.RECORD_SUFFIX)
        and not last.endswith(layout.DRAFT_NOTES_SUFFIX)
        and not last.startswith(".")
    )
