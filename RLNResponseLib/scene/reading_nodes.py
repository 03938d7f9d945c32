"""The nodes of a reading in the scene: made together, marked, never saved with a scene, and removed together.

Apart from `readings.py`, which says what a reader does with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.scene.segmentations import add_segmentation, show_contour
from RLNResponseLib.scene.volumes import add_ct

# Neutral: the subject hierarchy's names are saved with a scene even where the nodes are not, and a saved scene must not
# tell which lymph node was being read.
CT_NAME, SEGMENTATION_NAME = "CT being read", "Contour being read"
# The attribute that marks our nodes; its value is the lymph node's identifier.
MARK = "RLNResponse.reading"


@dataclass(frozen=True)
class ReadingNodes:
    """A reading's nodes in the scene.

    Attributes
    ----------
    volume
        The vtkMRMLScalarVolumeNode of its CT.
    segmentation
        The vtkMRMLSegmentationNode of its contour.
    segment_id
        Of the segment to draw in.

    """

    volume: Any
    segmentation: Any
    segment_id: str


def open_reading_nodes(scene: Any, ct: CTImage, lymph_node: str, contour: Contour | None) -> ReadingNodes:
    """Bring a reading into the scene.

    The nodes are left out when the scene is saved: a reading is kept in the study folder, blinded, and nowhere else.

    Parameters
    ----------
    scene
        The MRML scene.
    ct
        The study's CT.
    lymph_node
        The lymph node's identifier, which marks the nodes.
    contour
        What is drawn already, None where nothing is.

    Returns
    -------
    ReadingNodes

    """
    volume = add_ct(scene, ct, CT_NAME)
    segmentation, segment_id = add_segmentation(scene, volume, SEGMENTATION_NAME)
    # The scene counts names that are gone too.
    volume.SetName(CT_NAME)
    segmentation.SetName(SEGMENTATION_NAME)
    if contour is not None:
        show_contour(segmentation, segment_id, contour, ct)
    for node in with_display_and_storage(volume, segmentation):
        node.SetSaveWithScene(False)
        node.SetAttribute(MARK, lymph_node)
    return ReadingNodes(volume=volume, segmentation=segmentation, segment_id=segment_id)


def close_reading_nodes(scene: Any, nodes: ReadingNodes) -> None:
    """Take a reading out of the scene, with its display and storage nodes.

    Parameters
    ----------
    scene
        The MRML scene.
    nodes
        Of the reading; one of the two may have been deleted before.

    """
    lymph_node = nodes.segmentation.GetAttribute(MARK)
    marked = [node for node in reading_nodes_in(scene) if node.GetAttribute(MARK) == lymph_node]
    for node in with_display_and_storage(nodes.segmentation, nodes.volume) + marked:
        if scene.IsNodePresent(node):
            scene.RemoveNode(node)


def missing_part(scene: Any, nodes: ReadingNodes) -> str:
    """What of a reading was deleted from the scene.

    Parameters
    ----------
    scene
        The MRML scene.
    nodes
        Of the reading.

    Returns
    -------
    str
        "CT", "contour", or "" while both are there.

    """
    if not scene.IsNodePresent(nodes.volume):
        return "CT"
    return "" if scene.IsNodePresent(nodes.segmentation) else "contour"


def reading_nodes_in(scene: Any) -> tuple[Any, ...]:
    """The nodes of readings in the scene.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    tuple
        By their mark, display and storage nodes too.

    """
    nodes = [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
    return tuple(node for node in nodes if node.GetAttribute(MARK))


def with_display_and_storage(*nodes: Any) -> list[Any]:
    """The nodes, each with its display nodes and its storage node.

    Parameters
    ----------
    *nodes
        That can be displayed and stored.

    Returns
    -------
    list
        Without those that are not there.
    """
    family = []
    for node in nodes:
        displays = [node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes())]
        family += [node, *displays, node.GetStorageNode()]
    return [node for node in family if node is not None]
