"""A JSON file that verifies itself: it holds the SHA-256 of all else that it says, and is refused where they differ.

That shows a change, whoever made it by accident or in passing. It is no signature: who changes a file on purpose can
write the digest anew, so the digest itself is told by another way (a mail, a telephone) where that matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import read_regular
from RLNResponseLib.study.strict_json import canonical_json, is_digest, parse_object

DIGEST = "sha256"
# Of a digest in a sentence, as an anchor's.
SHORT_DIGEST = 16
_LARGEST_BYTES = 10_000_000


def content_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of what a file says, however its JSON is laid out.

    Parameters
    ----------
    content
        Texts, finite numbers, true, false, None, lists and mappings.

    Returns
    -------
    str
        The same for 1 and 1.0, which other programs write for each other, and for keys in another order.

    Examples
    --------
    >>> content_digest({"a": 1.0, "b": [2]}) == content_digest({"b": [2.0], "a": 1})
    True
    """
    return hashlib.sha256(canonical_json(_plain(content))).hexdigest()


def with_digest(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with its digest as the last field.

    Parameters
    ----------
    content
        Without a digest, or with an earlier one.

    Returns
    -------
    dict
    """
    bare = {name: value for name, value in content.items() if name != DIGEST}
    return {**bare, DIGEST: content_digest(bare)}


def is_whole(content: Mapping[str, Any]) -> bool:
    """Whether the digest is that of the rest.

    Parameters
    ----------
    content
        As `with_digest` made it, or as somebody changed it.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_whole(with_digest({"a": 1})), is_whole({**with_digest({"a": 1}), "a": 2})
    (True, False)
    """
    return content.get(DIGEST) == with_digest(content)[DIGEST]


def read_whole(path: Path, schema: str | Collection[str], what: str) -> dict[str, Any]:
    """The content of a file that verifies itself.

    Parameters
    ----------
    path
        The file.
    schema
        What its field "schema" must say; several where older forms are read too.
    what
        What it is, for refusals: "summary of a centre".

    Returns
    -------
    dict

    Raises
    ------
    DataRefusedError
        not-whole: it cannot be read, is another kind of file, or was altered.
    """
    try:
        content = read_regular(path) if path.stat().st_size <= _LARGEST_BYTES else b""
    except OSError as error:
        raise DataRefusedError(
            f"The file {path.name} cannot be read ({error.strerror}); name a {what}.", "not-whole"
        ) from None
    data = parse_object(content)
    schemas = (schema,) if isinstance(schema, str) else schema
    if data is None or data.get("schema") not in schemas or not is_digest(data.get(DIGEST)):
        raise DataRefusedError(f"The file {path.name} is no {what}; name one as rlnresponse wrote it.", "not-whole")
    if not is_whole(data):
        raise DataRefusedError(
            f"The {what} {path.name} was altered after it was made: its digest is not that of its content; ask for it "
            "again.",
            "not-whole",
        )
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
