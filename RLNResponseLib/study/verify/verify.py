"""`study verify`: recompute every hash, every chain and every stored file, and name what is not as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.files import file_digest, read_regular
from RLNResponseLib.common.wording import counted
from RLNResponseLib.study import layout
from RLNResponseLib.study.anchor import Anchor
from RLNResponseLib.study.audit_lines import AUDIT_FOLDER, HEAD_SUFFIX, HEADS_FOLDER, LOG_NAME, LOG_SUFFIX
from RLNResponseLib.study.protocol_formats import FORMATS
from RLNResponseLib.study.stored_records import StagedFile, StoredRecord
from RLNResponseLib.study.table_digests import check_table
from RLNResponseLib.study.verify.after_unblinding_check import check_after_unblinding
from RLNResponseLib.study.verify.audit_check import check_anchor, check_logs
from RLNResponseLib.study.verify.inventory import Inventory, take_inventory
from RLNResponseLib.study.verify.log_state import audit_heads, study_identity
from RLNResponseLib.study.verify.problems import VerifyProblem, problem
from RLNResponseLib.study.verify.protocol_check import check_protocol
from RLNResponseLib.study.verify.records_check import check_records
from RLNResponseLib.study.verify.recovery import find_orphans, noted_before
from RLNResponseLib.study.verify.same_contours import same_contours
from RLNResponseLib.study.verify.times_check import check_times

# What operating systems put into folders by themselves.
_SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
# Dropbox, OneDrive, Nextcloud, Syncthing, Google Drive, in the languages seen.
_CONFLICT = re.compile(
    r"conflict|konflikt|conflit|conflicto|copia|kopie|sync-conflict|\(\d+\)|-[A-Z]+-[A-Z0-9]{5,}\.", re.IGNORECASE
)
_UNREADABLE = "unreadable"
_CHANGED_CODES = {"reading": "contour-changed", "sealed": "sealed-part-changed", "image": "image-changed"}


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """What verification found.

    Attributes
    ----------
    problems
        By kind: first what was changed, added, removed or reordered, then leftovers, then notes.
    heads
        The last lines of the logs, to be kept outside the folder: "<writer>:<sequence>" → SHA-256.
    study
        SHA-256 of the line that made the study, its name towards the outside; None where that line is gone.
    lines, records, files
        How many were verified.

    """

    problems: tuple[VerifyProblem, ...]
    heads: Mapping[str, str]
    study: str | None
    lines: int
    records: int
    files: int

    @property
    def is_intact(self) -> bool:
        """Nothing was changed, added, removed or reordered; a crash may have left something over."""
        return all(problem.is_harmless for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """The report as the command line prints it."""
        return {
            "intact": self.is_intact,
            "problems": [vars(problem) for problem in self.problems],
            "study": self.study,
            "heads": dict(self.heads),
            "verified": {"lines": self.lines, "records": self.records, "files": self.files},
        }


def verify(folder: Path, expected: Anchor | None = None, now: Now | None = None) -> VerifyReport:
    """Verify a study folder, in whatever state it is, without writing to it.

    Others may be writing meanwhile: what is found is looked for a second time, and only what is still so is said.

    Parameters
    ----------
    folder
        The study folder.
    expected
        An anchor of this study, kept where the folder's writers cannot reach: with it a folder that was rewritten as a
        whole, or put back to an older state, is found out too.
    now
        The moment, for times that are still to come; None looks for none.

    Returns
    -------
    VerifyReport
        `is_intact` where nothing is wrong.

    Raises
    ------
    DataRefusedError
        unreadable-study where it cannot be read at all; foreign-anchor.

    """
    report = _look(folder, expected, now)
    for _ in range(_LOOKS):
        if report.is_intact:
            break
        again = _look(folder, expected, now)
        seen = {(problem.code, problem.where) for problem in report.problems}
        still = tuple(found for found in again.problems if (found.code, found.where) in seen or found.is_harmless)
        is_settled = again.lines == report.lines
        report = replace(again, problems=still)
        if is_settled:
            break
    return report


def _look(folder: Path, expected: Anchor | None, now: Now | None) -> VerifyReport:
    inventory = take_inventory(folder)
    problems = [
        *_check_unread(inventory),
        *_check_links(inventory),
        *check_logs(inventory),
        *check_anchor(inventory, expected),
        *check_records(inventory),
        *_check_files(inventory),
        *check_protocol(inventory),
        *check_times(inventory, now),
        *_check_strangers(inventory),
        *_orphans(inventory),
        *_notes(inventory),
        *same_contours(inventory),
        *check_after_unblinding(inventory),
    ]
    return VerifyReport(
        problems=tuple(sorted(set(problems), key=lambda found: (_RANK.get(found.kind, 0), found.where, found.code))),
        heads=audit_heads(inventory),
        study=study_identity(inventory),
        lines=sum(len(log.lines) for log in inventory.logs.values()),
        records=len(inventory.whole_records),
        files=sum(len(record.files) for record in inventory.whole_records),
    )


# Enough for a study that is written at every moment: each look judges less of what a writer was at.
_LOOKS = 4
_RANK = {"leftover": 1, "note": 2}


def _check_unread(inventory: Inventory) -> Iterator[VerifyProblem]:
    for name, why in sorted(inventory.unread.items()):
        yield problem("changed", "unreadable", name, f"{why}, so what it holds is not vouched for")


def _check_links(inventory: Inventory) -> Iterator[VerifyProblem]:
    for name in inventory.links:
        yield VerifyProblem(
            kind="added",
            code="symbolic-link",
            where=name,
            sentence=f"{name} is a symbolic link, and a study folder has none: what it leads to is not vouched for.",
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
        yield problem("removed", "file-removed", file.path, f"is not there, though {record.path} vouches for it")
    elif digest != file.sha256:
        kind = "sealed" if file.path.endswith(layout.SEALED_SUFFIX) else str(record.content.get("kind"))
        code = _CHANGED_CODES.get(kind, "file-changed")
        yield problem("changed", code, file.path, f"is not the file that {record.path} vouches for: it was changed")


def _check_table_file(inventory: Inventory, record: StoredRecord, file: StagedFile) -> Iterator[VerifyProblem]:
    digest = _digest(inventory.folder, file)
    if digest is None:
        yield problem("removed", "file-removed", file.path, f"is not there, though {record.path} vouches for it")
    elif digest != file.sha256 and _digest_of_temporary(inventory.folder, file) != file.sha256:
        if (inventory.folder / layout.clinical_path(int(record.content["number"]) + 1)).exists():
            return  # the tables have given place to newer ones meanwhile
        try:
            detail = check_table(read_regular(inventory.folder / file.path), file.path, record.content)
        except OSError as error:
            detail = f"it cannot be read ({error.strerror})"
        yield problem("changed", "table-changed", file.path, f"is not what {record.path} says was imported: {detail}")


def _check_strangers(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Files that no record vouches for."""
    known = {file.path for record in inventory.whole_records for file in record.files}
    known |= {*inventory.records, *inventory.temporaries, *FORMATS}
    known |= {layout.PATIENTS_TABLE, layout.LYMPH_NODES_TABLE} if inventory.last_clinical else set()
    for name in sorted(inventory.files - known):
        folder, _, last = name.rpartition("/")
        if last in _SYSTEM_FILES or _is_of_log(folder, last) or _is_draft(inventory, name):
            continue
        if folder or last in (layout.PATIENTS_TABLE, layout.LYMPH_NODES_TABLE):
            said = (
                ", as a sync client names a conflicted copy; compare it with the file it is a copy of, then remove it"
                if _CONFLICT.search(last)
                else ""
            )
            yield problem(
                "added", "conflicted-copy" if said else "file-added", name, f"was added: no record vouches for it{said}"
            )
        else:
            yield problem("note", "unknown-file", name, "is not part of the study; nothing vouches for it")


def _is_of_log(folder: str, last: str) -> bool:
    if folder == HEADS_FOLDER:
        return LOG_NAME.fullmatch(f"{last.removesuffix(HEAD_SUFFIX)}{LOG_SUFFIX}") is not None
    return folder == AUDIT_FOLDER and LOG_NAME.fullmatch(last) is not None


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
    simulated = sum(line is not None and line.simulated for log in inventory.logs.values() for line in log.lines)
    if simulated:
        yield problem(
            "note",
            "simulated-date",
            AUDIT_FOLDER,
            f"has {counted(simulated, 'line')} with a date from RLNRESPONSE_TODAY",
        )
    for name in inventory.torn_heads:
        yield problem(
            "note",
            "head-unreadable",
            name,
            "does not say which line is the last of its log: a crash, or it was damaged; that the log was cut short "
            "would not show in it",
        )
    unmarked = [line for line, _, _ in inventory.announcements if line.schema == 1 and line.ref not in inventory.marks]
    if unmarked:
        yield problem(
            "note",
            "format-cannot-show",
            AUDIT_FOLDER,
            f"has {counted(len(unmarked), 'line')} of before commit marks whose record no later line marks as made: "
            "where such a line is the last of its log, that its record was removed, or removed and made again, does "
            "not show; the next deed marks those that are there, and study anchor pins all",
        )


def _digest(folder: Path, file: StagedFile) -> str | None:
    """SHA-256 of a committed file, wherever it is; links are not followed. None where it is not there.

    Under its temporary name only the very file counts: anything else there was put there by someone.
    """
    # The name, then the temporary one, then the name again: its writer may place it in between.
    for name in (file.path, file.temporary, file.path):
        path = folder / name
        if path.is_file() and path.resolve() == folder.resolve() / name:
            try:
                digest = file_digest(path)
            except FileNotFoundError:
                continue
            except OSError:
                return _UNREADABLE
            if name == file.path or digest == file.sha256:
                return digest
    return None


def _digest_of_temporary(folder: Path, file: StagedFile) -> str | None:
    """Of a table that is not in its place yet, which is named as a leftover."""
    try:
        return file_digest(folder / file.temporary)
    except OSError:
        return None
