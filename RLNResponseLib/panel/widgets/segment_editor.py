"""Segment Editor inside the panel: set up and torn down in the order that Slicer's own module keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk

from RLNResponseLib.scene.observers import SceneObservers
from RLNResponseLib.scene.reading_nodes import ReadingNodes
from RLNResponseLib.scene.views import SINGLETON_TAG, editor_node, leave_others

# What works with one segment of one lymph node; Grow from seeds, for one, needs two.
EFFECTS = (
    "Paint",
    "Draw",
    "Erase",
    "Scissors",
    "Threshold",
    "Islands",
    "Smoothing",
    "Fill between slices",
    "Logical operators",
)
# Slicer's own name of it inside the widget.
_TABLE_OF_SEGMENTS = "SegmentsTableResizableFrame"


class EmbeddedSegmentEditor:
    """One segment of one segmentation on one CT: what would lead elsewhere is hidden.

    Parameters
    ----------
    layout
        Where it is put.
    scene
        The MRML scene.
    tag
        The singleton tag of its segment editor node.
    lists_segments
        Whether it shows its own table of segments; the panel may have one.
    on_choice
        Called with a segment's ID when Segment Editor's own keys chose it.

    """

    def __init__(
        self,
        layout: Any,
        scene: Any,
        tag: str = SINGLETON_TAG,
        *,
        lists_segments: bool = True,
        on_choice: Callable[[str], Any] | None = None,
    ) -> None:
        self._scene, self._tag, self._on_choice = scene, tag, on_choice
        self._nodes: ReadingNodes | None = None
        self._is_choosing = False
        self._observers = SceneObservers()
        self.widget = slicer.qMRMLSegmentEditorWidget()
        self.widget.setMaximumNumberOfUndoStates(10)
        # The node before the scene: choices that the widget makes on its own would otherwise not be kept.
        self._use_editor_node()
        self.widget.setMRMLScene(scene)
        self.widget.setEffectNameOrder(list(EFFECTS))
        self.widget.unorderedEffectsVisible = False
        self.widget.segmentationNodeSelectorVisible = False
        self.widget.sourceVolumeNodeSelectorVisible = False
        self.widget.addRemoveSegmentButtonsVisible = False
        self.widget.switchToSegmentationsButtonVisible = False
        self.widget.specifyGeometryButtonVisible = False
        self.list_segments(lists_segments)
        layout.addWidget(self.widget)
        self.widget.visible = False

    def list_segments(self, are_listed: bool) -> None:
        """Show Segment Editor's own table of segments, or leave its room to the options of the effects."""
        for child in self.widget.findChildren(qt.QWidget, _TABLE_OF_SEGMENTS):
            child.visible = are_listed

    def edit(self, nodes: ReadingNodes) -> None:
        """Edit a segment."""
        self._nodes = nodes
        # A segmentation that is new to the editor begins with its first segment.
        self._is_choosing = True
        try:
            self.widget.setSegmentationNode(nodes.segmentation)
            self.widget.setSourceVolumeNode(nodes.volume)
            self.widget.setCurrentSegmentID(nodes.segment_id)
        finally:
            self._is_choosing = False
        self.widget.visible = True

    def draw_in(self, nodes: ReadingNodes) -> None:
        """Go on in a segment, where the one before was removed."""
        self._nodes = nodes
        if self.widget.currentSegmentID() == "":
            self.widget.setCurrentSegmentID(nodes.segment_id)

    def release(self) -> None:
        """Let go of the nodes, before they leave the scene."""
        self._nodes = None
        self.widget.setActiveEffect(None)
        # Without a segmentation the widget would keep the volume, and complain when that leaves the scene.
        self.widget.setSourceVolumeNode(None)
        self.widget.setSegmentationNode(None)
        self.widget.visible = False

    def enter(self) -> None:
        """The module is shown."""
        # Slicer empties the scene's singletons when the scene is closed, so the node may be a new one.
        self._use_editor_node()
        if self._nodes is not None:
            self.edit(self._nodes)
        self.widget.setupViewObservations()
        self.widget.installKeyboardShortcuts()

    def exit(self) -> None:
        """Another module is shown: effects, shortcuts and observations must not stay behind."""
        self.widget.setActiveEffect(None)
        self.widget.uninstallKeyboardShortcuts()
        self.widget.removeViewObservations()

    def scene_closing(self) -> None:
        """The scene is about to be emptied."""
        self.release()
        self.widget.removeViewObservations()

    def scene_closed(self, is_entered: bool) -> None:
        """The scene was emptied, and its editor nodes are as Slicer makes them."""
        self._use_editor_node()
        leave_others(self.widget.mrmlSegmentEditorNode())
        if is_entered:
            self.widget.setupViewObservations()

    def cleanup(self) -> None:
        """The panel goes."""
        self.release()
        self.exit()
        self._observers.remove_all()
        self.widget.setMRMLScene(None)

    def _use_editor_node(self) -> None:
        node = editor_node(self._scene, self._tag)
        self.widget.setMRMLSegmentEditorNode(node)
        self._observers.remove_all()
        if self._on_choice is not None:
            # The widget's signal is emitted for clicks in its own table only, not for its keys.
            self._observers.add(node, vtk.vtkCommand.ModifiedEvent, self._tell_choice)

    def _tell_choice(self) -> None:
        if self._nodes is None or self._is_choosing or self._on_choice is None:
            return
        # After a scene is imported the widget may take another segmentation, whose segments may have the same IDs.
        is_ours = self.widget.mrmlSegmentEditorNode().GetSegmentationNode() is self._nodes.segmentation
        segment_id = self.widget.currentSegmentID()
        if is_ours and segment_id and segment_id != self._nodes.segment_id:
            self._on_choice(segment_id)
