"""NRRD and NIfTI: the header is judged before any memory is taken for the voxels, then the voxels are read.

Compressed voxels: how large they can be, and how large they are.

What ITK's NIfTI library passes over in silence: a missing end, NaN and infinite voxels.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.quiet import silenced_itk

GZIP_MAGIC = b"\x1f\x8b"
# Deflate, which gzip uses, cannot make data smaller than 1/1032.
DEFLATE_LIMIT = 1032
_CHUNK = 1 << 20
# Added to the window size: a gzip header and trailer, whose checksum and length are compared.
_GZIP = 16


def decompressed_length(path: Path, start: int) -> int:
    """The bytes in the gzip stream that begins at byte `start` of a file; 0 where it is cut off or its checksum is wrong."""
    length, rest = 0, b""
    member = _new_member()
    try:
        with path.open("rb") as file:
            file.seek(start)
            while compressed := rest or file.read(_CHUNK):
                if member.eof:
                    if not compressed.strip(b"\0"):  # padding after the last member
                        rest = b""
                        continue
                    member = _new_member()
                # A chunk at a time, however much it stands for: all of it at once could fill the memory.
                length += len(member.decompress(compressed, _CHUNK))
                rest = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error:
        return 0
    return length if member.eof else 0


def _new_member() -> Any:
    # zlib itself, in large pieces: the gzip module reads 8 kB at a time and takes three times as long.
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP)


_HEADER_SIZES = (348, 540)
_BYTE_ORDERS = {"little": "<", "big": ">"}
# NIfTI's data type codes of floating-point numbers.
_FLOATS = {16: "f4", 64: "f8"}


def is_nifti(path: Path) -> bool:
    """Whether the file begins as NIfTI-1 or NIfTI-2 does, compressed or not."""
    return _byte_order(path) is not None


def is_complete_nifti(path: Path, reader: Any) -> bool:
    """Whether the file holds all bytes that its header, which `reader` has read, claims.

    ITK fills a missing end with zeros. Nothing is decompressed that could not hold them.
    """
    sizes = [int(reader.GetMetaData(f"dim[{axis}]")) for axis in range(1, int(reader.GetMetaData("dim[0]")) + 1)]
    claimed = math.prod(sizes) * int(reader.GetMetaData("bitpix")) // 8 + _voxel_offset(reader)
    path = _voxel_file(path)
    length = path.stat().st_size
    if _is_compressed(path):
        length = 0 if claimed > DEFLATE_LIMIT * length else decompressed_length(path, 0)
    return length >= claimed


def restore_non_finite(image: Any, path: Path, reader: Any) -> Any:
    """`image` with the NaN and infinite voxels of its file, which ITK's NIfTI library turns into 0: the HU of water."""
    import SimpleITK as sitk

    kind = _FLOATS.get(int(reader.GetMetaData("datatype")))
    if kind is None:
        return image
    stored = np.dtype(f"{_byte_order(path)}{kind}")
    array = sitk.GetArrayFromImage(image)
    path = _voxel_file(path)
    with gzip.open(path) if _is_compressed(path) else path.open("rb") as file:
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
        with gzip.open(path) if _is_compressed(path) else path.open("rb") as file:
            start = file.read(4)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return None
    for order, sign in _BYTE_ORDERS.items():
        if int.from_bytes(start, order) in _HEADER_SIZES:  # type: ignore[arg-type]
            return sign
    return None


def _is_compressed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == GZIP_MAGIC


def _voxel_offset(reader: Any) -> int:
    return int(float(reader.GetMetaData("vox_offset")))


def _voxel_file(path: Path) -> Path:
    """The file with the voxels: itself, or beside an .hdr its .img."""
    if path.suffix.lower() != ".hdr":
        return path
    return next((other for end in (".img", ".img.gz") if (other := path.with_suffix(end)).is_file()), path)


__all__ = ["is_nifti", "is_nrrd", "read_header", "read_scalar_volume", "read_voxels", "refuse_too_many_voxels"]

# 2³¹ voxels: 1024 × 1024 × 2048, four times a whole-body CT; 4 GiB as 16-bit numbers.
MAXIMUM_VOXELS = 2**31
# A .seg.nrrd takes some 500 bytes a segment.
_LONGEST_NRRD_HEADER = 1 << 20


def is_nrrd(path: Path) -> bool:
    """Whether the file begins as NRRD does."""
    with path.open("rb") as file:
        return file.read(4) == b"NRRD"


def read_header(path: Path) -> Any:
    """A SimpleITK reader that has read the file's header, which claims nothing impossible.

    The caller may ask it for size, geometry, components and metadata, and hands it to `read_voxels`.
    Raises DataRefusedError: unreadable-image, too-many-voxels, truncated-image, no-geometry.
    """
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    # The content decides, as in `is_nrrd`, and not the name.
    reader.SetImageIO("NrrdImageIO" if is_nrrd(path) else "NiftiImageIO")
    try:
        with silenced_itk():
            reader.ReadImageInformation()
    except RuntimeError:
        raise DataRefusedError(
            f"{path.name} cannot be read as NRRD or NIfTI; it is damaged or of another kind: export it again.",
            "unreadable-image",
        ) from None
    refuse_too_many_voxels(path.name, tuple(int(length) for length in reader.GetSize()))
    if not (_is_complete_nrrd(path, reader) if is_nrrd(path) else is_complete_nifti(path, reader)):
        raise _truncated(path)
    numbers = (*reader.GetOrigin(), *reader.GetDirection(), *reader.GetSpacing())
    if not all(map(math.isfinite, numbers)) or min(reader.GetSpacing()) <= 0:
        raise DataRefusedError(
            f"{path.name} states no usable voxel spacing, origin or orientation; export it again.", "no-geometry"
        )
    return reader


def read_voxels(reader: Any, path: Path) -> Any:
    """The SimpleITK image whose header `read_header` has judged. NaN and infinite voxels stay what they are.

    Raises DataRefusedError (truncated-image) where the voxels are not all there or cannot be decompressed.
    """
    try:
        with silenced_itk():
            image = reader.Execute()
    except (RuntimeError, MemoryError):
        raise _truncated(path) from None
    return image if is_nrrd(path) else restore_non_finite(image, path, reader)


def read_scalar_volume(path: Path) -> Any:
    """The file as a three-dimensional SimpleITK image with one number a voxel.

    Raises what `read_header` and `read_voxels` raise; not-three-dimensional where it has another number of axes or a
    single slice, not-scalar where it has colours or vectors.
    """
    import SimpleITK as sitk

    reader = read_header(path)
    size = reader.GetSize()
    if len(size) != 3 or min(size) < 2:
        raise DataRefusedError(
            f"{path.name} has {' × '.join(map(str, size))} voxels, so it is not one volume of several slices; export a "
            "three-dimensional image.",
            "not-three-dimensional",
        )
    if reader.GetNumberOfComponents() != 1 or "complex" in sitk.GetPixelIDValueAsString(reader.GetPixelID()):
        raise DataRefusedError(
            f"{path.name} holds several numbers a voxel (colours or vectors); export one grey-scale volume.",
            "not-scalar",
        )
    return read_voxels(reader, path)


def refuse_too_many_voxels(name: str, size: tuple[int, ...]) -> None:
    """Raise DataRefusedError (too-many-voxels) beyond 2³¹ voxels. `name` is the file's or folder's."""
    if math.prod(size) > MAXIMUM_VOXELS:
        raise DataRefusedError(
            f"{name} claims {' × '.join(map(str, size))} voxels, and at most {MAXIMUM_VOXELS} are read; it is damaged "
            "(export it again), or crop it first.",
            "too-many-voxels",
        )


def _is_complete_nrrd(path: Path, reader: Any) -> bool:
    """Whether the file can hold the voxels that its header claims, and its checksum is right.

    ITK notices missing voxels by itself, but neither the memory they would take nor a wrong checksum.
    """
    import SimpleITK as sitk

    with path.open("rb") as file:
        start = file.read(_LONGEST_NRRD_HEADER)
    blank_line = re.search(rb"\r?\n\r?\n", start)
    header = start[: blank_line.start()] if blank_line else start
    if re.search(rb"^data ?file:", header, re.MULTILINE):
        return True
    bits = re.search(r"(\d+)-bit", sitk.GetPixelIDValueAsString(reader.GetPixelID()))
    claimed = int(math.prod(reader.GetSize()) * reader.GetNumberOfComponents()) * (int(bits[1]) // 8 if bits else 1)
    if claimed > DEFLATE_LIMIT * path.stat().st_size:
        return False
    if blank_line and re.search(rb"^encoding: *gz", header, re.MULTILINE):
        return decompressed_length(path, blank_line.end()) >= claimed
    return True


def _truncated(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name} is damaged: it ends before the voxels that its header claims, or they cannot be decompressed; "
        "copy or export it again.",
        "truncated-image",
    )
