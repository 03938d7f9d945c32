"""How many cases the development of a score needs, before there are any."""

from __future__ import annotations

from dataclasses import dataclass

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.sample_size import SampleSize, r2_from_auc, sample_size


@dataclass(frozen=True, kw_only=True)
class DevelopmentPlan:
    """Cases that the development of a score needs.

    Attributes
    ----------
    auc
        What the score is hoped to have.
    prevalence
        Share of cases with the event.
    size
        Riley's criteria.
    """

    auc: float
    prevalence: float
    size: SampleSize


def plan_development(features: int, auc: float, prevalence: float, available: int = 0) -> DevelopmentPlan:
    """Riley's criteria (doi 10.1136/bmj.m441) for a score that is still to be developed.

    Parameters
    ----------
    features
        All candidates that selection may choose from.
    auc
        What the score is hoped to have.
    prevalence
        Share of cases with the event.
    available
        Cases that there will be; 0 where that is open.

    Returns
    -------
    DevelopmentPlan

    Raises
    ------
    DataRefusedError
        bad-sample-size: a number that no plan can have.

    Examples
    --------
    The response score of Gu et al. 2021, 106 candidates and an AUC of 0.777:

    >>> plan_development(106, 0.777, 75 / 102).size.needed
    4655
    """
    if not 0 < prevalence < 1:
        raise DataRefusedError(
            f"A prevalence of {prevalence:g} is not between 0 and 1; name the share of cases with the event.",
            "bad-sample-size",
        )
    if available < 0:
        raise DataRefusedError(f"There cannot be {available} cases; give 0 where that is open.", "bad-sample-size")
    return DevelopmentPlan(
        auc=auc,
        prevalence=prevalence,
        size=sample_size(features, prevalence, r2_from_auc(auc, prevalence), available),
    )
