"""Signals by their C++ signature, as PythonQt connects them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore
from shiboken6 import Shiboken

from . import manifest
from .refusal import note_failed_slot, refuse

# One list of (signature, callable, relay) for each connected object, by its address; gone with the object.
_relays: dict[int, list[tuple[str, Callable[..., Any], Callable[..., Any]]]] = {}


def connect(native: QtCore.QObject, class_name: str, signature: str, call: Callable[..., Any], wrap: Any) -> bool:
    """Connect a signal, named by its signature, to a Python callable."""
    if not callable(call):
        raise TypeError(f"connect needs something that can be called, not {call!r}")
    signature, count = _known(class_name, signature)
    wanted = _arguments_taken(call, count)

    def relay(*arguments: Any) -> None:
        try:
            call(*(wrap(each) for each in arguments[:wanted]))
        except Exception as error:
            note_failed_slot(error)

    _Bound(native, signature).connect(relay)
    address = Shiboken.getCppPointer(native)[0]
    if address not in _relays:
        _relays[address] = []
        native.destroyed.connect(lambda *_: _relays.pop(address, None))
    _relays[address].append((signature, call, relay))
    return True


def disconnect(native: QtCore.QObject, class_name: str, signature: str, call: Callable[..., Any] | None = None) -> bool:
    """Undo a connection, or all of the signal's; whether there was one."""
    signature, _count = _known(class_name, signature)
    relays = _relays.get(Shiboken.getCppPointer(native)[0], [])
    ended = [each for each in relays if each[0] == signature and (call is None or each[1] == call)]
    for each in ended:
        relays.remove(each)
        _Bound(native, signature).disconnect(each[2])
    return bool(ended)


def connections(native: QtCore.QObject | None = None) -> int:
    """How many Python callables are connected now, to one object or to all."""
    if native is not None:
        return len(_relays.get(Shiboken.getCppPointer(native)[0], []))
    return sum(map(len, _relays.values()))


def forget(native: QtCore.QObject) -> None:
    """Undo every connection of an object that outlives a test."""
    relays = _relays.get(Shiboken.getCppPointer(native)[0], [])
    while relays:
        signature, _call, relay = relays.pop()
        _Bound(native, signature).disconnect(relay)


class SignalMember:
    """A signal as an attribute: connect, disconnect, and called to emit, as PythonQt has it."""

    def __init__(self, native: QtCore.QObject, class_name: str, name: str, wrap: Any, unwrap: Any) -> None:
        self._native, self._class_name, self._wrap, self._unwrap = native, class_name, wrap, unwrap
        # PythonQt takes the first of the overloads.
        self._signature = next(each for each in manifest.signals(class_name) if each.startswith(name + "("))

    def connect(self, call: Callable[..., Any]) -> bool:
        return connect(self._native, self._class_name, self._signature, call, self._wrap)

    def disconnect(self, call: Callable[..., Any] | None = None) -> bool:
        return disconnect(self._native, self._class_name, self._signature, call)

    def __call__(self, *arguments: Any) -> None:
        _Bound(self._native, self._signature).emit(*map(self._unwrap, arguments))


def _known(class_name: str, signature: str) -> tuple[str, int]:
    """The signature as declared, and how many arguments are asked for; fewer than it has may be."""
    if not isinstance(signature, str):
        raise TypeError("connect needs a signature such as 'clicked(bool)'")
    asked = manifest.normalised(signature).lstrip("2")
    if not asked.endswith(")"):
        raise AttributeError(
            f"{signature!r} is no signature: write it with its argument types, such as 'clicked(bool)'"
        )
    known = manifest.signals(class_name)
    types = tuple(each for each in asked[asked.index("(") + 1 : -1].split(",") if each)
    if asked in known:
        return asked, len(types)
    for full, declared in known.items():
        if full.startswith(asked[: asked.index("(") + 1]) and declared[: len(types)] == types:
            return full, len(types)
    raise AttributeError(f"{class_name} of Slicer 5.12 has no signal {signature}")


class _Bound:
    """One signal of one object. Stand-ins say in SIGNALS which of their own signals serves a C++ signature."""

    def __init__(self, native: QtCore.QObject, signature: str) -> None:
        self._native, self._signature = native, signature
        name = signature[: signature.index("(")]
        own = getattr(native, "SIGNALS", {}).get(signature)
        self._own = getattr(native, own) if own else None
        if own is None and native.metaObject().indexOfSignal(signature) < 0:
            raise refuse(f"the host, which runs on Qt 6, has no signal {signature} on {type(native).__name__}")
        self._emitter = self._own or getattr(native, name)

    def connect(self, relay: Callable[..., Any]) -> None:
        if self._own is not None:
            self._own.connect(relay)
        else:
            QtCore.QObject.connect(self._native, QtCore.SIGNAL(self._signature), relay)

    def disconnect(self, relay: Callable[..., Any]) -> None:
        if self._own is not None:
            self._own.disconnect(relay)
        else:
            QtCore.QObject.disconnect(self._native, QtCore.SIGNAL(self._signature), relay)

    def emit(self, *arguments: Any) -> None:
        self._emitter.emit(*arguments)


def _arguments_taken(call: Callable[..., Any], sent: int) -> int:
    """How many of the arguments PythonQt hands over: as many as the function's own code declares, all where it has
    *args."""
    function = call.__func__ if inspect.ismethod(call) else call
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return sent
    return min(sent, code.co_argcount - (1 if inspect.ismethod(call) else 0))
