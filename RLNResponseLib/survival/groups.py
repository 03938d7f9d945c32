"""Rows divided into named groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.array_types import Bools, Ints
from RLNResponseLib.display import short_repr
from RLNResponseLib.errors import DataRefusedError


@dataclass(frozen=True)
class Groups:
    """names (g,), each with a row at least; codes (n,) the number of each row's group."""

    names: tuple[str, ...]
    codes: Ints

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.names)

    def rows(self, group: int) -> Bools:
        """(n,) True in one group, by its number."""
        return np.asarray(self.codes == group)

    def counts(self) -> Ints:
        """(g,) how many rows each has."""
        return np.bincount(self.codes, minlength=len(self.names))


def groups(labels: Sequence[str]) -> Groups:
    """Groups by label (n,), numbers in the order of their size and words in that of the alphabet."""
    names = sorted(set(labels), key=_by_number_then_name)
    number = {name: code for code, name in enumerate(names)}
    return Groups(tuple(names), np.array([number[label] for label in labels], dtype=np.intp))


def refuse_one_group(found: Groups) -> None:
    """Raise DataRefusedError (one-group) where there is nothing to compare."""
    if len(found) < 2:
        raise DataRefusedError(
            f"All rows are in one group ({found.names[0]}), so there is nothing to compare; "
            "choose another covariate or cutoff.",
            "one-group",
        )


def _by_number_then_name(label: str) -> tuple[float, str]:
    try:
        return float(label), label
    except ValueError:
        return float("inf"), label
