"""qMRMLSegmentEditorWidget: it keeps the editor node as Slicer's does; of its effects only one step can be done
here."""
# ruff: noqa: RUF012 - Qt's names and declarations

from __future__ import annotations

import logging
from typing import Any

from PySide6 import QtCore, QtWidgets

from ..refusal import refuse
from .effects import EFFECTS, qSlicerSegmentEditorScriptedEffect
from .kept import kept
from .widgets import qMRMLWidget

# In three nested frames of a panel of 440 px, which leave 372, the options of effects are cut.
_NEEDED_WIDTH = 374
_LOG = logging.getLogger("qMRMLSegmentEditorWidget")


class qMRMLSegmentEditorWidget(qMRMLWidget):
    """What is chosen lives in the editor node; a test draws into the segment itself (`host.draw`)."""

    segment_changed = QtCore.Signal(str)
    volume_changed = QtCore.Signal(object)
    segmentation_changed = QtCore.Signal(object)
    SIGNALS = {
        **qMRMLWidget.SIGNALS,
        "currentSegmentIDChanged(QString)": "segment_changed",
        "sourceVolumeNodeChanged(vtkMRMLVolumeNode*)": "volume_changed",
        "segmentationNodeChanged(vtkMRMLSegmentationNode*)": "segmentation_changed",
    }

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        frame = QtWidgets.QLabel("Segment Editor (its effects are not in the test host)", self)
        frame.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        frame.setWordWrap(True)
        # As high as the real one is with an effect's options, and the table of segments on top of it.
        frame.setMinimumHeight(250)
        table = QtWidgets.QFrame(self)
        table.setObjectName("SegmentsTableResizableFrame")
        table.setMinimumHeight(165)
        layout.addWidget(table)
        layout.addWidget(frame)
        self._effects = {name: qSlicerSegmentEditorScriptedEffect(self, name) for name in EFFECTS}
        self._active: qSlicerSegmentEditorScriptedEffect | None = None
        self._node: Any = None
        self._order: list[str] = []
        self.is_observing_views = False
        self.has_shortcuts = False

    segmentationNodeSelectorVisible = kept(bool, "segmentationNodeSelectorVisible", True)
    sourceVolumeNodeSelectorVisible = kept(bool, "sourceVolumeNodeSelectorVisible", True)
    addRemoveSegmentButtonsVisible = kept(bool, "addRemoveSegmentButtonsVisible", True)
    switchToSegmentationsButtonVisible = kept(bool, "switchToSegmentationsButtonVisible", True)
    specifyGeometryButtonVisible = kept(bool, "specifyGeometryButtonVisible", True)
    show3DButtonVisible = kept(bool, "show3DButtonVisible", True)
    maskingSectionVisible = kept(bool, "maskingSectionVisible", True)
    unorderedEffectsVisible = kept(bool, "unorderedEffectsVisible", True)
    autoShowSourceVolumeNode = kept(bool, "autoShowSourceVolumeNode", True)
    jumpToSelectedSegmentEnabled = kept(bool, "jumpToSelectedSegmentEnabled", False)
    undoEnabled = kept(bool, "undoEnabled", True)
    readOnly = kept(bool, "readOnly", False)
    maximumNumberOfUndoStates = kept(int, "maximumNumberOfUndoStates", 10)
    effectColumnCount = kept(int, "effectColumnCount", 2)
    defaultTerminologyEntry = kept(str, "defaultTerminologyEntry", "")
    defaultTerminologyEntrySettingsKey = kept(str, "defaultTerminologyEntrySettingsKey", "")

    def setMaximumNumberOfUndoStates(self, count: int) -> None:
        self.maximumNumberOfUndoStates = count

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        self._node = node

    def mrmlSegmentEditorNode(self) -> Any:
        return self._node

    def setSegmentationNode(self, node: Any) -> None:
        editor = self._editor("setSegmentationNode")
        if editor is None or editor.GetSegmentationNode() is node:
            return
        if node is None and editor.GetSourceVolumeNode() is not None:
            # Slicer's selector of volumes takes another one when this one leaves the scene, and that is complained of.
            _LOG.error("the segmentation was released before the source volume")
        editor.SetAndObserveSegmentationNode(node)
        self.setActiveEffect(None)
        # As Slicer's: another segmentation begins with its first segment.
        identifiers = node.GetSegmentation().GetSegmentIDs() if node is not None else ()
        self.setCurrentSegmentID(identifiers[0] if identifiers else "")
        self.segmentation_changed.emit(node)

    def segmentationNode(self) -> Any:
        return self._node.GetSegmentationNode() if self._node is not None else None

    def segmentationNodeID(self) -> str:
        node = self.segmentationNode()
        return node.GetID() if node is not None else ""

    def setSourceVolumeNode(self, node: Any) -> None:
        editor = self._editor("setSourceVolumeNode")
        if editor is None or editor.GetSourceVolumeNode() is node:
            return
        if editor.GetSegmentationNode() is None:
            if node is not None:
                _LOG.error("SetSourceVolumeNode: need to set segment editor and segmentation nodes first")
            return
        editor.SetAndObserveSourceVolumeNode(node)
        self.volume_changed.emit(node)

    def sourceVolumeNode(self) -> Any:
        return self._node.GetSourceVolumeNode() if self._node is not None else None

    def setCurrentSegmentID(self, identifier: str) -> None:
        editor = self._editor("setCurrentSegmentID")
        if editor is not None and (editor.GetSelectedSegmentID() or "") != identifier:
            # As Slicer's: only a click in the editor's own table emits currentSegmentIDChanged, no call and no key.
            editor.SetSelectedSegmentID(identifier)

    def currentSegmentID(self) -> str:
        return (self._node.GetSelectedSegmentID() or "") if self._node is not None else ""

    def setEffectNameOrder(self, names: list[str]) -> None:
        self._order = list(names)

    def effectNameOrder(self) -> list[str]:
        return self._order

    def availableEffectNames(self) -> list[str]:
        return list(self._effects)

    def offered_effects(self) -> list[str]:
        """For tests: the effects that have a button."""
        ordered = [name for name in self._order if name in self._effects]
        return ordered + ([name for name in EFFECTS if name not in ordered] if self.unorderedEffectsVisible else [])

    def effectByName(self, name: str) -> Any:
        return self._effects.get(name)

    def activeEffect(self) -> Any:
        return self._active

    def setActiveEffect(self, effect: Any) -> None:
        self._active = effect
        if self._node is not None:  # as Slicer's, which keeps it in the node
            self._node.SetActiveEffectName("" if effect is None else effect.objectName())

    def setActiveEffectByName(self, name: str) -> None:
        if name and self._node is None:
            raise refuse("an effect of qMRMLSegmentEditorWidget cannot be active before setMRMLSegmentEditorNode")
        self.setActiveEffect(self._effects.get(name))

    def minimumSizeHint(self) -> QtCore.QSize:
        return super().minimumSizeHint().expandedTo(QtCore.QSize(_NEEDED_WIDTH, 0))

    def setupViewObservations(self) -> None:
        self.is_observing_views = True

    def removeViewObservations(self) -> None:
        self.is_observing_views = False

    def installKeyboardShortcuts(self, _parent: Any = None) -> None:
        self.has_shortcuts = True

    def uninstallKeyboardShortcuts(self) -> None:
        self.has_shortcuts = False

    def updateWidgetFromMRML(self) -> None:
        self.update()

    def _editor(self, step: str) -> Any:
        """The editor node; Slicer's widget ignores what it is told before it has one, so that is refused."""
        if self._node is None:
            raise refuse(f"qMRMLSegmentEditorWidget.{step} before setMRMLSegmentEditorNode has no effect in Slicer")
        return self._node
