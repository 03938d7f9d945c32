"""The parameters of our own Segment Editor, apart from those of Slicer's Segment Editor module."""

from __future__ import annotations

from typing import Any

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
