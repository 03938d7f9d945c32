"""Everything that lies in a study folder, read once: what `verify` judges and `recover` clears up."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import TEMPORARY_NAME, find_files, read_regular
from RLNResponseLib.study import layout
from RLNResponseLib.study.audit import AUDIT_FOLDER, LOG_NAME, AuditLine, parse_line, split_log
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.store import StoredRecord, parse_record

_RECORD_FOLDERS = (layout.IMAGES, layout.READINGS, layout.EXCLUSIONS, layout.CLINICAL, layout.RECOVERIES)
_UNVOUCHED_FOLDERS = (*layout.DERIVED, layout.TEMPLATES, layout.SET_ASIDE)


@dataclass(frozen=True)
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

    """

    writer: str
    lines: tuple[AuditLine | None, ...]
    torn: bool

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

    def announcing(self) -> Iterator[tuple[AuditLine, str, bool]]:
        """Every line that announces a record, the record's path, and whether the line is the last of its log."""
        for log in self.logs_before.values():
            for line in log.lines:
                if line is not None and isinstance(line.details.get("record"), str):
                    yield line, str(line.details["record"]), line is log.last

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
        unreadable-study.

    """
    files: set[str] = set()
    links: list[str] = []
    try:
        # Others may be writing: a record that a line in the first look announces must be there in the walk, and a
        # line that
        # a record names must be there in the second look.
        logs_before = _read_logs(folder)
        _walk(folder, "", files, links)
        records = {name: parse_record(name, read_regular(folder / name)) for name in files if _is_record_name(name)}
        logs = _read_logs(folder)
    except OSError as error:
        raise DataRefusedError(
            f"The study folder {folder.name} cannot be read ({error.strerror}); check the path and the share.",
            "unreadable-study",
        ) from None
    return Inventory(
        folder=folder,
        files=frozenset(files),
        links=tuple(sorted(links)),
        logs_before=logs_before,
        logs=logs,
        records=records,
    )


def _walk(folder: Path, prefix: str, files: set[str], links: list[str]) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                links.append(name)
            elif entry.is_dir():
                if name not in _UNVOUCHED_FOLDERS:
                    _walk(Path(entry.path), f"{name}/", files, links)
            else:
                files.add(name)


def _read_logs(folder: Path) -> dict[str, LogContent]:
    paths = find_files(folder / AUDIT_FOLDER, "*.jsonl")
    return {path.stem: _read_log(path) for path in paths if LOG_NAME.fullmatch(path.name) and path.is_file()}


def _read_log(path: Path) -> LogContent:
    lines, torn = split_log(read_regular(path))
    return LogContent(path.stem, tuple(parse_line(raw) for raw in lines), bool(torn))


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
