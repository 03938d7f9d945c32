"""The logs as one: the order in which their lines were written, the last ones, and what they say of all records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from RLNResponseLib.study.audit_lines import AuditLine
from RLNResponseLib.study.records_tree import RecordsTree
from RLNResponseLib.study.verify.inventory import Inventory
from RLNResponseLib.study.verify.problems import VerifyProblem, place_of, problem


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


def study_identity(inventory: Inventory) -> str | None:
    """SHA-256 of the line that made the study.

    Parameters
    ----------
    inventory
        The study folder.

    Returns
    -------
    str or None
        None where there is none, or more than one.

    """
    firsts = (log.by_sequence.get(1) for log in inventory.logs.values())
    created = [line.sha256 for line in firsts if line is not None and line.event == "study-created" and not line.after]
    return created[0] if len(created) == 1 else None


def in_order(inventory: Inventory) -> Iterator[AuditLine]:
    """The lines of all logs, each after the line before it and after those of other logs that it names.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    AuditLine
        Lines that come after one that is not there, or after each other, are left out.

    """
    logs = {writer: deque(line for line in log.lines if line is not None) for writer, log in inventory.logs.items()}
    reached: dict[str, int] = {}
    waiting: dict[str, list[str]] = {}
    ready = deque(sorted(logs))
    while ready:
        writer = ready.popleft()
        lines = logs[writer]
        while lines:
            line = lines[0]
            missing = next((other for other, (n, _) in line.after.items() if reached.get(other, 0) < n), None)
            if missing is not None:
                waiting.setdefault(missing, []).append(writer)
                break
            lines.popleft()
            reached[writer] = max(line.sequence, reached.get(writer, 0))
            yield line
            ready.extend(waiting.pop(writer, ()))


def check_roots(inventory: Inventory) -> Iterator[VerifyProblem]:
    """What the lines say of all records before them, wherever a line comes after every line that is there.

    Parameters
    ----------
    inventory
        The study folder.

    Yields
    ------
    VerifyProblem
        Of the first line that vouches for other records than the lines before it say were made.

    """
    tree = RecordsTree()
    # The last line of each log that no line names: a line that names them all comes after everything.
    frontier: dict[str, int] = {}
    for line in in_order(inventory):
        tree.add((made.path, made.sha256) for made in line.made)
        named = {writer: n for writer, (n, _) in line.after.items()} | {line.writer: line.sequence - 1}
        frontier = {writer: n for writer, n in frontier.items() if named.get(writer, 0) < n}
        if not frontier and line.records is not None and (root := tree.root()) != line.records:
            yield problem(
                "changed",
                "records-differ",
                place_of(line),
                f"vouches for {line.records.count} records, and the lines before it say that {root.count} were made, "
                "not all of them the same: lines were removed or written anew",
            )
            return
        frontier[line.writer] = line.sequence
