"""The MRML nodes of a reading: made together, marked, never saved with a scene, removed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.scene.ct_volume import add_ct
from RLNResponseLib.scene.segmentations import add_segmentation, show_contour

# The attribute that marks our nodes; its value is the lymph node's identifier.
MARK = "RLNResponse.reading"


@dataclass(frozen=True)
class ReadingNodes:
    """A reading in the scene: its CT, its segmentation, and the ID of the one segment."""

    volume: Any
    segmentation: Any
    segment_id: str


def open_reading_nodes(scene: Any, ct: CTImage, lymph_node: str, contour: Contour | None) -> ReadingNodes:
    """The nodes of a reading of `lymph_node`, with its contour where there is one.

    They are left out when the scene is saved: a reading is kept in the study folder, blinded, and nowhere else.
    """
    volume = add_ct(scene, ct, f"CT of {lymph_node}")
    segmentation, segment_id = add_segmentation(scene, volume, lymph_node)
    if contour is not None:
        show_contour(segmentation, segment_id, contour, ct)
    for node in _with_their_own(volume, segmentation):
        node.SetSaveWithScene(False)
        node.SetAttribute(MARK, lymph_node)
    return ReadingNodes(volume, segmentation, segment_id)


def close_reading_nodes(scene: Any, nodes: ReadingNodes) -> None:
    """Take the nodes out of the scene, with their display and storage nodes."""
    for node in _with_their_own(nodes.segmentation, nodes.volume):
        if scene.IsNodePresent(node):
            scene.RemoveNode(node)


def reading_nodes_in(scene: Any) -> tuple[Any, ...]:
    """Every node of ours that is in the scene."""
    found = [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
    return tuple(node for node in found if node.GetAttribute(MARK))


def _with_their_own(*nodes: Any) -> list[Any]:
    found = []
    for node in nodes:
        found += [node, node.GetDisplayNode(), node.GetStorageNode()]
    return [node for node in found if node is not None]
