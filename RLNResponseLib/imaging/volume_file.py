"""NRRD and NIfTI: the header is judged before any memory is taken for the voxels, then the voxels are read."""

from __future__ import annotations

import gzip
import math
import re
import zlib
from pathlib import Path
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.quiet import quiet

# 2³¹ voxels: 1024 × 1024 × 2048, four times a whole-body CT; 4 GiB as 16-bit numbers.
MAXIMUM_VOXELS = 2**31
# Deflate, which gzip files and compressed NRRD use, cannot make data smaller than 1/1032.
DEFLATE_LIMIT = 1032

_GZIP_MAGIC = b"\x1f\x8b"
_NIFTI_HEADER_SIZES = (348, 540)
_CHUNK = 1 << 22


def is_nrrd(path: Path) -> bool:
    """Whether the file begins as NRRD does."""
    return _start(path, 4) == b"NRRD"


def is_nifti(path: Path) -> bool:
    """Whether the file begins as NIfTI-1 or NIfTI-2 does, compressed or not."""
    start = _start(path, 4)
    if start[:2] == _GZIP_MAGIC:
        try:
            with gzip.open(path) as file:
                start = file.read(4)
        except (OSError, EOFError, zlib.error):
            return False
    return any(start == size.to_bytes(4, order) for size in _NIFTI_HEADER_SIZES for order in ("little", "big"))


def read_header(path: Path) -> Any:
    """A SimpleITK reader that has read the file's header, which claims nothing impossible.

    The caller may ask it for size, geometry, components and metadata, and hands it to `read_voxels`.
    Raises DataRefusedError: unreadable-image, too-many-voxels, truncated-image, no-geometry.
    """
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        with quiet():
            reader.ReadImageInformation()
    except RuntimeError:
        raise DataRefusedError(
            f"{path.name} cannot be read as NRRD or NIfTI; it is damaged or of another kind: export it again.",
            "unreadable-image",
        ) from None
    size = tuple(int(length) for length in reader.GetSize())
    refuse_too_many_voxels(path.name, size)
    claimed = math.prod(size) * reader.GetNumberOfComponents() * _bytes_a_component(reader.GetPixelID())
    if is_nifti(path):
        _refuse_short_nifti(path, claimed + int(float(reader.GetMetaData("vox_offset"))))
    elif not _is_detached_nrrd(path) and claimed > DEFLATE_LIMIT * path.stat().st_size:
        raise _truncated(path)
    numbers = (*reader.GetOrigin(), *reader.GetDirection(), *reader.GetSpacing())
    if not all(map(math.isfinite, numbers)) or min(reader.GetSpacing()) <= 0:
        raise DataRefusedError(
            f"{path.name} states no usable voxel spacing, origin or orientation; export it again.", "no-geometry"
        )
    return reader


def read_voxels(reader: Any, path: Path) -> Any:
    """The SimpleITK image whose header `read_header` has judged.

    Raises DataRefusedError (truncated-image) where the voxels are not all there or cannot be decompressed.
    """
    try:
        with quiet():
            return reader.Execute()
    except (RuntimeError, MemoryError):
        raise _truncated(path) from None


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


def _start(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)


def _bytes_a_component(pixel_id: int) -> int:
    import SimpleITK as sitk

    bits = re.search(r"(\d+)-bit", sitk.GetPixelIDValueAsString(pixel_id))
    return int(bits[1]) // 8 if bits else 1


def _is_detached_nrrd(path: Path) -> bool:
    """Whether the voxels are in another file, which this header names."""
    header = _start(path, 1 << 16).split(b"\n\n")[0].replace(b"\r", b"")
    return re.search(rb"^data ?file:", header, re.MULTILINE) is not None


def _refuse_short_nifti(path: Path, claimed: int) -> None:
    """ITK fills the missing end of a NIfTI file with zeros and says nothing, so the bytes are counted here."""
    if path.suffix.lower() == ".hdr":
        path = next((other for end in (".img", ".img.gz") if (other := path.with_suffix(end)).is_file()), path)
    if _start(path, 2) != _GZIP_MAGIC:
        length = path.stat().st_size
    elif claimed > DEFLATE_LIMIT * path.stat().st_size:
        length = 0
    else:
        length = _decompressed_length(path)
    if length < claimed:
        raise _truncated(path)


def _decompressed_length(path: Path) -> int:
    length = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                length += len(chunk)
    except (OSError, EOFError, zlib.error):
        raise _truncated(path) from None
    return length


def _truncated(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name} is damaged: it ends before the voxels that its header claims, or they cannot be decompressed; "
        "copy or export it again.",
        "truncated-image",
    )
