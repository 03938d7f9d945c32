"""Clearing up after a crash: finish what was committed, set aside what was not, say what was found; and noting an old format."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from RLNResponseLib.clock import Now
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.study import layout
from RLNResponseLib.study.durable import publish, temporary_beside
from RLNResponseLib.study.leftovers import NOTED_CODES, Leftover, find_leftovers
from RLNResponseLib.study.protocol import FORMATS, OLD_PROTOCOL_NAME
from RLNResponseLib.study.store import StoredRecord
from RLNResponseLib.study.study import Study
from RLNResponseLib.study.survey import Survey, survey

# No write takes an hour; a temporary file that old has lost its writer, on whatever workstation that was.
SETTLED_SECONDS = 3600.0
_FORMAT_NOTED = "protocol-format-noted"
_SET_ASIDE_CODES = ("temporary-file", "half-written-record", "draft-of-locked")


def recover(study: Study, now: Now, settled_seconds: float = SETTLED_SECONDS) -> tuple[Leftover, ...]:
    """Clear up what crashed writers left over, and give what was found for the first time. Nothing is deleted.

    settled_seconds  how long a leftover must have lain there untouched, by the share's own clock: younger ones may belong
                     to a program that is writing now, here or on another workstation, and are left alone

    Files of committed records get their names; temporary files, half-written records and drafts of locked readings are
    moved to set-aside/; what cannot be moved (half a line at the end of a log, a line whose record was never made) is noted.
    What was found is itself recorded and logged; so is, once, that a study was made before
    study.toml. Raises DataRefusedError: unreadable-study, cannot-write.
    """
    found = survey(study.folder)
    _note_old_format(study, found, now)
    known = noted_before(found)
    settled = [
        leftover
        for leftover in find_leftovers(found)
        if leftover not in known and _age(study.folder, leftover.path) >= settled_seconds
    ]
    if not settled:
        return ()
    staged = {file.temporary: record for record in found.whole_records for file in record.files}
    for leftover in settled:
        if leftover.code == "unplaced-file":
            study.store.place(staged[leftover.where])
        elif leftover.code in _SET_ASIDE_CODES:
            _set_aside(study, leftover.where)
    _record(study, settled, now)
    return tuple(settled)


def _note_old_format(study: Study, found: Survey, now: Now) -> None:
    """The log of a study made before study.toml does not say which format its protocol has: from now on it does."""
    name = study.protocol_file
    if name != OLD_PROTOCOL_NAME:
        return
    lines = (line for log in found.logs.values() for line in log.lines)
    if not any(line is not None and line.event == _FORMAT_NOTED for line in lines):
        with suppress(OSError):  # a folder that may only be read
            study.store.log.append(_FORMAT_NOTED, {"protocol_file": name, "protocol_format": FORMATS[name]}, now)


def noted_before(found: Survey) -> frozenset[Leftover]:
    """The leftovers that cannot be moved and that an earlier recovery has noted."""
    records = (record for record in found.whole_records if record.content.get("kind") == "recovery")
    noted = {(item["code"], item["where"]) for record in records for item in record.content["leftovers"]}
    return frozenset(
        each for each in find_leftovers(found) if each.code in NOTED_CODES and (each.code, each.where) in noted
    )


def _record(study: Study, leftovers: list[Leftover], now: Now) -> StoredRecord:
    content = {
        "kind": "recovery",
        "recovered_at": now.moment.isoformat(),
        "leftovers": [{"code": each.code, "where": each.where} for each in leftovers],
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
        probe.unlink(missing_ok=True)
