"""What one cell of a table says: nothing, yes or no, a number; and how a column writes its numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

# How spreadsheets, R, Python and databases write that nothing is known. "none" is not among them: it may be a level
# ("no chemotherapy").
MISSING = frozenset({"", "na", "n/a", "nan", "null", "<na>", "nat"})
_YES, _NO = frozenset({"yes", "true", "y"}), frozenset({"no", "false", "n"})
# As a spreadsheet of another language writes TRUE and FALSE to CSV, and as people answer beside it.
_TRUE = frozenset({"wahr", "vrai", "verdadero", "vero", "verdadeiro", "waar", "prawda", "ja", "oui", "tak"})
_FALSE = frozenset({"falsch", "faux", "falso", "onwaar", "fałsz", "nein", "non", "nie"})
# Words for one thing, in any case: where a column holds nothing else, they are one level.
SYNONYMS = (
    ((_YES, "yes"), (_NO, "no")),
    ((frozenset({"male", "m"}), "male"), (frozenset({"female", "f"}), "female")),
)
# What a spreadsheet shows in place of a value that it could not compute.
SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)

Sign = Literal[".", ","]
# "1,234" and "1.234": a decimal sign or a grouping sign, and nothing in the cell says which.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+([.,])\d*|([.,])\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(
    r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3})+,\d*|(?:,\d{3})+\.\d*|(?:\.\d{3}){2,}|(?:,\d{3}){2,})", re.ASCII
)
_GROUPED_BY = {
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?", re.ASCII),
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII),
}
_ODD_SIGNS = re.compile(r",|\.\d*\.")
# Written by hand into text columns, they must not decide for the file.
_MOST = 0.5


@dataclass(frozen=True)
class NumberStyle:
    """How a column writes its numbers.

    decimal   the decimal sign
    grouping  the sign between thousands; empty where the column has none
    doubt     why the numbers cannot be told, in words; empty where they can
    """

    decimal: Sign = "."
    grouping: str = ""
    doubt: str = ""


POINT = NumberStyle()
MINUS = "\u2212"
COMMA = NumberStyle(decimal=",")


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing is known: it is empty, or one of MISSING in any case.

    Parameters
    ----------
    cell
        The text of a cell.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_missing(""), is_missing("NA"), is_missing("0")
    (True, True, False)
    """
    return cell.strip().lower() in MISSING


def yes_or_no(cell: str) -> bool | None:
    """True for 1, yes, true or y, False for 0, no, false or n, as in German, French and a few others; else None.

    Parameters
    ----------
    cell
        The text of a cell.

    Returns
    -------
    bool or None

    Examples
    --------
    >>> [yes_or_no(cell) for cell in ("Yes", "0", "maybe")]
    [True, False, None]
    """
    text = cell.strip().lower()
    if text in _YES | _TRUE:
        return True
    if text in _NO | _FALSE:
        return False
    value = number_in(text)
    return None if value is None else {0.0: False, 1.0: True}.get(value)


def number_in(cell: str, style: NumberStyle = POINT) -> float | None:
    """The finite number that a cell holds, as a spreadsheet would read it; None where it is text.

    What only Python takes for a number ("100_1", "infinity", full-width digits) is text.

    Parameters
    ----------
    cell
        The text of a cell.
    style
        How the column writes its numbers.

    Returns
    -------
    float or None

    Examples
    --------
    >>> [number_in(cell) for cell in ("1.5", "-2e3", "100_1", "infinity", "1,5")]
    [1.5, -2000.0, None, None, None]
    >>> number_in("1.234,5", NumberStyle(",", "."))
    1234.5
    """
    text = cell if style is POINT else _with_point(cell, style)
    if text is None or "_" in text:
        return None
    if not text.isascii():
        text = text.replace(MINUS, "-")  # as word processors write it
        if not text.isascii():
            return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _with_point(cell: str, style: NumberStyle) -> str | None:
    """The number with a decimal point and nothing between thousands; None where it is written in another way."""
    if style.grouping and style.grouping in cell:
        if not _GROUPED_BY[style.grouping].fullmatch(cell):
            return None
        cell = cell.replace(style.grouping, "")
    if style.decimal == ",":
        return None if "." in cell else cell.replace(",", ".")
    return cell


@dataclass(frozen=True, kw_only=True)
class _Signs:
    """What the cells of one column show for certain: which signs are decimal, which group; and which may be either.

    fractions  the decimal signs before more than zeros: pandas writes whole numbers, and identifiers, as 123.0
    """

    decimal: frozenset[str]
    fractions: frozenset[str]
    grouping: frozenset[str]
    either: frozenset[str]
    numeric: bool


def _signs(cells: Iterable[str]) -> _Signs:
    decimal: set[str] = set()
    grouping: set[str] = set()
    either: set[str] = set()
    fractions: set[str] = set()
    known = numbers = 0
    for cell in cells:
        if is_missing(cell):
            continue
        known += 1
        if "." not in cell and "," not in cell:
            numbers += number_in(cell) is not None
            continue
        if match := _EITHER.fullmatch(cell):
            either.add(match[1])
        elif match := _DECIMAL.fullmatch(cell):
            sign = match[1] or match[2]
            decimal.add(sign)
            if cell.partition(sign)[2].strip("0"):
                fractions.add(sign)
        elif _GROUPED.fullmatch(cell):
            first = next(sign for sign in cell if sign in ".,")
            grouping.add(first)
            decimal |= {sign for sign in cell if sign in ".,"} - {first}
            fractions |= decimal - {first}
        elif number_in(cell) is None:
            continue
        numbers += 1
    return _Signs(
        decimal=frozenset(decimal),
        fractions=frozenset(fractions),
        grouping=frozenset(grouping),
        either=frozenset(either),
        numeric=numbers > _MOST * known,
    )


def has_odd_signs(cells: Iterable[str]) -> bool:
    """Whether any cell has what no number with a decimal point has: a comma, or a second point.

    Parameters
    ----------
    cells
        Of a row or a column.

    Returns
    -------
    bool
    """
    return _ODD_SIGNS.search("\n".join(cells)) is not None


def number_styles(
    columns: Mapping[str, Iterable[str]], *, point_is_decimal: bool, names: Container[str] = ()
) -> dict[str, NumberStyle]:
    """How each column of a table writes its numbers: by its own cells, and where these may be read in two ways by the
    other columns.

    Parameters
    ----------
    columns
        The cells of each column.
    names
        Columns that name patients or lymph nodes: 1.02 there says nothing of the other columns.
    point_is_decimal
        Whether "1.234" is 1.234 where nothing speaks against it: in a file separated by commas, and in a workbook.

    Returns
    -------
    dict
        Of each column, with a `doubt` where a cell may be two numbers.

    Examples
    --------
    >>> found = number_styles({"a": ["0,5", "1,234"], "b": ["1,234", "7"]}, point_is_decimal=False)
    >>> found["a"].decimal, found["b"].decimal
    (',', ',')
    >>> number_styles({"a": ["1.234", "7"]}, point_is_decimal=False)["a"].doubt
    'a point in it may be the decimal sign or stand between thousands'
    """
    shown = {name: _signs(column) for name, column in columns.items()}
    speaking = [each for name, each in shown.items() if each.numeric and name not in names]
    commas = any("," in each.fractions or "." in each.grouping for each in speaking)
    points = any("." in each.fractions or "," in each.grouping for each in speaking)
    of_file: Sign | None = None if commas == points else "," if commas else "."
    return {name: _style(each, of_file, point_is_decimal) for name, each in shown.items()}


def _style(shown: _Signs, of_file: Sign | None, point_is_decimal: bool) -> NumberStyle:
    if len(shown.decimal) > 1 or len(shown.grouping) > 1 or shown.decimal & shown.grouping:
        return NumberStyle(doubt="the column has both decimal points and decimal commas")
    if shown.decimal or shown.grouping:
        decimal: Sign = "," if "," in shown.decimal or "." in shown.grouping else "."
        other = "." if decimal == "," else ","
        grouping = other if other in shown.grouping else ""
        return NumberStyle(decimal, grouping) if decimal == "," or grouping else POINT
    if not shown.either:
        return POINT
    if len(shown.either) > 1:
        return NumberStyle(doubt="the column has both points and commas, and either may be the decimal sign")
    if shown.either == {"."} and of_file != "," and (point_is_decimal or of_file == "."):
        return POINT
    if shown.either == {","} and of_file == ",":
        return COMMA
    what = "point" if shown.either == {"."} else "comma"
    return NumberStyle(doubt=f"a {what} in it may be the decimal sign or stand between thousands")


def one_level(cells: Iterable[str]) -> dict[str, str]:
    """The level that each text of a column is: Yes and yes are one, male and m where the column has nothing else.

    Parameters
    ----------
    cells
        The texts of one column; missing ones are left out.

    Returns
    -------
    dict
        Text → level, which is the commonest spelling, or the word itself ("yes").

    Examples
    --------
    >>> one_level(["yes", "Yes", "NO", "yes"])
    {'yes': 'yes', 'Yes': 'yes', 'NO': 'NO'}
    >>> one_level(["T3", "t3", "1", "1.0"])
    {'T3': 'T3', 't3': 'T3', '1': '1', '1.0': '1'}
    """
    counts: dict[str, int] = {}
    for cell in cells:
        if not is_missing(cell):
            counts[cell] = counts.get(cell, 0) + 1
    keys = {cell: _level_key(cell) for cell in counts}
    commonest: dict[str, str] = {}
    for cell, key in keys.items():
        if key not in commonest or counts[cell] > counts[commonest[key]]:
            commonest[key] = cell
    words = set(commonest)
    for (first, first_word), (second, second_word) in SYNONYMS:
        if words <= first | second and (len(words & first) > 1 or len(words & second) > 1):
            return {cell: first_word if key in first else second_word for cell, key in keys.items()}
    return {cell: commonest[key] for cell, key in keys.items()}


def _level_key(cell: str) -> str:
    value = number_in(cell)
    return " ".join(cell.split()).casefold() if value is None else repr(value)
