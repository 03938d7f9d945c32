"""Estimates with their limits, the quantiles and tail probabilities that make them (scipy's, in one place), and
resampling patients with all their lymph nodes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints

FEWEST_PATIENTS = 5
# Of the terms of a sum that comes out even: what is less is what rounding left.
ROUNDING = 1e-12
# For the interval of a finished figure, where nothing is fitted anew.
BOOTSTRAP_RESAMPLES = 2000
# Weights that are held at a time, some 80 MB.
_LARGEST_PART = 10_000_000


def refuse_few_patients(patients: NDArray[np.intp], instead: str = "") -> None:
    """Raise DataRefusedError (few-patients) below five: limits from resampling one patient would have no width at all.

    Parameters
    ----------
    patients
        Whole numbers from 0: whose lymph node each is.
    instead
        What else may be done.

    Raises
    ------
    DataRefusedError
        few-patients.
    """
    count = len(np.unique(patients))
    if count < FEWEST_PATIENTS:
        raise DataRefusedError(
            f"{count} patient{'s are' if count > 1 else ' is'} too few to resample, which takes "
            f"{FEWEST_PATIENTS}; {instead}add patients.",
            "few-patients",
        )


def patient_draws(count: int, resamples: int, seed: int) -> NDArray[np.intp]:
    """How often each of `count` patients is drawn in each resample, (resamples, count).

    Parameters
    ----------
    count
        How many times the patients are drawn.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.

    Returns
    -------
    NDArray[np.intp]
    """
    return _draws(np.random.default_rng(seed), count, resamples)


def _draws(rng: np.random.Generator, count: int, resamples: int) -> NDArray[np.intp]:
    drawn = rng.integers(0, count, size=(resamples, count))
    drawn += count * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * count).reshape(resamples, count)


def lymph_node_weights(patients: NDArray[np.intp], resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each lymph node stands in each resample, (resamples, n).

    Parameters
    ----------
    patients
        (n,), whole numbers from 0: whose lymph node each is.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.

    Returns
    -------
    NDArray[np.float64]
    """
    return patient_draws(int(patients.max()) + 1, resamples, seed)[:, patients].astype(float)


def weights_in_parts(patients: NDArray[np.intp], resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """`lymph_node_weights`, so many resamples at a time as fit into some hundred MB; the draws are the same.

    Parameters
    ----------
    patients
        (n,), whole numbers from 0: whose lymph node each is.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.

    Yields
    ------
    NDArray[np.float64]
        (some, n).
    """
    rng, count = np.random.default_rng(seed), int(patients.max()) + 1
    part = max(1, _LARGEST_PART // max(count, len(patients)))
    for done in range(0, resamples, part):
        yield _draws(rng, count, min(part, resamples - done))[:, patients].astype(float)


_EXACT = "Clopper–Pearson"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure and its two-sided limits.

    Attributes
    ----------
    value
        The estimate itself.
    lower, upper
        Its limits; NaN where there are none.
    interval
        How they were made ("DeLong", "Wald"), for the page and the reader.
    """

    value: float
    lower: float
    upper: float
    interval: str


@dataclass(frozen=True, kw_only=True)
class Proportion(Estimate):
    """A proportion with Clopper and Pearson's exact limits; NaN where there is nothing to count.

    Attributes
    ----------
    count, of
        How many of how many.
    """

    count: int
    of: int


def proportion(count: int, of: int, confidence: float = 0.95) -> Proportion:
    """A proportion with its exact interval.

    Parameters
    ----------
    count, of : int
        How many of how many.
    confidence : float
        Of the two-sided interval.

    Returns
    -------
    Proportion
        Clopper and Pearson 1934 (doi 10.1093/biomet/26.4.404), as R's binom.test.

    Examples
    --------
    None of ten: the upper limit is 1 − 0.025^(1/10), by hand.

    >>> share = proportion(0, 10)
    >>> share.value, share.lower, round(share.upper, 4), round(1 - 0.025**0.1, 4)
    (0.0, 0.0, 0.3085, 0.3085)

    """
    from scipy.special import betaincinv

    nan = float("nan")
    if of == 0:
        return Proportion(value=nan, lower=nan, upper=nan, interval=_EXACT, count=count, of=of)
    tail = (1 - confidence) / 2
    lower = float(betaincinv(count, of - count + 1, tail)) if count > 0 else 0.0
    upper = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return Proportion(value=count / of, lower=lower, upper=upper, interval=_EXACT, count=count, of=of)


def wald(value: float, error: float) -> Estimate:
    """An estimate with its 95% limits by the normal distribution.

    Parameters
    ----------
    value
        The estimate.
    error
        Its standard error.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> found = wald(1.0, 0.5)
    >>> round(found.lower, 2), round(found.upper, 2)
    (0.02, 1.98)

    """
    margin = normal_quantile(0.95) * error
    return Estimate(value=float(value), lower=float(value - margin), upper=float(value + margin), interval="Wald")


def normal_quantile(confidence: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95.

    Parameters
    ----------
    confidence
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    float

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96

    """
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))


def t_quantile(confidence: float, df: float) -> float:
    """Student's t of a two-sided interval with `df` degrees of freedom.

    Parameters
    ----------
    confidence
        Coverage of the interval, between 0 and 1.
    df
        Degrees of freedom.

    Returns
    -------
    float

    Examples
    --------
    As in any table of Student's t:

    >>> round(t_quantile(0.95, 10), 3)
    2.228

    """
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + confidence / 2))


def normal_p(z: float) -> float:
    """Two-sided P(|Z| > |z|).

    Parameters
    ----------
    z
        A standard normal deviate.

    Returns
    -------
    float

    Examples
    --------
    >>> round(normal_p(1.96), 3), round(normal_p(-1.96), 3)
    (0.05, 0.05)

    """
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(z)))


def t_p(t: float, df: float) -> float:
    """Two-sided P(|T| > |t|) of Student's t with `df` degrees of freedom.

    Parameters
    ----------
    t
        The statistic.
    df
        Degrees of freedom, above 0.

    Returns
    -------
    float

    Examples
    --------
    As in any table of Student's t:

    >>> round(t_p(2.228, 10), 3)
    0.05

    """
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def chi_square_p(chisq: float, df: int) -> float:
    """P(χ² with `df` degrees of freedom > chisq).

    Parameters
    ----------
    chisq
        The χ² statistic.
    df
        Degrees of freedom.

    Returns
    -------
    float

    Examples
    --------
    As in any table of χ²; with two degrees of freedom it is exp(−χ²/2).

    >>> round(chi_square_p(3.841, 1), 3), round(chi_square_p(5.991, 2), 3)
    (0.05, 0.05)

    """
    from scipy.special import chdtrc

    return float(chdtrc(df, chisq))


def error_by_row(influence: Floats) -> float:
    """Standard error of a mean with rows as the units; NaN for one row.

    Parameters
    ----------
    influence
        (n,) what each row moves it by.

    Returns
    -------
    float
    """
    count = len(influence)
    return float(influence.std(ddof=1) / math.sqrt(count)) if count > 1 else math.nan


def error_by_patient(influence: Floats, patients: Ints) -> tuple[float, int]:
    """Standard error of a mean with patients as the units, and how many there are; NaN for one.

    What each row moves the mean by is summed by patient (as a survey with patients as its primary units does).

    Parameters
    ----------
    influence
        (n,) what each row moves it by.
    patients
        (n,) whole numbers: whose lymph node a row is.

    Returns
    -------
    tuple of float and int

    Examples
    --------
    Where the rows of every patient come out even, nothing varies; what rounding leaves is no error.

    >>> error_by_patient(np.tile([1, 0, 0], 4) - 1 / 3, np.repeat(range(4), 3))
    (0.0, 4)
    """
    whose = np.unique(patients, return_inverse=True)[1]
    summed = np.bincount(whose, influence)
    count = len(summed)
    if count < 2:
        return math.nan, count
    summed[np.abs(summed) <= ROUNDING * np.bincount(whose, np.abs(influence))] = 0
    return math.sqrt(count / (count - 1) * float((summed**2).sum())) / len(influence), count
