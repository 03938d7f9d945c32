"""What the classes of Slicer 5.12's Qt layer really have; a name outside these facts is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "manifests"
# What PythonQt adds to every QObject (its PythonQtStdDecorators.h and PythonQtInstanceWrapper.cpp).
OBJECT_METHODS = {
    "children", "className", "connect", "delete", "disconnect", "findChild", "findChildren", "help", "inherits",
    "metaObject", "parent", "property", "setParent", "setProperty", "tr",
}  # fmt: skip


@dataclass(frozen=True)
class Member:
    """What a name means on a class: kind is "property", "method", "static", "signal", "enum" or "value"."""

    kind: str
    read: str = ""
    write: str | None = None
    enum: str = ""


@cache
def classes() -> dict[str, dict]:
    """Every class of the cut manifests; Slicer's own before Qt's."""
    found = {}
    for name in ("qt.json", "widgets.json"):
        found.update(json.loads((_FOLDER / name).read_text()))
    return found


def knows(name: str) -> bool:
    return name in classes()


@cache
def ancestry(name: str) -> tuple[str, ...]:
    """The class and its bases, nearest first."""
    facts = classes().get(name)
    if facts is None:
        return ()
    return (name, *(each for base in facts["bases"] for each in ancestry(base)))


@cache
def member(name: str, wanted: str) -> Member | None:
    """What `wanted` is on the class, looked for in PythonQt's order: properties, methods, signals, enums."""
    chain = [classes()[each] for each in ancestry(name)]
    is_object = "QObject" in ancestry(name)
    if wanted == "name" and is_object:
        wanted = "objectName"  # PythonQt's alias
    for facts in chain:
        if wanted in facts["properties"]:
            read, write = facts["properties"][wanted]
            return Member("property", read or wanted, write)
    for kind, key in (("method", "methods"), ("static", "statics")):
        if any(wanted in facts[key] for facts in chain):
            return Member(kind)
    if is_object and wanted in OBJECT_METHODS:
        return Member("method")
    if any(signal.startswith(wanted + "(") for facts in chain for signal in facts["signals"]):
        return Member("signal")
    for facts in chain:
        for enum, values in facts["enums"].items():
            if wanted in values:
                return Member("value", enum=enum)
            if wanted == enum:
                return Member("enum", enum=enum)
    return None


def normalised(signature: str) -> str:
    """A signature as Qt compares it."""
    return signature.replace("const ", "").replace("&", "").replace(" ", "")


@cache
def signals(name: str) -> dict[str, tuple[str, ...]]:
    """The class's signals by normalised signature, with their argument types."""
    found = {}
    for each in ancestry(name):
        for signature in map(normalised, classes()[each]["signals"]):
            types = signature[signature.index("(") + 1 : -1]
            found.setdefault(signature, tuple(types.split(",")) if types else ())
    return found


def can_be_made(name: str) -> bool:
    """Whether PythonQt offers a constructor."""
    return classes()[name]["new"]
