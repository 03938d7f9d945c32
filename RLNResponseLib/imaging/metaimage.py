"""MetaImage (.mha, .mhd): a header of `Key = value` lines, with the voxels behind it or in a file beside it.

Source: MetaIO's documentation, https://itk.org/Wiki/ITK/MetaIO/Documentation. What ITK's reader passes over in silence
is judged here: voxels in several files, a missing spacing (ITK takes 1 mm), a rescale or a unit that it does not apply,
axes that are no unit vectors, a number of axes that takes its memory with it, a missing end.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.stored_voxels import StoredVoxels, beside, truncated
from RLNResponseLib.imaging.volume_file import VolumeKind
from RLNResponseLib.imaging.volume_header import (
    VolumeHeader,
    affine_of,
    damaged_header,
    no_geometry,
    not_read,
    numbers,
    place_not_stated,
    without_trailing_ones,
)

# A header is a dozen lines; somebody's comment may make it longer.
_LONGEST_HEADER = 1 << 16
# ITK's reader does not survive 500 characters after a key that it knows, nor 257 of a name.
_LONGEST_KEY, _LONGEST_VALUE, _LONGEST_NAME = 200, 400, 250
_NAMES = {"name", "id", "parentid", "acquisitiondate"}
_KNOWN = _NAMES | {
    *("comment", "objecttype", "objectsubtype", "transformtype", "ndims", "color", "binarydata", "elementbyteordermsb"),
    *("binarydatabyteordermsb", "compresseddata", "compresseddatasize", "compressionlevel", "position", "origin"),
    *("offset", "orientation", "rotation", "transformmatrix", "centerofrotation", "anatomicalorientation"),
    *("elementspacing", "distanceunits", "dimsize", "headersize", "modality", "imageposition", "sequenceid"),
    *("elementmin", "elementmax", "elementnumberofchannels", "elementsize", "elementtointensityfunctionslope"),
    *("elementtointensityfunctionoffset", "elementtype", "elementdatafile"),
}
_FIRST_LINE = re.compile(rb"\s*(Comment|ObjectType|ObjectSubType|NDims|Name|ID|ParentID)\s*=")
_LINE = re.compile(rb"[ \t]*([^=\0]*?)[ \t]*=[ \t]*(.*?)[ \t]*")
# What follows this line in the file are voxels.
_LAST_LINE = re.compile(rb"^[ \t]*ElementDataFile[ \t]*=[^\n]*\n?", re.MULTILINE)
# As they are where the values are HU already.
_NO_RESCALE = {"elementtointensityfunctionslope": 1.0, "elementtointensityfunctionoffset": 0.0}
_BYTES = {
    "met_char": 1, "met_uchar": 1, "met_short": 2, "met_ushort": 2, "met_int": 4, "met_uint": 4, "met_long": 4,
    "met_ulong": 4, "met_long_long": 8, "met_ulong_long": 8, "met_float": 4, "met_double": 8,
}  # fmt: skip
_MOST_DIMENSIONS = 4
_MILLIMETRE = {"", "?", "mm"}
# Of the length of a direction vector; written values have six digits.
_UNIT_TOLERANCE = 1e-3


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


def _parse(path: Path) -> VolumeHeader:
    header = _header(path)
    _refuse_what_itk_misreads(path, header)
    number_type = header.get("elementtype", "").lower()
    if number_type not in _BYTES:
        raise not_read(path, "holds no plain numbers (ElementType)", "export one grey-scale volume")
    stated = _size(path, header)
    components = _whole(path, header, "elementnumberofchannels", 1)
    count = math.prod(stated) * components
    size = without_trailing_ones(stated)
    places: tuple[NDArray[np.float64], ...] = ()
    findings: tuple[Finding, ...] = ()
    if len(size) == 3:
        affine, findings = _place(path, header, len(stated))
        places = (affine,)
    return VolumeHeader(
        size=size,
        components=components,
        places=places,
        voxels=_voxels(path, header, count, count * _BYTES[number_type]),
        findings=findings,
    )


def _size(path: Path, header: dict[str, str]) -> tuple[int, ...]:
    words = header.get("dimsize", "").split()
    dimensions = _whole(path, header, "ndims", 0)
    if not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise not_read(path, f"has {dimensions} axes", "export one three-dimensional volume")
    if len(words) != dimensions or not all(re.fullmatch(r"[1-9]\d{0,17}", word) for word in words):
        raise damaged_header(path, "MetaImage", "does not state DimSize in whole numbers")
    return tuple(map(int, words))


def _whole(path: Path, header: dict[str, str], key: str, default: int) -> int:
    word = header.get(key, str(default))
    if not re.fullmatch(r"-?\d{1,9}", word):
        raise damaged_header(path, "MetaImage", f"does not state {key} as a whole number")
    return int(word)


def _place(path: Path, header: dict[str, str], dimensions: int) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    spacing = numbers(header.get("elementspacing", header.get("elementsize", "")), dimensions)
    origin_text = _first(header, "offset", "position", "origin")
    matrix_text = _first(header, "transformmatrix", "rotation", "orientation")
    origin = numbers(origin_text or "0 " * dimensions, dimensions)
    # A row of the matrix is an axis.
    matrix = numbers(matrix_text or " ".join(map(str, np.eye(dimensions).ravel())), dimensions**2)
    if spacing is None or origin is None or matrix is None or not (spacing > 0).all():
        raise no_geometry(path)
    if header.get("distanceunits", "").lower() not in _MILLIMETRE:
        raise DataRefusedError(
            f"{path.name} states its lengths in another unit than mm; export it in mm.", "no-geometry"
        )
    axes = matrix.reshape(dimensions, dimensions)[:3, :3]
    # NaN fails every comparison, so it is written to be true for usable values.
    if not np.abs(np.linalg.norm(axes, axis=1) - 1).max() <= _UNIT_TOLERANCE:
        raise no_geometry(path)
    missing = [what for what, text in (("origin", origin_text), ("orientation", matrix_text)) if text is None]
    findings = (place_not_stated(path, f"no {' and no '.join(missing)} (0, 0, 0 or upright is taken)"),)
    return affine_of(axes.T * spacing[:3], origin[:3]), findings if missing else ()


def _first(header: dict[str, str], *keys: str) -> str | None:
    return next((header[key] for key in keys if key in header), None)


def _voxels(path: Path, header: dict[str, str], count: int, length: int) -> StoredVoxels:
    is_local = header["elementdatafile"].lower() == "local"
    data = path if is_local else beside(path, header["elementdatafile"])
    start = _data_start(path, header, data)
    if _is_false(header.get("binarydata", "True")):
        return StoredVoxels(files=(data,), length=length, start=start, skip=0, encoding="text", numbers=count)
    if _is_false(header.get("compresseddata", "False")):
        at_the_end = _number(header.get("headersize", "0")) == -1
        return StoredVoxels(files=(data,), length=length, start=None if at_the_end else start)
    # ITK decompresses as many bytes as the header says, and without that number leaves the voxels as they happen to
    # lie.
    if data.is_file() and _number(header.get("compresseddatasize", "")) != data.stat().st_size - start:
        raise truncated(path)
    return StoredVoxels(files=(data,), length=length, start=start, skip=0, encoding="gzip")


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


def _data_start(path: Path, header: dict[str, str], data: Path) -> int:
    """The byte at which the voxels begin in their file."""
    stated = _number(header.get("headersize", "0"))
    start = int(stated) if 0 < stated < 1 << 40 else 0
    last = _LAST_LINE.search(_start(path))
    return max(start, last.end()) if last and data == path else start


def _header(path: Path) -> dict[str, str]:
    """The header's values by their keys in lower case, as MetaIO tells no cases apart."""
    start = _start(path)
    last = _LAST_LINE.search(start)
    header: dict[str, str] = {}
    for line in (start[: last.end()] if last else start).splitlines():
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise damaged_header(path, "MetaImage", "has a line that is no 'Key = value'")
        key, value = found.groups()
        name = key.decode("latin-1").lower()
        longest = _LONGEST_NAME if name in _NAMES else _LONGEST_VALUE if name in _KNOWN else _LONGEST_HEADER
        if len(name) > _LONGEST_KEY or len(value) > longest:
            raise damaged_header(path, "MetaImage", "has a line that is longer than the format allows")
        if name in header and name != "comment":
            raise damaged_header(path, "MetaImage", f"states {name[:40]} twice")
        header[name] = value.decode("utf-8", "surrogateescape")
    return header


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LONGEST_HEADER)


METAIMAGE = VolumeKind(name="MetaImage", image_io="MetaImageIO", recognises=is_metaimage, parse=_parse)
