"""The filtered images that a score model's card may name, by pyradiomics' definitions.

Each function takes a SimpleITK image and gives arrays [k, j, i] by pyradiomics' prefix of the feature names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.requirements import need
from RLNResponseLib.features.settings import ExtractionSettings, log_prefix

# The recursive filter's approximation of the Gaussian needs four voxels.
FEWEST_VOXELS = 4

Filtered = Iterator[tuple[str, NDArray[Any]]]


def filtered_images(image: Any, settings: ExtractionSettings) -> Filtered:
    """The images that `settings` name, one after another, with the prefix of their features' names.

    Raises ValueError where the image is too small for a filter.

    Parameters
    ----------
    image
        The CT, SimpleITK, HU.
    settings
        How the features are extracted.

    Returns
    -------
    Filtered
    """
    for image_type in settings.image_types:
        yield from _FILTERS[image_type](image, settings)


def _original(image: Any, _settings: ExtractionSettings) -> Filtered:
    yield "original", _array(image)


def _log(image: Any, settings: ExtractionSettings) -> Filtered:
    """Laplacian of Gaussian, normalised across scales; σ in mm."""
    import SimpleITK as sitk

    for sigma in settings.log_sigma_mm:
        if is_too_small(image, sigma):
            size = "×".join(map(str, image.GetSize()))
            raise ValueError(f"the image of {size} voxels is too small for a LoG of {sigma:g} mm.")
        laplacian = sitk.LaplacianRecursiveGaussianImageFilter()
        laplacian.SetNormalizeAcrossScale(True)
        laplacian.SetSigma(sigma)
        yield log_prefix(sigma), _array(laplacian.Execute(image))


def is_too_small(image: Any, sigma: float) -> bool:
    """Whether an image has too few voxels for a Laplacian of Gaussian, as pyradiomics judges it.

    Parameters
    ----------
    image
        SimpleITK image.
    sigma
        SD in mm.

    Returns
    -------
    bool
    """
    size, spacing = np.array(image.GetSize()), np.array(image.GetSpacing())
    return bool(size.min() < FEWEST_VOXELS or (size < np.ceil(sigma / spacing) + 1).any())


def _wavelet(image: Any, _settings: ExtractionSettings) -> Filtered:
    """One level of the undecimated coif1 transform, low (L) or high (H) along x, y and z."""
    pywt = need("pywt")

    array = _array(image)
    # The transform takes even sizes; an odd one is led on by its other end.
    even = np.pad(array, [(0, size % 2) for size in array.shape], "wrap")
    bands = pywt.swtn(even, pywt.Wavelet("coif1"), level=1, start_level=0, axes=(2, 1, 0))[0]
    kept = tuple(slice(size) for size in array.shape)
    for name, band in bands.items():
        yield f"wavelet-{name.replace('a', 'L').replace('d', 'H')}", band[kept]


def _square(image: Any, _settings: ExtractionSettings) -> Filtered:
    """(x / √max|x|)², which keeps the range."""
    values = _floats(image)
    yield "square", (1 / np.sqrt(np.abs(values).max()) * values) ** 2


def _square_root(image: Any, _settings: ExtractionSettings) -> Filtered:
    """√(|x| max|x|) with the sign of x."""
    values = _floats(image)
    largest = np.abs(values).max()
    yield "squareroot", np.where(values < 0, -1.0, 1.0) * np.sqrt(np.abs(values) * largest)


def _logarithm(image: Any, _settings: ExtractionSettings) -> Filtered:
    """log(|x| + 1) with the sign of x, scaled to the range of x."""
    values = _floats(image)
    logarithm = np.where(values < 0, -1.0, 1.0) * np.log(np.abs(values) + 1)
    yield "logarithm", logarithm * (np.abs(values).max() / np.abs(logarithm).max())


def _exponential(image: Any, _settings: ExtractionSettings) -> Filtered:
    """e^(x log(max|x|) / max|x|)."""
    values = _floats(image)
    largest = np.abs(values).max()
    yield "exponential", np.exp(np.log(largest) / largest * values)


def _gradient(image: Any, _settings: ExtractionSettings) -> Filtered:
    """The gradient's magnitude, per mm."""
    import SimpleITK as sitk

    magnitude = sitk.GradientMagnitudeImageFilter()
    magnitude.SetUseImageSpacing(True)
    yield "gradient", _array(magnitude.Execute(image))


_FILTERS: Mapping[str, Callable[[Any, ExtractionSettings], Filtered]] = MappingProxyType(
    {
        "Original": _original,
        "LoG": _log,
        "Wavelet": _wavelet,
        "Square": _square,
        "SquareRoot": _square_root,
        "Logarithm": _logarithm,
        "Exponential": _exponential,
        "Gradient": _gradient,
    }
)


def _array(image: Any) -> NDArray[Any]:
    import SimpleITK as sitk

    array: NDArray[Any] = sitk.GetArrayFromImage(image)
    return array


def _floats(image: Any) -> NDArray[np.float64]:
    return _array(image).astype(np.float64)
