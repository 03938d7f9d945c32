"""What a reader reads, in which order, and how far they are."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.patients import LymphNode
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.reading_states import ListedRecords, ReadingStates
from RLNResponseLib.study.readings import washed_out_on
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, ReadingKey
from RLNResponseLib.study.study import Study

ItemState = Literal["available", "open", "locked", "waiting"]
# The state, the first day of a waiting repeat, and what is waited for.
_Standing = tuple[ItemState, date | None, str]


@dataclass(frozen=True, kw_only=True)
class WorklistItem:
    """One lymph node on a reader's list.

    Attributes
    ----------
    lymph_node, patient, image
        Identifiers; the patient is "" while a study with second CT is blinded, since it would pair two rows.
    station
        Where the lymph node lies, None where the table does not say.
    state
        "available" may be opened now, "open" is being read (or corrected), "locked" is done, "waiting" is not to be
        opened yet.
    available_on
        Of a waiting repeat, the first day of it; None where no day is known.
    waits_for
        Of a waiting item, what for, in a few words; "" otherwise.

    """

    lymph_node: str
    patient: str
    image: str
    station: str | None
    state: ItemState
    available_on: date | None = None
    waits_for: str = ""


@dataclass(frozen=True, kw_only=True)
class RoundProgress:
    """How far a reader is with a round.

    Attributes
    ----------
    reader, round
        Whose round.
    assigned
        Lymph nodes on the list: the sum of the next four.
    locked, open, available, waiting
        Lymph nodes in each state.
    next_available_on
        The first day on which a waiting repeat may be opened, None where no day is known.

    """

    reader: str
    round: int
    assigned: int
    locked: int
    open: int
    available: int
    waiting: int
    next_available_on: date | None


@dataclass(frozen=True)
class MissingReading:
    """An assigned reading that is not locked.

    Attributes
    ----------
    key
        Which reading.
    is_open
        It was opened.

    """

    key: ReadingKey
    is_open: bool


def worklist(study: Study, reader: str, round_number: int, today: date) -> tuple[WorklistItem, ...]:
    """The lymph nodes that a reader reads in a round, in the order of `reading_order`.

    Excluded ones are not on the list; an excluded lymph node that was read stays on it as locked.

    Parameters
    ----------
    study
        An opened study.
    reader
        One of the protocol's readers.
    round_number
        1 or 2.
    today
        The day on which washouts are judged.

    Returns
    -------
    tuple of WorklistItem
        In reading order.

    Raises
    ------
    DataRefusedError
        no-such-reader, not-assigned.

    """
    protocol = study.protocol
    if round_number not in protocol.rounds_of(reader):
        raise DataRefusedError(
            f"Reader {reader} does not read round {round_number} in this study; the protocol says who does.",
            "not-assigned",
        )
    question = _Question.of(study, protocol, today)
    lymph_nodes = {lymph_node.id: lymph_node for lymph_node in study.lymph_nodes()}
    hides_patients = study.hides_patients()
    items = []
    for name in reading_order(lymph_nodes, protocol.seed, reader, round_number):
        lymph_node = lymph_nodes[name]
        standing = question.standing(lymph_node, reader, round_number)
        if standing is not None:
            state, day, waits_for = standing
            item = WorklistItem(
                lymph_node=name,
                patient="" if hides_patients else lymph_node.patient,
                image=lymph_node.image,
                station=lymph_node.station,
                state=state,
                available_on=day,
                waits_for=waits_for,
            )
            items.append(item)
    return tuple(items)


def next_item(items: Iterable[WorklistItem]) -> WorklistItem | None:
    """The lymph node to read now.

    Parameters
    ----------
    items
        A worklist.

    Returns
    -------
    WorklistItem or None
        What is open, else the first available; None where there is nothing to do today.

    """
    for state in ("open", "available"):
        for item in items:
            if item.state == state:
                return item
    return None


def reading_order(lymph_nodes: Iterable[str], seed: int, reader: str, round_number: int) -> tuple[str, ...]:
    """The order of a reader's round: lymph nodes sorted by the SHA-256 of "<seed>/<reader>/<round>/<lymph node>".

    So every reader and round has an order of its own, it does not depend on the order of the table, and lymph nodes
    that are added later fall in between without moving the others against each other. Should the repeat come out in
    the very order of the first round (likely with two or three lymph nodes only), its first lymph node goes to the
    end.

    Parameters
    ----------
    lymph_nodes
        Identifiers, in any order.
    seed
        The protocol's.
    reader
        The reader's code.
    round_number
        1 or 2.

    Returns
    -------
    tuple of str
        The identifiers in reading order.

    Examples
    --------
    The order of the hashes, as `printf 1/A/1/LN1 | sha256sum` gives them:

    >>> order = reading_order(["LN3", "LN1", "LN2"], 1, "A", 1)
    >>> order == tuple(sorted(order, key=lambda name: hashlib.sha256(f"1/A/1/{name}".encode()).hexdigest()))
    True
    >>> order == reading_order(["LN1", "LN2", "LN3"], 1, "A", 1)
    True
    >>> order == reading_order(["LN1", "LN2", "LN3"], 1, "A", 2)
    False

    """
    names = sorted(lymph_nodes)
    order = _hashed_order(names, seed, reader, round_number)
    if round_number == REPEAT_ROUND and len(names) > 1 and order == _hashed_order(names, seed, reader, FIRST_ROUND):
        order = (*order[1:], order[0])
    return order


def progress(study: Study, today: date) -> tuple[RoundProgress, ...]:
    """How far every reader is with each round.

    Parameters
    ----------
    study
        An opened study.
    today
        The day on which washouts are judged.

    Returns
    -------
    tuple of RoundProgress
        By reader and round, in the order of the protocol.

    """
    protocol, lymph_nodes = study.protocol, study.lymph_nodes()
    question = _Question.of(study, protocol, today)
    rounds = []
    for plan in protocol.readers:
        for round_number in plan.rounds:
            every = (question.standing(lymph_node, plan.code, round_number) for lymph_node in lymph_nodes)
            listed = [standing for standing in every if standing is not None]
            states = [state for state, _, _ in listed]
            days = [day for _, day, _ in listed if day is not None]
            counts = {state: states.count(state) for state in ("locked", "open", "available", "waiting")}
            rounds.append(
                RoundProgress(
                    reader=plan.code,
                    round=round_number,
                    assigned=len(listed),
                    **counts,
                    next_available_on=min(days, default=None),
                )
            )
    return tuple(rounds)


def missing_readings(study: Study) -> tuple[MissingReading, ...]:
    """The readings that the protocol assigns and that are not locked; excluded lymph nodes need none.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of MissingReading
        By lymph node, reader and round.

    """
    excluded, states, readers = excluded_lymph_nodes(study), ReadingStates.of(study), study.protocol.readers
    keys = (
        ReadingKey(lymph_node=lymph_node.id, reader=plan.code, round=round_number)
        for lymph_node in study.lymph_nodes()
        if lymph_node.id not in excluded
        for plan in readers
        for round_number in plan.rounds
    )
    standing = ((key, states.state_of(key)) for key in keys)
    return tuple(MissingReading(key, state == "open") for key, state in standing if state in ("assigned", "open"))


def lacking_readings(study: Study) -> tuple[str, ...]:
    """Why agreement and report will refuse a study of which no more readings are made.

    Parameters
    ----------
    study
        An opened study.

    Returns
    -------
    tuple of str
        A sentence for each reader and round of which no reading is locked; none where each has one.

    """
    made = {(reading.key.reader, reading.key.round) for reading in study.current_readings()}
    return tuple(
        f"No reading of reader {plan.code} in round {round_number} was made, so agreement and report refuse this study "
        "for good; it can still be extracted and exported."
        for plan in study.protocol.readers
        for round_number in plan.rounds
        if (plan.code, round_number) not in made
    )


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What one question about many readings asks the study once.

    Attributes
    ----------
    states
        Of the readings.
    images
        The images' records.
    excluded
        Lymph nodes that are left out.
    washout_days
        The protocol's.
    today
        The day on which washouts are judged.
    is_imported
        Of the images that were asked for: whether they are there.

    """

    states: ReadingStates
    images: ListedRecords
    excluded: Container[str]
    washout_days: int
    today: date
    is_imported: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Study, protocol: Protocol, today: date) -> _Question:
        return cls(
            states=ReadingStates.of(study),
            images=ListedRecords.below(study, layout.IMAGES),
            excluded=excluded_lymph_nodes(study),
            washout_days=protocol.washout_days,
            today=today,
        )

    def standing(self, lymph_node: LymphNode, reader: str, round_number: int) -> _Standing | None:
        """Where a lymph node stands on a reader's list; None where it is excluded and was not read."""
        state = self._begun(lymph_node.id, reader, round_number)
        if state != "locked" and lymph_node.id in self.excluded:
            return None
        return (state, None, "") if state is not None else self._to_be_begun(lymph_node, reader, round_number)

    def _begun(self, lymph_node: str, reader: str, round_number: int) -> Literal["open", "locked"] | None:
        if not self.states.was_begun(lymph_node, reader, round_number):
            return None
        key = ReadingKey(lymph_node=lymph_node, reader=reader, round=round_number)
        state = self.states.state_of(key)
        if state in ("locked", "superseded"):
            last = self.states.latest(key)
            return "open" if last is not key and self.states.state_of(last) == "open" else "locked"
        return "open" if state == "open" else None

    def _to_be_begun(self, lymph_node: LymphNode, reader: str, round_number: int) -> _Standing:
        is_imported = self.is_imported.get(lymph_node.image)
        if is_imported is None:
            image = layout.image_path(lymph_node.image, layout.RECORD_SUFFIX)
            is_imported = self.images.get(image, record_files.image_entry) is not None
            self.is_imported[lymph_node.image] = is_imported
        if not is_imported:
            return "waiting", None, "the image"
        if round_number == REPEAT_ROUND:
            first = None
            if self.states.was_begun(lymph_node.id, reader, FIRST_ROUND):
                key = ReadingKey(lymph_node=lymph_node.id, reader=reader, round=FIRST_ROUND)
                first = self.states.reading(self.states.latest(key))
            if first is None:
                return "waiting", None, "the first reading"
            day = washed_out_on(first, self.washout_days, self.today)
            if self.today < day:
                return "waiting", day, "the washout"
        return "available", None, ""


def _hashed_order(names: list[str], seed: int, reader: str, round_number: int) -> tuple[str, ...]:
    def rank(name: str) -> bytes:
        return hashlib.sha256(f"{seed}/{reader}/{round_number}/{name}".encode()).digest()

    return tuple(sorted(names, key=rank))
