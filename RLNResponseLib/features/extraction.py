"""Feature values of one contour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import Software, current_software
from RLNResponseLib.features.definitions import is_known
from RLNResponseLib.features.engine.classes import Features
from RLNResponseLib.features.engine.counted import CountedTexture
from RLNResponseLib.features.engine.crop import Binning, Region, prepare
from RLNResponseLib.features.engine.filters import filtered_images
from RLNResponseLib.features.settings import ExtractionSettings, image_prefixes
from RLNResponseLib.features.wanted import Extraction, all_features, needed_settings
from RLNResponseLib.imaging.records import Contour, CTImage, bounding_box

# pyradiomics' default `minimumROIDimensions`: fewer is a line or a point, whose shape it does not define.
_FEWEST_DIMENSIONS = 2
_SHAPE = "shape"

# Names of features by class, by the prefix of the image that they are of.
_Wanted = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class FeatureVector:
    """The features of one contour.

    Attributes
    ----------
    values
        By full name; NaN where pyradiomics cannot define one (a contour whose voxels touch nowhere has no GLCM).
    settings
        What they were extracted with.
    software
        What computed them.
    """

    values: Mapping[str, float]
    settings: ExtractionSettings
    software: Software

    __repr__ = short_repr


def extract(ct: CTImage, contour: Contour, wanted: Extraction, texture: CountedTexture | None = None) -> FeatureVector:
    """The features of a contour that are wanted; refuses what `extract_features` refuses.

    Parameters
    ----------
    ct, contour
        The CT, and the contour on its grid.
    wanted
        Names and settings.
    texture
        Of this contour with these settings, where it is counted already.

    Returns
    -------
    FeatureVector
        In the order of the names.

    """
    return _extracted(ct, contour, wanted, texture)


def extract_features(
    ct: CTImage,
    contour: Contour,
    settings: ExtractionSettings | None = None,
    features: Sequence[str] | None = None,
) -> FeatureVector:
    """The features of `contour` on `ct`, equal to those of pyradiomics on the whole CT (docs/extraction.md says how
    far).

    Only what is asked for is computed, on the part of the CT that the settings need (engine/crop.py). Raises
    DataRefusedError for an unknown name (unknown-feature) and where pyradiomics too refuses the contour
    (not-extracted).

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    settings
        Pyradiomics' defaults where None.
    features
        Full names; None for all 106 (on filtered images, all but the shape features, which do not change).

    Returns
    -------
    FeatureVector

    Raises
    ------
    DataRefusedError
        not-extracted.

    Examples
    --------
    A cube of 2 × 2 × 2 voxels with the values 1 to 8:

    >>> import SimpleITK as sitk
    >>> values, mask = np.zeros((6, 6, 6)), np.zeros((6, 6, 6), dtype=np.uint8)
    >>> values[2:4, 2:4, 2:4] = np.arange(1, 9).reshape(2, 2, 2)
    >>> mask[2:4, 2:4, 2:4] = 1
    >>> ct, cube = CTImage(image=sitk.GetImageFromArray(values)), Contour.from_full_grid(mask, "cube")
    >>> vector = extract_features(ct, cube, features=["original_firstorder_Mean", "original_firstorder_Energy"])
    >>> {name: round(value, 6) for name, value in vector.values.items()}  # 36 / 8, and 1 + 4 + ... + 64
    {'original_firstorder_Mean': 4.5, 'original_firstorder_Energy': 204.0}
    """
    settings = settings or ExtractionSettings()
    names = all_features(settings) if features is None else tuple(features)
    return _extracted(ct, contour, Extraction(settings, names))


def _extracted(
    ct: CTImage, contour: Contour, wanted: Extraction, texture: CountedTexture | None = None
) -> FeatureVector:
    settings, names = wanted.settings, wanted.names
    _refuse_unknown(names, settings)
    try:
        # A filter that no wanted name is of costs seconds on a whole CT, and may refuse a small one.
        values = _compute(ct.image, contour, _by_image(names), needed_settings(settings, names), texture)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise DataRefusedError(
            f"No features can be extracted from the contour '{contour.name}' on {ct.name}: {_first_line(error)}",
            "not-extracted",
        ) from error
    return FeatureVector(MappingProxyType({name: values[name] for name in names}), settings, current_software())


def _refuse_unknown(names: Sequence[str], settings: ExtractionSettings) -> None:
    available = {prefix for prefixes in image_prefixes(settings).values() for prefix in prefixes}
    for name in names:
        prefix = name.partition("_")[0]
        if not is_known(name) or (prefix not in available and not name.startswith("original_shape_")):
            raise DataRefusedError(
                f"'{name}' is not a feature that these settings give (image types {', '.join(settings.image_types)}); "
                "use pyradiomics' full names, for example original_glcm_InverseVariance.",
                "unknown-feature",
            )


def _by_image(names: Sequence[str]) -> _Wanted:
    wanted: dict[str, dict[str, list[str]]] = {}
    for name in dict.fromkeys(names):
        prefix, class_name, feature = name.split("_")
        wanted.setdefault(prefix, {}).setdefault(class_name, []).append(feature)
    return wanted


def _compute(
    image: Any, contour: Contour, wanted: _Wanted, settings: ExtractionSettings, texture: CountedTexture | None
) -> dict[str, float]:
    if settings.leave_voxels:
        return _of_box(image, contour, wanted.get("original", {}), settings, texture)
    return _of_images(*prepare(image, contour, settings), wanted, settings)


def _of_box(
    image: Any,
    contour: Contour,
    wanted: Mapping[str, Sequence[str]],
    settings: ExtractionSettings,
    texture: CountedTexture | None,
) -> dict[str, float]:
    """The features where nothing is done to image or mask before them: the contour's own box is enough."""
    import SimpleITK as sitk

    _refuse_flat(contour.voxels.shape)
    box = np.ascontiguousarray(sitk.GetArrayViewFromImage(image)[contour.box])
    return _of_region("original", _region(box, contour.voxels, image, settings), wanted, texture)


def _of_images(image: Any, mask: Any, wanted: _Wanted, settings: ExtractionSettings) -> dict[str, float]:
    """The features of filtered, resegmented, resampled or normalised images."""
    import SimpleITK as sitk

    inside = sitk.GetArrayFromImage(mask) != 0
    original = sitk.GetArrayViewFromImage(image)
    of_texture, box = inside, _box(inside)
    if settings.resegment_range is not None:
        of_texture = _resegmented(original, inside, settings.resegment_range, settings.resegment_mode)
        box = _box(of_texture)
    values: dict[str, float] = {}
    shape = wanted.get("original", {}).get(_SHAPE, ())
    if shape:
        # pyradiomics measures the whole contour's shape, but within the box of what resegmentation left of it.
        values |= _of_region("original", _region(original[box], inside[box], image, settings), {_SHAPE: shape})
    for prefix, filtered in filtered_images(image, settings):
        classes = {name: features for name, features in wanted.get(prefix, {}).items() if name != _SHAPE}
        if classes:
            region = _region(np.ascontiguousarray(filtered[box]), of_texture[box], image, settings)
            values |= _of_region(prefix, region, classes)
    return values


def _of_region(
    prefix: str, region: Region, wanted: Mapping[str, Sequence[str]], texture: CountedTexture | None = None
) -> dict[str, float]:
    features = Features(region, texture)
    return {
        f"{prefix}_{class_name}_{name}": value
        for class_name, names in wanted.items()
        for name, value in features.values(class_name, names).items()
    }


def _region(box: NDArray[Any], inside: NDArray[np.bool_], image: Any, settings: ExtractionSettings) -> Region:
    binning = Binning(settings.bin_width, settings.bin_count)
    return Region(
        image=box,
        mask=np.ascontiguousarray(inside),
        spacing=image.GetSpacing(),
        binning=binning,
        distances=settings.distances,
    )


def _resegmented(
    image: NDArray[Any], inside: NDArray[np.bool_], limits: Sequence[float], mode: str
) -> NDArray[np.bool_]:
    """The voxels inside whose value lies within `limits`: HU, shares of the largest value, or SDs from the mean."""
    values = image[inside]
    if mode == "absolute":
        thresholds = sorted(limits)
    elif mode == "relative":
        thresholds = [values.max() * limit for limit in sorted(limits)]
    else:
        thresholds = [values.mean() + values.std() * limit for limit in sorted(limits)]
    kept = values >= thresholds[0]
    if len(thresholds) > 1:
        kept &= values <= thresholds[1]
    if np.count_nonzero(kept) <= 1:
        raise ValueError(f"the resegmentation range leaves {np.count_nonzero(kept)} of its {len(values)} voxels.")
    resegmented = np.zeros_like(inside)
    resegmented[inside] = kept
    return resegmented


def _box(inside: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The box that holds a mask. Raises ValueError where that is nothing, or only a line or a point."""
    box = bounding_box(inside)
    if box is None:
        raise ValueError("no voxel of it is left on the resampled grid.")
    _refuse_flat(inside[box].shape)
    return box


def _refuse_flat(shape: Sequence[int]) -> None:
    extent = sum(length > 1 for length in shape)
    if extent < _FEWEST_DIMENSIONS:
        raise ValueError(f"it extends in {extent} of three dimensions, {_FEWEST_DIMENSIONS} are needed.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
