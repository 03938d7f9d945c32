"""The pixels of a CT series as HU.

Uncompressed pixels are decoded here, by the numbers in their own header: a library may invert MONOCHROME1, which
concerns the display only, and takes on trust what the header says of the bits. Compressed ones are ITK's to decode, and
what it returns is compared with the headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import counted
from RLNResponseLib.imaging.dicom_header import number, text, whole
from RLNResponseLib.imaging.quiet import silenced_itk

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
# Implicit and explicit little endian, and explicit within deflate, which pydicom unpacks.
_UNCOMPRESSED = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"})
_DEFLATED = "1.2.840.10008.1.2.1.99"
_TYPES: dict[bool, tuple[type[np.integer[Any]], ...]] = {
    False: (np.uint8, np.uint16, np.uint32),
    True: (np.int8, np.int16, np.int32),
}
# 2³¹ voxels of two bytes, the most that any CT is read with.
_MAXIMUM_BYTES = 2**32
# A repeating group of overlays, 6000 to 601E; its plane may lie in the pixels' unused bits (retired in 2004).
_PIXEL_DATA = 0x7FE00010
_OVERLAY_BITS = tuple((group << 16) | 0x0102 for group in range(0x6000, 0x6020, 2))


@dataclass(frozen=True)
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
        return cls(allocated, stored, bool(signed), _photometric(tags) == "MONOCHROME1", slope, intercept)

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


def read_hu(files: Sequence[Path], headers: Sequence[Any], name: str) -> NDArray[Any]:
    """The HU of a series, [k, j, i], each slice by its own header; integers where every slope and intercept is one.

    Parameters
    ----------
    files, headers
        The slices in order, all of one size, and of each the tags (`PIXEL_TAGS`, Rows, Columns) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Returns
    -------
    NDArray

    Raises
    ------
    DataRefusedError
        bad-pixel-format, bad-rescale, mixed-rescale, too-many-voxels, unreadable-pixels.
    """
    stored = [StoredValues.from_tags(tags, name) for tags in headers]
    _refuse_mixed_rescale(stored, headers, name)
    kind = _common_type(stored)
    shape = (len(files), int(headers[0].Rows), int(headers[0].Columns))
    size = int(np.prod(shape, dtype=object)) * kind.itemsize
    if size > _MAXIMUM_BYTES:
        raise DataRefusedError(
            f"{name} claims {size} bytes of voxels, and at most {_MAXIMUM_BYTES} are read; it is damaged (export it "
            "again), or crop it first.",
            "too-many-voxels",
        )
    if not all(_is_uncompressed(tags) for tags in headers):
        return _read_by_itk(files, stored, kind, shape, name)
    _refuse_short_files(files, headers, stored, shape, name)
    hu = np.empty(shape, kind)
    for k, (path, slice_stored) in enumerate(zip(files, stored, strict=True)):
        hu[k] = slice_stored.hu(_stored_pixels(path, slice_stored, shape[1:], name), kind)
    return hu


def _common_type(stored: Sequence[StoredValues]) -> np.dtype[Any]:
    """The type of a volume whose slices are stored each in its own way."""
    kinds = {each.hu_type for each in stored}
    if len(set(stored)) == 1:
        return kinds.pop()
    return np.dtype(np.int32) if all(np.can_cast(kind, np.int32) for kind in kinds) else np.dtype(np.float64)


def _is_uncompressed(tags: Any) -> bool:
    syntax = str(getattr(tags, "file_meta", {}).get("TransferSyntaxUID") or "")
    # Without meta information a file cannot say that it is compressed.
    return syntax in _UNCOMPRESSED if syntax else bool(tags.original_encoding[1])


def _refuse_short_files(
    files: Sequence[Path], headers: Sequence[Any], stored: Sequence[StoredValues], shape: tuple[int, ...], name: str
) -> None:
    """Before memory is taken for pixels that no file can hold."""
    for path, tags, each in zip(files, headers, stored, strict=True):
        deflated = getattr(tags, "file_meta", {}).get("TransferSyntaxUID") == _DEFLATED
        if not deflated and path.stat().st_size < shape[1] * shape[2] * each.dtype.itemsize:
            raise _cut_off(name)


def _stored_pixels(path: Path, stored: StoredValues, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """The values of one uncompressed slice; bits beyond those stored are cut off where they are an overlay's."""
    import pydicom

    try:
        with silenced_itk():
            found = pydicom.dcmread(path, force=True, specific_tags=[_PIXEL_DATA, *_OVERLAY_BITS])
            pixels = bytes(found.PixelData)
            encapsulated = bool(found["PixelData"].is_undefined_length)
            overlay_in_pixels = any(int(found[tag].value or 0) > 0 for tag in _OVERLAY_BITS if tag in found)
    # No pixel data at all (they may be floating-point numbers, which no CT has), or an element that cannot be read.
    except Exception:
        raise _unreadable(name) from None
    expected = int(np.prod(shape)) * stored.dtype.itemsize
    if encapsulated:
        raise _unreadable(name)
    if len(pixels) < expected:
        raise _cut_off(name)
    if any(pixels[expected:]):
        raise DataRefusedError(
            f"A slice in {name} holds more pixels than its {shape[0]} rows of {shape[1]}, so its header belongs to "
            "another picture; export the original series.",
            "surplus-pixels",
        )
    raw = np.frombuffer(pixels, stored.dtype, count=int(np.prod(shape))).reshape(shape)
    unused = stored.bits_allocated - stored.bits_stored
    if not unused:
        return raw
    # Shifted up and down again, the sign fills the unused bits; the shift is in the numbers' own type.
    values = np.right_shift(np.left_shift(raw, unused), unused)
    if not overlay_in_pixels and not np.array_equal(values, raw):
        raise DataRefusedError(
            f"A slice in {name} has pixels that do not fit the {stored.bits_stored} bits that its header says are "
            "stored, so their values cannot be known; export the original series.",
            "bad-pixel-format",
        )
    return values


def _read_by_itk(
    files: Sequence[Path], stored: Sequence[StoredValues], kind: np.dtype[Any], shape: tuple[int, ...], name: str
) -> NDArray[Any]:
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in files])
    if len(set(stored)) > 1:
        # The reader would store every slice as the first one asks, and cut off what does not fit.
        reader.SetOutputPixelType(sitk.sitkInt32 if kind == np.int32 else sitk.sitkFloat64)
    try:
        with silenced_itk():
            image = reader.Execute()
    except (RuntimeError, MemoryError):
        raise _unreadable(name) from None
    if image.GetNumberOfComponentsPerPixel() != 1 or image.GetSize() != shape[::-1]:
        raise _unreadable(name)
    hu = sitk.GetArrayFromImage(image)
    for k, each in enumerate(stored):
        if each.inverted_display:
            # GDCM has turned the stored values upside down within their limits.
            hu[k] = each.slope * sum(each.limits) + 2 * each.intercept - hu[k].astype(np.float64)
    return hu


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


def _refuse_mixed_rescale(stored: Sequence[StoredValues], headers: Sequence[Any], name: str) -> None:
    """One reconstruction of a CT has one slope, and states it in every slice or in none."""
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


def _unreadable(name: str) -> DataRefusedError:
    return DataRefusedError(
        f"The pixels of the series in {name} cannot be read: a file is damaged, holds no whole-number pixels, or is "
        "compressed in a way that is not supported; export the series uncompressed (Explicit VR Little Endian).",
        "unreadable-pixels",
    )


def _cut_off(name: str) -> DataRefusedError:
    return DataRefusedError(
        f"A slice in {name} is cut off: it holds fewer pixels than its rows and columns say; copy or export the series "
        "again.",
        "unreadable-pixels",
    )
