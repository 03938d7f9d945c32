"""The digests that an import keeps of every row and column of a clinical table, by which `verify` names a change.

Everyone who reads the log reads them, and a row has few possible outcomes: so each covers the secret salts that the
stored table alone holds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import listed
from RLNResponseLib.study.clinical_columns import SALT_COLUMN
from RLNResponseLib.study.strict_json import canonical_json

_SALT_BYTES = 16
# As imports without salts wrote them.
_UNSALTED_LENGTH = 16
# So many rows or columns are named of those that differ from an import; the others are counted.
_MOST_NAMED = 5


def new_salt() -> str:
    """A secret for one row, which nobody guesses: 128 bits from the system's source, as hexadecimal digits.

    Returns
    -------
    str

    """
    return secrets.token_hex(_SALT_BYTES)


def table_digests(table: Table) -> dict[str, dict[str, str]]:
    r"""A SHA-256 of every row and of every column of a stored table, each with the salts of its rows.

    Parameters
    ----------
    table
        Its first column holds the identifiers, SALT_COLUMN a secret of each row.

    Returns
    -------
    dict
        "rows": identifier → digest, "columns": name → digest.

    Examples
    --------
    A changed cell changes the digests of its row and its column, and no others:

    >>> before = table_digests(parse_csv(b"patient,age_years,salt\nP1,61,0f\nP2,58,a7\n", "patients.csv"))
    >>> after = table_digests(parse_csv(b"patient,age_years,salt\nP1,61,0f\nP2,59,a7\n", "patients.csv"))
    >>> {part: [name for name in before[part] if before[part][name] != after[part][name]] for part in before}
    {'rows': ['P2'], 'columns': ['age_years']}

    """
    key = table.columns[0]
    salts = [row.get(SALT_COLUMN, "") for row in table.rows]
    return {
        "rows": {row[key]: _digest([row[column] for column in table.columns]) for row in table.rows},
        "columns": {column: _digest([[row[column] for row in table.rows], salts]) for column in table.columns},
    }


def check_table(content: bytes, name: str, record: Mapping[str, Any]) -> str:
    """What differs from the import, in words: the rows and columns, never a value.

    Parameters
    ----------
    content
        The bytes of the table as it is now.
    name
        The table's path, as the import names it.
    record
        Content of the import's record, with a digest of every row and column.

    Returns
    -------
    str
        Such as "row changed: P2; column changed: age_years".

    """
    try:
        then = {part: dict(record["digests"][name][part]) for part in ("rows", "columns")}
        table = parse_csv(content, name)
        now = table_digests(table) if SALT_COLUMN in then["columns"] else _unsalted_digests(table)
    except (DataRefusedError, KeyError, TypeError, ValueError):
        return "it is no readable table any more"
    words = []
    for part, what in (("rows", "row"), ("columns", "column")):
        words += _named(f"{what} removed", [key for key in then[part] if key not in now[part]])
        words += _named(f"{what} added", [key for key in now[part] if key not in then[part]])
    same_shape = not words
    for part, what in (("rows", "row"), ("columns", "column")):
        changed = [key for key in then[part] if now[part].get(key, then[part][key]) != then[part][key]]
        if part == "columns" and SALT_COLUMN in changed:  # which every column's digest covers
            changed = [f"{SALT_COLUMN}, without which no other column can be judged"]
        # A row more or less changes every column.
        words += _named(f"{what} changed", changed) if same_shape or part == "rows" else []
    return "; ".join(words) or "its cells are the same, but the text was written anew or reordered"


def _named(what: str, names: list[str]) -> list[str]:
    return [f"{what}: {listed(names, _MOST_NAMED)}"] if names else []


def _digest(cells: list[Any]) -> str:
    return hashlib.sha256(canonical_json(cells)).hexdigest()


def _unsalted_digests(table: Table) -> dict[str, dict[str, str]]:
    """As imports before salts wrote them: their studies are judged by these for good."""
    key = table.columns[0]
    rows = {row[key]: _digest([row[column] for column in table.columns]) for row in table.rows}
    columns = {column: _digest([row[column] for row in table.rows]) for column in table.columns}
    return {
        part: {name: digest[:_UNSALTED_LENGTH] for name, digest in digests.items()}
        for part, digests in (("rows", rows), ("columns", columns))
    }
