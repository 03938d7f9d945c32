"""A volume in one file: the header is judged before any memory is taken for the voxels, then the voxels are read.

What differs between the kinds of files (NRRD, NIfTI, MetaImage) is a `VolumeKind`, which lies in the kind's own file.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.quiet import silenced_itk

# 2³¹ voxels: 1024 × 1024 × 2048, four times a whole-body CT; 4 GiB as 16-bit numbers.
MAXIMUM_VOXELS = 2**31
# Deflate, which gzip and zlib use, cannot make data smaller than 1/1032.
DEFLATE_LIMIT = 1032
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20
# Added to the window size: a gzip or zlib header and trailer, whose checksum and length are compared.
_GZIP_OR_ZLIB = 32


def _as_read(image: Any, _path: Path, _reader: Any) -> Any:
    return image


@dataclass(frozen=True, kw_only=True)
class VolumeKind:
    """A kind of volume file.

    Attributes
    ----------
    name
        As sentences call it: "NRRD".
    image_io
        SimpleITK's name of its reader.
    recognises
        Whether a file is of this kind, told by its content and never by its name.
    is_complete
        From the file and the reader that has read its header, whether the file holds all the voxels that the header
        claims. Nothing is decompressed that could not hold them. A file that would be misread is refused here.
    restore
        From the image that ITK read, the file and the reader, the image as the file has it; where ITK loses nothing, as
        read.
    """

    name: str
    image_io: str
    recognises: Callable[[Path], bool]
    is_complete: Callable[[Path, Any], bool]
    restore: Callable[[Any, Path, Any], Any] = _as_read


def read_header(path: Path, kind: VolumeKind) -> Any:
    """Read the header of a volume, and judge that it claims nothing impossible.

    Parameters
    ----------
    path
        The file.
    kind
        What the file is; its content has been recognised.

    Returns
    -------
    SimpleITK.ImageFileReader
        It may be asked for size, geometry, components and metadata, and goes to `read_voxels`.

    Raises
    ------
    DataRefusedError
        unreadable-image, too-many-voxels, truncated-image, no-geometry.
    """
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO(kind.image_io)
    try:
        with silenced_itk():
            reader.ReadImageInformation()
    except RuntimeError:
        raise DataRefusedError(
            f"{path.name} cannot be read as {kind.name}; it is damaged or of another kind: export it again.",
            "unreadable-image",
        ) from None
    refuse_too_many_voxels(path.name, tuple(int(length) for length in reader.GetSize()))
    if not kind.is_complete(path, reader):
        raise _truncated(path)
    numbers = (*reader.GetOrigin(), *reader.GetDirection(), *reader.GetSpacing())
    if not all(map(math.isfinite, numbers)) or min(reader.GetSpacing()) <= 0:
        raise no_geometry(path)
    return reader


def read_voxels(reader: Any, path: Path, kind: VolumeKind) -> Any:
    """Read the voxels whose header `read_header` has judged. NaN and infinite voxels stay what they are.

    Parameters
    ----------
    reader
        From `read_header`.
    path, kind
        The file, and what it is.

    Returns
    -------
    SimpleITK.Image

    Raises
    ------
    DataRefusedError
        truncated-image: the voxels are not all there, or cannot be decompressed.
    """
    try:
        with silenced_itk():
            image = reader.Execute()
    except (RuntimeError, MemoryError):
        raise _truncated(path) from None
    return kind.restore(image, path, reader)


def read_scalar_volume(path: Path, kind: VolumeKind) -> Any:
    """Read a file as a three-dimensional image with one number a voxel.

    Parameters
    ----------
    path, kind
        The file, and what it is.

    Returns
    -------
    SimpleITK.Image

    Raises
    ------
    DataRefusedError
        What `read_header` and `read_voxels` raise; not-three-dimensional: another number of axes, or a single slice;
        not-scalar: colours, vectors or complex numbers.
    """
    import SimpleITK as sitk

    reader = read_header(path, kind)
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
    return read_voxels(reader, path, kind)


def refuse_too_many_voxels(name: str, size: tuple[int, ...]) -> None:
    """Refuse a volume of more than 2³¹ voxels.

    Parameters
    ----------
    name
        The file's or folder's own name.
    size
        Voxels along each axis.

    Raises
    ------
    DataRefusedError
        too-many-voxels.
    """
    if math.prod(size) > MAXIMUM_VOXELS:
        raise DataRefusedError(
            f"{name} claims {' × '.join(map(str, size))} voxels, and at most {MAXIMUM_VOXELS} are read; it is damaged "
            "(export it again), or crop it first.",
            "too-many-voxels",
        )


def no_geometry(path: Path) -> DataRefusedError:
    """The refusal of a file that does not say where its voxels lie.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    DataRefusedError
        no-geometry.
    """
    return DataRefusedError(
        f"{path.name} states no usable voxel spacing, origin or orientation; export it again.", "no-geometry"
    )


def claimed_bytes(reader: Any) -> int:
    """How many bytes the voxels take that a header claims.

    Parameters
    ----------
    reader
        A SimpleITK reader that has read the header.

    Returns
    -------
    int
        Voxels × components × bytes of a number.
    """
    import SimpleITK as sitk

    bits = re.search(r"(\d+)-bit", sitk.GetPixelIDValueAsString(reader.GetPixelID()))
    return int(math.prod(reader.GetSize()) * reader.GetNumberOfComponents()) * (int(bits[1]) // 8 if bits else 1)


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        return file.read(2) == _GZIP_MAGIC


def decompressed_length(path: Path, start: int) -> int:
    """How many bytes a gzip or zlib stream stands for.

    Parameters
    ----------
    path
        The file.
    start
        The byte at which the stream begins.

    Returns
    -------
    int
        0 where the stream is cut off or its checksum is wrong.
    """
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
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP_OR_ZLIB)


def _truncated(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name} is damaged: it ends before the voxels that its header claims, or they cannot be decompressed; "
        "copy or export it again.",
        "truncated-image",
    )
