"""The audit log: one file a process, each line chained to the one before and to the other writers' last lines; how a
line is composed, written and read back. docs/study-folder.md says what the chains prove.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import find_files, sync_folder
from RLNResponseLib.study.records import AuditRef

AUDIT_FOLDER = "audit"
LOG_SUFFIX = ".jsonl"
LOG_NAME = re.compile(r"(?P<workstation>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<number>[0-9]{4,})\.jsonl")
# What the first line of a log gives as the hash of the line before it.
NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One line of a log.

    Attributes
    ----------
    writer
        Whose log: "ward-0001".
    sequence
        Number of the line, from 1.
    time
        When, ISO 8601 with the zone.
    simulated
        The date came from RLNRESPONSE_TODAY.
    event
        What was done: "reading-locked".
    details
        The whole record that the line announces, with its path.
    after
        The last line of other writers' logs that this writer had seen: writer → (sequence, SHA-256).
    previous
        SHA-256 of the line before, in bytes as it stands in the file; 64 zeros in a first line.
    sha256
        Of this line, without the newline.

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

    @property
    def moment(self) -> datetime | None:
        """`time`, None where it is none."""
        try:
            time = datetime.fromisoformat(self.time)
        except ValueError:
            return None
        return time if time.tzinfo is not None else None


def compose_line(
    ref_before: AuditRef, event: str, details: Mapping[str, Any], after: Mapping[str, tuple[int, str]], now: Now
) -> bytes:
    """The bytes of the line that follows another in a log.

    Parameters
    ----------
    ref_before
        The line before; sequence 0 and NOTHING_BEFORE for the first line of a log.
    event
        What was done: "reading-locked".
    details
        The whole record that the line announces, with its path.
    after
        Last lines of other logs that no line names yet: writer → (sequence, SHA-256).
    now
        The moment of writing.

    Returns
    -------
    bytes
        Canonical JSON without the newline.

    Raises
    ------
    ValueError
        A number of `details` is not finite.

    Examples
    --------
    Two lines, the second chained to the first:

    >>> from datetime import UTC, datetime
    >>> now = Now(datetime(2026, 1, 10, 12, tzinfo=UTC))
    >>> first = compose_line(AuditRef("ward-0001", 0, NOTHING_BEFORE), "study-created", {}, {}, now)
    >>> head = parse_line(first).ref
    >>> second = parse_line(compose_line(head, "reading-locked", {"record": "readings/LN1/A-1.json"}, {}, now))
    >>> second.sequence, second.previous == hashlib.sha256(first).hexdigest()
    (2, True)

    """
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
    """The line of a log that some bytes are.

    Parameters
    ----------
    raw
        A line without its newline.

    Returns
    -------
    AuditLine or None
        None where the bytes are no line of a log.

    Examples
    --------
    >>> parse_line(b'{"event": "half a li') is None
    True

    """
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
    r"""The complete lines of a log, and what stands after its last newline.

    Parameters
    ----------
    content
        The bytes of the log's file.

    Returns
    -------
    tuple
        The lines without their newlines; b"" or a line torn by a crash.

    Examples
    --------
    >>> split_log(b"one\ntwo\nhal")
    ([b'one', b'two'], b'hal')

    """
    *lines, torn = content.split(b"\n")
    return lines, torn


def canonical_json(data: Any) -> bytes:
    r"""Data as JSON in the one form that is hashed: keys sorted, no spaces, ASCII.

    Parameters
    ----------
    data
        Texts, numbers, true, false, None, lists and mappings.

    Returns
    -------
    bytes
        The same for equal data, whatever the order of its keys.

    Raises
    ------
    ValueError
        A number is not finite, for which JSON has no word.

    Examples
    --------
    >>> canonical_json({"b": [1, None], "a": "é"})
    b'{"a":"\\u00e9","b":[1,null]}'

    """
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


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
        self._logs = _Logs(folder=self._folder)
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
        head = self._claimed_head()
        raw = compose_line(head, event, details, self._logs.unnamed_heads(head.writer), now)
        path = self._folder / f"{head.writer}{LOG_SUFFIX}"
        try:
            self._write(path, raw + b"\n")
        except BaseException:
            self.abandon()
            raise
        line = parse_line(raw)
        assert line is not None
        self._logs.note(line.after)
        self._head = line.ref
        self._size += len(raw) + 1
        return line.ref

    def latest_time(self, *, simulated: bool) -> datetime | None:
        """The latest time that a line states, of those with a date from RLNRESPONSE_TODAY or of the others."""
        return self._logs.latest_time(simulated)

    def moved_to(self, folder: Path) -> None:
        """Go on in the same log in the study's new place."""
        self._folder = self._logs.folder = folder / AUDIT_FOLDER

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
                    f"The audit log {path.name} was changed by someone else while this program wrote to it; run study "
                    "verify.",
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
class _Logs:
    """The last lines of all logs, as far as no line names them yet. Logs only grow: each byte is read once."""

    folder: Path
    progress: dict[str, _Progress] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    times: dict[bool, datetime] = field(default_factory=dict)

    def latest_time(self, simulated: bool) -> datetime | None:
        self._read_all()
        return self.times.get(simulated)

    def unnamed_heads(self, own: str) -> dict[str, tuple[int, str]]:
        self._read_all()
        return {
            writer: (seen.sequence, seen.sha256)
            for writer, seen in self.progress.items()
            if writer != own and seen.sequence > self.named.get(writer, 0)
        }

    def note(self, after: Mapping[str, tuple[int, str]]) -> None:
        for writer, (sequence, _) in after.items():
            self.named[writer] = max(sequence, self.named.get(writer, 0))

    def _read_all(self) -> None:
        for path in find_files(self.folder, f"*{LOG_SUFFIX}"):
            self._read_on(path)

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
                if (time := line.moment) is not None:
                    self.times[line.simulated] = max(time, self.times.get(line.simulated, time))


def _plain_name(workstation: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", workstation.lower()).strip("-")[:_WORKSTATION_LENGTH].strip("-")
    return name or "workstation"
