"""How many cases the external validation of a score needs, for figures precise enough to be worth printing.

Riley et al. 2021 (doi 10.1002/sim.9025) and Archer et al. 2021 (doi 10.1002/sim.8766), as R's and Python's
pmvalsampsize: four criteria, each the width of a 95 % interval, and the largest number counts. That programme simulates
the linear predictor; here it is integrated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats

# As in pmvalsampsize, so that its printed numbers are met: standard errors in these steps, limits at 1.96.
_STEP = 1e-4
_BENEFIT_STEP = 1e-3
_Z = 1.96
_POINTS = 4000
# Narrower ones are rounded to nothing in these steps.
_LEAST_WIDTH = 0.005
# Beyond these a probability is 0 or 1 in all but name, and no slope can be read from it.
_MOST_LOG_ODDS, _LEAST_SD = 20, 0.01


@dataclass(frozen=True, kw_only=True)
class LinearPredictor:
    """The log-odds of the validation's cases, as quadrature points.

    Attributes
    ----------
    values
        (m,), log-odds.
    weights
        (m,), the share of cases with each; sums to 1.
    words
        What was assumed.
    """

    values: Floats
    weights: Floats
    words: str

    @property
    def risks(self) -> Floats:
        """(m,), the probabilities."""
        return np.asarray(1 / (1 + np.exp(-self.values)))


@dataclass(frozen=True, kw_only=True)
class Precision:
    """The widths of the 95 % intervals that are wanted.

    Attributes
    ----------
    auc
        Of the AUC: 0.1 is ± 0.05.
    observed_to_expected
        Of the ratio of observed to expected events.
    slope
        Of the calibration slope.
    net_benefit
        Of the standardised net benefit at the threshold.
    """

    auc: float = 0.1
    observed_to_expected: float = 0.2
    slope: float = 0.2
    net_benefit: float = 0.2

    def __post_init__(self) -> None:
        for width in (self.auc, self.observed_to_expected, self.slope, self.net_benefit):
            if not _LEAST_WIDTH <= width < math.inf:
                raise DataRefusedError(
                    f"An interval's width of {width:g} cannot be planned for; give one of {_LEAST_WIDTH:g} or more.",
                    "bad-plan",
                )


@dataclass(frozen=True, kw_only=True)
class ValidationPlan:
    """Cases that a validation needs.

    Attributes
    ----------
    auc, prevalence
        What is expected of the score and of the cases.
    precision
        The widths that are wanted.
    predictor
        In words, what was assumed of the log-odds.
    for_auc, for_observed_to_expected, for_slope
        Cases by each criterion.
    threshold, sensitivity, specificity
        Of the decision, for the net benefit; None where no threshold was given.
    for_net_benefit
        Cases by that criterion; None where no threshold was given.
    """

    auc: float
    prevalence: float
    precision: Precision
    predictor: str
    for_auc: int
    for_observed_to_expected: int
    for_slope: int
    threshold: float | None
    sensitivity: float | None
    specificity: float | None
    for_net_benefit: int | None

    @property
    def cases(self) -> int:
        """The largest of the criteria."""
        return max(self.for_auc, self.for_observed_to_expected, self.for_slope, self.for_net_benefit or 0)

    @property
    def events(self) -> int:
        """How many of the cases are expected to have the event."""
        return math.ceil(self.cases * self.prevalence)


def predictor_of_auc(auc: float, prevalence: float) -> LinearPredictor:
    """Log-odds normal with equal variance in both classes, calibrated, with this AUC.

    Parameters
    ----------
    auc
        Above 0.5, below 1.
    prevalence
        Share of cases with the event.

    Returns
    -------
    LinearPredictor

    Raises
    ------
    DataRefusedError
        bad-plan for an AUC or prevalence outside its bounds.
    """
    from scipy.special import ndtri

    _refuse(auc, prevalence)
    variance = 2 * float(ndtri(auc)) ** 2
    without_event = math.log(prevalence / (1 - prevalence)) - variance / 2
    points, weights = _normal()
    values = math.sqrt(variance) * points
    return LinearPredictor(
        values=np.concatenate([without_event + values, without_event + variance + values]),
        weights=np.concatenate([(1 - prevalence) * weights, prevalence * weights]),
        words=f"log-odds normal with one variance in both classes, as an AUC of {auc:g} has it",
    )


def normal_predictor(mean: float, sd: float) -> LinearPredictor:
    """Log-odds normal over all cases, as a development paper reports them.

    Parameters
    ----------
    mean, sd
        Of the log-odds.

    Returns
    -------
    LinearPredictor

    Raises
    ------
    DataRefusedError
        bad-plan: a mean beyond -20 to 20, or an SD beyond 0.01 to 20.
    """
    if not abs(mean) <= _MOST_LOG_ODDS or not _LEAST_SD <= sd <= _MOST_LOG_ODDS:
        raise DataRefusedError(
            f"Log-odds with a mean of {mean:g} and an SD of {sd:g} cannot be planned for; give a mean from "
            f"{-_MOST_LOG_ODDS} to {_MOST_LOG_ODDS} and an SD from {_LEAST_SD:g} to {_MOST_LOG_ODDS}.",
            "bad-plan",
        )
    points, weights = _normal()
    return LinearPredictor(
        values=mean + sd * points, weights=weights, words=f"log-odds normal, mean {mean:g}, SD {sd:g}"
    )


def plan_validation(
    auc: float,
    prevalence: float,
    *,
    precision: Precision | None = None,
    predictor: LinearPredictor | None = None,
    threshold: float | None = None,
) -> ValidationPlan:
    """Cases that the validation of a score with a yes-or-no outcome needs.

    Parameters
    ----------
    auc
        What the score is expected to have there.
    prevalence
        Share of cases with the event.
    precision
        Widths of the intervals; None takes ± 0.05 of the AUC, 0.2 of the others.
    predictor
        The log-odds there; None derives them from the AUC.
    threshold
        The probability at which a decision is taken, for the net benefit; None leaves that criterion out.

    Returns
    -------
    ValidationPlan

    Raises
    ------
    DataRefusedError
        bad-plan: a number that no plan can have.

    Examples
    --------
    The AUC of the response score of Gu et al. 2021, 0.777 with 75 responders of 102, to within 0.05; pmvalsampsize says
    the same:

    >>> plan_validation(0.777, 75 / 102).for_auc
    426
    """
    _refuse(auc, prevalence)
    widths = precision or Precision()
    odds = predictor or predictor_of_auc(auc, prevalence)
    if threshold is not None and not 0 < threshold < 1:
        raise DataRefusedError(
            f"A decision at a probability of {threshold:g} is none; give one above 0 and below 1.", "bad-plan"
        )
    sensitivity, specificity = (None, None) if threshold is None else _at(odds, threshold)
    return ValidationPlan(
        auc=auc,
        prevalence=prevalence,
        precision=widths,
        predictor=odds.words,
        for_auc=_for_auc(auc, prevalence, widths.auc),
        for_observed_to_expected=_for_observed_to_expected(prevalence, widths.observed_to_expected),
        for_slope=_for_slope(odds, widths.slope),
        threshold=threshold,
        sensitivity=sensitivity,
        specificity=specificity,
        for_net_benefit=None
        if threshold is None or sensitivity is None or specificity is None
        else for_net_benefit(prevalence, sensitivity, specificity, threshold, widths.net_benefit),
    )


def auc_error(auc: float, prevalence: float, cases: int) -> float:
    """The standard error of the AUC that Newcombe 2006 gives (doi 10.1002/sim.2323; equation 7 of Riley et al. 2021).

    Parameters
    ----------
    auc, prevalence
        As expected.
    cases
        With and without the event.

    Returns
    -------
    float
    """
    half = cases / 2 - 1
    spread = 1 + half * (1 - auc) / (2 - auc) + half * auc / (1 + auc)
    return math.sqrt(auc * (1 - auc) * spread / (cases**2 * prevalence * (1 - prevalence)))


def for_net_benefit(prevalence: float, sensitivity: float, specificity: float, threshold: float, width: float) -> int:
    """Cases for the standardised net benefit at a threshold, Riley et al. 2021.

    Parameters
    ----------
    prevalence
        Share of cases with the event.
    sensitivity, specificity
        At the threshold.
    threshold
        The probability at which the decision is taken.
    width
        Of the 95 % interval.

    Returns
    -------
    int
    """
    error = round(math.ceil(width / (2 * _Z) / _STEP - 1e-9) * _STEP / _BENEFIT_STEP) * _BENEFIT_STEP
    weight = (1 - prevalence) / prevalence * threshold / (1 - threshold)
    false_alarms = 1 - specificity
    variance = (
        sensitivity * (1 - sensitivity) / prevalence
        + weight**2 * specificity * false_alarms / (1 - prevalence)
        + weight**2 * false_alarms**2 / (prevalence * (1 - prevalence))
    )
    return math.ceil(variance / error**2)


def _for_auc(auc: float, prevalence: float, width: float) -> int:
    low, high = 1, 2
    while 2 * _Z * auc_error(auc, prevalence, high) > width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        wide = 2 * _Z * auc_error(auc, prevalence, middle) > width
        low, high = (middle, high) if wide else (low, middle)
    return high


def _for_observed_to_expected(prevalence: float, width: float) -> int:
    # The interval is symmetric for the logarithm, around a ratio of 1: exp(z·se) − exp(−z·se).
    error = math.ceil(math.asinh(width / 2) / _Z / _STEP - 1e-9) * _STEP
    return math.ceil((1 - prevalence) / (prevalence * error**2))


def _for_slope(odds: LinearPredictor, width: float) -> int:
    """From Fisher's information of intercept and slope in a case, both as they should be."""
    information = odds.risks * (1 - odds.risks) * odds.weights
    i00, i01, i11 = (float((information * odds.values**power).sum()) for power in (0, 1, 2))
    return math.ceil(i00 / ((width / (2 * _Z)) ** 2 * (i00 * i11 - i01**2)))


def _at(odds: LinearPredictor, threshold: float) -> tuple[float, float]:
    above = odds.risks > threshold
    events, others = odds.risks * odds.weights, (1 - odds.risks) * odds.weights
    return float(events[above].sum() / events.sum()), float(others[~above].sum() / others.sum())


def _normal() -> tuple[Floats, Floats]:
    """Many narrow steps: a threshold cuts between two of them, where Gauss and Hermite's few points would jump."""
    from scipy.special import ndtr

    edges = np.linspace(-9, 9, _POINTS + 1)
    return (edges[:-1] + edges[1:]) / 2, np.diff(ndtr(edges)) / float(ndtr(9) - ndtr(-9))


def _refuse(auc: float, prevalence: float) -> None:
    if not 0.5 < auc < 1:
        raise DataRefusedError(
            f"An expected AUC of {auc:g} is not between 0.5 and 1; name the AUC that the score is hoped to have.",
            "bad-plan",
        )
    if not 0 < prevalence < 1:
        raise DataRefusedError(
            f"A prevalence of {prevalence:g} is not between 0 and 1; name the share of cases with the event.",
            "bad-plan",
        )
