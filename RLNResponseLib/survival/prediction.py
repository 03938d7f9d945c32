"""How well a score tells, at one time, who has had the event, where another event can come first: AUC(t), Brier score,
index of prediction accuracy and calibration, as R's riskRegression::Score.

Who is censored before that time is stood for by those who are not, each weighted by one over the probability of being
still watched (inverse probability of censoring weights by Kaplan and Meier's curve of being censored).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Bools, Floats, Ints
from RLNResponseLib.statistics.estimates import Estimate, error_by_patient, error_by_row, normal_quantile, t_quantile
from RLNResponseLib.survival.calibration_groups import CalibrationGroup, calibration_groups
from RLNResponseLib.survival.censoring_weights import (
    CensoringWeights,
    censoring_weights,
)
from RLNResponseLib.survival.curves import cumulative_incidence
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.states import three_states
from RLNResponseLib.survival.window import Window

_BY_ROW, _BY_PATIENT = "95%, rows independent", "95%, by patient"


@dataclass(frozen=True)
class Measure:
    """One measure with its standard errors.

    Attributes
    ----------
    by_row
        Limits that take rows as independent, as R's.
    by_patient
        Limits with patients as the units; None where rows are not of named patients.
    se
        Of `by_row`.
    """

    by_row: Estimate
    by_patient: Estimate | None
    se: float

    @property
    def value(self) -> float:
        """The measure itself."""
        return self.by_row.value

    @property
    def shown(self) -> Estimate:
        """By patient where there are patients."""
        return self.by_patient or self.by_row

    def as_json(self) -> dict[str, Any]:
        """The measure as the command line prints it."""
        answer = {"value": self.value, "se": self.se, "lower": self.by_row.lower, "upper": self.by_row.upper}
        if self.by_patient:
            answer |= {"lower_by_patient": self.by_patient.lower, "upper_by_patient": self.by_patient.upper}
        return to_json(answer)


@dataclass(frozen=True, kw_only=True)
class RiskJudged:
    """What only a predicted probability of the event has.

    Attributes
    ----------
    brier
        Mean squared distance of the predicted risk from what happened.
    null_brier
        The same where every row is given the cumulative incidence of all.
    ipa
        1 − Brier / null Brier: 0 is as good as that one figure for all, below 0 worse.
    observed_over_expected
        The cumulative incidence over the mean predicted risk, its limits rows as independent.
    expected
        The mean predicted risk.
    groups
        By predicted risk, the lowest first.
    """

    brier: Measure
    null_brier: Measure
    ipa: Measure
    observed_over_expected: Estimate
    expected: float
    groups: tuple[CalibrationGroup, ...]

    def as_json(self) -> dict[str, Any]:
        """These measures as the command line prints them."""
        ratio = self.observed_over_expected
        return to_json(
            {
                "brier": self.brier.as_json(),
                "null_brier": self.null_brier.as_json(),
                "ipa": self.ipa.as_json(),
                "observed_over_expected": {"value": ratio.value, "lower": ratio.lower, "upper": ratio.upper},
                "expected": self.expected,
                "calibration": [group.as_json() for group in self.groups],
            }
        )


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A score judged at one time.

    Attributes
    ----------
    months
        The time.
    rows, patients
        That it was judged on; patients None where they are not named.
    events, competing, free, censored
        How many rows are known to have had the event by then, the other event first, neither; and of how many it is
        not known.
    auc
        The probability that of a row with the event by then and one without (free of it, or gone by the other event)
        the first has the higher risk; ties count a half.
    risk
        What needs probabilities; None where only the score's order says something of the event.
    """

    months: float
    rows: int
    patients: int | None
    events: int
    competing: int
    free: int
    censored: int
    auc: Measure
    risk: RiskJudged | None

    def as_json(self) -> dict[str, Any]:
        """The judgement as the command line prints it."""
        answer: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("months", "rows", "patients", "events", "competing", "free", "censored")
        }
        return to_json(answer | {"auc": self.auc.as_json()} | (self.risk.as_json() if self.risk else {}))


def no_control(score: Floats) -> Floats:
    """The probability of no control that a score of control, log-odds, stands for.

    Parameters
    ----------
    score
        (n,), log-odds of control.

    Returns
    -------
    Floats
    """
    return np.asarray(np.exp(-np.logaddexp(0, score)))


def judge_prediction(
    seen: Window, order: Floats, risk: Floats | None, patients: Ints | None, confidence: float = 0.95
) -> Prediction:
    """Judge a score at the window's end, the other event competing.

    AUC(t): Blanche, Dartigues and Jacqmin-Gadda 2013 (doi 10.1002/sim.5958), definition (ii); Brier score and IPA:
    Gerds and Schumacher 2006 (doi 10.1002/bimj.200610301), Kattan and Gerds 2018 (doi 10.1186/s41512-018-0029-2).
    Standard errors from influence functions that count the estimated censoring curve, as riskRegression::Score with
    cens.model = "km". By patient, a patient's influences are added up, and Student's t has patients − 1 degrees of
    freedom.

    Parameters
    ----------
    seen
        The fate of each row.
    order
        (n,), a higher value is a higher risk of the event.
    risk
        (n,) predicted probability of the event by the window's end, 0 to 1; None where there is none.
    patients
        (n,) whole numbers from 0: whose lymph node a row is; None where rows are taken as independent.
    confidence
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    Prediction

    Raises
    ------
    DataRefusedError
        no-prediction: nobody has the event by then, or nobody is without it, or nobody is watched until then.
    """
    without = seen.competing | seen.free
    if not seen.event.any() or not without.any() or (seen.censored.any() and not seen.free.any()):
        raise DataRefusedError(
            f"How well the score predicts cannot be judged at {seen.months:g} months: it takes lymph nodes with the "
            "event by then, others without it, and some that are watched until then; choose another time.",
            "no-prediction",
        )
    weights = censoring_weights(seen)
    rate, influence = _auc(weights, order, seen.event, without)
    return Prediction(
        months=seen.months,
        rows=len(seen),
        patients=None if patients is None else len(np.unique(patients)),
        events=int(seen.event.sum()),
        competing=int(seen.competing.sum()),
        free=int(seen.free.sum()),
        censored=int(seen.censored.sum()),
        auc=_measure(rate, influence, patients, confidence, (0.0, 1.0)),
        risk=None if risk is None else _judge_risk(seen, weights, risk, patients, confidence),
    )


def _auc(weights: CensoringWeights, order: Floats, event: Bools, without: Bools) -> tuple[float, Floats]:
    """The rate, and (n,) the influence of each row on it."""
    with_event, others = weights.values * event, weights.values * without
    count = len(order)
    share_events, share_others = with_event.mean(), others.mean()
    beaten, beating = _weight_below(order, others), _weight_above(order, with_event)
    product = share_events * share_others
    rate = float((with_event * beaten).sum() / count**2 / product)
    first = (with_event * beaten + others * beating) / count
    plain = (first - rate * (share_events * others + share_others * with_event)) / product
    return rate, weights.influence(plain)


def _weight_below(order: Floats, weight: Floats) -> Floats:
    """(n,) the weight of the rows with a lower value, half of that of the rows with the same."""
    ascending = np.argsort(order, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(weight[ascending])])
    below = np.searchsorted(order[ascending], order, side="left")
    up_to = np.searchsorted(order[ascending], order, side="right")
    return np.asarray((running[below] + running[up_to]) / 2)


def _weight_above(order: Floats, weight: Floats) -> Floats:
    return _weight_below(-order, weight)


def _judge_risk(
    seen: Window, weights: CensoringWeights, risk: Floats, patients: Ints | None, confidence: float
) -> RiskJudged:
    observed = three_states(seen, confidence)
    incidence = observed.event.value
    squared, null = (weights.values * (seen.event - predicted) ** 2 for predicted in (risk, incidence))
    moved, moved_null = weights.influence(squared), weights.influence(null)
    brier, null_brier = float(squared.mean()), float(null.mean())
    # Where all have one fate, one figure for all is right and nothing can be better.
    ipa = 1 - brier / null_brier if null_brier > 0 else math.nan
    moved_ipa = (
        -(moved - brier / null_brier * moved_null) / null_brier if null_brier > 0 else np.full(len(seen), math.nan)
    )
    return RiskJudged(
        brier=_measure(brier, moved, patients, confidence, (0.0, 1.0)),
        null_brier=_measure(null_brier, moved_null, patients, confidence, (0.0, 1.0)),
        ipa=_measure(ipa, moved_ipa, patients, confidence, (-math.inf, 1.0)),
        observed_over_expected=_over(observed.event.value, float(risk.mean()), confidence, seen, weights, patients),
        expected=float(risk.mean()),
        groups=calibration_groups(seen, risk, confidence, patients),
    )


def _over(
    observed: float,
    expected: float,
    confidence: float,
    seen: Window,
    weights: CensoringWeights,
    patients: Ints | None,
) -> Estimate:
    """Observed over expected, its limits on the log scale, the predicted risks taken as given."""
    curve = cumulative_incidence(FollowUp(seen.end, seen.event), seen.competing)
    half = normal_quantile(confidence) * math.sqrt(max(curve.variance_at(min(seen.months, curve.last_month)), 0))
    interval = _BY_ROW
    if patients is not None:
        clustered, clusters = error_by_patient(weights.influence(weights.values * seen.event), patients)
        if clusters > 1:
            half, interval = t_quantile(confidence, clusters - 1) * clustered, _BY_PATIENT
    ratio = observed / expected if expected > 0 else math.nan
    factor = math.exp(half / observed) if observed > 0 else math.nan
    return Estimate(value=ratio, lower=ratio / factor, upper=ratio * factor, interval=interval)


def _measure(
    value: float, influence: Floats, patients: Ints | None, confidence: float, within: tuple[float, float]
) -> Measure:
    error = error_by_row(influence)
    by_patient = None
    if patients is not None:
        clustered, clusters = error_by_patient(influence, patients)
        if clusters > 1:
            by_patient = _limits(value, t_quantile(confidence, clusters - 1) * clustered, within, _BY_PATIENT)
    return Measure(_limits(value, normal_quantile(confidence) * error, within, _BY_ROW), by_patient, error)


def _limits(value: float, half: float, within: tuple[float, float], interval: str) -> Estimate:
    low, high = within
    return Estimate(value=value, lower=max(low, value - half), upper=min(high, value + half), interval=interval)
