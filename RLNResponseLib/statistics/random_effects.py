"""Figures of several centres pooled by random effects: their mean, how they differ, where a new centre's may lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.statistics.estimates import Estimate, chi_square_p, t_quantile

# With two, the one degree of freedom that is left gives limits that say nothing.
FEWEST_POOLED = 3
# Of the search for τ²: from a millionth of the smallest variance on.
_STEPS, _LEAST = 400, 1e-6


@dataclass(frozen=True, kw_only=True)
class RandomEffects:
    """One figure of k centres, pooled.

    Attributes
    ----------
    count
        How many centres.
    mean
        With Hartung and Knapp's limits, on the scale that was pooled.
    prediction
        The same mean, with the limits within which the true figure of a new centre is expected.
    tau
        SD of the true figures between centres, with limits by the Q-profile.
    i2
        Share of the variance between estimates that is not chance, 0 … 1.
    q, p
        Cochran's Q and its p, of no difference between centres.
    """

    count: int
    mean: Estimate
    prediction: Estimate
    tau: Estimate
    i2: float
    q: float
    p: float

    __repr__ = short_repr

    @property
    def tau2(self) -> float:
        """Variance of the true figures between centres."""
        return self.tau.value**2


def pool(values: Floats, errors: Floats, confidence: float = 0.95) -> RandomEffects:
    """Pool estimates by restricted maximum likelihood, with the limits of Hartung and Knapp.

    As R's ``metafor::rma(yi, sei = , method = "REML", test = "knha")``, its ``predict`` and ``confint``: τ² by
    Viechtbauer 2005 (doi 10.3102/10769986030003261), limits of the mean by Hartung and Knapp 2001 (doi
    10.1002/sim.1009), limits of τ² by Viechtbauer 2007 (doi 10.1002/sim.2514), I² by Higgins and Thompson 2002 (doi
    10.1002/sim.1186), prediction by Higgins et al. 2009 (doi 10.1111/j.1467-985X.2008.00552.x) with k − 1 degrees of
    freedom, as metafor has it beside Hartung and Knapp's.

    Parameters
    ----------
    values
        (k,), estimates on a scale on which they are about normal: logit of an AUC, a slope.
    errors
        (k,), their standard errors, above 0.
    confidence
        Coverage of the intervals, between 0 and 1.

    Returns
    -------
    RandomEffects

    Raises
    ------
    DataRefusedError
        few-centres for fewer than three; no-error where an estimate or its standard error is not finite, or the latter
        not above 0.

    Examples
    --------
    Estimates that differ no more than chance has them have the weighted mean:

    >>> pooled = pool(np.array([1.0, 1.2, 1.1]), np.array([0.5, 0.5, 0.5]))
    >>> round(pooled.mean.value, 4), pooled.tau.value, pooled.i2
    (1.1, 0.0, 0.0)
    """
    if len(values) < FEWEST_POOLED:
        raise DataRefusedError(
            f"{len(values)} centres cannot be pooled by random effects, which take {FEWEST_POOLED}; look at them one "
            "by one, or add centres.",
            "few-centres",
        )
    if not (np.isfinite(values).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise DataRefusedError(
            "A centre's figure has no finite standard error, so it cannot be pooled; leave the centre out.", "no-error"
        )
    variances, count = errors**2, len(values)
    tau2 = _reml(values, variances)
    weights = 1 / (variances + tau2)
    mean = float(weights @ values / weights.sum())
    error = math.sqrt(float(weights @ (values - mean) ** 2) / ((count - 1) * weights.sum()))
    t = t_quantile(confidence, count - 1)
    new = math.sqrt(error**2 + tau2)
    alone = 1 / variances
    # (Σw)² − Σw², without the difference, of which one far heavier centre leaves nothing.
    others = np.array([np.delete(alone, place).sum() for place in range(count)])
    typical = (count - 1) * alone.sum() / (alone @ others)
    q = _q(0.0, values, variances)
    low, high = _q_profile(values, variances, confidence)
    return RandomEffects(
        count=count,
        mean=Estimate(value=mean, lower=mean - t * error, upper=mean + t * error, interval="Hartung–Knapp"),
        prediction=Estimate(value=mean, lower=mean - t * new, upper=mean + t * new, interval="prediction"),
        tau=Estimate(value=math.sqrt(tau2), lower=math.sqrt(low), upper=math.sqrt(high), interval="Q-profile"),
        i2=float(tau2 / (tau2 + typical)),
        q=q,
        p=chi_square_p(q, count - 1),
    )


def _q(tau2: float, values: Floats, variances: Floats) -> float:
    weights = 1 / (variances + tau2)
    return float(weights @ (values - weights @ values / weights.sum()) ** 2)


def _reml(values: Floats, variances: Floats) -> float:
    """The τ² with the highest restricted likelihood: of the places where its slope turns from up to down, and 0."""
    from scipy.optimize import brentq

    def slopes_at(tau2: Floats) -> Floats:
        weights = 1 / (variances + tau2[:, None])
        total = weights.sum(axis=1)
        residual = values - (weights @ values / total)[:, None]
        return np.asarray((weights**2 * residual**2).sum(axis=1) - total + (weights**2).sum(axis=1) / total)

    def slope(tau2: float) -> float:
        return float(slopes_at(np.array([tau2]))[0])

    def likelihood(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        return float(np.log(weights).sum() - math.log(weights.sum()) - _q(tau2, values, variances)) / 2

    # Beyond the sum of squares the slope is negative for certain.
    furthest = float(((values - values.mean()) ** 2).sum()) + float(variances.max())
    steps = np.concatenate([[0.0], np.geomspace(_LEAST * float(variances.min()), furthest, _STEPS)])
    slopes = slopes_at(steps)
    turns = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    found = [0.0, *(float(brentq(slope, steps[at], steps[at + 1], xtol=1e-15, rtol=1e-14)) for at in turns)]
    return max(found, key=likelihood)


def _q_profile(values: Floats, variances: Floats, confidence: float) -> tuple[float, float]:
    """The τ² at which Q is at the ends of what χ² with k − 1 degrees of freedom has."""
    from scipy.optimize import brentq
    from scipy.special import chdtri

    df, tail = len(values) - 1, (1 - confidence) / 2
    limits = []
    for quantile in (float(chdtri(df, tail)), float(chdtri(df, 1 - tail))):
        if _q(0.0, values, variances) <= quantile:
            limits.append(0.0)
            continue
        high = float(variances.max())
        while _q(high, values, variances) > quantile:
            high *= 2
        limits.append(float(brentq(lambda tau2, q=quantile: _q(tau2, values, variances) - q, 0, high, xtol=1e-15)))
    return limits[0], limits[1]
