"""The report's first page as a picture: what is seen of it before it is opened in a browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.report.figures.drawing import INK, QUIET, RULE, Page, drawing_style, shortened, wrapped
from RLNResponseLib.report.page.parts import PageTable, Part, Section

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "first-page.png"
_WIDTH, _HEIGHT, _MARGIN = 8.27, 11.69, 0.6
_ROOM = _WIDTH - 2 * _MARGIN
_FIRST_COLUMN = 2.6
_GAP = 0.1


def first_page_file(page: Path) -> Path:
    """Where the picture of a report's first page lies.

    Parameters
    ----------
    page
        The report's file.

    Returns
    -------
    Path
        In the folder of its files.
    """
    return page.with_name(f"{page.stem}-files") / NAME


def first_page_figure(title: str, opening: Sequence[str], sections: Sequence[Section]) -> Figure:
    """Title, notices and the first sections down to the foot of an A4 page; what follows is in the report.

    Parameters
    ----------
    title
        Of the study.
    opening
        What stands below it, a paragraph each.
    sections
        Of the report, in its order.

    Returns
    -------
    Figure
    """
    with drawing_style():
        page = Page.blank(_WIDTH, _HEIGHT)
        below = _MARGIN
        for words, size, weight, colour in _lines(title, opening, sections):
            height = 1.45 * size / 72
            if below + height > _HEIGHT - _MARGIN:
                break
            if words is None:
                page.rule(_MARGIN, below + height / 2, _ROOM, RULE)
            elif isinstance(words, str):
                page.text(_MARGIN, below, words, size=size, weight=weight, color=colour)
            else:
                _cells(page, below, words, size, weight)
            below += height
        page.text(_MARGIN, _HEIGHT - 0.4, "The whole report opens in the browser.", size=7, color=QUIET)
        return page.figure


_Line = tuple[str | tuple[str, ...] | None, float, str, str]


def _lines(title: str, opening: Sequence[str], sections: Sequence[Section]) -> Iterator[_Line]:
    """From the top down: words, the cells of a table's row, or a rule; with size, weight and colour."""
    yield shortened(title, _ROOM, 15, "bold"), 15, "bold", INK
    for paragraph in opening:
        for line in wrapped(paragraph, _ROOM, 8, 4):
            yield line, 8, "normal", QUIET
    for section in sections:
        yield None, 8, "normal", RULE
        yield shortened(section.title, _ROOM, 12, "bold"), 12, "bold", INK
        for part in section.parts:
            yield from _of_part(part)


def _of_part(part: Part) -> Iterator[_Line]:
    if part.kind == "heading":
        yield shortened(part.text, _ROOM, 10, "bold"), 10, "bold", INK
    elif part.kind == "text":
        for line in wrapped(part.text, _ROOM, 8, 6):
            yield line, 8, "normal", INK
    elif part.kind == "list":
        for words in part.lines:
            yield shortened(f"· {words}", _ROOM, 8), 8, "normal", INK
    elif part.kind == "flow":
        for step in part.steps:
            yield shortened(f"{'    → ' if step.is_out else ''}{step.text}", _ROOM, 8), 8, "normal", INK
    elif part.table is not None:
        yield from _of_table(part.table)


def _of_table(table: PageTable) -> Iterator[_Line]:
    yield table.header, 7.5, "bold", INK
    for row in table.rows:
        yield row, 7.5, "normal", INK
    for note in table.notes:
        for line in wrapped(note, _ROOM, 7, 2):
            yield line, 7, "normal", QUIET


def _cells(page: Page, below: float, cells: tuple[str, ...], size: float, weight: str) -> None:
    first = min(_FIRST_COLUMN, _ROOM / len(cells))
    width = (_ROOM - first) / max(len(cells) - 1, 1)
    for number, cell in enumerate(cells):
        left, room = (0.0, first) if number == 0 else (first + (number - 1) * width, width)
        page.text(
            _MARGIN + left, below, shortened(cell, room - _GAP, size, weight), size=size, weight=weight, color=INK
        )
