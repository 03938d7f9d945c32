"""NRRD: a volume whose header is text, with the voxels behind it or in files of their own.

Source: https://teem.sourceforge.net/nrrd/format.html. ITK's NRRD library formats long fields into a buffer that is too
short and takes the process with it, reads other files of the machine (or waits for the terminal) where the header says
so, and replaces what is NaN or missing by a guess: so the header is read here first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.imaging.nrrd_geometry import read_geometry
from RLNResponseLib.imaging.stored_voxels import StoredVoxels, beside
from RLNResponseLib.imaging.volume_file import VolumeKind
from RLNResponseLib.imaging.volume_header import MOST_AXES, VolumeHeader, damaged_header, not_read

# A .seg.nrrd takes some 500 bytes a segment.
_LONGEST_HEADER = 1 << 20
# ITK's library does not survive a field of a thousand; the longest that anybody needs (a .seg.nrrd's "kinds", three
# direction vectors) have some 150. Key/value pairs and the free text of `content` may be as long as they like.
_LONGEST_FIELD = 400
_FREE_TEXT = {"content"}
_MOST_FILES = 100_000
_LONGEST_SKIPPED_LINE = 1 << 16
_MAGIC = re.compile(rb"NRRD00(?:0[1-9]|\.01)\r?\n")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")

_FIELDS = {
    *("content", "number", "type", "dimension", "block size", "encoding", "endian", "min", "max", "old min", "old max"),
    *("data file", "line skip", "byte skip", "sample units", "sizes", "spacings", "thicknesses", "axis mins"),
    *("axis maxs", "centers", "labels", "units", "kinds", "space", "space dimension", "space units", "space origin"),
    *("space directions", "measurement frame"),
}
_SAME_FIELD = {
    "datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip", "blocksize": "block size",
    "sampleunits": "sample units", "axismins": "axis mins", "axismaxs": "axis maxs", "centerings": "centers",
    "oldmin": "old min", "oldmax": "old max",
}  # fmt: skip
_ENCODINGS = {
    "raw": "raw", "gzip": "gzip", "gz": "gzip", "txt": "text", "text": "text", "ascii": "text", "hex": "hex",
}  # fmt: skip
_BYTES = {"char": 1, "int8": 1, "uint8": 1, "uchar": 1, "short": 2, "int16": 2, "uint16": 2, "ushort": 2, "int": 4,
          "int32": 4, "uint32": 4, "uint": 4, "longlong": 8, "int64": 8, "uint64": 8, "ulonglong": 8, "float": 4,
          "double": 8}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NrrdText:
    """The text of a header.

    fields  by their names in lower case
    pairs   the key/value pairs
    files   the lines behind "data file: LIST"
    end     the byte behind the header
    """

    fields: dict[str, str]
    pairs: dict[str, str]
    files: tuple[str, ...]
    end: int


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


def header_text(path: Path) -> NrrdText:
    """The fields and pairs of a header.

    Parameters
    ----------
    path
        A file that begins as NRRD does.

    Returns
    -------
    NrrdText

    Raises
    ------
    DataRefusedError
        unreadable-image: it is no header, a field is there twice, unknown, or longer than 400 characters.
    """
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER + 1)
    magic = _MAGIC.match(start)
    blank = _BLANK_LINE.search(start)
    end = blank.end() if blank else len(start)
    if magic is None or end > _LONGEST_HEADER:
        raise damaged_header(path, "NRRD", "does not begin or end as that of an NRRD")
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    lines = start[magic.end() : blank.start() if blank else end].decode("utf-8", "replace").split("\n")
    for number, line in enumerate(map(_without_return, lines)):
        if not line or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if colon and value.startswith("="):
            pairs[name] = value[1:]
            continue
        name = _SAME_FIELD.get(name.lower(), name.lower())
        if name not in _FIELDS or not value.startswith(" "):
            raise damaged_header(path, "NRRD", f"has a line {number + 2} that is no field of the format")
        if name in fields:
            raise damaged_header(path, "NRRD", f"states '{name}' twice")
        if len(line) > _LONGEST_FIELD and name not in _FREE_TEXT:
            raise damaged_header(path, "NRRD", f"states '{name}' in {len(line)} characters, and none needs as many")
        fields[name] = value.strip()
        if name == "data file" and fields[name].upper().startswith("LIST"):
            rest = [each for each in map(_without_return, lines[number + 1 :]) if each]
            return NrrdText(fields=fields, pairs=pairs, files=tuple(rest), end=end)
    return NrrdText(fields=fields, pairs=pairs, files=(), end=end)


def _without_return(line: str) -> str:
    return line.removesuffix("\r")


def _parse(path: Path) -> VolumeHeader:
    text = header_text(path)
    number_bytes = _number_bytes(path, text.fields.get("type", ""))
    sizes = _whole_numbers(text.fields.get("sizes", ""))
    if not sizes or len(sizes) > MOST_AXES or [str(len(sizes))] != text.fields.get("dimension", "").split():
        raise damaged_header(path, "NRRD", "does not state dimension and sizes, or they contradict each other")
    geometry = read_geometry(path, text.fields, sizes)
    count = geometry.components
    for length in geometry.size:
        count *= length
    return VolumeHeader(
        size=geometry.size,
        components=geometry.components,
        places=geometry.places,
        voxels=_voxels(path, text, count, number_bytes),
        findings=geometry.findings,
    )


def _number_bytes(path: Path, stated: str) -> int:
    """How many bytes a number of the stated type takes."""
    words = [word for word in stated.lower().split() if word not in {"signed", "unsigned"}]
    name = "".join(words).removesuffix("_t")
    for long_form, short in (("longlongint", "longlong"), ("shortint", "short")):
        name = short if name == long_form else name
    if stated.lower() == "block":
        raise not_read(path, "holds blocks of bytes and no numbers", "export one grey-scale volume")
    if name not in _BYTES:
        raise damaged_header(path, "NRRD", "does not state a type of number that there is")
    return _BYTES[name]


def _whole_numbers(text: str) -> tuple[int, ...]:
    """The whole numbers of a field, none where one of its words is no such number."""
    words = text.split()
    return tuple(map(int, words)) if all(re.fullmatch(r"-?\d{1,18}", word) for word in words) else ()


def _voxels(path: Path, text: NrrdText, count: int, number_bytes: int) -> StoredVoxels:
    stated = text.fields.get("encoding", "").lower()
    if stated in {"bzip2", "bz2"}:
        raise not_read(path, "is compressed with bzip2", "save it with gzip, or uncompressed")
    if stated not in _ENCODINGS:
        raise damaged_header(path, "NRRD", "does not state how the voxels are written (encoding)")
    encoding = _ENCODINGS[stated]
    if number_bytes > 1 and encoding != "text" and text.fields.get("endian", "").lower() not in {"little", "big"}:
        raise damaged_header(path, "NRRD", "does not state the order of bytes (endian)")
    lines, skip = (_whole_numbers(text.fields.get(name, "0")) for name in ("line skip", "byte skip"))
    if len(lines) != 1 or len(skip) != 1 or lines[0] < 0 or skip[0] < -1:
        raise damaged_header(path, "NRRD", "does not state what to skip (line skip, byte skip) in numbers")
    files = _files(path, text)
    if len(files) > 1 and (lines[0] or skip[0]):
        raise not_read(path, "keeps its voxels in several files with a header each", "save it as one file")
    start = 0 if "data file" in text.fields else text.end
    if lines[0]:
        start = _behind_lines(path, files[0], start, lines[0])
    length = count * number_bytes
    if encoding == "gzip":
        return StoredVoxels(
            files=files, length=length, start=start, skip=None if skip[0] < 0 else skip[0], encoding="gzip"
        )
    if encoding == "raw":
        return StoredVoxels(files=files, length=length, start=None if skip[0] < 0 else start + skip[0])
    return StoredVoxels(
        files=files,
        length=length,
        start=start + max(skip[0], 0),
        skip=0,
        encoding="text" if encoding == "text" else "hex",
        numbers=count,
    )


def _files(path: Path, text: NrrdText) -> tuple[Path, ...]:
    if "data file" not in text.fields:
        return (path,)
    stated = text.fields["data file"]
    names = [stated]
    pattern = re.fullmatch(r"([^%]*%0?\d?d[^%]*?) (-?\d{1,9}) (-?\d{1,9}) (-?[1-9]\d{0,8})( \d)?", stated)
    if stated.upper().startswith("LIST"):
        names = list(text.files)
    elif pattern:
        first, last, step = (int(pattern[group]) for group in (2, 3, 4))
        names = [pattern[1] % number for number in range(first, last + (1 if step > 0 else -1), step)[:_MOST_FILES]]
    if not names or len(names) > _MOST_FILES or not all(names):
        raise damaged_header(path, "NRRD", "does not name the files with the voxels")
    if "-" in names:  # the terminal, which would be waited for
        raise damaged_header(path, "NRRD", "names no file with the voxels")
    return tuple(beside(path, name) for name in names)


def _behind_lines(path: Path, file: Path, start: int, lines: int) -> int:
    """The byte behind so many lines."""
    if not file.is_file() or lines > _LONGEST_SKIPPED_LINE:
        return start
    with file.open("rb") as content:
        content.seek(start)
        for _ in range(lines):
            if not content.readline(_LONGEST_SKIPPED_LINE).endswith(b"\n"):
                raise damaged_header(path, "NRRD", "skips more lines than there are")
        return content.tell()


NRRD = VolumeKind(name="NRRD", image_io="NrrdImageIO", recognises=is_nrrd, parse=_parse)
