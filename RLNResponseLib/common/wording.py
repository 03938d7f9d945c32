"""Small words that every text of the report and the terminal shares."""

from __future__ import annotations

import math

LEAST_P = 0.001


def counted(number: int, what: str) -> str:
    """A number with its noun.

    Parameters
    ----------
    number
        How many.
    what
        The noun in the singular; its plural takes an s.

    Returns
    -------
    The number and the noun, in the plural unless the number is one.

    Examples
    --------
    >>> counted(1, "patient"), counted(2, "lymph node"), counted(0, "row")
    ('1 patient', '2 lymph nodes', '0 rows')

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
    The p-value with three decimals; "p < 0.001" where it is smaller; a dash where there is none.

    Examples
    --------
    >>> p_words(0.0304), p_words(0.00099), p_words(float("nan"))
    ('p = 0.030', 'p < 0.001', '–')

    """
    if math.isnan(p):
        return "–"
    return f"p < {LEAST_P}" if p < LEAST_P else f"p = {p:.3f}"


def p_cell(p: float | None) -> str:
    """A p-value in a table's column that is headed p: as `p_words`, without the letter.

    Parameters
    ----------
    p
        The p-value; None or NaN where there is none.

    Returns
    -------
    The p-value with three decimals; "<0.001" where it is smaller; a dash where there is none.

    Examples
    --------
    >>> p_cell(0.0304), p_cell(0.00099), p_cell(None)
    ('0.030', '<0.001', '–')

    """
    if p is None or math.isnan(p):
        return "–"
    return f"<{LEAST_P}" if p < LEAST_P else f"{p:.3f}"
