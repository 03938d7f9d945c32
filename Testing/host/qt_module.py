"""The modules `qt` and `ctk`: the manifests' classes, made when they are first asked for."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from PySide6 import QtCore

from . import manifest
from .objects import wrapper_class
from .refusal import refuse


class ClassesModule(ModuleType):
    """A module whose names are the classes of the manifests that begin with `prefix`."""

    def __init__(self, name: str, prefix: str) -> None:
        super().__init__(name, f"Slicer's module {name}, as the test host imitates it.")
        self.__dict__["_prefix"] = prefix

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith(self.__dict__["_prefix"]) and manifest.knows(name):
            self.__dict__[name] = wrapper_class(name)
            return self.__dict__[name]
        raise AttributeError(
            f"module {self.__name__} of the host has no {name}; if Slicer has it, add it to cut_manifests.py"
        )


def make_qt() -> ModuleType:
    """The module `qt`."""
    module = ClassesModule("qt", "Q")
    module.__dict__["SIGNAL"] = lambda signature: "2" + signature
    module.__dict__["SLOT"] = lambda signature: "1" + signature
    module.__dict__["qVersion"] = QtCore.qVersion
    return module


def make_ctk() -> ModuleType:
    """The module `ctk`."""
    return ClassesModule("ctk", "ctk")


def refused(name: str) -> Any:
    """A function that the host has not."""

    def call(*_arguments: Any, **_named: Any) -> Any:
        raise refuse(f"the host has no {name}; Slicer has")

    return call
