#!/usr/bin/env python3
"""Check that the panel's .ui files and sources use only what Slicer 5.12 has: its widgets' properties, signals and
methods.

usage: check_slicer_api.py            exit 1 where something is unknown

Compared with the part of Slicer's API in Testing/host/manifests, which Testing/host/cut_manifests.py cuts.
"""

import ast
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLASSES = {
    name: cls
    for file in ("qt.json", "widgets.json")
    for name, cls in json.loads((ROOT / "Testing" / "host" / "manifests" / file).read_text(encoding="utf-8")).items()
}
DESIGNER_PROPERTIES = {"buddy"}
SIGNALS = {re.sub(r"const |&| ", "", signature) for cls in CLASSES.values() for signature in cls["signals"]}


def properties(name: str) -> set[str]:
    """The properties of a class and its bases."""
    cls = CLASSES.get(name)
    if cls is None:
        return set()
    return set(cls["properties"]).union(*(properties(base) for base in cls["bases"]))


def check_ui(path: Path) -> Iterator[str]:
    """Unknown classes and properties of a .ui file."""
    for widget in ElementTree.parse(path).iter("widget"):
        name = widget.get("class")
        if name not in CLASSES:
            yield f"{path.name}: there is no {name}"
        for found in widget.findall("property"):
            known = found.get("name") in properties(name) | DESIGNER_PROPERTIES
            if name in CLASSES and not known and found.get("stdset") != "0":
                yield f"{path.name}: {name} has no property {found.get('name')}"


def check_python(path: Path) -> Iterator[str]:
    """Unknown signals in connect() and disconnect(), unknown ctk classes, and Qt Python packages that Slicer does
    not ship.
    """
    for found in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(found, ast.Call)
            and isinstance(found.func, ast.Attribute)
            and found.func.attr in ("connect", "disconnect")
        ):
            first = found.args[0] if found.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                signature = re.sub(r"const |&| ", "", first.value)
                if signature not in SIGNALS:
                    yield f"{path.name}:{found.lineno}: there is no signal {first.value}"
        if (
            isinstance(found, ast.Attribute)
            and isinstance(found.value, ast.Name)
            and found.value.id == "ctk"
            and found.attr not in CLASSES
        ):
            yield f"{path.name}:{found.lineno}: there is no ctk.{found.attr}"


def main() -> int:
    """Check everything that Slicer loads; print what is unknown."""
    sources = [ROOT / "RLNResponse" / "RLNResponse.py"]
    sources += sorted(path for room in ("panel", "scene") for path in (ROOT / "RLNResponseLib" / room).rglob("*.py"))
    forms = sorted((ROOT / "RLNResponse" / "Resources" / "UI").glob("*.ui"))
    unknown = [line for path in sources for line in check_python(path)] + [
        line for path in forms for line in check_ui(path)
    ]
    print("\n".join(unknown) or f"{len(sources)} sources and {len(forms)} forms: Slicer 5.12 has every name.")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
