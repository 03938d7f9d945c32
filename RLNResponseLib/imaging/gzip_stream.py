"""Compressed voxels: how large they can be, and how large they are."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

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
