"""Small words that every text of the report and the terminal shares."""

from __future__ import annotations

import math
from collections.abc import Iterable

LEAST_P = 0.001


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 patient, 2 patients.

    Parameters
    ----------
    number
        How many.
    what
        The noun.

    Returns
    -------
    str

    Examples
    --------
    >>> counted(1, "patient"), counted(2, "patient")
    ('1 patient', '2 patients')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def p_words(p: float) -> str:
    """A p-value in a sentence.

    Parameters
    ----------
    p
        The p-value; NaN where there is none.

    Returns
    -------
    "p = 0.012"; "p < 0.001" below that; a dash where there is none.

    Examples
    --------
    >>> p_words(0.0304), p_words(0.0002)
    ('p = 0.030', 'p < 0.001')
    """
    if math.isnan(p):
        return "–"
    return f"p < {LEAST_P}" if p < LEAST_P else f"p = {p:.3f}"


def p_cell(p: float | None) -> str:
    """A p-value in a table's column that is headed p: as `p_words`, without the letter.

    Parameters
    ----------
    p
        The p-value; None where there is none.

    Returns
    -------
    str

    Examples
    --------
    >>> p_cell(0.0304), p_cell(0.0002), p_cell(None)
    ('0.030', '<0.001', '–')
    """
    if p is None or math.isnan(p):
        return "–"
    return f"<{LEAST_P}" if p < LEAST_P else f"{p:.3f}"


def one_line(text: str, longest: int | None = None) -> str:
    r"""A text that somebody typed without line breaks or control signs, which would break a table or the terminal.

    Parameters
    ----------
    text
        A name or title.
    longest
        How many characters at most; None keeps all.

    Returns
    -------
    str

    Examples
    --------
    >>> one_line("LN1\n4R", 5)
    'LN1 4'
    """
    return "".join(sign if sign.isprintable() else " " for sign in text)[:longest]


def text_of_lines(lines: Iterable[str]) -> str:
    r"""Lines as one text: a name with a line break in it makes no line of its own.

    Parameters
    ----------
    lines
        Without their ends.

    Returns
    -------
    str

    Examples
    --------
    >>> text_of_lines(["LN1\n4R", "LN2"])
    'LN1 4R\nLN2'
    """
    return "\n".join(map(one_line, lines))
