"""What the slice views show, and the module's two nodes in the scene: its Segment Editor's and its parameters."""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import parameterNodeWrapper

from RLNResponseLib.scene.observers import nodes_of_class
from RLNResponseLib.scene.volumes import lps_to_ras


def show_in_slices(scene: Any, volume: Any) -> None:
    """Show a volume in every slice view, and nothing on top of it but segmentations.

    Parameters
    ----------
    scene
        The MRML scene.
    volume
        One of its volume nodes.

    """
    for composite in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        composite.SetBackgroundVolumeID(volume.GetID())
        composite.SetForegroundVolumeID(None)
        composite.SetLabelVolumeID(None)


def jump_to(scene: Any, position_mm: tuple[float, float, float]) -> None:
    """Centre every slice view on a point.

    Parameters
    ----------
    scene
        The MRML scene.
    position_mm
        The point in mm, LPS.

    """
    centre_on(scene, lps_to_ras(position_mm))


def centre_on(scene: Any, position_ras: tuple[float, float, float]) -> None:
    """Centre every slice view on a point of the scene.

    Parameters
    ----------
    scene
        The MRML scene.
    position_ras
        The point in mm, RAS.

    """
    for view in nodes_of_class(scene, "vtkMRMLSliceNode"):
        view.JumpSliceByCentering(*position_ras)


# Our own Segment Editor has parameters apart from those of Slicer's Segment Editor module.
SINGLETON_TAG = "RLNResponse"


def editor_node(scene: Any, tag: str = SINGLETON_TAG) -> Any:
    """The module's own segment editor node, by its singleton tag.

    Parameters
    ----------
    scene
        The MRML scene.
    tag
        The singleton tag: two editors must not choose for one another.

    Returns
    -------
    vtkMRMLSegmentEditorNode
        Made where there is none: closing the scene removes it.

    """
    node = scene.GetSingletonNode(tag, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag(tag)
        node = scene.AddNode(node)
        leave_others(node)
    return node


def leave_others(node: Any) -> None:
    """A stroke that runs over another lymph node must not take from it unseen: its score would change.

    Parameters
    ----------
    node
        A vtkMRMLSegmentEditorNode that is new, or that Slicer emptied with the scene.

    """
    node.SetOverwriteMode(node.OverwriteNone)


@parameterNodeWrapper
class RLNResponseParameterNode:
    """What a saved scene remembers of the module: the CT and the segmentation that are scored, and no study.

    Attributes
    ----------
    ct
        The chosen CT, None where none is.
    segmentation
        The chosen segmentation, None where none is.

    """

    ct: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
