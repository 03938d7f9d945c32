"""One DICOM file: whether it is one, and what its header says."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.quiet import silenced_itk

_PREAMBLE, _MAGIC = 128, b"DICM"
# Where a file has no preamble (old scanners, pydicom with `force`), it begins with an element of the meta information
# or of group 8. No first element in use is longer than this.
_FIRST_GROUPS = (0x0002, 0x0008)
_LONGEST_FIRST_ELEMENT = 1024


def is_dicom(path: Path) -> bool:
    """Whether the file begins as DICOM does, with its preamble or (old scanners) without.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
    """
    return begins_as_dicom(first_bytes(path))


def first_bytes(path: Path) -> bytes:
    """As much of a file as tells whether it is DICOM.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bytes
    """
    with path.open("rb") as file:
        return file.read(_PREAMBLE + len(_MAGIC))


def begins_as_dicom(start: bytes) -> bool:
    """Whether the first bytes of a file are those of DICOM, with its preamble or without.

    Parameters
    ----------
    start
        From `first_bytes`.

    Returns
    -------
    bool
    """
    return start[_PREAMBLE:] == _MAGIC or _begins_with_element(start)


def _begins_with_element(start: bytes) -> bool:
    if len(start) < 8:
        return False
    group, element, implicit_length = struct.unpack("<HHI", start[:8])
    if group not in _FIRST_GROUPS or element > 0x0100:
        return False
    # Explicit: two capital letters say what the value is, as "UL" or "CS".
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    return explicit or (implicit_length % 2 == 0 and implicit_length <= _LONGEST_FIRST_ELEMENT)


def read_tags(path: Path, tags: Iterable[str], shown: str) -> Any:
    """The named tags of a DICOM file as a pydicom Dataset; pixels and everything else stay on the disk.

    A tag whose value cannot be what it should (text for a number) is left out.

    Parameters
    ----------
    path
        The file.
    tags
        Keywords of the tags that are wanted.
    shown
        What a message calls the file: a series' files can bear a patient's name, so they are not named.

    Returns
    -------
    object

    Raises
    ------
    DataRefusedError
        damaged-dicom.
    """
    import pydicom

    try:
        with silenced_itk():
            found = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(tags))
            _drop_unusable(found)
            return found
    # A damaged file can fail in pydicom in as many ways as it can be damaged.
    except Exception:
        raise DataRefusedError(
            f"{shown} is damaged: its DICOM header cannot be read; export it again.",
            "damaged-dicom",
        ) from None


def _drop_unusable(dataset: Any) -> None:
    # pydicom converts a value when it is first asked for, and only then finds that it cannot.
    for tag in list(dataset.keys()):
        try:
            dataset[tag]
        except (ValueError, TypeError, OverflowError, NotImplementedError):
            del dataset[tag]


def number(tags: Any, keyword: str) -> float | None:
    """The finite number of an element; None where it is absent, empty or no number.

    Parameters
    ----------
    tags
        A pydicom Dataset.
    keyword
        The tag's keyword.

    Returns
    -------
    float or None
    """
    try:
        value = float(tags.get(keyword))
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def whole(tags: Any, keyword: str) -> int | None:
    """The whole number of an element; None where it is absent, empty or no number.

    Parameters
    ----------
    tags
        A pydicom Dataset.
    keyword
        The tag's keyword.

    Returns
    -------
    int or None
    """
    try:
        return int(tags.get(keyword))
    except (TypeError, ValueError, OverflowError):
        return None


def text(tags: Any, keyword: str) -> str | None:
    """An element's text, several values joined as DICOM writes them; None where it is absent or blank.

    Parameters
    ----------
    tags
        A pydicom Dataset.
    keyword
        The tag's keyword.

    Returns
    -------
    str or None
    """
    value = tags.get(keyword)
    if value is None:
        return None
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return ("\\".join(map(str, value)) if several else str(value)).strip() or None
