"""A score at several centres: each one's figures on the scale on which they are pooled, and what pooling gives.

Debray et al. 2017 (doi 10.1136/bmj.i6460) and Snell et al. 2018 (doi 10.1177/0962280217705678): the AUC as its logit,
calibration slope and calibration in the large as they are, observed over expected events as its logarithm. Standard
errors count patients, not lymph nodes: the AUC's by Obuchowski 1997 (doi 10.2307/2533958), those of slope and intercept
by CR2, that of the events by what each patient adds to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.modelling.validation.calibration import in_the_large, recalibrated
from RLNResponseLib.modelling.validation.logistic import errors_by_patient
from RLNResponseLib.modelling.validation.multi_reader import clustered_variance
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.statistics.estimates import Estimate, error_by_patient, normal_quantile
from RLNResponseLib.statistics.random_effects import FEWEST_POOLED, RandomEffects, pool

MeasureName = Literal["auc", "slope", "intercept", "observed_over_expected"]
MEASURES: tuple[MeasureName, ...] = get_args(MeasureName)
_BACK: Mapping[MeasureName, Callable[[float], float]] = {
    "auc": lambda logit: 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0,
    "slope": lambda value: value,
    "intercept": lambda value: value,
    "observed_over_expected": lambda logarithm: math.exp(min(logarithm, 700.0)),
}


@dataclass(frozen=True)
class CentreMeasure:
    """One figure of one centre, on the scale that is pooled.

    Attributes
    ----------
    value
        Logit of the AUC, slope, intercept, logarithm of observed over expected.
    error
        Standard error on that scale, above 0.
    """

    value: float
    error: float


@dataclass(frozen=True, kw_only=True)
class CentreFigures:
    """How a score does at one centre.

    Attributes
    ----------
    centre
        Its name.
    lymph_nodes, events, patients
        How many, with the outcome, and of how many patients.
    measures
        By name; what cannot be told there is missing.
    reasons
        Why, by the name of what is missing.
    auc
        Also where it has no standard error, at 0 and 1; NaN where there is none.
    """

    centre: str
    lymph_nodes: int
    events: int
    patients: int
    measures: Mapping[MeasureName, CentreMeasure]
    reasons: Mapping[MeasureName, str]
    auc: float

    __repr__ = short_repr

    def estimate(self, name: MeasureName) -> Estimate | None:
        """A figure with its 95% limits, as people read it; None where it cannot be told."""
        measure = self.measures.get(name)
        if measure is None:
            return None
        margin, back = normal_quantile(0.95) * measure.error, _BACK[name]
        return Estimate(
            value=back(measure.value),
            lower=back(measure.value - margin),
            upper=back(measure.value + margin),
            interval="by patient, Wald of the logit" if name == "auc" else "by patient, Wald",
        )


@dataclass(frozen=True, kw_only=True)
class PooledMeasure:
    """One figure over all centres that have it.

    Attributes
    ----------
    effects
        On the scale that is pooled: τ is of that scale.
    mean
        As people read it, with Hartung and Knapp's limits.
    prediction
        Where a new centre's true figure is expected, 95%.
    """

    effects: RandomEffects
    mean: Estimate
    prediction: Estimate

    __repr__ = short_repr


def centre_figures(centre: str, log_odds: Floats, outcome: Bools, patients: Ints) -> CentreFigures:
    """How a score does on the lymph nodes of one centre.

    Parameters
    ----------
    centre
        Its name.
    log_odds
        (n,) scores of the outcome.
    outcome
        (n,).
    patients
        (n,), whole numbers: whose lymph node each is.

    Returns
    -------
    CentreFigures

    Examples
    --------
    At log-odds 0 one case in four has the event, at 1 three: slope 2 log(3).

    >>> log_odds, outcome = np.repeat([0.0, 1.0], 4), np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=bool)
    >>> figures = centre_figures("Bern", log_odds, outcome, np.arange(8))
    >>> round(figures.measures["slope"].value, 4), round(figures.estimate("auc").value, 4)
    (2.1972, 0.75)
    """
    from scipy.special import expit

    measures: dict[MeasureName, CentreMeasure] = {}
    reasons: dict[MeasureName, str] = {}
    tried: tuple[tuple[MeasureName, Callable[[], CentreMeasure]], ...] = (
        ("auc", lambda: _logit_auc(log_odds, outcome, patients)),
        ("slope", lambda: _slope(log_odds, outcome, patients)),
        ("intercept", lambda: _in_the_large(log_odds, outcome, patients)),
        (
            "observed_over_expected",
            lambda: _log_ratio(outcome, float(expit(log_odds).sum()), patients),
        ),
    )
    for name, measured in tried:
        try:
            measure = measured()
        except DataRefusedError as refusal:
            reasons[name] = str(refusal)
            continue
        if math.isfinite(measure.value) and math.isfinite(measure.error) and measure.error > 0:
            measures[name] = measure
        elif measure.error == 0:
            reasons[name] = "Its standard error is 0, as every patient adds the same, so it cannot be weighed."
        else:
            reasons[name] = "It has no finite standard error."
    return CentreFigures(
        centre=centre,
        lymph_nodes=len(outcome),
        events=int(outcome.sum()),
        patients=len(np.unique(patients)),
        measures=MappingProxyType(measures),
        reasons=MappingProxyType(reasons),
        auc=_auc(log_odds, outcome),
    )


def logit_auc(value: float, error: float) -> CentreMeasure:
    """An AUC with its standard error, on the logit's scale (delta method).

    Parameters
    ----------
    value, error
        Of the AUC.

    Returns
    -------
    CentreMeasure

    Raises
    ------
    DataRefusedError
        no-error for an AUC of 0 or 1, or one without a standard error.

    Examples
    --------
    >>> logit_auc(0.5, 0.05)
    CentreMeasure(value=0.0, error=0.2)
    """
    if math.isnan(error):
        raise DataRefusedError(
            "All lymph nodes with the outcome, or all without, are of one patient, so the AUC has no standard error.",
            "no-error",
        )
    if not 0 < value < 1 or not error > 0:
        raise DataRefusedError(
            f"An AUC of {value:.3g} with a standard error of {error:.3g} has no limits on the logit's scale.",
            "no-error",
        )
    return CentreMeasure(math.log(value / (1 - value)), error / (value * (1 - value)))


def _auc(log_odds: Floats, outcome: Bools) -> float:
    try:
        return auc(log_odds, outcome)
    except DataRefusedError:
        return math.nan


def _logit_auc(log_odds: Floats, outcome: Bools, patients: Ints) -> CentreMeasure:
    return logit_auc(auc(log_odds, outcome), math.sqrt(clustered_variance(log_odds, outcome, patients)))


def _slope(log_odds: Floats, outcome: Bools, patients: Ints) -> CentreMeasure:
    if np.ptp(log_odds) == 0:
        raise DataRefusedError("All cases have the same score, so there is no calibration slope.", "flat-score")
    intercept, slope = recalibrated(log_odds, outcome).coefficients
    # In SDs: of scores of any size.
    sd = float(log_odds.std())
    design = np.column_stack([np.ones(len(log_odds)), (log_odds - log_odds.mean()) / sd])
    errors = errors_by_patient(design, intercept + slope * log_odds, outcome.astype(float), patients)
    return CentreMeasure(float(slope), float(errors[1]) / sd)


def _in_the_large(log_odds: Floats, outcome: Bools, patients: Ints) -> CentreMeasure:
    added, _ = in_the_large(log_odds, outcome)
    one = np.ones((len(log_odds), 1))
    return CentreMeasure(added, float(errors_by_patient(one, added + log_odds, outcome.astype(float), patients)[0]))


def _log_ratio(outcome: Bools, expected: float, patients: Ints) -> CentreMeasure:
    share = float(outcome.mean())
    if not share > 0:
        raise DataRefusedError("No lymph node has the outcome, so observed over expected has no logarithm.", "no-error")
    return CentreMeasure(
        math.log(share * len(outcome) / expected), error_by_patient(outcome.astype(float) - share, patients)[0] / share
    )


def pool_centres(centres: Sequence[CentreFigures]) -> Mapping[MeasureName, PooledMeasure]:
    """Every figure that three centres have, pooled by random effects.

    Parameters
    ----------
    centres
        How the score does at each.

    Returns
    -------
    Mapping
        By name; a figure that fewer centres have is missing.
    """
    pooled: dict[MeasureName, PooledMeasure] = {}
    for name in MEASURES:
        found = [centre.measures[name] for centre in centres if name in centre.measures]
        if len(found) < FEWEST_POOLED:
            continue
        effects = pool(np.array([each.value for each in found]), np.array([each.error for each in found]))
        back = _BACK[name]
        mean, prediction = (
            Estimate(value=back(each.value), lower=back(each.lower), upper=back(each.upper), interval=each.interval)
            for each in (effects.mean, effects.prediction)
        )
        pooled[name] = PooledMeasure(effects=effects, mean=mean, prediction=prediction)
    return MappingProxyType(pooled)
