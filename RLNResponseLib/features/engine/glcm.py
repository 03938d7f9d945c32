"""GLCM features: how often which grey levels are neighbours (Haralick 1973), the mean over the directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.types import Floats
from RLNResponseLib.features.engine.crop import EPSILON


class CoOccurrence:
    """The features of one matrix.

    pairs    [grey level that occurs, grey level of the neighbour, direction], counted in one direction
    levels   the grey level of each row, ascending

    Arrays below are [level, level, direction] throughout: in pyradiomics' order, so that sums round alike.
    """

    def __init__(self, pairs: Floats, levels: NDArray[np.intp]) -> None:
        both = pairs + pairs.transpose(1, 0, 2)
        total = both.sum(axis=(0, 1))
        if both.shape[2] > 1 and not total.all():
            both, total = both[:, :, total != 0], total[total != 0]
        self._counts = np.ascontiguousarray(both)
        self._total = np.where(total == 0, np.nan, total)
        self._levels = levels
        self._highest = int(levels[-1])

    @cached_property
    def _p(self) -> Floats:
        return self._counts / self._total

    @cached_property
    def _i(self) -> Floats:
        return self._levels.astype(np.float64)[:, None, None]

    @cached_property
    def _j(self) -> Floats:
        return self._levels.astype(np.float64)[None, :, None]

    @cached_property
    def _px(self) -> Floats:
        return self._p.sum(axis=1, keepdims=True)

    @cached_property
    def _py(self) -> Floats:
        return self._p.sum(axis=0, keepdims=True)

    @cached_property
    def _ux(self) -> Floats:
        return np.sum(self._i * self._p, axis=(0, 1), keepdims=True)

    @cached_property
    def _uy(self) -> Floats:
        return np.sum(self._j * self._p, axis=(0, 1), keepdims=True)

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        """Level plus level, and the share of pairs with it, by direction."""
        return _grouped(self._levels[:, None] + self._levels[None, :], self._counts, self._total)

    @cached_property
    def _differences(self) -> tuple[Floats, Floats]:
        """|level less level|, and the share of pairs with it, by direction."""
        return _grouped(np.abs(self._levels[:, None] - self._levels[None, :]), self._counts, self._total)

    @cached_property
    def _joint_entropy(self) -> Floats:
        return -_total(self._p * np.log2(self._p + EPSILON))

    @cached_property
    def _independent(self) -> Floats:
        return self._px * self._py

    def autocorrelation(self) -> float:
        """Σ p i j."""
        return _mean(_total(self._p * (self._i * self._j)))

    def joint_average(self) -> float:
        """Σ p i."""
        return _mean(self._ux[0, 0])

    @cached_property
    def _from_mean(self) -> Floats:
        return (self._i + self._j) - self._ux - self._uy

    def cluster_tendency(self) -> float:
        """Σ p (i + j − μx − μy)²."""
        return _mean(_total(self._p * self._from_mean**2))

    def cluster_shade(self) -> float:
        """Σ p (i + j − μx − μy)³."""
        return _mean(_total(self._p * self._from_mean**3))

    def cluster_prominence(self) -> float:
        """Σ p (i + j − μx − μy)⁴."""
        # No term cancels another, so that a square of squares, which takes a tenth of the time, is as exact.
        return _mean(_total(self._p * (self._from_mean**2) ** 2))

    def contrast(self) -> float:
        """Σ p (i − j)²."""
        return _mean(_total(self._p * np.abs(self._i - self._j) ** 2))

    def correlation(self) -> float:
        """Σ p (i − μx)(j − μy) / (σx σy); 1 where a σ is 0."""
        from_x, from_y = self._i - self._ux, self._j - self._uy
        spread = _total(self._p * from_x**2) ** 0.5 * _total(self._p * from_y**2) ** 0.5
        by_direction = _total(self._p * from_x * from_y) / (spread + EPSILON)
        by_direction[spread == 0] = 1
        return _mean(by_direction)

    def sum_of_squares(self) -> float:
        """Σ p (i − μx)²."""
        return _mean(_total(self._p * (self._i - self._ux) ** 2))

    def joint_energy(self) -> float:
        """Σ p²."""
        return _mean(_total(self._p**2))

    def joint_entropy(self) -> float:
        """−Σ p log₂(p + ε), bits."""
        return _mean(self._joint_entropy)

    def maximum_probability(self) -> float:
        """The largest p."""
        return _mean(self._p.max(axis=(0, 1))) if self._p.size else float("nan")

    def sum_average(self) -> float:
        """Σ p (i + j)."""
        sums, share = self._sums
        return _mean(np.sum(sums * share, axis=0))

    def sum_entropy(self) -> float:
        """The entropy of i + j, bits."""
        return _entropy(self._sums[1])

    def difference_average(self) -> float:
        """Σ p |i − j|."""
        differences, share = self._differences
        return _mean(np.sum(differences * share, axis=0))

    def difference_entropy(self) -> float:
        """The entropy of |i − j|, bits."""
        return _entropy(self._differences[1])

    def difference_variance(self) -> float:
        """The variance of |i − j|."""
        differences, share = self._differences
        mean = np.sum(differences * share, axis=0)
        return _mean(np.sum(share * (differences - mean) ** 2, axis=0))

    def inverse_difference(self, power: int, scaled: bool) -> float:
        """Σ p / (1 + |i − j|^power), with |i − j| in shares of the highest grey level where scaled."""
        differences, share = self._differences
        apart = differences**power / self._highest**power if scaled else differences**power
        return _mean(np.sum(share / (1 + apart), axis=0))

    def inverse_variance(self) -> float:
        """Σ p / (i − j)² over the pairs that differ."""
        differences, share = self._differences
        differ = differences[:, 0] > 0
        return _mean(np.sum(share[differ] / differences[differ] ** 2, axis=0))

    def first_information_measure(self) -> float:
        """(HXY − HXY1) / max(HX, HY); 0 where neither has entropy."""
        of_x = -_total(self._px * np.log2(self._px + EPSILON))
        of_y = -_total(self._py * np.log2(self._py + EPSILON))
        first = -_total(self._p * np.log2(self._independent + EPSILON))
        larger = np.fmax(of_x, of_y)
        difference = self._joint_entropy - first
        return _mean(np.divide(difference, larger, out=np.zeros_like(difference), where=larger != 0))

    def second_information_measure(self) -> float:
        """√(1 − e^(−2 (HXY2 − HXY))); 0 where they are equal."""
        second = -_total(self._independent * np.log2(self._independent + EPSILON))
        # HXY2 below HXY by rounding: undefined in pyradiomics too, and left out of its mean.
        with np.errstate(invalid="ignore"):
            by_direction = (1 - np.e ** (-2 * (second - self._joint_entropy))) ** 0.5
        by_direction[second == self._joint_entropy] = 0
        return _mean(by_direction)

    def maximal_correlation(self) -> float:
        """The root of the second largest eigenvalue of Q, Qij = Σk p(i,k) p(j,k) / (px(i) py(k)); 1 for one grey
        level.
        """
        levels = len(self._levels)
        if levels < 2:
            return 1.0
        if self._p.shape[2] == 0 or not np.isfinite(self._p).all():
            return float("nan")
        q = np.zeros_like(self._p)
        for k in range(levels):
            q += self._p[:, None, k] * self._p[None, :, k] / (self._px * self._py[:, k, None] + EPSILON)
        values = np.sort(np.linalg.eigvals(q.transpose(2, 0, 1)), axis=-1)
        with np.errstate(invalid="ignore"):
            return float(np.real(_nan_mean(np.sqrt(values[:, -2]))))


FEATURES: Mapping[str, Callable[[CoOccurrence], float]] = MappingProxyType(
    {
        "Autocorrelation": CoOccurrence.autocorrelation,
        "ClusterProminence": CoOccurrence.cluster_prominence,
        "ClusterShade": CoOccurrence.cluster_shade,
        "ClusterTendency": CoOccurrence.cluster_tendency,
        "Contrast": CoOccurrence.contrast,
        "Correlation": CoOccurrence.correlation,
        "DifferenceAverage": CoOccurrence.difference_average,
        "DifferenceEntropy": CoOccurrence.difference_entropy,
        "DifferenceVariance": CoOccurrence.difference_variance,
        "Id": lambda matrix: matrix.inverse_difference(1, scaled=False),
        "Idm": lambda matrix: matrix.inverse_difference(2, scaled=False),
        "Idmn": lambda matrix: matrix.inverse_difference(2, scaled=True),
        "Idn": lambda matrix: matrix.inverse_difference(1, scaled=True),
        "Imc1": CoOccurrence.first_information_measure,
        "Imc2": CoOccurrence.second_information_measure,
        "InverseVariance": CoOccurrence.inverse_variance,
        "JointAverage": CoOccurrence.joint_average,
        "JointEnergy": CoOccurrence.joint_energy,
        "JointEntropy": CoOccurrence.joint_entropy,
        "MCC": CoOccurrence.maximal_correlation,
        "MaximumProbability": CoOccurrence.maximum_probability,
        "SumAverage": CoOccurrence.sum_average,
        "SumEntropy": CoOccurrence.sum_entropy,
        "SumSquares": CoOccurrence.sum_of_squares,
    }
)


def _grouped(key: NDArray[np.intp], counts: Floats, total: Floats) -> tuple[Floats, Floats]:
    """The values of `key`, ascending, as a column, and the share of the pairs with each, [value, direction]."""
    order = np.argsort(key, axis=None, kind="stable")
    values = key.ravel()[order]
    first = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    grouped = np.add.reduceat(counts.reshape(key.size, counts.shape[2])[order], first, axis=0)
    return values[first].astype(np.float64)[:, None], grouped / total


def _entropy(share: Floats) -> float:
    return _mean(-np.sum(share * np.log2(share + EPSILON), axis=0))


def _total(of_pairs: Floats) -> Floats:
    total: Floats = np.sum(of_pairs, axis=(0, 1))
    return total


def _mean(by_direction: Floats) -> float:
    return float(_nan_mean(by_direction))


def _nan_mean(by_direction: NDArray[np.inexact]) -> np.inexact:
    """The mean of those that are defined; NaN where none is."""
    undefined = np.isnan(by_direction)
    number = len(by_direction) - np.count_nonzero(undefined)
    if number == 0:
        return np.float64(np.nan)
    mean: np.inexact = np.sum(np.where(undefined, 0, by_direction)) / number
    return mean
