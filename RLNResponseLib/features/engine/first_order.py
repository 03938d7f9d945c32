"""First-order features: statistics of the intensities inside a contour, and of their histogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.features.engine.crop import EPSILON, Region


class FirstOrder:
    """The first-order features of a region."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._values = region.intensities.astype(np.float64)

    @cached_property
    def _sorted(self) -> NDArray[np.float64]:
        # Whole numbers sort several times as fast as the floats that they become, short ones once more by their digits.
        return np.sort(self._region.intensities, kind="stable").astype(np.float64)

    @cached_property
    def _deviation(self) -> NDArray[np.float64]:
        return self._values - _mean(self._values)

    @cached_property
    def _share(self) -> NDArray[np.float64]:
        """The share of voxels with each grey level that occurs."""
        counts = self._region.level_counts[self._region.present]
        return counts / float(counts.sum())

    def energy(self) -> float:
        """Σ x², HU²."""
        return float(np.sum(self._values**2))

    def total_energy(self) -> float:
        """Σ x² times a voxel's volume, HU² mm³."""
        return self.energy() * float(np.multiply.reduce(self._region.spacing))

    def entropy(self) -> float:
        """−Σ p log₂(p + ε) over the grey levels, bits."""
        return float(-1.0 * np.sum(self._share * np.log2(self._share + EPSILON)))

    def uniformity(self) -> float:
        """Σ p² over the grey levels."""
        return float(np.sum(self._share**2))

    def minimum(self) -> float:
        """The smallest value, HU."""
        return float(self._sorted[0])

    def maximum(self) -> float:
        """The largest value, HU."""
        return float(self._sorted[-1])

    def value_range(self) -> float:
        """Largest less smallest value, HU."""
        return self.maximum() - self.minimum()

    def mean(self) -> float:
        """HU."""
        return float(_mean(self._values))

    def median(self) -> float:
        """HU."""
        return float(np.median(self._values))

    def percentile(self, percent: float) -> float:
        """The value below which `percent` of the voxels lie, HU, linear between neighbours (R's type 7)."""
        position = (len(self._sorted) - 1) * (percent / 100)
        below = int(position)
        above = min(below + 1, len(self._sorted) - 1)
        low, high, part = float(self._sorted[below]), float(self._sorted[above]), position - below
        # From the nearer end, as numpy does it, for the last bit.
        return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)

    def interquartile_range(self) -> float:
        """75th less 25th percentile, HU."""
        return self.percentile(75) - self.percentile(25)

    def mean_absolute_deviation(self) -> float:
        """Mean of |x − mean|, HU."""
        return float(_mean(np.abs(self._deviation)))

    def robust_mean_absolute_deviation(self) -> float:
        """The same of the values from the 10th to the 90th percentile, HU."""
        low, high = self.percentile(10), self.percentile(90)
        # Those left out stay as zeros in their places, which decides how numpy adds, as in pyradiomics (for its bits).
        kept = (self._values - low >= 0) & (self._values - high <= 0)
        number = np.count_nonzero(kept)
        mean = np.sum(np.where(kept, self._values, 0.0)) / number
        return float(np.sum(np.where(kept, np.abs(self._values - mean), 0.0)) / number)

    def root_mean_squared(self) -> float:
        """√(mean of x²), HU."""
        return float(np.sqrt(np.sum(self._values**2) / float(len(self._values))))

    def variance(self) -> float:
        """Mean of (x − mean)², HU²."""
        return float(np.std(self._values) ** 2)

    def skewness(self) -> float:
        """Third central moment over the second to the power 1.5; 0 where all values are equal."""
        second = float(_mean(np.power(self._deviation, 2)))
        return float(_mean(np.power(self._deviation, 3))) / (second or 1.0) ** 1.5

    def kurtosis(self) -> float:
        """Fourth central moment over the square of the second (3 for a normal distribution); 0 where all are equal."""
        squared = np.power(self._deviation, 2)
        second = float(_mean(squared))
        return float(_mean(squared * squared)) / (second or 1.0) ** 2.0


FEATURES: Mapping[str, Callable[[FirstOrder], float]] = MappingProxyType(
    {
        "10Percentile": lambda values: values.percentile(10),
        "90Percentile": lambda values: values.percentile(90),
        "Energy": FirstOrder.energy,
        "Entropy": FirstOrder.entropy,
        "InterquartileRange": FirstOrder.interquartile_range,
        "Kurtosis": FirstOrder.kurtosis,
        "Maximum": FirstOrder.maximum,
        "Mean": FirstOrder.mean,
        "MeanAbsoluteDeviation": FirstOrder.mean_absolute_deviation,
        "Median": FirstOrder.median,
        "Minimum": FirstOrder.minimum,
        "Range": FirstOrder.value_range,
        "RobustMeanAbsoluteDeviation": FirstOrder.robust_mean_absolute_deviation,
        "RootMeanSquared": FirstOrder.root_mean_squared,
        "Skewness": FirstOrder.skewness,
        "TotalEnergy": FirstOrder.total_energy,
        "Uniformity": FirstOrder.uniformity,
        "Variance": FirstOrder.variance,
    }
)


def _mean(values: NDArray[np.float64]) -> np.float64:
    return np.float64(np.add.reduce(values) / len(values))
