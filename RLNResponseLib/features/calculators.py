"""pyradiomics' feature classes on one contour, with what they share computed once.

Each class of pyradiomics reads the image, bins it and lists its own methods anew. Here they are given all that, and keep
their formulas: a class below is pyradiomics' own, whose preparation (its base class) is replaced. The module imports
pyradiomics at the top, so import it inside the function that uses it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from radiomics import getFeatureClasses, imageoperations
from radiomics.base import RadiomicsFeaturesBase

from RLNResponseLib.features.mesh import Surface, diameters_of, surface_of


@dataclass(frozen=True)
class Region:
    """The part of a CT that the contour's box holds.

    image     HU [k, j, i]
    mask      bool [k, j, i], every face of it touches a voxel
    spacing   (x, y, z) in mm
    settings  pyradiomics' own
    """

    image: NDArray[Any]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    settings: Mapping[str, Any]

    def GetSpacing(self) -> tuple[float, float, float]:  # noqa: N802
        """The spacing, under the name by which pyradiomics' classes ask their image for it."""
        return self.spacing

    def GetDimension(self) -> int:  # noqa: N802
        """Three; pyradiomics' shape class asks its mask."""
        return self.mask.ndim

    @cached_property
    def levels(self) -> NDArray[np.int32]:
        """Grey levels from 1, 0 outside; of the type that the compiled functions would otherwise make a copy in."""
        values = self.image[self.mask]
        # The edges follow from the extremes alone; pyradiomics would look for them voxel by voxel in Python.
        edges = imageoperations.getBinEdges(np.array([values.min(), values.max()]), **self.settings)
        levels = np.zeros(self.image.shape, dtype=np.int32)
        levels[self.mask] = np.digitize(values, edges)
        return levels

    @cached_property
    def grey_levels(self) -> NDArray[np.int64]:
        """The grey levels that occur, ascending."""
        return np.unique(self.levels[self.mask]).astype(np.int64)


def feature_values(region: Region, features: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """pyradiomics' values of `features` (names by class) for one region, by full name."""
    found = {}
    for class_name, names in features.items():
        calculator = _calculator_class(class_name)(region, region, **region.settings)
        for name in names:
            calculator.enableFeatureByName(name)
        found.update({f"original_{class_name}_{name}": value for name, value in calculator.execute().items()})
    return found


class _Shared(RadiomicsFeaturesBase):  # type: ignore[misc]
    """What stands in for pyradiomics' base class: the same attributes, taken from the region."""

    listed_features: Mapping[str, bool]

    def __init__(self, inputImage: Region, inputMask: Region, **settings: Any) -> None:  # noqa: N803
        # execute() reports a formula's failure here, and its value becomes NaN.
        self.logger = logging.getLogger("radiomics")
        self.region = inputImage
        self.settings = settings
        self.label = 1
        self.voxelBased = False
        self.coefficients: dict[str, Any] = {}
        self.enabledFeatures: dict[str, bool] = {}
        self.featureValues: dict[str, Any] = {}
        self.featureNames = self.listed_features
        self.inputImage = inputImage
        self.inputMask = inputMask
        self.imageArray = inputImage.image
        self.maskArray = inputImage.mask

    def _applyBinning(self, matrix: NDArray[Any]) -> NDArray[np.int32]:  # noqa: N802
        self.coefficients["grayLevels"] = self.region.grey_levels
        self.coefficients["Ng"] = int(self.region.grey_levels[-1])
        return self.region.levels


class _SharedShape(_Shared):
    """The shape's measures, each computed when a feature asks for it: the paper's scores need no diameter."""

    @cached_property
    def _padded(self) -> NDArray[np.bool_]:
        return np.pad(self.region.mask, 1)

    @cached_property
    def _spacing(self) -> NDArray[np.float64]:
        return np.array(self.region.spacing[::-1])

    @cached_property
    def _surface(self) -> Surface:
        return surface_of(self._padded, self._spacing)

    @property
    def SurfaceArea(self) -> float:  # noqa: N802
        return self._surface.area

    @property
    def Volume(self) -> float:  # noqa: N802
        return self._surface.volume

    @cached_property
    def diameters(self) -> tuple[float, float, float, float]:
        return diameters_of(self._padded, self._spacing)

    @cached_property
    def eigenValues(self) -> NDArray[Any]:  # noqa: N802
        """Of the covariance of the voxels' places, ascending; the steps and the memory layout are pyradiomics', for its bits."""
        indices = np.nonzero(self._padded)
        coordinates = np.array(indices, dtype="int").transpose((1, 0))
        places = coordinates * self._spacing[None, :]
        places -= np.mean(places, axis=0)
        places /= np.sqrt(len(indices[0]))
        values: NDArray[Any] = np.linalg.eigvals(np.dot(places.T.copy(), places))
        values[(values < 0) & (values > -1e-10)] = 0
        values.sort()
        return values


@cache
def _calculator_class(name: str) -> Any:
    """pyradiomics' class with the shared preparation between it and its base."""
    original = getFeatureClasses()[name]
    preparation = _SharedShape if name == "shape" else _Shared
    return type(f"Shared{original.__name__}", (original, preparation), {"listed_features": original.getFeatureNames()})
