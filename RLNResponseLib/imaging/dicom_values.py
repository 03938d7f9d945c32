"""How a CT's slices store their values, and what turns them into HU, by their headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import counted
from RLNResponseLib.imaging.dicom_header import number, text, whole

PIXEL_TAGS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "ModalityLUTSequence",
    "LossyImageCompression",
)
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
# The terms that the standard defines for Rescale Type (PS3.3 C.11.1.1.2). Another text is not repeated: it may say
# anything, also of the patient.
_UNITS = frozenset({"HU", "HU_MOD", "OD", "US", "MGML", "Z_EFF", "ED", "EDW", "PCT", "UNSPECIFIED"})
_TYPES: dict[bool, tuple[type[np.integer[Any]], ...]] = {
    False: (np.uint8, np.uint16, np.uint32),
    True: (np.int8, np.int16, np.int32),
}


@dataclass(frozen=True, kw_only=True)
class StoredValues:
    """How one slice stores its values, and what turns them into HU.

    bits_allocated, bits_stored, signed   of one pixel; the stored bits are the lowest
    inverted_display                      MONOCHROME1: low values are shown bright
    slope, intercept                      HU = slope × value + intercept
    """

    bits_allocated: int
    bits_stored: int
    signed: bool
    inverted_display: bool
    slope: float
    intercept: float

    @classmethod
    def from_tags(cls, tags: Any, name: str) -> StoredValues:
        """What the tags (`PIXEL_TAGS`) of a slice state.

        Raises DataRefusedError: bad-pixel-format, bad-rescale.
        """
        allocated, signed = whole(tags, "BitsAllocated"), whole(tags, "PixelRepresentation")
        stored = whole(tags, "BitsStored") or allocated or 0
        high = stored - 1 if "HighBit" not in tags else whole(tags, "HighBit")
        consistent = allocated in (8, 16, 32) and 0 < stored <= allocated and high == stored - 1
        if allocated is None or not consistent or signed not in (0, 1):
            raise DataRefusedError(
                f"A slice in {name} does not say clearly how its pixels are stored (bits allocated {allocated}, stored "
                f"{stored}, high bit {high}, pixel representation {signed}); export the original series.",
                "bad-pixel-format",
            )
        slope, intercept = _rescale(tags, name)
        return cls(
            bits_allocated=allocated,
            bits_stored=stored,
            signed=bool(signed),
            inverted_display=_photometric(tags) == "MONOCHROME1",
            slope=slope,
            intercept=intercept,
        )

    @property
    def limits(self) -> tuple[int, int]:
        """The lowest and the highest value that the stored bits can hold."""
        span = 1 << self.bits_stored
        return (-span // 2, span // 2 - 1) if self.signed else (0, span - 1)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers in the file, little endian."""
        return np.dtype(f"<{'i' if self.signed else 'u'}{self.bits_allocated // 8}")

    @property
    def hu_type(self) -> np.dtype[Any]:
        """The smallest type that holds every HU there can be; of values that are HU as stored, their own."""
        if (self.slope, self.intercept) == (1.0, 0.0):
            return self.dtype.newbyteorder("=")
        if self.slope.is_integer() and self.intercept.is_integer():
            low, high = sorted(self.slope * value + self.intercept for value in self.limits)
            for kind in _TYPES[low < 0]:
                if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
                    return np.dtype(kind)
        return np.dtype(np.float64)

    def hu(self, values: NDArray[Any], kind: np.dtype[Any]) -> NDArray[Any]:
        """The HU of stored values as numbers of `kind`, each computed in double precision, which holds all of them."""
        if (self.slope, self.intercept) == (1.0, 0.0):
            return values.astype(kind)
        return np.asarray(values.astype(np.float64) * self.slope + self.intercept).astype(kind)


def refuse_colour(headers: Sequence[Any], name: str) -> None:
    """Refuse a series of which an image is in colour, by samples or by palette.

    Parameters
    ----------
    headers
        Of each slice the tags (`PIXEL_TAGS`) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Raises
    ------
    DataRefusedError
        not-scalar.
    """
    if any((whole(tags, "SamplesPerPixel") or 1) != 1 or _photometric(tags) not in _GREY for tags in headers):
        raise DataRefusedError(
            f"The series in {name} is in colour, so it is no CT in HU; choose another.", "not-scalar"
        )


def _photometric(tags: Any) -> str:
    return (text(tags, "PhotometricInterpretation") or "MONOCHROME2").upper()


def _rescale(tags: Any, name: str) -> tuple[float, float]:
    """Slope and intercept of one slice; 1 and 0 where it states none."""
    slope = number(tags, "RescaleSlope") if tags.get("RescaleSlope") is not None else 1.0
    intercept = number(tags, "RescaleIntercept") if tags.get("RescaleIntercept") is not None else 0.0
    if not slope or intercept is None or tags.get("ModalityLUTSequence"):
        raise DataRefusedError(
            f"A slice in {name} has a rescale slope or intercept that gives no HU (slope 0, no number, or a table in "
            "their place); export the original series.",
            "bad-rescale",
        )
    return slope, intercept


def refuse_mixed_rescale(stored: Sequence[StoredValues], headers: Sequence[Any], name: str) -> None:
    """Refuse slices of different slopes: one reconstruction of a CT has one, and states it in every slice or in none.

    Parameters
    ----------
    stored, headers
        Of each slice how it stores its values, and the tags (`PIXEL_TAGS`) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Raises
    ------
    DataRefusedError
        mixed-rescale.
    """
    slopes = sorted({each.slope for each in stored})
    absent = sum("RescaleSlope" not in tags or "RescaleIntercept" not in tags for tags in headers)
    if len(slopes) > 1:
        what = f"state rescale slopes from {slopes[0]:g} to {slopes[-1]:g}"
    elif 0 < absent < len(headers):
        what = f"state a rescale to HU, but not {absent} of the {len(headers)}"
    else:
        return
    raise DataRefusedError(
        f"The slices of the series in {name} {what}, which slices of one reconstruction never do, so their HU cannot "
        "be trusted; export the original series again.",
        "mixed-rescale",
    )


def rescale_findings(headers: Sequence[Any]) -> tuple[Finding, ...]:
    """A warning where a series does not say that its rescaled values are HU (CT Image IOD: type "HU" is implied).

    Parameters
    ----------
    headers
        Of each slice the tags (`PIXEL_TAGS`) as a pydicom Dataset.

    Returns
    -------
    tuple of Finding
        rescale-absent or rescale-not-hu (warning).
    """
    units = {(text(tags, "RescaleType") or "HU").upper() for tags in headers}
    absent = sum("RescaleSlope" not in tags or "RescaleIntercept" not in tags for tags in headers)
    if absent:
        return (
            Finding(
                code="rescale-absent",
                severity="warning",
                message=f"{absent} slice(s) of the CT state no rescale to HU, so their stored values are taken as HU; "
                f"compare air (-1000) and fluid (0) before trusting the score.",
                numbers={"slice_count": absent},
            ),
        )
    if units - {"HU"}:
        known = {unit if unit in _UNITS else "another text" for unit in units}
        return (
            Finding(
                code="rescale-not-hu",
                severity="warning",
                message=f"The CT states that its values are not HU (rescale type {', '.join(sorted(known))}); use a "
                "reconstruction in HU.",
            ),
        )
    return ()


def lossy_findings(headers: Sequence[Any]) -> tuple[Finding, ...]:
    """A warning where a series has been compressed with loss, be it only once before.

    Parameters
    ----------
    headers
        Of each slice the tags (`PIXEL_TAGS`) as a pydicom Dataset.

    Returns
    -------
    tuple of Finding
        lossy-compression (warning).
    """
    lossy = sum(text(tags, "LossyImageCompression") == "01" for tags in headers)
    if not lossy:
        return ()
    return (
        Finding(
            code="lossy-compression",
            severity="warning",
            message=f"{counted(lossy, 'slice')} of the CT were compressed with loss, which changes texture; use the "
            "original series.",
            numbers={"slice_count": lossy},
        ),
    )
