"""What the host cannot do it refuses; what a test should hear of even where the code under test caught it, it notes."""

from __future__ import annotations

import traceback


class RefusedByHostError(NotImplementedError):
    """The real application can do this; the host cannot, and does not pretend."""


notes: list[str] = []


def refuse(sentence: str) -> RefusedByHostError:
    """The refusal to raise; it is noted, because a panel that catches every error would hide it."""
    notes.append(sentence)
    return RefusedByHostError(sentence)


def note_failed_slot(error: BaseException) -> None:
    """An exception that ended in a slot: PythonQt prints it and goes on, and so does the host."""
    traceback.print_exception(error)
    notes.append(f"a slot raised {type(error).__name__}: {error}")
