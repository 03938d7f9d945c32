"""What every feature of one contour is computed from: its voxels, binned once, in as much of the CT as has to be seen
for the values that the whole CT would give, resampled and normalised where asked.

The settings decide: a contour's neighbourhood is enough for most of them, and where it is not the whole image is used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.engine.filters import FEWEST_VOXELS, is_too_small
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.records import Contour

# One voxel around the box: the gradient's neighbours; nothing else at default settings looks outside the contour.
DEFAULT_MARGIN = 1
# Of a contour's box: 128 mm each way at 0.33 mm. The filters and matrices take some ten times its memory.
MOST_RESAMPLED_VOXELS = 2**26
# Of a contour: whole HU have four thousand. A matrix of them has the square, for every direction.
MOST_GREY_LEVELS = 5000
MOST_EDGES = 10_000_000
# The coif1 filters of one wavelet level reach five voxels.
WAVELET_MARGIN = 5
# What pyradiomics keeps around the contour when it resamples (its default `padDistance`).
RESAMPLED_PADDING = 5
# Cubic B-spline coefficients at a voxel depend on one d voxels away by a factor 0.27**d; at 40 that is below the
# precision of a double, so that interpolating the crop equals interpolating the whole image.
BSPLINE_MARGIN = 40
# ITK's recursive Gaussian forgets what lies d SDs away by exp(−1.3732 d), the slower of Deriche's poles: at 34 SDs what
# 4,000 HU leave is 2e-17 HU, a tenth of the last digit of 1 HU, so that the filtered voxels are the same bit for bit
# (from 20 SDs on in every trial).
LOG_MARGIN_SDS = 34
# Filters whose value at a voxel depends on the whole image, by its extremes.
WHOLE_IMAGE_TYPES = frozenset({"Square", "SquareRoot", "Logarithm", "Exponential"})
# Image types that see no further than DEFAULT_MARGIN, wherever the contour lies.
NEIGHBOURHOOD_TYPES = frozenset({"Original", "Gradient"})


def slices_needed(contour: Contour, settings: ExtractionSettings, slices: int) -> tuple[int, int] | None:
    """First slice and first slice beyond, of `slices`, that the features of `contour` depend on; None for the whole CT.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    settings
        How the features are extracted.
    slices
        How many slices the CT has.

    Returns
    -------
    tuple[int, int] or None
    """
    if settings.normalize or settings.resampled_spacing_mm is not None:
        return None
    if not NEIGHBOURHOOD_TYPES.issuperset(settings.image_types):
        return None
    k = contour.box[0]
    return max(0, k.start - DEFAULT_MARGIN), min(slices, k.stop + DEFAULT_MARGIN)


def prepare(image: Any, contour: Contour, settings: ExtractionSettings) -> tuple[Any, Any]:
    """The image and mask that the features of `settings` are computed from, resampled and normalised where they say so.

    Parameters
    ----------
    image
        SimpleITK image, the whole CT.
    contour
        On its grid.
    settings
        How the features are extracted.

    Returns
    -------
    tuple[Any, Any]
        (image, mask) as SimpleITK images on one grid, mask 1 inside; every feature computed from them equals what
        pyradiomics computes from the whole CT.
    """
    if settings.normalize:
        image = _normalised(image, settings)
    if settings.resampled_spacing_mm is not None:
        return _resampled(image, contour, settings)
    return crop(image, contour, _margin(image, contour, settings))


def crop(image: Any, contour: Contour, margin: int | Sequence[int] | None) -> tuple[Any, Any]:
    """`image` and the mask of `contour` cut to the contour's box plus `margin` voxels; uncut where `margin` is None.

    Parameters
    ----------
    image
        The image, HU.
    contour
        The contour, on the grid of the CT.
    margin
        Voxels to keep around the contour, of all axes or of each (i, j, k); None keeps the whole image.

    Returns
    -------
    tuple[Any, Any]
    """
    import SimpleITK as sitk

    size = image.GetSize()
    start, stop = _box(contour)
    kept = size if margin is None else (margin,) * 3 if isinstance(margin, int) else margin
    low = [max(0, start[axis] - kept[axis]) for axis in range(3)]
    high = [min(size[axis], stop[axis] + kept[axis]) for axis in range(3)]
    # Slicing the array takes a tenth of the time of SimpleITK's own filter, which starts threads for a small box.
    array = sitk.GetArrayViewFromImage(image)[low[2] : high[2], low[1] : high[1], low[0] : high[0]]
    cut = sitk.GetImageFromArray(array)
    cut.SetSpacing(image.GetSpacing())
    cut.SetDirection(image.GetDirection())
    cut.SetOrigin(image.TransformIndexToPhysicalPoint(low))

    inside = np.zeros(array.shape, dtype=np.uint32)
    offset = [start[axis] - low[axis] for axis in range(3)]
    nk, nj, ni = contour.voxels.shape
    inside[offset[2] : offset[2] + nk, offset[1] : offset[1] + nj, offset[0] : offset[0] + ni] = contour.voxels
    mask = sitk.GetImageFromArray(inside)
    mask.CopyInformation(cut)
    return cut, mask


def _box(contour: Contour) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First index inside and first index beyond the contour's box, as SimpleITK orders them (i, j, k)."""
    start = contour.corner[::-1]
    return start, tuple(low + length for low, length in zip(start, contour.voxels.shape[::-1], strict=True))


def _margin(image: Any, contour: Contour, settings: ExtractionSettings) -> tuple[int, ...] | None:
    """Voxels (i, j, k) to keep around the contour; None where the whole image has to be seen."""
    size = image.GetSize()
    if WHOLE_IMAGE_TYPES & set(settings.image_types):
        return None
    least = DEFAULT_MARGIN
    if "Wavelet" in settings.image_types:
        if _wraps(contour, size):
            return None
        least = WAVELET_MARGIN
    if not settings.log_sigma_mm:
        return (least,) * 3
    # A LoG that the image is too small for is refused by the image's own size.
    if any(is_too_small(image, sigma) for sigma in settings.log_sigma_mm):
        return None
    farthest, least = LOG_MARGIN_SDS * max(settings.log_sigma_mm), max(least, FEWEST_VOXELS)
    return tuple(max(least, math.ceil(farthest / spacing)) for spacing in image.GetSpacing())


def _wraps(contour: Contour, size: Sequence[int]) -> bool:
    start, stop = _box(contour)
    # pyradiomics' wavelets wrap round at the image's border: near it, they see the opposite side.
    return any(
        start[axis] < WAVELET_MARGIN or size[axis] - stop[axis] < WAVELET_MARGIN + size[axis] % 2 for axis in range(3)
    )


def _normalised(image: Any, settings: ExtractionSettings) -> Any:
    """(x − mean) / SD of the whole image, cut at `remove_outliers` SDs, times the scale (pyradiomics
    `normalizeImage`).
    """
    import SimpleITK as sitk

    image = sitk.Normalize(image)
    if settings.remove_outliers is not None:
        values = sitk.GetArrayFromImage(image)
        limited = sitk.GetImageFromArray(np.clip(values, -settings.remove_outliers, settings.remove_outliers))
        limited.CopyInformation(image)
        image = limited
    return image * settings.normalize_scale


def _resampled(image: Any, contour: Contour, settings: ExtractionSettings) -> tuple[Any, Any]:
    """Image and mask on the part of pyradiomics' resampling grid that holds the contour.

    The grid is the whole image's: its voxels' corners start at the image's corner (pyradiomics' `resampleImage`), so it
    does not depend on the crop.
    """
    import SimpleITK as sitk

    start, stop = (np.array(edge) for edge in _box(contour))
    spacing = np.array(image.GetSpacing())
    wanted = np.array(settings.resampled_spacing_mm)
    target = np.where((wanted == 0) | (stop - start == 1), spacing, wanted)
    if np.allclose(spacing, target):
        return crop(image, contour, RESAMPLED_PADDING)

    ratio = spacing / target
    first = np.maximum(np.floor((start - 0.5) * ratio - RESAMPLED_PADDING), 0)
    last = np.minimum(np.ceil((stop - 0.5) * ratio + RESAMPLED_PADDING), np.ceil(np.array(image.GetSize()) * ratio) - 1)
    _refuse_too_fine(last - first + 1)
    resample = sitk.ResampleImageFilter()
    resample.SetOutputSpacing(target.tolist())
    resample.SetOutputDirection(image.GetDirection())
    resample.SetSize([int(n) for n in last - first + 1])
    origin = 0.5 * (target - spacing) / spacing + first / ratio
    resample.SetOutputOrigin(image.TransformContinuousIndexToPhysicalPoint(origin.tolist()))

    source = image
    if settings.interpolator == "sitkBSpline" and "integer" in image.GetPixelIDTypeAsString():
        # Only the B-spline reads the whole image. Its value on the crop differs by 1e-13 HU, which rounding to whole HU
        # removes; a CT of floating point keeps its digits, so there the whole image is interpolated.
        padding = int(np.ceil(RESAMPLED_PADDING * max(1.0, float((target / spacing).max()))))
        source, _ = crop(image, contour, BSPLINE_MARGIN + padding)
    _, mask = crop(image, contour, None)
    resample.SetOutputPixelType(source.GetPixelID())
    resample.SetInterpolator(getattr(sitk, settings.interpolator))
    resampled_image = resample.Execute(source)
    resample.SetOutputPixelType(mask.GetPixelID())
    resample.SetInterpolator(sitk.sitkNearestNeighbor)
    return resampled_image, resample.Execute(mask)


def _refuse_too_fine(size: NDArray[np.float64]) -> None:
    if size.prod() > MOST_RESAMPLED_VOXELS:
        raise DataRefusedError(
            f"Resampling would make {size.prod():.3g} voxels of the contour's box, and at most "
            f"{MOST_RESAMPLED_VOXELS:.3g} are computed; set a coarser resampled_spacing_mm.",
            "too-many-voxels",
        )


# What pyradiomics adds so that no logarithm or quotient is of zero.
EPSILON = np.spacing(1)


@dataclass(frozen=True)
class Binning:
    """How intensities become grey levels (pyradiomics `binWidth`, `binCount`).

    Attributes
    ----------
    width
        Of a grey level; edges lie at multiples of it.
    count
        A fixed number of grey levels instead, between the smallest and the largest value.
    """

    width: float = 25.0
    count: int | None = None


@dataclass(frozen=True, kw_only=True)
class Region:
    """The part of an image that a contour's box holds.

    Attributes
    ----------
    image
        Intensities [k, j, i].
    mask
        Bool [k, j, i], at least one voxel set.
    spacing
        (x, y, z) in mm.
    binning
        How intensities become grey levels.
    distances
        In voxels, of neighbours in the texture matrices.
    """

    image: NDArray[Any]
    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    binning: Binning = Binning()
    distances: tuple[int, ...] = (1,)

    @cached_property
    def intensities(self) -> NDArray[Any]:
        """The intensities inside, in the order of the array."""
        return self.image[self.mask]

    @cached_property
    def levels(self) -> NDArray[np.intp]:
        """The grey level of each voxel inside, from 1."""
        return grey_levels(self.intensities, self.binning)

    @cached_property
    def level_counts(self) -> NDArray[np.intp]:
        """How many voxels have each grey level, from level 0 (which none has) to the highest."""
        return np.bincount(self.levels)

    @cached_property
    def present(self) -> NDArray[np.intp]:
        """The grey levels that occur, ascending."""
        return np.flatnonzero(self.level_counts)

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """[k, j, i]: the place of each voxel's grey level among those that occur, from 1; 0 outside the contour."""
        _refuse_too_many_levels(len(self.present), MOST_GREY_LEVELS)
        place = np.zeros(len(self.level_counts), dtype=np.int32)
        place[self.present] = np.arange(1, len(self.present) + 1)
        ranks = np.zeros(self.mask.shape, dtype=np.int32)
        ranks[self.mask] = place[self.levels]
        return ranks


def grey_levels(values: NDArray[Any], binning: Binning) -> NDArray[np.intp]:
    """Grey levels from 1: pyradiomics' `binImage`, with the same edges to the last bit.

    Parameters
    ----------
    values
        One-dimensional, not empty.
    binning
        How intensities become grey levels.

    Returns
    -------
    NDArray[np.intp]
    """
    low, high = values.min(), values.max()
    if binning.count is None and values.dtype.kind in "iu" and float(binning.width).is_integer():
        # Whole numbers in bins of a whole width: every edge is exact, so dividing finds the same bin as searching.
        width = int(binning.width)
        levels: NDArray[np.intp] = (values.astype(np.intp) - (int(low) - int(low) % width)) // width + 1
        return levels
    return np.digitize(values, _edges(low, high, binning)).astype(np.intp, copy=False)


def _refuse_too_many_levels(count: float, most: int) -> None:
    if count > most:
        raise DataRefusedError(
            f"The intensities inside the contour make {count:.3g} grey levels, and at most {most:g} are computed with; "
            "set a larger bin_width, or check that the image is in HU.",
            "too-many-grey-levels",
        )


def _edges(low: Any, high: Any, binning: Binning) -> NDArray[Any]:
    if binning.count is not None:
        edges = np.histogram_bin_edges(np.array([low, high]), binning.count)
        # The largest value belongs into the last bin.
        edges[-1] += 1
        return edges
    _refuse_too_many_levels((float(high) - float(low)) / binning.width, MOST_EDGES)
    edges = np.arange(low - (low % binning.width), high + 2 * binning.width, binning.width)
    return edges if len(edges) > 1 else np.array([edges[0] - 0.5, edges[0] + 0.5])
