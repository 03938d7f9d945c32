"""The summaries of several centres combined: what the lymph nodes of all together would have given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.identities import identity
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.validation.centre_summary import (
    LONGEST_STEP,
    MOST_ROUNDS,
    CalibrationRound,
    CardName,
    CentreSummary,
)
from RLNResponseLib.modelling.validation.centres import MeasureName, PooledMeasure, pool_centres
from RLNResponseLib.modelling.validation.score_classes import ScoreClasses, pairs_won
from RLNResponseLib.statistics.estimates import Estimate, Proportion, normal_quantile, proportion, wald

# A step of Newton's method leaves some square of its own length: after one shorter than this, intercept and slope are
# those of the pooled lymph nodes to ten digits.
_CONVERGED = 1e-6


@dataclass(frozen=True, kw_only=True)
class PooledCalibration:
    """Calibration of all centres' lymph nodes together, as far as the rounds have gone.

    Attributes
    ----------
    intercept, slope
        With Wald limits, by patient where every centre tells what that takes; of the step from this round's likelihood.
    moved
        How far the step went, in intercept or slope.
    converged
        Whether they are those of the pooled lymph nodes.
    next_round
        What the centres export next; None where it is done.
    """

    intercept: Estimate
    slope: Estimate
    moved: float
    converged: bool
    next_round: CalibrationRound | None

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class Combined:
    """A frozen score at several centres, from their summaries.

    Attributes
    ----------
    card
        Whose score.
    centres
        The summaries, in the order given.
    within
        AUC of pairs within a centre (stratified), exact; limits by patient, centres independent.
    in_classes
        AUC over all pairs, scores rounded to the classes: the least and the most it can be, equal where every class was
        told alone.
    unrounded
        The least and the most that the AUC over all pairs of the scores as they are can be; pairs within a centre are
        known exactly.
    classes
        The card's.
    pooled
        The centres' own figures by random effects.
    observed_over_expected
        Of all centres together, with limits.
    sensitivity, specificity
        At the cutoff, over the centres that tell; None where none does.
    calibration
        Of the pooled lymph nodes; None where their likelihood has no maximum.
    """

    card: CardName
    centres: tuple[CentreSummary, ...]
    within: Estimate
    in_classes: tuple[float, float]
    unrounded: tuple[float, float]
    classes: ScoreClasses
    pooled: Mapping[MeasureName, PooledMeasure]
    observed_over_expected: Estimate
    sensitivity: Proportion | None
    specificity: Proportion | None
    calibration: PooledCalibration | None

    __repr__ = short_repr

    @property
    def by_lymph_node(self) -> tuple[str, ...]:
        """The centres whose summary is of old: its errors take lymph nodes of one patient as independent."""
        return tuple(each.figures.centre for each in self.centres if each.errors_by == "lymph node")


def combine(summaries: Sequence[CentreSummary]) -> Combined:
    """Combine centres' summaries of one frozen card.

    Parameters
    ----------
    summaries
        One a centre.

    Returns
    -------
    Combined

    Raises
    ------
    DataRefusedError
        few-centres for fewer than two; other-card, centre-twice, other-round.
    """
    _refuse_mixed(summaries)
    first = summaries[0]
    pairs = sum(each.pairs for each in summaries)
    wins = sum(each.twice_wins for each in summaries) / 2
    error = math.sqrt(sum(each.pairs**2 * each.variance for each in summaries)) / pairs
    margin, value = normal_quantile(0.95) * error, wins / pairs
    events = [told for each in summaries for told in each.told[0]]
    others = [told for each in summaries for told in each.told[1]]
    all_pairs = sum(each.figures.events for each in summaries) * sum(each.others for each in summaries)
    least, most = pairs_won(events, others)
    between = [
        pairs_won(
            one.told[0], [told for other in summaries if other is not one for told in other.told[1]], tie=(0.0, 1.0)
        )
        for one in summaries
    ]
    beyond = [(each, each.beyond) for each in summaries if each.beyond is not None]
    return Combined(
        card=first.card,
        centres=tuple(summaries),
        within=Estimate(
            value=value,
            lower=max(0.0, value - margin),
            upper=min(1.0, value + margin),
            interval=_by(summaries, "DeLong by centre", "by patient"),
        ),
        in_classes=(least / all_pairs, most / all_pairs),
        unrounded=(
            (wins + sum(low for low, _ in between)) / all_pairs,
            (wins + sum(high for _, high in between)) / all_pairs,
        ),
        classes=first.classes,
        pooled=pool_centres([each.figures for each in summaries]),
        observed_over_expected=_observed_over_expected(summaries),
        sensitivity=proportion(sum(told[0] for _, told in beyond), sum(each.figures.events for each, _ in beyond))
        if beyond
        else None,
        specificity=proportion(
            sum(each.others - told[1] for each, told in beyond), sum(each.others for each, _ in beyond)
        )
        if beyond
        else None,
        calibration=_calibration(first.round, summaries),
    )


def _refuse_mixed(summaries: Sequence[CentreSummary]) -> None:
    if len(summaries) < 2:
        raise DataRefusedError("One summary alone has nothing to be combined with; name two or more.", "few-centres")
    first = summaries[0]
    for at, each in enumerate(summaries):
        name = each.figures.centre
        if each.card != first.card or each.classes != first.classes:
            raise DataRefusedError(
                f"The summary of {name} is of another card than that of {first.figures.centre} ('{each.card.id}', "
                f"digest {each.card.sha256[:16]}); all centres must judge one frozen file.",
                "other-card",
            )
        if each.round != first.round:
            raise DataRefusedError(
                f"The summary of {name} is of round {each.round.number} of the calibration and that of "
                f"{first.figures.centre} of round {first.round.number}; name all of one round.",
                "other-round",
            )
        if any(identity(other.figures.centre) == identity(name) for other in summaries[:at]):
            raise DataRefusedError(
                f"Two summaries are of the centre {name}; name one of each, or one of them was given a wrong name.",
                "centre-twice",
            )


def _by(summaries: Sequence[CentreSummary], lymph_node: str, patient: str) -> str:
    return lymph_node if any(each.errors_by == "lymph node" for each in summaries) else patient


def _observed_over_expected(summaries: Sequence[CentreSummary]) -> Estimate:
    """Of all centres together; what the events of each vary by adds up, as centres are independent."""
    events = sum(each.figures.events for each in summaries)
    ratio = events / sum(each.expected for each in summaries)
    # Where every patient of a centre adds the same, nothing varies there, and the centre tells no error.
    told = [(each.figures.measures.get("observed_over_expected"), each.figures.events) for each in summaries]
    errors = [0.0 if measure is None else measure.error * count for measure, count in told]
    margin = normal_quantile(0.95) * math.sqrt(sum(error**2 for error in errors)) / events
    return Estimate(
        value=ratio,
        lower=ratio * math.exp(-margin),
        upper=ratio * math.exp(margin),
        interval=_by(summaries, "Wald", "by patient, Wald"),
    )


def _calibration(at: CalibrationRound, summaries: Sequence[CentreSummary]) -> PooledCalibration | None:
    """One step of Newton's method from the sums of all centres."""
    centres = [each.likelihood for each in summaries]
    gradient = np.sum([each.gradient for each in centres], axis=0)
    information = np.sum([each.information for each in centres], axis=0)
    try:
        covariance: Floats = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return None
    if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()):
        return None
    step = covariance @ gradient
    errors, interval = np.sqrt(np.diag(covariance)), _by(summaries, "Wald", "by patient, Wald")
    middles = [each.by_patient for each in centres if each.by_patient is not None]
    if len(middles) == len(centres):
        patients = sum(each.figures.patients for each in summaries)
        # About the mean, which is 0 at the maximum.
        middle = np.sum(middles, axis=0) - np.outer(gradient, gradient) / patients
        errors = np.sqrt(np.diag(covariance @ middle @ covariance) * patients / (patients - 1))
    # From far away a whole step may overshoot; a bounded one comes nearer in each round.
    step = step / max(1.0, float(np.abs(step).max()) / LONGEST_STEP)
    intercept, slope = at.intercept + float(step[0]), at.slope + float(step[1])
    moved = float(np.abs(step).max())
    converged = moved < _CONVERGED * (1 + max(abs(intercept), abs(slope)))
    over = converged or at.number >= MOST_ROUNDS
    return PooledCalibration(
        intercept=replace(wald(intercept, float(errors[0])), interval=interval),
        slope=replace(wald(slope, float(errors[1])), interval=interval),
        moved=moved,
        converged=converged,
        next_round=None if over else CalibrationRound(number=at.number + 1, intercept=intercept, slope=slope),
    )
