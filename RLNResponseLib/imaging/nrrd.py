"""NRRD: a volume whose header is text, with the voxels behind it or in a file of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from RLNResponseLib.imaging.volume_file import DEFLATE_LIMIT, VolumeKind, claimed_bytes, decompressed_length

# A .seg.nrrd takes some 500 bytes a segment.
_LONGEST_HEADER = 1 << 20


def is_nrrd(path: Path) -> bool:
    """Whether a file begins as NRRD does.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        return file.read(4) == b"NRRD"


def _is_complete(path: Path, reader: Any) -> bool:
    """Whether the file can hold the voxels that its header claims, and its checksum is right.

    ITK notices missing voxels by itself, but neither the memory they would take nor a wrong checksum.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
    blank_line = re.search(rb"\r?\n\r?\n", start)
    header = start[: blank_line.start()] if blank_line else start
    if re.search(rb"^data ?file:", header, re.MULTILINE):
        return True
    claimed = claimed_bytes(reader)
    if claimed > DEFLATE_LIMIT * path.stat().st_size:
        return False
    if blank_line and re.search(rb"^encoding: *gz", header, re.MULTILINE):
        return decompressed_length(path, blank_line.end()) >= claimed
    return True


NRRD = VolumeKind(name="NRRD", image_io="NrrdImageIO", recognises=is_nrrd, is_complete=_is_complete)
