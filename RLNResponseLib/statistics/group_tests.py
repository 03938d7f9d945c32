"""Do groups differ? The tests of a Table 1: counts, continuous values. Each equals R's function of the name it states;
Fisher's exact test of a table of any size counts every table with the same margins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from RLNResponseLib.common.types import Floats

# Some hundred MB and a second or two; a Table 1 needs far fewer.
MAXIMUM_TABLES = 2_000_000
# Where there are more, as R's fisher.test(simulate.p.value = TRUE): the error of p is at most 0.0016.
SIMULATED_TABLES = 100_000
_SIMULATED_AT_A_TIME = 2_000
_SEED = 1
# R's own allowance for tables that are as probable as the observed one but for rounding.
_RELATIVE_ERROR = 1e-7


def fisher_exact(counts: NDArray[np.int64]) -> float | None:
    """Two-sided p: the probability of all tables with these margins that are no more probable than the observed one.

    Freeman & Halton (1951). Level by level: every way to deal a level's cases to the groups extends every partial
    table.

    Parameters
    ----------
    counts
        Levels × groups, no empty margin.

    Returns
    -------
    float or None
        None where more than MAXIMUM_TABLES would have to be counted.

    Examples
    --------
    Fisher's lady tasting tea, three of four cups right on either side: 34/70.

    >>> round(fisher_exact(np.array([[3, 1], [1, 3]])), 4)
    0.4857

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
        parts = [_extended(left, log_p, way, way_cost) for way, way_cost in zip(ways, cost, strict=True)]
        left, log_p = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
        if len(left) > MAXIMUM_TABLES:
            return None
    # The last level takes what is left.
    log_p = log_p - gammaln(left + 1).sum(axis=1)
    p = float(np.exp(log_p[log_p <= observed + np.log1p(_RELATIVE_ERROR)]).sum())
    return min(1.0, p)


def simulated_fisher(
    counts: NDArray[np.int64], tables: int = SIMULATED_TABLES, seed: int = _SEED
) -> tuple[float, float]:
    """Two-sided p by random tables with the same margins, and its Monte Carlo error.

    Each case keeps its level and draws a group; (1 + tables no more probable) / (1 + tables), so that p is never 0
    (Davison and Hinkley 1997, doi 10.1017/CBO9780511802843, section 4.2), as R's fisher.test(simulate.p.value = TRUE).

    Parameters
    ----------
    counts
        Levels × groups, no empty margin.
    tables
        How many are drawn.
    seed
        What every random draw is derived from.

    Returns
    -------
    tuple[float, float]
        p, and its standard error.

    Examples
    --------
    Fisher's lady, exactly 34/70 = 0.486:

    >>> p, error = simulated_fisher(np.array([[3, 1], [1, 3]]), tables=10_000)
    >>> abs(p - 34 / 70) < 3 * error
    True
    """
    from scipy.special import gammaln

    rng = np.random.default_rng(seed)
    levels, groups = counts.shape
    level_of = np.repeat(np.arange(levels), counts.sum(axis=1))
    group_of = np.repeat(np.arange(groups), counts.sum(axis=0))
    observed = gammaln(counts + 1).sum()
    reached, part = 0, max(1, min(_SIMULATED_AT_A_TIME, MAXIMUM_TABLES // len(level_of)))
    for done in range(0, tables, part):
        rows = min(part, tables - done)
        dealt = rng.permuted(np.tile(group_of, (rows, 1)), axis=1)
        cell = dealt + groups * level_of + groups * levels * np.arange(rows)[:, None]
        drawn = np.bincount(cell.ravel(), minlength=rows * levels * groups).reshape(rows, -1)
        reached += int((gammaln(drawn + 1).sum(axis=1) >= observed - _RELATIVE_ERROR).sum())
    p = (1 + reached) / (1 + tables)
    return p, float(np.sqrt(p * (1 - p) / tables))


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


# Cochran's rule, as the usual textbooks have it: χ² is an approximation that fails where few are expected.
LEAST_EXPECTED = 5.0
# R's wilcox.test: exact below this many in both groups, where no values are tied.
_EXACT_RANKS_BELOW = 50


@dataclass(frozen=True, kw_only=True)
class GroupTest:
    """One test.

    Attributes
    ----------
    name
        "Fisher", "Welch t", …
    p
        Two-sided; None where the test cannot be made.
    statistic
        None where the test has none.
    note
        Why it cannot be made, or that it was simulated, with the Monte Carlo error of p; "" where neither.
    """

    name: str
    p: float | None
    statistic: float | None = None
    note: str = ""

    def as_json(self) -> dict[str, str | float | None]:
        """The test by the names of its fields."""
        return vars(self).copy()


def compare_counts(counts: ArrayLike) -> tuple[GroupTest, ...]:
    """χ² and Fisher's exact test of a table of counts, levels × groups; first the one that the expected counts call
    for.

    χ² is Pearson's without continuity correction (R: chisq.test(correct = FALSE)), Fisher R's fisher.test for any size;
    beyond MAXIMUM_TABLES it is simulated, and its note says so.
    Fisher comes first where a count below 5 is expected. Levels and groups with no case at all are left out.

    Parameters
    ----------
    counts
        (r, c), a table of counts.

    Returns
    -------
    tuple of GroupTest

    Examples
    --------
    The paper's response by set, 75 of 93 and 27 of 36 lymph nodes; R: chisq.test 0.4796, fisher.test 0.4785.

    >>> [(test.name, round(test.p, 3)) for test in compare_counts([[75, 27], [18, 9]])]
    [('χ²', 0.48), ('Fisher', 0.478)]

    """
    table = np.asarray(counts, dtype=np.int64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return tuple(
            GroupTest(name=name, p=None, statistic=None, note="one level or one group only")
            for name in ("χ²", "Fisher")
        )
    from scipy.stats import chi2_contingency

    pearson = chi2_contingency(table, correction=False)
    chi_square = GroupTest(name="χ²", p=float(pearson.pvalue), statistic=float(pearson.statistic))
    p, note = fisher_exact(table), ""
    if p is None:
        p, error = simulated_fisher(table)
        drawn = f"{SIMULATED_TABLES:,} were drawn"
        note = f"simulated, ± {error:.1g}: more than {MAXIMUM_TABLES:,} tables to count, so {drawn}"
    fisher = GroupTest(name="Fisher", p=p, statistic=None, note=note)
    return (fisher, chi_square) if pearson.expected_freq.min() < LEAST_EXPECTED else (chi_square, fisher)


def compare_values(groups: Sequence[ArrayLike]) -> tuple[GroupTest, ...]:
    """Welch's test, the one with equal variances as published (Student), and the rank test, in this order.

    Two groups: t-tests (R: t.test) and Mann–Whitney (wilcox.test: exact below 50 without ties, else normal with
    continuity correction). More: analyses of variance (oneway.test) and Kruskal–Wallis (kruskal.test).

    Parameters
    ----------
    groups
        The values of each group.

    Returns
    -------
    tuple of GroupTest

    Examples
    --------
    R: t.test 0.02901, t.test(var.equal = TRUE) 0.02815, wilcox.test 0.03497.

    >>> a, b = [61.3, 55.1, 70.2, 66.8, 58.4, 49.9], [64.7, 71.5, 80.3, 59.2, 77.7, 68.1, 73.4]
    >>> [(test.name, round(test.p, 4)) for test in compare_values([a, b])]
    [('Welch t', 0.029), ('Student t', 0.0282), ('Mann–Whitney', 0.035)]

    """
    values = [np.asarray(group, dtype=np.float64) for group in groups]
    names = ("Welch t", "Student t", "Mann–Whitney")
    if len(values) > 2:
        names = ("Welch analysis of variance", "analysis of variance", "Kruskal–Wallis")
    if len(values) < 2 or min(map(len, values)) < 2:
        return tuple(
            GroupTest(name=name, p=None, statistic=None, note="a group has fewer than two values") for name in names
        )
    if all(np.ptp(group) == 0 for group in values):
        return tuple(
            GroupTest(name=name, p=None, statistic=None, note="no value differs within a group") for name in names
        )
    return _two(values[0], values[1], names) if len(values) == 2 else _several(values, names)


def rank_test(a: Floats, b: Floats) -> tuple[float, float]:
    """Mann and Whitney's U of the first group and its two-sided p, as R's wilcox.test.

    Exact below 50 in both groups without ties, else normal with continuity correction.

    Parameters
    ----------
    a
        (n,), values of the first group.
    b
        (m,), values of the second group.

    Returns
    -------
    tuple[float, float]

    Examples
    --------
    All of the first group lie below: two of the 20 ways to divide six ranks are as extreme, p = 2/20.

    >>> u, p = rank_test(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    >>> u, round(p, 3)
    (0.0, 0.1)

    """
    from scipy.stats import mannwhitneyu

    tied = len(np.unique(np.concatenate([a, b]))) < len(a) + len(b)
    exact = not tied and max(len(a), len(b)) < _EXACT_RANKS_BELOW
    test = mannwhitneyu(a, b, method="exact" if exact else "asymptotic")
    return float(test.statistic), float(test.pvalue)


def _two(a: Floats, b: Floats, names: Sequence[str]) -> tuple[GroupTest, ...]:
    return _tests(names, (_t_test(a, b, equal_var=False), student_t(a, b), rank_test(a, b)))


def student_t(a: Floats, b: Floats) -> tuple[float, float]:
    """Student's t with one common variance and its two-sided p, as R's t.test(var.equal = TRUE).

    Parameters
    ----------
    a
        (n,), values of the first group.
    b
        (m,), values of the second group.

    Returns
    -------
    tuple[float, float]

    Examples
    --------
    Means 2 and 5, pooled variance 1: t = −3 / √(2/3).

    >>> t, p = student_t(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    >>> round(t, 3), round(p, 3)
    (-3.674, 0.021)

    """
    return _t_test(a, b, equal_var=True)


def _t_test(a: Floats, b: Floats, *, equal_var: bool) -> tuple[float, float]:
    # Not ttest_ind, which warns where a group's values are nearly the same.
    from scipy.stats import ttest_ind_from_stats

    summary = [figure for group in (a, b) for figure in (group.mean(), group.std(ddof=1), len(group))]
    test = ttest_ind_from_stats(*summary, equal_var=equal_var)
    return float(test.statistic), float(test.pvalue)


def _several(groups: Sequence[Floats], names: Sequence[str]) -> tuple[GroupTest, ...]:
    from scipy.stats import f_oneway, kruskal

    return (_welch_anova(groups, names[0]), *_tests(names[1:], (f_oneway(*groups), kruskal(*groups))))


def _tests(names: Sequence[str], results: Sequence[tuple[float, float]]) -> tuple[GroupTest, ...]:
    return tuple(
        GroupTest(name=name, p=float(result[1]), statistic=float(result[0]))
        for name, result in zip(names, results, strict=True)
    )


def _welch_anova(groups: Sequence[Floats], name: str) -> GroupTest:
    """Welch (1951), as R's oneway.test(var.equal = FALSE)."""
    from scipy.stats import f

    sizes, means = np.array([len(g) for g in groups]), np.array([g.mean() for g in groups])
    variances = np.array([g.var(ddof=1) for g in groups])
    if not variances.all():
        return GroupTest(name=name, p=None, statistic=None, note="a group has no variance")
    weights = sizes / variances
    k = len(groups)
    mean = (weights * means).sum() / weights.sum()
    lack = ((1 - weights / weights.sum()) ** 2 / (sizes - 1)).sum() / (k * k - 1)
    statistic = (weights * (means - mean) ** 2).sum() / ((k - 1) * (1 + 2 * (k - 2) * lack))
    return GroupTest(name=name, p=float(f.sf(statistic, k - 1, 1 / (3 * lack))), statistic=float(statistic))
