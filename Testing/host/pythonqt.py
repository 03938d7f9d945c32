"""Qt classes that behave as PythonQt shows them: properties are attributes, unknown names are refused."""

import inspect
import sys
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from host.manifest import CLASSES, members, normalised

_MODULES = (QtWidgets, QtGui, QtCore)
_HOST = str(Path(__file__).parent)
# PySide6 itself asks a widget for these while it is painted on.
_ASKED_BY_QT = {
    "metric",
    "devType",
    "paintEngine",
    "initPainter",
    "redirected",
    "sharedPainter",
    "viewportEvent",
    "focusNextPrevChild",
}
_made = {}
# Objects that only C++ owns would come back without their Python side.
_kept = []


class PythonQtObject:
    """What every generated class is: attribute access goes through the manifest."""

    slicer_class = "QObject"

    def __init__(self, *arguments):
        super().__init__(*arguments)

    def __getattribute__(self, name):
        plain = object.__getattribute__
        if name.startswith("__") or name in (
            "slicer_class",
            "metaObject",
            "staticMetaObject",
            "property",
            "setProperty",
        ):
            return plain(self, name)
        if _is_python_side(self, name):
            return plain(self, name)
        cls = plain(self, "slicer_class")
        if name == "connect":
            return lambda signal, call: _connect(self, cls, signal, call)
        if name == "disconnect":
            return lambda signal, call: _disconnect(self, cls, signal, call)
        if name == "name":
            return QtCore.QObject.objectName(self)
        if name == "className":
            return lambda: cls
        if name in members(cls, "properties"):
            return adopt(QtCore.QObject.property(self, name))
        if name in members(cls, "methods"):
            return _called(plain(self, name))
        if any(signature.startswith(f"{name}(") for signature in members(cls, "signals")):
            return plain(self, name)
        # PySide6 looks for overridden virtual functions through this door too; only the code under test is held to the manifest.
        if name in _ASKED_BY_QT or _is_ours(sys._getframe(1).f_code.co_filename):
            return plain(self, name)
        raise AttributeError(f"{cls} of Slicer 5.12 has no {name}")

    def __setattr__(self, name, value):
        cls = type(self).slicer_class
        if name in members(cls, "properties"):
            if not QtCore.QObject.setProperty(self, name, value):
                raise AttributeError(f"{cls}.{name} cannot be set to {value!r}")
        elif _is_python_class(type(self)) or _is_ours(sys._getframe(1).f_code.co_filename):
            object.__getattribute__(self, "__dict__")[name] = value
        else:
            raise AttributeError(f"{cls} of Slicer 5.12 has no {name}, and a C++ object takes no new attribute")


def qt_class(name):
    """The generated class for a Qt class of the manifest."""
    if name not in _made:
        base = next(getattr(module, name) for module in _MODULES if hasattr(module, name))
        _made[name] = type(name, (PythonQtObject, base), {"slicer_class": name, "__module__": "qt"})
    return _made[name]


def stand_in(name, base, body):
    """A class of CTK or Slicer, written for the host on top of a Qt class."""
    _made[name] = type(name, (PythonQtObject, base), {**body, "slicer_class": name})
    return _made[name]


def class_named(name):
    """The generated class or stand-in of this name, None where there is none."""
    if name in _made:
        return _made[name]
    known = name in CLASSES and any(hasattr(module, name) for module in _MODULES)
    return qt_class(name) if known else None


def keep(thing):
    """Keep the Python side of an object."""
    _kept.append(thing)
    return thing


def let_go():
    """Forget every kept object."""
    _kept.clear()


def adopt(value):
    """A value from Qt as PythonQt gives it: objects that Qt made itself are wrapped, lists become tuples' elements."""
    if isinstance(value, list):
        return [adopt(each) for each in value]
    if isinstance(value, QtCore.QObject) and not isinstance(value, PythonQtObject):
        return _Borrowed(value)
    return value


class _Borrowed:
    """An object that Qt made (a table's header, the clipboard): the same rules, without its own class."""

    def __init__(self, thing):
        object.__setattr__(self, "_thing", thing)

    def __getattr__(self, name):
        thing = object.__getattribute__(self, "_thing")
        cls = next((c.__name__ for c in type(thing).__mro__ if c.__name__ in CLASSES), "QObject")
        if name == "name":
            return thing.objectName()
        if name in members(cls, "properties"):
            return adopt(thing.property(name))
        if name in members(cls, "methods"):
            return _called(getattr(thing, name))
        raise AttributeError(f"{cls} of Slicer 5.12 has no {name}")

    def __bool__(self):
        return True


def _is_ours(file):
    """Whether a file is not of the code under test."""
    return file.startswith(_HOST) or ("RLNResponseLib" not in file and not file.endswith("RLNResponse.py"))


def _is_python_class(cls):
    return cls.__name__ not in _made or _made[cls.__name__] is not cls


def _is_python_side(self, name):
    """Whether `name` was defined by a Python subclass or its instance, or is private to a stand-in."""
    for cls in type(self).__mro__:
        if cls is PythonQtObject:
            break
        if name in vars(cls) and (_is_python_class(cls) or name.startswith("_")):
            return True
    return name in object.__getattribute__(self, "__dict__")


def _called(method):
    def call(*arguments, **named):
        return adopt(method(*(_bare(each) for each in arguments), **named))

    return call


def _bare(value):
    return object.__getattribute__(value, "_thing") if isinstance(value, _Borrowed) else value


_connections = {}


def _signal(thing, cls, signature):
    wanted = normalised(signature)
    if wanted not in members(cls, "signals"):
        raise ValueError(f"{cls} of Slicer 5.12 has no signal {signature}")
    name, _, arguments = wanted.rstrip(")").partition("(")
    signal = object.__getattribute__(thing, name)
    return signal, len([each for each in arguments.split(",") if each])


def _connect(thing, cls, signature, call):
    signal, count = _signal(thing, cls, signature)
    parameters = inspect.signature(call).parameters.values()
    if not any(each.kind is each.VAR_POSITIONAL for each in parameters):
        count = min(count, len(parameters))

    def relay(*arguments):
        call(*(adopt(each) for each in arguments[:count]))

    _connections[(id(thing), normalised(signature), call)] = relay
    signal.connect(relay)
    return True


def _disconnect(thing, cls, signature, call):
    signal, _count = _signal(thing, cls, signature)
    signal.disconnect(_connections.pop((id(thing), normalised(signature), call)))
    return True
