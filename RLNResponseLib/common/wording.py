"""Small words that every text of the report and the terminal shares: numbers with their nouns and limits, shares, p."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

LEAST_P = 0.001
# What readers compare a p with: it is printed on its own side of it.
CONVENTIONAL_P = 0.05
# What a table or a sentence shows in place of a number that is not defined.
NOT_DEFINED = "–"


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


def are(number: int) -> str:
    """The verb of `counted`: "is" for one, "are" for more.

    Parameters
    ----------
    number
        How many.

    Returns
    -------
    str

    Examples
    --------
    >>> [f"{counted(number, 'row')} {are(number)} left out" for number in (1, 2)]
    ['1 row is left out', '2 rows are left out']
    """
    return "is" if number == 1 else "are"


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
    >>> p_words(0.0304), p_words(0.0002), p_words(0.0496)
    ('p = 0.030', 'p < 0.001', 'p = 0.0496')
    """
    if math.isnan(p):
        return NOT_DEFINED
    return f"p < {LEAST_P}" if p < LEAST_P else f"p = {apart(p, CONVENTIONAL_P)}"


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
        return NOT_DEFINED
    return f"<{LEAST_P}" if p < LEAST_P else apart(p, CONVENTIONAL_P)


def number(value: float) -> str:
    """`value` with a proper minus sign: three decimals, none from 1000, an exponent from 10⁶ and below 0.0005.

    Parameters
    ----------
    value
        The number.

    Returns
    -------
    str

    Examples
    --------
    >>> [number(value) for value in (0.7773, -1.015, 12345.6, 3e-9)]
    ['0.777', '−1.015', '12346', '3.0e−09']
    """
    size = abs(value)
    form = ".3f" if value == 0 or 0.0005 <= size < 1000 else ".0f" if 1000 <= size < 1e6 else ".1e"
    return proper_minus(format(value, form))


def proper_minus(figures: str) -> str:
    """Formatted numbers with minus signs in place of hyphens.

    Parameters
    ----------
    figures
        Numbers alone, or numbers between words without hyphens.

    Returns
    -------
    str

    Examples
    --------
    >>> proper_minus("-0.09 to 1.43")
    '−0.09 to 1.43'
    """
    return figures.replace("-", "−")


def signed(value: float) -> str:
    """`value` with its sign and three decimals, or two digits where that would show zero.

    Parameters
    ----------
    value
        The number.

    Returns
    -------
    str

    Examples
    --------
    >>> signed(0.7773), signed(-1.015)
    ('+0.777', '−1.015')
    """
    return ("+" if value >= 0 else "") + number(value)


def formatted(value: float, form: str = ".3f", undefined: str = NOT_DEFINED) -> str:
    """A number; a dash where it is not defined.

    Parameters
    ----------
    value
        The number.
    form
        Python's format of the digits.
    undefined
        What stands for a value that is not finite.

    Returns
    -------
    str

    Examples
    --------
    >>> formatted(0.77731), formatted(float("nan")), formatted(float("nan"), "g", "not reached")
    ('0.777', '–', 'not reached')
    >>> formatted(-0.0002), formatted(-0.0002, ".1%")
    ('0.000', '0.0%')
    >>> [formatted(value, "#.3g") for value in (1.003, 0.3, 123.4)]
    ['1.00', '0.300', '123']
    """
    if not math.isfinite(value):
        return undefined
    words = format(value, form).removesuffix(".")
    # A value that rounds to nothing has no sign.
    return words.lstrip("-") if set(words) <= set("-0.%") else words


def limits_words(lower: float, upper: float, form: str = ".3f", undefined: str = "") -> str:
    """Two limits; a dash where either is not defined.

    Parameters
    ----------
    lower, upper : float
        The limits.
    form
        Python's format of the digits.
    undefined
        Where one open end leaves the other standing: what stands for it ("not reached").

    Returns
    -------
    str

    Examples
    --------
    >>> nan = float("nan")
    >>> limits_words(0.667, 0.878), limits_words(0.667, nan), limits_words(11, nan, "g", "not reached")
    ('0.667 to 0.878', '–', '11 to not reached')
    """
    if not undefined and not (math.isfinite(lower) and math.isfinite(upper)):
        return NOT_DEFINED
    return f"{formatted(lower, form, undefined)} to {formatted(upper, form, undefined)}"


def with_limits(
    value: float, lower: float, upper: float, form: str = ".3f", *, beside: str = "", undefined: str = ""
) -> str:
    """A number with its interval; a dash where it, or its interval, is not defined.

    Parameters
    ----------
    value
        The number.
    lower, upper : float
        Its limits.
    form
        Python's format of the digits, ".1%" for a share.
    beside
        What stands beside the limits: how they were made, or how many of how many.
    undefined
        Where one open end leaves the rest standing: what stands for it ("not reached").

    Returns
    -------
    str

    Examples
    --------
    >>> with_limits(0.777, 0.667, 0.878), with_limits(0.2, 0.005, 0.716, ".1%")
    ('0.777 (0.667 to 0.878)', '20.0% (0.5% to 71.6%)')
    >>> with_limits(0.777, 0.667, 0.878, beside="DeLong"), with_limits(float("nan"), 0, 1)
    ('0.777 (0.667 to 0.878, DeLong)', '–')
    """
    if not undefined and not math.isfinite(value):
        return NOT_DEFINED
    within = limits_words(lower, upper, form, undefined) + (f", {beside}" if beside else "")
    return f"{formatted(value, form, undefined)} ({within})"


def hazard_ratio_words(hr: float, lower: float, upper: float) -> str:
    """A hazard ratio with its limits: "0.362 (0.211 to 0.620)".

    Parameters
    ----------
    hr
        The hazard ratio.
    lower, upper : float
        Its limits; one that is too large for a number is infinite.

    Returns
    -------
    str

    Examples
    --------
    >>> hazard_ratio_words(0.3617, 0.2114, 0.62), hazard_ratio_words(1e300, 0, math.inf)
    ('0.362 (0.211 to 0.620)', '1.00e+300 (0.00 to inf)')
    """
    infinite = any(map(math.isinf, (hr, lower, upper)))
    return with_limits(hr, lower, upper, "#.3g", undefined="inf" if infinite else "")


def apart(value: float, *limits: float, digits: int = 3) -> str:
    """A number with as many digits as show on which side of a limit it lies: no sentence may contradict its figure.

    Parameters
    ----------
    value
        The number.
    limits
        What it is compared with, as they are printed themselves.
    digits
        Digits behind the point, where they are enough.

    Returns
    -------
    str

    Examples
    --------
    >>> apart(0.94, 0.961), apart(0.96095, 0.961), apart(0.961, 0.961), apart(14.96, 10, 15, digits=1)
    ('0.940', '0.9609', '0.961', '14.96')
    """
    if not math.isfinite(value):
        return f"{value:.{digits}f}"
    for more in range(digits, 17):
        shown = f"{value:.{more}f}"
        if all((float(shown) > limit, float(shown) < limit) == (value > limit, value < limit) for limit in limits):
            return shown
    return repr(value)


def percent(part: float, of: float = 1, digits: int = 1, sign: str = "%", undefined: str = NOT_DEFINED) -> str:
    """A share as a percentage.

    Parameters
    ----------
    part
        The share, or how many.
    of
        Of how many; not 0.
    digits
        Digits behind the point.
    sign
        How the sign is set: Table 1 has a space before it, as the paper.
    undefined
        What stands for a share that is not defined.

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.285), percent(57, 200), percent(0.04, digits=0), percent(float("nan"))
    ('28.5%', '28.5%', '4%', '–')
    """
    return f"{100 * part / of:.{digits}f}{sign}" if math.isfinite(part) else undefined


def listed(names: Sequence[str], most: int) -> str:
    """The first of some names, and how many there are beside them.

    Parameters
    ----------
    names
        As a sentence can hold them.
    most
        How many are named.

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["LN1", "LN2", "LN3"], 2), listed(["LN1"], 2)
    ('LN1, LN2 and 1 more', 'LN1')
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


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
