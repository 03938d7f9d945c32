"""Records of the study as the JSON that the store keeps, and back: one encoder or decoder for each kind of record."""

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
from RLNResponseLib.study.stored_records import StoredRecord, damaged
from RLNResponseLib.study.strict_json import is_count, is_digest

Record = TypeVar("Record")
# What a decoder raises where a record lacks what its kind must hold.
_NOT_OF_ITS_KIND = (KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError, DataRefusedError)


def decode(stored: StoredRecord, decoder: Callable[[StoredRecord], Record]) -> Record:
    """The record that a stored one holds.

    Parameters
    ----------
    stored
        From the store.
    decoder
        The function of this module for its kind.

    Returns
    -------
    Record
        What `decoder` makes of it.

    Raises
    ------
    DataRefusedError
        damaged-record where it is no record of that kind.

    """
    try:
        return decoder(stored)
    except _NOT_OF_ITS_KIND:
        raise damaged(stored.path) from None


def key_json(key: ReadingKey) -> dict[str, str | int]:
    """The fields that name a reading.

    Parameters
    ----------
    key
        Which reading.

    Returns
    -------
    dict
        lymph_node, reader, round, revision.

    """
    return {"lymph_node": key.lymph_node, "reader": key.reader, "round": key.round, "revision": key.revision}


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON; a number that is not finite is written as text.

    Parameters
    ----------
    findings
        Of an import or a check.

    Returns
    -------
    list
        A mapping for each finding.

    """
    return [
        {**finding.as_json(), "numbers": {name: _plain_number(value) for name, value in finding.numbers.items()}}
        for finding in findings
    ]


def findings_from_json(items: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """What `findings_json` wrote, as findings.

    Parameters
    ----------
    items
        A mapping for each finding.

    Returns
    -------
    tuple of Finding

    Raises
    ------
    KeyError, TypeError, ValueError
        They are none.

    """
    return tuple(
        Finding(
            code=str(item["code"]),
            severity=item["severity"],
            message=str(item["message"]),
            numbers=MappingProxyType(dict(item["numbers"])),
        )
        for item in items
    )


def image_entry(stored: StoredRecord) -> ImageEntry:
    """Decode images/<id>.json.

    Parameters
    ----------
    stored
        The record of an image.

    Returns
    -------
    ImageEntry
        What it holds.

    """
    content = stored.content
    return ImageEntry(
        id=str(content["id"]),
        patient=str(content["patient"]),
        imported_at=_time(content["imported_at"]),
        file=_file(stored),
        acquisition=MappingProxyType(dict(content["acquisition"])),
        findings=findings_from_json(content["findings"]),
        software=MappingProxyType(dict(content["software"])),
        voxels_sha256=str(content["voxels_sha256"]) if content.get("voxels_sha256") else None,
        audit=stored.audit,
    )


def opening(stored: StoredRecord) -> Opening:
    """Decode readings/<lymph node>/<reading>.open.json.

    Parameters
    ----------
    stored
        The record of an opening.

    Returns
    -------
    Opening
        What it holds.

    """
    content = stored.content
    return Opening(
        key=_key(content),
        opened_at=_time(content["opened_at"]),
        reason=content["reason"],
        protocol_sha256=None if content.get("protocol_sha256") is None else str(content["protocol_sha256"]),
        after_seeing=bool(content.get("after_seeing", False)),
        audit=stored.audit,
    )


def reading(stored: StoredRecord) -> Reading:
    """Decode readings/<lymph node>/<reading>.json.

    Parameters
    ----------
    stored
        The record of a locked reading.

    Returns
    -------
    Reading
        What it holds.

    """
    content = stored.content
    # The contour, then what is sealed; earlier versions had the findings here.
    sealed = StoredFile(path=stored.files[1].path, sha256=stored.files[1].sha256) if len(stored.files) > 1 else None
    return Reading(
        key=_key(content),
        opened_at=_time(content["opened_at"]),
        locked_at=_time(content["locked_at"]),
        minutes=None if content["minutes"] is None else float(content["minutes"]),
        image=str(content["image"]),
        image_sha256=str(content["image_sha256"]),
        contour=_file(stored),
        sealed=sealed,
        findings_in_record=findings_from_json(content["findings"]) if sealed is None else (),
        software=MappingProxyType(dict(content["software"])),
        protocol_sha256=str(content["protocol_sha256"]),
        replaces=content["replaces"],
        reason=content["reason"],
        after_unblinding=bool(content["after_unblinding"]),
        after_seeing=bool(content.get("after_seeing", False)),
        clock_behind=_time(content["clock_behind"]) if content.get("clock_behind") else None,
        audit=stored.audit,
    )


def exclusion(stored: StoredRecord) -> ExclusionDecision:
    """Decode exclusions/<subject>-<number>.json.

    Parameters
    ----------
    stored
        The record of a decision.

    Returns
    -------
    ExclusionDecision
        What it holds.

    """
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
    """Decode unblinding.json.

    Parameters
    ----------
    stored
        The record of the unblinding.

    Returns
    -------
    Unblinding
        What it holds.

    """
    content = stored.content
    return Unblinding(
        unblinded_at=_time(content["unblinded_at"]),
        protocol_sha256=str(content["protocol_sha256"]),
        missing=MappingProxyType({str(name): str(reason) for name, reason in content["missing"].items()}),
        **{name: _text(content.get(name)) for name in ("anchor", "anchor_not_compared", "despite")},
        audit=stored.audit,
    )


def _key(content: Mapping[str, Any]) -> ReadingKey:
    return ReadingKey(
        lymph_node=str(content["lymph_node"]),
        reader=str(content["reader"]),
        round=int(content["round"]),
        revision=int(content["revision"]),
    )


def _file(stored: StoredRecord) -> StoredFile:
    return StoredFile(path=stored.files[0].path, sha256=stored.files[0].sha256)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _plain_number(value: float | int | str) -> float | int | str:
    if isinstance(value, str | bool | int):
        return value
    number = float(value)  # numpy's numbers too
    return number if math.isfinite(number) else str(number)


def is_what_it_says(stored: StoredRecord) -> bool:
    """Whether a record holds what its kind must.

    Parameters
    ----------
    stored
        From the store.

    Returns
    -------
    bool
        True for a kind that this version does not know: the log says whether it was written.

    """
    decoder = _DECODERS.get(str(stored.content.get("kind")))
    try:
        if decoder is not None:
            decoder(stored)
    except _NOT_OF_ITS_KIND:
        return False
    return True


def _clinical_tables(stored: StoredRecord) -> object:
    if not is_count(stored.content["number"], 1):
        raise ValueError
    return _time(stored.content["imported_at"])


def _frozen_protocol(stored: StoredRecord) -> object:
    if not is_digest(stored.content["protocol_sha256"]):
        raise ValueError
    return _time(stored.content["frozen_at"])


def _recovery(stored: StoredRecord) -> object:
    found = [(item["code"], item["where"]) for item in stored.content["leftovers"]]
    if not all(isinstance(word, str) for pair in found for word in pair):
        raise ValueError
    return _time(stored.content["recovered_at"]), found


def _given_up(stored: StoredRecord) -> object:
    return _key(stored.content), _time(stored.content["given_up_at"])


_DECODERS: Mapping[str, Callable[[StoredRecord], object]] = {
    "image": image_entry,
    "opening": opening,
    "reading": reading,
    "exclusion": exclusion,
    "unblinding": unblinding,
    "clinical-tables": _clinical_tables,
    "frozen-protocol": _frozen_protocol,
    "recovery": _recovery,
    "correction-given-up": _given_up,
}
