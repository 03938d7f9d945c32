"""JSON as this software writes it, read without mercy: what another program could read in another way is none."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(data: Any) -> bytes:
    r"""Data as JSON in the one form that is hashed: keys sorted, no spaces, ASCII.

    Parameters
    ----------
    data
        Texts, numbers, true, false, None, lists and mappings.

    Returns
    -------
    bytes
        The same for equal data, whatever the order of its keys.

    Raises
    ------
    ValueError
        A number is not finite, for which JSON has no word.

    Examples
    --------
    >>> canonical_json({"b": [1, None], "a": "é"})
    b'{"a":"\\u00e9","b":[1,null]}'

    """
    return _CANONICAL.encode(data).encode("ascii")


def parse_object(content: bytes) -> dict[str, Any] | None:
    """The JSON object that some bytes are.

    Parameters
    ----------
    content
        Of a file or a line.

    Returns
    -------
    dict or None
        None for what is no JSON object, names a key twice, is nested beyond reason, or has a number that is not finite.

    Examples
    --------
    >>> parse_object(b'{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    >>> [parse_object(text) for text in (b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b"[]", b"")]
    [None, None, None, None, None]

    """
    try:
        data = _STRICT.decode(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def is_count(value: Any, least: int = 0) -> bool:
    """Whether a value is a whole number that a count can be.

    Parameters
    ----------
    value
        From JSON.
    least
        The smallest one allowed.

    Returns
    -------
    bool

    """
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**53


def is_digest(value: Any) -> bool:
    """Whether a value is a SHA-256 as it is written here.

    Parameters
    ----------
    value
        From JSON.

    Returns
    -------
    bool

    """
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _no_number(text: str) -> float:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise ValueError("a key twice")
    return data


# Made once: json.loads makes a decoder at each call.
_STRICT = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_without_doubles)
