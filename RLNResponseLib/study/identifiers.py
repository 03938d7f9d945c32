"""What people type that becomes a file name or part of a record: identifiers, and reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table

MAXIMUM_LENGTH = 64

_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# Windows takes these for devices, with any extension and in any case.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))}
_LONGEST_REASON = 200
_RULE = "use letters a–z, digits, '-' and '_', beginning with a letter or digit"


def checked_identifier(text: object, what: str) -> str:
    """`text` if it can be a file name on every system and share, and nothing else.

    The refusal never repeats the text: what is refused here may well be a person's name.

    Parameters
    ----------
    text
        What was typed or read: letters a–z, digits, "-" and "_", at most 64 of them.
    what
        Names it in the refusal: "The patient identifier in row 3".

    Returns
    -------
    str
        `text`, unchanged.

    Raises
    ------
    DataRefusedError
        bad-identifier.

    Examples
    --------
    >>> checked_identifier("LN-1", "The lymph node identifier")
    'LN-1'
    >>> checked_identifier("Jan Kowalski", "The patient identifier")
    Traceback (most recent call last):
        ...
    RLNResponseLib.common.errors.DataRefusedError: The patient identifier has the character ' ' at place 4; use ...

    """
    if not isinstance(text, str) or not text:
        raise _refused(what, f"is missing; {_RULE}")
    if len(text) > MAXIMUM_LENGTH:
        raise _refused(what, f"has {len(text)} characters, and at most {MAXIMUM_LENGTH} are allowed; shorten it")
    if not _ALLOWED.fullmatch(text):
        raise _refused(what, f"has {_first_fault(text)}; {_RULE}")
    if text.lower() in _RESERVED:
        raise _refused(what, "is a name that Windows keeps for a device; choose another")
    return text


def refuse_look_alikes(identifiers: Iterable[str], what: str, table: Table | None = None) -> None:
    """Refuse two identifiers that are the same or differ only in upper and lower case: on Windows and macOS they are
    one file.

    Parameters
    ----------
    identifiers
        Of one kind, in any order.
    what
        The kind, for the refusal: "lymph node".
    table
        Whose rows they name, one each; the refusal then says which two.

    Raises
    ------
    DataRefusedError
        look-alike-identifiers.

    """
    seen: dict[str, tuple[int, str]] = {}
    for line, identifier in enumerate(identifiers):
        first, other = seen.setdefault(identifier.lower(), (line, identifier))
        if first != line:
            fault = "is there twice" if other == identifier else f"differs from '{other}' only in upper and lower case"
            if table is None:
                raise DataRefusedError(f"The {what} '{identifier}' {fault}; rename one.", "look-alike-identifiers")
            raise DataRefusedError(
                f"{table.name}, rows {table.row_number(first)} and {table.row_number(line)}: the {what} '{identifier}' "
                f"{fault}; keep the right row, or rename one.",
                "look-alike-identifiers",
            )


def checked_reason(reason: str) -> str:
    """`reason` without the spaces around it: one printable line of at most 200 characters.

    Parameters
    ----------
    reason
        Why something was left out, corrected or not read.

    Returns
    -------
    str
        The stripped reason.

    Raises
    ------
    DataRefusedError
        no-reason where it is empty, too long or not one line.

    """
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise DataRefusedError(
            f"A reason is needed, on one line of at most {_LONGEST_REASON} characters; say why, without names or "
            "dates.",
            "no-reason",
        )
    return reason


def _first_fault(text: str) -> str:
    place = next(at for at in range(len(text)) if not _ALLOWED.fullmatch(text[: at + 1]))
    character = text[place]
    shown = f"'{character}'" if character.isascii() and character.isprintable() else f"U+{ord(character):04X}"
    return f"the character {shown} at place {place + 1}"


def _refused(what: str, fault: str) -> DataRefusedError:
    return DataRefusedError(f"{what} {fault}.", "bad-identifier")
