"""NIfTI-1 and NIfTI-2, with what ITK's NIfTI library passes over in silence: a missing end, NaN and infinite voxels."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.imaging.volume_file import DEFLATE_LIMIT, VolumeKind, decompressed_length, is_gzip

_HEADER_SIZES = (348, 540)
_BYTE_ORDERS = {"little": "<", "big": ">"}
# NIfTI's data type codes of floating-point numbers.
_FLOATS = {16: "f4", 64: "f8"}


def is_nifti(path: Path) -> bool:
    """Whether the file begins as NIfTI-1 or NIfTI-2 does, compressed or not.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    bool
    """
    return _byte_order(path) is not None


def _is_complete(path: Path, reader: Any) -> bool:
    """Whether the file holds all bytes that its header, which `reader` has read, claims.

    ITK fills a missing end with zeros. Nothing is decompressed that could not hold them.
    """
    sizes = [int(reader.GetMetaData(f"dim[{axis}]")) for axis in range(1, int(reader.GetMetaData("dim[0]")) + 1)]
    claimed = math.prod(sizes) * int(reader.GetMetaData("bitpix")) // 8 + _voxel_offset(reader)
    path = _voxel_file(path)
    length = path.stat().st_size
    if is_gzip(path):
        length = 0 if claimed > DEFLATE_LIMIT * length else decompressed_length(path, 0)
    return length >= claimed


def _restore_non_finite(image: Any, path: Path, reader: Any) -> Any:
    """`image` with the NaN and infinite voxels of its file, which ITK's NIfTI library turns into 0: the HU of water."""
    import SimpleITK as sitk

    kind = _FLOATS.get(int(reader.GetMetaData("datatype")))
    if kind is None:
        return image
    stored = np.dtype(f"{_byte_order(path)}{kind}")
    array = sitk.GetArrayFromImage(image)
    path = _voxel_file(path)
    with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
        file.seek(_voxel_offset(reader))
        values = np.frombuffer(file.read(array.size * stored.itemsize), stored).reshape(array.shape)
    lost = ~np.isfinite(values)
    if not lost.any():
        return image
    array[lost] = values[lost]
    restored = sitk.GetImageFromArray(array)
    restored.CopyInformation(image)
    return restored


def _byte_order(path: Path) -> str | None:
    """numpy's sign for the byte order of a NIfTI header; None where the file has none."""
    try:
        with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
            start = file.read(4)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None
    for order, sign in _BYTE_ORDERS.items():
        if int.from_bytes(start, order) in _HEADER_SIZES:  # type: ignore[arg-type]
            return sign
    return None


def _voxel_offset(reader: Any) -> int:
    return int(float(reader.GetMetaData("vox_offset")))


def _voxel_file(path: Path) -> Path:
    """The file with the voxels: itself, or beside an .hdr its .img."""
    if path.suffix.lower() != ".hdr":
        return path
    return next((other for end in (".img", ".img.gz") if (other := path.with_suffix(end)).is_file()), path)


NIFTI = VolumeKind(
    name="NIfTI",
    image_io="NiftiImageIO",
    recognises=is_nifti,
    is_complete=_is_complete,
    restore=_restore_non_finite,
)
