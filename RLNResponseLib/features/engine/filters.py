"""The filtered images that a score model's card may name, by pyradiomics' definitions.

Each function takes a SimpleITK image and gives arrays [k, j, i] by pyradiomics' prefix of the feature names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.requirements import need
from RLNResponseLib.features.settings import IMAGE_TYPES, ExtractionSettings

# The recursive filter's approximation of the Gaussian needs four voxels.
_FEWEST_VOXELS = 4
# Low or high along x, y and z.
_BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")

Filtered = Iterator[tuple[str, NDArray[Any]]]


def image_prefixes(settings: ExtractionSettings) -> dict[str, tuple[str, ...]]:
    """The prefixes that pyradiomics gives the features of each image type that `settings` name."""
    own = {
        "Wavelet": tuple(f"wavelet-{band}" for band in _BANDS),
        "LoG": tuple(map(_log_prefix, settings.log_sigma_mm)),
    }
    return {image_type: own.get(image_type, (image_type.lower(),)) for image_type in settings.image_types}


def only_images(settings: ExtractionSettings, prefixes: Collection[str]) -> ExtractionSettings:
    """`settings` without the image types and σ that none of the prefixes is of; the original image where none is left.

    Parameters
    ----------
    settings
        Of an extraction.
    prefixes
        Of the names of the features that are wanted, the shape features apart, which need no image.

    """
    own = image_prefixes(settings)
    kept = tuple(image_type for image_type in settings.image_types if not set(own[image_type]).isdisjoint(prefixes))
    sigmas = tuple(sigma for sigma in settings.log_sigma_mm if _log_prefix(sigma) in prefixes)
    return replace(settings, image_types=kept or ("Original",), log_sigma_mm=sigmas)


def with_images(settings: ExtractionSettings, prefixes: Collection[str]) -> ExtractionSettings:
    """`settings` with the image types and σ that the prefixes tell; the same settings where they have them all.

    Parameters
    ----------
    settings
        Of an extraction.
    prefixes
        Of the names of features; one that is of no image type adds nothing.

    """
    types, sigmas = set(settings.image_types), set(settings.log_sigma_mm)
    for prefix in prefixes:
        sigma = _sigma_of(prefix)
        if sigma is not None:
            sigmas.add(sigma)
            types.add("LoG")
        elif prefix.startswith("wavelet-"):
            types.add("Wavelet")
        else:
            types |= {image_type for image_type in IMAGE_TYPES if image_type.lower() == prefix}
    if types == set(settings.image_types) and sigmas == set(settings.log_sigma_mm):
        return settings
    ordered = tuple(image_type for image_type in IMAGE_TYPES if image_type in types)
    return replace(settings, image_types=ordered, log_sigma_mm=tuple(sorted(sigmas)))


def _sigma_of(prefix: str) -> float | None:
    number = prefix.removeprefix("log-sigma-").removesuffix("-mm-3D").replace("-", ".")
    try:
        sigma = float(number)
    except ValueError:
        return None
    return sigma if np.isfinite(sigma) and sigma > 0 and _log_prefix(sigma) == prefix else None


def filtered_images(image: Any, settings: ExtractionSettings) -> Filtered:
    """The images that `settings` name, one after another, with the prefix of their features' names.

    Raises ValueError where the image is too small for a filter.
    """
    for image_type in settings.image_types:
        yield from _FILTERS[image_type](image, settings)


def _original(image: Any, _settings: ExtractionSettings) -> Filtered:
    yield "original", _array(image)


def _log(image: Any, settings: ExtractionSettings) -> Filtered:
    """Laplacian of Gaussian, normalised across scales; σ in mm."""
    import SimpleITK as sitk

    size, spacing = np.array(image.GetSize()), np.array(image.GetSpacing())
    for sigma in settings.log_sigma_mm:
        if size.min() < _FEWEST_VOXELS or (size < np.ceil(sigma / spacing) + 1).any():
            raise ValueError(f"the image of {'×'.join(map(str, size))} voxels is too small for a LoG of {sigma:g} mm.")
        laplacian = sitk.LaplacianRecursiveGaussianImageFilter()
        laplacian.SetNormalizeAcrossScale(True)
        laplacian.SetSigma(sigma)
        yield _log_prefix(sigma), _array(laplacian.Execute(image))


def _log_prefix(sigma: float) -> str:
    return f"log-sigma-{sigma}-mm-3D".replace(".", "-")


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
