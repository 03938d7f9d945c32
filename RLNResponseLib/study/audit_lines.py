"""The lines of an audit log: how one is written, and how a log is read back. docs/study-folder.md says what they prove."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.clock import Now
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
