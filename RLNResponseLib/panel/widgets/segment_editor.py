"""Segment Editor inside the panel: set up and torn down in the order that Slicer's own module keeps."""

from __future__ import annotations

from typing import Any

import qt
import slicer

from RLNResponseLib.scene.reading_nodes import ReadingNodes
from RLNResponseLib.scene.views import SINGLETON_TAG, editor_node

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

    """

    def __init__(self, layout: Any, scene: Any, tag: str = SINGLETON_TAG, *, lists_segments: bool = True) -> None:
        self._scene, self._tag = scene, tag
        self.widget = slicer.qMRMLSegmentEditorWidget()
        self.widget.setMaximumNumberOfUndoStates(10)
        # The node before the scene: choices that the widget makes on its own would otherwise not be kept.
        self.widget.setMRMLSegmentEditorNode(editor_node(scene, tag))
        self.widget.setMRMLScene(scene)
        self.widget.setEffectNameOrder(list(EFFECTS))
        self.widget.unorderedEffectsVisible = False
        self.widget.segmentationNodeSelectorVisible = False
        self.widget.sourceVolumeNodeSelectorVisible = False
        self.widget.addRemoveSegmentButtonsVisible = False
        self.widget.switchToSegmentationsButtonVisible = False
        self.widget.specifyGeometryButtonVisible = False
        if not lists_segments:
            for child in self.widget.findChildren(qt.QWidget, _TABLE_OF_SEGMENTS):
                child.visible = False
        layout.addWidget(self.widget)
        self.widget.visible = False
        self._nodes: ReadingNodes | None = None

    def edit(self, nodes: ReadingNodes) -> None:
        """Edit a segment."""
        self._nodes = nodes
        self.widget.setSegmentationNode(nodes.segmentation)
        self.widget.setSourceVolumeNode(nodes.volume)
        self.widget.setCurrentSegmentID(nodes.segment_id)
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
        self.widget.setMRMLSegmentEditorNode(editor_node(self._scene, self._tag))
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
        """The scene was emptied."""
        self.widget.setMRMLSegmentEditorNode(editor_node(self._scene, self._tag))
        if is_entered:
            self.widget.setupViewObservations()

    def cleanup(self) -> None:
        """The panel goes."""
        self.release()
        self.exit()
        self.widget.setMRMLScene(None)
