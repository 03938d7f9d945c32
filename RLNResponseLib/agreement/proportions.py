"""Proportions with exact intervals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proportion:
    """`count` of `of`, with Clopper and Pearson's exact limits; NaN where there is nothing to count."""

    count: int
    of: int
    lower: float
    upper: float

    @property
    def value(self) -> float:
        """The proportion itself."""
        return self.count / self.of if self.of else float("nan")


def proportion(count: int, of: int, confidence: float = 0.95) -> Proportion:
    """Clopper and Pearson 1934 (doi 10.1093/biomet/26.4.404), as R's binom.test."""
    from scipy.special import betaincinv

    if of == 0:
        return Proportion(count, of, float("nan"), float("nan"))
    tail = (1 - confidence) / 2
    lower = float(betaincinv(count, of - count + 1, tail)) if count > 0 else 0.0
    upper = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return Proportion(count, of, lower, upper)
