"""Identifiers are texts, not numbers: which spellings are one for certain, which look alike, and which lost digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table, refuse_missing

# The columns that name whose row it is, in the order in which they are looked for.
PATIENT_COLUMNS = ("patient_id", "patient")
LYMPH_NODE_COLUMN = "lymph_node"
# 123 in a column of floating-point numbers, as pandas writes it.
_FLOAT = re.compile(r"(\d+)[.,]0+", re.ASCII)
# 202101000123456 as a spreadsheet shows it: the other digits are gone.
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{2,}", re.ASCII)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_LONGEST_NUMBER = 20


def plain_identifier(text: str) -> str:
    r"""An identifier without what a program added to it: blanks around, no-break and invisible characters, a ".0".

    Parameters
    ----------
    text
        As the table holds it.

    Returns
    -------
    str

    Examples
    --------
    >>> plain_identifier("P\xa001 "), plain_identifier("123.0"), plain_identifier("00123")
    ('P 01', '123', '00123')
    """
    plain = " ".join(text.translate(_INVISIBLE).split())
    number = _FLOAT.fullmatch(plain)
    return number[1] if number else plain


def identity(text: str) -> str:
    """What spellings of one identifier have in common: P00 and p00, 00123 and 123.

    Parameters
    ----------
    text
        As the table holds it.

    Returns
    -------
    str

    Examples
    --------
    >>> identity("P00") == identity("p00"), identity("00123") == identity("123.0"), identity("P1") == identity("P01")
    (True, True, False)
    """
    plain = unicodedata.normalize("NFKC", plain_identifier(text)).translate(_DASHES).casefold()
    return plain.lstrip("0") or "0" if plain.isascii() and plain.isdecimal() else plain


def spellings(text: str) -> tuple[str, ...]:
    """Every spelling that `identity` takes for one with this: to find an identifier of which only a hash is kept.

    Parameters
    ----------
    text
        As the table holds it.

    Returns
    -------
    tuple of str
        The text itself first.

    Examples
    --------
    >>> spellings("p7")
    ('p7', 'P7')
    >>> "00007" in spellings("7.0")
    True
    """
    plain = plain_identifier(text)
    found = [text, plain, plain.upper(), plain.lower(), plain.capitalize()]
    if plain.isascii() and plain.isdecimal():
        digits = plain.lstrip("0") or "0"
        padded = [digits.zfill(length) for length in range(len(digits), _LONGEST_NUMBER + 1)]
        found += [*padded, f"{digits}.0"]
    return tuple(dict.fromkeys(found))


def identifiers(table: Table, column: str, within: Sequence[str] | None = None) -> tuple[str, ...]:
    """A column that names patients, lymph nodes or readers, as it is matched.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.
    column
        The column.
    within
        What each row belongs to, where the names are told apart only within it (lymph nodes of a patient).

    Returns
    -------
    tuple of str

    Raises
    ------
    DataRefusedError
        missing-column, lost-digits for a number that a spreadsheet shortened, look-alike-identifiers for two names
        that differ only in case, leading zeros or dashes.
    """
    refuse_missing(table, [column])
    texts = [row[column] for row in table.rows]
    refuse_lost_digits(table, column)
    names = tuple(map(plain_identifier, texts))
    seen: dict[tuple[str, str], int] = {}
    for row, name in enumerate(names):
        first = seen.setdefault(("" if within is None else within[row], identity(name)), row)
        if names[first] != name:
            raise DataRefusedError(
                f"{table.name}, rows {table.row_number(first)} and {table.row_number(row)}, column {column}: the "
                "identifiers differ only in upper and lower case, leading zeros or dashes; write the same one alike, "
                "or rename one.",
                "look-alike-identifiers",
            )
    return names


def refuse_lost_digits(table: Table, column: str) -> None:
    """Raise DataRefusedError (lost-digits) for an identifier such as 2.02101E+14, whose other digits are gone.

    Parameters
    ----------
    table
        The table.
    column
        A column of identifiers.

    Raises
    ------
    DataRefusedError
        lost-digits.
    """
    for row, cells in enumerate(table.rows):
        if _SCIENTIFIC.fullmatch(plain_identifier(cells[column])):
            raise DataRefusedError(
                f"{table.name}, row {table.row_number(row)}, column {column}: a spreadsheet made a number of the "
                "identifier and its digits are lost; export it again with the column as text.",
                "lost-digits",
            )


def matched(names: Iterable[str], others: Iterable[str]) -> Mapping[str, str]:
    """Each name that another table has too, as it is spelled there.

    Parameters
    ----------
    names
        Of one table, each spelled in one way.
    others
        Of the other.

    Returns
    -------
    Mapping
        Name → the other table's spelling.

    Examples
    --------
    >>> matched(["00123", "P1"], ["123", "P2"])
    {'00123': '123'}
    """
    spelled = {identity(other): other for other in others}
    return {name: spelled[identity(name)] for name in names if identity(name) in spelled}
