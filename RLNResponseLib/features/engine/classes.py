"""The feature classes by pyradiomics' names, and how each is made from a region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from RLNResponseLib.features.engine import first_order, glcm, ngtdm, shape, sizes
from RLNResponseLib.features.engine.counted import CountedTexture
from RLNResponseLib.features.engine.crop import Region
from RLNResponseLib.features.engine.matrices import Neighbours


class Features:
    """All features of a region; what several of them need is computed once, and nothing that none needs.

    Parameters
    ----------
    region
        The voxels.
    texture
        Its pairs, runs and zones, where they are counted already.
    """

    def __init__(self, region: Region, texture: CountedTexture | None = None) -> None:
        self._region, self._counted = region, texture

    def values(self, class_name: str, names: Sequence[str]) -> dict[str, float]:
        """The features `names` of one class (`"glcm"`), by name; NaN where one is not defined."""
        make, features = _CLASSES[class_name]
        measured = make(self)
        with np.errstate(divide="ignore", invalid="ignore"):
            return {name: features[name](measured) for name in names}

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self._region.ranks, self._region.distances)

    @property
    def _texture(self) -> Neighbours | CountedTexture:
        return self._neighbours if self._counted is None else self._counted

    def _shape(self) -> shape.Shape:
        return shape.Shape(self._region)

    def _first_order(self) -> first_order.FirstOrder:
        return first_order.FirstOrder(self._region)

    def _co_occurrence(self) -> glcm.CoOccurrence:
        return glcm.CoOccurrence(self._texture.cooccurrence(), self._region.present)

    def _runs(self) -> sizes.Sizes:
        counts = self._texture.runs()
        return sizes.Sizes(counts, self._region.present, np.arange(1, counts.shape[1] + 1))

    def _zones(self) -> sizes.Sizes:
        ranks, voxels = self._texture.zones()
        occurs = np.bincount(voxels) > 0
        occurring = np.flatnonzero(occurs)
        cells = (ranks - 1) * len(occurring) + (np.cumsum(occurs) - 1)[voxels]
        counts = np.bincount(cells, minlength=len(self._region.present) * len(occurring)).astype(np.float64)
        return sizes.Sizes(counts.reshape(-1, len(occurring), 1), self._region.present, occurring)

    def _dependences(self) -> sizes.Sizes:
        counts = self._neighbours.dependences()
        return sizes.Sizes(counts[:, :, None], self._region.present, np.arange(1, counts.shape[1] + 1))

    def _tone_differences(self) -> ngtdm.ToneDifferences:
        counts, differences = self._neighbours.tone_differences(self._region.present)
        return ngtdm.ToneDifferences(counts, differences, self._region.present)


_CLASSES: Mapping[str, tuple[Callable[[Features], Any], Mapping[str, Callable[[Any], float]]]] = MappingProxyType(
    {
        "shape": (Features._shape, shape.FEATURES),
        "firstorder": (Features._first_order, first_order.FEATURES),
        "glcm": (Features._co_occurrence, glcm.FEATURES),
        "glrlm": (Features._runs, sizes.RUN_FEATURES),
        "glszm": (Features._zones, sizes.ZONE_FEATURES),
        "gldm": (Features._dependences, sizes.DEPENDENCE_FEATURES),
        "ngtdm": (Features._tone_differences, ngtdm.FEATURES),
    }
)
