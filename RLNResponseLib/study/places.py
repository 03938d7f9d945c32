"""Where patients and CT are from: the columns `site` and `scanner`; one spelling a place, one scanner a CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identity
from RLNResponseLib.common.tables import Table

PLACES = ("site", "scanner")


def refuse_two_spellings(table: Table, column: str, values: Sequence[str | None]) -> None:
    """Refuse a place that is written in two ways: it would be two.

    Parameters
    ----------
    table
        Whose rows they are.
    column
        "site" or "scanner".
    values
        Row by row; None is not known.

    Raises
    ------
    DataRefusedError
        look-alike-identifiers.

    """
    seen: dict[str, tuple[int, str]] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        first, other = seen.setdefault(identity(value), (index, value))
        if other != value:
            raise DataRefusedError(
                f"{table.name}, rows {table.row_number(first)} and {table.row_number(index)}, column {column}: "
                f"'{other}' and '{value}' differ only in upper and lower case, leading zeros or dashes; write the same "
                "one alike, or rename one.",
                "look-alike-identifiers",
            )


def refuse_two_scanners(table: Table, images: Sequence[str], scanners: Sequence[str | None]) -> None:
    """Refuse a CT of two scanners.

    Parameters
    ----------
    table
        Of lymph nodes.
    images, scanners
        Row by row; None is not known.

    Raises
    ------
    DataRefusedError
        two-scanners.

    """
    seen: dict[str, int] = {}
    for index, (image, scanner) in enumerate(zip(images, scanners, strict=True)):
        if scanner is None:
            continue
        first = seen.setdefault(image, index)
        if scanners[first] != scanner:
            raise DataRefusedError(
                f"{table.name}, rows {table.row_number(first)} and {table.row_number(index)}: the image '{image}' is "
                "of two scanners; correct one.",
                "two-scanners",
            )


def without_unknown_places(table: Table) -> Table:
    """A table of cases without the places of which nothing is known: a study of one centre leaves them empty.

    Parameters
    ----------
    table
        With both columns, or one, or none.

    Returns
    -------
    Table

    """
    empty = {name for name in PLACES if name in table.columns and not any(row[name] for row in table.rows)}
    columns = tuple(name for name in table.columns if name not in empty)
    return replace(table, columns=columns, rows=tuple({name: row[name] for name in columns} for row in table.rows))
