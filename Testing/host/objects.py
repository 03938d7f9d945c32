"""Qt objects as PythonQt shows them: a Python wrapper around each, with the manifest's members and no others.

Properties are attributes, methods are called, signals are connected by signature, a C++ object takes no new attribute,
and a Python class that derives from a Qt class may override its events.
"""

from __future__ import annotations

import enum
import weakref
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets
from shiboken6 import Shiboken

from . import manifest, special
from .refusal import note_failed_slot, refuse
from .signals import SignalMember, connect, disconnect
from .values import EnumValue, as_enum

_MODULES = (QtWidgets, QtGui, QtCore, QtUiTools)
_PLAIN = (type(None), str, int, float, bytes, bool)
stand_ins: dict[str, type] = {}
_wrappers: dict[str, WrapperType] = {}
_alive: weakref.WeakValueDictionary[int, Wrapper] = weakref.WeakValueDictionary()


class WrapperType(type):
    """The type of the wrapper classes; `qt.QSizePolicy.Expanding` and the like are looked up here."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = manifest.member(cls.qt_class, name)
        if found is None or (found.kind in ("property", "signal") and not hasattr(native_class(cls.qt_class), name)):
            raise AttributeError(f"{cls.qt_class} of Slicer 5.12 has no {name}")
        override = _override(cls.qt_class, name)
        if override is not None:
            return override
        native = native_class(cls.qt_class)
        if found.kind == "value":
            return EnumValue(_enum_member(native, name))
        if found.kind == "enum":
            return lambda value: EnumValue(getattr(native, name)(int(value)))
        if not hasattr(native, name):
            raise refuse(f"the host has no {cls.qt_class}.{name}; Slicer has")
        return _caller(getattr(native, name))


class Wrapper(metaclass=WrapperType):
    """One Qt object or value."""

    qt_class = "QObject"
    __slots__ = ("__weakref__", "_native")

    def __init__(self, *arguments: Any) -> None:
        native = _construct(type(self), arguments)
        object.__setattr__(self, "_native", native)
        if is_derived(type(self)):
            native.host_wrapper = self  # C++ keeps the Python side of a derived object alive
        _remember(self)

    def __getattr__(self, name: str) -> Any:
        if name in ("_native", "qt_class") or name.startswith("__"):
            raise AttributeError(name)
        native, cls = self._native, type(self).qt_class
        found = manifest.member(cls, name)
        if found is None:
            return self._dynamic(name)
        if found.kind == "property":
            return special.as_read(name, wrap(_read(native, name, found)))
        if found.kind == "signal":
            return SignalMember(native, cls, name, wrap, unwrap)
        if found.kind in ("value", "enum"):
            return getattr(type(self), name)
        return self._method(name)

    def __setattr__(self, name: str, value: Any) -> None:
        cls = type(self).qt_class
        found = manifest.member(cls, name)
        if found is not None and found.kind == "property":
            _write(self._native, name, found, unwrap(value), cls)
        elif found is not None:
            raise AttributeError(f"{name} of {cls} is a {found.kind} and cannot be replaced")
        elif self._is_dynamic(name):
            self._native.setProperty(name, unwrap(value))
        elif is_derived(type(self)):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(
                f"'{name}' does not exist on {cls} and creating new attributes on C++ objects is not allowed"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wrapper) and (self._native is other._native or bool(self._native == other._native))

    def __hash__(self) -> int:
        return hash(self._native)

    def __bool__(self) -> bool:
        """PythonQt's generated wrappers: true by isNull, else isEmpty, else isValid, where the class has one of
        them."""
        if manifest.member(type(self).qt_class, "__nonzero__") is None:
            return True
        for name, means in (("isNull", False), ("isEmpty", False), ("isValid", True)):
            if hasattr(self._native, name):
                return bool(getattr(self._native, name)()) is means
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._native!r}>"

    def _method(self, name: str) -> SlotFunction:
        cls, native = type(self).qt_class, self._native
        if name == "connect":
            return SlotFunction(lambda signature, call: connect(native, cls, signature, call, wrap))
        if name == "disconnect":
            return SlotFunction(lambda signature, call=None: disconnect(native, cls, signature, call))
        override = _override(cls, name)
        if override is not None:
            return SlotFunction(lambda *arguments: override(self, *arguments))
        if not hasattr(native, name):
            raise refuse(f"the host has no {cls}.{name}; Slicer has")
        return _caller(getattr(native, name))

    def _is_dynamic(self, name: str) -> bool:
        native = self._native
        return isinstance(native, QtCore.QObject) and name.encode() in map(bytes, native.dynamicPropertyNames())

    def _dynamic(self, name: str) -> Any:
        native = self._native
        if self._is_dynamic(name):
            return wrap(native.property(name))
        if isinstance(native, QtCore.QObject):
            for child in native.children():
                if child.objectName() == name:
                    return wrap(child)
        raise AttributeError(f"{type(self).qt_class} of Slicer 5.12 has no attribute named '{name}'")


def _find_children(self: Wrapper, kind: Any = None, name: str = "") -> tuple[Any, ...]:
    wanted = kind if isinstance(kind, str) else "QObject" if kind is None else kind.qt_class
    children = [wrap(child) for child in self._native.findChildren(QtCore.QObject)]
    return tuple(
        child
        for child in children
        if wanted in manifest.ancestry(type(child).qt_class) and name in ("", child.objectName)
    )


# What PythonQt does with the tree of objects, which needs their wrappers.
_TREE_METHODS: dict[str, Callable[..., Any]] = {
    "findChildren": _find_children,
    "findChild": lambda self, kind=None, name="": next(iter(_find_children(self, kind, name)), None),
    "property": lambda self, name: wrap(self._native.property(name)),
}


def _override(cls: str, name: str) -> Callable[..., Any] | None:
    """The host's own way for a member of a class, None where PySide6's serves."""
    return _TREE_METHODS.get(name) or special.of(cls, name)


def wrapper_class(name: str) -> WrapperType:
    """The wrapper class for a class of the manifests. Raises AttributeError where there is none."""
    if name not in _wrappers:
        if not manifest.knows(name):
            raise AttributeError(f"the host's manifests have no class {name}; see cut_manifests.py")
        bases = [base for base in manifest.classes()[name]["bases"] if manifest.knows(base)]
        # In Python, CTK's and Slicer's classes derive from no Qt class: isinstance(slicer.qMRMLWidget(), qt.QWidget) is
        # False.
        parents = tuple(wrapper_class(base) for base in bases[:1] if name.startswith("Q")) or (Wrapper,)
        body = {"qt_class": name, "__slots__": (), **special.operators(name, wrap, unwrap)}
        _wrappers[name] = WrapperType(name, parents, body)
    return _wrappers[name]


def native_class(name: str) -> type:
    """PySide6's class or the host's stand-in."""
    if name in stand_ins:
        return stand_ins[name]
    for module in _MODULES:
        if hasattr(module, name):
            return getattr(module, name)
    raise refuse(f"the host has no stand-in for {name}")


def is_derived(cls: type) -> bool:
    """Whether a class was written in Python on top of a wrapper class."""
    return _wrappers.get(cls.qt_class) is not cls


def wrap(value: Any) -> Any:
    """A value that comes from Qt, as PythonQt hands it to Python."""
    if isinstance(value, enum.Enum):
        return EnumValue(value)
    if isinstance(value, (list, tuple)):
        return tuple(map(wrap, value))
    if isinstance(value, QtCore.QByteArray):
        return bytes(value)
    if isinstance(value, _PLAIN) or not isinstance(value, Shiboken.Object):
        return value
    owner = getattr(value, "host_wrapper", None)
    if owner is not None:
        return owner
    known = _alive.get(id(value))
    if known is not None and known._native is value:
        return known
    name = next((name for name in map(_name_of, type(value).__mro__) if manifest.knows(name)), None)
    if name is None:
        raise refuse(f"the host's manifests have no class {type(value).__name__}; see cut_manifests.py")
    cls = wrapper_class(name)
    made = cls.__new__(cls)
    object.__setattr__(made, "_native", value)
    _remember(made)
    return made


def unwrap(value: Any) -> Any:
    """A value from Python, as PySide6 takes it."""
    if isinstance(value, Wrapper):
        return value._native
    if isinstance(value, EnumValue):
        return value.native
    if isinstance(value, (list, tuple)):
        return type(value)(map(unwrap, value))
    return value


def _name_of(cls: type) -> str:
    return vars(cls).get("QT_CLASS", cls.__name__)


def _remember(wrapper: Wrapper) -> None:
    _alive[id(wrapper._native)] = wrapper


class SlotFunction:
    """A method as PythonQt gives it: it can be called, and tells nothing of its arguments."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)

    @property
    def __signature__(self) -> None:
        raise ValueError("callable is not supported by signature: PythonQt's slots have none")


def _caller(native: Callable[..., Any]) -> SlotFunction:
    return SlotFunction(lambda *arguments: wrap(native(*map(unwrap, arguments))))


def _construct(cls: WrapperType, arguments: tuple[Any, ...]) -> Any:
    name = cls.qt_class
    if not manifest.can_be_made(name):
        raise TypeError(f"{name} cannot be made from Python in Slicer 5.12")
    if name in stand_ins and (len(arguments) > 1 or (arguments and isinstance(arguments[0], str))):
        raise TypeError(f"in Slicer 5.12 {name} takes a parent or nothing")
    special.check_construction(name)
    native = _shell(cls) if is_derived(cls) else native_class(name)
    return native(*(unwrap(each) for each in arguments if each is not None or len(arguments) > 1))


def _shell(cls: WrapperType) -> type:
    """A PySide6 class whose virtual functions call those that the Python class defines."""
    if "_shell_class" not in vars(cls):
        native = native_class(cls.qt_class)
        body = {}
        for each in cls.__mro__[: cls.__mro__.index(_wrappers[cls.qt_class])]:
            for name in vars(each):
                if not name.startswith("_") and callable(getattr(native, name, None)) and name not in body:
                    body[name] = _forward(name)
        type.__setattr__(cls, "_shell_class", type(f"Shell{cls.__name__}", (native,), body))
    return cls._shell_class


def _forward(name: str) -> Callable[..., Any]:
    def call(native: Any, *arguments: Any) -> Any:
        wrapper = getattr(native, "host_wrapper", None)
        if wrapper is None:  # while it is being made
            return getattr(super(type(native), native), name)(*arguments)
        try:
            return unwrap(getattr(wrapper, name)(*map(wrap, arguments)))
        except Exception as error:
            note_failed_slot(error)
            return None

    return call


def _enum_member(native: type, name: str) -> Any:
    found = getattr(native, name, None)
    if not isinstance(found, enum.Enum):
        raise refuse(f"the host has no {native.__name__}.{name}; Slicer has")
    return found


def _read(native: Any, name: str, found: manifest.Member) -> Any:
    getter = getattr(native, found.read, None)
    if callable(getter):
        return getter()
    _must_have(native, name)
    return native.property(name if name != "name" else "objectName")


def _write(native: Any, name: str, found: manifest.Member, value: Any, cls: str) -> None:
    if found.write is None:
        raise AttributeError(f"Property '{name}' of {cls} is not writable")
    value = as_enum(value, _read(native, name, found)) if type(value) is int else value
    setter = getattr(native, found.write, None)
    try:
        if callable(setter):
            setter(value)
            return
        _must_have(native, name)
        accepted = native.setProperty(name, value)
    except (TypeError, ValueError):
        accepted = False
    if not accepted:
        raise AttributeError(f"Property '{name}' of {cls} does not accept {value!r}")


def _must_have(native: Any, name: str) -> None:
    if native.metaObject().indexOfProperty(name) < 0 and name != "name":
        raise refuse(f"the host's {type(native).__name__} has no property {name}; Slicer's has")
