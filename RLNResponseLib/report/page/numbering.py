"""The numbers of tables and figures: the paper's where they have one, then counted on; those of the appendix apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from RLNResponseLib.report.page.parts import Part, Section

# Of the paper: where a study lacks one of them no other takes its number.
THE_PAPERS = frozenset({"Table 1", "Table 2", "Figure 1", "Figure 2", "Figure 3"})
_KINDS = {"table": "Table", "figure": "Figure", "panels": "Figure"}


@dataclass(frozen=True)
class Number:
    """What a table or figure is called, and where it stands.

    Attributes
    ----------
    label
        Such as "Table 3" or "Figure A2".
    anchor
        Its id on the page.
    title
        What stands behind the label.
    """

    label: str
    anchor: str
    title: str


def numbers(
    sections: Sequence[Section], titles: dict[str, str], reserved: frozenset[str] = frozenset()
) -> dict[str, Number]:
    """The number of each table and figure by its name.

    Parameters
    ----------
    sections
        The sections of the page, without what is not shown.
    titles
        Of the figures, by name.
    reserved
        Labels that are given to nothing but what asks for them.

    Returns
    -------
    dict[str, Number]

    Examples
    --------
    >>> from RLNResponseLib.report.page.parts import pictured, section
    >>> body = section("body", "Body", (pictured("new"), pictured("old", label="Figure 1")))
    >>> found = numbers([body, section("more", "More", (pictured("last"),), "appendix")], {})
    >>> [(name, number.label) for name, number in found.items()]
    [('new', 'Figure 2'), ('old', 'Figure 1'), ('last', 'Figure A1')]
    """
    parts = [(part, section) for section in sections for part in section.parts if part.kind in _KINDS]
    taken = {part.label for part, _ in parts if part.label} | reserved
    found: dict[str, Number] = {}
    for part, section in parts:
        label = part.label or _next(_KINDS[part.kind], "A" if section.place == "appendix" else "", taken)
        taken.add(label)
        anchor = label.lower().replace(" ", "-")
        found[part.name] = Number(label, anchor, _title(part, titles))
    return found


def _title(part: Part, titles: dict[str, str]) -> str:
    if part.table is not None:
        return part.table.title
    return part.text or titles.get(part.name, "")


def _next(kind: str, prefix: str, taken: set[str]) -> str:
    number = 1
    while f"{kind} {prefix}{number}" in taken:
        number += 1
    return f"{kind} {prefix}{number}"
