"""What a reader reads, in which order, and how far they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study.exclusions import excluded_lymph_nodes
from RLNResponseLib.study.readings import latest, repeat_day, state_of
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, ReadingKey
from RLNResponseLib.study.study import Study

ItemState = Literal["available", "open", "locked", "waiting"]


@dataclass(frozen=True)
class WorklistItem:
    """One lymph node on a reader's list.

    state         "available" may be opened now, "open" is being read (or corrected), "locked" is done, "waiting" is not to be
                  opened yet
    available_on  of a waiting repeat, the first day of it; None where no day is known
    waits_for     of a waiting item, what for, in a few words; "" otherwise
    """

    lymph_node: str
    patient: str
    image: str
    station: str | None
    state: ItemState
    available_on: date | None = None
    waits_for: str = ""


@dataclass(frozen=True)
class RoundProgress:
    """How far a reader is with a round. The four counts make up `assigned`."""

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
    """An assigned reading that is not locked."""

    key: ReadingKey
    is_open: bool


def worklist(study: Study, reader: str, round_number: int, today: date) -> tuple[WorklistItem, ...]:
    """The lymph nodes that `reader` reads in a round, in the order of `reading_order`; excluded ones are not on it.

    An excluded lymph node that was read stays on the list as locked. Raises DataRefusedError: no-such-reader, not-assigned.
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
        key = ReadingKey(name, reader, round_number)
        state, day, waits_for = _standing(study, key, lymph_node.image in images, today)
        if state == "locked" or name not in excluded:
            item = WorklistItem(name, lymph_node.patient, lymph_node.image, lymph_node.station, state, day, waits_for)
            items.append(item)
    return tuple(items)


def next_item(items: Iterable[WorklistItem]) -> WorklistItem | None:
    """The one to read now: what is open, else the first available; None where there is nothing to do today."""
    for state in ("open", "available"):
        for item in items:
            if item.state == state:
                return item
    return None


def reading_order(lymph_nodes: Iterable[str], seed: int, reader: str, round_number: int) -> tuple[str, ...]:
    """The order of a reader's round: lymph nodes sorted by the SHA-256 of "<seed>/<reader>/<round>/<lymph node>".

    So every reader and round has an order of its own, it does not depend on the order of the table, and lymph nodes that
    are added later fall in between without moving the others against each other. Should the repeat come out in the very
    order of the first round (likely with two or three lymph nodes only), its first lymph node goes to the end.
    """
    names = sorted(lymph_nodes)
    order = _hashed_order(names, seed, reader, round_number)
    if round_number == REPEAT_ROUND and len(names) > 1 and order == _hashed_order(names, seed, reader, FIRST_ROUND):
        order = (*order[1:], order[0])
    return order


def progress(study: Study, today: date) -> tuple[RoundProgress, ...]:
    """How far everyone is, by reader and round, in the order of the protocol."""
    found = []
    for plan in study.protocol.readers:
        for round_number in plan.rounds:
            items = worklist(study, plan.code, round_number, today)
            states = [item.state for item in items]
            days = [item.available_on for item in items if item.available_on is not None]
            counts = {state: states.count(state) for state in ("locked", "open", "available", "waiting")}
            found.append(
                RoundProgress(
                    plan.code,
                    round_number,
                    len(items),
                    **counts,
                    next_available_on=min(days, default=None),
                )
            )
    return tuple(found)


def missing_readings(study: Study) -> tuple[MissingReading, ...]:
    """The readings that the protocol assigns and that are not locked, lymph node by lymph node; not those excluded."""
    excluded = excluded_lymph_nodes(study)
    keys = (
        ReadingKey(lymph_node.id, plan.code, round_number)
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
        day = repeat_day(study, key.lymph_node, key.reader)
        if day is None:
            return "waiting", None, "the first reading"
        if today < day:
            return "waiting", day, "the washout"
    return "available", None, ""


def _hashed_order(names: list[str], seed: int, reader: str, round_number: int) -> tuple[str, ...]:
    def rank(name: str) -> bytes:
        return hashlib.sha256(f"{seed}/{reader}/{round_number}/{name}".encode()).digest()

    return tuple(sorted(names, key=rank))
