"""Writing the audit log: one file a process, each line chained to the one before and to the other writers' last lines.

The lines of an audit log: how one is written, and how a log is read back. docs/study-folder.md says what they prove.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import sync_folder
from RLNResponseLib.study.records import AuditRef

AUDIT_FOLDER = "audit"
LOG_SUFFIX = ".jsonl"
LOG_NAME = re.compile(r"(?P<workstation>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<number>[0-9]{4,})\.jsonl")
# What the first line of a log gives as the hash of the line before it.
NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True)
class AuditLine:
    """One line of a log.

    event     what was done ("reading-locked")
    details   the whole record that the line announces, with its path
    after     the last line of other writers' logs that this writer had seen: writer → (sequence, SHA-256)
    previous  SHA-256 of the line before, in bytes as it stands in the file
    sha256    of this line
    """

    writer: str
    sequence: int
    time: str
    simulated: bool
    event: str
    details: Mapping[str, Any]
    after: Mapping[str, tuple[int, str]]
    previous: str
    sha256: str

    @property
    def ref(self) -> AuditRef:
        """How records and other logs name this line."""
        return AuditRef(self.writer, self.sequence, self.sha256)


def compose_line(
    ref_before: AuditRef, event: str, details: Mapping[str, Any], after: Mapping[str, tuple[int, str]], now: Now
) -> bytes:
    """The bytes of the line that follows `ref_before` (sequence 0 before the first), without the newline."""
    return canonical_json(
        {
            "writer": ref_before.writer,
            "sequence": ref_before.sequence + 1,
            "time": now.moment.isoformat(),
            "simulated": now.is_simulated,
            "event": event,
            "details": details,
            "after": {writer: list(head) for writer, head in after.items()},
            "previous": ref_before.sha256,
        }
    )


def parse_line(raw: bytes) -> AuditLine | None:
    """The line that `raw` is (without its newline), or None where it is not one."""
    try:
        data = json.loads(raw)
        return AuditLine(
            writer=str(data["writer"]),
            sequence=int(data["sequence"]),
            time=str(data["time"]),
            simulated=bool(data["simulated"]),
            event=str(data["event"]),
            details=dict(data["details"]),
            after={str(writer): (int(head[0]), str(head[1])) for writer, head in data["after"].items()},
            previous=str(data["previous"]),
            sha256=hashlib.sha256(raw).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None


def split_log(content: bytes) -> tuple[list[bytes], bytes]:
    """The complete lines of a log, and what stands after the last newline: nothing, or a line torn by a crash."""
    *lines, torn = content.split(b"\n")
    return lines, torn


def canonical_json(data: Any) -> bytes:
    """`data` as JSON in the one form that is hashed: keys sorted, no spaces, ASCII. Raises ValueError for NaN."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


_WORKSTATION_LENGTH = 32


class AuditLog:
    """The log of one process in a study. It comes into being with its first line; no two processes ever share one.

    folder       the study folder
    workstation  a name for this computer, by which its logs are numbered ("ward3" → ward3-0001.jsonl)
    """

    def __init__(self, folder: Path, workstation: str | None = None) -> None:
        self._folder = folder / AUDIT_FOLDER
        self._workstation = _plain_name(platform.node() if workstation is None else workstation)
        self._others = _OtherLogs(self._folder)
        self._head: AuditRef | None = None
        self._size = 0
        self._process = 0

    def append(self, event: str, details: Mapping[str, Any], now: Now) -> AuditRef:
        """Write one line and force it to the disk.

        Raises DataRefusedError (audit-log-changed) where someone else wrote to this log, OSError where the disk refuses;
        after either this process goes on in a new log.
        """
        head = self._claimed_head()
        raw = compose_line(head, event, details, self._others.unnamed_heads(head.writer), now)
        path = self._folder / f"{head.writer}{LOG_SUFFIX}"
        try:
            self._write(path, raw + b"\n")
        except BaseException:
            self.abandon()
            raise
        line = parse_line(raw)
        assert line is not None
        self._others.note(line.after)
        self._head = line.ref
        self._size += len(raw) + 1
        return line.ref

    def abandon(self) -> None:
        """Write nothing more to this log; the next line begins another.

        So a line whose deed did not happen is always the last of its log, and one further up did happen.
        """
        self._head = None

    def _claimed_head(self) -> AuditRef:
        # A forked process must not go on in its parent's log.
        if self._head is None or self._process != os.getpid():
            self._head = AuditRef(self._claim(), 0, NOTHING_BEFORE)
            self._size = 0
            self._process = os.getpid()
        return self._head

    def _claim(self) -> str:
        self._folder.mkdir(exist_ok=True)
        taken = [
            int(match["number"])
            for path in self._folder.iterdir()
            if (match := LOG_NAME.fullmatch(path.name)) and match["workstation"] == self._workstation
        ]
        number = max(taken, default=0) + 1
        while True:
            writer = f"{self._workstation}-{number:04d}"
            try:
                with (self._folder / f"{writer}{LOG_SUFFIX}").open("xb"):
                    sync_folder(self._folder)
                    return writer
            except FileExistsError:
                number += 1

    def _write(self, path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            if os.fstat(descriptor).st_size != self._size:
                raise DataRefusedError(
                    f"The audit log {path.name} was changed by someone else while this program wrote to it; run study verify.",
                    "audit-log-changed",
                )
            if os.write(descriptor, content) != len(content):
                raise OSError("the disk took only part of a line of the audit log")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass
class _Progress:
    """How far another writer's log has been read."""

    offset: int = 0
    sequence: int = 0
    sha256: str = NOTHING_BEFORE


@dataclass
class _OtherLogs:
    """The last lines of the other logs, as far as no line anywhere names them yet. Logs only grow: each byte is read once."""

    folder: Path
    progress: dict[str, _Progress] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)

    def unnamed_heads(self, own: str) -> dict[str, tuple[int, str]]:
        for path in sorted(self.folder.glob(f"*{LOG_SUFFIX}")):
            if path.stem != own:
                self._read_on(path)
        return {
            writer: (seen.sequence, seen.sha256)
            for writer, seen in self.progress.items()
            if writer != own and seen.sequence > self.named.get(writer, 0)
        }

    def note(self, after: Mapping[str, tuple[int, str]]) -> None:
        for writer, (sequence, _) in after.items():
            self.named[writer] = max(sequence, self.named.get(writer, 0))

    def _read_on(self, path: Path) -> None:
        seen = self.progress.setdefault(path.stem, _Progress())
        if path.stat().st_size <= seen.offset:
            return
        with path.open("rb") as file:
            file.seek(seen.offset)
            lines, _ = split_log(file.read())
        for raw in lines:
            seen.offset += len(raw) + 1
            if (line := parse_line(raw)) is not None:
                seen.sequence, seen.sha256 = line.sequence, line.sha256
                self.note(line.after)


def _plain_name(workstation: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", workstation.lower()).strip("-")[:_WORKSTATION_LENGTH].strip("-")
    return name or "workstation"
