"""pyradiomics as a witness: its own values beside ours, wherever it is installed. The one place that imports it."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.engine.crop import crop, prepare
from RLNResponseLib.features.extraction import FeatureVector
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.imaging.records import Contour, CTImage

# Relative: sums of the same terms in another order differ by less.
TOLERANCE = 1e-12
# The distributions that provide `import radiomics`.
_DISTRIBUTIONS = ("pyradiomics", "pyradiomics-bhklab")


@dataclass(frozen=True)
class Difference:
    """A feature whose two values are not equal.

    Attributes
    ----------
    name
        In full.
    ours, theirs
        This library's value and pyradiomics'.
    """

    name: str
    ours: float
    theirs: float


@dataclass(frozen=True, kw_only=True)
class WitnessReport:
    """What pyradiomics says of a feature vector.

    Attributes
    ----------
    pyradiomics
        Its version; None where it is not installed.
    compared
        How many features.
    equal
        How many of them, within `TOLERANCE`, or undefined in both.
    first
        The first that differs.
    """

    pyradiomics: str | None
    compared: int = 0
    equal: int = 0
    first: Difference | None = None

    @property
    def agrees(self) -> bool:
        """Whether pyradiomics was there and every value was equal."""
        return self.pyradiomics is not None and self.first is None

    @property
    def sentence(self) -> str:
        """In words: checked against pyradiomics 3.1.4: 8 of 8 equal."""
        if self.pyradiomics is None:
            return "not checked against pyradiomics: it is not installed here"
        said = f"checked against pyradiomics {self.pyradiomics}: {self.equal} of {self.compared} equal"
        if self.first is None:
            return said
        return f"{said}; {self.first.name} is {self.first.ours!r} here and {self.first.theirs!r} there"

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it; a value that is not defined is null."""
        first = self.first
        return {
            "pyradiomics": self.pyradiomics,
            "compared": self.compared,
            "equal": self.equal,
            "first_difference": first
            and {"feature": first.name, "ours": _defined(first.ours), "pyradiomics": _defined(first.theirs)},
            "sentence": self.sentence,
        }


def check_features(ct: CTImage, contour: Contour, vector: FeatureVector) -> WitnessReport:
    """Compare `vector`, the features of `contour` on `ct`, with those of the installed pyradiomics.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    vector
        The features that ours computed.

    Returns
    -------
    WitnessReport

    Raises
    ------
    DataRefusedError
        witness-failed where pyradiomics is installed and refuses or breaks.
    """
    radiomics = _radiomics()
    if radiomics is None:
        return WitnessReport(pyradiomics=None)
    try:
        with _silenced(radiomics):
            theirs = _their_values(ct.image, contour, vector)
    except Exception as error:
        # Another's code on another's compiler: whatever it raises is its answer.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataRefusedError(
            f"pyradiomics computes no features of the contour '{contour.name}', so they cannot be compared: "
            f"{reason[:200]}.",
            "witness-failed",
        ) from error
    pairs = [Difference(name, value, theirs[name]) for name, value in vector.values.items()]
    different = [pair for pair in pairs if not is_equal(pair.ours, pair.theirs)]
    return WitnessReport(
        pyradiomics=_version(radiomics),
        compared=len(pairs),
        equal=len(pairs) - len(different),
        first=different[0] if different else None,
    )


def is_equal(ours: float, theirs: float) -> bool:
    """Whether two values are the same feature: within `TOLERANCE` of theirs, or undefined in both.

    Parameters
    ----------
    ours
        Our value.
    theirs
        pyradiomics' value.

    Returns
    -------
    bool
    """
    if math.isnan(ours) or math.isnan(theirs):
        return math.isnan(ours) and math.isnan(theirs)
    return abs(ours - theirs) <= TOLERANCE * abs(theirs)


def pyradiomics_settings(settings: ExtractionSettings) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """pyradiomics' own settings, and the image types that it enables.

    Parameters
    ----------
    settings
        How the features are extracted.

    Returns
    -------
    tuple[dict[str, Any], dict[str, dict[str, Any]]]
    """
    own: dict[str, Any] = {
        "binWidth": settings.bin_width,
        "normalize": settings.normalize,
        "normalizeScale": settings.normalize_scale,
        "removeOutliers": settings.remove_outliers,
        "distances": list(settings.distances),
        "resegmentMode": settings.resegment_mode,
        "resegmentRange": None if settings.resegment_range is None else list(settings.resegment_range),
        # Hashing and describing the whole image is half of pyradiomics' time and none of its features.
        "additionalInfo": False,
    }
    if settings.bin_count is not None:
        own["binCount"] = settings.bin_count
    if settings.resampled_spacing_mm is not None:
        own |= {"resampledPixelSpacing": list(settings.resampled_spacing_mm), "interpolator": settings.interpolator}
    custom: dict[str, dict[str, Any]] = {"LoG": {"sigma": list(settings.log_sigma_mm)}}
    return own, {image_type: custom.get(image_type, {}) for image_type in settings.image_types}


def _their_values(image: Any, contour: Contour, vector: FeatureVector) -> Mapping[str, float]:
    extractor_class = import_module("radiomics.featureextractor").RadiomicsFeatureExtractor
    settings = vector.settings
    own, image_types = pyradiomics_settings(settings)
    by_class: dict[str, list[str]] = {}
    for name in vector.values:
        _, class_name, feature = name.split("_")
        chosen = by_class.setdefault(class_name, [])
        if feature not in chosen:
            chosen.append(feature)
    extractor = extractor_class(**own)
    extractor.enabledImagetypes = image_types
    extractor.enabledFeatures = by_class
    # Where pyradiomics prepares the image itself it gets the whole CT, so that nothing of ours comes in between.
    prepared_by_it = settings.normalize or settings.resampled_spacing_mm is not None
    pair = crop(image, contour, None) if prepared_by_it else prepare(image, contour, settings)
    return {name: float(np.real(value)) for name, value in extractor.execute(*pair).items()}


def _radiomics() -> Any:
    try:
        return import_module("radiomics")
    except ImportError:
        return None


def _version(radiomics: Any) -> str:
    for name in _DISTRIBUTIONS:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    # A build that pip does not know (conda, a source tree): its module still tells its version.
    return str(getattr(radiomics, "__version__", "of unknown version"))


@contextmanager
def _silenced(radiomics: Any) -> Iterator[None]:
    """Keep pyradiomics' remarks and numpy's warnings in it off the terminal while it works."""
    level = radiomics.handler.level
    radiomics.handler.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        radiomics.handler.setLevel(level)


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
