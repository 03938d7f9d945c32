"""The module `qt`: classes of the manifest, plain values of PySide6, and what a test must plug in."""

import re
import types
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from host.manifest import CLASSES
from host.pythonqt import class_named, keep, qt_class

# Value classes have no properties, so PySide6's own serve.
VALUES = [
    "QPainter",
    "QPainterPath",
    "QPen",
    "QBrush",
    "QColor",
    "QPixmap",
    "QImage",
    "QIcon",
    "QFont",
    "QFontMetrics",
    "QPoint",
    "QPointF",
    "QRect",
    "QRectF",
    "QSize",
    "QPalette",
    "QKeySequence",
    "QTableWidgetItem",
    "QSizePolicy",
    "QSettings",
    "QEvent",
    "QByteArray",
    "QBuffer",
    "QUrl",
]
ENUMS = ("QHeaderView", "QAbstractItemView")
_CUSTOM = re.compile("ctk|qMRML")


class RefusedError(Exception):
    """The host was asked for what it cannot do, and no test said what should come of it."""


class FileDialog:
    """QFileDialog: a test says what the user chooses."""

    answer = None

    @classmethod
    def getSaveFileName(cls, _parent=None, _caption="", _directory="", _filter=""):
        if cls.answer is None:
            raise RefusedError("a file dialog was opened; set host.qt_module.FileDialog.answer first")
        return cls.answer


class UiLoader(QtUiTools.QUiLoader):
    """QUiLoader that makes the host's classes."""

    def createWidget(self, name, parent=None, object_name=""):
        cls = class_named(name)
        if cls is None:
            raise RefusedError(f"the host has no {name}")
        widget = keep(cls(parent) if parent is not None else cls())
        QtCore.QObject.setObjectName(widget, object_name)
        return widget

    def createLayout(self, name, parent=None, object_name=""):
        layout = keep(qt_class(name)(parent) if isinstance(parent, QtWidgets.QWidget) else qt_class(name)())
        QtCore.QObject.setObjectName(layout, object_name)
        return layout

    def load(self, file):
        return super().load(_readable(Path(file.fileName())))


def _readable(path):
    """The .ui file for PySide6, which cannot write flags to a property that Python declared."""
    tree = ElementTree.parse(path)
    for widget in tree.iter("widget"):
        if _CUSTOM.match(widget.get("class")):
            for prop in widget.findall("property"):
                for value in prop.findall("set"):
                    value.tag = "string"
    buffer = QtCore.QBuffer()
    buffer.setData(QtCore.QByteArray(ElementTree.tostring(tree.getroot())))
    buffer.open(QtCore.QBuffer.ReadOnly)
    return keep(buffer)


def make():
    """The module."""
    module = types.ModuleType("qt")
    for name in CLASSES:
        if name.startswith("Q") and not name.endswith("Application"):
            setattr(module, name, qt_class(name))
    for name in VALUES:
        setattr(module, name, next(getattr(m, name) for m in (QtWidgets, QtGui, QtCore) if hasattr(m, name)))
    module.Qt = QtCore.Qt
    module.QFile = QtCore.QFile
    module.QUiLoader = UiLoader
    module.QFileDialog = FileDialog
    return module
