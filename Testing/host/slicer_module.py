"""The module `slicer`: slicer-core's own MRML and slicer.util, and around them the parts that need Qt."""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from PySide6 import QtCore

from . import manifest, packaging, parameter_node, scripted_module
from .application import SlicerApplication
from .objects import wrap, wrapper_class
from .qt_module import refused
from .refusal import refuse
from .special import answers
from .ui_loader import load_ui

# Functions of slicer.util that work in the host as they are: on nodes, arrays and files, or through `qt` and
# slicer.app.
REAL_UTIL = """
VTKObservationMixin MRMLNodeNotFoundException NodeModify addVolumeFromArray array arrayFromGridTransform
arrayFromGridTransformModified arrayFromMarkupsControlPointData arrayFromMarkupsControlPoints arrayFromMarkupsCurvePoints
arrayFromModelPointData arrayFromModelPoints arrayFromModelPointsModified arrayFromModelPolyIds arrayFromSegment
arrayFromSegmentBinaryLabelmap arrayFromSegmentInternalBinaryLabelmap arrayFromTableColumn arrayFromTransformMatrix
arrayFromVTKMatrix arrayFromVolume arrayFromVolumeModified chdir childWidgetVariables computeChecksum findChild findChildren
getFilesInDirectory getFirstNodeByClassByName getFirstNodeByName getNode getNodes getNodesByClass
getSubjectHierarchyItemChildren itkImageFromVolume longPath settingsValue tempDirectory toBool updateMarkupsControlPointsFromArray
updateSegmentBinaryLabelmapFromArray updateTableFromArray updateTransformMatrixFromArray updateVTKMatrixFromArray
updateVolumeFromArray updateVolumeFromITKImage vtkMatrixFromArray dataframeFromTable addVolumeFromITKImage
""".split()  # noqa: SIM905
_DIALOGS = """
confirmOkCancelDisplay confirmRetryCloseDisplay confirmYesNoDisplay errorDisplay infoDisplay messageBox warningDisplay
""".split()  # noqa: SIM905


class SlicerModules:
    """slicer.modules: the modules whose logic the host has, and the module under test once it is opened."""

    def __init__(self, logics: Any) -> None:
        self._logics = logics
        self._opened: dict[str, SlicerModule] = {}

    def open(self, module: SlicerModule) -> None:
        """For the host: a module is opened."""
        self._opened[module.name.lower()] = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._opened:
            return self._opened[name]
        if not self._logics.has(name):
            raise AttributeError(f"the host's slicer.modules has no {name}")
        return SlicerModule(name, self._logics)


@dataclass(frozen=True)
class SlicerModule:
    """One module of slicer.modules.

    widget, reload, select  for a module that the host opened: its widget, and what reloads and shows it
    """

    name: str
    logics: Any
    path: str = ""
    widget: Any = None
    reload: Callable[[], None] | None = None
    select: Callable[[], None] | None = None

    def logic(self) -> Any:
        return self.logics.of_module(self.name)

    def widgetRepresentation(self) -> Any:
        if self.widget is None:
            raise refuse(f"the host has no widget of the module {self.name}")
        return self.widget


class SlicerFacade(ModuleType):
    """What the real module's class becomes: the widgets' classes are made when they are asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("qMRML", "qSlicer")) and manifest.knows(name):
            return wrapper_class(name)
        raise AttributeError(f"module slicer of the host has no {name}; if Slicer has it, see Testing/host/README.md")


class Facade:
    """Slicer's Python modules as long as the host is installed."""

    def __init__(self, application: SlicerApplication) -> None:
        self.slicer = importlib.import_module("slicer")
        self._util = importlib.import_module("slicer.util")
        self._application = application
        self.status_message = ""
        self._before = dict(vars(self.slicer))
        self._util_before = dict(vars(self._util))
        self._modules_before = {name: sys.modules.get(name) for name in (*self._own_modules(), "slicer.packaging")}
        self._packaging = packaging.Finder()

    def install(self) -> None:
        """Put the application's parts into slicer and sys.modules."""
        # slicer-core puts every name of slicer.util on slicer itself; the application does not.
        for name in list(vars(self.slicer)):
            if name in vars(self._util) and not name.startswith("_") and not name.startswith("vtk"):
                delattr(self.slicer, name)
        self.slicer.__class__ = SlicerFacade
        self.slicer.util = self._util
        self.slicer.app = wrap(self._application)
        self._replace_util()
        for name, module in self._own_modules().items():
            sys.modules[name] = module
            setattr(self.slicer, name.split(".")[1], module)
        # As in the application, slicer.packaging is there for whoever imports it, and no attribute before.
        vars(self.slicer).pop("packaging", None)
        sys.modules.pop("slicer.packaging", None)
        sys.meta_path.insert(0, self._packaging)

    def uninstall(self) -> None:
        """Leave slicer-core as it was."""
        sys.meta_path.remove(self._packaging)
        self.slicer.__class__ = ModuleType
        for module, before in ((self.slicer, self._before), (self._util, self._util_before)):
            for name in set(vars(module)) - set(before):
                delattr(module, name)
            vars(module).update(before)
        for name, module in self._modules_before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module

    def use(self, scene: Any, logics: Any) -> None:
        """Another scene."""
        self.status_message = ""
        SlicerApplication.scene, SlicerApplication.logics = scene, logics
        self.slicer.mrmlScene = scene
        self.slicer.modules = SlicerModules(logics)

    def _own_modules(self) -> dict[str, ModuleType]:
        if not hasattr(self, "_made"):
            self._made = {
                "slicer.ScriptedLoadableModule": scripted_module.make(),
                "slicer.parameterNodeWrapper": parameter_node.make(),
                "slicer.i18n": _translations(),
            }
        return self._made

    def _replace_util(self) -> None:
        for name, value in list(vars(self._util).items()):
            is_own = inspect.isfunction(value) and value.__module__ == self._util.__name__
            if is_own and name not in REAL_UTIL and not name.startswith("_"):
                setattr(self._util, name, refused(f"slicer.util.{name}"))
        for name in _DIALOGS:
            setattr(self._util, name, _dialog(name))
        self._util.loadUI = load_ui
        self._util.mainWindow = lambda: None
        self._util.delayDisplay = self._delay_display
        self._util.showStatusMessage = self._show_status_message
        self._util.pip_install = packaging.pip_install
        self._util.modulePath = lambda name: getattr(self.slicer.modules, name.lower()).path
        self._util.reloadScriptedModule = lambda name: getattr(self.slicer.modules, name.lower()).reload()
        self._util.selectModule = self._select
        self._util.toVTKString = lambda text: text

    def _select(self, module: str) -> None:
        chosen = getattr(self.slicer.modules, module.lower())
        if chosen.select is None:
            raise refuse(f"the host shows no module {module}")
        chosen.select()

    def _show_status_message(self, message: str, duration: int = 0) -> bool:
        """The status bar of the main window, as the host knows it."""
        self.status_message = message
        return True

    def _delay_display(self, message: str, autoCloseMsec: int = 1000, parent: Any = None, **_named: Any) -> None:
        """No window; what it would have said is printed, and time for events given, as with a delay under 400 ms."""
        print(message)
        self._application.processEvents()


def _dialog(name: str) -> Callable[..., Any]:
    def ask(text: str = "", *_arguments: Any, **named: Any) -> Any:
        answers.named = named
        return answers.give("confirm" if name.startswith("confirm") else "", f"slicer.util.{name}", text)

    return ask


def _translations() -> ModuleType:
    module = ModuleType("slicer.i18n")
    module.tr = lambda text: _translated(_context_of(sys._getframe(1).f_code.co_filename), text)  # type: ignore[attr-defined]
    module.translate = _translated  # type: ignore[attr-defined]
    module.getContext = _context_of  # type: ignore[attr-defined]
    return module


def _translated(context: str, text: str) -> str:
    """As slicer.i18n: a translation that lost a placeholder, or made one up, is not taken."""
    words = QtCore.QCoreApplication.translate(context, text)
    placeholders = [set(re.findall(r"(?<!\{)\{([^{}]+)\}(?!\})", each)) for each in (text, words)]
    if placeholders[0] != placeholders[1]:
        logging.getLogger().error("the placeholders of %r are not those of %r", words, text)
        return text
    return words


@functools.cache
def _context_of(source: str) -> str:
    """As slicer.i18n: the file's name, behind its folder's where that is a package."""
    path = Path(source)
    return f"{path.parent.name}.{path.stem}" if (path.parent / "__init__.py").is_file() else path.stem
