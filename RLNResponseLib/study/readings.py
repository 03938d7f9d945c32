"""The life of a reading: assigned → open → locked → superseded by a named correction. Nothing leads back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from RLNResponseLib.common.clock import CLOCK_TOLERANCE, Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.imaging.stored import drawn_contour, stored_contour_digest
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.beginnings import Beginning, ContourChange, last_assistance
from RLNResponseLib.study.corrections import correction, could_see_another, last_locked, latest, opened_revisions
from RLNResponseLib.study.drafts import already_locked, draft, draft_beginnings, refuse_unless_open
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.records import (
    FIRST_ROUND,
    REPEAT_ROUND,
    Draft,
    Opening,
    Reading,
    ReadingKey,
    ReadingState,
)
from RLNResponseLib.study.sealed import SealedPart, seal_reading, sealed_part
from RLNResponseLib.study.stored_records import StagedFile
from RLNResponseLib.study.study import Study


def state_of(study: Study, key: ReadingKey) -> ReadingState:
    """Where a reading stands. One that nobody has opened is "assigned", whether or not it is its time.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.

    Returns
    -------
    ReadingState
        "assigned", "open", "locked", "superseded", or "given up" of a correction.

    """
    if study.is_given_up(key):
        return "given up"
    if study.reading(key) is not None:
        later = [revision for revision in opened_revisions(study, key) if revision.revision > key.revision]
        return "superseded" if any(study.reading(revision) is not None for revision in later) else "locked"
    return "assigned" if study.opening(key) is None else "open"


def open_reading(study: Study, key: ReadingKey, now: Now, reason: str | None = None) -> Opening:
    """Open a reading for contouring; one that is open already stays as it is.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.
    now
        The moment: it judges the washout, and stands in the record and the log.
    reason
        Needed for a correction (`key.revision` above 1), and only there.

    Returns
    -------
    Opening
        The new one, or the one that holds.

    Raises
    ------
    DataRefusedError
        no-such-reader, not-assigned, no-such-lymph-node, no-such-image, image-of-another-patient, excluded,
        already-locked, already-unblinded, first-reading-not-locked, washout, nothing-to-correct, repeat-is-open,
        first-reading-is-open, no-reason, cannot-write.

    """
    if study.reading(key) is not None:
        raise already_locked(key)
    existing = study.opening(key)
    if existing is not None:
        return existing
    _refuse_reading_at_all(study, key)
    if key.is_correction:
        reason = checked_reason(reason or "")
        _refuse_correction(study, key)
    elif key.round == REPEAT_ROUND:
        _refuse_before_washout(study, key, now.today)
    content = {
        "kind": "opening",
        **record_files.key_json(key),
        "opened_at": now.moment.isoformat(),
        "reason": reason if key.revision > 1 else None,
        "protocol_sha256": _noted_protocol(study, now),
        "after_seeing": key.is_correction and could_see_another(study, key),
    }
    try:
        study.store.commit("reading-opened", layout.reading_path(key, layout.OPENING_SUFFIX), content, now)
    except DataRefusedError as error:
        if error.code != "record-exists":  # the same reader opened it elsewhere at the same moment: that one holds
            raise
    opened = study.opening(key)
    assert opened is not None
    return opened


def lock_reading(
    study: Study, key: ReadingKey, findings: Sequence[Finding], now: Now, *, draft_sha256: str | None = None
) -> Reading:
    """Lock the draft of an open reading, for good.

    The contour and what the checks said of it are staged, the audit log announces the reading, then its record appears:
    that is the moment of locking, and it happens completely or not at all. Record and log tell nothing of the contour.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading.
    findings
        What `imaging.checks.quality.check` says of this contour on this image; one of severity "error" refuses.
    now
        The moment, for the record and the log.
    draft_sha256
        Of the draft that `findings` are of: another one is not locked. None where only this program writes it.

    Returns
    -------
    Reading
        The locked reading.

    Raises
    ------
    DataRefusedError
        The code of an error finding, not-open, clock-before-opening, draft-changed, already-locked, no-draft,
        already-unblinded, excluded, image-changed, cannot-write.

    """
    opened = refuse_unless_open(study, key)
    if opened.opened_at - now.moment > CLOCK_TOLERANCE:
        raise DataRefusedError(
            f"The clock of this computer ({_day_and_time(now.moment)}) is before the opening of the reading {key.name} "
            f"of '{key.lymph_node}' ({_day_and_time(opened.opened_at)}); set the clock, then lock.",
            "clock-before-opening",
        )
    refuse_errors(findings)
    _refuse_reading_at_all(study, key)
    drawn = draft(study, key)
    try:
        bytes_drawn = (
            b""
            if drawn is None
            else study.store.path(layout.reading_path(key, layout.DRAFT_CONTOUR_SUFFIX)).read_bytes()
        )
    except FileNotFoundError:  # locked elsewhere at this moment
        drawn = None
    if drawn is None:
        if study.reading(key) is not None:
            raise already_locked(key)
        raise DataRefusedError(
            f"The reading {key.name} of '{key.lymph_node}' has no contour yet; draw or import one first.", "no-draft"
        )
    if draft_sha256 not in (None, hashlib.sha256(bytes_drawn).hexdigest()):
        raise DataRefusedError(
            f"The contour of reading {key.name} of '{key.lymph_node}' was changed by another program while it was "
            "checked; look at it, then lock again.",
            "draft-changed",
        )
    image = study.lymph_node(key.lymph_node).image
    replaced = last_locked(study, key)
    logged = study.store.log.latest_time(simulated=now.is_simulated)
    behind = logged if logged is not None and logged - now.moment > CLOCK_TOLERANCE else None
    content = {
        "kind": "reading",
        **record_files.key_json(key),
        "opened_at": opened.opened_at.isoformat(),
        "locked_at": now.moment.isoformat(),
        "minutes": drawn.minutes,
        "image": image,
        "image_sha256": _image_digest(study, image),
        "software": dict(drawn.software),
        "protocol_sha256": _noted_protocol(study, now),
        "replaces": None if replaced is None else replaced.name,
        "reason": opened.reason,
        "after_unblinding": study.unblinding() is not None,
        "after_seeing": opened.after_seeing or (key.is_correction and could_see_another(study, key)),
        "clock_behind": None if behind is None else behind.isoformat(),
    }
    part = _sealed_part(drawn, findings, bytes_drawn, _beginnings(study, key, replaced))
    staged = _stage(study, key, {layout.CONTOUR_SUFFIX: bytes_drawn, layout.SEALED_SUFFIX: seal_reading(part)})
    try:
        study.store.commit("reading-locked", layout.reading_path(key, layout.RECORD_SUFFIX), content, now, staged)
    except DataRefusedError as error:
        raise already_locked(key) if error.code == "record-exists" else error from None
    study.store.remove([layout.reading_path(key, layout.DRAFT_CONTOUR_SUFFIX)])
    study.store.remove([layout.reading_path(key, layout.DRAFT_NOTES_SUFFIX)])
    locked = study.reading(key)
    assert locked is not None
    return locked


def _beginnings(study: Study, key: ReadingKey, replaced: ReadingKey | None) -> tuple[Beginning, ...] | None:
    """Of the draft; a correction goes on with what it corrects, and with what that was begun from."""
    own = draft_beginnings(study, key)
    corrected = None if replaced is None else study.reading(replaced)
    if corrected is None:
        return own
    before = sealed_part(study, corrected).beginnings
    return own or None if before is None else (*before, *(own or ()))


def _sealed_part(
    drawn: Draft, findings: Sequence[Finding], content: bytes, beginnings: tuple[Beginning, ...] | None
) -> SealedPart:
    locked, begun = drawn_contour(content), last_assistance(beginnings or ())
    start = None if begun is None else begun.start
    return SealedPart(
        findings=tuple(findings),
        source=drawn.source,
        voxels_sha256=stored_contour_digest(content),
        beginnings=beginnings,
        change=None if start is None or locked is None else ContourChange.between(start, locked),
    )


def _stage(study: Study, key: ReadingKey, contents: Mapping[str, bytes]) -> list[StagedFile]:
    """The files of a reading, by suffix, staged: all of them or none."""
    staged: list[StagedFile] = []
    try:
        for suffix, content in contents.items():
            write = partial(Path.write_bytes, data=content)
            staged.append(study.store.stage(layout.reading_path(key, suffix), write))
    except BaseException:
        study.store.remove([file.temporary for file in staged])
        raise
    return staged


def repeat_day(study: Study, lymph_node: str, reader: str, today: date) -> date | None:
    """The first day on which a lymph node may be repeated: the washout after the day (UTC) of locking the first
    reading.

    A correction of the first reading is another look, so the washout begins again with it. Where the clock that
    locked it was behind the log, the log's day counts as soon as it is past: a clock set back shortens no washout, and
    one line of a clock that ran ahead stops nothing.

    Parameters
    ----------
    study
        An opened study.
    lymph_node, reader
        Identifiers.
    today
        The day on which it is asked.

    Returns
    -------
    date or None
        None while the first reading, or a correction of it, is not locked.

    """
    last = study.reading(latest(study, ReadingKey(lymph_node=lymph_node, reader=reader, round=FIRST_ROUND)))
    return None if last is None else washed_out_on(last, study.protocol.washout_days, today)


def washed_out_on(last: Reading, washout_days: int, today: date) -> date:
    """The first day of a repeat, of the first reading that holds (`repeat_day`).

    Parameters
    ----------
    last
        The first reading, or the last correction of it.
    washout_days
        The protocol's.
    today
        The day on which it is asked.

    Returns
    -------
    date

    """
    locked = last.locked_at.date()
    if last.clock_behind is not None and last.clock_behind.date() <= today:
        locked = last.clock_behind.date()
    try:
        return locked + timedelta(days=washout_days)
    except OverflowError:  # a clock in the year 9999
        return date.max


def _refuse_before_washout(study: Study, key: ReadingKey, today: date) -> None:
    """Raise DataRefusedError (first-reading-not-locked, washout) where a repeat is not to be opened yet."""
    day = repeat_day(study, key.lymph_node, key.reader, today)
    if day is None:
        raise DataRefusedError(
            f"'{key.lymph_node}' cannot be repeated before its first reading, or the correction of it, is locked; lock "
            "round 1 first.",
            "first-reading-not-locked",
        )
    if today < day:
        raise DataRefusedError(
            f"'{key.lymph_node}' can be repeated from {day.isoformat()}, when the washout of "
            f"{study.protocol.washout_days} days is over; take another lymph node.",
            "washout",
        )


def _refuse_reading_at_all(study: Study, key: ReadingKey) -> None:
    """Refuse a reading that is not to be made at all: not assigned, excluded, without its image, after unblinding."""
    if key.round not in study.protocol.rounds_of(key.reader):
        raise DataRefusedError(
            f"Reader {key.reader} does not read round {key.round} in this study; the protocol says who does.",
            "not-assigned",
        )
    lymph_node = study.lymph_node(key.lymph_node)
    if key.lymph_node in excluded_lymph_nodes(study):
        raise DataRefusedError(
            f"'{key.lymph_node}' is excluded from the study, so it needs no reading; take another.", "excluded"
        )
    if study.image(lymph_node.image).patient != lymph_node.patient:
        raise DataRefusedError(
            f"The image of '{key.lymph_node}' belongs to another patient; correct lymph_nodes.csv.",
            "image-of-another-patient",
        )
    if key.revision == 1 and study.unblinding() is not None:
        raise DataRefusedError(
            "The study is unblinded, so no blinded reading can be made any more; only corrections can.",
            "already-unblinded",
        )


def _refuse_correction(study: Study, key: ReadingKey) -> None:
    if last_locked(study, key) is None or key != correction(study, key):
        raise DataRefusedError(
            f"There is no locked reading {key.reader}-{key.round} of '{key.lymph_node}' to correct; lock it first.",
            "nothing-to-correct",
        )
    first, repeat = (
        latest(study, ReadingKey(lymph_node=key.lymph_node, reader=key.reader, round=number))
        for number in (FIRST_ROUND, REPEAT_ROUND)
    )
    if key.round == FIRST_ROUND and state_of(study, repeat) == "open":
        raise DataRefusedError(
            f"The repeat of '{key.lymph_node}', or a correction of it, is open; lock it before correcting the first "
            "reading.",
            "repeat-is-open",
        )
    # Who corrects sees the contour that is corrected: of both rounds at once it would be copied.
    if key.round == REPEAT_ROUND and state_of(study, first) == "open" and study.unblinding() is None:
        raise DataRefusedError(
            f"A correction of the first reading of '{key.lymph_node}' is open; lock it, or give it up, before "
            "correcting the repeat.",
            "first-reading-is-open",
        )


def _day_and_time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _image_digest(study: Study, image: str) -> str:
    study.image_file(image)
    return study.image(image).file.sha256


def _noted_protocol(study: Study, now: Now) -> str:
    """SHA-256 of the protocol as it is now, after seeing to it that the log holds its text: readings name it."""
    digest = study.protocol_and_digest()[1]
    if not study.store.index_now().knows_protocol(digest):
        name = study.protocol_file
        text = read_regular(study.store.path(name)).decode("utf-8-sig")
        noted = {"protocol_file": name, "protocol_format": FORMATS[name]}
        study.store.note("protocol-noted", {**noted, "protocol_sha256": digest, "protocol": text}, now)
    return digest
