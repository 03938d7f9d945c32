"""What a page is made of: sections of headings, sentences, lists, tables and figures. Plain records; the template
draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class PageTable:
    """A table; `name` is the stem of its CSV file."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowBox:
    """One box of the flow; `is_out` beside the stream."""

    text: str
    is_out: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of a section; what `kind` does not use is empty."""

    kind: Literal["heading", "text", "list", "flow", "table", "figure"]
    text: str = ""
    lines: tuple[str, ...] = ()
    steps: tuple[FlowBox, ...] = ()
    table: PageTable | None = None
    name: str = ""


@dataclass(frozen=True)
class Section:
    """One section of a page, with its anchor."""

    id: str
    title: str
    parts: tuple[Part, ...]


def heading(text: str) -> Part:
    """A heading within a section.

    Parameters
    ----------
    text
        The words of the heading.

    Returns
    -------
    Part
    """
    return Part(kind="heading", text=text)


def text(words: str) -> Part:
    """A paragraph.

    Parameters
    ----------
    words
        The paragraph.

    Returns
    -------
    Part
    """
    return Part(kind="text", text=words)


def listed(lines: Sequence[str]) -> Part:
    """A list of sentences.

    Parameters
    ----------
    lines
        The items.

    Returns
    -------
    Part
    """
    return Part(kind="list", lines=tuple(lines))


def tabled(table: PageTable) -> Part:
    """A table.

    Parameters
    ----------
    table
        The table to show.

    Returns
    -------
    Part
    """
    return Part(kind="table", table=table)


def pictured(name: str) -> Part:
    """A figure, by its name.

    Parameters
    ----------
    name
        The figure's name in `study_figures`.

    Returns
    -------
    Part
    """
    return Part(kind="figure", name=name)
