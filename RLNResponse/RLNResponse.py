"""The module's door; what it does is in RLNResponseLib. Research use only, not a medical device."""

import importlib
import logging
import sys
import time
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

# In a clone the library lies beside the module's folder; installed, in the module's own, which Slicer knows.
_CLONE = Path(__file__).resolve().parent.parent
if (_CLONE / "RLNResponseLib").is_dir() and str(_CLONE) not in sys.path:
    sys.path.insert(0, str(_CLONE))


class RLNResponse(ScriptedLoadableModule):
    """What Slicer shows of the module in its menus."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("RLNResponse")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        self.parent.dependencies = ["Segmentations", "SegmentEditor"]
        self.parent.contributors = ["The RLNResponse developers"]
        self.parent.helpText = _(
            "Contour recurrent lymph nodes after esophagectomy on contrast CT, blinded and repeated in a study or for "
            "one patient, and see the Rad-scores of Gu et al. 2021 beside the contour. Research use only, not a "
            "medical device."
        )
        self.parent.acknowledgementText = _(
            "Replicates Gu et al. 2021, doi 10.21203/rs.3.rs-174078/v1; pyradiomics' features."
        )
        slicer.app.connect("startupCompleted()", prepare_slicer)


class RLNResponseWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Builds the panel and hands Slicer's events to it."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = self.panel = None
        self._parameters = self._connection = None

    def setup(self):
        """Slicer opens the module for the first time. A panel that cannot be built says so, and Slicer goes on."""
        ScriptedLoadableModuleWidget.setup(self)
        try:
            self._build()
        except Exception as error:
            logging.getLogger("RLNResponse").exception("the panel could not be built")
            self._show_failure(error)

    def _build(self):
        from RLNResponseLib.common.clock import now
        from RLNResponseLib.panel.module_panel import ModulePanel

        # Slicer compiles the translations of its own modules only; it loads those of its language.
        slicer.app.loadTranslations(self.resourcePath("Translations"))
        self.logic = RLNResponseLogic()
        self.panel = ModulePanel(
            layout=self.layout,
            scene=slicer.mrmlScene,
            load_ui=self._load_ui,
            now=now,
            seconds=time.monotonic,
            slicer_version=slicer.app.applicationVersion,
        )
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self._scene_closing)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self._scene_closed)
        slicer.app.connect("aboutToQuit()", self._quitting)
        self._connect_parameters()

    def _load_ui(self, name):
        widget = slicer.util.loadUI(self.resourcePath(f"UI/{name}.ui"))
        # At once: a form that nobody owned would be deleted after the application and the scene, and Slicer crash.
        widget.setParent(self.parent)
        return widget

    def _show_failure(self, error):
        """One sentence in place of the panel; what was built of it is hidden and lets go of the scene."""
        import qt

        for child in filter(lambda child: child.isWidgetType(), self.parent.children()):
            child.hide()
        for child in slicer.util.findChildren(self.parent):
            if hasattr(child, "setMRMLScene"):
                child.setMRMLScene(None)
        self.cleanup()
        self.panel = None
        sentence = _(
            "RLNResponse could not be opened ({error}); nothing in the scene or a study was changed, and the log says "
            "why."
        )
        label = qt.QLabel(sentence.format(error=type(error).__name__))
        label.wordWrap = True
        self.layout.addWidget(label)
        self.layout.addStretch(1)

    def enter(self):
        """The user opens the module. Slicer calls this, `exit` and `cleanup` also where `setup` failed."""
        if self.panel is not None:
            self._connect_parameters()
            self.panel.enter()

    def exit(self):
        """The user opens another module."""
        if self.panel is not None:
            self._disconnect_parameters()
            self.panel.exit()

    def cleanup(self):
        """Slicer quits, or the module is reloaded: drafts are kept, observers and connections go."""
        slicer.app.disconnect("aboutToQuit()", self._quitting)
        self.removeObservers()
        self._disconnect_parameters()
        if self.panel is not None:
            self.panel.cleanup()

    def onReload(self):
        """Reload the library too, so that a change in it is seen without restarting Slicer."""
        self.cleanup()
        for name in [name for name in sys.modules if name.split(".")[0] == "RLNResponseLib"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        self.cleanup = lambda: None  # Slicer's own reload calls it again
        ScriptedLoadableModuleWidget.onReload(self)

    def _scene_closing(self, _caller, _event):
        self._disconnect_parameters()
        self.panel.scene_closing()

    def _scene_closed(self, _caller, _event):
        if self.parent.isEntered:
            self._connect_parameters()
        self.panel.scene_closed(bool(self.parent.isEntered))

    def _quitting(self):
        if self.panel is not None:
            self.panel.exit()

    def _connect_parameters(self):
        if self._parameters is None:
            self._parameters = self.logic.parameters()
            self._connection = self._parameters.connectGui(self.panel.score.widget)

    def _disconnect_parameters(self):
        if self._parameters is not None:
            self._parameters.disconnectGui(self._connection)
            self._parameters = self._connection = None


class RLNResponseLogic(ScriptedLoadableModuleLogic):
    """For scripts in Slicer: a score without the panel."""

    def parameters(self):
        """The module's parameter node."""
        from RLNResponseLib.scene.views import RLNResponseParameterNode

        return RLNResponseParameterNode(self.getParameterNode())

    def score(self, volume, segmentation, segment_id):
        """The published scores of one segment on a CT: `RLNResponseLib.scene.segmentations.score_segment`."""
        from RLNResponseLib.scene.segmentations import score_segment

        return score_segment(volume, segmentation, segment_id)


def prepare_slicer():
    """Slicer has started: the phantom is offered in the Sample Data module, and there are views to see it in."""
    from RLNResponseLib.scene.startup import prepare

    prepare(slicer.mrmlScene, Path(__file__).resolve().parent / "Resources" / "Icons" / "RLNResponse.png")


class RLNResponseTest(ScriptedLoadableModuleTest):
    """The whole way in any Slicer: sample data, reading, lock, score."""

    def runTest(self):
        """Slicer's Reload and Test, and `make slicer-test`, run this."""
        self.setUp()
        from RLNResponseLib.panel.self_check import run_self_check

        run_self_check(self.delayDisplay)
        self.delayDisplay(_("RLNResponse's self-test passed."))

    def setUp(self):
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()
