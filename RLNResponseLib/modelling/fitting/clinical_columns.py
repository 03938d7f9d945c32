"""Clinical variables of a table as numbers: what a score is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.cells import is_missing, number_in, one_level, yes_or_no
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table, refuse_missing
from RLNResponseLib.common.types import Floats
from RLNResponseLib.common.wording import listed


@dataclass(frozen=True)
class ClinicalColumns:
    """Clinical variables.

    Attributes
    ----------
    names
        (k,), as the table calls them; of one that has two levels in words, with the level that counts as 1.
    values
        (n, k); NaN where one is not known.
    """

    names: tuple[str, ...]
    values: Floats

    __repr__ = short_repr


def clinical_columns(table: Table, wanted: Sequence[str]) -> ClinicalColumns:
    """Columns of numbers, of yes and no, or of two words.

    Parameters
    ----------
    table
        One row a lymph node.
    wanted
        Names of columns.

    Returns
    -------
    ClinicalColumns

    Raises
    ------
    DataRefusedError
        missing-column; many-levels for a column of more than two words, of which no one is 1.

    Examples
    --------
    >>> rows = ({"t_stage": "T1-2", "dose": "60"}, {"t_stage": "T3-4", "dose": ""})
    >>> found = clinical_columns(Table(name="t.csv", columns=("t_stage", "dose"), rows=rows), ["t_stage", "dose"])
    >>> found.names, found.values.tolist()
    (('t_stage T3-4', 'dose'), [[0.0, 60.0], [1.0, nan]])
    """
    refuse_missing(table, wanted)
    found = [_column(table, name) for name in wanted]
    values = np.column_stack([column for _, column in found]) if found else np.empty((len(table.rows), 0))
    return ClinicalColumns(tuple(name for name, _ in found), values)


def _column(table: Table, name: str) -> tuple[str, Floats]:
    cells, style = [row[name] for row in table.rows], table.style(name)
    known = [cell for cell in cells if not is_missing(cell)]
    for reading in (lambda cell: number_in(cell, style), yes_or_no):
        values = {cell: reading(cell) for cell in known}
        read = {cell: float(value) for cell, value in values.items() if value is not None}
        if len(read) == len(values):
            return name, np.array([read.get(cell, np.nan) for cell in cells])
    level_of = one_level(known)
    levels = sorted(set(level_of.values()))
    if len(levels) != 2:
        raise DataRefusedError(
            f"The column {name} of {table.name} has {len(levels)} different words ({listed(levels, 5)}), and a "
            "clinical variable is a number, yes or no, or one of two words; join its levels.",
            "many-levels",
        )
    at = {cell: float(level == levels[1]) for cell, level in level_of.items()}
    return f"{name} {levels[1]}", np.array([at.get(cell, np.nan) for cell in cells])
