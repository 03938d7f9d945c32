"""Extraction settings from a file: a study's protocol, pyradiomics' parameter file, or our own names and values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.features.definitions import FEATURE_CLASSES
from RLNResponseLib.features.settings import IMAGE_TYPES, ExtractionSettings, image_prefixes
from RLNResponseLib.features.wanted import all_features
from RLNResponseLib.study.protocol_file import parse_protocol, protocol_name
from RLNResponseLib.study.protocol_formats import (
    MAXIMUM_YAML_BYTES,
    OLD_PROTOCOL_NAME,
    PROTOCOL_NAME,
    load_toml,
    load_yaml,
)

_SECTIONS = ("imageType", "featureClass", "setting", "voxelSetting")
_NAMES = {
    "binWidth": "bin_width",
    "binCount": "bin_count",
    "resampledPixelSpacing": "resampled_spacing_mm",
    "interpolator": "interpolator",
    "normalize": "normalize",
    "normalizeScale": "normalize_scale",
    "removeOutliers": "remove_outliers",
    "resegmentRange": "resegment_range",
    "resegmentMode": "resegment_mode",
    "distances": "distances",
    "sigma": "log_sigma_mm",
}
# What our extraction does in one way only, which is pyradiomics' default: that value may be stated, no other.
_FIXED: Mapping[str, tuple[Any, ...]] = {
    "label": (1,),
    "label_channel": (0,),
    "minimumROIDimensions": (2,),
    "minimumROISize": (None,),
    "geometryTolerance": (None,),
    "correctMask": (False,),
    "preCrop": (False,),
    "padDistance": (5,),
    "force2D": (False,),
    "force2Ddimension": (0,),
    "resegmentShape": (False,),
    "voxelArrayShift": (0,),
    "symmetricalGLCM": (True,),
    "weightingNorm": (None,),
    "gldm_a": (0,),
    "gradientUseSpacing": (True,),
    "wavelet": ("coif1",),
    "level": (1,),
    "start_level": (0,),
    # These change no value.
    "additionalInfo": (True, False),
    "enableCExtensions": (True, False),
}
_OF_IMAGE_TYPE = {
    "LoG": ("sigma",),
    "Wavelet": ("wavelet", "level", "start_level"),
    "Gradient": ("gradientUseSpacing",),
}
_LABEL = "label"


@dataclass(frozen=True)
class FileSettings:
    """What a file says of an extraction.

    Attributes
    ----------
    settings
        How features are extracted.
    features
        Full names of those that are wanted; None for all that the settings give.
    """

    settings: ExtractionSettings
    features: tuple[str, ...] | None = None


def read_settings(path: str | Path) -> FileSettings:
    """The extraction settings that a file holds.

    Parameters
    ----------
    path
        A study folder or its study.toml; pyradiomics' parameter file (YAML or JSON); or JSON, TOML or YAML with the
        names of `ExtractionSettings`, as `features --json` prints them.

    Returns
    -------
    FileSettings

    Raises
    ------
    DataRefusedError
        bad-settings for whatever our extraction has not, by its name; unreadable-settings, bad-toml, bad-yaml,
        bad-protocol; missing-package for YAML where ruamel.yaml is not installed.
    """
    path = Path(path)
    if path.is_dir():
        folder = path
        path = folder / protocol_name(lambda name: (folder / name).is_file())
    try:
        if path.exists() and not path.is_file():
            raise _refused(path.name, "is no regular file; name one")
        if path.stat().st_size > MAXIMUM_YAML_BYTES:
            raise _refused(path.name, "is larger than a megabyte; settings fit on a page")
        content = path.read_bytes()
    except OSError as error:
        raise DataRefusedError(
            f"The settings {path.name} cannot be read ({error.strerror}); name a study's {PROTOCOL_NAME} or a "
            "parameter file.",
            "unreadable-settings",
        ) from None
    data = _loaded(content, path)
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise _refused(path.name, "holds no settings by name; see docs/extraction.md for an example")
    if "readers" in data and "extraction" in data:
        known = OLD_PROTOCOL_NAME if path.suffix.lower() in (".yaml", ".yml") else PROTOCOL_NAME
        return FileSettings(ExtractionSettings.from_mapping(parse_protocol(content, known).extraction))
    if set(data) & set(_SECTIONS):
        return from_pyradiomics(data, path.name)
    return FileSettings(ExtractionSettings.from_mapping(data))


def _loaded(content: bytes, path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return load_toml(content, path.name)
    if suffix == ".json":
        try:
            return json.loads(content, object_pairs_hook=_without_doubles)
        except (ValueError, RecursionError) as error:
            fault = str(error) if isinstance(error, _DoubleError) else "is not valid JSON"
            raise _refused(path.name, f"{fault}; correct it") from None
    return load_yaml(content, path.name)


class _DoubleError(ValueError):
    """A name that stands twice."""


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DoubleError("states one name twice")
    return found


def from_pyradiomics(data: Mapping[str, Any], name: str) -> FileSettings:
    """The settings of pyradiomics' parameter file, every one of which is ours or refused by its name.

    Parameters
    ----------
    data
        With the sections imageType, featureClass and setting.
    name
        Of the file, for messages.

    Returns
    -------
    FileSettings

    Raises
    ------
    DataRefusedError
        bad-settings.

    Examples
    --------
    >>> found = from_pyradiomics({"setting": {"binWidth": 10}, "featureClass": {"shape": ["Sphericity"]}}, "p.yaml")
    >>> found.settings.bin_width, found.features
    (10.0, ('original_shape_Sphericity',))
    """
    for section in data:
        if section not in _SECTIONS[:3]:
            raise _unknown(name, section, f"the sections that are read are {', '.join(_SECTIONS[:3])}")
    ours: dict[str, Any] = {}
    for key, value in _section(data, "setting", name).items():
        _take(key, value, ours, name)
    images = _section(data, "imageType", name) or {"Original": {}}
    for image_type, options in images.items():
        if image_type not in IMAGE_TYPES:
            raise _unknown(name, f"imageType {image_type}", f"the image types are {', '.join(IMAGE_TYPES)}")
        for key, value in _section({"": options}, "", name).items():
            if key not in _OF_IMAGE_TYPE.get(image_type, ()):
                raise _unknown(
                    name, f"{key} of imageType {image_type}", "settings of one image type alone are not possible here"
                )
            _take(key, value, ours, name)
    settings = ExtractionSettings.from_mapping({**ours, "image_types": list(images)})
    return FileSettings(settings, _features(_section(data, "featureClass", name), settings, name))


def _section(data: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    section = data.get(key)
    if section is None:
        return {}
    if not isinstance(section, Mapping) or not all(isinstance(each, str) for each in section):
        raise _refused(name, f"has in {key or 'an image type'} no names with values; correct it")
    return section


def _take(key: str, value: Any, ours: dict[str, Any], name: str) -> None:
    if key in _NAMES:
        # pyradiomics leaves a setting at its default where nothing is stated for it.
        if value is not None:
            ours[_NAMES[key]] = value
        return
    if key not in _FIXED:
        raise _unknown(name, key, f"those that are: {', '.join(_NAMES)}")
    if not any(value == fixed and type(value) is type(fixed) for fixed in _FIXED[key]):
        advice = (
            "the contour is chosen by --segment"
            if key == _LABEL
            else "leave it out"
            if _FIXED[key] == (None,)
            else f"only {' or '.join(map(_shown, _FIXED[key]))} can be kept here"
        )
        raise _refused(name, f"states {_shown(key)}: {_shown(value)}, which our extraction has not; {advice}")


def _features(classes: Mapping[str, Any], settings: ExtractionSettings, name: str) -> tuple[str, ...] | None:
    """The full names that the classes mean on every image type; shape is of the original image alone."""
    if not classes:
        return None
    known = {each.name: each.features for each in FEATURE_CLASSES}
    wanted: dict[str, set[str]] = {}
    for feature_class, features in classes.items():
        if feature_class not in known:
            raise _unknown(name, f"featureClass {feature_class}", f"the classes are {', '.join(known)}")
        if not isinstance(features, list | None):
            raise _refused(name, f"has in featureClass {feature_class} no list of features; correct it")
        for feature in features or ():
            if feature not in known[feature_class]:
                raise _unknown(
                    name, f"{feature_class} {_shown(feature)}", f"its features are {', '.join(known[feature_class])}"
                )
        wanted[feature_class] = set(features or known[feature_class])
    given = all_features(settings)
    prefixes = {prefix for each in image_prefixes(settings).values() for prefix in each} | {"original"}
    found = []
    for full in given:
        prefix, feature_class, feature = full.split("_", 2)
        if prefix in prefixes and feature in wanted.get(feature_class, ()):
            found.append(full)
    if not found:
        raise _refused(name, "names no feature that its image types give; correct featureClass")
    return tuple(found)


def _shown(value: Any) -> str:
    return one_line("nothing" if value is None else str(value))[:60]


def _unknown(name: str, what: str, advice: str) -> DataRefusedError:
    return _refused(name, f"names {_shown(what)}, which our extraction has not; {advice}")


def _refused(name: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{name} {fault}.", "bad-settings")
