"""Observers that are all removed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class SceneObservers:
    """Keeps every observer that it adds, so that none stays behind."""

    def __init__(self) -> None:
        self._added: list[tuple[Any, int]] = []

    def add(self, observed: Any, event: Any, call: Callable[[], Any]) -> None:
        """Call `call` without arguments at each `event` of `observed`."""
        self._added.append((observed, observed.AddObserver(event, lambda _caller, _event: call())))

    def remove_all(self) -> None:
        """Remove every observer."""
        for observed, tag in self._added:
            observed.RemoveObserver(tag)
        self._added = []

    @property
    def count(self) -> int:
        """How many are there now."""
        return len(self._added)
