"""The layout manager as far as slice and plot views go: their names, their nodes, windows that hold what is put on
them, and that a plot view tells which points are clicked.

The windows are never drawn here; `host.slice_view` draws what lies in them together with what Slicer itself draws.
"""

# ruff: noqa: RUF012 - Qt's names and declarations

from __future__ import annotations

from typing import Any

import vtk
from PySide6 import QtCore, QtWidgets

from .widgets import qMRMLWidget


class qMRMLSliceView(QtWidgets.QWidget):
    """One slice view: a render window with the image's layer and, above it, the layer of what is drawn over it."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        # One that asks for no display.
        self._window = vtk.vtkGenericOpenGLRenderWindow()
        self._window.SetNumberOfLayers(2)
        for layer in (0, 1):
            renderer = vtk.vtkRenderer()
            renderer.SetLayer(layer)
            self._window.AddRenderer(renderer)
        self.asked_to_render = 0

    def renderWindow(self) -> Any:
        return self._window

    def scheduleRender(self) -> None:
        self.asked_to_render += 1


class qMRMLSliceWidget(qMRMLWidget):
    """A slice view with its node."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = qMRMLSliceView(self)
        self._node: Any = None

    def setMRMLSliceNode(self, node: Any) -> None:
        self._node = node

    def mrmlSliceNode(self) -> Any:
        return self._node

    def sliceView(self) -> qMRMLSliceView:
        return self._view


class qMRMLPlotView(QtWidgets.QWidget):
    """A plot view: nothing is drawn; a test emits what a click on its points does. Its chart is VTK's, empty."""

    dataSelected = QtCore.Signal(object, object)
    SIGNALS = {"dataSelected(vtkStringArray*,vtkCollection*)": "dataSelected"}

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart = vtk.vtkChartXY()

    def chart(self) -> Any:
        return self._chart


class qMRMLPlotWidget(qMRMLWidget):
    """A plot view with its frame."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = qMRMLPlotView(self)

    def plotView(self) -> qMRMLPlotView:
        return self._view


class qSlicerLayoutManager(QtCore.QObject):
    """The views of the layout: those whose slice logics the host has, and one plot view."""

    def __init__(self, logics: Any) -> None:
        super().__init__()
        self._widgets: dict[str, qMRMLSliceWidget] = {}
        for name, logic in logics.items():
            self._widgets[name] = qMRMLSliceWidget()
            self._widgets[name].setMRMLSliceNode(logic.GetSliceNode())

        self._plot = qMRMLPlotWidget()

    def plotViewCount(self) -> int:
        return 1

    def plotWidget(self, number: int) -> qMRMLPlotWidget | None:
        return self._plot if number == 0 else None

    def sliceViewNames(self) -> list[str]:
        return list(self._widgets)

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        return self._widgets.get(name)
