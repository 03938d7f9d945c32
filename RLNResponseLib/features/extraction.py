"""Feature values of one contour, computed by pyradiomics."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.features.crop import prepare
from RLNResponseLib.features.definitions import FEATURE_CLASSES, FEATURES, is_known
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.software import Software, current_software

# pyradiomics' default `minimumROIDimensions`: fewer is a line or a point, whose shape it does not define.
_FEWEST_DIMENSIONS = 2


@dataclass(frozen=True)
class FeatureVector:
    """The features of one contour.

    values    by full name; NaN where pyradiomics cannot define one (a flat contour's skewness)
    settings  what they were extracted with
    software  what computed them
    """

    values: Mapping[str, float]
    settings: ExtractionSettings
    software: Software


def extract_features(
    ct: CTImage,
    contour: Contour,
    settings: ExtractionSettings | None = None,
    features: Sequence[str] | None = None,
) -> FeatureVector:
    """The features of `contour` on `ct`, bit for bit those of pyradiomics on the whole CT.

    settings  pyradiomics' defaults where None
    features  full names; None for all 106 (on filtered images, all but the shape features, which do not change)

    Only the classes asked for are computed, on the part of the CT that the settings need (crop.py). Raises
    DataRefusedError for an unknown name (unknown-feature) and where pyradiomics refuses the contour (not-extracted).
    """
    settings = settings or ExtractionSettings()
    wanted = _all_features(settings) if features is None else tuple(features)
    _refuse_unknown(wanted, settings)
    software = current_software()
    try:
        with _quiet_pyradiomics():
            found = _compute(ct.image, contour, wanted, settings)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise DataRefusedError(
            f"pyradiomics cannot extract features from the contour '{contour.name}' on {ct.name}: {_first_line(error)}",
            "not-extracted",
        ) from error
    # From numpy 2.5 on eigenvalues are complex, and with them original_glcm_MCC; it is a correlation, so the real part.
    values = {name: float(found[name].real) for name in wanted}
    return FeatureVector(MappingProxyType(values), settings, software)


def _all_features(settings: ExtractionSettings) -> tuple[str, ...]:
    names = []
    for image_type, prefixes in _image_prefixes(settings):
        for prefix in prefixes:
            names += [
                f"{prefix}_{feature_class.name}_{feature}"
                for feature_class in FEATURE_CLASSES
                for feature in feature_class.features
                if image_type == "Original" or feature_class.name != "shape"
            ]
    if "Original" not in settings.image_types:
        names = [name for name in FEATURES if name.startswith("original_shape_")] + names
    return tuple(names)


def _image_prefixes(settings: ExtractionSettings) -> list[tuple[str, list[str]]]:
    """The prefixes that pyradiomics gives the features of each image type."""
    bands = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
    own = {
        "Wavelet": [f"wavelet-{band}" for band in bands],
        "LoG": [f"log-sigma-{sigma} mm-3D".replace(".", "-").replace(" ", "-") for sigma in settings.log_sigma_mm],
    }
    return [(image_type, own.get(image_type, [image_type.lower()])) for image_type in settings.image_types]


def _refuse_unknown(names: Sequence[str], settings: ExtractionSettings) -> None:
    available = {prefix for _, prefixes in _image_prefixes(settings) for prefix in prefixes}
    for name in names:
        prefix = name.partition("_")[0]
        if not is_known(name) or (prefix not in available and not name.startswith("original_shape_")):
            raise DataRefusedError(
                f"'{name}' is not a feature that these settings give (image types {', '.join(settings.image_types)}); "
                "use pyradiomics' full names, for example original_glcm_InverseVariance.",
                "unknown-feature",
            )


def _compute(image: Any, contour: Contour, names: Sequence[str], settings: ExtractionSettings) -> Mapping[str, Any]:
    """pyradiomics' values, from its feature classes directly where nothing is done to image or mask before them."""
    by_class: dict[str, list[str]] = {}
    for name in names:
        _, class_name, feature = name.split("_")
        chosen = by_class.setdefault(class_name, [])
        if feature not in chosen:
            chosen.append(feature)
    untouched = settings.image_types == ("Original",) and settings.resegment_range is None
    if untouched and settings.resampled_spacing_mm is None and not settings.normalize:
        return _from_classes(image, contour, by_class, settings)
    return _from_extractor(image, contour, by_class, settings)


def _from_classes(
    image: Any, contour: Contour, by_class: Mapping[str, list[str]], settings: ExtractionSettings
) -> dict[str, Any]:
    """What RadiomicsFeatureExtractor does at default settings, without its checks of what Contour guarantees."""
    import SimpleITK as sitk

    from RLNResponseLib.features.calculators import Region, feature_values

    extent = sum(length > 1 for length in contour.voxels.shape)
    if extent < _FEWEST_DIMENSIONS:
        raise ValueError(f"it extends in {extent} of three dimensions, {_FEWEST_DIMENSIONS} are needed.")
    own, _ = settings.as_pyradiomics()
    box = np.ascontiguousarray(sitk.GetArrayViewFromImage(image)[contour.box])
    return feature_values(Region(box, contour.voxels, image.GetSpacing(), own), by_class)


def _from_extractor(
    image: Any, contour: Contour, by_class: Mapping[str, list[str]], settings: ExtractionSettings
) -> Mapping[str, Any]:
    """Filtered, resegmented, resampled or normalised: pyradiomics' whole pipeline on the prepared part of the CT."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    own, image_types = settings.as_pyradiomics()
    # prepare() has normalised and resampled already.
    extractor = RadiomicsFeatureExtractor(**{**own, "normalize": False})
    extractor.enabledImagetypes = image_types
    extractor.enabledFeatures = by_class
    found: Mapping[str, Any] = extractor.execute(*prepare(image, contour, settings))
    return found


@contextmanager
def _quiet_pyradiomics() -> Iterator[None]:
    """Keep pyradiomics' remarks off the terminal while it works; its logger still gets them."""
    import radiomics

    handler = radiomics.handler
    level = handler.level
    handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        handler.setLevel(level)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
