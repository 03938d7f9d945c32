"""What a compressed picture says of itself at its beginning: JPEG (lossless and lossy), JPEG-LS and JPEG 2000.

A decoder believes it, and takes memory and writes by it, so it is compared with the DICOM header first.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_JPEG = b"\xff\xd8"
_JPEG_2000 = b"\xff\x4f\xff\x51"
_JP2 = b"\x00\x00\x00\x0cjP  "
# Start of frame: all processes (C4, C8 and CC mean something else), and JPEG-LS.
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA


@dataclass(frozen=True, kw_only=True)
class PictureSize:
    """Rows, columns, components and bits of a component."""

    rows: int
    columns: int
    components: int
    bits: int


def picture_size(content: bytes) -> PictureSize | None:
    """The size that a compressed picture states.

    Parameters
    ----------
    content
        One frame.

    Returns
    -------
    PictureSize or None
        None where it is damaged before it says so, or of another kind.

    Examples
    --------
    >>> picture_size(bytes.fromhex("ffd8 ffc3 000b 10 0014 0018 01 011100"))
    PictureSize(rows=20, columns=24, components=1, bits=16)
    """
    try:
        if content.startswith(_JPEG):
            return _jpeg(content)
        if content.startswith(_JP2):
            content = content[content.index(_JPEG_2000) :]
        return _jpeg_2000(content) if content.startswith(_JPEG_2000) else None
    except (struct.error, ValueError, IndexError):
        return None


def _jpeg(content: bytes) -> PictureSize | None:
    place = len(_JPEG)
    while True:
        mark, kind, length = struct.unpack_from(">BBH", content, place)
        if mark != 0xFF or kind == _START_OF_SCAN:
            return None
        if kind == 0xFF:  # padding
            place += 1
            continue
        if kind in _START_OF_FRAME:
            bits, rows, columns, components = struct.unpack_from(">BHHB", content, place + 4)
            return PictureSize(rows=rows, columns=columns, components=components, bits=bits)
        place += 2 + length


def _jpeg_2000(content: bytes) -> PictureSize:
    x, y, x_offset, y_offset = struct.unpack_from(">4I", content, 8)
    components, bits = struct.unpack_from(">HB", content, 40)
    return PictureSize(rows=y - y_offset, columns=x - x_offset, components=components, bits=(bits & 0x7F) + 1)
