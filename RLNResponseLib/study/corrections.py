"""The corrections of a reading: which revision holds, which is open, and how one begun by mistake is given up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.identifiers import checked_reason
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study


@dataclass(frozen=True)
class AfterSeeing:
    """Corrections made by readers who could see more than the contour they corrected; superseded ones count, too.

    Attributes
    ----------
    other_round
        While the study was blinded, by a reader who could see their own contour of the other round.
    unblinded
        After unblinding, when everyone's contours and the outcomes could be seen.

    """

    other_round: int
    unblinded: int


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


def could_see_another(study: Study, key: ReadingKey) -> bool:
    """Whether a reader may see another contour of the lymph node than those of this round: such a correction is marked.

    While the study is blinded it is their own of the other round, once that is locked; after unblinding anyone's.

    Parameters
    ----------
    study
        An opened study.
    key
        The reading that is corrected, at any revision.

    Returns
    -------
    bool

    """
    is_unblinded = study.unblinding() is not None
    others = (
        replace(key, reader=plan.code, round=round_number, revision=1)
        for plan in study.protocol.readers
        if is_unblinded or plan.code == key.reader
        for round_number in plan.rounds
        if (plan.code, round_number) != (key.reader, key.round)
    )
    return any(study.reading(other) is not None for other in others)


def corrections_after_seeing(study: Study) -> AfterSeeing:
    """How many locked corrections were made by readers who could see more than the contour they corrected.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    AfterSeeing

    """
    made = [reading for reading in study.readings() if reading.key.is_correction]
    return AfterSeeing(
        other_round=sum(reading.after_seeing and not reading.after_unblinding for reading in made),
        unblinded=sum(reading.after_unblinding for reading in made),
    )


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
