"""Every record against the log, and the log against every record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.study.stored_records import StoredRecord
from RLNResponseLib.study.verify.audit_check import check_reference
from RLNResponseLib.study.verify.inventory import Inventory
from RLNResponseLib.study.verify.problems import VerifyProblem, place_of, problem
from RLNResponseLib.study.verify.recovery import find_orphans


def check_records(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Every record against the line that it names, and every line against the record that it announces.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    VerifyProblem
        Records that were changed, added, removed or replaced.

    """
    for record in inventory.whole_records:
        yield from _against_its_line(inventory, record)
    unfinished = {orphan.where for orphan in find_orphans(inventory) if orphan.code == "half-written-record"}
    for name, content in inventory.records.items():
        if content is None and name not in unfinished and name not in inventory.unread:
            yield problem("changed", "record-changed", name, "is damaged: it is not a whole record any more")
    yield from _announced(inventory)


def _against_its_line(inventory: Inventory, record: StoredRecord) -> Iterator[VerifyProblem]:
    yield from check_reference(inventory, record.audit, record.path)
    line = inventory.line(record.audit)
    if line is None or line.sha256 != record.audit.sha256:
        return
    if line.announces != record.path:
        yield problem("added", "record-added", record.path, "is a copy: the log line it names announces another record")
    elif line.details.get("content") != record.content:
        yield problem("changed", "record-changed", record.path, "does not say what the log says it said")
    elif record.audit in inventory.withdrawn:
        yield problem("added", "record-added", record.path, "is there, though the log says that it was not made")
    elif (mark := inventory.marks.get(record.audit)) is not None and _digest(inventory, record.path) != mark.sha256:
        yield problem(
            "changed",
            "record-rewritten",
            record.path,
            "says what it said, but was written anew (line ends?)",
        )


def _announced(inventory: Inventory) -> Iterator[VerifyProblem]:
    for line, name, is_last in inventory.announcements:
        if not inventory.must_exist(line, is_last) or name in inventory.unread:
            continue
        if name not in inventory.records:
            yield problem(
                "removed", "record-removed", name, f"is not there, though {place_of(line)} says that it was made"
            )
        elif (record := inventory.records[name]) is not None and record.audit != line.ref:
            yield problem(
                "changed", "record-replaced", name, f"is not the record of {place_of(line)}, which was there before"
            )


def _digest(inventory: Inventory, name: str) -> str | None:
    try:
        return hashlib.sha256(read_regular(inventory.folder / name)).hexdigest()
    except (OSError, DataRefusedError):
        return None
