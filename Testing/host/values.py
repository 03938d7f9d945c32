"""Values between Python and Qt: enum values that are ints, and wrapping and unwrapping."""

from __future__ import annotations

import enum
from typing import Any


class EnumValue(int):
    """An enum's value as PythonQt gives it: an int, that remembers PySide6's member."""

    native: Any

    def __new__(cls, native: enum.Enum) -> EnumValue:
        value = super().__new__(cls, native.value)
        value.native = native
        return value

    def __or__(self, other: Any) -> Any:
        return self._combined(other, int.__or__, "__or__")

    def __and__(self, other: Any) -> Any:
        return self._combined(other, int.__and__, "__and__")

    def __xor__(self, other: Any) -> Any:
        return self._combined(other, int.__xor__, "__xor__")

    def __invert__(self) -> Any:
        return EnumValue(~self.native) if isinstance(self.native, enum.Flag) else ~int(self)

    def __repr__(self) -> str:
        return f"{self.native.name} ({int(self)})"

    __hash__ = int.__hash__

    def _combined(self, other: Any, plain: Any, operator: str) -> Any:
        if isinstance(other, EnumValue) and isinstance(self.native, enum.Flag):
            result = getattr(self.native, operator)(other.native)
            if result is not NotImplemented:
                return EnumValue(result)
        return plain(self, int(other))


def as_enum(value: Any, like: Any) -> Any:
    """A plain int as a member of the enum that `like` belongs to; anything else as it is."""
    if isinstance(like, enum.Enum) and isinstance(value, int) and not isinstance(value, enum.Enum):
        return type(like)(int(value))
    return value
