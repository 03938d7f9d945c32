"""Codes that mean "not known": those that a person declares, and those that look like one and were not declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from RLNResponseLib.common.cells import NumberStyle, is_missing, number_in
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.tables import NAMING_COLUMNS, Table
from RLNResponseLib.common.wording import counted, one_line

_WORDS = frozenset({"unk", "unknown", "missing", "not known", "not available", "n.a.", "nd", "n/d", "n.d.", "k.a."}) | {
    ".", "?", "-", "--", "…", "unbekannt", "inconnu", "nieznane", "sconosciuto", "desconocido",
}  # fmt: skip
_NEGATIVE = frozenset({-9.0, -99.0, -999.0, -9999.0, -88.0, -888.0, -77.0, -777.0})
_POSITIVE = frozenset({99.0, 999.0, 9999.0, 99999.0, 888.0, 8888.0, 777.0, 7777.0})
# 999 beside values of at most a half of it: nearer ones may be measured.
_FAR = 2.0
_MOST_NAMED = 8


def with_declared(table: Table, codes: Sequence[str], identifiers: Iterable[str] = ()) -> Table:
    """The table whose cells of these codes are empty, with how many there were.

    Parameters
    ----------
    table
        As it was read.
    codes
        Such as "-99" (which is -99.0 too) or "UNK" (in any case).
    identifiers
        Further columns that name whose row it is, in which a number is no code.

    Returns
    -------
    Table

    Examples
    --------
    >>> found = with_declared(Table("t.csv", ("cea",), ({"cea": "-99.0"}, {"cea": "3"})), ["-99"])
    >>> found.rows, found.declared
    (({'cea': ''}, {'cea': '3'}), {'cea': {'-99': 1}})
    """
    if not codes:
        return table
    words = {code.casefold(): code for code in codes}
    values = {value: code for code in codes if (value := number_in(code)) is not None}
    declared: dict[str, dict[str, int]] = {}
    rows = []
    # A patient may well be called 999.
    named = NAMING_COLUMNS | set(identifiers)
    for row in table.rows:
        new = dict(row)
        for column, cell in row.items():
            if not cell:
                continue
            code = words.get(cell.casefold())
            if column in named:
                code = None if code in values.values() else code
            elif code is None and values:
                value = number_in(cell, table.style(column))
                code = None if value is None else values.get(value)
            if code is not None:
                new[column] = ""
                of_column = declared.setdefault(column, {})
                of_column[code] = of_column.get(code, 0) + 1
        rows.append(new)
    return replace(table, rows=tuple(rows), declared=declared)


def declared_sentence(declared: Mapping[str, Mapping[str, int]]) -> str:
    """How many cells of each column held a declared missing code.

    Parameters
    ----------
    declared
        Column → code → how many.

    Returns
    -------
    str

    Examples
    --------
    >>> declared_sentence({"cea": {"-99": 10}, "stage": {"UNK": 2, "?": 1}})
    'Missing by the declared codes: cea 10 × -99; stage 2 × UNK and 1 × ?.'
    """
    found = [
        f"{one_line(column, 60)} {' and '.join(f'{count} × {one_line(code, 20)}' for code, count in codes.items())}"
        for column, codes in declared.items()
    ]
    return f"Missing by the declared codes: {'; '.join(found)}."


def suspicious_codes(table: Table, columns: Iterable[str] | None = None) -> tuple[Finding, ...]:
    """undeclared-missing: values that look like a code for "not known" and are taken at their word.

    Parameters
    ----------
    table
        As it was read.
    columns
        Those that are used; None for all but the ones that name patients, lymph nodes and readings.

    Returns
    -------
    tuple of Finding
        At most one, a warning that names the columns.

    Examples
    --------
    >>> cea = Table("t.csv", ("cea",), tuple({"cea": cell} for cell in ("3", "-99", "4")))
    >>> suspicious_codes(cea)[0].message
    't.csv: cea has 1 × -99, which looks like a code for "not known" and is taken as a value.'
    """
    found = []
    for column in table.columns if columns is None else columns:
        if column in NAMING_COLUMNS or column not in table.columns:
            continue
        codes = _codes([row[column] for row in table.rows], table.style(column))
        if codes:
            each = " and ".join(f"{count} × {one_line(code, 20)}" for code, count in codes.items())
            found.append(f"{one_line(column, 60)} has {each}")
    if not found:
        return ()
    rest = f"; and {counted(len(found) - _MOST_NAMED, 'more column')}" if len(found) > _MOST_NAMED else ""
    message = (
        f'{table.name}: {"; ".join(found[:_MOST_NAMED])}{rest}, which looks like a code for "not known" and is taken '
        "as a value."
    )
    return (
        Finding(
            code="undeclared-missing", severity="warning", message=message, terminal="or declare it with --missing"
        ),
    )


def _codes(cells: Sequence[str], style: NumberStyle) -> dict[str, int]:
    known = [cell for cell in cells if not is_missing(cell)]
    counts: dict[str, int] = {}
    values: dict[float, int] = {}
    for cell in known:
        value = None if style.doubt else number_in(cell, style)
        if value is not None:
            values[value] = values.get(value, 0) + 1
        elif cell.casefold() in _WORDS:
            counts[cell] = counts.get(cell, 0) + 1
    others = [value for value in values if value not in _NEGATIVE | _POSITIVE]
    if not others:
        return counts
    least, most = min(others), max(others)
    for value, count in values.items():
        negative = value in _NEGATIVE and (least >= 0 or value <= _FAR * min(least, -most))
        positive = value in _POSITIVE and most > 0 and value >= _FAR * most and value > _FAR * abs(least)
        if negative or positive:
            counts[f"{value:g}"] = count
    return counts
