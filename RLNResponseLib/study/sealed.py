"""What a reading tells of its contour, in a form that nobody reads in a text editor: findings with sizes and places.

A reader who looks into the folder while the study is blinded is not to learn them by accident. It is a seal, no lock:
whoever unpacks the file reads it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.beginnings import (
    Beginning,
    ContourChange,
    beginnings_from_json,
    beginnings_json,
    change_from_json,
    change_json,
)
from RLNResponseLib.study.records import Reading, StoredFile
from RLNResponseLib.study.study import Study

_GZIP = 31
# A reading has a dozen findings, a sentence each; a few forged bytes may unpack to gigabytes.
MOST_BYTES = 1 << 24


@dataclass(frozen=True, kw_only=True)
class SealedPart:
    """What the record of a reading leaves out.

    Attributes
    ----------
    findings
        Of the checks (never of severity "error").
    source
        Where the contour came from ("Segment Editor", "imported contour, component 2"); None where it is not known.
    voxels_sha256
        `imaging.stored.contour_digest` of the contour, None where it is not known.
    beginnings
        What it was begun from, in their order; None of a reading that was locked before they were noted.
    change
        From the last assistance to the locked contour; None where there was none.

    """

    findings: tuple[Finding, ...]
    source: str | None
    voxels_sha256: str | None
    beginnings: tuple[Beginning, ...] | None = None
    change: ContourChange | None = None


def seal(content: Mapping[str, Any]) -> bytes:
    """JSON as gzip, the same for the same content.

    Parameters
    ----------
    content
        What is to be kept.

    Returns
    -------
    bytes

    """
    stream = zlib.compressobj(9, wbits=_GZIP)
    return stream.compress(json.dumps(content, allow_nan=False).encode("ascii")) + stream.flush()


def unseal(packed: bytes) -> dict[str, Any]:
    """What `seal` kept.

    Parameters
    ----------
    packed
        Its bytes.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        `seal` did not write them.

    """
    stream = zlib.decompressobj(_GZIP)
    try:
        text = stream.decompress(packed, MOST_BYTES)
        content = json.loads(text) if stream.eof else None
    except (zlib.error, RecursionError):
        raise ValueError("no sealed part") from None
    if not isinstance(content, dict):
        raise ValueError("no sealed part")
    return content


def seal_reading(part: SealedPart) -> bytes:
    """The content of a reading's sealed file.

    Parameters
    ----------
    part
        What it is to hold.

    Returns
    -------
    bytes

    """
    return seal(
        {
            "kind": "sealed-reading",
            "findings": record_files.findings_json(part.findings),
            "source": part.source,
            "voxels_sha256": part.voxels_sha256,
            "beginnings": None if part.beginnings is None else beginnings_json(part.beginnings),
            "change": change_json(part.change),
        }
    )


def unseal_reading(packed: bytes) -> SealedPart:
    """What a reading's sealed file holds.

    Parameters
    ----------
    packed
        Its bytes, compared with the record's digest before.

    Returns
    -------
    SealedPart

    Raises
    ------
    ValueError
        `seal_reading` did not write them.

    """
    content = unseal(packed)
    try:
        return SealedPart(
            findings=record_files.findings_from_json(content["findings"]),
            source=None if content["source"] is None else str(content["source"]),
            voxels_sha256=None if content["voxels_sha256"] is None else str(content["voxels_sha256"]),
            beginnings=_beginnings(content),
            change=change_from_json(content.get("change")),
        )
    except (KeyError, TypeError, AttributeError):
        raise ValueError("no sealed part") from None


def _beginnings(content: Mapping[str, Any]) -> tuple[Beginning, ...] | None:
    stated = content.get("beginnings")
    return None if stated is None else beginnings_from_json(stated)


def sealed_part(study: Study, reading: Reading) -> SealedPart:
    """What the record of a locked reading leaves out, after comparing its file with the record.

    Not for a blinded reader, but of their own reading.

    Parameters
    ----------
    study
        An opened study.
    reading
        A locked reading.

    Returns
    -------
    SealedPart
        Of a reading that an earlier version locked, the findings that stand in its record.

    Raises
    ------
    DataRefusedError
        sealed-part-changed.

    """
    if reading.sealed is None:
        return SealedPart(findings=reading.findings_in_record, source=None, voxels_sha256=None)
    try:
        return unseal_reading(_content(study, reading, reading.sealed))
    except (OSError, ValueError):
        raise DataRefusedError(
            f"The findings of reading {reading.key.name} of '{reading.key.lymph_node}' ({reading.sealed.path}) are not "
            "those that it was locked with; run study verify, and restore the file from a backup.",
            "sealed-part-changed",
        ) from None


def findings_of(study: Study, reading: Reading) -> Sequence[Finding]:
    """What the checks said of a locked reading, wherever it is kept (`sealed_part`).

    Parameters
    ----------
    study
        An opened study.
    reading
        A locked reading.

    Returns
    -------
    sequence of Finding
        Never of severity "error".

    Raises
    ------
    DataRefusedError
        sealed-part-changed.

    """
    return sealed_part(study, reading).findings


def _content(study: Study, reading: Reading, sealed: StoredFile) -> bytes:
    record = study.store.read(layout.reading_path(reading.key, layout.RECORD_SUFFIX))
    path = study.store.locate(next(file for file in record.files if file.path == sealed.path))
    content = read_regular(path) if path.stat().st_size <= MOST_BYTES else b""
    if hashlib.sha256(content).hexdigest() != sealed.sha256:
        raise ValueError("another file")
    return content
