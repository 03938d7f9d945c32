"""One line of the audit log: how it is composed, and read back. docs/study-folder.md says what the chains prove."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.study.audit_refs import is_ref, ref_json, ref_of
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.records_tree import RecordsRoot
from RLNResponseLib.study.strict_json import canonical_json, is_count, is_digest, parse_object

AUDIT_FOLDER = "audit"
LOG_SUFFIX = ".jsonl"
# Where it is noted which line is the last of each log.
HEADS_FOLDER, HEAD_SUFFIX = "heads", ".json"
LOG_NAME = re.compile(r"(?P<workstation>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<number>[0-9]{4,9})\.jsonl")
# What the first line of a log gives as the hash of the line before it.
NOTHING_BEFORE = "0" * 64
# 1, which states no schema, has neither `records` nor commit marks.
LINE_SCHEMA = 2
# Events that speak of lines, not of deeds: a record that was announced is there for good, or will never be.
MADE, NOT_MADE = "record-made", "record-not-made"

_KEYS = {"writer", "sequence", "time", "simulated", "event", "details", "after", "previous"}


@dataclass(frozen=True)
class MadeRecord:
    """What a commit mark says: the record that a line announced stands in the folder.

    Attributes
    ----------
    path
        Of the record.
    sha256
        Of its file.
    announced
        The line that announced it.

    """

    path: str
    sha256: str
    announced: AuditRef

    def as_json(self) -> dict[str, Any]:
        """As the mark's details name it."""
        return {"record": self.path, "sha256": self.sha256, "line": ref_json(self.announced)}


@dataclass(frozen=True)
class NotedProtocol:
    """A text of the protocol in the log.

    Attributes
    ----------
    sha256
        Of the protocol's file.
    text
        What it says.
    file
        Its name; None where the line does not say.

    """

    sha256: str
    text: str
    file: str | None


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One line of a log.

    Attributes
    ----------
    schema
        1 for lines of before commit marks, 2 since.
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
    records
        All records that the lines up to this one say were made; None in schema 1.
    sha256
        Of this line, without the newline.

    """

    schema: int
    writer: str
    sequence: int
    time: str
    simulated: bool
    event: str
    details: Mapping[str, Any]
    after: Mapping[str, tuple[int, str]]
    previous: str
    records: RecordsRoot | None
    sha256: str

    @property
    def ref(self) -> AuditRef:
        """How records and other logs name this line."""
        return AuditRef(self.writer, self.sequence, self.sha256)

    @property
    def moment(self) -> datetime:
        """`time`."""
        return datetime.fromisoformat(self.time)

    @property
    def announces(self) -> str | None:
        """The path of the record that this line announces, None where it announces none."""
        name = self.details.get("record")
        return name if isinstance(name, str) and self.event not in (MADE, NOT_MADE) else None

    @property
    def protocols(self) -> tuple[NotedProtocol, ...]:
        """The texts of the protocol that this line holds, by itself or in the record that it announces."""
        return tuple(
            NotedProtocol(str(holder.get("protocol_sha256")), holder["protocol"], holder.get("protocol_file"))
            for holder in (self.details, self.details.get("content"))
            if isinstance(holder, dict) and isinstance(holder.get("protocol"), str)
        )

    @property
    def made(self) -> tuple[MadeRecord, ...]:
        """The records that this line marks as made; empty for what is no commit mark."""
        return tuple(map(_made, self.details["made"])) if self.event == MADE else ()

    @property
    def withdrawn(self) -> AuditRef | None:
        """The line whose record was not made, by this line; None for any other line."""
        return ref_of(self.details["line"]) if self.event == NOT_MADE else None


def compose_line(
    ref_before: AuditRef,
    event: str,
    details: Mapping[str, Any],
    after: Mapping[str, tuple[int, str]],
    now: Now,
    records: RecordsRoot,
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
    records
        All records that this line and those before it say were made.

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
    >>> from RLNResponseLib.study.records_tree import RecordsTree
    >>> now, none = Now(datetime(2026, 1, 10, 12, tzinfo=UTC)), RecordsTree().root()
    >>> first = compose_line(AuditRef("ward-0001", 0, NOTHING_BEFORE), "study-created", {}, {}, now, none)
    >>> head = parse_line(first).ref
    >>> second = parse_line(compose_line(head, "reading-locked", {"record": "readings/LN1/A-1.json"}, {}, now, none))
    >>> second.sequence, second.previous == hashlib.sha256(first).hexdigest()
    (2, True)

    """
    return canonical_json(
        {
            "schema": LINE_SCHEMA,
            "writer": ref_before.writer,
            "sequence": ref_before.sequence + 1,
            "time": now.moment.isoformat(),
            "simulated": now.is_simulated,
            "event": event,
            "details": details,
            "after": {writer: list(head) for writer, head in after.items()},
            "previous": ref_before.sha256,
            "records": {"count": records.count, "root": records.root},
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
        None where the bytes are no line that a version of this software wrote.

    Examples
    --------
    >>> parse_line(b'{"event": "half a li') is None
    True

    """
    data = parse_object(raw)
    if data is None or not _is_line(data):
        return None
    records = data.get("records")
    return AuditLine(
        schema=data.get("schema", 1),
        writer=data["writer"],
        sequence=data["sequence"],
        time=data["time"],
        simulated=data["simulated"],
        event=data["event"],
        details=data["details"],
        after={writer: (head[0], head[1]) for writer, head in data["after"].items()},
        previous=data["previous"],
        records=None if records is None else RecordsRoot(records["count"], records["root"]),
        sha256=hashlib.sha256(raw).hexdigest(),
    )


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


def _is_line(data: Mapping[str, Any]) -> bool:
    keys = data.keys()
    if "schema" in keys or "records" in keys:
        if keys != _KEYS | {"schema", "records"} or data["schema"] != LINE_SCHEMA or not _is_root(data["records"]):
            return False
    elif keys != _KEYS:
        return False
    return (
        all(isinstance(data[name], str) for name in ("writer", "time", "event"))
        and is_count(data["sequence"], 1)
        and isinstance(data["simulated"], bool)
        and isinstance(data["details"], dict)
        and isinstance(data["after"], dict)
        and all(map(_is_head, data["after"].values()))
        and is_digest(data["previous"])
        and _is_time(data["time"])
        and _says_what_its_event_must(data["event"], data["details"])
    )


def _is_root(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and data.keys() == {"count", "root"}
        and is_count(data["count"])
        and is_digest(data["root"])
    )


def _is_head(head: Any) -> bool:
    return isinstance(head, list) and len(head) == 2 and is_count(head[0], 1) and is_digest(head[1])


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _says_what_its_event_must(event: str, details: Mapping[str, Any]) -> bool:
    if event == MADE:
        made = details.get("made")
        return isinstance(made, list) and all(map(_is_made, made))
    if event == NOT_MADE:
        return is_ref(details.get("line"))
    return True


def _is_made(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("record"), str)
        and is_digest(item.get("sha256"))
        and is_ref(item.get("line"))
    )


def _made(item: Mapping[str, Any]) -> MadeRecord:
    return MadeRecord(item["record"], item["sha256"], ref_of(item["line"]))


def made_details(made: Sequence[MadeRecord]) -> dict[str, Any]:
    """The details of a commit mark.

    Parameters
    ----------
    made
        The records that stand in the folder.

    Returns
    -------
    dict

    """
    return {"made": [record.as_json() for record in made]}
