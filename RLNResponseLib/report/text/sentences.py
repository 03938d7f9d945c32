"""A sentence on a result, for terminal, page and panel alike, and how a terminal lays sentences and tables out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from RLNResponseLib.common.findings import Finding

Kind = Literal["figure", "statement", "notice"]
_STEP = "  "


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One thing that is said of a result; its kind tells each surface whether to show it, so that none reads its words.

    kind      "figure" where page and panel have a table or picture of it, "statement" where they have none, "notice"
    text      the words; none of them is a figure's, an empty line
    indent    how far a terminal sets it in, in signs
    terminal  what a terminal says in its place, where the command line can offer something; else empty
    """

    kind: Kind
    text: str
    indent: int = 0
    terminal: str = ""


def texts(sentences: Iterable[Sentence], kind: Kind = "statement") -> list[str]:
    """The words of those of one kind, in order.

    Parameters
    ----------
    sentences
        What is said of a result.
    kind
        Which are wanted.

    Returns
    -------
    list of str

    Examples
    --------
    >>> figure = Sentence(kind="figure", text="AUC 0.777")
    >>> texts((figure, Sentence(kind="statement", text="It was judged on 27 lymph nodes.")))
    ['It was judged on 27 lymph nodes.']
    """
    return [sentence.text for sentence in sentences if sentence.kind == kind]


def printed(sentences: Iterable[Sentence], width: int | None = None) -> list[str]:
    """The lines of a terminal.

    Parameters
    ----------
    sentences
        What is said of a result.
    width
        Where statements are broken, in signs; None breaks nothing. Figures stand in columns and are never broken.

    Returns
    -------
    list of str

    Examples
    --------
    >>> figure = Sentence(kind="figure", text="AUC 0.777", indent=2)
    >>> printed((figure, Sentence(kind="statement", text="It is on these lymph nodes.", indent=2)), 20)
    ['  AUC 0.777', '  It is on these', '    lymph nodes.']
    """
    lines: list[str] = []
    for sentence in sentences:
        words, indent = sentence.terminal or sentence.text, " " * sentence.indent
        if width is None or sentence.kind != "statement":
            lines.append(f"{indent}{words}")
        else:
            lines += textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=f"{indent}{_STEP}")
    return lines


def warning_sentences(findings: Iterable[Finding]) -> tuple[Sentence, ...]:
    """What speaks against a result that is given all the same: an error that was overridden is a warning here.

    Parameters
    ----------
    findings
        What the checks found.

    Returns
    -------
    tuple of Sentence

    Examples
    --------
    >>> finding = Finding(code="same-patients", severity="warning", message="Patients are in both.")
    >>> warning_sentences([finding])[0].text
    'warning: Patients are in both.'
    """
    return tuple(Sentence(kind="statement", text=f"warning: {finding.message}") for finding in findings)


def columns(rows: Sequence[Sequence[str]], ruled: bool = False) -> list[str]:
    """A table as lines of a terminal, every column as wide as its widest cell.

    Parameters
    ----------
    rows
        The header first.
    ruled
        Whether a line is drawn below the header.

    Returns
    -------
    list of str

    Examples
    --------
    >>> columns([("group", "n"), ("low", "12")], ruled=True)
    ['group  n', '-----  --', 'low    12']
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if ruled:
        lines.insert(1, "  ".join("-" * width for width in widths))
    return lines
