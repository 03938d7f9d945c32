"""ctkCollapsibleButton and ctkCollapsibleGroupBox: a heading that hides what is below it."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from .kept import kept


class _Children(QtCore.QObject):
    """Hides the direct children, and shows those again that were not hidden by their owner, before or meanwhile.

    As CTK's ctkCollapsibleButton::eventFilter: a child that is shown while its parent is collapsed stays hidden until the
    parent opens.
    """

    def __init__(self, owner: QtWidgets.QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self._hidden_before: set[QtWidgets.QWidget] = set()
        self._is_ours = False

    def show(self, is_shown: bool) -> None:
        direct = self._owner.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindChildOption.FindDirectChildrenOnly)
        self._is_ours = True
        if is_shown:
            for child in direct:
                child.removeEventFilter(self)
                child.setVisible(child not in self._hidden_before)
            self._hidden_before = set()
        else:
            self._hidden_before = {child for child in direct if child.isHidden()}
            for child in direct:
                child.setVisible(False)
                child.installEventFilter(self)
        self._is_ours = False

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if not self._is_ours and isinstance(child, QtWidgets.QWidget):
            if event.type() == QtCore.QEvent.Type.ShowToParent:
                self._hidden_before.discard(child)
                self._is_ours = True
                child.setVisible(False)
                self._is_ours = False
            elif event.type() == QtCore.QEvent.Type.HideToParent:
                self._hidden_before.add(child)
        return False


class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A button as wide as the panel; its contents are its own children."""

    contentsCollapsed = QtCore.Signal(bool)
    _HEIGHT_WHEN_COLLAPSED = 10

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._children = _Children(self)
        self._is_collapsed = False
        self._limit = self.maximumHeight()
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Minimum, QtWidgets.QSizePolicy.Policy.Preferred)
        self.setContentsMargins(0, self._heading().height(), 0, 0)
        self.setBackgroundRole(QtGui.QPalette.ColorRole.Window)
        self.toggled.connect(lambda is_checked: self._collapse(not is_checked))

    def _is_it_collapsed(self) -> bool:
        return self._is_collapsed

    def setCollapsed(self, is_collapsed: bool) -> None:
        self.setChecked(not is_collapsed)

    collapsed = QtCore.Property(bool, _is_it_collapsed, setCollapsed)
    collapsedHeight = kept(int, "collapsedHeight", _HEIGHT_WHEN_COLLAPSED)
    flat = kept(bool, "flat", False)
    contentsFrameShape = kept(int, "contentsFrameShape", 0)
    contentsFrameShadow = kept(int, "contentsFrameShadow", 0x10)
    contentsLineWidth = kept(int, "contentsLineWidth", 1)
    contentsMidLineWidth = kept(int, "contentsMidLineWidth", 0)

    def _collapse(self, is_collapsed: bool) -> None:
        if is_collapsed == self._is_collapsed:
            return
        self._is_collapsed = is_collapsed
        if is_collapsed:
            self._limit = self.maximumHeight()
            self.setMaximumHeight(self.sizeHint().height())
        else:
            self.setMaximumHeight(self._limit)
        self._children.show(not is_collapsed)
        self.updateGeometry()
        self.contentsCollapsed.emit(is_collapsed)

    def _heading(self) -> QtCore.QSize:
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        size = self.fontMetrics().size(QtCore.Qt.TextFlag.TextShowMnemonic, self.text() or "XXXX")
        size += QtCore.QSize(24, 0)
        return self.style().sizeFromContents(QtWidgets.QStyle.ContentsType.CT_PushButton, option, size, self)

    def sizeHint(self) -> QtCore.QSize:
        heading = self._heading() + QtCore.QSize(0, self.collapsedHeight)
        return heading if self._is_collapsed else super().sizeHint().expandedTo(heading)

    def minimumSizeHint(self) -> QtCore.QSize:
        heading = self._heading()
        if self._is_collapsed:
            return heading + QtCore.QSize(0, self.collapsedHeight)
        return super().minimumSizeHint().expandedTo(heading) if self.layout() else heading

    def hitButton(self, place: QtCore.QPoint) -> bool:
        return QtCore.QRect(0, 0, self.width(), self._heading().height()).contains(place)

    def paintEvent(self, _event: Any) -> None:
        height = self._heading().height()
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect.setHeight(height)
        option.state |= (
            QtWidgets.QStyle.StateFlag.State_Sunken if self.isDown() else QtWidgets.QStyle.StateFlag.State_Raised
        )
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(height // 2 - 5, height // 2 - 5, 10, 10)
        elements = QtWidgets.QStyle.PrimitiveElement
        painter.drawPrimitive(
            elements.PE_IndicatorArrowDown if self._is_collapsed else elements.PE_IndicatorArrowUp, arrow
        )
        aligned = QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter
        painter.drawItemText(
            option.rect.adjusted(24, 0, 0, 0), int(aligned), self.palette(), self.isEnabled(), self.text()
        )
        painter.end()


class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box whose check mark opens it."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._children = _Children(self)
        self._limit = self.maximumHeight()
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._expand)

    def _is_collapsed(self) -> bool:
        return not self.isChecked()

    def setCollapsed(self, is_collapsed: bool) -> None:
        self.setChecked(not is_collapsed)

    collapsed = QtCore.Property(bool, _is_collapsed, setCollapsed)
    collapsedHeight = kept(int, "collapsedHeight", 14)

    def _expand(self, is_expanded: bool) -> None:
        if is_expanded:
            self.setMaximumHeight(self._limit)
        else:
            self._limit = self.maximumHeight()
            self.setMaximumHeight(self.fontMetrics().height() + self.collapsedHeight)
        self._children.show(is_expanded)
        self.updateGeometry()

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        # A child that is added to a collapsed box is not seen either; QGroupBox only disables it.
        super().childEvent(event)
        if event.type() == QtCore.QEvent.Type.ChildPolished and not self.isChecked():
            child = event.child()
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(False)
