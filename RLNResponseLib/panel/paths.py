"""ctkPathLineEdit's history."""

from __future__ import annotations

from typing import Any


def remember(edit: Any) -> None:
    """Put the edit's path at the head of its history.

    CTK takes a known path out and puts it in again, and tells both as changes; whoever remembers a path in answer to its
    change would answer for ever.
    """
    blocked = edit.blockSignals(True)
    try:
        edit.addCurrentPathToHistory()
    finally:
        edit.blockSignals(blocked)
