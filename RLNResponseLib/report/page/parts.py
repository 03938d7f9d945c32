"""What a page is made of: sections of headings, sentences, lists, tables and figures. Plain records; the template
draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from RLNResponseLib.report.text.result_lines import Result

# How many rows of a long table are printed; the page on the screen and the CSV have all.
FIRST_ROWS = 12


@dataclass(frozen=True, kw_only=True)
class PageTable:
    """A table.

    Attributes
    ----------
    name
        The stem of its CSV file.
    title
        Above it, behind its number.
    header
        The names of its columns.
    rows
        Its cells; a first cell that begins with two spaces is a level of the row above.
    notes
        Below it, one sentence each.
    first
        How many rows are printed; 0 prints all.
    """

    name: str
    title: str = ""
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    first: int = 0

    @property
    def has_levels(self) -> bool:
        """Whether rows belong to the row above them, and so cannot be sorted."""
        return any(row[0][:1] == " " for row in self.rows)


@dataclass(frozen=True)
class FlowBox:
    """One box of the flow; `is_out` beside the stream."""

    text: str
    is_out: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of a section; what `kind` does not use is empty.

    Attributes
    ----------
    kind
        What it is.
    text
        Of a heading or a paragraph; the title of panels.
    caption
        Of panels: what the title does not say.
    lines
        Of a list.
    steps
        Of a flow.
    table
        A table.
    name
        Of a figure, or of the group of panels.
    names
        The figures that are the panels of one.
    results
        The five of the first page.
    label
        The number that a table or figure has in the paper, "Table 1"; "" where it is counted.
    see
        Names of tables and figures that a paragraph refers to.
    """

    kind: Literal["heading", "text", "list", "flow", "table", "figure", "panels", "results"]
    text: str = ""
    caption: str = ""
    lines: tuple[str, ...] = ()
    steps: tuple[FlowBox, ...] = ()
    table: PageTable | None = None
    name: str = ""
    names: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    label: str = ""
    see: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a page, with its anchor.

    Attributes
    ----------
    id
        Its anchor.
    title
        Its heading.
    parts
        What it holds.
    place
        The first page, the body or the appendix.
    """

    id: str
    title: str
    parts: tuple[Part, ...]
    place: Literal["first", "body", "appendix"] = "body"


def section(
    anchor: str, title: str, parts: Sequence[Part], place: Literal["first", "body", "appendix"] = "body"
) -> Section:
    """A section of a page.

    Parameters
    ----------
    anchor
        Its id.
    title
        Its heading.
    parts
        What it holds.
    place
        The first page, the body or the appendix.

    Returns
    -------
    Section
    """
    return Section(id=anchor, title=title, parts=tuple(parts), place=place)


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


def text(words: str, see: Sequence[str] = ()) -> Part:
    """A paragraph.

    Parameters
    ----------
    words
        The paragraph.
    see
        Names of tables and figures that it refers to.

    Returns
    -------
    Part
    """
    return Part(kind="text", text=words, see=tuple(see))


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


def tabled(table: PageTable, label: str = "") -> Part:
    """A table.

    Parameters
    ----------
    table
        The table to show.
    label
        Its number in the paper.

    Returns
    -------
    Part
    """
    return Part(kind="table", table=table, name=table.name, label=label)


def pictured(name: str, label: str = "") -> Part:
    """A figure, by its name.

    Parameters
    ----------
    name
        The figure's name in `study_figures`.
    label
        Its number in the paper.

    Returns
    -------
    Part
    """
    return Part(kind="figure", name=name, label=label)


def panels(name: str, title: str, names: Sequence[str], label: str = "", caption: str = "") -> Part:
    """One figure of several pictures, a, b, c.

    Parameters
    ----------
    name
        Of the whole.
    title
        Its title.
    names
        The pictures' names in `study_figures`, in their order; one that is not there is passed over.
    label
        Its number in the paper.
    caption
        What the title does not say.

    Returns
    -------
    Part
    """
    return Part(kind="panels", name=name, text=title, names=tuple(names), label=label, caption=caption)


def tables_of(sections: Sequence[Section]) -> tuple[PageTable, ...]:
    """Every table of a page, in its order.

    Parameters
    ----------
    sections
        The sections of the page.

    Returns
    -------
    tuple of PageTable
    """
    return tuple(part.table for each in sections for part in each.parts if part.table is not None)


def with_figures(sections: Sequence[Section], names: Sequence[str]) -> tuple[Section, ...]:
    """The sections with the figures that there are: panels without any go, and a figure that none shows comes last.

    Parameters
    ----------
    sections
        The sections of the page.
    names
        Of every figure that was drawn.

    Returns
    -------
    tuple of Section
    """
    kept = []
    for each in sections:
        parts = []
        for part in each.parts:
            found = tuple(name for name in part.names if name in names)
            if part.kind == "panels" and found:
                parts.append(replace(part, names=found))
            elif part.kind != "panels" and (part.kind != "figure" or part.name in names):
                parts.append(part)
        kept.append(replace(each, parts=tuple(parts)))
    shown = {name for each in kept for part in each.parts for name in (part.name, *part.names)}
    others = [pictured(name) for name in names if name not in shown]
    if others:
        kept.append(section("other-figures", "Other figures", tuple(others), "appendix"))
    return tuple(kept)
