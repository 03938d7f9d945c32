"""What would change a score's group: the least that the contour would have to be redrawn for it, and what moving the
boundary does to the score at each place.

The ways to redraw are those of features/boundary_moves.py. They are scored from the one that changes the fewest voxels
on, so that the first with another group is the least of all; before it is said, the redrawn contour is checked, scored
and judged as any other (`lesion.score_contour`). Where none changes the group, that is said, with how far was tried.
Nothing is said of a score whose group is withheld.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.features.boundary_moves import (
    REACH_MM,
    BoundaryMove,
    BoundaryMoves,
    BoundaryPlace,
    boundary_moves_steps,
)
from RLNResponseLib.features.extraction import extract
from RLNResponseLib.features.redrawn_texture import RedrawnTexture
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.card_features import card_extractions, card_vector
from RLNResponseLib.modelling.lesion import LesionResult, score_contour
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model
from RLNResponseLib.modelling.withholding import withhold

# The boundary's effect is that of a move by so much, or by the next that moves a voxel at all.
EFFECT_MM = 1.0


@dataclass(frozen=True, kw_only=True)
class PlaceEffect:
    """What moving the boundary at one place does to a score.

    Attributes
    ----------
    place
        Where.
    outward_per_mm, inward_per_mm
        Change of the score (log-odds) over how far the boundary moves where it moves most; None where no move that way
        can be scored.
    """

    place: BoundaryPlace
    outward_per_mm: float | None
    inward_per_mm: float | None

    @property
    def per_mm(self) -> float | None:
        """The score's slope along the outward normal: the mean of both ways, or the one that there is."""
        ways = [
            sign * value for sign, value in ((1, self.outward_per_mm), (-1, self.inward_per_mm)) if value is not None
        ]
        return math.fsum(ways) / len(ways) if ways else None


@dataclass(frozen=True, kw_only=True)
class GroupChange:
    """The least redrawing that changes a group.

    Attributes
    ----------
    place
        Where.
    is_outward
        Whether the contour grows.
    depth_mm
        How far the boundary moves where it moves most.
    volume_mm3
        Of the voxels that are added or taken off.
    score, group
        Of the redrawn contour.
    contour
        The redrawn contour.
    changed
        The voxels that are added or taken off.
    """

    place: BoundaryPlace
    is_outward: bool
    depth_mm: float
    volume_mm3: float
    score: float
    group: str
    contour: Contour
    changed: Contour

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "place": self.place.words,
            "position_mm": list(self.place.position_mm),
            "direction": "out" if self.is_outward else "in",
            "depth_mm": self.depth_mm,
            "volume_mm3": self.volume_mm3,
            "voxels": self.changed.voxel_count,
            "score": self.score,
            "group": self.group,
        }


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """What would change one score's group.

    Attributes
    ----------
    model
        The score model's ID.
    withheld
        Why nothing is said: the reason for which the score has no group; None where it has one.
    effects
        What moving the boundary does, by place.
    smallest
        None where no redrawing that was tried changes the group.
    reach_mm
        How far the boundary was moved at most.
    half_width_mm
        How far from its place a bump reaches, straight on.
    tried
        How many ways to redraw there were.
    """

    model: str
    withheld: str | None
    effects: tuple[PlaceEffect, ...] = ()
    smallest: GroupChange | None = None
    reach_mm: float = REACH_MM
    half_width_mm: float = 0.0
    tried: int = 0

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """As `rlnresponse score --what-would-change --json` prints it."""
        if self.withheld is not None:
            return {"withheld": self.withheld}
        return {
            "withheld": None,
            "smallest": None if self.smallest is None else self.smallest.as_json(),
            "reach_mm": self.reach_mm,
            "half_width_mm": self.half_width_mm,
            "tried": self.tried,
            "boundary": [
                {
                    "place": effect.place.words,
                    "position_mm": list(effect.place.position_mm),
                    "outward_per_mm": effect.outward_per_mm,
                    "inward_per_mm": effect.inward_per_mm,
                }
                for effect in self.effects
            ],
        }


def counterfactuals(result: LesionResult, ct: CTImage, contour: Contour) -> tuple[Counterfactual, ...]:
    """What would change the group of each score of a contour.

    Parameters
    ----------
    result
        The scored lymph node.
    ct
        The CT.
    contour
        The contour that `result` scores, on the grid of the CT.

    Returns
    -------
    tuple of Counterfactual
        One for each score, in their order.

    Raises
    ------
    DataRefusedError
        What extraction of the contour itself refuses.
    """
    steps = counterfactual_steps(result, ct, contour)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: tuple[Counterfactual, ...] = end.value
            return found


def counterfactual_steps(
    result: LesionResult, ct: CTImage, contour: Contour
) -> Generator[None, None, tuple[Counterfactual, ...]]:
    """`counterfactuals` in steps of one redrawn contour, for whoever must not be held up; closing it ends the search.

    Parameters
    ----------
    result
        The scored lymph node.
    ct
        The CT.
    contour
        The contour that `result` scores, on the grid of the CT.

    Returns
    -------
    Generator[None, None, tuple[Counterfactual, ...]]

    Raises
    ------
    DataRefusedError
        What extraction of the contour itself refuses.
    """
    if not any(score.group is not None for score in result.scores):
        return tuple(_withheld(score) for score in result.scores)
    moves = yield from boundary_moves_steps(ct, contour)
    search = _Search(result, ct, moves)
    yield
    effects = yield from search.effects()
    smallest = yield from search.smallest()
    return tuple(
        _withheld(score)
        if score.group is None
        else Counterfactual(
            model=score.model.id,
            withheld=None,
            effects=tuple(of_place[number] for of_place in effects),
            smallest=smallest.get(number),
            half_width_mm=moves.half_width_mm,
            tried=len(moves.moves),
        )
        for number, score in enumerate(result.scores)
    )


def _withheld(score: ScoreResult) -> Counterfactual:
    return Counterfactual(model=score.model.id, withheld=score.withheld)


class _Search:
    """The scores of redrawn contours, each computed once."""

    def __init__(self, result: LesionResult, ct: CTImage, moves: BoundaryMoves) -> None:
        self._result, self._ct, self._moves = result, ct, moves
        self._models: list[ScoreModel] = [score.model for score in result.scores]
        self._extractions = [
            (extraction, RedrawnTexture(ct, moves, extraction)) for extraction in card_extractions(self._models)
        ]
        self._known: dict[int, tuple[ScoreResult, ...] | None] = {}

    def effects(self) -> Generator[None, None, list[list[PlaceEffect]]]:
        """By place, then by model."""
        effects = []
        for number, place in enumerate(self._moves.places[:-1]):
            slopes = []
            for is_outward in (True, False):
                position = self._effect_move(number, is_outward)
                scores = None if position is None else (yield from self._scores(position))
                depth = 1.0 if position is None else self._moves.moves[position].depth_mm
                slopes.append(
                    [
                        None if scores is None else (scores[model].score - own.score) / depth
                        for model, own in enumerate(self._result.scores)
                    ]
                )
            effects.append(
                [
                    PlaceEffect(place=place, outward_per_mm=outward, inward_per_mm=inward)
                    for outward, inward in zip(*slopes, strict=True)
                ]
            )
        return effects

    def smallest(self) -> Generator[None, None, dict[int, GroupChange]]:
        """By model, those that there are: the first with another group, from the fewest changed voxels on."""
        found: dict[int, GroupChange] = {}
        waiting = {number for number, score in enumerate(self._result.scores) if score.group is not None}
        for position, move in enumerate(self._moves.moves):
            if not waiting:
                break
            scores = yield from self._scores(position)
            crossing = [number for number in waiting if scores is not None and self._is_other(number, scores)]
            if not crossing:
                continue
            yield
            for number, change in self._confirmed(move, crossing).items():
                found[number] = change
                waiting.discard(number)
        return found

    def _effect_move(self, place: int, is_outward: bool) -> int | None:
        """The least move by EFFECT_MM or more at a place."""
        depths = {
            position: move.depth_mm
            for position, move in enumerate(self._moves.moves)
            if move.place == place and move.is_outward == is_outward and move.depth_mm >= EFFECT_MM
        }
        return min(depths, key=lambda position: depths[position]) if depths else None

    def _scores(self, position: int) -> Generator[None, None, tuple[ScoreResult, ...] | None]:
        if position not in self._known:
            yield
            self._known[position] = self._scored(self._moves.moves[position])
        return self._known[position]

    def _scored(self, move: BoundaryMove) -> tuple[ScoreResult, ...] | None:
        """None where a contour is no lymph node's any more: in pieces, a line, a point."""
        redrawn = self._moves.redrawn(move)
        if redrawn is None:
            return None
        try:
            vectors = [
                extract(self._ct, redrawn, extraction, texture.of(move, redrawn))
                for extraction, texture in self._extractions
            ]
            scores = [apply_model(model, card_vector(model, vectors)) for model in self._models]
        except DataRefusedError:
            return None
        return withhold(scores, self._result.findings)

    def _is_other(self, number: int, scores: Sequence[ScoreResult]) -> bool:
        group = scores[number].group
        return group is not None and group != self._result.scores[number].group

    def _confirmed(self, move: BoundaryMove, numbers: Sequence[int]) -> dict[int, GroupChange]:
        """The change for those models whose group is another by the ordinary way, with every check."""
        redrawn = self._moves.redrawn(move)
        assert redrawn is not None
        try:
            scored = score_contour(self._ct, redrawn, self._models).scores
        except DataRefusedError:
            return {}
        return {
            number: GroupChange(
                place=self._moves.places[move.place],
                is_outward=move.is_outward,
                depth_mm=move.depth_mm,
                volume_mm3=len(move.changed) * math.prod(self._ct.image.GetSpacing()),
                score=scored[number].score,
                group=scored[number].group_words,
                contour=redrawn,
                changed=self._moves.changed_voxels(move),
            )
            for number in numbers
            if self._is_other(number, scored)
        }


def effect_at(counterfactual: Counterfactual, points_mm: Floats) -> Floats:
    """What moving the boundary outward by a mm does to the score at points of it: the mean of the places' effects, each
    weighted as its bump moves the point; of the nearest place's where no bump reaches.

    Parameters
    ----------
    counterfactual
        Of one score.
    points_mm
        (n, 3), LPS.

    Returns
    -------
    Floats
        (n,), log-odds per mm; NaN where no place has an effect.
    """
    known = [effect for effect in counterfactual.effects if effect.per_mm is not None]
    if not known:
        return np.full(len(points_mm), np.nan)
    places = np.array([effect.place.position_mm for effect in known])
    slopes = np.array([effect.per_mm for effect in known], dtype=np.float64)
    apart = np.linalg.norm(points_mm[:, None] - places[None], axis=2)
    weights = np.cos(0.5 * np.pi * np.minimum(apart / counterfactual.half_width_mm, 1.0)) ** 2
    total = weights.sum(axis=1)
    mean = weights @ slopes / np.where(total > 1e-9, total, 1.0)
    effects: Floats = np.where(total > 1e-9, mean, slopes[apart.argmin(axis=1)])
    return effects
