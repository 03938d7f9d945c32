"""Which cell of a clinical table was changed since its import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.study.imports import table_digests
from RLNResponseLib.study.tables import parse_csv

_NAMED = 5


def check_table(content: bytes, name: str, record: Mapping[str, Any]) -> str:
    """What differs from the import, in words: the rows and columns, never a value.

    record  the content of the import's record, with a digest of every row and column
    """
    try:
        now = table_digests(parse_csv(content, name))
        then = {part: dict(record["digests"][name][part]) for part in ("rows", "columns")}
    except (DataRefusedError, KeyError, TypeError, ValueError):
        return "it is no readable table any more"
    words = []
    for part, what in (("rows", "row"), ("columns", "column")):
        words += _named(f"{what} removed", [each for each in then[part] if each not in now[part]])
        words += _named(f"{what} added", [each for each in now[part] if each not in then[part]])
    same_shape = not words
    for part, what in (("rows", "row"), ("columns", "column")):
        changed = [each for each in then[part] if now[part].get(each, then[part][each]) != then[part][each]]
        # A row more or less changes every column.
        words += _named(f"{what} changed", changed) if same_shape or part == "rows" else []
    return "; ".join(words) or "its cells are the same, but the text was written anew or reordered"


def _named(what: str, names: list[str]) -> list[str]:
    if not names:
        return []
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{what}: {', '.join(names[:_NAMED])}{rest}"]
