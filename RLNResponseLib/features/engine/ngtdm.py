"""NGTDM features: how far voxels differ from the mean of their neighbours (Amadasun and King 1989)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Floats


class ToneDifferences:
    """The features of one matrix.

    counts       voxels of each grey level that occurs
    differences  the sum of their differences from the mean of their neighbours
    levels       the grey level of each row
    """

    # pyradiomics' value where nothing differs.
    COARSEST = 1e6

    def __init__(self, counts: Floats, differences: Floats, levels: NDArray[np.intp]) -> None:
        self._number = counts.sum()
        self._share = counts / self._number
        self._differences = differences
        self._level = levels.astype(np.float64)

    @cached_property
    def _apart(self) -> Floats:
        """Level less level, of every pair of rows."""
        return self._level[:, None] - self._level[None, :]

    @cached_property
    def _together(self) -> Floats:
        return self._share[:, None] + self._share[None, :]

    @cached_property
    def _weighted(self) -> Floats:
        return self._share * self._differences

    def coarseness(self) -> float:
        """1 / Σ p s."""
        total = float(self._weighted.sum())
        return 1 / total if total else self.COARSEST

    def contrast(self) -> float:
        """Σ pᵢ pⱼ (i − j)² / (G (G − 1)) · Σ s / N; 0 for one grey level."""
        pairs = len(self._level) * (len(self._level) - 1)
        spread = np.sum(self._share[:, None] * self._share[None, :] * self._apart**2)
        return float(spread * self._differences.sum() / self._number) / pairs if pairs else 0.0

    def busyness(self) -> float:
        """Σ p s / Σ |i pᵢ − j pⱼ|."""
        weighted = self._level * self._share
        total = float(np.abs(weighted[:, None] - weighted[None, :]).sum())
        return float(self._weighted.sum()) / total if total else 0.0

    def complexity(self) -> float:
        """Σ |i − j| (pᵢ sᵢ + pⱼ sⱼ) / (pᵢ + pⱼ) / N."""
        both = self._weighted[:, None] + self._weighted[None, :]
        return float(np.sum(np.abs(self._apart) * both / self._together) / self._number)

    def strength(self) -> float:
        """Σ (pᵢ + pⱼ)(i − j)² / Σ s."""
        total = float(self._differences.sum())
        return float(np.sum(self._together * self._apart**2)) / total if total else 0.0


FEATURES: Mapping[str, Callable[[ToneDifferences], float]] = MappingProxyType(
    {
        "Coarseness": ToneDifferences.coarseness,
        "Contrast": ToneDifferences.contrast,
        "Busyness": ToneDifferences.busyness,
        "Complexity": ToneDifferences.complexity,
        "Strength": ToneDifferences.strength,
    }
)
