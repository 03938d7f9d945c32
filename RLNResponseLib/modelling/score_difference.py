"""Why two contours have two scores: what each feature adds to the difference of the log-odds."""

from __future__ import annotations

from dataclasses import dataclass

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult


@dataclass(frozen=True, kw_only=True)
class FeatureDifference:
    """What one feature adds to the difference of two scores.

    Attributes
    ----------
    name
        In full.
    coefficient
        Of the score.
    first, second
        The feature's values.
    """

    name: str
    coefficient: float
    first: float
    second: float

    @property
    def contribution(self) -> float:
        """Coefficient · second less coefficient · first, log-odds."""
        return self.coefficient * self.second - self.coefficient * self.first


@dataclass(frozen=True, kw_only=True)
class ScoreChange:
    """One score of two readings.

    Attributes
    ----------
    model
        Whose formula.
    first, second
        The readings' scores, with groups, or why these are withheld, and whether the lymph node is like the card's.
    features
        What each feature adds to the difference, the most first; they add up to it.
    """

    model: ScoreModel
    first: ScoreResult
    second: ScoreResult
    features: tuple[FeatureDifference, ...]

    __repr__ = short_repr

    @property
    def difference(self) -> float:
        """Second less first, log-odds."""
        return self.second.score - self.first.score

    @property
    def changes_group(self) -> bool:
        """Whether the two readings have two groups; not where one is withheld."""
        groups = (self.first.group, self.second.group)
        return None not in groups and groups[0] != groups[1]


def score_difference(
    model: ScoreModel, first: tuple[ScoreResult, FeatureVector], second: tuple[ScoreResult, FeatureVector]
) -> ScoreChange:
    """The difference of one score of two contours, by feature.

    Parameters
    ----------
    model
        The score model.
    first, second
        Each contour's score, and the features that it was computed from.

    Returns
    -------
    ScoreChange
    """
    features = [
        FeatureDifference(
            name=name, coefficient=coefficient, first=first[1].values[name], second=second[1].values[name]
        )
        for name, coefficient in model.coefficients.items()
    ]
    features.sort(key=lambda feature: -abs(feature.contribution))
    return ScoreChange(model=model, first=first[0], second=second[0], features=tuple(features))
