"""Reading back a contour that `write_seg_nrrd` wrote, unpacked once and only as far as its last slice.

Any reader of .seg.nrrd unpacks the CT's whole grid, nearly all of it zeros, and does so three times to be sure of a file from
anywhere. A study's own file has been compared with its hash, and its header says where the contour is.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.seg_nrrd_writer import LABEL

_GZIP = 31
# Unpacked in pieces that stay in the processor's cache: twice as fast as in one.
_PIECE = 1 << 18
# Of a place, in mm: far below what any file rounds to.
_SAME_MM = 1e-6
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
    """
    end = content.find(b"\n\n")
    header = dict(re.findall(r"^([^#:=]+):=? *(.*)$", content[: max(end, 0)].decode("utf-8", "replace"), re.MULTILINE))
    extent = [int(bound) for bound in re.findall(r"-?\d+", header.get("Segment0_Extent", ""))]
    if not (_is_expected(header) and _is_on(grid, header) and _is_within(extent, grid)):
        return None
    i, j, k = (slice(extent[axis], extent[axis + 1] + 1) for axis in (0, 2, 4))
    slices = _slices(content[end + 2 :], k.stop, grid)
    if slices is None:
        return None
    array, drawn = slices
    voxels = np.ascontiguousarray(array[k, j, i] == LABEL)
    if np.count_nonzero(voxels) != drawn or not all(
        voxels.take(end, axis).any() for axis in range(3) for end in (0, -1)
    ):
        return None
    return Contour(header["Segment0_Name"], voxels, (k.start, j.start, i.start))


def _is_expected(header: Mapping[str, str]) -> bool:
    return "Segment0_Name" in header and "Segment1_ID" not in header and _EXPECTED.items() <= header.items()


def _is_on(grid: Grid, header: Mapping[str, str]) -> bool:
    try:
        size = tuple(map(int, header["sizes"].split()))
        axes = np.array([float(number) for number in re.split(r"[(), ]+", header["space directions"]) if number])
        origin = np.array([float(number) for number in re.split(r"[(), ]+", header["space origin"]) if number])
    except (KeyError, ValueError):
        return False
    if size != grid.size or axes.shape != (9,) or origin.shape != (3,):
        return False
    off = np.abs(grid.affine[:3, :3] - axes.reshape(3, 3).T) * np.array(size)
    return bool(off.max() < _SAME_MM and np.abs(grid.affine[:3, 3] - origin).max() < _SAME_MM)


def _is_within(extent: list[int], grid: Grid) -> bool:
    return len(extent) == 6 and all(
        0 <= extent[2 * axis] <= extent[2 * axis + 1] < length for axis, length in enumerate(grid.size)
    )


def _slices(packed: bytes, stop: int, grid: Grid) -> tuple[NDArray[np.uint8], int] | None:
    """The slices before `stop`, [k, j, i], and how many of their voxels are set; None where they cannot be unpacked."""
    columns, rows, _ = grid.size
    length = stop * rows * columns
    found = np.zeros(length, np.uint8)
    drawn = done = 0
    stream = zlib.decompressobj(_GZIP)
    try:
        while done < length and (piece := stream.decompress(packed, min(_PIECE, length - done))):
            packed = stream.unconsumed_tail
            part = np.frombuffer(piece, np.uint8)
            # Zeros are there already, and stay untouched memory.
            if part.any():
                found[done : done + len(piece)] = part
                drawn += int(np.count_nonzero(part))
            done += len(piece)
    except zlib.error:
        return None
    return (found.reshape(stop, rows, columns), drawn) if done == length else None
