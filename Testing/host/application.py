"""slicer.app: a real QApplication with what the manifest of qSlicerApplication lists, where the host has it."""
# ruff: noqa: RUF012 - Qt's names and declarations

from __future__ import annotations

import platform
import tempfile
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtWidgets

from .immortal import protect_singletons
from .refusal import refuse

VERSION = "5.12.3"


class SlicerApplication(QtWidgets.QApplication):
    """The one application of the process; the host gives it a scene for each test."""

    QT_CLASS = "qSlicerApplication"
    startupCompleted = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)
    SIGNALS = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged"}
    scene: Any = None
    logics: Any = None
    folder = tempfile.gettempdir()
    locale = "en_US"
    translators: list[QtCore.QTranslator] = []

    def mrmlScene(self) -> Any:
        return self.scene

    def applicationLogic(self) -> Any:
        return self.logics.application

    def moduleLogic(self, name: str) -> Any:
        return self.logics.of_module(name)

    def layoutManager(self) -> Any:
        return self.logics.layout_manager()

    def moduleManager(self) -> Any:
        raise refuse("the host has no module manager")

    def ioManager(self) -> Any:
        raise refuse("the host has no I/O manager")

    def userSettings(self) -> QtCore.QSettings:
        return QtCore.QSettings()

    settings = revisionUserSettings = userSettings

    @staticmethod
    def testingEnabled() -> bool:
        return False

    @classmethod
    def loadTranslations(cls, folder: str) -> None:
        """As qSlicerCoreApplication: every .qm that ends on the language, with the country, or without one."""
        files = sorted(Path(folder).glob("*.qm"))
        for ending in (cls.locale, cls.locale.split("_")[0]):
            found = [file for file in files if file.stem.replace("-", "_").endswith(ending)]
            for file in found:
                translator = QtCore.QTranslator()
                assert translator.load(str(file)), f"{file} cannot be loaded"
                QtCore.QCoreApplication.installTranslator(translator)
                cls.translators.append(translator)
            if found:
                return

    @classmethod
    def forget_translations(cls) -> None:
        """In English again."""
        cls.locale = "en_US"
        while cls.translators:
            QtCore.QCoreApplication.removeTranslator(cls.translators.pop())

    def _locale(self) -> str:
        return self.locale

    def _folder(self) -> str:
        return self.folder

    def _settings_file(self) -> str:
        return QtCore.QSettings().fileName()

    applicationLocaleName = QtCore.Property(str, _locale)
    temporaryPath = QtCore.Property(str, _folder)
    cachePath = QtCore.Property(str, _folder)
    slicerUserSettingsFilePath = QtCore.Property(str, _settings_file)
    majorVersion = QtCore.Property(int, lambda _self: int(VERSION.split(".")[0]))
    minorVersion = QtCore.Property(int, lambda _self: int(VERSION.split(".")[1]))
    revision = QtCore.Property(str, lambda _self: "")
    os = QtCore.Property(str, lambda _self: platform.system().lower())
    platform = QtCore.Property(str, lambda _self: f"{platform.system().lower()}-amd64")


def the_application() -> SlicerApplication:
    """The process's application, drawn alike on every machine."""
    existing = QtWidgets.QApplication.instance()
    if isinstance(existing, SlicerApplication):
        return existing
    if existing is not None:
        raise RuntimeError("another QApplication was made before the host's")
    protect_singletons()
    made = SlicerApplication(["Slicer"])
    made.setStyle("Fusion")
    made.setOrganizationName("host")
    made.setApplicationName("Slicer")
    made.setApplicationVersion(VERSION)
    made.setQuitOnLastWindowClosed(False)
    return made
