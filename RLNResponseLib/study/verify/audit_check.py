"""Is the audit log whole? Each log by itself, and the logs against each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from RLNResponseLib.study.anchor import Anchor, refuse_foreign
from RLNResponseLib.study.audit_lines import (
    AUDIT_FOLDER,
    HEAD_SUFFIX,
    HEADS_FOLDER,
    LOG_NAME,
    NOTHING_BEFORE,
    AuditLine,
)
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.verify.inventory import Inventory, LogContent
from RLNResponseLib.study.verify.log_state import check_roots, study_identity
from RLNResponseLib.study.verify.problems import VerifyProblem, place, problem


def check_logs(inventory: Inventory) -> Iterator[VerifyProblem]:
    """Every log's own chain, the numbering of the logs, and what the logs say of each other.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    VerifyProblem
        Each fault of a log.

    """
    for writer, log in sorted(inventory.logs.items()):
        if log.has_windows_ends:
            where = f"{AUDIT_FOLDER}/{writer}.jsonl"
            yield VerifyProblem(
                kind="changed",
                code="log-rewritten",
                where=where,
                sentence=f"{where} has the line ends of Windows: an editor or a sync tool rewrote it, so that no chain "
                "holds; put it back from a backup.",
            )
            continue
        yield from _check_order(writer, log)
        yield from _check_chain(writer, log)
        yield from _check_anchors(inventory, log)
    for head in inventory.noted_heads:
        yield from check_reference(inventory, head, f"{HEADS_FOLDER}/{head.writer}{HEAD_SUFFIX}")
    yield from _check_beginnings(inventory)
    yield from check_roots(inventory)


def check_anchor(inventory: Inventory, expected: Anchor | None) -> Iterator[VerifyProblem]:
    """Compare the logs with lines whose hashes were kept outside the folder.

    Parameters
    ----------
    inventory
        The study folder.
    expected
        An anchor of this study; None compares nothing.

    Yields
    ------
    VerifyProblem
        Each line that is removed or changed.

    Raises
    ------
    DataRefusedError
        foreign-anchor.

    """
    if expected is None:
        return
    refuse_foreign(expected, study_identity(inventory))
    for name, sha256 in sorted(expected.heads.items()):
        writer, _, sequence = name.rpartition(":")
        line = inventory.line(AuditRef(writer, int(sequence), sha256))
        where = place(writer, sequence)
        if line is None:
            yield problem("removed", "line-removed", where, "is not there, though its hash was kept outside the folder")
        elif not line.sha256.startswith(sha256):
            yield problem("changed", "line-changed", where, "is not the line whose hash was kept outside the folder")


def _check_order(writer: str, log: LogContent) -> Iterator[VerifyProblem]:
    highest, seen = 0, set[int]()
    for position, line in enumerate(log.lines, start=1):
        if line is None or line.writer != writer:
            kind = "is not a line of an audit log" if line is None else "belongs to another log"
            yield VerifyProblem(
                kind="changed",
                code="line-changed",
                where=place(writer, position),
                sentence=f"{place(writer, position)} {kind}.",
            )
            highest = max(highest, position)
            seen.add(position)
            continue
        where = place(writer, line.sequence)
        if line.sequence in seen:
            yield VerifyProblem(kind="added", code="line-added", where=where, sentence=f"{where} is there twice.")
        elif line.sequence < highest:
            yield VerifyProblem(
                kind="reordered",
                code="lines-reordered",
                where=where,
                sentence=f"{where} stands after line {highest}: the lines were reordered.",
            )
        seen.add(line.sequence)
        highest = max(highest, line.sequence)
    for first, last in _gaps(seen):
        where = place(writer, first if first == last else f"{first} to {last}")
        yield VerifyProblem(
            kind="removed",
            code="line-removed",
            where=where,
            sentence=f"{where} was removed: the lines around it are there.",
        )


def _gaps(numbers: Collection[int]) -> Iterator[tuple[int, int]]:
    """The first and last number of every gap in numbers that begin with 1."""
    before = 0
    for number in sorted(numbers):
        if number > before + 1:
            yield before + 1, number - 1
        before = number


def _check_chain(writer: str, log: LogContent) -> Iterator[VerifyProblem]:
    """Each line against the one that stands before it, where their numbers say that it belongs there."""
    for before, line in zip((None, *log.lines), log.lines, strict=False):
        if line is None:
            continue
        if line.sequence == 1 and line.previous != NOTHING_BEFORE:
            where = place(writer, 1)
            yield VerifyProblem(
                kind="changed",
                code="line-changed",
                where=where,
                sentence=f"{where} claims a line before it; it was changed.",
            )
        if before is not None and line.sequence == before.sequence + 1 and line.previous != before.sha256:
            where = place(writer, before.sequence)
            yield VerifyProblem(
                kind="changed",
                code="line-changed",
                where=where,
                sentence=f"{where} is not the line that line {line.sequence} was chained to: it was changed, or line "
                f"{line.sequence} was.",
            )


def _check_anchors(inventory: Inventory, log: LogContent) -> Iterator[VerifyProblem]:
    for line in log.lines:
        if line is None:
            continue
        for writer, (sequence, sha256) in line.after.items():
            yield from check_reference(inventory, AuditRef(writer, sequence, sha256), place(line.writer, line.sequence))


def check_reference(inventory: Inventory, ref: AuditRef, by: str) -> Iterator[VerifyProblem]:
    """The line that a record or another line names, as it is named there.

    Parameters
    ----------
    inventory
        The study folder.
    ref
        The line that is named.
    by
        What names it, for the sentence.

    Yields
    ------
    VerifyProblem
        The line is removed or changed.

    """
    where = place(ref.writer, ref.sequence)
    line: AuditLine | None = inventory.line(ref)
    if line is None:
        yield VerifyProblem(
            kind="removed",
            code="line-removed",
            where=where,
            sentence=f"{where} is not there, though {by} names it: the line was removed.",
        )
    elif line.sha256 != ref.sha256:
        yield VerifyProblem(
            kind="changed",
            code="line-changed",
            where=where,
            sentence=f"{where} is not the line that {by} names: the line was changed.",
        )


def _check_beginnings(inventory: Inventory) -> Iterator[VerifyProblem]:
    """One log begins with the study's creation, every other after a line of another; no number is left out."""
    firsts = [line for log in inventory.logs.values() if (line := log.by_sequence.get(1)) is not None]
    created = [line for line in firsts if line.event == "study-created" and not line.after]
    if not created:
        yield VerifyProblem(
            kind="removed",
            code="creation-removed",
            where=AUDIT_FOLDER,
            sentence="No log begins with the study's creation: that line was removed.",
        )
    for line in firsts:
        where = f"{AUDIT_FOLDER}/{line.writer}.jsonl"
        if not line.after and line is not (created[0] if created else None):
            yield VerifyProblem(
                kind="added",
                code="log-added",
                where=where,
                sentence=f"{where} follows no other log: it was added from outside.",
            )
    numbers: dict[str, set[int]] = {}
    for writer in inventory.logs:
        match = LOG_NAME.fullmatch(f"{writer}.jsonl")
        if match is not None:
            numbers.setdefault(match["workstation"], set()).add(int(match["number"]))
    for workstation, taken in sorted(numbers.items()):
        for first, last in _gaps(taken):
            where = f"{AUDIT_FOLDER}/{workstation}-{first:04d}.jsonl"
            until = "" if first == last else f" (and all to {last:04d})"
            yield VerifyProblem(
                kind="removed",
                code="log-removed",
                where=where,
                sentence=f"{where}{until} was removed: a later log of it is there.",
            )
