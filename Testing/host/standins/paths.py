"""ctkPathLineEdit and ctkDirectoryButton."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from ..special import answers
from .kept import kept

_MOST_REMEMBERED = 5


class ctkPathLineEdit(QtWidgets.QWidget):
    """An editable list of paths, remembered in the settings under its key; every change of the text is a change of
    the path."""

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._box = QtWidgets.QComboBox(self)
        self._box.setEditable(True)
        self._box.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self._box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self._box.lineEdit().textChanged.connect(self._changed)
        self._button = QtWidgets.QToolButton(self)
        self._button.setText("...")
        self._button.clicked.connect(self.browse)
        layout.addWidget(self._box)
        layout.addWidget(self._button)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self._has_valid_input = False
        self._told = ""

    label = kept(str, "label", "")
    # QDir.AllEntries | NoDotAndDotDot | Readable | Executable, as CTK begins
    filters = kept(int, "filters", 0x507F)
    options = kept(int, "options", 0)
    nameFilters = kept("QStringList", "nameFilters", [])
    minimumContentsLength = kept(int, "minimumContentsLength", 0)
    sizeAdjustPolicy = kept(int, "sizeAdjustPolicy", 1)
    showBrowseButton = kept(bool, "showBrowseButton", True, lambda self, value: self._button.setVisible(value))
    showHistoryButton = kept(bool, "showHistoryButton", True)
    settingKey = kept(str, "settingKey", "", lambda self, _key: self.retrieveHistory())

    def _path(self) -> str:
        return self._box.lineEdit().text()

    def setCurrentPath(self, path: str) -> None:
        self._box.lineEdit().setText(path)

    currentPath = QtCore.Property(str, _path, setCurrentPath)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._box

    def browse(self) -> None:
        """Ask for a file or folder; a test gives the answer."""
        if not self.filters & int(QtCore.QDir.Filter.Files.value):
            question = "getExistingDirectory"
        else:
            writable = self.filters & int(QtCore.QDir.Filter.Writable.value)
            question = "getSaveFileName" if writable else "getOpenFileName"
        path = answers.give("file", f"QFileDialog.{question}", self._path())
        if path:
            self.setCurrentPath(path)

    def retrieveHistory(self) -> None:
        """Fill the list from the settings; without a path the latest one is chosen, and nothing is signalled."""
        path = self._path()
        blocked = self.blockSignals(True)
        self._box.clear()
        self._box.addItems(self._history()[:_MOST_REMEMBERED])
        if path:
            self.setCurrentPath(path)
        self.blockSignals(blocked)

    def addCurrentPathToHistory(self) -> None:
        path = self._path()
        if not path:
            return
        history = [path, *(each for each in self._history() if each != path)]
        QtCore.QSettings().setValue(self._key(), history)
        # CTK takes a known entry out and puts it in again at the top, with its signals on: in between the path is
        # another.
        place = self._box.findText(path)
        if place >= 0:
            self._box.removeItem(place)
        while self._box.count() >= _MOST_REMEMBERED:
            self._box.removeItem(self._box.count() - 1)
        self._box.insertItem(0, path)
        self._box.setCurrentIndex(0)

    def _key(self) -> str:
        return "ctkPathLineEdit/" + (self.settingKey or self.objectName())

    def _history(self) -> list[str]:
        found = QtCore.QSettings().value(self._key(), [])
        return [found] if isinstance(found, str) else list(found or [])

    def _changed(self, path: str) -> None:
        if path == self._told:  # the same path once more is told to nobody
            return
        self._told = path
        self.currentPathChanged.emit(path)
        if not self._has_valid_input:
            self._has_valid_input = True
            self.validInputChanged.emit(True)


class ctkDirectoryButton(QtWidgets.QWidget):
    """A button that shows a folder and asks for another."""

    directoryChanged = QtCore.Signal(str)
    directorySelected = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._button = QtWidgets.QPushButton(self)
        self._button.clicked.connect(self.browse)
        layout.addWidget(self._button)
        self._directory = ""

    caption = kept(str, "caption", "")
    text = kept(str, "text", "")

    def _current(self) -> str:
        return self._directory

    def setDirectory(self, directory: str) -> None:
        directory = QtCore.QDir(directory).absolutePath()
        if directory != self._directory:
            self._directory = directory
            self._button.setText(directory)
            self.directoryChanged.emit(directory)

    directory = QtCore.Property(str, _current, setDirectory)

    def browse(self) -> None:
        directory = answers.give("file", "QFileDialog.getExistingDirectory", self._directory)
        if directory:
            self.setDirectory(directory)
            self.directorySelected.emit(self._directory)
