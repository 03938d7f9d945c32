"""The host as tests use it: installed, given a scene, driven, looked at, taken away."""

from __future__ import annotations

import functools
import gc
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6 import QtCore, QtWidgets

from . import gestures, palettes, refusal, sample_data, signals, special, standins
from .application import SlicerApplication, the_application
from .module_panel import ModulePanel
from .objects import unwrap, wrap
from .qt_module import make_ctk, make_qt
from .scene import new_scene
from .slice_view import SliceView
from .slicer_module import Facade, SlicerModule

PROJECT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
# Modules that hold `slicer`, `qt` or the scene of an earlier test are imported anew.
_FRESH = ("RLNResponseLib.panel", "RLNResponseLib.scene", "RLNResponse")


class Host:
    """One run of the application: a scene, settings of its own, and the module once it is opened.

    answers  what the user answers (special.Answers)
    """

    click = staticmethod(gestures.click)
    select = staticmethod(gestures.select)
    choose_row = staticmethod(gestures.choose_row)
    drop = staticmethod(gestures.drop)
    rows = staticmethod(gestures.rows)
    write = staticmethod(gestures.write)
    type_path = staticmethod(gestures.type_path)
    process = staticmethod(gestures.process)
    until = staticmethod(gestures.until)
    screenshot = staticmethod(gestures.screenshot)
    cut_texts = staticmethod(gestures.cut_texts)
    tip = staticmethod(gestures.tip)
    in_sight = staticmethod(gestures.in_sight)
    empty_boxes = staticmethod(gestures.empty_boxes)
    overlaps = staticmethod(gestures.overlaps)

    def __init__(self, facade: Facade) -> None:
        self.slicer = facade.slicer
        self.answers = special.answers
        self.module: Any = None
        self.widget: Any = None
        self._facade = facade
        self._parent: Any = None
        self._window: Any = None
        self._path = Path()

    @property
    def scene(self) -> Any:
        return self.slicer.mrmlScene

    @property
    def status_message(self) -> str:
        """What stands in the status bar of the main window, which is always in sight."""
        return self._facade.status_message

    def open_module(self, width: int = 400, height: int = 870, source: Path | None = None) -> Any:
        """Start the module as Slicer does when it is first opened, and show it; its widget's `panel`, where it has one.

        The default height is what a 1080-line screen leaves of the module panel. A `setup` that fails is noted, and the
        module is entered nevertheless.
        """
        self._path = source or PROJECT / "RLNResponse" / "RLNResponse.py"
        self._import_module()
        import qt

        getattr(self.module, self._path.stem)(ModuleTexts(self._path))
        self._parent = self.slicer.qSlicerScriptedLoadableModuleWidget()
        self._parent.setLayout(qt.QVBoxLayout())
        self._window = ModulePanel(width, height)
        self._parent.setMRMLScene(self.scene)
        name, logics = self._path.stem, SlicerApplication.logics
        self.slicer.modules.open(SlicerModule(name, logics, str(self._path), self._parent, self._reload, self._select))
        self._make_widget()
        self.enter()
        self._window.show()
        self._window.activateWindow()
        self.process()
        return getattr(self.widget, "panel", self.widget)

    def _import_module(self) -> None:
        name = self._path.stem
        spec = importlib.util.spec_from_file_location(name, self._path)
        assert spec is not None
        assert spec.loader is not None
        self.module = importlib.util.module_from_spec(spec)
        sys.modules[name] = self.module
        spec.loader.exec_module(self.module)

    def _make_widget(self) -> None:
        name = self._path.stem + "Widget"
        self.widget = getattr(self.module, name)(self._parent)
        setattr(self.slicer.modules, name, self.widget)
        self._told(self.widget.setup)

    def _reload(self) -> None:
        """slicer.util.reloadScriptedModule, in Slicer's order: source, hide, clean up, empty the layout, a new
        widget."""
        before = self.widget
        self._import_module()
        for child in unwrap(self._parent).findChildren(QtWidgets.QWidget):
            child.hide()
        before.cleanup()
        layout = unwrap(self._parent).layout()
        for item in [layout.itemAt(index) for index in range(layout.count())]:
            layout.removeItem(item)
        self._make_widget()

    @property
    def window(self) -> Any:
        """The module panel on the screen."""
        return wrap(self._window)

    def enter(self) -> None:
        """The user changes to the module."""
        self._window.add(unwrap(self._parent))
        unwrap(self._parent).isEntered = True
        if hasattr(self.widget, "enter"):
            self._told(self.widget.enter)
        self.process()

    def _select(self) -> None:
        if not self._parent.isEntered:
            self.enter()

    def exit(self) -> None:
        """The user changes to another module."""
        if not self._parent.isEntered:
            return
        if hasattr(self.widget, "exit"):
            self._told(self.widget.exit)
        unwrap(self._parent).isEntered = False
        self._window.take_out(unwrap(self._parent))
        self.process()

    @staticmethod
    def _told(step: Callable[[], Any]) -> None:
        """What Slicer calls of a module in Python: an exception is printed, and Slicer goes on."""
        try:
            step()
        except Exception as error:
            refusal.note_failed_slot(error)

    def close_scene(self) -> None:
        """The user closes the scene."""
        self.scene.Clear(False)
        self.process()

    def quit(self) -> None:
        """Slicer quits in good order: exit, then clean up. Raises AssertionError where a module that was not set up
        fails once more: the application crashes there.
        """
        if self.widget is None or self._parent is None:
            return
        before = len(refusal.notes)
        QtWidgets.QApplication.instance().aboutToQuit.emit()
        self.exit()
        self._told(self.widget.cleanup)
        self._take_down()
        assert len(refusal.notes) == before, f"Slicer ends in a crash: {refusal.notes[before:]}"

    def kill(self) -> None:
        """Slicer is killed: nothing of the module runs any more."""
        if self.widget is not None:
            for timer in unwrap(self._parent).findChildren(QtCore.QTimer):
                timer.stop()
            signals.forget(the_application())
            self._take_down()

    def _take_down(self) -> None:
        unwrap(self._parent).deleteLater()
        self._window.close()
        self._window.deleteLater()
        self.widget = self._parent = self._window = None
        self.process()
        gc.collect()

    @staticmethod
    def press_sample(name: str) -> None:
        """The user presses a sample's button in the Sample Data module."""
        sample_data.press(name)

    def delete(self, node: Any) -> None:
        """The user deletes a node in the Data module."""
        self.scene.RemoveNode(node)
        self.process()

    def press(self, keys: str) -> None:
        """A keyboard shortcut, wherever the focus is."""
        gestures.press(keys, self._window)

    def picture(self, path: Any = None) -> Any:
        """The panel as it is drawn now."""
        return gestures.screenshot(self._window, path)

    def draw(self, segmentation: Any, segment_id: str, voxels: Any, volume: Any) -> None:
        """What an effect of Segment Editor would do: the segment becomes `voxels`, [k, j, i] on the volume's grid."""
        self.slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, segmentation, segment_id, volume)
        self.process()

    def slice_view(self, name: str = "Red", size: tuple[int, int] = (400, 400)) -> SliceView:
        """A slice view of the scene, drawn off screen."""
        return SliceView(self.slicer, name, size)

    @staticmethod
    def connection_count(thing: Any = None) -> int:
        """How many Python functions are connected to the signals of an object, or of all objects."""
        return signals.connections(None if thing is None else unwrap(thing))

    @staticmethod
    def notes() -> list[str]:
        """What the host refused, which slots failed, which errors were logged; who reads them takes them as
        expected."""
        taken = list(refusal.notes)
        refusal.notes.clear()
        return taken

    use_palette = staticmethod(palettes.use)


class ModuleTexts:
    """What a module's own class fills: title, categories, texts."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)


def observers_of(thing: Any, events: Iterable[Any]) -> Any:
    """What watches a VTK object: the number for a scene, which prints it, and which of `events` are watched for a
    node."""
    if thing.IsA("vtkMRMLScene"):
        return str(thing).count("vtkObserver (")
    return {event for event in events if thing.HasObserver(event)}


@functools.cache
def _facade() -> Facade:
    standins.register()
    return Facade(the_application())


@contextmanager
def installed() -> Iterator[Facade]:
    """`slicer`, `qt` and `ctk` as modules, as long as the context lasts."""
    facade = _facade()
    before = {name: sys.modules.get(name) for name in ("qt", "ctk", "SampleData")}
    sys.modules["qt"], sys.modules["ctk"], sys.modules["SampleData"] = make_qt(), make_ctk(), sample_data.make()
    facade.install()
    try:
        yield facade
    finally:
        facade.uninstall()
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


@contextmanager
def running(folder: Path) -> Iterator[Host]:
    """A host with an empty scene, and settings and temporary files in `folder`.

    Raises AssertionError at the end where something was refused, a slot failed or an error was logged, and no test took
    it.
    """
    with installed() as facade, _errors_noted(), _library_kept():
        settings = QtCore.QSettings
        settings.setDefaultFormat(settings.Format.IniFormat)
        settings.setPath(settings.Format.IniFormat, settings.Scope.UserScope, str(folder))
        application = the_application()
        application.folder = str(folder)
        special.answers.__init__()  # type: ignore[misc]
        refusal.notes.clear()
        forget_modules()
        # What is older than this host is none of its garbage: hundreds of thousands of objects in a run of all tests.
        gc.freeze()
        scene, logics = new_scene(facade.slicer)
        facade.use(scene, logics)
        host = Host(facade)
        try:
            yield host
            left = list(refusal.notes)
        finally:
            host.quit()
            signals.forget(application)
            application.forget_translations()
            logics.let_go(scene)
            palettes.use("light")
            forget_modules()
            gc.unfreeze()
        assert not left, "the host noted: " + "; ".join(left)


def forget_modules() -> None:
    """Forget the modules that know an earlier `slicer` or `qt`."""
    for name in [
        name for name in sys.modules if name in _FRESH or name.startswith(tuple(f"{each}." for each in _FRESH))
    ]:
        del sys.modules[name]


@contextmanager
def _library_kept() -> Iterator[None]:
    """Give the tests back the library as they know it: reloading the module imports it anew."""
    before = _library()
    try:
        yield
    finally:
        after = _library()
        if any(after.get(name) is not module for name, module in before.items()):
            for name in after:
                del sys.modules[name]
            sys.modules.update(before)
        forget_modules()


def _library() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "RLNResponseLib"}


@contextmanager
def _errors_noted() -> Iterator[None]:
    """Note what is logged as an error: a panel that catches everything would hide it."""

    class Note(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            refusal.notes.append(f"logged: {record.getMessage()}")

    handler = Note(logging.ERROR)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


__all__: list[str | Callable[..., Any]] = ["Host", "installed", "observers_of", "running", "wrap"]
