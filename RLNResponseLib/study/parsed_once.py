"""What bytes were parsed to, for as long as they stay the same: reading is done at each question, parsing once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

Parsed = TypeVar("Parsed")


class ParsedOnce:
    """What files were parsed to, each with the SHA-256 of its bytes: what has other bytes is parsed anew."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, Any]] = {}

    def of(self, name: str, contents: tuple[bytes, ...], parse: Callable[[], Parsed]) -> Parsed:
        """What `parse` makes of the bytes that were just read, remembered where they are those of the last time.

        Parameters
        ----------
        name
            What is parsed, and how: one name is always parsed in one way.
        contents
            The bytes of each file that `parse` reads.
        parse
            Makes an immutable value of them, and of nothing else. What it refuses is not remembered.

        Returns
        -------
        Parsed

        Examples
        --------
        >>> once, times = ParsedOnce(), []
        >>> def parse():
        ...     times.append(1)
        ...     return int(content)
        >>> for content in (b"1", b"1", b"2"):
        ...     print(once.of("number", (content,), parse), len(times))
        1 1
        1 1
        2 2

        """
        digest = b"".join(hashlib.sha256(content).digest() for content in contents)
        kept = self._kept.get(name)
        if kept is None or kept[0] != digest:
            kept = self._kept[name] = digest, parse()
        parsed: Parsed = kept[1]
        return parsed
