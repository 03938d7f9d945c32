"""Which columns of a table are candidate features: names that features have, or what was asked for; and why the others
are left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from RLNResponseLib.common.cells import number_in
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table, numeric_columns, refuse_missing
from RLNResponseLib.common.wording import listed
from RLNResponseLib.modelling.fitting.column_names import NameKind, is_feature_name, name_kind, names_other_settings

# Words of a pattern; a column of that very name is always that column.
_WILD = re.compile(r"[*?\[]")
_MOST_NAMED = 8
_KINDS: Mapping[NameKind, str] = {
    "identifier": "an identifier",
    "outcome": "an outcome",
    "time": "a time or a date",
    "diagnostics": "pyradiomics' diagnostics",
    "origin": "how the features were extracted",
}


@dataclass(frozen=True)
class LeftOutColumn:
    """A column that is no candidate.

    Attributes
    ----------
    name
        Of the column.
    reason
        In words.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Candidates:
    """The candidate features of a table.

    Attributes
    ----------
    names
        In the table's order, or as they were asked for.
    left_out
        Every other column that was looked at.
    """

    names: tuple[str, ...]
    left_out: tuple[LeftOutColumn, ...] = ()


def candidates(
    table: Table, uses: Mapping[str, str], features: Sequence[str] | None = None, exclude: Sequence[str] = ()
) -> Candidates:
    """The candidate features.

    Parameters
    ----------
    table
        One row a lymph node.
    uses
        What columns are used for otherwise: the outcome, the patient, fold numbers; by column, in words.
    features
        Names and shell-style patterns; None takes the columns of numbers that have a feature's name.
    exclude
        Names and patterns of columns that are none, whatever `features` says.

    Returns
    -------
    Candidates

    Raises
    ------
    DataRefusedError
        missing-column for a name or a pattern that no column has, no-feature where nothing is left.
    """
    excluded = set(_chosen(table, exclude))
    named: set[str] = set()
    looked_at = list(table.columns)
    if features is not None:
        wanted = _split(table, features)
        named = {name for name in wanted if not _is_pattern(table, name)}
        looked_at = list(dict.fromkeys(_chosen(table, features)))
    numeric = set(numeric_columns(table, ()))
    names, left_out = [], []
    for name in looked_at:
        if name in excluded:
            reason: str | None = "excluded by --exclude"
        elif name in named:
            reason = None
        else:
            reason = _why_not(table, name, uses, numeric, any_name=features is not None)
        if reason is None:
            names.append(name)
        else:
            left_out.append(LeftOutColumn(name, reason))
    if not names:
        _refuse_none(table, uses, features, [each for each in left_out if each.reason == _NO_NAME])
    return Candidates(tuple(names), tuple(left_out))


_NO_NAME = "not a feature's name"


def _why_not(table: Table, name: str, uses: Mapping[str, str], numeric: set[str], any_name: bool) -> str | None:
    """Why a column that nobody named is no candidate; None where it is one."""
    if name in uses:
        return uses[name]
    kind = name_kind(name)
    if kind is not None:
        return _KINDS[kind]
    if names_other_settings(name):
        return "extracted with other settings than the rows state"
    if name not in numeric:
        empty = not any(row[name] for row in table.rows)
        if empty:
            return "empty"
        held = sum(number_in(row[name], table.style(name)) is not None for row in table.rows)
        return "a number in too few of its rows" if held else "not numeric"
    return None if any_name or is_feature_name(name) else _NO_NAME


def _refuse_none(
    table: Table, uses: Mapping[str, str], features: Sequence[str] | None, unnamed: Sequence[LeftOutColumn]
) -> None:
    if unnamed:
        shown = listed([each.name[:60] for each in unnamed], _MOST_NAMED)
        raise DataRefusedError(
            f"{table.name} has no column with a name that pyradiomics or a score model gives (original_…, "
            f"log-sigma-…, wavelet-…), so it is not known which of its columns are features ({shown}); name them.",
            "no-feature",
            "with --features",
        )
    if features is not None:
        raise DataRefusedError(
            f"{table.name} has no column of numbers among those asked for as features; name others.", "no-feature"
        )
    raise DataRefusedError(
        f"{table.name} has no column of numbers beside {', '.join(uses)}; add the features.", "no-feature"
    )


def _is_pattern(table: Table, text: str) -> bool:
    return text not in table.columns and _WILD.search(text) is not None


def _chosen(table: Table, wanted: Sequence[str]) -> list[str]:
    """The columns that names and patterns mean."""
    found = []
    for text in _split(table, wanted):
        if not _is_pattern(table, text):
            refuse_missing(table, [text])
            found.append(text)
            continue
        matching = [name for name in table.columns if fnmatchcase(name, text)]
        if not matching:
            raise DataRefusedError(
                f"{table.name} has no column that '{text}' matches; check the pattern against its header.",
                "missing-column",
            )
        found += matching
    return found


def _split(table: Table, wanted: Sequence[str]) -> list[str]:
    """Names one by one: a text with commas is a list of them, unless a column has that very name."""
    found: list[str] = []
    for text in wanted:
        if text in table.columns or "," not in text:
            found.append(text)
        else:
            found += [part for part in next(csv.reader([text], skipinitialspace=True)) if part]
    return found
