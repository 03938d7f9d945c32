"""How a study keeps a CT and a contour, and reading only some slices of either.

A CT's voxels are stored as they are (NRRD, encoding raw). Gzip halves the file and costs ten times the reading: all of
it must be unpacked to reach one slice. A raw file holds every slice at a known place. Figures: docs/scale.md.

Any reader of .seg.nrrd unpacks the CT's whole grid, nearly all of it zeros, and does so three times to be sure of a
file from anywhere. A study's own file has been compared with its hash, and says where the contour is (`hidden_place`):
only the contour's own slices are unpacked.
"""

from __future__ import annotations

import hashlib
import math
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.hidden_place import HiddenPlace, place_in
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.seg_nrrd import LABEL, PLACE

_RAW_DEFLATE = -15
# Of a place, in mm: far below what any file rounds to.
_SAME_MM = 1e-6
# Of a contour's slices unpacked: a gigabyte is thousands of slices, which no lymph node has; a few forged bytes may.
_MOST_BYTES = 1 << 30
_EXPECTED = {
    "type": "unsigned char",
    "dimension": "3",
    "space": "left-posterior-superior",
    "encoding": "gzip",
    "Segment0_LabelValue": str(LABEL),
    "Segment0_Layer": "0",
    "Segmentation_ReferenceImageExtentOffset": "0 0 0",
}


def stored_contour(content: bytes, grid: Grid) -> Contour | None:
    """The contour in the bytes of a .seg.nrrd on `grid`; None where `write_seg_nrrd` did not write them on that grid.

    Then `read_contour` is to be asked, which takes any file or says what is wrong with it.

    Parameters
    ----------
    content
        The bytes of the study's .seg.nrrd.
    grid
        The grid of the CT.

    Returns
    -------
    Contour or None
    """
    header, _ = _split(content)
    return _contour(content) if _is_on(grid, header) else None


def stored_contour_digest(content: bytes) -> str | None:
    """`contour_digest` of the contour in the bytes of a .seg.nrrd; None where `write_seg_nrrd` did not write them.

    Parameters
    ----------
    content
        The bytes of the study's .seg.nrrd.

    Returns
    -------
    str or None
        Two files have the same one where their contours agree to the last voxel, whatever the segments are called.
    """
    contour = _contour(content)
    return None if contour is None else contour_digest(contour, _size(_split(content)[0]))


def drawn_contour(content: bytes) -> Contour | None:
    """The contour in the bytes of a .seg.nrrd, whatever grid it is on; None where `write_seg_nrrd` did not write them.

    Parameters
    ----------
    content
        The bytes of the study's .seg.nrrd.

    Returns
    -------
    Contour or None
    """
    return _contour(content)


def contour_digest(contour: Contour, size: tuple[int, ...]) -> str:
    """SHA-256 of which voxels of a grid a contour holds, whatever its name and its file.

    Parameters
    ----------
    contour
        The contour.
    size
        Of its grid, (i, j, k).

    Returns
    -------
    str
        Of the grid's size, the contour's corner and box, and its voxels, eight a byte, in the order [k, j, i].
    """
    digest = hashlib.sha256(
        repr((tuple(map(int, size)), tuple(map(int, contour.corner)), contour.voxels.shape)).encode()
    )
    digest.update(np.packbits(contour.voxels).tobytes())
    return digest.hexdigest()


def _split(content: bytes) -> tuple[dict[str, str], bytes]:
    end = content.find(b"\n\n")
    text = content[: max(end, 0)].decode("utf-8", "replace")
    return dict(re.findall(r"^([^#:=]+):=? *(.*)$", text, re.MULTILINE)), content[end + 2 :]


def _contour(content: bytes) -> Contour | None:
    header, packed = _split(content)
    size = _size(header)
    place = _place(header, packed, size) if _is_expected(header) and len(size) == 3 else None
    if place is None:
        return None
    k, j, i = place.box
    if (k.stop - k.start) * size[0] * size[1] > _MOST_BYTES:
        return None
    slices = _slices(packed[place.start :], k, size)
    if slices is None:
        return None
    voxels = np.ascontiguousarray(slices[:, j, i] == LABEL)
    counts = {np.count_nonzero(slices), np.count_nonzero(voxels), place.drawn}
    if len(counts) > 1 or not all(voxels.take(end, axis).any() for axis in range(3) for end in (0, -1)):
        return None
    return Contour(name=header["Segment0_Name"], voxels=voxels, corner=(k.start, j.start, i.start))


def _is_expected(header: Mapping[str, str]) -> bool:
    return "Segment0_Name" in header and "Segment1_ID" not in header and _EXPECTED.items() <= header.items()


def _size(header: Mapping[str, str]) -> tuple[int, ...]:
    try:
        return tuple(map(int, header["sizes"].split()))
    except (KeyError, ValueError):
        return ()


def _place(header: Mapping[str, str], packed: bytes, size: tuple[int, ...]) -> HiddenPlace | None:
    try:
        extent = [int(bound) for bound in re.findall(r"-?\d+", header.get("Segment0_Extent", ""))]
    except ValueError:  # thousands of digits
        return None
    if PLACE not in header:  # else a file of an earlier version, whose header says it all
        place = place_in(packed)
        whole = [bound for length in size for bound in (0, length - 1)]
        return place if place is not None and extent == whole and _is_within(place.box, size) else None
    stated = re.fullmatch(r"(\d{1,18}) (\d{1,18})", header[PLACE])
    if stated is None or len(extent) != 6:
        return None
    i, j, k = (slice(extent[axis], extent[axis + 1] + 1) for axis in (0, 2, 4))
    return HiddenPlace(int(stated[1]), int(stated[2]), (k, j, i)) if _is_within((k, j, i), size) else None


def _is_within(box: tuple[slice, slice, slice], size: tuple[int, ...]) -> bool:
    return all(0 <= part.start < part.stop <= length for part, length in zip(box, reversed(size), strict=True))


def _is_on(grid: Grid, header: Mapping[str, str]) -> bool:
    size = _size(header)
    try:
        axes = np.array([float(number) for number in re.split(r"[(), ]+", header["space directions"]) if number])
        origin = np.array([float(number) for number in re.split(r"[(), ]+", header["space origin"]) if number])
    except (KeyError, ValueError):
        return False
    if size != grid.size or axes.shape != (9,) or origin.shape != (3,):
        return False
    off = np.abs(grid.affine[:3, :3] - axes.reshape(3, 3).T) * np.array(size)
    return bool(off.max() < _SAME_MM and np.abs(grid.affine[:3, 3] - origin).max() < _SAME_MM)


def _slices(packed: bytes, k: slice, size: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The slices `k`, [k, j, i]; None where they cannot be unpacked."""
    columns, rows, _ = size
    length = (k.stop - k.start) * rows * columns
    try:
        found = zlib.decompressobj(_RAW_DEFLATE).decompress(packed, length)
    except zlib.error:
        return None
    return np.frombuffer(found, np.uint8).reshape(-1, rows, columns) if len(found) == length else None


_LONGEST_HEADER = 1 << 16
_TYPES = {
    "signed char": "i1",
    "unsigned char": "u1",
    "short": "i2",
    "unsigned short": "u2",
    "int": "i4",
    "unsigned int": "u4",
    "float": "f4",
    "double": "f8",
}


def write_stored_ct(path: Path, image: Any) -> None:
    """Write a SimpleITK image as the study stores it, and read it back: ITK does not say when a full disk cut the end.

    Parameters
    ----------
    path
        The file.
    image
        The image, HU.

    Raises
    ------
    OSError
        The disk refuses, or the file does not hold the voxels.
    """
    import SimpleITK as sitk

    try:
        with silenced_itk():
            sitk.WriteImage(image, str(path), useCompression=False)
    except RuntimeError:
        raise OSError(None, "the image could not be written") from None
    if not _holds(path, sitk.GetArrayViewFromImage(image)):
        raise OSError(None, "the image was not written whole; the disk may be full")


def _holds(path: Path, array: NDArray[Any]) -> bool:
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
        blank_line = start.find(b"\n\n")
        kind = _voxel_type(start[: max(blank_line, 0)])
        if kind is None or kind.newbyteorder("=") != array.dtype:
            return _reads_back(path, array)
        file.seek(blank_line + 2)
        # Bytes, so that a NaN is itself.
        whole = all(
            np.fromfile(file, kind, slice_.size).astype(array.dtype, copy=False).tobytes() == slice_.tobytes()
            for slice_ in array
        )
        return whole and not file.read(1)


def _reads_back(path: Path, array: NDArray[Any]) -> bool:
    """The same by the library, for a type of voxels that is not read here."""
    import SimpleITK as sitk

    try:
        with silenced_itk():
            return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).tobytes() == array.tobytes()
    except RuntimeError:
        return False


def voxels_digest(image: Any) -> str:
    """SHA-256 of an image's values and size, whatever type they are stored in, wherever they lie.

    Parameters
    ----------
    image
        A SimpleITK image.

    Returns
    -------
    str
        The same for 40 as int16 and for 40.0 as float64.
    """
    import SimpleITK as sitk

    array = sitk.GetArrayViewFromImage(image)
    digest = hashlib.sha256(repr(array.shape).encode())
    for slice_ in array:
        digest.update(np.ascontiguousarray(slice_, dtype=np.float64).tobytes())
    return digest.hexdigest()


def read_stored_slices(path: Path, reader: Any, first: int, stop: int) -> Any | None:
    """Slices `first` to `stop` - 1 of a raw NRRD as a SimpleITK image at their place; None where the file is not one.

    Parameters
    ----------
    path
        The file.
    reader
        From `volume_file.read_header`, which has judged the header.
    first
        Index of the first slice, from 0.
    stop
        One behind the last slice.

    Returns
    -------
    Any or None

    Raises
    ------
    DataRefusedError
        truncated-image where the file ends before its voxels do; OSError.
    """
    import SimpleITK as sitk

    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
        blank_line = start.find(b"\n\n")
        kind = _voxel_type(start[: max(blank_line, 0)])
        if kind is None:
            return None
        columns, rows, slices = reader.GetSize()
        offset, slice_bytes = blank_line + 2, columns * rows * kind.itemsize
        if path.stat().st_size < offset + slices * slice_bytes:
            raise DataRefusedError(
                f"{path.name} is damaged: it ends before the voxels that its header claims; copy or export it again.",
                "truncated-image",
            )
        file.seek(offset + first * slice_bytes)
        voxels = np.fromfile(file, kind, (stop - first) * rows * columns)
    image = sitk.GetImageFromArray(
        voxels.reshape(stop - first, rows, columns).astype(kind.newbyteorder("="), copy=False)
    )
    image.SetSpacing(reader.GetSpacing())
    image.SetDirection(reader.GetDirection())
    direction = np.array(reader.GetDirection()).reshape(3, 3)
    image.SetOrigin((np.array(reader.GetOrigin()) + direction[:, 2] * reader.GetSpacing()[2] * first).tolist())
    return image


def _voxel_type(header: bytes) -> np.dtype[Any] | None:
    """The type of the voxels that follow the header themselves, one number each, uncompressed; None for any other
    file.
    """
    fields = dict(re.findall(r"^([a-z ]+): *(.*?)\r?$", header.decode("ascii", "replace"), re.MULTILINE))
    sizes = fields.get("sizes", "").split()
    plain = not any(name in fields for name in ("data file", "datafile", "line skip", "byte skip"))
    if not plain or fields.get("encoding") != "raw" or len(sizes) != 3 or fields.get("type") not in _TYPES:
        return None
    if not math.prod(map(int, sizes)):
        return None
    order = {"little": "<", "big": ">"}.get(fields.get("endian", ""), "=")
    return np.dtype(order + _TYPES[fields["type"]])
