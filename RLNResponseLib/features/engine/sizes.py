"""GLRLM, GLSZM and GLDM: emphasis features of a matrix of grey levels against sizes.

The three differ in what is counted (runs, zones, dependences) and in the names; the formulas are the same. Runs are
counted by direction, and a feature is the mean over the directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Floats
from RLNResponseLib.features.engine.crop import EPSILON


class Sizes:
    """The features of one matrix.

    counts  [grey level that occurs, size, direction]; one direction where there is none
    levels  the grey level of each row
    sizes   the size of each column
    """

    def __init__(self, counts: Floats, levels: NDArray[np.intp], sizes: NDArray[np.intp]) -> None:
        total = counts.sum(axis=(0, 1))
        if counts.shape[2] > 1 and not total.all():
            counts, total = counts[:, :, total != 0], total[total != 0]
        by_size = counts.sum(axis=0)
        occurs = np.flatnonzero(by_size.any(axis=1))
        self._counts = np.ascontiguousarray(counts[:, occurs])
        self._by_size = np.ascontiguousarray(by_size[occurs])
        self._total = np.where(total == 0, np.nan, total)
        self._level = levels.astype(np.float64)[:, None]
        self._size = sizes.astype(np.float64)[occurs, None]

    @cached_property
    def _by_level(self) -> Floats:
        return self._counts.sum(axis=1)

    def size_emphasis(self, power: int) -> float:
        """Σ n s^power / N: large sizes (2) or small ones (−2)."""
        return _mean(np.sum(_weighted(self._by_size, self._size, power), axis=0) / self._total)

    def level_emphasis(self, power: int) -> float:
        """Σ n g^power / N: high grey levels (2) or low ones (−2)."""
        return _mean(np.sum(_weighted(self._by_level, self._level, power), axis=0) / self._total)

    def joint_emphasis(self, size_power: int, level_power: int) -> float:
        """Σ n s^a g^b / N."""
        level, size = self._level[:, :, None], self._size[None]
        if size_power == level_power:
            weighted = _weighted(self._counts, level * size, size_power)
        else:
            up, down = (size, level) if size_power > 0 else (level, size)
            weighted = self._counts * up**2 / down**2
        return _mean(np.sum(weighted, axis=(0, 1)) / self._total)

    def size_non_uniformity(self, power: int = 1) -> float:
        """Σ n(size)² / N^power."""
        return _mean(np.sum(self._by_size**2, axis=0) / self._total**power)

    def level_non_uniformity(self, power: int = 1) -> float:
        """Σ n(level)² / N^power."""
        return _mean(np.sum(self._by_level**2, axis=0) / self._total**power)

    def size_variance(self) -> float:
        """The variance of the sizes."""
        return self._variance(self._by_size, self._size)

    def level_variance(self) -> float:
        """The variance of the grey levels."""
        return self._variance(self._by_level, self._level)

    def entropy(self) -> float:
        """−Σ p log₂(p + ε), bits."""
        share = self._counts / self._total
        return _mean(-np.sum(share * np.log2(share + EPSILON), axis=(0, 1)))

    def percentage(self) -> float:
        """N / Σ n s: runs (zones) to voxels."""
        return _mean(self._total / np.sum(self._by_size * self._size, axis=0))

    def _variance(self, counts: Floats, values: Floats) -> float:
        share = counts / self._total
        mean = np.sum(share * values, axis=0)
        return _mean(np.sum(share * (values - mean) ** 2, axis=0))


def _weighted(counts: Floats, by: Floats, power: int) -> Floats:
    return counts * by**2 if power > 0 else counts / by**2


def _mean(by_direction: Floats) -> float:
    return float(by_direction.sum() / len(by_direction)) if len(by_direction) else float("nan")


_Feature = Callable[[Sizes], float]


def _named(small: str, large: str, low: str, high: str) -> dict[str, _Feature]:
    """The emphasis features under one class's names; `low` and `high` follow "GrayLevel"."""
    emphasis: dict[str, _Feature] = {
        f"{small}Emphasis": lambda matrix: matrix.size_emphasis(-2),
        f"{large}Emphasis": lambda matrix: matrix.size_emphasis(2),
        low: lambda matrix: matrix.level_emphasis(-2),
        high: lambda matrix: matrix.level_emphasis(2),
        f"{small}LowGrayLevelEmphasis": lambda matrix: matrix.joint_emphasis(-2, -2),
        f"{small}HighGrayLevelEmphasis": lambda matrix: matrix.joint_emphasis(-2, 2),
        f"{large}LowGrayLevelEmphasis": lambda matrix: matrix.joint_emphasis(2, -2),
        f"{large}HighGrayLevelEmphasis": lambda matrix: matrix.joint_emphasis(2, 2),
        "GrayLevelVariance": Sizes.level_variance,
        "GrayLevelNonUniformity": Sizes.level_non_uniformity,
    }
    return emphasis


RUN_FEATURES: Mapping[str, _Feature] = MappingProxyType(
    {
        **_named("ShortRun", "LongRun", "LowGrayLevelRunEmphasis", "HighGrayLevelRunEmphasis"),
        "GrayLevelNonUniformityNormalized": lambda matrix: matrix.level_non_uniformity(2),
        "RunLengthNonUniformity": Sizes.size_non_uniformity,
        "RunLengthNonUniformityNormalized": lambda matrix: matrix.size_non_uniformity(2),
        "RunPercentage": Sizes.percentage,
        "RunVariance": Sizes.size_variance,
        "RunEntropy": Sizes.entropy,
    }
)

ZONE_FEATURES: Mapping[str, _Feature] = MappingProxyType(
    {
        **_named("SmallArea", "LargeArea", "LowGrayLevelZoneEmphasis", "HighGrayLevelZoneEmphasis"),
        "GrayLevelNonUniformityNormalized": lambda matrix: matrix.level_non_uniformity(2),
        "SizeZoneNonUniformity": Sizes.size_non_uniformity,
        "SizeZoneNonUniformityNormalized": lambda matrix: matrix.size_non_uniformity(2),
        "ZonePercentage": Sizes.percentage,
        "ZoneVariance": Sizes.size_variance,
        "ZoneEntropy": Sizes.entropy,
    }
)

DEPENDENCE_FEATURES: Mapping[str, _Feature] = MappingProxyType(
    {
        **_named("SmallDependence", "LargeDependence", "LowGrayLevelEmphasis", "HighGrayLevelEmphasis"),
        "DependenceNonUniformity": Sizes.size_non_uniformity,
        "DependenceNonUniformityNormalized": lambda matrix: matrix.size_non_uniformity(2),
        "DependenceVariance": Sizes.size_variance,
        "DependenceEntropy": Sizes.entropy,
    }
)
