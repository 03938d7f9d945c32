"""The pixels of a CT series as HU.

Uncompressed pixels are decoded here, by the numbers in their own header: a library may invert MONOCHROME1, which
concerns the display only, and takes on trust what the header says of the bits. Compressed ones are ITK's to decode, and
what it returns is compared with the headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.codestream import picture_size
from RLNResponseLib.imaging.dicom_values import StoredValues, refuse_mixed_rescale
from RLNResponseLib.imaging.quiet import silenced_itk

_BIG_ENDIAN = "1.2.840.10008.1.2.2"
# Implicit and explicit, and explicit within deflate, which pydicom unpacks.
_UNCOMPRESSED = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", _BIG_ENDIAN})
_DEFLATED = "1.2.840.10008.1.2.1.99"
# Run lengths, which pydicom unpacks by itself; a damaged run ends ITK's process.
_RLE = "1.2.840.10008.1.2.5"
# 2³¹ voxels of two bytes, the most that any CT is read with.
_MAXIMUM_BYTES = 2**32
# A repeating group of overlays, 6000 to 601E; its plane may lie in the pixels' unused bits (retired in 2004).
_OVERLAY_BITS = tuple((group << 16) | 0x0102 for group in range(0x6000, 0x6020, 2))


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
    refuse_mixed_rescale(stored, headers, name)
    kind = _common_type(stored)
    shape = (len(files), int(headers[0].Rows), int(headers[0].Columns))
    size = int(np.prod(shape, dtype=object)) * kind.itemsize
    if size > _MAXIMUM_BYTES:
        raise DataRefusedError(
            f"{name} claims {size} bytes of voxels, and at most {_MAXIMUM_BYTES} are read; it is damaged (export it "
            "again), or crop it first.",
            "too-many-voxels",
        )
    if not all(_is_decoded_here(tags) for tags in headers):
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


def _syntax(tags: Any) -> str:
    """The transfer syntax; empty where a file has no meta information, and then it cannot be compressed."""
    return str(getattr(tags, "file_meta", {}).get("TransferSyntaxUID") or "")


def _is_decoded_here(tags: Any) -> bool:
    syntax = _syntax(tags)
    return syntax in _UNCOMPRESSED or syntax == _RLE if syntax else bool(tags.original_encoding[1])


def _refuse_short_files(
    files: Sequence[Path], headers: Sequence[Any], stored: Sequence[StoredValues], shape: tuple[int, ...], name: str
) -> None:
    """Before memory is taken for pixels that no file can hold."""
    for path, tags, each in zip(files, headers, stored, strict=True):
        packed = _syntax(tags) in (_DEFLATED, _RLE)
        if not packed and path.stat().st_size < shape[1] * shape[2] * each.dtype.itemsize:
            raise _cut_off(name)


def _stored_pixels(path: Path, stored: StoredValues, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """The values of one slice; bits beyond those stored are cut off where they are an overlay's."""
    import pydicom

    try:
        with silenced_itk():
            found = pydicom.dcmread(path, force=True)
            encoded = _syntax(found) == _RLE
            pixels = _unpacked(found, stored, shape) if encoded else bytes(found.PixelData)
            big_endian = _syntax(found) == _BIG_ENDIAN
            encapsulated = bool(found["PixelData"].is_undefined_length) and not encoded
            overlay_in_pixels = any(int(found[tag].value or 0) > 0 for tag in _OVERLAY_BITS if tag in found)
    # No pixel data at all (they may be floating-point numbers, which no CT has), or an element that cannot be read.
    except Exception:
        raise _unreadable(name) from None
    expected = int(np.prod(shape)) * stored.dtype.itemsize
    # Bytes within big-endian words change places, or not: nobody writes such.
    if encapsulated or (big_endian and stored.bits_allocated == 8):
        raise _unreadable(name)
    if len(pixels) < expected:
        raise _cut_off(name)
    if any(pixels[expected:]):
        raise DataRefusedError(
            f"A slice in {name} holds more pixels than its {shape[0]} rows of {shape[1]}, so its header belongs to "
            "another picture; export the original series.",
            "surplus-pixels",
        )
    kind = stored.dtype.newbyteorder(">") if big_endian else stored.dtype
    raw = np.frombuffer(pixels, kind, count=int(np.prod(shape))).reshape(shape)
    return _stored_bits(raw, stored, overlay_in_pixels, name)


def _unpacked(file: Any, stored: StoredValues, shape: tuple[int, ...]) -> bytes:
    """The values of a slice in run lengths, as it would hold them uncompressed."""
    from pydicom.pixels.decoders.base import get_decoder

    values, _ = get_decoder(_RLE).as_array(file, raw=True, decoding_plugin="pydicom")
    return bytes(values.reshape(shape).astype(stored.dtype).tobytes())


def _stored_bits(raw: NDArray[Any], stored: StoredValues, overlay_in_pixels: bool, name: str) -> NDArray[Any]:
    unused = stored.bits_allocated - stored.bits_stored
    if not unused:
        return raw
    # Shifted up and down again, the sign fills the unused bits; the shift is in the numbers' own type.
    values = np.right_shift(np.left_shift(raw, unused), unused)
    if not overlay_in_pixels and not np.array_equal(values, raw):
        raise _beyond_stored_bits(stored, name)
    return values


def _beyond_stored_bits(stored: StoredValues, name: str) -> DataRefusedError:
    return DataRefusedError(
        f"A slice in {name} has pixels that do not fit the {stored.bits_stored} bits that its header says are stored, "
        "so their values cannot be known; export the original series.",
        "bad-pixel-format",
    )


def _read_by_itk(
    files: Sequence[Path], stored: Sequence[StoredValues], kind: np.dtype[Any], shape: tuple[int, ...], name: str
) -> NDArray[Any]:
    import SimpleITK as sitk

    for path, each in zip(files, stored, strict=True):
        _refuse_other_picture(path, each, shape[1:], name)
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
        low, high = sorted(each.slope * limit + each.intercept for limit in each.limits)
        # GDCM has turned the stored values of MONOCHROME1 upside down within their limits.
        upright = low + high - hu[k].astype(np.float64) if each.inverted_display else hu[k]
        if upright.min() < low or upright.max() > high:
            raise _beyond_stored_bits(each, name)
        hu[k] = upright
    return hu


def _refuse_other_picture(path: Path, stored: StoredValues, shape: tuple[int, ...], name: str) -> None:
    """What a compressed slice says of its size would be believed by the decoder, which writes by it."""
    import pydicom
    from pydicom.encaps import generate_frames

    try:
        with silenced_itk():
            found = pydicom.dcmread(path, force=True, specific_tags=["PixelData"])
            if _is_decoded_here(found):
                return
            (frame,) = generate_frames(found.PixelData, number_of_frames=1)
    # No pixel data, or fragments that make no frame.
    except Exception:
        raise _unreadable(name) from None
    size = picture_size(frame)
    expected = (*shape, 1)
    if size is None or (size.rows, size.columns, size.components) != expected or size.bits > stored.bits_allocated:
        raise _unreadable(name)


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
