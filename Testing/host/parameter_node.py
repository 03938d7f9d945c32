"""slicer.parameterNodeWrapper: a class whose annotated attributes live in a MRML parameter node, and can be shown by
widgets."""

from __future__ import annotations

import enum
import json
import pathlib
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from PySide6 import QtCore

from .objects import wrap
from .refusal import refuse

PROPERTY = "SlicerParameterName"
# What each kind of widget shows, and the signal that tells of a change, as Slicer's guiConnectors.py pairs them.
_CONNECTORS = (
    ("qMRMLNodeComboBox", "currentNode", "setCurrentNode", "currentNodeChanged(vtkMRMLNode*)"),
    ("QCheckBox", "checked", "setChecked", "toggled(bool)"),
    ("QLineEdit", "text", "setText", "textChanged(QString)"),
    ("QSpinBox", "value", "setValue", "valueChanged(int)"),
    ("QSlider", "value", "setValue", "valueChanged(int)"),
    ("QDoubleSpinBox", "value", "setValue", "valueChanged(double)"),
    ("ctkSliderWidget", "value", "setValue", "valueChanged(double)"),
    ("QComboBox", "currentText", "setCurrentText", "currentTextChanged(QString)"),
    ("ctkPathLineEdit", "currentPath", "setCurrentPath", "currentPathChanged(QString)"),
)


@dataclass(frozen=True)
class Default:
    """Annotated[..., Default(value)]."""

    value: Any = None


@dataclass
class _Link:
    """One widget that shows one parameter."""

    name: str
    widget: Any
    signal: str
    call: Callable[..., None]
    read: Callable[[], Any]
    write: Callable[[Any], Any]


@dataclass
class _State:
    """What belongs to one wrapper beside its node."""

    links: dict[int, list[_Link]] = field(default_factory=dict)
    tags: dict[int, int] = field(default_factory=dict)
    is_showing: bool = False


def parameterNodeWrapper(cls: type | None = None) -> Any:
    """The class decorator."""
    if cls is None:
        return parameterNodeWrapper
    parameters = {
        name: _split(kind, cls, name) for name, kind in typing.get_type_hints(cls, include_extras=True).items()
    }
    for name, (kind, _first) in parameters.items():
        setattr(cls, name, property(_reader(name, kind), _writer(name, kind)))
    cls.allParameters = parameters  # type: ignore[attr-defined]
    cls.__init__ = _initialise  # type: ignore[misc]
    for function in (connectGui, connectParametersToGui, disconnectGui, getValue, setValue, default, dataType):
        setattr(cls, function.__name__, function)
    for name in ("AddObserver", "RemoveObserver", "StartModify", "EndModify", "Modified"):
        setattr(cls, name, _pass_on(name))
    return cls


def _pass_on(name: str) -> Callable[..., Any]:
    return lambda self, *arguments: getattr(self.parameterNode, name)(*arguments)


def _initialise(self: Any, parameterNode: Any, prefix: str | None = None) -> None:
    self.parameterNode = parameterNode
    self._state = _State()
    for name, (kind, first) in self.allParameters.items():
        if not _is_node(kind) and not parameterNode.GetParameter(name):
            setattr(self, name, first)


def connectGui(self: Any, gui: Any) -> int:
    """Connect every child whose dynamic property SlicerParameterName names a parameter; what disconnectGui takes."""
    mapping = {}
    for child in gui._native.findChildren(QtCore.QObject):
        name = child.property(PROPERTY)
        if name:
            mapping[name] = wrap(child)
    return connectParametersToGui(self, mapping)


def connectParametersToGui(self: Any, mapping: dict[str, Any]) -> int:
    """Connect widgets by the parameters' names."""
    for name in mapping:
        _known(self, name)
    state: _State = self._state
    tag = len(state.tags) + 1
    state.links[tag] = [_link(self, name, widget) for name, widget in mapping.items()]
    for link in state.links[tag]:
        link.write(getattr(self, link.name))
        link.widget.connect(link.signal, link.call)
    state.tags[tag] = self.parameterNode.AddObserver("ModifiedEvent", lambda *_: _show(self))
    return tag


def disconnectGui(self: Any, tag: int) -> None:
    """Undo connectGui."""
    for link in self._state.links.pop(tag, []):
        link.widget.disconnect(link.signal, link.call)
    if tag in self._state.tags:
        self.parameterNode.RemoveObserver(self._state.tags[tag])
        self._state.tags[tag] = 0


def getValue(self: Any, name: str) -> Any:
    return getattr(self, _known(self, name))


def setValue(self: Any, name: str, value: Any) -> None:
    setattr(self, _known(self, name), value)


def default(self: Any, name: str) -> Default:
    return Default(self.allParameters[_known(self, name)][1])


def dataType(self: Any, name: str) -> Any:
    return self.allParameters[_known(self, name)][0]


def make() -> ModuleType:
    """The module."""
    module = ModuleType("slicer.parameterNodeWrapper")
    module.parameterNodeWrapper, module.Default = parameterNodeWrapper, Default  # type: ignore[attr-defined]
    return module


def _known(self: Any, name: str) -> str:
    if name not in self.allParameters:
        raise ValueError(f"Cannot find a param with the given name: {name}")
    return name


def _split(kind: Any, cls: type, name: str) -> tuple[Any, Any]:
    """The plain type of an annotation and the value it begins with."""
    extras: tuple[Any, ...] = ()
    if typing.get_origin(kind) is typing.Annotated:
        kind, *more = typing.get_args(kind)
        extras = tuple(more)
    for extra in extras:
        if not isinstance(extra, Default):
            raise refuse(f"the host's parameterNodeWrapper does not know {extra!r}")
    given = [extra.value for extra in extras]
    if name in vars(cls):
        given = [vars(cls)[name]]
    if _is_node(kind):
        return kind, None
    if kind not in (bool, int, float, str) and not (
        isinstance(kind, type) and issubclass(kind, (pathlib.Path, enum.Enum))
    ):
        raise refuse(f"the host's parameterNodeWrapper keeps no {kind}")
    first = next(iter(kind)) if issubclass(kind, enum.Enum) else kind()
    return kind, given[0] if given else first


def _is_node(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__name__.startswith("vtkMRML")


def _reader(name: str, kind: Any) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        node = self.parameterNode
        if _is_node(kind):
            return node.GetNodeReference(name)
        text = node.GetParameter(name)
        if kind is bool:
            return text == "True"
        return (
            kind[text]
            if issubclass(kind, enum.Enum)
            else kind(json.loads(text))
            if kind in (int, float)
            else kind(text)
        )

    return read


def _writer(name: str, kind: Any) -> Callable[[Any, Any], None]:
    def write(self: Any, value: Any) -> None:
        node = self.parameterNode
        if _is_node(kind):
            if value is not None and not value.IsA(kind.__name__):
                raise TypeError(f"{name} takes a {kind.__name__}")
            node.SetNodeReferenceID(name, None if value is None else value.GetID())
        elif not isinstance(value, kind) and not (kind is float and isinstance(value, int)):
            raise TypeError(f"{name} takes a {kind.__name__}")
        else:
            node.SetParameter(name, value.name if isinstance(value, enum.Enum) else str(value))

    return write


def _link(self: Any, name: str, widget: Any) -> _Link:
    fitting = [names for cls, *names in _CONNECTORS if widget.inherits(cls)]
    if not fitting:
        raise refuse(f"the host's parameterNodeWrapper cannot connect a {widget.className()}")
    read, write, signal = fitting[0]

    def value() -> Any:
        found = getattr(widget, read)
        return found() if callable(found) else found

    def changed(*_arguments: Any) -> None:
        if not self._state.is_showing:
            setattr(self, name, value())

    return _Link(name, widget, signal, changed, value, getattr(widget, write))


def _show(self: Any) -> None:
    """Show the node's values in every connected widget."""
    if self._state.is_showing:
        return
    self._state.is_showing = True
    try:
        for link in [each for links in self._state.links.values() for each in links]:
            wanted = getattr(self, link.name)
            if link.read() != wanted:
                link.write(wanted)
    finally:
        self._state.is_showing = False
