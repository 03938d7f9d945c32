"""The corrections of a reading: which revision holds, which is open, and how one begun by mistake is given up."""

from __future__ import annotations

from dataclasses import replace

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study


def opened_revisions(study: Study, key: ReadingKey) -> list[ReadingKey]:
    """Every revision of a reading that was opened, also those given up, in order.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading, at any revision.

    Returns
    -------
    list of ReadingKey

    """
    revision = replace(key, revision=1)
    opened = []
    while study.opening(revision) is not None:
        opened.append(revision)
        revision = revision.next_revision
    return opened


def latest(study: Study, key: ReadingKey) -> ReadingKey:
    """The last revision of a reading that was opened and not given up: its correction, where one was begun.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading, at any revision.

    Returns
    -------
    ReadingKey
        `key` itself where no correction was begun.

    """
    return next((last for last in reversed(opened_revisions(study, key)) if not study.is_given_up(last)), key)


def last_locked(study: Study, key: ReadingKey) -> ReadingKey | None:
    """The revision of a reading that holds: the last one that is locked.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading, at any revision.

    Returns
    -------
    ReadingKey or None
        None where nothing is locked.

    """
    return next((last for last in reversed(opened_revisions(study, key)) if study.reading(last) is not None), None)


def correction(study: Study, key: ReadingKey) -> ReadingKey:
    """The correction of a reading: the one that is open, else the one to be opened.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading, at any revision.

    Returns
    -------
    ReadingKey
        Of revision 2 or more.

    """
    last = latest(study, key)
    if last.is_correction and study.reading(last) is None:
        return last
    return (opened_revisions(study, key) or [last])[-1].next_revision


def give_up_correction(study: Study, key: ReadingKey, reason: str, now: Now) -> ReadingKey:
    """End a correction that was begun by mistake: the locked reading holds as before, and the draft is gone.

    Parameters
    ----------
    study
        An opened study.
    key
        Which reading, at any revision.
    reason
        Why, on one line.
    now
        The moment, for the record and the log.

    Returns
    -------
    ReadingKey
        The correction that was given up.

    Raises
    ------
    DataRefusedError
        no-correction-open, no-reason, cannot-write.

    """
    last = latest(study, key)
    if not last.is_correction or study.reading(last) is not None:
        raise DataRefusedError(
            f"No correction of reading {key.name} of '{key.lymph_node}' is open, so there is none to give up.",
            "no-correction-open",
        )
    content = {
        "kind": "correction-given-up",
        **record_files.key_json(last),
        "given_up_at": now.moment.isoformat(),
        "reason": checked_reason(reason),
    }
    study.store.commit("correction-given-up", layout.reading_path(last, layout.GIVEN_UP_SUFFIX), content, now)
    study.store.remove([layout.reading_path(last, layout.DRAFT_CONTOUR_SUFFIX)])
    study.store.remove([layout.reading_path(last, layout.DRAFT_NOTES_SUFFIX)])
    return last
