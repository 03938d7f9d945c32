"""`study verify`: recompute every hash, every chain and every stored file, and name what is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import CLOCK_TOLERANCE
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import file_digest, read_regular
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study import layout
from RLNResponseLib.study.audit import AUDIT_FOLDER, LOG_NAME, AuditLine
from RLNResponseLib.study.protocol_file import protocol_digest, protocol_name
from RLNResponseLib.study.protocol_formats import FORMATS, OLD_PROTOCOL_NAME, PROTOCOL_NAME
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.store import StagedFile, StoredRecord
from RLNResponseLib.study.table_digests import check_table
from RLNResponseLib.study.verify.audit_check import (
    VerifyProblem,
    audit_heads,
    check_heads,
    check_logs,
    check_reference,
    place,
)
from RLNResponseLib.study.verify.inventory import Inventory, take_inventory
from RLNResponseLib.study.verify.recovery import find_orphans, noted_before

# What operating systems put into folders by themselves.
_SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
_CHANGED_CODES = {"reading": "contour-changed", "image": "image-changed"}


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """What verification found.

    Attributes
    ----------
    problems
        By kind: first what was changed, added, removed or reordered, then leftovers, then notes.
    heads
        The last lines of the logs, to be kept outside the folder: "<writer>:<sequence>" → SHA-256.
    lines, records, files
        How many were verified.

    """

    problems: tuple[VerifyProblem, ...]
    heads: Mapping[str, str]
    lines: int
    records: int
    files: int

    @property
    def is_intact(self) -> bool:
        """Nothing was changed, added, removed or reordered; a crash may have left something over."""
        return all(problem.kind in ("leftover", "note") for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """The report as the command line prints it."""
        return {
            "intact": self.is_intact,
            "problems": [vars(problem) for problem in self.problems],
            "heads": dict(self.heads),
            "verified": {"lines": self.lines, "records": self.records, "files": self.files},
        }


def verify(folder: Path, expected_heads: Mapping[str, str] | None = None) -> VerifyReport:
    """Verify a study folder, in whatever state it is, without writing to it.

    Parameters
    ----------
    folder
        The study folder.
    expected_heads
        `heads` of an earlier report, kept where the folder's writers cannot reach: with them a folder that was
        rewritten as a whole, or put back to an older state, is found out too.

    Returns
    -------
    VerifyReport
        `is_intact` where nothing is wrong.

    Raises
    ------
    DataRefusedError
        unreadable-study where it cannot be read at all.

    """
    inventory = take_inventory(folder)
    problems = [
        *_check_links(inventory),
        *check_logs(inventory),
        *check_heads(inventory, expected_heads or {}),
        *_check_records(inventory),
        *_check_announced(inventory),
        *_check_files(inventory),
        *_check_protocol(inventory),
        *_check_strangers(inventory),
        *_orphans(inventory),
        *_notes(inventory),
    ]
    return VerifyReport(
        problems=tuple(
            sorted(set(problems), key=lambda problem: (_RANK.get(problem.kind, 0), problem.where, problem.code))
        ),
        heads=audit_heads(inventory),
        lines=sum(len(log.lines) for log in inventory.logs.values()),
        records=len(inventory.whole_records),
        files=sum(len(record.files) for record in inventory.whole_records),
    )


_RANK = {"leftover": 1, "note": 2}


def _check_links(inventory: Inventory) -> Iterator[VerifyProblem]:
    for name in inventory.links:
        yield VerifyProblem(
            kind="added",
            code="symbolic-link",
            where=name,
            sentence=f"{name} is a symbolic link, and a study folder has none: what it leads to is not vouched for.",
        )


def _check_records(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Every record against the line that it names."""
    for record in inventory.whole_records:
        yield from check_reference(inventory, record.audit, record.path)
        line = inventory.line(record.audit)
        if line is None or line.sha256 != record.audit.sha256:
            continue
        if line.details.get("record") != record.path:
            yield _problem(
                "added", "record-added", record.path, "is a copy: the log line it names announces another record"
            )
        elif line.details.get("content") != record.content:
            yield _problem("changed", "record-changed", record.path, "does not say what the log says it said")
    unfinished = {orphan.where for orphan in find_orphans(inventory) if orphan.code == "half-written-record"}
    for name, content in inventory.records.items():
        if content is None and name not in unfinished:
            yield _problem("changed", "record-changed", name, "is damaged: it is not a whole record any more")


def _check_announced(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Every line against the record that it announces. The last line of a log may be one that did not get so far."""
    for line, name, is_last in inventory.announcing():
        if is_last:
            continue
        if name not in inventory.records:
            yield _problem(
                "removed", "record-removed", name, f"is not there, though {_place(line)} says that it was made"
            )
        elif (record := inventory.records[name]) is not None and record.audit != line.ref:
            yield _problem(
                "changed", "record-replaced", name, f"is not the record of {_place(line)}, which was there before"
            )


def _check_files(inventory: Inventory) -> Iterator[VerifyProblem]:
    for record in inventory.whole_records:
        if record.content.get("kind") == "clinical-tables":
            if record is not inventory.last_clinical:
                continue  # its tables have given place to newer ones
            for file in record.files:
                yield from _check_table_file(inventory, record, file)
        else:
            for file in record.files:
                yield from _check_file(inventory, record, file)


def _check_file(inventory: Inventory, record: StoredRecord, file: StagedFile) -> Iterator[VerifyProblem]:
    digest = _digest(inventory.folder, file)
    if digest is None:
        yield _problem("removed", "file-removed", file.path, f"is not there, though {record.path} vouches for it")
    elif digest != file.sha256:
        code = _CHANGED_CODES.get(str(record.content.get("kind")), "file-changed")
        yield _problem("changed", code, file.path, f"is not the file that {record.path} vouches for: it was changed")


def _check_table_file(inventory: Inventory, record: StoredRecord, file: StagedFile) -> Iterator[VerifyProblem]:
    if file.temporary in inventory.files:
        return  # not in its place yet, which is named as a leftover
    digest = _digest(inventory.folder, file)
    if digest is None:
        yield _problem("removed", "file-removed", file.path, f"is not there, though {record.path} vouches for it")
    elif digest != file.sha256:
        detail = check_table(read_regular(inventory.folder / file.path), file.path, record.content)
        yield _problem("changed", "table-changed", file.path, f"is not what {record.path} says was imported: {detail}")


def _check_protocol(inventory: Inventory) -> Iterator[VerifyProblem]:
    try:
        name = protocol_name(inventory.files.__contains__)
    except DataRefusedError as two:
        yield VerifyProblem(kind="added", code=two.code, where=OLD_PROTOCOL_NAME, sentence=str(two))
        return
    if name not in inventory.files:
        yield _problem("removed", "protocol-removed", name, "is not there")
        return
    if name == OLD_PROTOCOL_NAME:
        yield _problem(
            "note",
            "old-protocol-format",
            name,
            f"is {FORMATS[name]}, as studies were made before {PROTOCOL_NAME}: ruamel.yaml reads it, and nothing "
            "rewrites it",
        )
    digest = protocol_digest(read_regular(inventory.folder / name))
    frozen = inventory.records.get(layout.FROZEN_PROTOCOL)
    if frozen is not None and frozen.content.get("protocol_sha256") != digest:
        yield _problem("changed", "protocol-changed", name, "was changed after it was frozen for unblinding")
    used = {
        record.content.get("protocol_sha256")
        for record in inventory.whole_records
        if record.content.get("protocol_sha256")
    }
    if frozen is None and used - {digest}:
        yield _problem("note", "protocol-edited", name, "was edited after readings were locked under another text")


def _check_strangers(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Files that no record vouches for."""
    known = {file.path for record in inventory.whole_records for file in record.files}
    known |= {*inventory.records, *inventory.temporaries, *FORMATS}
    known |= {layout.PATIENTS_TABLE, layout.LYMPH_NODES_TABLE} if inventory.last_clinical else set()
    for name in sorted(inventory.files - known):
        folder, _, last = name.rpartition("/")
        if last in _SYSTEM_FILES or (folder == AUDIT_FOLDER and LOG_NAME.fullmatch(last)) or _is_draft(inventory, name):
            continue
        if folder or last in (layout.PATIENTS_TABLE, layout.LYMPH_NODES_TABLE):
            yield _problem("added", "file-added", name, "was added: no record vouches for it")
        else:
            yield _problem("note", "unknown-file", name, "is not part of the study; nothing vouches for it")


def _is_draft(inventory: Inventory, name: str) -> bool:
    """Whether `name` is the draft of a reading that somebody opened."""
    for suffix in (layout.DRAFT_CONTOUR_SUFFIX, layout.DRAFT_NOTES_SUFFIX):
        if name.endswith(suffix):
            return f"{name.removesuffix(suffix)}{layout.OPENING_SUFFIX}" in inventory.records
    return False


def _orphans(inventory: Inventory) -> Iterator[VerifyProblem]:
    noted = noted_before(inventory)
    for orphan in find_orphans(inventory):
        if orphan in noted:
            yield VerifyProblem(
                kind="note",
                code=orphan.code,
                where=orphan.where,
                sentence=f"{orphan.sentence} A recovery has noted it.",
            )
        else:
            yield VerifyProblem(kind="leftover", code=orphan.code, where=orphan.where, sentence=orphan.sentence)


def _notes(inventory: Inventory) -> Iterator[VerifyProblem]:
    yield from _clocks(inventory)
    simulated = sum(line is not None and line.simulated for log in inventory.logs.values() for line in log.lines)
    if simulated:
        yield _problem(
            "note",
            "simulated-date",
            AUDIT_FOLDER,
            f"has {counted(simulated, 'line')} with a date from RLNRESPONSE_TODAY",
        )


def _clocks(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Lines whose time is before that of a line that was there already; simulated dates are a clock of their own."""
    for log in inventory.logs.values():
        before: dict[bool, AuditLine] = {}
        for line in log.lines:
            if line is None or line.moment is None:
                continue
            heads = (inventory.line(AuditRef(writer, *head)) for writer, head in line.after.items())
            for earlier in (before.get(line.simulated), *heads):
                if earlier is None or earlier.moment is None or earlier.simulated is not line.simulated:
                    continue
                if earlier.moment - line.moment > CLOCK_TOLERANCE:
                    yield _problem(
                        "note",
                        "clock-went-back",
                        _place(line),
                        f"({line.event}) states {line.time}, though {_place(earlier)} before it states {earlier.time}: "
                        "a clock was wrong",
                    )
                    break
            before[line.simulated] = line


def _digest(folder: Path, file: StagedFile) -> str | None:
    """SHA-256 of a committed file, wherever it is; links are not followed. None where it is not there."""
    # The name, then the temporary one, then the name again: its writer may place it in between.
    for name in (file.path, file.temporary, file.path):
        path = folder / name
        if path.is_file() and path.resolve() == folder.resolve() / name:
            try:
                return file_digest(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise DataRefusedError(
                    f"{name} cannot be read ({error.strerror}); check the permissions.", "unreadable-study"
                ) from None
    return None


def _place(line: AuditLine) -> str:
    return place(line.writer, line.sequence)


def _problem(kind: Any, code: str, where: str, fault: str) -> VerifyProblem:
    return VerifyProblem(kind=kind, code=code, where=where, sentence=f"{where} {fault}.")
