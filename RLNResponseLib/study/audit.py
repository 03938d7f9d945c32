"""The audit log: one file a process, each line chained to the one before and to the other writers' last lines."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import find_files, make_folder, sync_folder
from RLNResponseLib.study.audit_index import AuditIndex
from RLNResponseLib.study.audit_lines import (
    AUDIT_FOLDER,
    HEAD_SUFFIX,
    HEADS_FOLDER,
    LOG_NAME,
    LOG_SUFFIX,
    MADE,
    NOT_MADE,
    NOTHING_BEFORE,
    MadeRecord,
    compose_line,
    made_details,
    parse_line,
)
from RLNResponseLib.study.audit_refs import ref_json
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.strict_json import canonical_json

_WORKSTATION_LENGTH = 32


class AuditLog:
    """The log of one process in a study. It comes into being with its first line; no two processes ever share one.

    Parameters
    ----------
    folder
        The study folder.
    workstation
        A name for this computer, by which its logs are numbered ("ward3" → ward3-0001.jsonl); the host name by
        default.

    """

    def __init__(self, folder: Path, workstation: str | None = None) -> None:
        self._folder = folder / AUDIT_FOLDER
        self._workstation = _plain_name(platform.node() if workstation is None else workstation)
        self.index = AuditIndex(folder)
        self._head: AuditRef | None = None
        self._size = 0
        self._process = 0

    def append(self, event: str, details: Mapping[str, Any], now: Now) -> AuditRef:
        """Write one line and force it to the disk. After a refusal this process goes on in a new log.

        Parameters
        ----------
        event
            What was done: "reading-locked".
        details
            The whole record that the line announces, with its path.
        now
            The moment of writing.

        Returns
        -------
        AuditRef
            The line that was written.

        Raises
        ------
        DataRefusedError
            audit-log-changed where someone else wrote to this log.
        OSError
            The disk refuses.

        """
        return self._append(event, details, now)

    def mark_made(self, made: Sequence[MadeRecord], now: Now) -> AuditRef:
        """Say that announced records stand in the folder: from now on their absence is a removal.

        Parameters
        ----------
        made
            The records.
        now
            The moment of writing.

        Returns
        -------
        AuditRef
            The line that was written.

        Raises
        ------
        DataRefusedError
            audit-log-changed.
        OSError
            The disk refuses.

        """
        return self._append(MADE, made_details(made), now, tuple(made))

    def withdraw(self, announced: AuditRef, now: Now) -> None:
        """Say that a record that this process announced will not be made.

        Parameters
        ----------
        announced
            The line that announced it.
        now
            The moment of writing.

        Raises
        ------
        DataRefusedError
            audit-log-changed.
        OSError
            The disk refuses.

        """
        self._append(NOT_MADE, {"line": ref_json(announced)}, now)

    def latest_time(self, *, simulated: bool) -> datetime | None:
        """The latest time that a line states, of those with a date from RLNRESPONSE_TODAY or of the others."""
        self.index.refresh()
        return self.index.latest_time(simulated=simulated)

    def moved_to(self, folder: Path) -> None:
        """Go on in the same log in the study's new place."""
        self._folder = folder / AUDIT_FOLDER
        self.index.folder = folder

    def abandon(self) -> None:
        """Write nothing more to this log; the next line begins another.

        So a line whose deed did not happen is always the last of its log, or the one after it says so.
        """
        self._head = None

    def _append(self, event: str, details: Mapping[str, Any], now: Now, made: tuple[MadeRecord, ...] = ()) -> AuditRef:
        head = self._claimed_head()
        self.index.refresh()
        raw = compose_line(head, event, details, self.index.unnamed_heads(head.writer), now, self.index.root(made))
        try:
            self._write(self._folder / f"{head.writer}{LOG_SUFFIX}", raw + b"\n")
        except BaseException:
            self.abandon()
            raise
        line = parse_line(raw)
        assert line is not None
        self._head = line.ref
        self._size += len(raw) + 1
        self._note_head(line.ref)
        return line.ref

    def _note_head(self, ref: AuditRef) -> None:
        """Which line is the log's last: that it is cut short then shows. Behind by one after a crash."""
        with suppress(OSError):
            heads = self._folder.with_name(HEADS_FOLDER)
            heads.mkdir(exist_ok=True)
            (heads / f"{ref.writer}{HEAD_SUFFIX}").write_bytes(canonical_json(ref_json(ref)))

    def _claimed_head(self) -> AuditRef:
        # A forked process must not go on in its parent's log.
        if self._head is None or self._process != os.getpid():
            self._head = AuditRef(self._claim(), 0, NOTHING_BEFORE)
            self._size = 0
            self._process = os.getpid()
        return self._head

    def _claim(self) -> str:
        make_folder(self._folder)
        number = max(map(self._number, self._names()), default=0) + 1
        while True:
            writer = f"{self._workstation}-{number:04d}"
            try:
                with (self._folder / f"{writer}{LOG_SUFFIX}").open("xb"):
                    sync_folder(self._folder)
                    return writer
            except FileExistsError:
                number += 1

    def _names(self) -> list[str]:
        """Of the logs, those too of which only the head is left: their numbers are not given again."""
        heads = self._folder.with_name(HEADS_FOLDER)
        noted = [f"{path.name.removesuffix(HEAD_SUFFIX)}{LOG_SUFFIX}" for path in find_files(heads, f"*{HEAD_SUFFIX}")]
        return [*noted, *(path.name for path in self._folder.iterdir())]

    def _number(self, name: str) -> int:
        match = LOG_NAME.fullmatch(name)
        return int(match["number"]) if match is not None and match["workstation"] == self._workstation else 0

    def _write(self, path: Path, content: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            if os.fstat(descriptor).st_size != self._size:
                raise DataRefusedError(
                    f"The audit log {path.name} was changed by someone else while this program wrote to it; run study "
                    "verify.",
                    "audit-log-changed",
                )
            if os.write(descriptor, content) != len(content):
                raise OSError("the disk took only part of a line of the audit log")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _plain_name(workstation: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", workstation.lower()).strip("-")[:_WORKSTATION_LENGTH].strip("-")
    return name or "workstation"
