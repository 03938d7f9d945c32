"""Is the audit log whole? Each log by itself, and the logs against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from RLNResponseLib.study.audit import AUDIT_FOLDER, LOG_NAME, NOTHING_BEFORE, AuditLine
from RLNResponseLib.study.records import AuditRef
from RLNResponseLib.study.verify.inventory import Inventory, LogContent

ProblemKind = Literal["changed", "added", "removed", "reordered", "leftover", "note"]


@dataclass(frozen=True, kw_only=True)
class VerifyProblem:
    """One thing that is not as it was written.

    Attributes
    ----------
    kind
        What was done to it; "leftover" is what a crash leaves, "note" is said for completeness.
    code
        Stable name for programs ("contour-changed").
    where
        The file, or the log with its line.
    sentence
        For people.

    """

    kind: ProblemKind
    code: str
    where: str
    sentence: str


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
        yield from _check_order(writer, log)
        yield from _check_chain(writer, log)
        yield from _check_anchors(inventory, log)
    yield from _check_beginnings(inventory)


def check_heads(inventory: Inventory, expected: Mapping[str, str]) -> Iterator[VerifyProblem]:
    """Compare the logs with hashes of lines that were kept outside the folder.

    Parameters
    ----------
    inventory
        The study folder.
    expected
        "<writer>:<sequence>" → SHA-256.

    Yields
    ------
    VerifyProblem
        Each line that is removed or changed.

    """
    for name, sha256 in sorted(expected.items()):
        writer, _, sequence = name.rpartition(":")
        line = inventory.line(AuditRef(writer, int(sequence) if sequence.isdecimal() else 0, sha256))
        if line is None:
            yield VerifyProblem(
                kind="removed",
                code="line-removed",
                where=place(writer, sequence),
                sentence=f"{place(writer, sequence)} is not there, though its hash was kept outside the folder.",
            )
        elif line.sha256 != sha256:
            yield VerifyProblem(
                kind="changed",
                code="line-changed",
                where=place(writer, sequence),
                sentence=f"{place(writer, sequence)} is not the line whose hash was kept outside the folder.",
            )


def audit_heads(inventory: Inventory) -> dict[str, str]:
    """The lines that no other line names yet. Kept elsewhere, they pin all the others.

    Parameters
    ----------
    inventory
        The study folder.

    Returns
    -------
    dict
        "<writer>:<sequence>" → SHA-256.

    """
    named: dict[str, int] = {}
    for log in inventory.logs.values():
        for line in log.lines:
            for writer, (sequence, _) in line.after.items() if line is not None else ():
                named[writer] = max(sequence, named.get(writer, 0))
    last = (log.last for log in inventory.logs.values())
    return {
        f"{line.writer}:{line.sequence}": line.sha256
        for line in last
        if line is not None and line.sequence > named.get(line.writer, 0)
    }


def place(writer: str, sequence: int | str) -> str:
    """How a line of a log is named in messages.

    Parameters
    ----------
    writer
        Whose log.
    sequence
        Number of the line.

    Returns
    -------
    str
        Such as "audit/ward-0001.jsonl line 4".

    """
    return f"{AUDIT_FOLDER}/{writer}.jsonl line {sequence}"


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
    for missing in sorted(set(range(1, highest + 1)) - seen):
        where = place(writer, missing)
        yield VerifyProblem(
            kind="removed",
            code="line-removed",
            where=where,
            sentence=f"{where} was removed: the lines around it are there.",
        )


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
        for missing in sorted(set(range(1, max(taken))) - taken):
            where = f"{AUDIT_FOLDER}/{workstation}-{missing:04d}.jsonl"
            yield VerifyProblem(
                kind="removed",
                code="log-removed",
                where=where,
                sentence=f"{where} was removed: a later log of it is there.",
            )
