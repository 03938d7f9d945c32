"""Writing the audit log: one file a process, each line chained to the one before and to the other writers' last lines."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from RLNResponseLib.clock import Now
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.files import sync_folder
from RLNResponseLib.study.audit_lines import (
    AUDIT_FOLDER,
    LOG_NAME,
    LOG_SUFFIX,
    NOTHING_BEFORE,
    compose_line,
    parse_line,
    split_log,
)
from RLNResponseLib.study.records import AuditRef

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
