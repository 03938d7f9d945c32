"""The MRML nodes of a reading: made together, marked, never saved with a scene, removed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.scene.ct_volume import add_ct
from RLNResponseLib.scene.segmentations import add_segmentation, show_contour

# Neutral: the subject hierarchy's names are saved with a scene even where the nodes are not, and a saved scene must not tell
# which lymph node was being read.
CT_NAME, SEGMENTATION_NAME = "CT being read", "Contour being read"
# The attribute that marks our nodes; its value is the lymph node's identifier.
MARK = "RLNResponse.reading"


@dataclass(frozen=True)
class ReadingNodes:
    """A reading in the scene: its CT, its segmentation, and the ID of the segment that it began with."""

    volume: Any
    segmentation: Any
    segment_id: str


def open_reading_nodes(scene: Any, ct: CTImage, lymph_node: str, contour: Contour | None) -> ReadingNodes:
    """The nodes of a reading of `lymph_node`, with its contour where there is one.

    They are left out when the scene is saved: a reading is kept in the study folder, blinded, and nowhere else.
    """
    volume = add_ct(scene, ct, CT_NAME)
    segmentation, segment_id = add_segmentation(scene, volume, SEGMENTATION_NAME)
    # The scene counts names that are gone too.
    volume.SetName(CT_NAME)
    segmentation.SetName(SEGMENTATION_NAME)
    if contour is not None:
        show_contour(segmentation, segment_id, contour, ct)
    for node in _with_their_own(volume, segmentation):
        node.SetSaveWithScene(False)
        node.SetAttribute(MARK, lymph_node)
    return ReadingNodes(volume, segmentation, segment_id)


def close_reading_nodes(scene: Any, nodes: ReadingNodes) -> None:
    """Take the nodes out of the scene, with their display and storage nodes; also where one of the two was deleted before."""
    lymph_node = nodes.segmentation.GetAttribute(MARK)
    marked = [node for node in reading_nodes_in(scene) if node.GetAttribute(MARK) == lymph_node]
    for node in _with_their_own(nodes.segmentation, nodes.volume) + marked:
        if scene.IsNodePresent(node):
            scene.RemoveNode(node)


def lost_of(scene: Any, nodes: ReadingNodes) -> str:
    """What of a reading is in the scene no more: "CT", "contour", or "" while both are there."""
    if not scene.IsNodePresent(nodes.volume):
        return "CT"
    return "" if scene.IsNodePresent(nodes.segmentation) else "contour"


def reading_nodes_in(scene: Any) -> tuple[Any, ...]:
    """Every node of ours that is in the scene."""
    found = [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
    return tuple(node for node in found if node.GetAttribute(MARK))


def _with_their_own(*nodes: Any) -> list[Any]:
    found = []
    for node in nodes:
        shown = [node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes())]
        found += [node, *shown, node.GetStorageNode()]
    return [node for node in found if node is not None]
