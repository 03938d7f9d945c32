"""slicer.packaging: asks the test what pip would do."""

from __future__ import annotations

import importlib.abc
import importlib.metadata
import importlib.util
from types import ModuleType
from typing import Any

from .special import answers

_ENSURE = """
constraints skip_packages prompt_install prompt_restart requester skip_in_testing show_progress
""".split()  # noqa: SIM905
_INSTALL = """
constraints no_deps_requirements skip_packages blocking show_progress requester parent logCallback completedCallback
""".split()  # noqa: SIM905


def pip_ensure(requirements: Any, **named: Any) -> Any:
    return _ask("pip_ensure", requirements, named, _ENSURE)


def pip_install(requirements: Any, **named: Any) -> Any:
    return _ask("pip_install", requirements, named, _INSTALL)


def _ask(function: str, requirements: Any, named: dict[str, Any], known: list[str]) -> Any:
    for name in set(named) - set(known):
        raise TypeError(f"{function} of Slicer 5.12 has no argument {name}")
    names = [requirements] if isinstance(requirements, str) else list(requirements)
    return answers.give("pip", function, tuple(map(str, names)))(names, named)


def pip_check(req: Any) -> bool:
    """Whether a requirement is met, by name alone."""
    names = [req] if isinstance(req, str) else list(req)
    try:
        for name in names:
            importlib.metadata.version(str(name).split(">")[0].split("=")[0].split("<")[0].strip())
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the module to whoever imports it; importing makes it an attribute of `slicer`."""

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        return importlib.util.spec_from_loader(name, self) if name == "slicer.packaging" else None

    def create_module(self, _spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        for function in (pip_ensure, pip_install, pip_check):
            setattr(module, function.__name__, function)
