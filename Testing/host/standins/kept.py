"""Properties of stand-ins that are remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore


def kept(kind: Any, name: str, first: Any, then: Callable[[Any, Any], None] | None = None) -> QtCore.Property:
    """A Qt property kept beside the object; `then(self, value)` follows every change."""
    own = f"_kept_{name}"

    def read(self: Any) -> Any:
        return self.__dict__.get(own, first)

    def write(self: Any, value: Any) -> None:
        changed = value != read(self)
        self.__dict__[own] = value
        if then is not None and changed:
            then(self, value)

    return QtCore.Property(kind, read, write)
