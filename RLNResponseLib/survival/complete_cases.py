"""Rows of which every covariate is known, against the others: whom a complete-case analysis leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.statistics.standardised_differences import difference_of_counts, difference_of_values
from RLNResponseLib.survival.survival_table import SurvivalTable

# Above it two groups are usually called unlike (Austin 2009).
UNLIKE = 0.1
# What the columns of follow-up are called here, whatever the table calls them.
EVENT, MONTHS = "event", "months"


@dataclass(frozen=True, kw_only=True)
class CasesApart:
    """One column in complete rows and in the others.

    Attributes
    ----------
    name
        Of the column.
    two_values
        Its two values, where it has no more: `complete` and `others` are then the share of the higher one, else means.
    complete, others
        (figure, standard deviation, rows of which it is known); of a share the deviation is NaN.
    difference
        Standardised; None where it is not defined.
    """

    name: str
    two_values: tuple[float, float] | None
    complete: tuple[float, float, int]
    others: tuple[float, float, int]
    difference: float | None


@dataclass(frozen=True, kw_only=True)
class CompleteCases:
    """Complete rows against the others.

    Attributes
    ----------
    rows, complete
        How many rows, and of how many everything is known.
    unknown
        Covariate → rows of which it is not known.
    columns
        Covariates, score, event and months, as far as known.
    """

    rows: int
    complete: int
    unknown: Mapping[str, int]
    columns: tuple[CasesApart, ...]

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "rows": self.rows,
            "complete": self.complete,
            "unknown": dict(self.unknown),
            "columns": [asdict(each) for each in self.columns],
        }


def complete_cases(data: SurvivalTable, score: tuple[str, Floats] | None = None) -> CompleteCases | None:
    """Compare the rows of which every covariate is known with the others.

    Parameters
    ----------
    data
        With NaN where a covariate is not known.
    score
        Its name and (n,) values.

    Returns
    -------
    CompleteCases or None
        None where everything is known, or nothing is complete.
    """
    gaps = np.isnan(data.covariates)
    complete = np.asarray(~gaps.any(axis=1))
    if complete.all() or not complete.any():
        return None
    named: list[tuple[str, Floats]] = list(zip(data.names, data.covariates.T, strict=True))
    named += [score] if score is not None else []
    named += [(EVENT, data.follow_up.event.astype(np.float64)), (MONTHS, data.follow_up.months)]
    return CompleteCases(
        rows=len(complete),
        complete=int(complete.sum()),
        unknown=MappingProxyType(
            {name: int(column.sum()) for name, column in zip(data.names, gaps.T, strict=True) if column.any()}
        ),
        columns=tuple(_apart(name, values, complete) for name, values in named),
    )


def _apart(name: str, values: Floats, complete: Bools) -> CasesApart:
    known = np.isfinite(values)
    sides = [values[known & complete], values[known & ~complete]]
    levels = np.unique(values[known])
    if len(levels) == 2:
        low, high = levels.tolist()
        counts = [[int((side == level).sum()) for side in sides] for level in (high, low)]
        shares = [(float((side == high).mean()) if len(side) else np.nan, np.nan, len(side)) for side in sides]
        return CasesApart(
            name=name,
            two_values=(low, high),
            complete=shares[0],
            others=shares[1],
            difference=difference_of_counts(counts) if all(len(side) for side in sides) else None,
        )
    means = [
        (
            float(side.mean()) if len(side) else np.nan,
            float(side.std(ddof=1)) if len(side) > 1 else np.nan,
            len(side),
        )
        for side in sides
    ]
    return CasesApart(
        name=name, two_values=None, complete=means[0], others=means[1], difference=difference_of_values(*sides)
    )
