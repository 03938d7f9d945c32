"""Features that say the same: of those that correlate more than a threshold one is kept, whatever the outcome is.

The rule: the feature with the most others above the threshold is kept and these others go; then the same among those
that are left. Of equally many the one with the largest mean correlation is kept, of equals there the first by name. No
two that are kept correlate above the threshold, and each that goes correlates above it with one that is kept, which
stands for it. Correlation is Spearman's, which no logarithm of a feature changes; its sign does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats

# Correlations that differ by less are one: copies of a feature must tie, and be told apart by name.
_ROUNDING = 10


@dataclass(frozen=True)
class Redundancy:
    """What is left of features.

    Attributes
    ----------
    kept
        (p,) bool.
    stands_for
        (p,), the number of the kept feature that stands for each; a kept one stands for itself.
    """

    kept: NDArray[np.bool_]
    stands_for: NDArray[np.intp]

    __repr__ = short_repr


def refuse_threshold(threshold: float) -> None:
    """Refuse a threshold that is no correlation.

    Parameters
    ----------
    threshold
        Above which two features are redundant.

    Raises
    ------
    DataRefusedError
        bad-redundancy.
    """
    if not 0 < threshold < 1:
        raise DataRefusedError(
            f"A correlation of {threshold:g} makes no two features redundant; take a threshold between 0 and 1, such "
            "as 0.9.",
            "bad-redundancy",
        )


def correlations(features: Floats) -> Floats:
    """|Spearman's ρ| of every two features.

    Parameters
    ----------
    features
        (n, p), finite.

    Returns
    -------
    Floats
        (p, p); 0 with a constant feature, which correlates with nothing, and 1 with itself.

    Examples
    --------
    >>> rising = np.arange(5.0)
    >>> correlations(np.column_stack([rising, -np.exp(rising), [0, 1, 0, 1, 0]])).round(6).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    from scipy.stats import rankdata

    ranks = rankdata(features, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    unit = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    found = np.abs(unit.T @ unit)
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.minimum(found, 1.0))


def without_redundant(features: Floats, threshold: float, names: Sequence[str] = ()) -> Redundancy:
    """Keep one of each group of features that say the same.

    Parameters
    ----------
    features
        (n, p), finite.
    threshold
        Of |ρ|, above which two features are redundant; between 0 and 1.
    names
        (p,), by which equals are told apart; without them the first column is kept.

    Returns
    -------
    Redundancy

    Raises
    ------
    DataRefusedError
        bad-redundancy.

    Examples
    --------
    The third is a function of the first, the second of neither:

    >>> one, other = np.arange(8.0), np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
    >>> without_redundant(np.column_stack([one, other, one**3]), 0.9, ["b", "c", "a"]).stands_for.tolist()
    [2, 1, 2]
    """
    refuse_threshold(threshold)
    found = correlations(features).round(_ROUNDING)
    p = len(found)
    alike = found > threshold
    # Of all features, once: what was taken out before does not change which of two stands for a group.
    mean = ((found.sum(axis=0) - 1) / max(p - 1, 1)).round(_ROUNDING)
    by_name = np.argsort(np.argsort(np.array(names))) if len(names) else np.arange(p)
    left, stands_for, others = np.ones(p, dtype=bool), np.arange(p), alike.sum(axis=1)
    while left.any():
        first = int(np.lexsort((by_name, -mean, np.where(left, -others, 1)))[0])
        gone = left & alike[first]
        stands_for[gone] = first
        others -= alike[:, gone].sum(axis=1)
        left &= ~gone
    return Redundancy(stands_for == np.arange(p), stands_for)
