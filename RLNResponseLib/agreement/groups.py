"""Whether two readings put the same lymph nodes into the same group: κ, AC1, which way they change, equivalence.

Lymph nodes of one patient resemble each other, so every limit here takes patients as the unit: each figure is
linearised, its parts are summed by patient, and the sums' variance gives the standard error (as a survey with patients
as its primary units does); Student's t with one less than the patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.statistics.estimates import Estimate, error_by_patient, t_quantile

INTERVAL = "linearised, by patient"


@dataclass(frozen=True, kw_only=True)
class GroupAgreement:
    """Two readings' groups of the same n lymph nodes.

    Attributes
    ----------
    kappa
        Cohen's; NaN where both readings put every lymph node into one and the same group.
    ac1
        Gwet's first-order coefficient, which a lopsided share of groups does not pull down.
    up, down
        Lymph nodes that only the second reading, and only the first, has in the upper group.
    direction_p
        Two-sided, that a change goes either way alike: McNemar's exact test with the patient as its unit.
    """

    kappa: Estimate
    ac1: Estimate
    up: int
    down: int
    direction_p: float


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """Whether the second reading's score is, on average, the first's within a margin stated beforehand.

    Attributes
    ----------
    difference
        Mean of second − first, with its 90% limits.
    margin
        Above 0, in the score's unit.
    p
        The larger of two one-sided tests; NaN where the differences do not vary.
    is_shown
        Whether the 90% limits lie within ± margin.
    """

    difference: Estimate
    margin: float
    p: float
    is_shown: bool


def group_agreement(first: Bools, second: Bools, patients: NDArray[np.intp]) -> GroupAgreement:
    """Compare two readings' groups.

    Cohen 1960 (doi 10.1177/001316446002000104); Gwet 2008 (doi 10.1348/000711006X126600); McNemar 1947
    (doi 10.1007/BF02295996), made exact by flipping the sign of every patient's net change.

    Parameters
    ----------
    first, second
        (n,), whether each lymph node is in the upper group.
    patients
        (n,), whole numbers from 0.

    Returns
    -------
    GroupAgreement

    Examples
    --------
    Ten patients, one lymph node each; the readings agree on four in the upper and four in the lower group:

    >>> first = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 0], dtype=bool)
    >>> second = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 1], dtype=bool)
    >>> found = group_agreement(first, second, np.arange(10))
    >>> round(found.kappa.value, 6), round(found.ac1.value, 6), found.up, found.down, found.direction_p
    (0.6, 0.6, 1, 1, 1.0)

    """
    a, b = first.astype(float), second.astype(float)
    same = (first == second).astype(float)
    share, p, q = same.mean(), a.mean(), b.mean()
    by_chance = p * q + (1 - p) * (1 - q)
    of_chance = (a - p) * (2 * q - 1) + (b - q) * (2 * p - 1)
    middle = (p + q) / 2
    by_gwet = 2 * middle * (1 - middle)
    of_gwet = (1 - 2 * middle) * ((a + b) - (p + q))
    change = b - a
    return GroupAgreement(
        kappa=_beyond_chance(share, same - share, by_chance, of_chance, patients),
        ac1=_beyond_chance(share, same - share, by_gwet, of_gwet, patients),
        up=int((change > 0).sum()),
        down=int((change < 0).sum()),
        direction_p=_sign_flips(np.bincount(patients, change).astype(float)),
    )


def equivalence(first: Floats, second: Floats, patients: NDArray[np.intp], margin: float) -> Equivalence:
    """Two one-sided tests of the mean difference, patients as the unit (Schuirmann 1987, doi 10.1007/BF01068419).

    Parameters
    ----------
    first, second
        (n,) scores of the two readings.
    patients
        (n,), whole numbers from 0.
    margin
        Within which the mean difference counts as none.

    Returns
    -------
    Equivalence

    Raises
    ------
    DataRefusedError
        bad-margin: for a margin that is not above 0.

    Examples
    --------
    >>> found = equivalence(np.zeros(4), np.array([0.1, 0.2, 0.1, 0.2]), np.arange(4), margin=0.5)
    >>> round(found.difference.value, 6), round(found.difference.upper, 6), found.is_shown
    (0.15, 0.217936, True)

    """
    from scipy.special import stdtr

    refuse_margin(margin)
    difference = second - first
    mean = float(difference.mean())
    error, count = error_by_patient(difference - mean, patients)
    df = count - 1
    half = t_quantile(0.9, df) * error if df > 0 else float("nan")
    nearer = (margin - abs(mean)) / error if error > 0 else float("nan")
    return Equivalence(
        difference=Estimate(value=mean, lower=mean - half, upper=mean + half, interval=f"90%, {INTERVAL}"),
        margin=margin,
        p=float(stdtr(df, -nearer)) if df > 0 else float("nan"),
        is_shown=bool(-margin < mean - half and mean + half < margin),
    )


def refuse_margin(margin: float) -> None:
    """Refuse a margin that no difference could lie within.

    Parameters
    ----------
    margin
        As it was stated.

    Raises
    ------
    DataRefusedError
        bad-margin.
    """
    if not (np.isfinite(margin) and margin > 0):
        raise DataRefusedError(
            f"The margin of equivalence is {margin:g}; state one above 0, in the score's own unit (log-odds).",
            "bad-margin",
        )


def _beyond_chance(
    share: float, of_share: Floats, chance: float, of_chance: Floats, patients: NDArray[np.intp]
) -> Estimate:
    """(share − chance) / (1 − chance) with its limits."""
    nan = float("nan")
    if chance == 1:
        return Estimate(value=nan, lower=nan, upper=nan, interval=INTERVAL)
    value = (share - chance) / (1 - chance)
    parts = of_share / (1 - chance) - (1 - share) / (1 - chance) ** 2 * of_chance
    error, count = error_by_patient(parts, patients)
    df = count - 1
    # Where all agree nothing shows how far other patients would move it.
    margin = t_quantile(0.95, df) * error if df > 0 and share < 1 else nan
    lower, upper = (max(-1.0, value - margin), min(1.0, value + margin)) if margin == margin else (nan, nan)
    return Estimate(value=float(value), lower=float(lower), upper=float(upper), interval=INTERVAL)


def _sign_flips(net: Floats) -> float:
    """P(|sum of ± each patient's net change| ≥ what it is), by all flips at once: their sums are whole numbers."""
    changes = np.abs(np.rint(net)).astype(int)
    total = int(changes.sum())
    found = np.zeros(2 * total + 1)
    found[total] = 1.0
    for change in changes[changes > 0]:
        found = (np.roll(found, change) + np.roll(found, -change)) / 2
    sums = np.abs(np.arange(-total, total + 1))
    return min(1.0, float(found[sums >= abs(int(np.rint(net).sum()))].sum()))
