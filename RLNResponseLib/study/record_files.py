"""Records of the study from and to what the store keeps of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study.records import (
    ExclusionDecision,
    ImageEntry,
    Opening,
    Reading,
    ReadingKey,
    StoredFile,
    Unblinding,
)
from RLNResponseLib.study.store import StoredRecord, damaged

Record = TypeVar("Record")


def decode(stored: StoredRecord, decoder: Callable[[StoredRecord], Record]) -> Record:
    """The record that `stored` holds. Raises DataRefusedError (damaged-record) where it is none of its kind."""
    try:
        return decoder(stored)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, DataRefusedError):
        raise damaged(stored.path) from None


def key_json(key: ReadingKey) -> dict[str, str | int]:
    """The fields that name a reading."""
    return {"lymph_node": key.lymph_node, "reader": key.reader, "round": key.round, "revision": key.revision}


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings with numbers that JSON has: what is not finite is written as text."""
    return [
        {**finding.as_json(), "numbers": {name: _plain_number(value) for name, value in finding.numbers.items()}}
        for finding in findings
    ]


def image_entry(stored: StoredRecord) -> ImageEntry:
    """Decoder of images/<id>.json."""
    content = stored.content
    return ImageEntry(
        id=str(content["id"]),
        patient=str(content["patient"]),
        imported_at=_time(content["imported_at"]),
        file=_file(stored),
        acquisition=MappingProxyType(dict(content["acquisition"])),
        findings=_findings(content["findings"]),
        software=MappingProxyType(dict(content["software"])),
        audit=stored.audit,
    )


def opening(stored: StoredRecord) -> Opening:
    """Decoder of readings/<lymph node>/<reading>.open.json."""
    content = stored.content
    return Opening(_key(content), _time(content["opened_at"]), content["reason"], stored.audit)


def reading(stored: StoredRecord) -> Reading:
    """Decoder of readings/<lymph node>/<reading>.json."""
    content = stored.content
    return Reading(
        key=_key(content),
        opened_at=_time(content["opened_at"]),
        locked_at=_time(content["locked_at"]),
        minutes=None if content["minutes"] is None else float(content["minutes"]),
        image=str(content["image"]),
        image_sha256=str(content["image_sha256"]),
        contour=_file(stored),
        findings=_findings(content["findings"]),
        software=MappingProxyType(dict(content["software"])),
        protocol_sha256=str(content["protocol_sha256"]),
        replaces=content["replaces"],
        reason=content["reason"],
        after_unblinding=bool(content["after_unblinding"]),
        audit=stored.audit,
    )


def exclusion(stored: StoredRecord) -> ExclusionDecision:
    """Decoder of exclusions/<subject>-<number>.json."""
    content = stored.content
    return ExclusionDecision(
        patient=str(content["patient"]),
        lymph_node=content["lymph_node"],
        excluded=bool(content["excluded"]),
        reason=str(content["reason"]),
        decided_at=_time(content["decided_at"]),
        after_unblinding=bool(content["after_unblinding"]),
        number=int(content["number"]),
        audit=stored.audit,
    )


def unblinding(stored: StoredRecord) -> Unblinding:
    """Decoder of unblinding.json."""
    content = stored.content
    return Unblinding(
        unblinded_at=_time(content["unblinded_at"]),
        protocol_sha256=str(content["protocol_sha256"]),
        missing=MappingProxyType({str(name): str(reason) for name, reason in content["missing"].items()}),
        audit=stored.audit,
    )


def _key(content: Mapping[str, Any]) -> ReadingKey:
    return ReadingKey(
        str(content["lymph_node"]), str(content["reader"]), int(content["round"]), int(content["revision"])
    )


def _file(stored: StoredRecord) -> StoredFile:
    return StoredFile(path=stored.files[0].path, sha256=stored.files[0].sha256)


def _findings(items: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(str(item["code"]), item["severity"], str(item["message"]), MappingProxyType(dict(item["numbers"])))
        for item in items
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time


def _plain_number(value: float | int | str) -> float | int | str:
    if isinstance(value, str | bool | int):
        return value
    number = float(value)  # numpy's numbers too
    return number if math.isfinite(number) else str(number)
