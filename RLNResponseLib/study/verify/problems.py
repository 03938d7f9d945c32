"""What verification finds: one thing that is not as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from RLNResponseLib.study.audit_lines import AUDIT_FOLDER, AuditLine

ProblemKind = Literal["changed", "added", "removed", "reordered", "contradiction", "leftover", "note"]


@dataclass(frozen=True, kw_only=True)
class VerifyProblem:
    """One thing that is not as it was written.

    Attributes
    ----------
    kind
        What was done to it; "contradiction" where times or protocol say what no reading can have been, "leftover" is
        what a crash leaves, "note" is said for completeness.
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

    @property
    def is_harmless(self) -> bool:
        """What a crash leaves, and what is said for completeness: the study is as it was written."""
        return self.kind in ("leftover", "note")


def problem(kind: Any, code: str, where: str, fault: str) -> VerifyProblem:
    """A problem whose sentence begins with its place.

    Parameters
    ----------
    kind, code, where
        Of the problem.
    fault
        What is wrong with it, the rest of the sentence without its full stop.

    Returns
    -------
    VerifyProblem

    """
    return VerifyProblem(kind=kind, code=code, where=where, sentence=f"{where} {fault}.")


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


def place_of(line: AuditLine) -> str:
    """How a line is named in messages.

    Parameters
    ----------
    line
        Of a log.

    Returns
    -------
    str

    """
    return place(line.writer, line.sequence)
