"""What a crash leaves over: recognised by its name and by what the audit log says, never by guessing; and clearing it
up.

What was committed is finished, what was not is set aside, and what was found is recorded. An old protocol format is
noted too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import publish, temporary_beside
from RLNResponseLib.study import layout
from RLNResponseLib.study.audit_lines import AUDIT_FOLDER, AuditLine
from RLNResponseLib.study.protocol_formats import FORMATS, OLD_PROTOCOL_NAME
from RLNResponseLib.study.stored_records import StoredRecord
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.verify.inventory import Inventory, take_inventory
from RLNResponseLib.study.verify.problems import place_of

# These cannot be moved: logs only grow. A recovery notes them.
NOTED_CODES = frozenset({"torn-line", "empty-log", "unmade-record", "announced-twice"})
# No write takes an hour; a temporary file that old has lost its writer, on whatever workstation that was.
SETTLED_SECONDS = 3600.0
_FORMAT_NOTED = "protocol-format-noted"
_SET_ASIDE_CODES = ("temporary-file", "half-written-record", "draft-of-locked", "draft-of-given-up")


@dataclass(frozen=True)
class Orphan:
    """Something half done. None of it is, or ever was, a locked reading.

    Attributes
    ----------
    code
        "temporary-file", "unplaced-file", "half-written-record", "draft-of-locked", "empty-log", "torn-line",
        "unmade-record", "unmarked-record", "announced-twice" or "draft-of-given-up".
    where
        Its path in the study folder, or a line of a log ("audit/ward-0001.jsonl line 4").
    sentence
        For people.

    """

    code: str
    where: str
    sentence: str

    @property
    def path(self) -> str:
        """The file it is in."""
        return self.where.partition(" line ")[0]


def find_orphans(inventory: Inventory) -> tuple[Orphan, ...]:
    """What is half done in the folder, whether its writer crashed or is still at it.

    Parameters
    ----------
    inventory
        The study folder.

    Returns
    -------
    tuple of Orphan
        By kind, then by place.

    """
    return (
        *_temporary_files(inventory),
        *_drafts(inventory),
        *_half_written(inventory),
        *_logs(inventory),
        *_unmade(inventory),
    )


def _unmade_lines(inventory: Inventory) -> Iterator[tuple[AuditLine, str]]:
    """The lines that announce a record that is not there (or only half), and need not be: the writer got no further."""
    for line, name, is_last in inventory.announcements:
        needs_none = inventory.must_exist(line, is_last) or line.ref in inventory.withdrawn
        if not needs_none and inventory.records.get(name) is None:
            yield line, name


def _temporary_files(inventory: Inventory) -> Iterator[Orphan]:
    staged = {file.temporary: (record, file) for record in inventory.whole_records for file in record.files}
    for name in inventory.temporaries:
        if name in staged:
            record, file = staged[name]
            yield Orphan(
                "unplaced-file",
                name,
                f"{record.path} is committed, but its file {file.path} still has a temporary name: a crash, or its "
                "writer is about to rename it.",
            )
        else:
            yield Orphan("temporary-file", name, f"{name} was never finished: a crash, or it is being written now.")


def _drafts(inventory: Inventory) -> Iterator[Orphan]:
    for suffix in (layout.DRAFT_CONTOUR_SUFFIX, layout.DRAFT_NOTES_SUFFIX):
        for name in sorted(name for name in inventory.files if name.endswith(suffix)):
            if inventory.records.get(f"{name.removesuffix(suffix)}{layout.RECORD_SUFFIX}") is not None:
                yield Orphan("draft-of-locked", name, f"{name} is the draft of a reading that is locked by now.")
            elif inventory.records.get(f"{name.removesuffix(suffix)}{layout.GIVEN_UP_SUFFIX}") is not None:
                yield Orphan("draft-of-given-up", name, f"{name} is the draft of a correction that was given up.")


def _half_written(inventory: Inventory) -> Iterator[Orphan]:
    unmade = {name: line for line, name in _unmade_lines(inventory)}
    for name, record in sorted(inventory.records.items()):
        # Whatever had its files placed was committed once: then it is damage, not a crash.
        if record is None and name in unmade and not _files_placed(inventory, unmade[name]):
            yield Orphan(
                "half-written-record", name, f"{name} was never finished: its writer crashed, or is writing it now."
            )


def _files_placed(inventory: Inventory, line: AuditLine) -> bool:
    try:
        files = [(str(file["path"]), str(file["staged"])) for file in line.details["content"]["files"]]
    except (KeyError, TypeError):  # a line that someone made up
        return True
    return any(path in inventory.files and staged not in inventory.files for path, staged in files)


def _logs(inventory: Inventory) -> Iterator[Orphan]:
    for writer, log in sorted(inventory.logs.items()):
        where = f"{AUDIT_FOLDER}/{writer}.jsonl"
        if log.torn:
            yield Orphan(
                "torn-line",
                f"{where} line {len(log.lines) + 1}",
                f"{where} ends in half a line (line {len(log.lines) + 1}): its writer crashed, or is writing it now.",
            )
        elif not log.lines:
            yield Orphan(
                "empty-log",
                where,
                f"{where} is empty: its writer crashed before its first line, or the line was removed.",
            )


def _unmade(inventory: Inventory) -> Iterator[Orphan]:
    for line, name in _unmade_lines(inventory):
        if name not in inventory.records:
            where = f"{AUDIT_FOLDER}/{line.writer}.jsonl line {line.sequence}"
            yield Orphan(
                "unmade-record",
                where,
                f"{where} announces {name}, which is not there: its writer crashed before, is about to make it, or "
                "someone removed it.",
            )
    for line, name, _ in inventory.announcements:
        if line.schema > 1 and line.ref not in inventory.marks and _is_of(inventory, name, line):
            yield Orphan(
                "unmarked-record",
                name,
                f"{name} is there, and the log does not say yet that it was made: its writer crashed, or is about to "
                "say so; the next record says it in its place.",
            )

    yield from _announced_twice(inventory)


def _announced_twice(inventory: Inventory) -> Iterator[Orphan]:
    for name, lines in _announcers(inventory).items():
        said = " and ".join(sorted(map(place_of, lines)))
        yield Orphan(
            "announced-twice",
            name,
            f"{name} was announced by {said}: the first writer crashed before it made it, or it was removed together "
            "with the end of its log and made again.",
        )


def _announcers(inventory: Inventory) -> dict[str, list[AuditLine]]:
    """Of records that several lines announce, of which at most one says that it was made: path → the lines."""
    by_path: dict[str, list[AuditLine]] = {}
    for line, name, _ in inventory.announcements:
        if line.ref not in inventory.withdrawn:
            by_path.setdefault(name, []).append(line)
    return {
        name: lines
        for name, lines in sorted(by_path.items())
        if len(lines) > 1 and sum(line.ref in inventory.marks for line in lines) < 2
    }


def _is_of(inventory: Inventory, name: str, line: AuditLine) -> bool:
    record = inventory.records.get(name)
    return record is not None and record.audit == line.ref


def recover(study: Study, now: Now, settled_seconds: float = SETTLED_SECONDS) -> tuple[Orphan, ...]:
    """Clear up what crashed writers left over. Nothing is deleted.

    Files of committed records get their names; temporary files, half-written records and drafts of locked readings are
    moved to set-aside/; what cannot be moved (half a line at the end of a log, a line whose record was never made) is
    noted. What was found is itself recorded and logged; so is, once, that a study was made before study.toml.

    Parameters
    ----------
    study
        An opened study.
    now
        The moment, for the record and the log.
    settled_seconds
        How long an orphan must have lain there untouched, by the share's own clock: younger ones may belong to a
        program that is writing now, here or on another workstation, and are left alone.

    Returns
    -------
    tuple of Orphan
        What was found for the first time.

    Raises
    ------
    DataRefusedError
        unreadable-study, cannot-write.

    """
    inventory = take_inventory(study.folder)
    _note_old_format(study, inventory, now)
    known = noted_before(inventory)
    settled = [
        orphan
        for orphan in find_orphans(inventory)
        if orphan not in known and _age(study.folder, orphan.path) >= settled_seconds
    ]
    if not settled:
        return ()
    staged = {file.temporary: record for record in inventory.whole_records for file in record.files}
    for orphan in settled:
        if orphan.code == "unplaced-file":
            study.store.place(staged[orphan.where])
        elif orphan.code in _SET_ASIDE_CODES:
            _set_aside(study, orphan.where)
    _record(study, settled, now)
    return tuple(settled)


def _note_old_format(study: Study, inventory: Inventory, now: Now) -> None:
    """The log of a study made before study.toml does not say which format its protocol has: from now on it does."""
    name = study.protocol_file
    if name != OLD_PROTOCOL_NAME:
        return
    lines = (line for log in inventory.logs.values() for line in log.lines)
    if not any(line is not None and line.event == _FORMAT_NOTED for line in lines):
        with suppress(OSError):  # a folder that may only be read
            study.store.log.append(_FORMAT_NOTED, {"protocol_file": name, "protocol_format": FORMATS[name]}, now)


def noted_before(inventory: Inventory) -> frozenset[Orphan]:
    """The orphans that cannot be moved and that an earlier recovery has noted.

    Parameters
    ----------
    inventory
        The study folder.

    Returns
    -------
    frozenset of Orphan
        Of a code in NOTED_CODES.

    """
    records = (record for record in inventory.whole_records if record.content.get("kind") == "recovery")
    noted = {(item["code"], item["where"]) for record in records for item in record.content["leftovers"]}
    announcers = _announcers(inventory)

    def is_noted(orphan: Orphan) -> bool:
        if orphan.code == "announced-twice" and any(
            ("unmade-record", place_of(line)) in noted for line in announcers[orphan.where]
        ):
            return True
        return orphan.code in NOTED_CODES and (orphan.code, orphan.where) in noted

    return frozenset(filter(is_noted, find_orphans(inventory)))


def _record(study: Study, orphans: list[Orphan], now: Now) -> StoredRecord:
    content = {
        "kind": "recovery",
        "recovered_at": now.moment.isoformat(),
        "leftovers": [{"code": orphan.code, "where": orphan.where} for orphan in orphans],
    }
    number = 1
    while True:
        try:
            return study.store.commit("recovered", layout.recovery_path(number), content, now)
        except DataRefusedError as error:
            if error.code != "record-exists":
                raise
        number += 1


def _set_aside(study: Study, name: str) -> None:
    target = study.store.path(f"{layout.SET_ASIDE}/{name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target = temporary_beside(target)
        publish(study.store.path(name), target)
    except FileNotFoundError:  # its writer was not dead, or another program was faster
        return
    except OSError as error:
        raise DataRefusedError(
            f"{name} is left over from a crash and cannot be set aside ({error.strerror}); check the permissions.",
            "cannot-write",
        ) from None


def _age(folder: Path, name: str) -> float:
    """Seconds since the file was last written, by the share's clock: workstations' clocks differ."""
    probe = temporary_beside(folder / "clock.probe")
    try:
        with probe.open("xb"):
            return probe.stat().st_mtime - (folder / name).stat().st_mtime
    except OSError:
        return 0.0
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
