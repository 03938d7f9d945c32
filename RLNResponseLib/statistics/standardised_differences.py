"""How far two groups lie apart, in standard deviations: what is said of sets that were dealt at random, where a p-value
would test the deal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def difference_of_values(a: ArrayLike, b: ArrayLike) -> float | None:
    """|mean a − mean b| / √((s²a + s²b) / 2).

    Austin 2009, doi 10.1002/sim.3697.

    Parameters
    ----------
    a, b
        (n,) and (m,), the values of each group.

    Returns
    -------
    float or None
        None where a group has fewer than two values, or no value differs within either.

    Examples
    --------
    >>> round(difference_of_values([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), 3)
    1.0
    """
    one, other = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if min(len(one), len(other)) < 2:
        return None
    pooled = float(np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2))
    apart = abs(float(one.mean() - other.mean()))
    return apart / pooled if pooled > 0 else None


def difference_of_counts(counts: ArrayLike) -> float | None:
    """The distance of two groups' shares of the levels: √(d′ S⁻¹ d), S the mean of both multinomial covariances.

    Yang and Dalton 2012 (SAS Global Forum, paper 335); of two levels it is Austin's difference of a share.

    Parameters
    ----------
    counts
        (levels, 2), cases of each group; levels without a case count for nothing.

    Returns
    -------
    float or None
        None where a group is empty, or where nothing varies within the groups though they differ.

    Examples
    --------
    9 of 59 and 5 of 18 patients: |0.1525 − 0.2778| / √((0.1525 · 0.8475 + 0.2778 · 0.7222) / 2).

    >>> round(difference_of_counts([[9, 5], [50, 13]]), 3)
    0.308
    """
    table = np.asarray(counts, dtype=np.float64)
    table = table[table.sum(axis=1) > 0]
    if table.size == 0 or (table.sum(axis=0) == 0).any():
        return None
    shares = (table / table.sum(axis=0))[1:]
    apart = shares[:, 0] - shares[:, 1]
    if not apart.any():
        return 0.0
    covariance = sum((np.diag(each) - np.outer(each, each) for each in shares.T), np.zeros((len(shares),) * 2)) / 2
    if np.linalg.matrix_rank(covariance) < len(shares):
        return None
    return float(np.sqrt(apart @ np.linalg.solve(covariance, apart)))
