"""A score model and what it says of one lymph node.

Rad-score = intercept + Σ coefficient · feature (Gu et al. 2021, results). It behaves as log-odds, so that a probability
is derived from it: 1 / (1 + exp(−score)); the paper itself gives none.

A group says that a lymph node is like those of the paper that fell on one side of a cutoff; where the score itself says
that it is not, its group is withheld (withholding.py has the other reasons).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import limits_words
from RLNResponseLib.features.settings import ExtractionSettings, differing
from RLNResponseLib.modelling.applicability import Applicability, TrainingDistribution, assess
from RLNResponseLib.modelling.cutoff import Cutoff, GroupMean
from RLNResponseLib.modelling.harmonisation import Harmonisation, refuse_unnamed_centre
from RLNResponseLib.modelling.probability_worth import probability_warnings

if TYPE_CHECKING:
    from RLNResponseLib.features.extraction import FeatureVector

# Stands in place of a group that is withheld.
WITHHELD = "group withheld"

# How many SDs from the mean of a published group a score may lie and still carry a group. Of lymph nodes like the
# paper's, one in 30,000 lies further out on one side (normal distribution), fewer than one in 16 whatever the
# distribution (Chebyshev).
PUBLISHED_SDS = 4.0
# Of a card's name of its event, which stands in columns and on scales.
LONGEST_EVENT = 40


@dataclass(frozen=True, kw_only=True)
class ScoreModel:
    """A named formula with its cutoff and the definitions it assumes; read from a model card (model_card.py).

    Attributes
    ----------
    id
        The card's name, such as "gu2021-response".
    title
        Such as "Rad-score".
    outcome
        What it predicts.
    status
        Whose formula it is, and that it is for research only.
    intercept
        Log-odds.
    coefficients
        By full feature name, for raw feature values.
    cutoff
        With the groups on either side.
    settings
        The extraction settings that the formula assumes.
    assumed
        The names of those settings that the card states; the others are not compared.
    definitions, citation
        How the features are defined, in words, and the paper.
    group_means
        Published means of the score, may be empty.
    assumptions
        What the paper leaves open and is assumed, one sentence each.
    published
        The card's block of published figures, by the schema.
    training
        What it was fitted on; None where the card does not say.
    event
        What the probability is of, such as "response"; "" where the card does not name it.
    development
        How it was fitted, by the schema; empty for a published model.
    updated
        How it was updated on the lymph nodes of another centre, by the schema; empty where it was not.
    harmonisation
        What is done to the features before the formula, by centre (ComBat); None where nothing is.
    frozen
        When and how it was frozen to be sent to other centres, by the schema; empty where it was not.
    """

    id: str
    title: str
    outcome: str
    status: str
    intercept: float
    coefficients: Mapping[str, float]
    cutoff: Cutoff
    settings: ExtractionSettings
    assumed: frozenset[str]
    definitions: str
    citation: str
    group_means: tuple[GroupMean, ...] = ()
    assumptions: tuple[str, ...] = ()
    published: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    training: TrainingDistribution | None = None
    event: str = ""
    development: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    updated: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    harmonisation: Harmonisation | None = None
    frozen: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    __repr__ = short_repr

    @property
    def event_words(self) -> str:
        """What the probability is of: the card's event, or its outcome in short."""
        return self.event or self.outcome[:LONGEST_EVENT]

    @property
    def published_range(self) -> tuple[float, float] | None:
        """The scores within `PUBLISHED_SDS` of the mean of any published group; None where the card has no means."""
        if not self.group_means:
            return None
        return (
            min(group.mean - PUBLISHED_SDS * group.sd for group in self.group_means),
            max(group.mean + PUBLISHED_SDS * group.sd for group in self.group_means),
        )


@dataclass(frozen=True, kw_only=True)
class ScoreResult:
    """One score of one lymph node.

    Attributes
    ----------
    model
        Whose formula.
    score
        Rad-score, log-odds.
    contributions
        Coefficient · feature by feature name; with the intercept they add up to the score.
    applicability
        What the card's training distribution says of the lymph node.
    withheld
        Why no group is given, in one sentence; None where one is (docs/checks.md).
    """

    model: ScoreModel
    score: float
    contributions: Mapping[str, float]
    applicability: Applicability = field(default_factory=lambda: assess(None, {}))
    withheld: str | None = None

    __repr__ = short_repr

    @property
    def group(self) -> str | None:
        """By the cutoff; None where it is withheld."""
        return None if self.withheld else self.model.cutoff.group(self.score)

    @property
    def group_words(self) -> str:
        """The group, or that it is withheld."""
        return self.group or WITHHELD

    @property
    def group_said(self) -> str:
        """The group with what it means ("high: longer local control"), or that it is withheld."""
        return WITHHELD if self.withheld else self.model.cutoff.said(self.score)

    @property
    def probability(self) -> float | None:
        """Derived: 1 / (1 + exp(−score)), of −score where low scores are the outcome's; None where it is withheld."""
        return None if self.withheld else probability(self.model.cutoff.sign * self.score)

    @property
    def probability_warnings(self) -> tuple[str, ...]:
        """What the card knows against its probability; nothing where none is shown."""
        return () if self.withheld else probability_warnings(self.model.development, self.model.updated)

    @property
    def is_out_of_range(self) -> bool:
        """Whether the score lies far outside its card's published groups."""
        limits = self.model.published_range
        return limits is not None and not limits[0] <= self.score <= limits[1]

    @property
    def distance_to_cutoff(self) -> float:
        """Score less cutoff."""
        return self.score - self.model.cutoff.value

    def as_json(self) -> dict[str, Any]:
        """The score as the command line prints it."""
        return {
            "model": self.model.id,
            "title": self.model.title,
            "score": self.score,
            "probability": self.probability,
            "probability_is": "derived from the score as log-odds, not published",
            "probability_of": self.model.event_words,
            "probability_warnings": list(self.probability_warnings),
            "cutoff": self.model.cutoff.value,
            "orientation": self.model.cutoff.orientation,
            "distance_to_cutoff": self.distance_to_cutoff,
            "group": self.group,
            "group_meaning": None if self.withheld else self.model.cutoff.meaning(self.score) or None,
            "withheld": self.withheld,
            "intercept": self.model.intercept,
            "contributions": dict(self.contributions),
            "status": self.model.status,
            "applicability": self.applicability.as_json(),
        }


def apply_model(model: ScoreModel, features: FeatureVector) -> ScoreResult:
    """The score of one lymph node from its features, without its group where score or features are far from the card's.

    What the image says of the group, and the other scores of the same contour, `withholding.withhold` adds.

    Parameters
    ----------
    model
        The score model.
    features
        The features of the lymph node.

    Returns
    -------
    ScoreResult

    Raises
    ------
    DataRefusedError
        where the features were extracted with other settings than the card states (other-settings), lack one that
        the formula needs (missing-feature), or hold one that is not finite (undefined-feature): a score is never
        computed from a part of its formula. And where the card is harmonised over several centres (centre-unnamed).
    """
    refuse_unnamed_centre(model.harmonisation, model.id)
    _refuse_other_settings(model, features.settings)
    contributions = {}
    for name, coefficient in model.coefficients.items():
        value = features.values.get(name)
        if value is None:
            raise DataRefusedError(
                f"The score model '{model.id}' needs {name}, which was not extracted; extract it and score again.",
                "missing-feature",
            )
        if not math.isfinite(value):
            raise DataRefusedError(
                f"{name} is not defined for this contour, so '{model.id}' gives no score; check that the contour is "
                "not flat or of one HU value.",
                "undefined-feature",
            )
        contributions[name] = coefficient * value
    score = model.intercept + sum(contributions.values())
    if not math.isfinite(score):
        raise DataRefusedError(
            f"The score of '{model.id}' is too large to compute with; check the coefficients of the model card.",
            "undefined-score",
        )
    result = ScoreResult(
        model=model,
        score=score,
        contributions=MappingProxyType(contributions),
        applicability=assess(model.training, features.values),
    )
    return replace(result, withheld=_own_reason(result))


def _own_reason(result: ScoreResult) -> str | None:
    """Why this score carries no group, by its own card; None where it may."""
    if not any(result.model.coefficients.values()):
        return (
            f"No group is given: {result.model.title} has no feature, so it is the same for every lymph node; take "
            "another score."
        )
    limits = result.model.published_range
    if limits is not None and result.is_out_of_range:
        return (
            f"No group is given: {result.model.title} {result.score:.2f} lies outside "
            f"{limits_words(*limits, '.2f')}, {PUBLISHED_SDS:g} SD around the means of the published groups, so "
            f"this is no lymph node like those of the paper or not its kind of CT; check the contour and the CT."
        )
    return result.applicability.message if result.applicability.withheld else None


def probability(score: float) -> float:
    """1 / (1 + exp(−score)), without overflow at either end.

    Parameters
    ----------
    score
        The score, log-odds.

    Returns
    -------
    float

    Examples
    --------
    The published cutoff 0.961 stands near the share of responders, 73.5 %:

    >>> round(probability(0.961), 3)
    0.723
    """
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def _refuse_other_settings(model: ScoreModel, actual: ExtractionSettings) -> None:
    # The image types stand in the features' names: one that was not computed is a missing feature, and others change
    # nothing.
    expected, given = model.settings.apart_from_images(), actual.apart_from_images()
    names = [name for name in differing(expected, given) if name in model.assumed]
    if names:
        differences = "; ".join(
            f"{name} is {getattr(actual, name)!r} where the card has {getattr(model.settings, name)!r}"
            for name in names
        )
        raise DataRefusedError(
            f"The score model '{model.id}' does not fit these features: {differences}; extract with the card's "
            "settings or use another model.",
            "other-settings",
        )
