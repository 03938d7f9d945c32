"""Fisher's exact test of a table of any size, by counting every table with the same margins (R: fisher.test)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Some hundred MB and a second or two; a Table 1 needs far fewer.
MAXIMUM_TABLES = 2_000_000
# R's own allowance for tables that are as probable as the observed one but for rounding.
_RELATIVE_ERROR = 1e-7


def fisher_exact(counts: NDArray[np.int64]) -> float | None:
    """Two-sided p: the probability of all tables with these margins that are no more probable than the observed one.

    counts   levels × groups, no empty margin
    returns  None where more than MAXIMUM_TABLES would have to be counted

    Freeman & Halton (1951). Level by level: every way to deal a level's cases to the groups extends every partial table.
    """
    from scipy.special import gammaln

    table = counts if counts.shape[0] >= counts.shape[1] else counts.T
    groups = table.sum(axis=0)
    constant = gammaln(table.sum(axis=1) + 1).sum() + gammaln(groups + 1).sum() - gammaln(table.sum() + 1)
    observed = constant - gammaln(table + 1).sum()
    # What is left of each group's margin, and the log probability so far, of every partial table.
    left, log_p = groups[None, :], np.array([constant])
    for level in table[:-1]:
        ways = _ways(int(level.sum()), groups)
        if ways is None or len(left) * len(ways) > 4 * MAXIMUM_TABLES:
            return None
        cost = gammaln(ways + 1).sum(axis=1)
        parts = [_extended(left, log_p, way, each) for way, each in zip(ways, cost, strict=True)]
        left, log_p = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
        if len(left) > MAXIMUM_TABLES:
            return None
    # The last level takes what is left.
    log_p = log_p - gammaln(left + 1).sum(axis=1)
    p = float(np.exp(log_p[log_p <= observed + np.log1p(_RELATIVE_ERROR)]).sum())
    return min(1.0, p)


def _extended(
    left: NDArray[np.int64], log_p: NDArray[np.float64], way: NDArray[np.int64], cost: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    fits = (left >= way).all(axis=1)
    return left[fits] - way, log_p[fits] - cost


def _ways(cases: int, groups: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Every way to deal `cases` to the groups, (ways, groups); None where there are too many."""
    ways = np.zeros((1, 0), dtype=np.int64)
    for size in groups[:-1]:
        taken = np.arange(min(cases, int(size)) + 1)
        if len(ways) * len(taken) > MAXIMUM_TABLES:
            return None
        ways = np.column_stack([np.repeat(ways, len(taken), axis=0), np.tile(taken, len(ways))])
        ways = ways[ways.sum(axis=1) <= cases]
    rest = cases - ways.sum(axis=1)
    dealt: NDArray[np.int64] = np.column_stack([ways, rest])[rest <= groups[-1]]
    return dealt
