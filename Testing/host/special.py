"""Where PythonQt or Qt 5 differ from PySide6, and what only a test can answer (dialogs).

It lies below `objects`, which calls it: it knows a wrapper only as the argument that it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui

from .manifest import ancestry
from .refusal import refuse

_DIALOGS = {
    "QFileDialog": ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName"),
    "QMessageBox": ("about", "critical", "information", "question", "warning"),
    "QInputDialog": ("getDouble", "getInt", "getItem", "getText"),
    "QDesktopServices": ("openUrl",),
}
_NOT_MADE = ("QFileDialog", "QMessageBox", "QInputDialog", "QProcess")


class Answers:
    """What a test answers in the user's place. None: being asked is refused.

    confirm  whether the user says yes (slicer.util.confirm*Display)
    url      whether an address or file is opened outside Slicer (QDesktopServices)
    file     the path a file dialog gives, "" where the user cancels
    pip      a function of (requirements, named arguments): what pip would do
    asked    what was asked, as (function, what)
    named    the named arguments of the last question of slicer.util, such as its default button
    """

    def __init__(self) -> None:
        self.confirm: bool | None = None
        self.url: bool | None = None
        self.file: str | None = None
        self.pip: Callable[..., Any] | None = None
        self.asked: list[tuple[str, Any]] = []
        self.named: dict[str, Any] = {}

    def give(self, kind: str, function: str, what: Any = "") -> Any:
        """The answer, or a refusal. `kind` is "confirm", "file", "url", "pip", or "" for what nobody can answer."""
        self.asked.append((function, what))
        answer = getattr(self, kind) if kind else None
        if answer is None:
            hint = f"set host.answers.{kind} first" if kind else "the panel speaks in its status line"
            raise refuse(f"{function} was called; {hint}")
        return answer


answers = Answers()


def of(cls: str, name: str) -> Callable[..., Any] | None:
    """The host's own way for one static or method, None where PySide6's serves."""
    if (cls, name) == ("QMessageBox", "question"):
        return _question
    if name in _DIALOGS.get(cls, ()):
        kind = {"QFileDialog": "file", "QDesktopServices": "url"}.get(cls, "")
        return lambda *arguments: answers.give(kind, f"{cls}.{name}", arguments)
    return _METHODS.get((cls, name)) or (_OBJECT_METHODS.get(name) if (cls[0] in "Qcq") else None)


def as_read(name: str, value: Any) -> Any:
    """A property as it is read back: Slicer's application turns every plain tool tip into rich text, so that it
    wraps."""
    if name == "toolTip" and value and not QtGui.Qt.mightBeRichText(value):
        return QtGui.Qt.convertFromPlainText(value, QtCore.Qt.WhiteSpaceMode.WhiteSpaceNormal)
    return value


def check_construction(cls: str) -> None:
    """Refuse what the host must not make."""
    if cls in _NOT_MADE:
        raise refuse(f"the host makes no {cls}")


def operators(cls: str, wrap: Callable[[Any], Any], unwrap: Callable[[Any], Any]) -> dict[str, Any]:
    """The arithmetic of points, sizes and their like."""
    if cls not in ("QPoint", "QPointF", "QSize", "QSizeF", "QRect", "QRectF"):
        return {}

    def through(operator: str) -> Callable[..., Any]:
        return lambda self, other: wrap(getattr(self._native, operator)(unwrap(other)))

    return {name: through(name) for name in ("__add__", "__sub__", "__mul__", "__truediv__")}


def _question(_parent: Any, title: str, text: str, _buttons: Any = 0, default: Any = None) -> Any:
    """QMessageBox.question with the buttons OK and Cancel; `answers.named` tells the default button."""
    import qt

    answers.named = {"title": title, "defaultButton": default}
    return qt.QMessageBox.Ok if answers.give("confirm", "QMessageBox.question", text) else qt.QMessageBox.Cancel


def _single_shot(milliseconds: int, call: Callable[[], Any]) -> None:
    import qt

    timer = qt.QTimer()
    timer.singleShot = True
    # The connection keeps the timer until it has run.
    timer.connect("timeout()", lambda: (call(), timer.deleteLater()))
    timer.start(milliseconds)


def _exec(_self: Any, *_arguments: Any) -> Any:
    raise refuse("the host runs no modal dialog")


def _class_name(self: Any) -> str:
    return type(self).qt_class


def _inherits(self: Any, name: str) -> bool:
    return name in ancestry(type(self).qt_class)


def _delete(self: Any) -> None:
    from shiboken6 import Shiboken

    Shiboken.delete(self._native)


_METHODS: dict[tuple[str, str], Callable[..., Any]] = {
    ("QTimer", "singleShot"): _single_shot,
    ("QDialog", "exec"): _exec,
    ("QDialog", "exec_"): _exec,
    ("QMenu", "exec"): _exec,
    ("QFontMetrics", "width"): lambda self, text: self._native.horizontalAdvance(text),
    ("QPalette", "ColorRole"): QtGui.QPalette.ColorRole,
}
_OBJECT_METHODS: dict[str, Callable[..., Any]] = {
    "className": _class_name,
    "inherits": _inherits,
    "delete": _delete,
}
