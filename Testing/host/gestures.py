"""What a user does: clicks, choices, keys. A widget that cannot be seen or is disabled fails the test."""

from __future__ import annotations

import functools
import importlib.util
import time
import warnings
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from .objects import unwrap


def process(milliseconds: int = 0) -> None:
    """Let events and timers run."""
    if milliseconds:
        QtTest.QTest.qWait(milliseconds)
    QtWidgets.QApplication.processEvents()
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete.value)


def until(condition: Callable[[], Any], milliseconds: int = 10_000) -> None:
    """Let events run until `condition()` holds."""
    end = time.monotonic() + milliseconds / 1000
    while not condition():
        assert time.monotonic() < end, f"it did not come about in {milliseconds} ms"
        process(5)


def click(button: Any) -> None:
    """Click with the mouse."""
    widget = _usable(button)
    place = widget.rect().center()
    if hasattr(widget, "_heading"):  # ctkCollapsibleButton: only its heading is a button
        place = QtCore.QPoint(widget.width() // 2, widget._heading().height() // 2)
    QtTest.QTest.mouseClick(widget, QtCore.Qt.MouseButton.LeftButton, pos=place)
    process()


def select(box: Any, text: str) -> None:
    """Choose an entry of a combo box, or of a node selector, by its text."""
    widget = _usable(box)
    combo = widget.combo() if hasattr(widget, "combo") else widget
    index = combo.findText(text)
    entries = [combo.itemText(each) for each in range(combo.count())]
    assert index >= 0, f"{widget.objectName()} has no entry {text!r} among {entries}"
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    process()


def choose_row(table: Any, row: int, column: int = 0, double: bool = False) -> None:
    """Click, or double-click, a row of a table."""
    widget = _usable(table)
    item = widget.item(row, column)
    assert item is not None, f"{widget.objectName()} has no row {row}"
    widget.scrollToItem(item)
    place = widget.visualItemRect(item).center()
    QtTest.QTest.mouseClick(widget.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)
    if double:
        QtTest.QTest.mouseDClick(widget.viewport(), QtCore.Qt.MouseButton.LeftButton, pos=place)
    process()


def drop(table: Any, row: int, *paths: Any) -> bool:
    """Drag files from a file manager over a row of a table, and let them fall; whether the table took them."""
    widget = _usable(table)
    inside, item = widget.viewport(), widget.item(row, 0)
    place = widget.visualItemRect(item).center() if item is not None else inside.rect().bottomLeft()
    carried = QtCore.QMimeData()
    carried.setUrls([QtCore.QUrl.fromLocalFile(str(path)) for path in paths])
    how = (QtCore.Qt.DropAction.CopyAction, carried, QtCore.Qt.MouseButton.LeftButton)
    keys = QtCore.Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():
        # Of Qt 6; what Slicer's Qt 5 has of such an event is deprecated there.
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QtGui.QDragEnterEvent(place, *how, keys)
        QtWidgets.QApplication.sendEvent(inside, enter)
        if enter.isAccepted():
            QtWidgets.QApplication.sendEvent(inside, QtGui.QDropEvent(QtCore.QPointF(place), *how, keys))
    process()
    return bool(enter.isAccepted())


def rows(table: Any) -> list[list[str]]:
    """The text of a table."""
    widget = unwrap(table)
    texts = []
    for row in range(widget.rowCount()):
        items = [widget.item(row, column) for column in range(widget.columnCount())]
        texts.append(["" if item is None else item.text() for item in items])
    return texts


def write(edit: Any, text: str) -> None:
    """Type into a line edit or spin box in place of what is there."""
    widget = _usable(edit)
    widget.setFocus()
    widget.selectAll()
    QtTest.QTest.keyClicks(widget, text)
    process()


def type_path(edit: Any, path: Any) -> None:
    """Put a path into a ctkPathLineEdit, as pasting does: in one change."""
    line = _usable(edit).comboBox().lineEdit()
    line.setFocus()
    line.selectAll()
    line.insert(str(path))
    QtTest.QTest.keyClick(line, QtCore.Qt.Key.Key_Return)
    process()


def press(keys: str, window: Any) -> None:
    """A keyboard shortcut such as "Ctrl+Shift+N"."""
    widget = unwrap(window)
    widget.activateWindow()
    process()
    combination = QtGui.QKeySequence(keys)[0]
    QtTest.QTest.keyClick(widget, combination.key(), combination.keyboardModifiers())
    process()


def screenshot(widget: Any, path: Any = None) -> QtGui.QPixmap:
    """The widget as it is drawn now, written to `path` where there is one."""
    process()
    drawn = unwrap(widget).grab()
    if path is not None:
        assert drawn.save(str(path)), f"{path} could not be written"
    return drawn


def cut_texts(widget: Any) -> list[str]:
    """The visible labels, buttons and chosen items whose text does not fit into them, as "name: text"."""
    boxes = [
        box
        for box in unwrap(widget).findChildren(QtWidgets.QComboBox)
        if box.isVisible() and not box.isEditable() and _is_cut(box)
    ]
    found = [f"{box.objectName()}: {box.currentText()}" for box in boxes]
    for child in unwrap(widget).findChildren(QtWidgets.QWidget):
        if not child.isVisible() or not isinstance(child, (QtWidgets.QLabel, QtWidgets.QAbstractButton)):
            continue
        if not child.text() or (isinstance(child, QtWidgets.QLabel) and child.wordWrap()):
            needed = child.heightForWidth(child.width()) if isinstance(child, QtWidgets.QLabel) and child.text() else 0
            is_cut = needed > child.height()
        else:
            is_cut = child.minimumSizeHint().width() > child.width()
        if is_cut:
            found.append(f"{child.objectName()}: {child.text()}")
    return found


def in_sight(thing: Any) -> bool:
    """Whether all of a widget is within the part of the panel that is seen without scrolling now."""
    widget = unwrap(thing)
    return widget.isVisible() and not widget.size().isEmpty() and widget.visibleRegion().contains(widget.rect())


def overlaps(widget: Any) -> list[str]:
    """Labels with wrapped text that are lower than their text, and widgets in one layout that lie on one another."""
    found = cut_texts(widget)
    for layout in unwrap(widget).findChildren(QtWidgets.QLayout):
        items = [layout.itemAt(index).widget() for index in range(layout.count())]
        shown = [item for item in items if item is not None and item.isVisible()]
        for number, item in enumerate(shown):
            for other in shown[number + 1 :]:
                if item.geometry().intersects(other.geometry()):
                    found.append(f"{item.objectName()} lies on {other.objectName()}")
    return found


def empty_boxes(widget: Any) -> list[str]:
    """Visible signs that are drawn as an empty box where there is no emoji font: those that DejaVu Sans has not."""
    texts = []
    for child in (unwrap(widget), *unwrap(widget).findChildren(QtWidgets.QWidget)):
        if not child.isVisible():
            continue
        if isinstance(child, (QtWidgets.QLabel, QtWidgets.QAbstractButton)):
            texts.append((child.objectName(), child.text()))
        elif isinstance(child, QtWidgets.QTableWidget):
            texts += [(child.objectName(), text) for row in rows(child) for text in row]
    known = _dejavu()
    return [
        f"{name}: {sign}"
        for name, text in texts
        for sign in text
        if sign != "\n" and not known.supportsCharacter(ord(sign))
    ]


@functools.cache
def _dejavu() -> QtGui.QRawFont:
    found = importlib.util.find_spec("matplotlib")
    assert found is not None, "DejaVu Sans is matplotlib's, which is not installed"
    (folder,) = found.submodule_search_locations or ()
    font = QtGui.QRawFont(f"{folder}/mpl-data/fonts/ttf/DejaVuSans.ttf", 12.0)
    assert font.isValid()
    return font


def tip(thing: Any) -> str:
    """A tool tip as it is read by people."""
    return QtGui.QTextDocumentFragment.fromHtml(unwrap(thing).toolTip()).toPlainText()


def _is_cut(box: QtWidgets.QComboBox) -> bool:
    option = QtWidgets.QStyleOptionComboBox()
    option.initFrom(box)
    style = QtWidgets.QStyle
    room = box.style().subControlRect(
        style.ComplexControl.CC_ComboBox, option, style.SubControl.SC_ComboBoxEditField, box
    )
    return box.fontMetrics().horizontalAdvance(box.currentText()) > room.width()


def _usable(thing: Any) -> QtWidgets.QWidget:
    widget = unwrap(thing)
    assert widget.isVisible(), f"{widget.objectName()} cannot be seen"
    assert widget.isEnabled(), f"{widget.objectName()} is disabled: {widget.toolTip()}"
    return widget
