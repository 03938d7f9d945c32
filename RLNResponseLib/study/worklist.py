"""What a reader reads, in which order, and how far they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.corrections import latest
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.readings import repeat_day, state_of
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, ReadingKey
from RLNResponseLib.study.study import Study

ItemState = Literal["available", "open", "locked", "waiting"]


@dataclass(frozen=True, kw_only=True)
class WorklistItem:
    """One lymph node on a reader's list.

    Attributes
    ----------
    lymph_node, patient, image
        Identifiers.
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
    if round_number not in study.protocol.rounds_of(reader):
        raise DataRefusedError(
            f"Reader {reader} does not read round {round_number} in this study; the protocol says who does.",
            "not-assigned",
        )
    excluded = excluded_lymph_nodes(study)
    images = {image.id for image in study.images()}
    lymph_nodes = {lymph_node.id: lymph_node for lymph_node in study.lymph_nodes()}
    items = []
    for name in reading_order(lymph_nodes, study.protocol.seed, reader, round_number):
        lymph_node = lymph_nodes[name]
        key = ReadingKey(lymph_node=name, reader=reader, round=round_number)
        state, day, waits_for = _standing(study, key, lymph_node.image in images, today)
        if state == "locked" or name not in excluded:
            item = WorklistItem(
                lymph_node=name,
                patient=lymph_node.patient,
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
    rounds = []
    for plan in study.protocol.readers:
        for round_number in plan.rounds:
            items = worklist(study, plan.code, round_number, today)
            states = [item.state for item in items]
            days = [item.available_on for item in items if item.available_on is not None]
            counts = {state: states.count(state) for state in ("locked", "open", "available", "waiting")}
            rounds.append(
                RoundProgress(
                    reader=plan.code,
                    round=round_number,
                    assigned=len(items),
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
    excluded = excluded_lymph_nodes(study)
    keys = (
        ReadingKey(lymph_node=lymph_node.id, reader=plan.code, round=round_number)
        for lymph_node in study.lymph_nodes()
        if lymph_node.id not in excluded
        for plan in study.protocol.readers
        for round_number in plan.rounds
    )
    states = ((key, state_of(study, key)) for key in keys)
    return tuple(MissingReading(key, state == "open") for key, state in states if state in ("assigned", "open"))


def _standing(study: Study, key: ReadingKey, has_image: bool, today: date) -> tuple[ItemState, date | None, str]:
    state = state_of(study, key)
    if state in ("locked", "superseded"):
        return "open" if state_of(study, latest(study, key)) == "open" else "locked", None, ""
    if state == "open":
        return "open", None, ""
    if not has_image:
        return "waiting", None, "the image"
    if key.round == REPEAT_ROUND:
        day = repeat_day(study, key.lymph_node, key.reader, today)
        if day is None:
            return "waiting", None, "the first reading"
        if today < day:
            return "waiting", day, "the washout"
    return "available", None, ""


def _hashed_order(names: list[str], seed: int, reader: str, round_number: int) -> tuple[str, ...]:
    def rank(name: str) -> bytes:
        return hashlib.sha256(f"{seed}/{reader}/{round_number}/{name}".encode()).digest()

    return tuple(sorted(names, key=rank))
