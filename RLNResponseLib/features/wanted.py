"""What is to be extracted: which features with which settings, once for each distinct settings, and what their
columns are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from RLNResponseLib.features.definitions import FEATURE_CLASSES, FEATURES
from RLNResponseLib.features.settings import (
    IMAGE_TYPES,
    ExtractionSettings,
    image_prefixes,
    only_images,
    with_images,
)


@dataclass(frozen=True)
class Extraction:
    """Features that are computed together, with one set of settings.

    Attributes
    ----------
    settings
        Their image types may be more than `names` need: only what is needed is computed.
    names
        Full names of features.

    """

    settings: ExtractionSettings
    names: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Of what a table says beside a feature's name: the settings apart from the image types."""
        return self.settings.apart_from_images().digest()


def all_features(settings: ExtractionSettings) -> tuple[str, ...]:
    """The full names of all features that `settings` give, the shape features once.

    Parameters
    ----------
    settings
        How the features are extracted.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> len(all_features(ExtractionSettings()))
    106
    """
    names = []
    for image_type, prefixes in image_prefixes(settings).items():
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


def needed_settings(settings: ExtractionSettings, names: Iterable[str]) -> ExtractionSettings:
    """The settings with no other image types than the names need; shape needs none.

    Parameters
    ----------
    settings
        Of an extraction.
    names
        Full names of features.

    Returns
    -------
    ExtractionSettings
        What has to be computed.

    """
    return only_images(settings, _prefixes(names))


def together(wanted: Iterable[Extraction]) -> tuple[Extraction, ...]:
    """As few extractions as give all that is wanted: one for each distinct settings.

    Settings that differ in image types alone are one: the features' names tell the images, and each feature has the
    value that it has alone.

    Parameters
    ----------
    wanted
        One or more, in any order.

    Returns
    -------
    tuple[Extraction, ...]
        In the order in which their settings first come.

    """
    groups: dict[ExtractionSettings, list[Extraction]] = {}
    for extraction in wanted:
        groups.setdefault(extraction.settings.apart_from_images(), []).append(extraction)
    return tuple(map(_merged, groups.values()))


def _merged(group: Sequence[Extraction]) -> Extraction:
    names = tuple(dict.fromkeys(name for extraction in group for name in extraction.names))
    settings = group[0].settings
    if any(extraction.settings != settings for extraction in group):
        types = {image_type for extraction in group for image_type in extraction.settings.image_types}
        settings = replace(
            settings,
            image_types=tuple(image_type for image_type in IMAGE_TYPES if image_type in types),
            log_sigma_mm=tuple(sorted({sigma for extraction in group for sigma in extraction.settings.log_sigma_mm})),
        )
    return Extraction(with_images(settings, _prefixes(names)), names)


def feature_column(name: str, settings: ExtractionSettings, of_table: str) -> str:
    """The column of a feature in a table whose rows were extracted with the settings of a digest.

    Parameters
    ----------
    name
        Full name of the feature.
    settings
        That it was extracted with.
    of_table
        What the table's column "settings" says.

    Returns
    -------
    str
        The name, and where its settings are others, their digest: one name then stands for two features.

    """
    return name + _ending(settings, of_table)


def _ending(settings: ExtractionSettings, of_table: str) -> str:
    own = settings.apart_from_images().digest()
    return "" if of_table in (own, settings.digest()) else f"@{own}"


def feature_columns(extractions: Sequence[Extraction]) -> tuple[str, ...]:
    """The columns of a table that holds all extractions, and says in "settings" the digest of the first.

    Parameters
    ----------
    extractions
        Of `together`.

    Returns
    -------
    tuple[str, ...]
        In the order of the extractions and their names, each as `feature_column` has it.

    """
    first = extractions[0].digest
    return tuple(
        name + ending
        for extraction in extractions
        for ending in [_ending(extraction.settings, first)]
        for name in extraction.names
    )


def _prefixes(names: Iterable[str]) -> set[str]:
    return {name.partition("_")[0] for name in names if "_shape_" not in name}
