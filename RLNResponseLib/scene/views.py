"""Slice views: what they show, and where.

The parameters of our own Segment Editor, apart from those of Slicer's Segment Editor module.

What a saved scene remembers of the module.
"""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import parameterNodeWrapper

from RLNResponseLib.scene.volumes import lps_to_ras


def show_in_slices(scene: Any, volume: Any) -> None:
    """Show `volume` in every slice view, and nothing on top of it but segmentations."""
    for composite in _nodes(scene, "vtkMRMLSliceCompositeNode"):
        composite.SetBackgroundVolumeID(volume.GetID())
        composite.SetForegroundVolumeID(None)
        composite.SetLabelVolumeID(None)


def jump_to(scene: Any, position_mm: tuple[float, float, float]) -> None:
    """Centre every slice view on a point in LPS."""
    for view in _nodes(scene, "vtkMRMLSliceNode"):
        view.JumpSliceByCentering(*lps_to_ras(position_mm))


def _nodes(scene: Any, kind: str) -> list[Any]:
    found = scene.GetNodesByClass(kind)
    found.UnRegister(None)
    return [found.GetItemAsObject(number) for number in range(found.GetNumberOfItems())]


SINGLETON_TAG = "RLNResponse"


def editor_node(scene: Any) -> Any:
    """The segment editor node by its singleton tag, made where there is none."""
    node = scene.GetSingletonNode(SINGLETON_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag(SINGLETON_TAG)
        node = scene.AddNode(node)
    return node


@parameterNodeWrapper
class RLNResponseParameterNode:
    """The CT and the segmentation that are scored. No study is among it."""

    ct: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
