"""Values of a DICOM file as its bytes hold them; texts in the character set that the file states, or its bytes show.

pydicom leaves the escape sequence of ISO 2022 IR 58 in the text, and decodes an escape sequence only where the file
declares its character set, though the sequence itself says which it is.
"""

from __future__ import annotations

import re
from typing import Any

from RLNResponseLib.common.wording import one_line

# ESC, what is designated (one or two signs), and the final letter: ISO 2022, as DICOM PS3.3 table C.12-3 and C.12-4
# use it.
_ESCAPE_SEQUENCE = re.compile(r"\x1b[$(),\-./]{1,2}[0-9A-Z@]")
# Two bytes with the high bit each, and ideographs only: the common part of GB 2312, GBK and GB 18030. Western text in
# Latin-1 has such letters singly.
_IDEOGRAPHS = re.compile(r"[\x20-\x7e一-鿿　-〿！-～·]+")
_UNDEFINED_LENGTH = 0xFFFFFFFF
_STRICT_PAIRS = re.compile(rb"(?:[\x20-\x7e]|[\xa1-\xf7][\xa1-\xfe])+")


def raw_value(dataset: Any, keyword: str) -> bytes:
    """The bytes of an element as the file holds them, whatever its value representation says.

    An element of over 64 KB is written as UN in explicit value representation, and pydicom then gives no value.

    Parameters
    ----------
    dataset
        A pydicom Dataset that was read from a file.
    keyword
        The element's keyword.

    Returns
    -------
    bytes
        Empty where the element is missing or empty.
    """
    if keyword not in dataset:
        return b""
    value = dataset.get_item(keyword).value
    if isinstance(value, bytes):
        return value
    # Somebody has asked for it before, so that pydicom has made it numbers or texts.
    values = value if isinstance(value, list | tuple) or hasattr(value, "append") else [value]
    return "\\".join("" if each is None else str(each) for each in values).encode("utf-8")


def is_cut_off(dataset: Any) -> bool:
    """Whether an element holds fewer bytes than it states, as in a file whose end is missing.

    Parameters
    ----------
    dataset
        A pydicom Dataset as `dcmread` gives it, before its values were asked for.

    Returns
    -------
    bool
    """
    elements = (dataset.get_item(tag) for tag in list(dataset.keys()))
    return any(
        isinstance(element.value, bytes) and len(element.value) < element.length != _UNDEFINED_LENGTH
        for element in elements
        if hasattr(element, "length")
    )


def text_value(dataset: Any, keyword: str, charsets: Any = None) -> str:
    r"""A text element on one line, without control signs and escape sequences, and without padding.

    Escape sequences (ISO 2022) are followed whether or not the file declares them. Other bytes are what Specific
    Character Set says. Where that is missing, states ASCII only or does not fit the bytes, they are UTF-8 where they
    are valid UTF-8, GB 18030 where they are pairs of it that give ideographs, and else Latin-1.

    Parameters
    ----------
    dataset
        A pydicom Dataset that was read from a file.
    keyword
        The element's keyword.
    charsets
        The value of Specific Character Set of the whole file; the item's own goes before it.

    Returns
    -------
    str
        Empty where the element is missing.
    """
    raw = raw_value(dataset, keyword).rstrip(b"\0 ")
    stated = dataset.get("SpecificCharacterSet") or charsets or ""
    return one_line(decoded(raw, [stated] if isinstance(stated, str) else list(stated))).strip()


def decoded(raw: bytes, charsets: list[str]) -> str:
    r"""The text of bytes in DICOM's character sets, by the rules of `text_value`.

    Parameters
    ----------
    raw
        The bytes.
    charsets
        The values of Specific Character Set.

    Returns
    -------
    str
        The text; control signs are left in it.

    Examples
    --------
    >>> decoded(b"LN \x1b$)A\xc1\xdc\xb0\xcd", ["", "ISO 2022 IR 58"])
    'LN 淋巴'
    >>> decoded("Kopf für".encode(), []), decoded("für".encode("latin-1"), ["ISO_IR 100"])
    ('Kopf für', 'für')
    """
    from pydicom.charset import CODES_TO_ENCODINGS, convert_encodings, decode_bytes, default_encoding

    first = convert_encodings(list(charsets))[0]
    if b"\x1b" in raw:
        # A part without escape sequence, and the first character set where it is multi-byte, keep the stated meaning.
        text = decode_bytes(raw, [first, *CODES_TO_ENCODINGS.values()], set(b"\r\n\t\f"))
        return _ESCAPE_SEQUENCE.sub("", text)
    encodings = [first] if first != default_encoding else []
    for encoding in (*encodings, "utf-8"):
        try:
            return raw.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return _pairs_of_ideographs(raw) or raw.decode("latin-1")


def _pairs_of_ideographs(raw: bytes) -> str:
    if not _STRICT_PAIRS.fullmatch(raw):
        return ""
    try:
        text = raw.decode("gb18030")
    except UnicodeError:
        return ""
    return text if _IDEOGRAPHS.fullmatch(text) else ""
