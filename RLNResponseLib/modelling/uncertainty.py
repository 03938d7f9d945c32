"""How far another reader's contour would move a score: the scores of redrawn contours around one.

The contours are the reader's own, redrawn (features/perturbation.py). What is taken from their scores is how far they
lie from their median, and not where: a boundary that is moved at random on top of a reader's own error takes in more of
what surrounds the lymph node than any reader does, which shifts all the scores one way. Which of two readers drew the
larger contour is not known, so a movement and its reverse are as likely, and the interval is

    score ± the `level` quantile of |score of a redrawn contour − their median|

(type 6, Hyndman and Fan 1996, The American Statistician 50:361). It holds the contour's own score always. How often it
holds a second reader's: Testing/simulations/contour_interval.py. It says what the contour does to the score, and
nothing of the formula's own error.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.extraction import FeatureVector, extract
from RLNResponseLib.features.perturbation import (
    DEFAULT_NUMBER,
    DEFAULT_SD_MM,
    boundary_distances_mm,
    perturbed_contours_steps,
)
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.card_features import card_extractions, card_vector
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult, apply_model

DEFAULT_LEVEL = 0.95
# Of the contours asked for, this part must give a score; an interval of the survivors alone would be too narrow.
_LEAST_SCORED = 0.8


@dataclass(frozen=True)
class FeatureMovement:
    """How far one feature moves a score.

    Attributes
    ----------
    name
        In full.
    score_sd
        SD of coefficient · feature over the contours, in units of the score.
    variation
        SD of the feature itself, as a part of its mean; None where the mean is 0.
    """

    name: str
    score_sd: float
    variation: float | None


@dataclass(frozen=True, kw_only=True)
class ScoreUncertainty:
    """One score over redrawn contours.

    Attributes
    ----------
    model
        Its ID.
    lower, upper
        Ends of the interval, log-odds; the contour's own score lies in the middle.
    level
        How often a second reader's score is to lie in it.
    n
        Contours that gave a score.
    sd_mm
        SD of one reader's boundary, mm.
    p_other_group
        The chance that a second reader's contour has another group: the part of the movements, each both ways, that
        cross the cutoff.
    scores
        Of the contours in the order they were made, moved so that their median is the contour's own score.
    features
        What each feature adds to the movement, the largest first.
    """

    model: str
    lower: float
    upper: float
    level: float
    n: int
    sd_mm: float
    p_other_group: float
    scores: tuple[float, ...]
    features: tuple[FeatureMovement, ...]

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """The interval as `rlnresponse score --uncertainty --json` prints it."""
        return {
            "lower": self.lower,
            "upper": self.upper,
            "level": self.level,
            "n": self.n,
            "sd_mm": self.sd_mm,
            "p_other_group": self.p_other_group,
        }

    @property
    def reader_distance_mm(self) -> float:
        """How far apart the boundaries of two readers lie for whom the interval holds: root mean square, mm."""
        return math.sqrt(2) * self.sd_mm

    @property
    def is_assumed(self) -> bool:
        """Whether that distance is the default, which nobody measured on the readers in question."""
        return self.sd_mm == DEFAULT_SD_MM

    @property
    def moved_most_by(self) -> FeatureMovement:
        """The feature that moves the score most."""
        return self.features[0]


def score_uncertainty(
    ct: CTImage,
    contour: Contour,
    models: Sequence[ScoreModel],
    *,
    sd_mm: float = DEFAULT_SD_MM,
    n: int = DEFAULT_NUMBER,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> tuple[ScoreUncertainty, ...]:
    """How far redrawing `contour` moves each model's score; the same for the same seed.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    models
        The score models.
    sd_mm
        SD of one reader's boundary, mm: reader_sd_mm() of a study's pairs, or a default.
    n
        How many redrawn contours.
    level
        Coverage of the interval, between 0 and 1.
    seed
        What every random draw is derived from.

    Returns
    -------
    tuple of ScoreUncertainty
        One for each model, in their order.

    Raises
    ------
    DataRefusedError
        bad-perturbation; too-small-to-move where fewer than 80 % of the moved contours can be scored; and what
        extraction and scoring of the contour itself refuse.
    """
    steps = uncertainty_steps(ct, contour, models, sd_mm=sd_mm, n=n, level=level, seed=seed)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            uncertainties: tuple[ScoreUncertainty, ...] = end.value
            return uncertainties


def uncertainty_steps(
    ct: CTImage,
    contour: Contour,
    models: Sequence[ScoreModel],
    *,
    sd_mm: float = DEFAULT_SD_MM,
    n: int = DEFAULT_NUMBER,
    level: float = DEFAULT_LEVEL,
    seed: int = 0,
) -> Generator[None, None, tuple[ScoreUncertainty, ...]]:
    """`score_uncertainty` in steps of one contour, for whoever must not be held up; its value is the generator's.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    models
        The score models.
    sd_mm
        SD of one reader's boundary, mm.
    n
        How many redrawn contours.
    level
        Coverage of the interval, between 0 and 1.
    seed
        What every random draw is derived from.

    Returns
    -------
    Generator[None, None, tuple[ScoreUncertainty, ...]]

    Raises
    ------
    DataRefusedError
        bad-perturbation, too-small-to-move.
    """
    if not 0 < level < 1:
        raise DataRefusedError(
            f"The level of an interval is a part between 0 and 1, not {level:g}; use 0.95 for 95 %.", "bad-perturbation"
        )
    extractions = card_extractions(models)
    own = [extract(ct, contour, extraction) for extraction in extractions]
    yield
    results: list[list[ScoreResult]] = [[] for _ in models]
    vectors: list[list[FeatureVector]] = [[] for _ in models]
    i, j, k = ct.image.GetSize()
    for moved in perturbed_contours_steps(contour, ct.image.GetSpacing(), (k, j, i), sd_mm=sd_mm, n=n, seed=seed):
        yield
        if moved is None:
            continue
        extracted = []
        for extraction in extractions:
            # Where what is left is a line or a point, no reader would draw it, and it counts as not scored.
            with suppress(DataRefusedError):
                extracted.append(extract(ct, moved, extraction))
        for position, model in enumerate(models):
            try:
                vector = card_vector(model, extracted)
                results[position].append(apply_model(model, vector))
            except DataRefusedError:
                continue
            vectors[position].append(vector)
    summaries = []
    for model, scored, of_scored in zip(models, results, vectors, strict=True):
        if len(scored) < max(2, _LEAST_SCORED * n):
            raise DataRefusedError(
                f"Only {len(scored)} of {n} contours moved by {sd_mm:g} mm around '{contour.name}' give a score, so "
                f"its uncertainty cannot be told: the contour is hardly larger than the movement; use a smaller SD.",
                "too-small-to-move",
            )
        score = apply_model(model, card_vector(model, own)).score
        summaries.append(_summary(model, score, scored, of_scored, sd_mm=sd_mm, level=level))
    return tuple(summaries)


def reader_sd_mm(pairs: Iterable[tuple[CTImage, Contour, Contour]]) -> float:
    """The SD to redraw with, from two readers' contours of the same lymph nodes: the root mean square of their
    boundaries' distances / √2, mm, for each of the two has an error of their own.

    Parameters
    ----------
    pairs
        The CT, one reader's contour and the other's, for each lymph node; each counts the same, and which reader comes
        first does not matter.

    Returns
    -------
    float

    Raises
    ------
    DataRefusedError
        no-pairs, no-distance.
    """
    squares = [(_mean_square(one, other, ct) + _mean_square(other, one, ct)) / 2 for ct, one, other in pairs]
    if not squares:
        raise DataRefusedError(
            "No lymph node has been read by two readers, so their distance is not known; give an SD in mm.", "no-pairs"
        )
    if not any(squares):
        raise DataRefusedError(
            "The two readers' contours are the same everywhere, as copies are, so nothing is known of a second "
            "reader; give an SD in mm.",
            "no-distance",
        )
    return math.sqrt(math.fsum(squares) / len(squares) / 2)


def _mean_square(one: Contour, other: Contour, ct: CTImage) -> float:
    return float(np.mean(boundary_distances_mm(one, other, ct.image.GetSpacing()) ** 2))


def _summary(
    model: ScoreModel,
    own: float,
    scored: Sequence[ScoreResult],
    vectors: Sequence[FeatureVector],
    *,
    sd_mm: float,
    level: float,
) -> ScoreUncertainty:
    scores = np.array([result.score for result in scored])
    moved = scores - np.median(scores)
    reach = float(np.quantile(np.abs(moved), level, method="weibull"))
    group = model.cutoff.group(own)
    elsewhere = sum(model.cutoff.group(own + sign * float(step)) != group for step in moved for sign in (1, -1))
    movements = [
        _movement(name, coefficient, np.array([vector.values[name] for vector in vectors]))
        for name, coefficient in model.coefficients.items()
    ]
    return ScoreUncertainty(
        model=model.id,
        lower=own - reach,
        upper=own + reach,
        level=level,
        n=len(scores),
        sd_mm=sd_mm,
        p_other_group=elsewhere / (2 * len(scores)),
        scores=tuple((own + moved).tolist()),
        features=tuple(sorted(movements, key=lambda movement: -movement.score_sd)),
    )


def _movement(name: str, coefficient: float, values: NDArray[np.float64]) -> FeatureMovement:
    sd, mean = float(values.std(ddof=1)), float(values.mean())
    return FeatureMovement(name, abs(coefficient) * sd, sd / abs(mean) if mean else None)
