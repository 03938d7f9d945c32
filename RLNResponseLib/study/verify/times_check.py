"""Whether the times that lines and records state can have been, and whether the washout was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from RLNResponseLib.common.clock import CLOCK_TOLERANCE, Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.study import layout, record_files
from RLNResponseLib.study.audit_lines import AuditLine
from RLNResponseLib.study.protocol_file import parse_protocol
from RLNResponseLib.study.protocol_formats import PROTOCOL_NAME
from RLNResponseLib.study.records import FIRST_ROUND, REPEAT_ROUND, AuditRef, Opening, Reading, ReadingKey
from RLNResponseLib.study.stored_records import StoredRecord
from RLNResponseLib.study.verify.inventory import Inventory
from RLNResponseLib.study.verify.problems import VerifyProblem, place_of, problem
from RLNResponseLib.study.verify.protocol_check import protocol_now


def check_times(inventory: Inventory, now: Now | None) -> Iterator[VerifyProblem]:
    """Times that cannot have been, and repeats that were opened before their washout was over.

    Parameters
    ----------
    inventory
        The study folder.
    now
        The moment of verification; None looks for nothing that is later.

    Yields
    ------
    VerifyProblem
        Clocks that were wrong are notes; what the software would have refused is a contradiction.

    """
    yield from _clocks(inventory)
    if now is not None:
        yield from _after_now(inventory, now)
    openings, readings = _openings(inventory), _readings(inventory)
    yield from _locked_before_opened(openings, readings)
    yield from _washouts(inventory, openings, readings)


def _clocks(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Lines whose time is before that of a line that was there already; simulated dates are a clock of their own."""
    for log in inventory.logs.values():
        before: dict[bool, AuditLine] = {}
        for line in log.lines:
            if line is None:
                continue
            heads = (inventory.line(AuditRef(writer, *head)) for writer, head in line.after.items())
            for earlier in (before.get(line.simulated), *heads):
                if earlier is None or earlier.simulated is not line.simulated:
                    continue
                if earlier.moment - line.moment > CLOCK_TOLERANCE:
                    yield problem(
                        "note",
                        "clock-went-back",
                        place_of(line),
                        f"({line.event}) states {line.time}, though {place_of(earlier)} before it states "
                        f"{earlier.time}: a clock was wrong",
                    )
                    break
            before[line.simulated] = line


def _after_now(inventory: Inventory, now: Now) -> Iterator[VerifyProblem]:
    for log in inventory.logs.values():
        for line in log.lines:
            if line is not None and line.simulated is now.is_simulated and line.moment - now.moment > CLOCK_TOLERANCE:
                yield problem(
                    "note",
                    "time-to-come",
                    place_of(line),
                    f"({line.event}) states {line.time}, which is still to come: a clock was wrong, or is now",
                )


def _locked_before_opened(
    openings: Mapping[ReadingKey, Opening], readings: Mapping[ReadingKey, Reading]
) -> Iterator[VerifyProblem]:
    for key, reading in sorted(readings.items()):
        path = layout.reading_path(key, layout.RECORD_SUFFIX)
        opened = openings.get(key)
        if opened is None:
            yield problem("removed", "opening-removed", path, "was locked, and nothing says that it was opened")
        elif opened.opened_at != reading.opened_at:
            yield problem("contradiction", "times-contradict", path, "states another time of opening than its opening")
        elif opened.opened_at - reading.locked_at > CLOCK_TOLERANCE:
            yield problem("contradiction", "times-contradict", path, "was locked before it was opened")


def _washouts(
    inventory: Inventory, openings: Mapping[ReadingKey, Opening], readings: Mapping[ReadingKey, Reading]
) -> Iterator[VerifyProblem]:
    texts = _protocol_texts(inventory)
    now_days = _washout_days(texts.get(protocol_now(inventory) or ""))
    for key, opened in sorted(openings.items()):
        if opened.protocol_sha256 is None:
            continue
        path = layout.reading_path(key, layout.OPENING_SUFFIX)
        if opened.protocol_sha256 not in texts:
            yield problem(
                "contradiction", "protocol-unknown", path, "names a protocol whose text the log does not hold"
            )
            continue
        days = _washout_days(texts[opened.protocol_sha256])
        if days is None or key.round != REPEAT_ROUND or key.is_correction:
            continue
        first = _first_locked(key, opened.opened_at, readings)
        if first is None:
            yield problem("contradiction", "washout-not-kept", path, "was opened before any first reading was locked")
            continue
        waited = (opened.opened_at.date() - first.date()).days
        if waited < days:
            yield problem(
                "contradiction",
                "washout-not-kept",
                path,
                f"was opened {waited} days after the first reading, and the protocol that it names asks for {days}",
            )
        elif now_days is not None and waited < now_days:
            yield problem(
                "contradiction",
                "washout-shortened",
                path,
                f"was opened {waited} days after the first reading under a protocol that asked for {days}, and the "
                f"study's protocol asks for {now_days}: it was edited for a while",
            )


def _first_locked(key: ReadingKey, opened_at: datetime, readings: Mapping[ReadingKey, Reading]) -> datetime | None:
    """When the first reading that a repeat follows was locked, or its last correction before the repeat."""
    of_round = [
        reading.locked_at
        for other, reading in readings.items()
        if (other.lymph_node, other.reader, other.round) == (key.lymph_node, key.reader, FIRST_ROUND)
        and (not other.is_correction or reading.locked_at <= opened_at)
    ]
    return max(of_round, default=None)


def _openings(inventory: Inventory) -> dict[ReadingKey, Opening]:
    records = (record_files.opening(record) for record in _of_kind(inventory, "opening"))
    return {opening.key: opening for opening in records}


def _readings(inventory: Inventory) -> dict[ReadingKey, Reading]:
    records = (record_files.reading(record) for record in _of_kind(inventory, "reading"))
    return {reading.key: reading for reading in records}


def _of_kind(inventory: Inventory, kind: str) -> Iterator[StoredRecord]:
    return (record for record in inventory.whole_records if record.content.get("kind") == kind)


def _protocol_texts(inventory: Inventory) -> dict[str, tuple[str, str]]:
    """The protocols that the log holds: SHA-256 → (text, name of the file)."""
    texts = {}
    for log in inventory.logs.values():
        for line in log.lines:
            for protocol in () if line is None else line.protocols:
                texts[protocol.sha256] = (protocol.text, protocol.file or PROTOCOL_NAME)
    return texts


def _washout_days(protocol: tuple[str, str] | None) -> int | None:
    if protocol is None:
        return None
    try:
        return parse_protocol(protocol[0].encode(), protocol[1]).washout_days
    except DataRefusedError:  # also a study of before study.toml, where ruamel.yaml is not installed
        return None
