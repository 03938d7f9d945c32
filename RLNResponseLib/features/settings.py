"""The extraction settings, declared in one place."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line

IMAGE_TYPES = (
    "Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient",
)  # fmt: skip
_IMAGE_WORDS = {
    "Original": "the original image",
    "Wavelet": "its eight wavelet bands (coif1)",
    "LoG": "its Laplacian of Gaussian (σ {sigmas} mm)",
    "Square": "its square",
    "SquareRoot": "its square root",
    "Logarithm": "its logarithm",
    "Exponential": "its exponential",
    "Gradient": "its gradient",
}
# Low or high along x, y and z.
_BANDS = ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
INTERPOLATORS = ("sitkNearestNeighbor", "sitkLinear", "sitkBSpline")
# Plausible settings, with room to either side: beyond them an extraction would not end, or fill the memory.
# A normalised image spans a few units; HU span some thousands.
BIN_WIDTHS = (1e-3, 1e4)
MOST_BINS = 10_000
# No clinical CT resolves a tenth of the lower one.
RESAMPLED_MM = (0.1, 100.0)
LOG_SIGMAS_MM = (0.05, 100.0)
MOST_SIGMAS = 50
NORMALIZE_SCALES = (1e-3, 1e6)
OUTLIER_SDS = (1e-3, 1e6)
# The directions of a matrix grow with the cube of the distance.
FARTHEST = 10
RESEGMENT_MODES = ("absolute", "relative", "sigma")


@dataclass(frozen=True, kw_only=True)
class ExtractionSettings:
    """What the feature values depend on; the defaults are pyradiomics' own, which the paper is assumed to have used.

    Attributes
    ----------
    bin_width
        HU a grey level, edges at multiples of it (pyradiomics `binWidth`).
    bin_count
        A fixed number of grey levels instead of a width (`binCount`).
    resampled_spacing_mm
        (x, y, z) in mm, 0 keeps an axis as it is; None resamples nothing (`resampledPixelSpacing`).
    interpolator
        Of the image when resampling; the mask is always nearest neighbour (`interpolator`).
    image_types
        Which filtered images beside or instead of "Original".
    log_sigma_mm
        SDs of the Laplacian of Gaussian, mm (`sigma`), needed by image type "LoG".
    normalize, normalize_scale, remove_outliers
        z-score the whole image first, times a scale, cut at so many SD (`normalize`, `normalizeScale`,
        `removeOutliers`).
    resegment_range, resegment_mode
        HU (or ratio or SD, by the mode) outside which voxels leave the contour (`resegmentRange`).
    distances
        Of neighbours, in voxels, for the texture matrices (`distances`).
    """

    bin_width: float = 25.0
    bin_count: int | None = None
    resampled_spacing_mm: tuple[float, float, float] | None = None
    interpolator: str = "sitkBSpline"
    image_types: tuple[str, ...] = ("Original",)
    log_sigma_mm: tuple[float, ...] = ()
    normalize: bool = False
    normalize_scale: float = 1.0
    remove_outliers: float | None = None
    resegment_range: tuple[float, ...] | None = None
    resegment_mode: str = "absolute"
    distances: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        _require(
            _within(self.bin_width, BIN_WIDTHS), "bin_width", self.bin_width, f"a number of HU {_span(BIN_WIDTHS)}"
        )
        _require(
            self.bin_count is None or 2 <= self.bin_count <= MOST_BINS,
            "bin_count",
            self.bin_count,
            f"from 2 to {MOST_BINS}, or nothing",
        )
        spacing = self.resampled_spacing_mm
        _require(
            spacing is None or (len(spacing) == 3 and all(s == 0 or _within(s, RESAMPLED_MM) for s in spacing)),
            "resampled_spacing_mm",
            spacing,
            f"three lengths {_span(RESAMPLED_MM)} mm, or 0 for an axis that stays",
        )
        _require(self.interpolator in INTERPOLATORS, "interpolator", self.interpolator, _one_of(INTERPOLATORS))
        _require(
            len(self.image_types) > 0 and set(self.image_types) <= set(IMAGE_TYPES),
            "image_types",
            self.image_types,
            "a list out of " + ", ".join(IMAGE_TYPES),
        )
        _require(
            all(_within(sigma, LOG_SIGMAS_MM) for sigma in self.log_sigma_mm)
            and len(self.log_sigma_mm) <= MOST_SIGMAS
            and ("LoG" in self.image_types) == bool(self.log_sigma_mm),
            "log_sigma_mm",
            self.log_sigma_mm,
            f"at most {MOST_SIGMAS} lengths {_span(LOG_SIGMAS_MM)} mm, with image type LoG and only then",
        )
        _require(
            _within(self.normalize_scale, NORMALIZE_SCALES),
            "normalize_scale",
            self.normalize_scale,
            f"a number {_span(NORMALIZE_SCALES)}",
        )
        _require(
            self.remove_outliers is None or _within(self.remove_outliers, OUTLIER_SDS),
            "remove_outliers",
            self.remove_outliers,
            f"a number of SDs {_span(OUTLIER_SDS)}, or nothing",
        )
        _require(
            self.resegment_range is None
            or (len(self.resegment_range) in (1, 2) and all(map(math.isfinite, self.resegment_range))),
            "resegment_range",
            self.resegment_range,
            "one or two numbers, or nothing",
        )
        _require(
            self.resegment_mode in RESEGMENT_MODES, "resegment_mode", self.resegment_mode, _one_of(RESEGMENT_MODES)
        )
        _require(
            len(self.distances) > 0 and all(1 <= d <= FARTHEST for d in self.distances),
            "distances",
            self.distances,
            f"whole numbers of voxels from 1 to {FARTHEST}",
        )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ExtractionSettings:
        """Settings from a model card or a study's protocol; what is not named keeps its default.

        Raises DataRefusedError (bad-settings) for an unknown name or an unusable value.

        Examples
        --------
        >>> settings = ExtractionSettings.from_mapping({"bin_width": 10, "distances": [1, 2]})
        >>> settings.bin_width, settings.distances, settings.interpolator
        (10.0, (1, 2), 'sitkBSpline')
        """
        types = {field.name: field.type for field in fields(cls)}
        for name in mapping:
            if name not in types:
                raise DataRefusedError(
                    f"The extraction settings name '{name}', which is not one of them; use: {', '.join(types)}.",
                    "bad-settings",
                )
        return cls(**{name: _converted(name, value, str(types[name])) for name, value in mapping.items()})

    def as_mapping(self) -> dict[str, Any]:
        """The settings as JSON and TOML write them: every one of them, tuples as lists."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def digest(self) -> str:
        """SHA-256 of the settings, for tables whose rows must share them (16 hex digits)."""
        text = json.dumps(self.as_mapping(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def leave_voxels(self) -> bool:
        """Whether features are of the CT's own voxels inside the contour: nothing is done to either before."""
        of_the_original = self.image_types == ("Original",) and self.resegment_range is None
        return of_the_original and self.resampled_spacing_mm is None and not self.normalize

    def apart_from_images(self) -> ExtractionSettings:
        """What a feature's value depends on beside its name, which tells the filtered image and its σ itself.

        Returns
        -------
        ExtractionSettings
            These settings with the original image alone: equal for two whose features of one name are the same.

        """
        return replace(self, image_types=("Original",), log_sigma_mm=())


def differing(expected: ExtractionSettings, actual: ExtractionSettings) -> tuple[str, ...]:
    """The names of the settings in which two differ, in their declared order.

    Parameters
    ----------
    expected
        The settings that are asked for.
    actual
        The settings that there are.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> differing(ExtractionSettings(), ExtractionSettings())
    ()
    """
    return tuple(
        field.name for field in fields(expected) if getattr(expected, field.name) != getattr(actual, field.name)
    )


def log_prefix(sigma: float) -> str:
    """pyradiomics' prefix of the features of a Laplacian of Gaussian.

    Parameters
    ----------
    sigma
        SD in mm.

    Returns
    -------
    str
        Such as "log-sigma-2-0-mm-3D".

    """
    return f"log-sigma-{sigma}-mm-3D".replace(".", "-")


def images_words(settings: ExtractionSettings) -> str:
    """The images that features are of, as a sentence names them.

    Parameters
    ----------
    settings
        How the features are extracted.

    Returns
    -------
    str

    Examples
    --------
    >>> images_words(ExtractionSettings(image_types=("Original", "LoG"), log_sigma_mm=(2.0, 3.5)))
    'the original image and its Laplacian of Gaussian (σ 2, 3.5 mm)'
    """
    sigmas = ", ".join(f"{sigma:g}" for sigma in settings.log_sigma_mm)
    words = [_IMAGE_WORDS[image_type].format(sigmas=sigmas) for image_type in settings.image_types]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def image_prefixes(settings: ExtractionSettings) -> dict[str, tuple[str, ...]]:
    """The prefixes that pyradiomics gives the features of each image type that `settings` name.

    Parameters
    ----------
    settings
        How the features are extracted.

    Returns
    -------
    dict[str, tuple[str, ...]]

    Examples
    --------
    >>> image_prefixes(ExtractionSettings(image_types=("Original", "LoG"), log_sigma_mm=(1.0, 2.5)))
    {'Original': ('original',), 'LoG': ('log-sigma-1-0-mm-3D', 'log-sigma-2-5-mm-3D')}
    """
    own = {
        "Wavelet": tuple(f"wavelet-{band}" for band in _BANDS),
        "LoG": tuple(map(log_prefix, settings.log_sigma_mm)),
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

    Returns
    -------
    ExtractionSettings
    """
    own = image_prefixes(settings)
    kept = tuple(image_type for image_type in settings.image_types if not set(own[image_type]).isdisjoint(prefixes))
    sigmas = tuple(sigma for sigma in settings.log_sigma_mm if log_prefix(sigma) in prefixes)
    return replace(settings, image_types=kept or ("Original",), log_sigma_mm=sigmas)


def with_images(settings: ExtractionSettings, prefixes: Collection[str]) -> ExtractionSettings:
    """`settings` with the image types and σ that the prefixes tell; the same settings where they have them all.

    Parameters
    ----------
    settings
        Of an extraction.
    prefixes
        Of the names of features; one that is of no image type adds nothing.

    Returns
    -------
    ExtractionSettings
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
    return sigma if _is_positive(sigma) and log_prefix(sigma) == prefix else None


def _is_positive(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _span(limits: tuple[float, float]) -> str:
    return f"from {limits[0]:g} to {limits[1]:g}"


def _one_of(names: tuple[str, ...]) -> str:
    return "one of " + ", ".join(names)


def _require(holds: bool, name: str, value: Any, wanted: str) -> None:
    if not holds:
        shown = one_line(repr(value), 60)
        raise DataRefusedError(f"The extraction setting '{name}' is {shown}; it must be {wanted}.", "bad-settings")


def _converted(name: str, value: Any, declared: str) -> Any:
    """`value` as the dataclass declares it, refusing what JSON, TOML or YAML got wrong ("25 HU", true for a number)."""
    if value is None and "None" in declared:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    if declared.startswith("tuple"):
        element = declared.removeprefix("tuple[").split(",")[0]
        if not isinstance(value, list | tuple):
            raise DataRefusedError(f"The extraction setting '{name}' is {value!r}; it must be a list.", "bad-settings")
        return tuple(_converted(name, item, element) for item in value)
    usable = {
        "float": number,
        "int": number and float(value).is_integer(),
        "bool": isinstance(value, bool),
        "str": isinstance(value, str),
    }
    kind = declared.split(" ")[0]
    _require(usable[kind], name, value, f"of type {kind}")
    return {"float": float, "int": int, "bool": bool, "str": str}[kind](value)
