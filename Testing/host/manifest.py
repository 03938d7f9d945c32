"""Which members the real classes have: names outside these manifests are refused."""

import json
from functools import cache
from pathlib import Path

_API = json.loads((Path(__file__).parent / "manifests" / "api.json").read_text())
CLASSES = _API["classes"]
PYTHON = _API["python"]


@cache
def members(name, kind):
    """The names of one kind ("properties", "methods", "signals") of a class and its bases."""
    if name not in CLASSES:
        return frozenset()
    found = set(CLASSES[name][kind])
    for base in CLASSES[name]["bases"]:
        found |= members(base, kind)
    return frozenset(found)


def normalised(signature):
    """A signal's signature as Qt compares it."""
    return signature.replace("const ", "").replace("&", "").replace(" ", "")
