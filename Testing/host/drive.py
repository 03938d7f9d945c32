"""The host as tests use it: installed, driven by clicks and keys, looked at."""

import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from host import pythonqt, qt_module, scripted_module, slicer_module

PROJECT = Path(__file__).resolve().parents[2]


def application():
    """The one QApplication of the process, drawn the same on every machine."""
    existing = QtWidgets.QApplication.instance()
    if existing is not None:
        return existing
    made = QtWidgets.QApplication(["RLNResponse"])
    made.setStyle("Fusion")
    QtCore.QCoreApplication.setOrganizationName("RLNResponse-tests")
    return made


class Host:
    """One run of the application: a scene, settings of its own, and the module's widget once it was opened."""

    def __init__(self, settings_folder):
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.IniFormat)
        QtCore.QSettings.setPath(QtCore.QSettings.IniFormat, QtCore.QSettings.UserScope, str(settings_folder))
        qt_module.FileDialog.answer = None
        self.answers = slicer_module.Answers()
        self.application = application()
        sys.modules["qt"] = qt_module.make()
        self.slicer = slicer_module.make(self.application, self.answers)
        self.module = self.widget = self.window = None

    @property
    def scene(self):
        return self.slicer.mrmlScene

    def open_module(self, width=400, height=1100):
        """Start the module as Slicer does, and show it."""
        for name in [name for name in sys.modules if name.startswith(("RLNResponseLib.panel", "RLNResponseLib.scene"))]:
            del sys.modules[name]
        path = PROJECT / "RLNResponse" / "RLNResponse.py"
        spec = importlib.util.spec_from_file_location("RLNResponse", path)
        self.module = importlib.util.module_from_spec(spec)
        sys.modules["RLNResponse"] = self.module
        spec.loader.exec_module(self.module)
        parent = scripted_module.ModuleParent()
        # Slicer shows a module in a scroll area of the panel's width.
        self.window = QtWidgets.QScrollArea()
        self.window.setWidgetResizable(True)
        self.window.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarAlwaysOff)
        self.window.setWidget(parent)
        self.window.resize(width, height)
        self.module.RLNResponse(_Menu())
        self.widget = self.slicer.modules.RLNResponseWidget = self.module.RLNResponseWidget(parent)
        self.widget.setup()
        self.enter()
        self.window.show()
        self.process()
        return self.widget.panel

    def enter(self):
        self.widget.parent.isEntered = True
        self.widget.enter()

    def exit(self):
        self.widget.exit()
        self.widget.parent.isEntered = False

    def quit(self):
        """Slicer quits in good order."""
        self.slicer.app.emit("aboutToQuit()")
        self.widget.cleanup()
        self.window.close()
        self.window.deleteLater()
        self.process()
        pythonqt.let_go()
        self.widget = None

    def process(self, milliseconds=0):
        """Let events and timers run."""
        if milliseconds:
            QtTest.QTest.qWait(milliseconds)
        self.application.processEvents()

    def until(self, condition, milliseconds=10_000):
        """Let events run until `condition()` holds."""
        for _ in range(milliseconds // 10):
            if condition():
                return
            QtTest.QTest.qWait(10)
        raise AssertionError(f"it did not come about; the status line says: {self.widget.panel.status._label.text}")

    def click(self, button):
        """Click, as a mouse does: a disabled or hidden button does nothing, and that is a failure of the test."""
        assert QtWidgets.QWidget.isVisible(button), f"{button.name} cannot be seen"
        assert QtWidgets.QWidget.isEnabled(button), f"{button.name} is disabled: {button.toolTip}"
        QtTest.QTest.mouseClick(button, QtCore.Qt.LeftButton)
        self.process()

    def select(self, box, text):
        """Choose an entry of a combo box by its text."""
        index = QtWidgets.QComboBox.findText(box, text)
        assert index >= 0, f"{box.name} has no {text}"
        assert QtWidgets.QWidget.isEnabled(box), f"{box.name} is disabled"
        QtWidgets.QComboBox.setCurrentIndex(box, index)
        self.process()

    def type_path(self, edit, path):
        """Type a path and press Enter."""
        line = edit._box.lineEdit()
        line.selectAll()
        QtTest.QTest.keyClicks(line, str(path))
        QtTest.QTest.keyClick(line, QtCore.Qt.Key_Return)
        self.process()

    def write(self, edit, text):
        """Type into a line edit in place of what is there."""
        QtWidgets.QLineEdit.selectAll(edit)
        QtTest.QTest.keyClicks(edit, text)
        self.process()

    def press(self, keys):
        """A keyboard shortcut, wherever the focus is."""
        window = self.window
        window.activateWindow()
        sequence = QtGui.QKeySequence(keys)[0]
        QtTest.QTest.keyClick(window, sequence.key(), sequence.keyboardModifiers())
        self.process()

    def choose_row(self, table, row):
        """Click a row of a table."""
        item = QtWidgets.QTableWidget.item(table, row, 0)
        place = QtWidgets.QTableWidget.visualItemRect(table, item).center()
        QtTest.QTest.mouseClick(QtWidgets.QTableWidget.viewport(table), QtCore.Qt.LeftButton, pos=place)
        self.process()

    def rows(self, table):
        """The text of a table."""
        count, columns = QtWidgets.QTableWidget.rowCount(table), QtWidgets.QTableWidget.columnCount(table)
        return [
            [QtWidgets.QTableWidget.item(table, row, column).text() for column in range(columns)]
            for row in range(count)
        ]

    def picture(self, path=None):
        """The panel as it is drawn now."""
        self.process()
        drawn = self.window.grab()
        if path is not None:
            drawn.save(str(path))
        return drawn


class _Menu:
    """What a module is given for its texts."""


@contextmanager
def running(settings_folder):
    """A host, cleaned up afterwards."""
    host = Host(settings_folder)
    try:
        yield host
    finally:
        if host.widget is not None:
            host.quit()


def observers_of(thing, events):
    """What watches a VTK object: the number for a scene, which prints it, and which of `events` are watched for a node."""
    if thing.IsA("vtkMRMLScene"):
        return str(thing).count("vtkObserver (")
    return {event for event in events if thing.HasObserver(event)}
