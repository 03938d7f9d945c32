"""How many cases a prediction model needs: the criteria of Riley et al. for a binary outcome.

Riley et al. 2020 (doi 10.1136/bmj.m441) and 2019 (doi 10.1002/sim.7992), as R's pmsampsize(type = "b"). Worked example
there: Cox-Snell R² 0.288, 24 candidate parameters, prevalence 0.174 need 662 cases with 116 events.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from RLNResponseLib.common.errors import DataRefusedError

_SHRINKAGE = 0.9
_R2_DIFFERENCE = 0.05
_RISK_MARGIN = 0.05


@dataclass(frozen=True, kw_only=True)
class SampleSize:
    """Cases needed for a model, and what there is.

    Attributes
    ----------
    parameters
        Candidate features that selection may choose from.
    prevalence
        Share of cases with the event.
    cox_snell_r2
        The R² that is expected.
    shrinkage
        Cases by criterion 1: an expected shrinkage of at least 0.9.
    optimism
        Cases by criterion 2: apparent and adjusted Nagelkerke R² within 0.05.
    overall_risk
        Cases by criterion 3: the overall risk to within 0.05.
    needed
        The largest of the three.
    events
        How many of the needed have the event.
    available
        Cases that there are.
    """

    parameters: int
    prevalence: float
    cox_snell_r2: float
    shrinkage: int
    optimism: int
    overall_risk: int
    needed: int
    events: int
    available: int

    @property
    def suffices(self) -> bool:
        """Whether there are enough cases."""
        return self.available >= self.needed


def sample_size(parameters: int, prevalence: float, cox_snell_r2: float, available: int) -> SampleSize:
    """Riley's criteria.

    Parameters
    ----------
    parameters
        All candidates that selection may choose from, not those it chose.
    prevalence
        Share of cases with the event, above 0 and below 1.
    cox_snell_r2
        Expected, above 0 and below the largest that the prevalence allows (r2_from_auc).
    available
        How many cases there are.

    Returns
    -------
    SampleSize

    Raises
    ------
    DataRefusedError
        bad-sample-size for numbers outside these bounds.

    Examples
    --------
    The worked example of Riley et al. 2020: 662 cases.

    >>> sample_size(parameters=24, prevalence=0.174, cox_snell_r2=0.288, available=500).needed
    662
    """
    if parameters < 1 or not 0 < prevalence < 1:
        raise DataRefusedError(
            f"Sample size needs at least one candidate feature and a prevalence between 0 and 1, not {parameters} and "
            f"{prevalence:g}; correct them.",
            "bad-sample-size",
        )
    largest = _largest_r2(prevalence)
    if not 0 < cox_snell_r2 < largest:
        raise DataRefusedError(
            f"A Cox-Snell R² of {cox_snell_r2:g} is not between 0 and {largest:.3f}, the largest at this prevalence; "
            "expect less of the model.",
            "bad-sample-size",
        )
    for_optimism = cox_snell_r2 / (cox_snell_r2 + _R2_DIFFERENCE * largest)
    shrinkage = _cases_for(parameters, _SHRINKAGE, cox_snell_r2)
    optimism = _cases_for(parameters, for_optimism, cox_snell_r2)
    overall_risk = math.ceil((1.96 / _RISK_MARGIN) ** 2 * prevalence * (1 - prevalence))
    needed = max(shrinkage, optimism, overall_risk)
    return SampleSize(
        parameters=parameters,
        prevalence=prevalence,
        cox_snell_r2=cox_snell_r2,
        shrinkage=shrinkage,
        optimism=optimism,
        overall_risk=overall_risk,
        needed=needed,
        events=math.ceil(needed * prevalence),
        available=available,
    )


def r2_from_auc(auc: float, prevalence: float) -> float:
    """The Cox-Snell R² of a well-calibrated model with this AUC (Riley et al. 2021, doi 10.1002/sim.8806).

    Takes the score as normal with equal variance in both classes, where the logistic model holds exactly; integrated,
    where pmsampsize simulates.

    Parameters
    ----------
    auc
        The expected AUC.
    prevalence
        Share of cases with the event.

    Returns
    -------
    float

    Raises
    ------
    DataRefusedError
        bad-sample-size for an AUC not between 0.5 and 1.

    Examples
    --------
    A logistic regression on four million simulated cases has 0.2906:

    >>> round(r2_from_auc(0.89, 0.174), 2)
    0.29
    """
    import numpy as np
    from scipy.special import ndtri

    if not 0.5 < auc < 1:
        raise DataRefusedError(
            f"An expected AUC of {auc:g} is not between 0.5 and 1; name the AUC that the model is hoped to reach.",
            "bad-sample-size",
        )
    distance = math.sqrt(2) * float(ndtri(auc))
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    prior = math.log(prevalence / (1 - prevalence)) - distance**2 / 2
    of_controls = weights @ np.logaddexp(0, prior + distance * points)
    of_cases = weights @ np.logaddexp(0, -(prior + distance * (points + distance)))
    model = -(prevalence * of_cases + (1 - prevalence) * of_controls)
    return float(1 - math.exp(2 * (_null_likelihood(prevalence) - model)))


def _cases_for(parameters: int, shrinkage: float, cox_snell_r2: float) -> int:
    return math.ceil(parameters / ((shrinkage - 1) * math.log(1 - cox_snell_r2 / shrinkage)))


def _null_likelihood(prevalence: float) -> float:
    return prevalence * math.log(prevalence) + (1 - prevalence) * math.log(1 - prevalence)


def _largest_r2(prevalence: float) -> float:
    return 1 - math.exp(2 * _null_likelihood(prevalence))
