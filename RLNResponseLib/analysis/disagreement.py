"""Where two readings of a lymph node disagree: a row of the list, the list, and one lymph node in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.agreement.overlap import Overlap
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.modelling.score_model import ScoreModel


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
        first, second = self.pair.words
        return {
            "lymph_node": self.lymph_node,
            "patient": self.patient,
            "score": self.model,
            "first": first,
            "second": second,
            "first_score": self.scores[0],
            "second_score": self.scores[1],
            "difference": self.difference,
            "first_group": self.groups[0],
            "second_group": self.groups[1],
            "changes_group": self.changes_group,
            "dice": self.overlap.dice,
            "hd95_mm": self.overlap.hd95_mm,
            "surface_dice_1mm": self.overlap.surface_dice_1mm,
            "surface_dice_2mm": self.overlap.surface_dice_2mm,
            "surface_dice_3mm": self.overlap.surface_dice_3mm,
            "volume_difference_mm3": self.overlap.volume_difference_mm3,
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
        named = {"score": self.model.id, "first": first, "second": second}
        rows = [{name: value for name, value in row.as_row().items() if name not in named} for row in self.rows]
        left_out = [{"lymph_node": name, "reason": reason} for name, reason in self.left_out]
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
