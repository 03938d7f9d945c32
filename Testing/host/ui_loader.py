"""Loading .ui files: Qt's own loader, with the host's stand-ins, and only the properties that the real widgets have."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtUiTools, QtWidgets

from . import manifest
from .objects import native_class, stand_ins, wrap

_DESIGNER_CLASSES = {"Line": "QFrame"}
_DESIGNER_PROPERTIES = ("buddy", "orientation")


class _Loader(QtUiTools.QUiLoader):
    def createWidget(
        self, name: str, parent: QtWidgets.QWidget | None = None, object_name: str = ""
    ) -> QtWidgets.QWidget:
        if name not in stand_ins:
            if name.startswith(("ctk", "q")):
                native_class(name)  # refuses
            return super().createWidget(name, parent, object_name)
        widget = stand_ins[name](parent)
        widget.setObjectName(object_name)
        return widget


def load_ui(path: str) -> Any:
    """The widget of a .ui file.

    Raises RuntimeError where there is no file (as slicer.util.loadUI), AttributeError for a class or property Slicer
    5.12 has not.
    """
    file = Path(path)
    if not file.is_file():
        raise RuntimeError(f"Could not load UI file: file not found {path}\n\n")
    tree = ElementTree.parse(file)
    later = _check_and_take_out(tree, file.name)
    widget = _loaded(tree, path)
    if _lacking(tree, widget):
        # Once in some thousand forms the binding hands the loader's widgets over without their classes' names.
        widget = _loaded(tree, path)
    if lacking := _lacking(tree, widget):
        raise RuntimeError(f"{path}: the loader made no {', '.join(sorted(lacking))}")
    for name, prop, value in later:
        owner = widget if widget.objectName() == name else widget.findChild(QtWidgets.QWidget, name)
        owner.setProperty(prop, value)
    return wrap(widget)


def _loaded(tree: ElementTree.ElementTree, path: str) -> QtWidgets.QWidget:
    buffer = QtCore.QBuffer()
    buffer.setData(ElementTree.tostring(tree.getroot()))
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    loader = _Loader()
    widget = loader.load(buffer)
    if widget is None:
        raise RuntimeError(f"Could not load UI file: {path}\n\n{loader.errorString()}")
    return widget


def _lacking(tree: ElementTree.ElementTree, widget: QtWidgets.QWidget) -> set[str]:
    """Names of the form's widgets that were not made."""
    made = {widget.objectName(), *(each.objectName() for each in widget.findChildren(QtWidgets.QWidget))}
    return {each.get("name", "") for each in tree.iter("widget")} - made


def _check_and_take_out(tree: ElementTree.ElementTree, file: str) -> list[tuple[str, str, int]]:
    """Check classes and properties; give back the flags of stand-ins, which Qt's loader cannot set on Python's
    properties."""
    later = []
    for widget in tree.iter("widget"):
        written = widget.get("class", "")
        cls = _DESIGNER_CLASSES.get(written, written)
        if not manifest.knows(cls):
            raise AttributeError(f"{file}: the host's manifests have no class {cls}; see cut_manifests.py")
        for prop in list(widget.findall("property")):
            name = prop.get("name", "")
            found = manifest.member(cls, name)
            is_known = (found is not None and found.kind == "property") or name in _DESIGNER_PROPERTIES
            if not is_known and prop.get("stdset") != "0":
                raise AttributeError(f"{file}: {cls} of Slicer 5.12 has no property {name}")
            flags = prop.find("set") if prop.find("set") is not None else prop.find("enum")
            if cls in stand_ins and flags is not None and not hasattr(QtWidgets.QWidget, name):
                widget.remove(prop)
                later.append((widget.get("name", ""), name, _number(cls, flags.text or "")))
    return later


def _number(cls: str, flags: str) -> int:
    """The number of flags such as "ctkPathLineEdit::Dirs|ctkPathLineEdit::Readable", which are QDir's."""
    total = 0
    for each in filter(None, flags.split("|")):
        name = each.split("::")[-1]
        found = manifest.member(cls, name)
        if found is None or found.kind != "value":
            raise AttributeError(f"{cls} of Slicer 5.12 has no value {name}")
        total |= QtCore.QDir.Filter[name].value if name in QtCore.QDir.Filter.__members__ else 0
    return total
