"""The contour in work of an open reading: saved again and again, read back, and gone when the reading is locked."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import file_digest, read_regular
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.beginnings import Beginning, with_beginning
from RLNResponseLib.study.records import Draft, Opening, ReadingKey
from RLNResponseLib.study.sealed import SealedPart, seal_reading, unseal_reading
from RLNResponseLib.study.store import FileWriter
from RLNResponseLib.study.stored_records import damaged
from RLNResponseLib.study.study import Study


def save_draft(
    study: Study,
    key: ReadingKey,
    write: FileWriter,
    *,
    minutes: float | None,
    source: str,
    software: Mapping[str, str],
    findings: Sequence[Finding] = (),
    seen: str | None = None,
    begun: Beginning | None = None,
) -> Draft:
    """Keep the contour of an open reading, in place of the draft before.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.
    write
        Puts the contour into a .seg.nrrd file.
    minutes
        Spent contouring so far, None where nobody measured.
    source
        Where the contour comes from ("Segment Editor").
    software
        What it was drawn with: name → version ("slicer": "5.12.0").
    findings
        What was noticed when the contour was read from elsewhere; they stand in the reading's record.
    seen
        SHA-256 of the draft that the writer knows, None where it knows none: another one that is there is a second
        session's, and is set aside, not overwritten.
    begun
        What this contour is, where no hand drew it here; what the reading was begun from before stays noted.

    Returns
    -------
    Draft
        As it was saved.

    Raises
    ------
    DataRefusedError
        not-open, already-locked, bad-minutes, cannot-write.

    """
    refuse_unless_open(study, key)
    if minutes is not None and not (math.isfinite(minutes) and minutes >= 0):
        raise DataRefusedError("The minutes spent contouring must be a number from 0.", "bad-minutes")
    before = () if draft_file(study, key) is None else draft_beginnings(study, key)
    beginnings = before if begun is None else with_beginning(before or (), begun)
    _set_aside_another(study, key, seen)
    sha256 = study.store.save(layout.reading_path(key, layout.DRAFT_CONTOUR_SUFFIX), write)
    part = SealedPart(findings=tuple(findings), source=source, voxels_sha256=None, beginnings=beginnings)
    notes = {
        "minutes": minutes,
        "software": dict(software),
        # They tell of the contour, which others are not to learn before unblinding.
        "sealed": base64.b64encode(seal_reading(part)).decode("ascii"),
    }
    text = json.dumps(notes, indent=1) + "\n"
    study.store.save(
        layout.reading_path(key, layout.DRAFT_NOTES_SUFFIX), lambda target: target.write_bytes(text.encode("ascii"))
    )
    return Draft(
        key=key,
        sha256=sha256,
        minutes=minutes,
        source=source,
        software=MappingProxyType(dict(software)),
        findings=tuple(findings),
    )


def draft_file(study: Study, key: ReadingKey) -> Path | None:
    """Where the draft of an open reading lies.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.

    Returns
    -------
    Path or None
        None where there is no draft.

    """
    path = study.store.path(layout.reading_path(key, layout.DRAFT_CONTOUR_SUFFIX))
    return path if path.is_file() else None


def draft(study: Study, key: ReadingKey) -> Draft | None:
    """The draft of a reading.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.

    Returns
    -------
    Draft or None
        None where there is none.

    Raises
    ------
    DataRefusedError
        damaged-record.

    """
    path = draft_file(study, key)
    try:
        digest = None if path is None else file_digest(path)
    except FileNotFoundError:  # locked elsewhere at this moment
        digest = None
    if digest is None:
        return None
    name = layout.reading_path(key, layout.DRAFT_NOTES_SUFFIX)
    try:
        notes = json.loads(read_regular(study.store.path(name)))
        minutes = None if notes["minutes"] is None else float(notes["minutes"])
        software = MappingProxyType({str(what): str(version) for what, version in notes["software"].items()})
        source, findings = _source_and_findings(notes)
        return Draft(
            key=key,
            sha256=digest,
            minutes=minutes,
            source=source,
            software=software,
            findings=findings,
        )
    except FileNotFoundError:  # a crash between the draft and its notes: the contour is what matters
        return Draft(key=key, sha256=digest, minutes=None, source="unknown")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(name) from None


def draft_beginnings(study: Study, key: ReadingKey) -> tuple[Beginning, ...] | None:
    """What the draft of a reading was begun from.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.

    Returns
    -------
    tuple of Beginning or None
        None where there is no draft, or one of an earlier version.

    Raises
    ------
    DataRefusedError
        damaged-record.

    """
    name = layout.reading_path(key, layout.DRAFT_NOTES_SUFFIX)
    try:
        notes = json.loads(read_regular(study.store.path(name)))
        return _part(notes).beginnings if "sealed" in notes else None
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise damaged(name) from None


def _part(notes: Mapping[str, Any]) -> SealedPart:
    return unseal_reading(base64.b64decode(notes["sealed"], validate=True))


def _source_and_findings(notes: Mapping[str, Any]) -> tuple[str, tuple[Finding, ...]]:
    if "sealed" not in notes:  # of an earlier version
        return str(notes["source"]), record_files.findings_from_json(notes.get("findings", ()))
    part = _part(notes)
    return str(part.source), part.findings


def _set_aside_another(study: Study, key: ReadingKey, seen: str | None) -> None:
    path = draft_file(study, key)
    try:
        content = None if path is None else read_regular(path)
    except FileNotFoundError:  # locked or replaced at this moment
        content = None
    if content is None:
        return
    digest = hashlib.sha256(content).hexdigest()
    if digest != seen:
        name = f"{layout.SET_ASIDE}/{key.lymph_node}-{key.name}-{digest[:12]}{layout.CONTOUR_SUFFIX}"
        study.store.save(name, lambda target: target.write_bytes(content))


def refuse_unless_open(study: Study, key: ReadingKey) -> Opening:
    """The opening of a reading that may be drawn: opened and not locked.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.

    Returns
    -------
    Opening
        When and why it was opened.

    Raises
    ------
    DataRefusedError
        not-open, already-locked.

    """
    if study.reading(key) is not None:
        raise already_locked(key)
    opened = study.opening(key)
    if opened is None:
        raise DataRefusedError(f"The reading {key.name} of '{key.lymph_node}' is not open; open it first.", "not-open")
    return opened


def already_locked(key: ReadingKey) -> DataRefusedError:
    """The refusal to change what is locked.

    Parameters
    ----------
    key
        Which reading.

    Returns
    -------
    DataRefusedError
        already-locked.

    """
    return DataRefusedError(
        f"The reading {key.name} of '{key.lymph_node}' is locked and never changes; correct it instead (Correct in the "
        "panel), which says why and keeps both.",
        "already-locked",
        "or at a terminal with study import-reading --correction",
    )
