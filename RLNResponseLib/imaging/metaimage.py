"""MetaImage (.mha, .mhd): a header of `Key = value` lines, with the voxels behind it or in a file beside it.

Source: MetaIO's documentation, https://itk.org/Wiki/ITK/MetaIO/Documentation. What ITK's reader passes over in silence
is judged here: voxels in several files, a missing spacing (ITK takes 1 mm), a rescale that it does not apply, a missing
end.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.volume_file import (
    DEFLATE_LIMIT,
    VolumeKind,
    claimed_bytes,
    decompressed_length,
    no_geometry,
)

# A header is a dozen lines; somebody's comment may make it longer.
_LONGEST_HEADER = 1 << 16
_FIRST_LINE = re.compile(rb"\s*(Comment|ObjectType|ObjectSubType|NDims|Name|ID|ParentID)\s*=")
_LINE = re.compile(rb"^[ \t]*(\w+)[ \t]*=[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
# What follows this line in the file are voxels.
_LAST_LINE = re.compile(rb"^[ \t]*ElementDataFile[ \t]*=[^\n]*\n?", re.MULTILINE)
# As they are where the values are HU already.
_NO_RESCALE = {"elementtointensityfunctionslope": 1.0, "elementtointensityfunctionoffset": 0.0}


def is_metaimage(path: Path) -> bool:
    """Whether a file begins as a MetaImage header does, and says where the voxels are.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    bool
    """
    start = _start(path)
    return _FIRST_LINE.match(start) is not None and _LAST_LINE.search(start) is not None


def _is_complete(path: Path, reader: Any) -> bool:
    header = _header(path)
    _refuse_what_itk_misreads(path, header)
    data = path if header["elementdatafile"].lower() == "local" else path.parent / header["elementdatafile"]
    if not data.is_file():
        return False
    claimed, length = claimed_bytes(reader), data.stat().st_size
    start = _data_start(path, header, data, claimed)
    if _is_false(header.get("binarydata", "True")):
        with data.open("rb") as file:
            file.seek(start)
            return len(file.read().split()) >= math.prod(reader.GetSize()) * reader.GetNumberOfComponents()
    if not _is_false(header.get("compresseddata", "False")):
        # ITK decompresses as many bytes as the header says, and without that number leaves the voxels as they happen to
        # lie.
        is_all = _number(header.get("compresseddatasize", "")) == length - start
        return is_all and claimed <= DEFLATE_LIMIT * length and decompressed_length(data, start) >= claimed
    return length - start >= claimed


def _is_false(value: str) -> bool:
    # MetaIO takes t, T and 1 for true.
    return value[:1] not in {"t", "T", "1"}


def _refuse_what_itk_misreads(path: Path, header: dict[str, str]) -> None:
    data = header["elementdatafile"]
    if data.upper().startswith("LIST") or "%" in data:
        raise DataRefusedError(
            f"{path.name} keeps its voxels in several files; export the volume as one .mha file.", "unreadable-image"
        )
    if not {"elementspacing", "elementsize"} & header.keys():
        raise no_geometry(path)
    if any(_number(header.get(key, str(neutral))) != neutral for key, neutral in _NO_RESCALE.items()):
        raise DataRefusedError(
            f"{path.name} states a rescale of its values (ElementToIntensityFunction), which is not applied here; "
            f"export the CT with its values in HU.",
            "bad-rescale",
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _data_start(path: Path, header: dict[str, str], data: Path, claimed: int) -> int:
    """The byte at which the voxels begin in their file."""
    stated = _number(header.get("headersize", "0"))
    if stated == -1:  # the voxels are the last bytes of the file
        return max(data.stat().st_size - claimed, 0)
    start = int(stated) if stated > 0 else 0
    last = _LAST_LINE.search(_start(path))
    return max(start, last.end()) if last and data == path else start


def _header(path: Path) -> dict[str, str]:
    """The header's values by their keys in lower case, as MetaIO tells no cases apart."""
    start = _start(path)
    last = _LAST_LINE.search(start)
    lines = _LINE.findall(start[: last.end()] if last else start)
    return {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in lines}


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST_HEADER)


METAIMAGE = VolumeKind(name="MetaImage", image_io="MetaImageIO", recognises=is_metaimage, is_complete=_is_complete)
