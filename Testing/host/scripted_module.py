"""slicer.ScriptedLoadableModule: the four base classes, as far as a module's entry file uses them."""

import inspect
import sys
import types
import unittest
from pathlib import Path

from PySide6 import QtWidgets

from host.manifest import PYTHON
from host.pythonqt import qt_class


def make():
    """The module."""
    module = types.ModuleType("slicer.ScriptedLoadableModule")
    for cls in (
        ScriptedLoadableModule,
        ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest,
    ):
        known = set(PYTHON["ScriptedLoadableModule"]["classes"][cls.__name__])
        own = {name for name in vars(cls) if inspect.isfunction(vars(cls)[name])}
        assert own <= known, f"{cls.__name__} of Slicer has no {own - known}"
        setattr(module, cls.__name__, cls)
    sys.modules[module.__name__] = module
    return module


class ScriptedLoadableModule:
    def __init__(self, parent):
        self.parent = parent


class ModuleParent(QtWidgets.QWidget):
    """The widget that Slicer gives a module: with a layout, and whether the module is shown."""

    isEntered = False


class ScriptedLoadableModuleWidget:
    def __init__(self, parent=None):
        self.parent = parent
        self.layout = qt_class("QVBoxLayout")(parent)
        self.moduleName = type(self).__name__.removesuffix("Widget")

    def setup(self):
        pass

    def cleanup(self):
        pass

    def resourcePath(self, filename):
        return str(Path(inspect.getfile(type(self))).parent / "Resources" / filename)

    def onReload(self):
        self.cleanup()


class ScriptedLoadableModuleLogic:
    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self):
        import slicer

        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(self.moduleName)
            node = slicer.mrmlScene.AddNode(node)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    def __init__(self, *arguments, **named):
        super().__init__("runTest", *arguments, **named)

    def runTest(self):
        raise NotImplementedError

    def delayDisplay(self, message, requestedDelay=None, msec=None):
        print(message)
