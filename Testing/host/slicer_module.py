"""The module `slicer`: the real MRML libraries and slicer.util of slicer-core, and a facade of the application around them."""

import sys
import types
from dataclasses import dataclass, field

from host import parameter_node, scripted_module, widgets
from host.manifest import PYTHON, members
from host.pythonqt import adopt
from host.qt_module import RefusedError

SLICE_VIEWS = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}
# What slicer.util would show in a dialog.
DIALOGS = (
    "confirmOkCancelDisplay",
    "confirmYesNoDisplay",
    "errorDisplay",
    "warningDisplay",
    "infoDisplay",
    "messageBox",
    "delayDisplay",
)


@dataclass
class Answers:
    """What a test says the user, or the network, answers. None: being asked is a failure."""

    confirm: bool | None = None
    pip: object = None
    asked: list = field(default_factory=list)


class Application:
    """slicer.app: only what the manifest of qSlicerApplication lists."""

    def __init__(self, application):
        self._application = application
        self._callbacks = {}
        self.applicationVersion = "5.12.3"

    def connect(self, signal, call):
        if signal not in members("qSlicerApplication", "signals") | members("QApplication", "signals"):
            raise ValueError(f"qSlicerApplication of Slicer 5.12 has no signal {signal}")
        self._callbacks.setdefault(signal, []).append(call)

    def disconnect(self, signal, call):
        self._callbacks[signal].remove(call)

    def emit(self, signal):
        """For tests: Slicer starts up or quits."""
        for call in list(self._callbacks.get(signal, [])):
            call()

    def connections(self):
        """For tests: how many are left."""
        return sum(map(len, self._callbacks.values()))

    def processEvents(self):
        self._application.processEvents()

    def clipboard(self):
        return adopt(self._application.clipboard())

    def palette(self):
        return self._application.palette()

    def __getattr__(self, name):
        raise RefusedError(f"the host's slicer.app has no {name}")


def make(application, answers):
    """The module with an empty scene."""
    import slicer

    slicer.app = Application(application)
    # The logics watch the scene for as long as they live.
    slicer.mrmlScene, slicer.app.logics = new_scene(slicer)
    slicer.modules = types.SimpleNamespace()
    for name in ("qMRMLWidget", "qMRMLNodeComboBox", "qMRMLSegmentEditorWidget"):
        setattr(slicer, name, getattr(widgets, name))
    slicer.i18n = _module("slicer.i18n", tr=lambda text: text, translate=lambda _context, text: text)
    slicer.parameterNodeWrapper = _module("slicer.parameterNodeWrapper", parameterNodeWrapper=parameter_node.wrapper)
    slicer.ScriptedLoadableModule = scripted_module.make()
    slicer.packaging = _module("slicer.packaging", pip_ensure=lambda names, **named: _pip(answers, names, named))
    for name in DIALOGS:
        setattr(slicer.util, name, _dialog(name, answers))
    slicer.util.mainWindow = lambda: None
    slicer.util.selectModule = lambda _name: None
    return slicer


def new_scene(slicer):
    """A scene with slice views, colours and the segmentation logic, as the application makes it."""
    scene = slicer.vtkMRMLScene()
    colours = slicer.vtkMRMLColorLogic()
    colours.SetMRMLScene(scene)
    colours.AddDefaultColorNodes()
    segmentations = slicer.vtkSlicerSegmentationsModuleLogic()
    segmentations.SetMRMLScene(scene)
    views = {}
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    for name, orientation in SLICE_VIEWS.items():
        views[name] = slicer.vtkMRMLSliceLogic()
        views[name].SetMRMLScene(scene)
        views[name].AddSliceNode(name)
        views[name].GetSliceNode().SetOrientation(orientation)
    return scene, {"colours": colours, "segmentations": segmentations, **views}


def _module(name, **content):
    module = types.ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module
    return module


def _dialog(name, answers):
    def ask(text="", *_, **__):
        answers.asked.append((name, text))
        if not name.startswith("confirm"):
            raise RefusedError(f"slicer.util.{name} was called: the panel speaks in its status line")
        if answers.confirm is None:
            raise RefusedError(f"slicer.util.{name} was called; set answers.confirm first")
        return answers.confirm

    return ask


def _pip(answers, names, named):
    assert "pip_ensure" in PYTHON["packaging"]["functions"]
    if answers.pip is None:
        raise RefusedError("pip was called; set answers.pip first")
    answers.asked.append(("pip_ensure", tuple(names)))
    return answers.pip(names, named)
