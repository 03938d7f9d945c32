"""Where a volume's voxels lie in its files, and whether all of them are there and nothing else.

Nothing is decompressed that could not hold what the header claims, and never more than that.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from RLNResponseLib.common.errors import DataRefusedError

# Of the voxels of one volume. 1.75 GiB: 896 slices of 1024 × 1024 as 16-bit numbers, or 1792 of 512 × 512 as 32-bit
# ones. Reading takes twice that: less than 4 GB.
MAXIMUM_BYTES = 7 * 2**28
# A CT compresses to a third; only a mask shrinks further, and one of 512 MiB has 2048 slices of 512 × 512.
_COMPRESSED_BYTES, _COMPRESSED_RATIO = 2**29, 100
# Written as text, reading takes a second for each million.
_MOST_TEXT_NUMBERS = 2**25
# Deflate, which gzip and zlib use, cannot make data smaller than 1/1032.
DEFLATE_LIMIT = 1032
_GZIP_MAGIC = b"\x1f\x8b"
# A header fits into the first piece; a stream of many small members is unpacked without copying much of it each time.
_CHUNK = 1 << 16
# bgzip writes a member for every 64 KiB: twelve gigabytes.
_MOST_MEMBERS = 200_000
_HEXADECIMAL = b"0123456789abcdefABCDEF"
# Added to the window size: a gzip or zlib header and trailer, whose checksum and length are compared.
_GZIP_OR_ZLIB = 32


@dataclass(frozen=True, kw_only=True)
class StoredVoxels:
    """Where the voxels lie.

    files     the file or files, in their order
    length    how many bytes the header claims: voxels × components × bytes of a number
    start     the byte at which they begin in the first file; None where they are the last bytes of it
    skip      how many bytes go before them behind `start`, once decompressed; None where they are the last
    encoding  how they are written
    numbers   how many numbers the header claims, for "text"
    memory    half of the bytes that reading them takes, where that is more than `length`
    """

    files: tuple[Path, ...]
    length: int
    start: int | None = 0
    skip: int | None = 0
    encoding: Literal["raw", "gzip", "text", "hex"] = "raw"
    numbers: int = 0
    memory: int = 0


def refuse_missing_or_surplus(path: Path, voxels: StoredVoxels) -> None:
    """Refuse a volume whose files hold fewer bytes than its header claims, or more.

    Parameters
    ----------
    path
        The file that was named, for the sentence.
    voxels
        What its header says.

    Raises
    ------
    DataRefusedError
        missing-voxel-file, not-a-regular-file, truncated-image, too-many-voxels (more than 1.75 GiB), surplus-bytes.
    """
    for file in voxels.files:
        _refuse_absent(path, file)
    stored = sum(file.stat().st_size for file in voxels.files)
    claimed = voxels.length + (voxels.skip or 0)
    # A number and its blank take two bytes at least, as a byte in hexadecimal does.
    least = {"raw": claimed, "gzip": claimed / DEFLATE_LIMIT, "text": 2 * voxels.numbers - 1, "hex": 2 * voxels.length}
    if stored < least[voxels.encoding]:
        raise truncated(path)
    _refuse_too_much(path, voxels, stored)
    if voxels.encoding == "gzip":
        found = _unpacked_length(voxels)
    elif voxels.encoding == "raw":
        found = stored - (voxels.start or 0)
    else:
        found = voxels.length if _is_text_complete(voxels) else 0
    if found < claimed:
        raise truncated(path)
    at_the_end = voxels.skip is None if voxels.encoding == "gzip" else voxels.start is None
    if found > claimed and not at_the_end:
        raise DataRefusedError(
            f"{path.name} does not fit its voxels: more bytes lie there than its header claims, so that size or type "
            f"of the voxels may be wrong; export it again.",
            "surplus-bytes",
        )


def _refuse_too_much(path: Path, voxels: StoredVoxels, stored: int) -> None:
    needed = max(voxels.length, voxels.memory)
    is_empty = voxels.encoding == "gzip" and needed > _COMPRESSED_BYTES and needed > _COMPRESSED_RATIO * stored
    if needed > MAXIMUM_BYTES or is_empty or voxels.numbers > _MOST_TEXT_NUMBERS:
        raise DataRefusedError(
            f"{path.name} holds too many voxels to be read in 4 GB of memory and in reasonable time; crop it first, or "
            f"store whole numbers of 16 bits, not as text.",
            "too-many-voxels",
        )


def _refuse_absent(path: Path, file: Path) -> None:
    if file == path:
        return
    if not file.exists():
        raise DataRefusedError(
            f"{path.name} is a header alone: the file with its voxels, {file.name}, is missing; copy it beside the "
            f"header.",
            "missing-voxel-file",
        )
    refuse_special_file(file)


def refuse_special_file(path: Path) -> None:
    """Refuse what is neither a file with content nor absent: a pipe, a socket or a device would be waited for.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DataRefusedError
        not-a-regular-file.
    """
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "a pipe, a socket or a device"
        raise DataRefusedError(f"{path.name} is {what}, no regular file; name a file.", "not-a-regular-file")


def beside(path: Path, name: str) -> Path:
    """The file that a header names for its voxels, which lies in the header's folder or below it.

    Parameters
    ----------
    path
        The header.
    name
        As the header has it.

    Returns
    -------
    Path

    Raises
    ------
    DataRefusedError
        file-elsewhere: an absolute path or one that leads out of the folder, so that a header that came from somebody
        would choose among the files of this machine.
    """
    parts = {*PurePosixPath(name).parts, *PureWindowsPath(name).parts}
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or ".." in parts or "\0" in name:
        raise DataRefusedError(
            f"The header {path.name} names a file outside its own folder for the voxels; put that file beside the "
            f"header and write its bare name there.",
            "file-elsewhere",
        )
    return path.parent / name


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        return file.read(2) == _GZIP_MAGIC


def first_bytes(path: Path, count: int) -> bytes:
    """The first bytes of a file, of what it stands for where it is gzip.

    Parameters
    ----------
    path
        A file that is there.
    count
        How many, at most 64 KiB.

    Returns
    -------
    bytes
        Fewer, or none, where the file is shorter or no gzip stream that can be unpacked.
    """
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    if not start.startswith(_GZIP_MAGIC):
        return start[:count]
    try:
        return bytes(_new_member().decompress(start, count))
    except zlib.error:
        return b""


def _unpacked_length(voxels: StoredVoxels) -> int:
    claimed = voxels.length + (voxels.skip or 0)
    # What goes before the voxels may be as long as they are, not endless.
    most = claimed if voxels.skip is not None else 2 * claimed + _CHUNK
    lengths = (decompressed_length(file, voxels.start or 0, most) for file in voxels.files)
    return sum(lengths)


def decompressed_length(path: Path, start: int, most: int) -> int:
    """How many bytes a gzip or zlib stream stands for.

    Parameters
    ----------
    path
        The file.
    start
        The byte at which the stream begins.
    most
        Beyond this nothing is counted: the answer is then larger than it, and no more.

    Returns
    -------
    int
        0 where the stream is cut off or its checksum is wrong.
    """
    length, members = 0, 1
    member = _new_member()
    try:
        for piece in _pieces(path, start):
            rest = piece
            while rest:
                if member.eof:
                    if not rest.strip(b"\0"):  # padding after the last member
                        break
                    member, members = _new_member(), members + 1
                # A piece at a time, however much it stands for: all of it at once could fill the memory.
                length += len(member.decompress(rest, _CHUNK))
                rest = member.unused_data if member.eof else member.unconsumed_tail
                if length > most:
                    return length
            if members > _MOST_MEMBERS:
                return 0
    except zlib.error:
        return 0
    return length if member.eof else 0


def _pieces(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(_CHUNK):
            yield piece


def _new_member() -> Any:
    # zlib itself, in large pieces: the gzip module reads 8 kB at a time and takes three times as long.
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | _GZIP_OR_ZLIB)


def _is_text_complete(voxels: StoredVoxels) -> bool:
    """Whether text holds as many numbers, or hexadecimal digits, as claimed."""
    count: Callable[[bytes], int] = _count_numbers if voxels.encoding == "text" else _count_digits
    found, last = 0, b""
    for file in voxels.files:
        for piece in _pieces(file, voxels.start or 0):
            text = last + piece
            end = max(text.rfind(b" "), text.rfind(b"\n"), text.rfind(b",")) + 1
            found, last = found + count(text[:end]), text[end:]
            if len(last) > _CHUNK:  # hexadecimal digits in one line
                found, last = found + count(last), b""
        found, last = found + count(last), b""
    return found >= (voxels.numbers if voxels.encoding == "text" else 2 * voxels.length)


def _count_numbers(text: bytes) -> int:
    return len(text.replace(b",", b" ").split())


def _count_digits(text: bytes) -> int:
    return len(text) - len(text.translate(None, _HEXADECIMAL))


def truncated(path: Path) -> DataRefusedError:
    """The refusal of a file that does not hold its voxels.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    DataRefusedError
        truncated-image.
    """
    return DataRefusedError(
        f"{path.name} is damaged: it ends before the voxels that its header claims, or they cannot be decompressed; "
        "copy or export it again.",
        "truncated-image",
    )
