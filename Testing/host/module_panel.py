"""The application's module panel: a scroll area from which a module that is left is taken, and to which it comes
back."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from .immortal import keep

# What a horizontal scroll bar of Slicer's style would like to be wide, seen in the real application.
SCROLL_BAR_HINT = 55


class ModulePanel(QtWidgets.QScrollArea):
    """Adds and takes out a module's widget step by step as the application does, which is where layouts go wrong.

    The layout item of a module that is left is taken out and never deleted; from then on Qt does not tell the panel
    that a wrapped text has grown, until the panel is resized.
    """

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        contents = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(contents)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSizeConstraint(QtWidgets.QLayout.SizeConstraint.SetMinAndMaxSize)
        layout.addWidget(QtWidgets.QPushButton("Help && Acknowledgement"))
        self.setWidget(contents)
        self.resize(width, height)

    def minimumSizeHint(self) -> QtCore.QSize:
        """As qSlicerModulePanel has it: a horizontal scroll bar's own width is added, although none is shown."""
        height = super().minimumSizeHint().height()
        return QtCore.QSize(self.widget().minimumSizeHint().width() + SCROLL_BAR_HINT, height)

    def add(self, module: QtWidgets.QWidget) -> None:
        """The module is entered."""
        layout = self.widget().layout()
        if layout.indexOf(module) >= 0:
            return
        module.layout().setContentsMargins(0, 0, 0, 0)
        layout.insertWidget(1, module, 1)
        module.setSizePolicy(QtWidgets.QSizePolicy.Policy.Minimum, module.sizePolicy().verticalPolicy())
        module.setVisible(True)

    def take_out(self, module: QtWidgets.QWidget) -> None:
        """The module is left."""
        layout = self.widget().layout()
        keep(layout.takeAt(layout.indexOf(module)))
        module.setVisible(False)
        module.setParent(None)
