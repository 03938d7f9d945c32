"""The sums over the risk sets of Cox's partial likelihood with Efron's treatment of ties (Efron 1977, doi
10.2307/2286217).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.survival.follow_up import FollowUp


@dataclass(frozen=True, kw_only=True)
class RiskSets:
    """Who is at risk when; one entry for each of the D events, in the order of time.

    Attributes
    ----------
    order
        (n,), rows, the longest followed first.
    deaths
        (D,), the row that has the event.
    at_risk
        (D,), how many rows of `order` are at risk.
    moment
        (D,), number of the event's time among the different event times.
    share
        (D,), k/m for the k-th (from 0) of m events at one time: the part of them that Efron takes out.
    """

    order: Ints
    deaths: Ints
    at_risk: Ints
    moment: Ints
    share: Floats

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class Moments:
    """What the risk sets hold under coefficients (p,).

    Attributes
    ----------
    log_likelihood
        Efron's.
    weight
        (n,), exp(x·β), up to the factor that `total` has too.
    total
        (D,), the sum of weights.
    mean
        (D, p), of the covariates, weighted.
    covariance
        (D, p, p), of the covariates, weighted.
    """

    log_likelihood: float
    weight: Floats
    total: Floats
    mean: Floats
    covariance: Floats

    __repr__ = short_repr


def risk_sets(follow_up: FollowUp) -> RiskSets:
    """Arrange rows for Efron 1977 (doi 10.1080/01621459.1977.10480613).

    Parameters
    ----------
    follow_up
        Times and events, one row a lymph node.

    Returns
    -------
    RiskSets
    """
    order = np.argsort(-follow_up.months, kind="stable")
    deaths = np.flatnonzero(follow_up.event)
    deaths = deaths[np.argsort(follow_up.months[deaths], kind="stable")]
    times, moment, tied = np.unique(follow_up.months[deaths], return_inverse=True, return_counts=True)
    first = np.concatenate([[0], np.cumsum(tied)[:-1]])
    share = (np.arange(len(deaths)) - first[moment]) / tied[moment]
    at_risk = np.searchsorted(-follow_up.months[order], -times[moment], side="right")
    return RiskSets(order=order, deaths=deaths, at_risk=at_risk, moment=moment, share=share)


def moments(sets: RiskSets, x: Floats, coefficients: Floats) -> Moments:
    """Log-likelihood, means and covariances at `coefficients` (p,) for covariates (n, p).

    Parameters
    ----------
    sets
        Who is at risk at each event time.
    x
        (n, p), covariates.
    coefficients
        (p,), log hazard ratios.

    Returns
    -------
    Moments
    """
    linear = x @ coefficients
    weight = np.exp(linear - linear.max())
    first, second = x * weight[:, None], x[:, :, None] * x[:, None, :] * weight[:, None, None]
    total = _over_risk_sets(sets, weight)
    # A risk set whose weights all vanish beside the largest: the step was too long, and the caller shortens it.
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _over_risk_sets(sets, first) / total[:, None]
        square = _over_risk_sets(sets, second) / total[:, None, None]
        log_likelihood = float((linear[sets.deaths] - linear.max()).sum() - np.log(total).sum())
    return Moments(
        log_likelihood=log_likelihood,
        weight=weight,
        total=total,
        mean=mean,
        covariance=square - mean[:, :, None] * mean[:, None, :],
    )


def _over_risk_sets(sets: RiskSets, values: Floats) -> Floats:
    """For each event the sum of `values` over its risk set, less its share of the sum over the tied events."""
    running = np.cumsum(values[sets.order], axis=0)
    tied = np.zeros((int(sets.moment[-1]) + 1, *values.shape[1:]))
    np.add.at(tied, sets.moment, values[sets.deaths])
    share = sets.share.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(running[sets.at_risk - 1] - share * tied[sets.moment])
