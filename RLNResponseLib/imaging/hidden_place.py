"""Where a contour lies, kept inside the compressed voxels of its .seg.nrrd: a way past the empty slices that nobody
reads in a text editor.

A gzip header has room for fields of anybody's (FEXTRA, RFC 1952, 2.3.1.1), which every reader of gzip passes over.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.imaging.records import Contour

# Deflate, one extra field, no time, unknown system: the same contour gives the same bytes on every computer.
_HEADER = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff"
_IDENTIFIER = b"RL"
_LENGTHS = struct.Struct("<H2sH")
_RAW_DEFLATE = -15
# Bytes before the slices, voxels drawn, and the box: first and one behind the last of k, j, i.
_PLACE = struct.Struct("<QQ6I")


@dataclass(frozen=True)
class HiddenPlace:
    """Where a contour lies.

    Attributes
    ----------
    start
        The byte of the gzip at which the contour's first slice begins; unpacking can start there.
    drawn
        How many voxels the contour holds.
    box
        Its slices [k, j, i] in the CT's index.

    """

    start: int
    drawn: int
    box: tuple[slice, slice, slice]


def packed(voxels: NDArray[np.uint8], contour: Contour) -> bytes:
    """A contour on its whole grid as gzip that says where it lies.

    Parameters
    ----------
    voxels
        The contour as 0 and 1 on the CT's whole grid, [k, j, i].
    contour
        The contour.

    Returns
    -------
    bytes

    """
    first = contour.box[0].start
    stream = zlib.compressobj(wbits=_RAW_DEFLATE)
    before = stream.compress(voxels[:first].data) + stream.flush(zlib.Z_FULL_FLUSH)
    after = stream.compress(voxels[first:].data) + stream.flush()
    bounds = [bound for part in contour.box for bound in (part.start, part.stop)]
    # Compressed, since a small number is a letter: 65 slices would stand there as "A".
    place = zlib.compress(_PLACE.pack(len(before), contour.voxel_count, *bounds), 9)
    field = _LENGTHS.pack(4 + len(place), _IDENTIFIER, len(place)) + place
    check = struct.pack("<II", zlib.crc32(voxels.data), voxels.nbytes & 0xFFFFFFFF)
    return _HEADER + field + before + after + check


def place_in(content: bytes) -> HiddenPlace | None:
    """The place that `packed` put there.

    Parameters
    ----------
    content
        The gzip.

    Returns
    -------
    HiddenPlace or None
        None where `packed` did not write it; nothing of it is checked against the voxels.

    """
    front = len(_HEADER) + _LENGTHS.size
    if not content.startswith(_HEADER) or len(content) < front:
        return None
    whole, identifier, length = _LENGTHS.unpack_from(content, len(_HEADER))
    if identifier != _IDENTIFIER or whole != length + 4:
        return None
    try:
        place = zlib.decompressobj().decompress(content[front : front + length], _PLACE.size + 1)
        before, drawn, *bounds = _PLACE.unpack(place)
    except (zlib.error, struct.error):
        return None
    k, j, i = (slice(bounds[axis], bounds[axis + 1]) for axis in (0, 2, 4))
    return HiddenPlace(front + length + before, drawn, (k, j, i))
