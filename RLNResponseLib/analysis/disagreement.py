"""Where two readings of a lymph node disagree: a row of the list, the list, and one lymph node in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from RLNResponseLib.agreement.bland_altman import BlandAltman, bland_altman
from RLNResponseLib.agreement.overlap import MEASURES, Overlap
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.tables import Table, number, refuse_missing
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.modelling.score_model import ScoreModel

_NUMBERS = ("first_round", "second_round", "first_score", "second_score", "difference")
# Of the list as a file.
COLUMNS = (
    "lymph_node",
    "patient",
    "score",
    "first_reader",
    "first_round",
    "second_reader",
    "second_round",
    "first_score",
    "second_score",
    "difference",
    "first_group",
    "second_group",
    "changes_group",
    *MEASURES,
)


@dataclass(frozen=True)
class ReadingPair:
    """Which two readings of each lymph node are compared.

    Attributes
    ----------
    first, second
        Reader and round.
    """

    first: tuple[str, int]
    second: tuple[str, int]

    @property
    def name(self) -> str:
        """As in files and on the command line: "A-1_B-1"."""
        return "_".join(f"{reader}-{round_number}" for reader, round_number in (self.first, self.second))

    @property
    def words(self) -> tuple[str, str]:
        """Both readings as columns and axes are headed: "reader A round 1"."""
        one, other = (f"reader {reader} round {number}" for reader, number in (self.first, self.second))
        return one, other


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """One score of one lymph node in two readings: a row of the list.

    Attributes
    ----------
    lymph_node, patient
        Which, and whose.
    pair
        Which readings.
    model
        ID of the score.
    scores
        Of the first and the second reading, log-odds.
    groups
        Theirs; None where one is withheld.
    difference
        Second less first.
    overlap
        Of the two contours.
    """

    lymph_node: str
    patient: str
    pair: ReadingPair
    model: str
    scores: tuple[float, float]
    groups: tuple[str | None, str | None]
    difference: float
    overlap: Overlap

    __repr__ = short_repr

    @property
    def changes_group(self) -> bool:
        """Whether the two readings have two groups; not where one is withheld."""
        return None not in self.groups and self.groups[0] != self.groups[1]

    def as_row(self) -> dict[str, Any]:
        """As `rlnresponse agreement --disagreements` writes it; None where a group is withheld."""
        return {
            "lymph_node": self.lymph_node,
            "patient": self.patient,
            "score": self.model,
            "first_reader": self.pair.first[0],
            "first_round": self.pair.first[1],
            "second_reader": self.pair.second[0],
            "second_round": self.pair.second[1],
            "first_score": self.scores[0],
            "second_score": self.scores[1],
            "difference": self.difference,
            "first_group": self.groups[0],
            "second_group": self.groups[1],
            "changes_group": self.changes_group,
            **asdict(self.overlap),
        }


@dataclass(frozen=True, kw_only=True)
class ReadingComparison:
    """Two readings of one lymph node in full.

    Attributes
    ----------
    lymph_node, patient
        Which, and whose.
    pair
        Which readings.
    ct
        The study's CT.
    first, second
        Their contours, on its grid.
    differing
        The voxels that only one of them holds; None where they are the same.
    overlap
        Of the two contours.
    scores
        One a score model.
    """

    lymph_node: str
    patient: str
    pair: ReadingPair
    ct: CTImage
    first: Contour
    second: Contour
    differing: Contour | None
    overlap: Overlap
    scores: tuple[ScoreChange, ...]

    __repr__ = short_repr

    def rows(self) -> tuple[Disagreement, ...]:
        """One a score model."""
        return tuple(
            Disagreement(
                lymph_node=self.lymph_node,
                patient=self.patient,
                pair=self.pair,
                model=score.model.id,
                scores=(score.first.score, score.second.score),
                groups=(score.first.group, score.second.group),
                difference=score.difference,
                overlap=self.overlap,
            )
            for score in self.scores
        )


@dataclass(frozen=True, kw_only=True)
class Disagreements:
    """One score over all lymph nodes that both readings have.

    Attributes
    ----------
    model
        The score model.
    pair
        Which readings.
    rows
        From the largest difference, whichever way, to the smallest.
    left_out
        Lymph nodes that both readings have and one of them cannot be scored, each with the reason.
    """

    model: ScoreModel
    pair: ReadingPair
    rows: tuple[Disagreement, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        first, second = self.pair.words
        left = ("score", "first_reader", "first_round", "second_reader", "second_round")
        rows = [{name: value for name, value in row.as_row().items() if name not in left} for row in self.rows]
        left_out = [{"lymph_node": name, "reason": reason} for name, reason in self.left_out]
        named = {"score": self.model.id, "first": first, "second": second}
        return {**named, "lymph_nodes": rows, "left_out": left_out}


def sorted_rows(rows: Sequence[Disagreement]) -> tuple[Disagreement, ...]:
    """Rows from the largest difference, whichever way, to the smallest; by name where two are the same.

    Parameters
    ----------
    rows
        In any order.

    Returns
    -------
    tuple of Disagreement
    """
    return tuple(sorted(rows, key=lambda row: (-abs(row.difference), row.lymph_node)))


def difference_limits(rows: Sequence[Disagreement]) -> BlandAltman:
    """Bias and limits of agreement of one score in two readings.

    Parameters
    ----------
    rows
        Of one score and one pair of readings.

    Returns
    -------
    BlandAltman
        Of one figure, log-odds.

    Raises
    ------
    DataRefusedError
        few-ratings, under three lymph nodes.
    """
    return bland_altman(np.array([row.scores for row in rows], dtype=float).reshape(-1, 2, 1))


def listed_in(table: Table, models: Sequence[ScoreModel]) -> tuple[Disagreements, ...]:
    """The lists that `rlnresponse agreement --disagreements` wrote into a table.

    Parameters
    ----------
    table
        As it was written.
    models
        The score models; what the table has of others is left.

    Returns
    -------
    tuple of Disagreements
        One a pair of readings and score, in the table's order; which lymph nodes were left out, it does not say.

    Raises
    ------
    DataRefusedError
        missing-column, bad-number.
    """
    refuse_missing(table, COLUMNS)
    by_id = {model.id: model for model in models}
    lists: dict[tuple[str, ReadingPair], list[Disagreement]] = {}
    for line, row in enumerate(table.rows):
        numbers = {name: number(table, line, name) for name in (*_NUMBERS, *MEASURES)}
        pair = ReadingPair(
            (row["first_reader"], int(numbers["first_round"])), (row["second_reader"], int(numbers["second_round"]))
        )
        if row["score"] in by_id:
            lists.setdefault((row["score"], pair), []).append(
                Disagreement(
                    lymph_node=row["lymph_node"],
                    patient=row["patient"],
                    pair=pair,
                    model=row["score"],
                    scores=(numbers["first_score"], numbers["second_score"]),
                    groups=(row["first_group"] or None, row["second_group"] or None),
                    difference=numbers["difference"],
                    overlap=Overlap(**{name: numbers[name] for name in MEASURES}),
                )
            )
    return tuple(Disagreements(model=by_id[name], pair=pair, rows=tuple(rows)) for (name, pair), rows in lists.items())
