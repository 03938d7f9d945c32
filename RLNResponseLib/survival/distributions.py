"""Tail probabilities and quantiles that the tests here share."""

from __future__ import annotations

import math
from statistics import NormalDist


def chi_square_p(chisq: float, df: int) -> float:
    """P(χ² with `df` degrees of freedom > chisq)."""
    from scipy.special import chdtrc

    return float(chdtrc(df, chisq))


def normal_p(z: float) -> float:
    """Two-sided P(|Z| > |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def normal_quantile(confidence: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95. Raises ValueError outside (0, 1)."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)
