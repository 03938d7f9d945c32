"""Compressed voxels: how large they can be, and how large they are."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
# Deflate, which gzip uses, cannot make data smaller than 1/1032.
DEFLATE_LIMIT = 1032
_CHUNK = 1 << 22


def decompressed_length(path: Path, start: int) -> int:
    """The bytes in the gzip stream that begins at byte `start` of a file; 0 where it is cut off or its checksum is wrong."""
    length = 0
    try:
        with path.open("rb") as file:
            file.seek(start)
            with gzip.open(file) as stream:
                while chunk := stream.read(_CHUNK):
                    length += len(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        return 0
    return length
