"""A Python that can import what Slicer 5.12 bundles and nothing else, whatever is installed in it.

usage: python Testing/stock/bundled.py CALLS.json

CALLS.json is a list of calls of the `rlnresponse` command, each a list of words; the exit code of each is printed as
"exit N", and what was loaded from outside Slicer's Python, which must be nothing, at the end.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Sequence, Set
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

# What Slicer 5.12 bundles, with its own pins, which `make pinned` holds to as well.
_CONSTRAINTS = Path(__file__).resolve().parents[1] / "slicer-5.12-constraints.txt"
_PINNED = [line for line in _CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
PINS = (*_PINNED, "packaging", "requests")
# The names they are imported by, and those of what comes with them.
BUNDLED = {
    "numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "PIL", "packaging", "requests", "jpeg_ls", "_CharLS",
    "typing_extensions", "certifi", "charset_normalizer", "idna", "urllib3", "pip",
}  # fmt: skip
_SITE = tuple({Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")})


class OnlyBundled(MetaPathFinder):
    """Before all other finders: what lies in site-packages and is not bundled is not there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None and is_outside(PathFinder.find_spec(name)):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def is_outside(spec: ModuleSpec | None) -> bool:
    """Whether a module lies in site-packages, in a package that is not bundled."""
    places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
    packages = [_package(Path(place)) for place in places if place is not None]
    return any(package is not None and package not in BUNDLED for package in packages)


def _package(path: Path) -> str | None:
    for site in _SITE:
        if path.resolve().is_relative_to(site):
            return path.resolve().relative_to(site).parts[0].split(".")[0]
    return None


def loaded_from_outside(before: Set[str]) -> list[str]:
    """What this process has loaded since `before` that Slicer does not bundle."""
    found: dict[str, Any] = {
        name: getattr(module, "__spec__", None) for name, module in list(sys.modules.items()) if name not in before
    }
    return sorted(name for name, spec in found.items() if is_outside(spec))


def main() -> int:
    before = set(sys.modules)
    sys.meta_path.insert(0, OnlyBundled())
    from RLNResponseLib.cli import main as rlnresponse

    for call in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        print(f"exit {rlnresponse(call)}", flush=True)
    print(f"loaded from outside: {', '.join(loaded_from_outside(before)) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
