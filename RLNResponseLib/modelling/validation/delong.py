"""The AUC's error by DeLong, DeLong and Clarke-Pearson 1988 (doi 10.2307/2531595), of one score and of two on the same
cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.modelling.validation.roc import placements
from RLNResponseLib.statistics.estimates import (
    Estimate,
    normal_p,
    normal_quantile,
)


@dataclass(frozen=True)
class AUCDifference:
    """First AUC − second AUC of the same cases.

    Attributes
    ----------
    difference
        With DeLong's limits.
    z, p
        Of DeLong's test, two-sided.
    """

    difference: Estimate
    z: float
    p: float


def delong(scores: Floats, outcome: Bools, confidence: float = 0.95) -> Estimate:
    """AUC with the interval of DeLong, DeLong and Clarke-Pearson 1988 (doi 10.2307/2531595), as pROC's ci.auc.

    The interval takes lymph nodes as independent. At an AUC of 0 or 1 it has no width, which says nothing.

    Parameters
    ----------
    scores, outcome
        (n,), scores finite, both classes present with at least two cases each.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> import numpy as np
    >>> estimate = delong(np.array([0.9, 0.4, 0.8, 0.3, 0.2, 0.7]), np.array([1, 1, 1, 0, 0, 0], dtype=bool))
    >>> round(estimate.value, 4), estimate.lower < estimate.value < estimate.upper
    (0.8889, True)
    """
    value, of_cases, of_controls = delong_variances(scores, outcome)
    margin = normal_quantile(confidence) * math.sqrt(of_cases + of_controls)
    return Estimate(value=value, lower=max(0.0, value - margin), upper=min(1.0, value + margin), interval="DeLong")


def delong_variances(scores: Floats, outcome: Bools) -> tuple[float, float, float]:
    """The AUC, and DeLong's variance of it in two parts: of the lymph nodes with the outcome, and of those without.

    Parameters
    ----------
    scores, outcome
        (n,), scores finite, both classes present with at least two cases each.

    Returns
    -------
    tuple of float
        The standard error is the root of the sum of the parts.

    Examples
    --------
    >>> import numpy as np
    >>> scores, outcome = np.array([0.9, 0.4, 0.8, 0.3, 0.2, 0.7]), np.array([1, 1, 1, 0, 0, 0], dtype=bool)
    >>> [round(part, 4) for part in delong_variances(scores, outcome)]
    [0.8889, 0.0123, 0.0123]
    """
    of_cases, of_controls, value = placements(scores, outcome)
    return value, float(of_cases.var(ddof=1) / len(of_cases)), float(of_controls.var(ddof=1) / len(of_controls))


def delong_paired(first: Floats, second: Floats, outcome: Bools, confidence: float = 0.95) -> AUCDifference:
    """Compare two scores of the same cases, as pROC's roc.test(method = "delong", paired = TRUE).

    Parameters
    ----------
    first, second
        (n,), two scores of the same cases.
    outcome
        (n,), which lymph nodes had the event.
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    AUCDifference
    """
    cases_1, controls_1, auc_1 = placements(first, outcome)
    cases_2, controls_2, auc_2 = placements(second, outcome)
    variance = (cases_1 - cases_2).var(ddof=1) / len(cases_1) + (controls_1 - controls_2).var(ddof=1) / len(controls_1)
    difference, se = auc_1 - auc_2, math.sqrt(variance)
    z = difference / se if se > 0 else 0.0 if difference == 0 else math.copysign(math.inf, difference)
    margin = normal_quantile(confidence) * se
    limits = Estimate(value=difference, lower=difference - margin, upper=difference + margin, interval="DeLong, paired")
    return AUCDifference(limits, z, normal_p(z))
