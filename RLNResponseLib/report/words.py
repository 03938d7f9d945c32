"""Small words that every text of the report and the terminal shares."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 patient, 2 patients."""
    return f"{number} {what}{'' if number == 1 else 's'}"
