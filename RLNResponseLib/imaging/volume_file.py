"""NRRD and NIfTI: the header is judged before any memory is taken for the voxels, then the voxels are read."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.gzip_stream import DEFLATE_LIMIT, decompressed_length
from RLNResponseLib.imaging.nifti_file import is_complete_nifti, is_nifti, restore_non_finite
from RLNResponseLib.imaging.quiet import quiet

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
        with quiet():
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
        with quiet():
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
