"""Scores in the classes that a frozen card states: what a centre may tell of them, and which AUC that determines.

No class is told that holds fewer than five patients: neighbours are told together until there are five. Where that was
needed the AUC over all pairs lies between two limits; else it is exact for scores rounded to the classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats, Ints

# The rule of small cells: what is counted is counted of at least so many patients; agencies ask for 3, 5 or 10
# (docs/centres.md).
FEWEST_TOLD = 5
# Of a whole centre: its figures are many, and of few patients they nearly determine each score.
FEWEST_OF_A_CENTRE = 20
_MOST_CLASSES = 1000
# In log-odds. That somebody lies in the first and in the last of classes told together is told: of narrower ones that
# would be a score with its outcome.
NARROWEST_CLASS = 0.1


@dataclass(frozen=True)
class ScoreClasses:
    """Classes of one width between two log-odds, and one beyond either end.

    Attributes
    ----------
    lowest, highest
        Log-odds of the outcome.
    step
        Width of a class, 0.1 or more; a score on a border belongs to the class above.
    """

    lowest: float
    highest: float
    step: float

    def __post_init__(self) -> None:
        count = (self.highest - self.lowest) / self.step if self.step > 0 else 0
        if not 1 <= count <= _MOST_CLASSES or abs(count - round(count)) > 1e-6:
            raise DataRefusedError(
                f"Classes from {self.lowest:g} to {self.highest:g} in steps of {self.step:g} are not 1 to "
                f"{_MOST_CLASSES} whole steps; give such as -4 4 0.25.",
                "bad-classes",
            )
        if self.step < NARROWEST_CLASS - 1e-9:
            raise DataRefusedError(
                f"Classes {self.step:g} log-odds wide would tell scores of single lymph nodes with their outcome; take "
                f"steps of {NARROWEST_CLASS:g} or more.",
                "bad-classes",
            )

    @property
    def count(self) -> int:
        """How many, with those beyond the ends."""
        return round((self.highest - self.lowest) / self.step) + 2

    def of(self, log_odds: Floats) -> Ints:
        """(n,) the class of each score, from 0."""
        borders = self.lowest + self.step * np.arange(self.count - 1)
        return np.asarray(np.searchsorted(borders, log_odds, side="right"))

    def as_json(self) -> dict[str, float]:
        """The block "classes" of a frozen card."""
        return {"lowest": self.lowest, "highest": self.highest, "step": self.step}

    @classmethod
    def from_json(cls, block: Mapping[str, Any]) -> ScoreClasses:
        """Of such a block."""
        return cls(float(block["lowest"]), float(block["highest"]), float(block["step"]))


@dataclass(frozen=True)
class ToldClasses:
    """Neighbouring classes that are told together.

    Attributes
    ----------
    first, last
        Classes, both with somebody in them; one class where they are the same.
    lymph_nodes
        In them.
    """

    first: int
    last: int
    lymph_nodes: int


def told_classes(classes: Ints, patients: NDArray[np.intp], above: Bools | None = None) -> tuple[ToldClasses, ...]:
    """The counts by class that a centre may tell.

    Parameters
    ----------
    classes
        (n,), of lymph nodes with one outcome.
    patients
        (n,), whose each is.
    above
        (n,), which are beyond the cutoff: where there are none or five patients on either side, no classes are told
        together across it, so that the counts at the cutoff leave no smaller ones by difference. None knows no cutoff.

    Returns
    -------
    tuple of ToldClasses
        Ascending; each of at least five patients.

    Raises
    ------
    DataRefusedError
        few-to-tell where all together are fewer patients.

    Examples
    --------
    >>> told_classes(np.array([2] * 5 + [3, 4] * 3), np.arange(11))
    (ToldClasses(first=2, last=2, lymph_nodes=5), ToldClasses(first=3, last=4, lymph_nodes=6))
    """
    refuse_few_to_tell(len(np.unique(patients)))
    sides = [] if above is None else [side for side in (~above, above) if side.any()]
    if len(sides) > 1 and all(len(np.unique(patients[side])) >= FEWEST_TOLD for side in sides):
        return tuple(each for side in sides for each in told_classes(classes[side], patients[side]))
    told: list[list[int]] = []
    together: list[int] = []
    for each in np.unique(classes).tolist():
        together.append(each)
        if len(np.unique(patients[np.isin(classes, together)])) >= FEWEST_TOLD:
            told.append(together)
            together = []
    if together:
        told[-1] += together
    return tuple(ToldClasses(each[0], each[-1], int(np.isin(classes, each).sum())) for each in told)


def refuse_few_to_tell(patients: int) -> None:
    """Refuse to tell anything of fewer than five patients.

    Parameters
    ----------
    patients
        With one outcome.

    Raises
    ------
    DataRefusedError
        few-to-tell.
    """
    if patients < FEWEST_TOLD:
        raise DataRefusedError(
            f"{patients} patients of the centre have lymph nodes with one of the outcomes, and nothing is told of "
            f"fewer than {FEWEST_TOLD}; export when there are more.",
            "few-to-tell",
        )


def pairs_won(
    events: Sequence[ToldClasses], others: Iterable[ToldClasses], tie: tuple[float, float] = (0.5, 0.5)
) -> tuple[float, float]:
    """How many pairs the lymph nodes with the outcome win at least and at most, each against each without.

    Parameters
    ----------
    events, others
        Told classes, of any centres.
    tie
        What a pair in one and the same class counts at least and at most: a half, for scores rounded to the classes; 0
        and 1, for scores as they are.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> low, high = ToldClasses(1, 1, 5), ToldClasses(2, 4, 6)
    >>> pairs_won([high], [low]), pairs_won([high], [high]), pairs_won([low], [low])
    ((30.0, 30.0), (0.0, 36.0), (12.5, 12.5))
    """
    least = most = 0.0
    for other in others:
        for event in events:
            pairs = event.lymph_nodes * other.lymph_nodes
            least += pairs * (1.0 if event.first > other.last else tie[0] if event.first == other.last else 0.0)
            most += pairs * (1.0 if event.last > other.first else tie[1] if event.last == other.first else 0.0)
    return least, most
