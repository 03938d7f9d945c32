"""Multiple imputation of a few columns by chained equations, and the pooling of what complete sets give.

Docs: docs/statistics.md. Rubin 1987, doi 10.1002/9780470316696; van Buuren 2018, Flexible Imputation of Missing Data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.statistics.estimates import normal_p, normal_quantile, t_p, t_quantile

# Draws of one value are made from so many whose predictions are nearest (van Buuren 2018, 3.4).
DONORS = 5
# Rounds of the chain before a set is taken.
ROUNDS = 10
FEWEST_SETS = 20
# Of the information's diagonal: keeps nearly equal predictors from being inverted.
_RIDGE = 1e-5
_CONVERGED = 1e-8
_MOST_STEPS = 50
# Below it Barnard and Rubin's formula divides by nothing.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, kw_only=True)
class PooledEstimate:
    """One figure from m imputed sets.

    Attributes
    ----------
    value
        The mean of the sets' estimates.
    se
        With what the sets differ by.
    df
        Degrees of freedom of Student's t; infinite where the complete data's are and the sets do not differ.
    lower, upper
        95% limits.
    p
        Two-sided, of no effect.
    missing_information
        Barnard and Rubin's fraction of missing information, 0 to 1. With few complete degrees of freedom it is well
        above 0 though nothing is missing (by 2 / (df + 3)).
    from_missing
        Share of the variance that is what the sets differ by, 0 to 1: 0 where nothing is missing (λ of van Buuren 2018,
        2.3.5).
    sets
        m.
    """

    value: float
    se: float
    df: float
    lower: float
    upper: float
    p: float
    missing_information: float
    from_missing: float
    sets: int


def pool(values: Sequence[float], variances: Sequence[float], complete_df: float = math.inf) -> PooledEstimate:
    """Rubin's rules, with Barnard and Rubin's degrees of freedom.

    Rubin 1987, 3.1; Barnard and Rubin 1999, doi 10.1093/biomet/86.4.948; as R's mice::pool.scalar.

    Parameters
    ----------
    values
        (m,) the estimate in each imputed set, on a scale on which it is nearly normal; m at least 2.
    variances
        (m,) its squared standard error there.
    complete_df
        Degrees of freedom that a complete set would have; infinite for a normal approximation.

    Returns
    -------
    PooledEstimate

    Examples
    --------
    >>> pooled = pool([1.0, 1.2, 0.9, 1.1, 1.3], [0.04, 0.05, 0.045, 0.04, 0.05], 40)
    >>> round(pooled.value, 3), round(pooled.se, 4), round(pooled.df, 2), round(pooled.missing_information, 3)
    (1.1, 0.2739, 11.95, 0.48)
    """
    q, u = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    count = len(q)
    mean, within, between = float(q.mean()), float(u.mean()), float(q.var(ddof=1))
    added = (1 + 1 / count) * between
    total = within + added
    share = max(added / total, _LEAST_SHARE)
    df = (count - 1) / share**2
    if math.isfinite(complete_df):
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = df * observed / (df + observed)
    increase = added / within
    se = math.sqrt(total)
    reach = se * (t_quantile(0.95, df) if math.isfinite(df) else normal_quantile(0.95))
    return PooledEstimate(
        value=mean,
        se=se,
        df=df,
        lower=mean - reach,
        upper=mean + reach,
        p=t_p(mean / se, df) if math.isfinite(df) else normal_p(mean / se),
        missing_information=(increase + 2 / (df + 3)) / (increase + 1),
        from_missing=added / total,
        sets=count,
    )


def sets_needed(incomplete: float) -> int:
    """How many imputed sets: the percentage of incomplete cases at least, and never fewer than 20.

    White, Royston and Wood 2011, doi 10.1002/sim.4067.

    Parameters
    ----------
    incomplete
        Their share, 0 to 1.

    Returns
    -------
    int

    Examples
    --------
    >>> sets_needed(0.08), sets_needed(0.341)
    (20, 35)
    """
    return max(FEWEST_SETS, math.ceil(100 * incomplete))


def impute(columns: Floats, known_columns: Floats, sets: int, seed: int, rounds: int = ROUNDS) -> Iterator[Floats]:
    """Fill in what is not known, `sets` times, by chained equations.

    A column of two values is drawn by logistic regression with a posterior draw of its coefficients (Rubin 1987, 5.4),
    against separation with the augmented data of White, Daniel and Royston 2010 (doi 10.1016/j.csda.2010.04.005); any
    other by predictive mean matching (Little 1988, doi 10.1080/07350015.1988.10509663): the value of one of the five
    whose prediction is nearest, so that only values occur that were seen.

    Parameters
    ----------
    columns
        (n, k), NaN where a value is not known; of each column at least two different values are known.
    known_columns
        (n, q), complete: what predicts them beside each other.
    sets
        How many.
    seed
        What every random draw is derived from; each set has draws of its own.
    rounds
        Of the chain.

    Yields
    ------
    Floats
        (n, k), complete.
    """
    missing = np.isnan(columns)
    # As usual, from the column with the fewest gaps on.
    order = [int(column) for column in np.argsort(missing.sum(axis=0), kind="stable") if missing[:, column].any()]
    known = _standardised(known_columns)
    for number in range(sets):
        rng = np.random.default_rng([seed, number])
        filled = columns.copy()
        for column in order:
            gaps = missing[:, column]
            filled[gaps, column] = rng.choice(columns[~gaps, column], gaps.sum())
        for _ in range(rounds):
            for column in order:
                others = np.delete(filled, column, axis=1)
                predictors = np.column_stack([known, _standardised(others)])
                gaps = missing[:, column]
                values = np.unique(columns[~gaps, column])
                draw = _two_values if len(values) == 2 else _matched
                filled[gaps, column] = draw(columns[~gaps, column], predictors, gaps, rng)
        yield filled


def _standardised(columns: Floats) -> Floats:
    """Mean 0, SD 1; what is constant is left out, as it predicts nothing."""
    sd = columns.std(axis=0)
    varying = sd > 0
    return (columns[:, varying] - columns[:, varying].mean(axis=0)) / sd[varying]


def _with_constant(predictors: Floats) -> Floats:
    return np.column_stack([np.ones(len(predictors)), predictors])


def _inverse(information: Floats) -> Floats:
    return np.asarray(np.linalg.inv(information + _RIDGE * np.diag(np.diag(information))), dtype=np.float64)


def _matched(values: Floats, predictors: Floats, gaps: Bools, rng: np.random.Generator) -> Floats:
    x = _with_constant(predictors)
    observed = x[~gaps]
    inverse = _inverse(observed.T @ observed)
    coefficients = inverse @ (observed.T @ values)
    residuals = values - observed @ coefficients
    freedom = max(len(values) - x.shape[1], 1)
    sigma = math.sqrt(float(residuals @ residuals) / rng.chisquare(freedom))
    drawn = coefficients + sigma * (np.linalg.cholesky(inverse) @ rng.standard_normal(x.shape[1]))
    apart = np.abs((x[gaps] @ drawn)[:, None] - (observed @ coefficients)[None, :])
    donors = min(DONORS, len(values))
    # Equal predictions are put in an order of chance before the nearest are taken.
    shuffled = rng.permutation(len(values))
    nearest = np.argpartition(apart[:, shuffled], donors - 1, axis=1)[:, :donors]
    taken = nearest[np.arange(len(nearest)), rng.integers(0, donors, len(nearest))]
    return values[shuffled][taken]


def _two_values(values: Floats, predictors: Floats, gaps: Bools, rng: np.random.Generator) -> Floats:
    low, high = np.unique(values)
    x, y, weights = _augmented(predictors[~gaps], values == high, predictors)
    coefficients, inverse = _logistic(x, y, weights)
    drawn = coefficients + np.linalg.cholesky(inverse) @ rng.standard_normal(len(coefficients))
    chance = _probability(_with_constant(predictors[gaps]) @ drawn)
    return np.where(rng.random(len(chance)) < chance, high, low)


def _augmented(observed: Floats, outcome: Bools, everybody: Floats) -> tuple[Floats, Floats, Floats]:
    """For each predictor and each class two rows half an SD to either side, which together weigh p + 1 rows."""
    count = observed.shape[1]
    steps = np.repeat(np.eye(count), 4, axis=0) * np.tile([0.5, 0.5, -0.5, -0.5], count)[:, None]
    rows = everybody.mean(axis=0) + steps * everybody.std(axis=0)
    x = _with_constant(np.vstack([observed, rows]))
    y = np.concatenate([outcome.astype(np.float64), np.tile([0.0, 1.0], 2 * count)])
    weights = np.concatenate([np.ones(len(observed)), np.full(4 * count, (count + 1) / max(4 * count, 1))])
    return x, y, weights


def _logistic(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Coefficients, and the inverse of their information."""
    coefficients = np.zeros(x.shape[1])
    for _ in range(_MOST_STEPS):
        chance = _probability(x @ coefficients)
        inverse = _inverse((x * (weights * chance * (1 - chance))[:, None]).T @ x)
        step = inverse @ (x.T @ (weights * (y - chance)))
        coefficients = coefficients + step
        if np.abs(step).max() < _CONVERGED:
            break
    return coefficients, inverse


def _probability(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))
