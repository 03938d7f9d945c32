"""The small ones: ctkSliderWidget, ctkSearchBox, ctkDoubleSpinBox, and the widgets that only know their scene."""
# ruff: noqa: RUF012 - Qt's names and declarations

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from .kept import kept


class _KnowsScene(QtWidgets.QWidget):
    mrmlSceneChanged = QtCore.Signal(object)
    SIGNALS = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qMRMLWidget(_KnowsScene):
    """A widget that knows its scene."""


class qSlicerWidget(_KnowsScene):
    """A widget that knows its scene."""


class qSlicerScriptedLoadableModuleWidget(_KnowsScene):
    """The widget that Slicer gives a module to fill; the host says when the module is entered."""

    moduleName = kept(str, "moduleName", "")
    isEntered = kept(bool, "isEntered", False)


class ctkSearchBox(QtWidgets.QLineEdit):
    """A line edit with a magnifying glass."""

    showSearchIcon = kept(bool, "showSearchIcon", False)


class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    """A spin box."""


class ctkSliderWidget(QtWidgets.QWidget):
    """A slider and a spin box that show one number."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    SIGNALS = {"valueChanged(double)": "valueChanged", "valueIsChanging(double)": "valueIsChanging"}

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self._box = QtWidgets.QDoubleSpinBox(self)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self._slider.setRange(0, 1000)
        self._slider.valueChanged.connect(self._moved)
        self._box.valueChanged.connect(self._valued)

    def _number(self) -> float:
        return self._box.value()

    def setValue(self, value: float) -> None:
        self._box.setValue(value)

    def _minimum(self) -> float:
        return self._box.minimum()

    def setMinimum(self, value: float) -> None:
        self._box.setMinimum(value)

    def _maximum(self) -> float:
        return self._box.maximum()

    def setMaximum(self, value: float) -> None:
        self._box.setMaximum(value)

    def _decimals(self) -> int:
        return self._box.decimals()

    def setDecimals(self, count: int) -> None:
        self._box.setDecimals(count)

    def _single_step(self) -> float:
        return self._box.singleStep()

    def setSingleStep(self, step: float) -> None:
        self._box.setSingleStep(step)

    value = QtCore.Property(float, _number, setValue)
    minimum = QtCore.Property(float, _minimum, setMinimum)
    maximum = QtCore.Property(float, _maximum, setMaximum)
    decimals = QtCore.Property(int, _decimals, setDecimals)
    singleStep = QtCore.Property(float, _single_step, setSingleStep)

    def _moved(self, place: int) -> None:
        span = self._box.maximum() - self._box.minimum()
        self._box.setValue(self._box.minimum() + span * place / 1000)

    def _valued(self, value: float) -> None:
        span = self._box.maximum() - self._box.minimum()
        blocked = self._slider.blockSignals(True)
        self._slider.setValue(round(1000 * (value - self._box.minimum()) / span) if span else 0)
        self._slider.blockSignals(blocked)
        self.valueIsChanging.emit(value)
        self.valueChanged.emit(value)
