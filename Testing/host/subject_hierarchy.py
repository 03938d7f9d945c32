"""Subject hierarchy as the application's plugins keep it: an item for every node that is no hidden one, one for every
segment.

The items and their names are written with the scene, even where the nodes themselves are not.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import vtk

_KINDS = ("vtkMRMLDisplayableNode", "vtkMRMLTransformNode", "vtkMRMLTableNode", "vtkMRMLPlotChartNode")
_NOT_SHOWN = ("vtkMRMLAbstractViewNode", "vtkMRMLCameraNode", "vtkMRMLSliceCompositeNode")
_VIRTUAL_BRANCH = "VirtualBranch"


class SubjectHierarchy:
    """Follows one scene until it is let go."""

    def __init__(self, slicer: ModuleType, scene: Any) -> None:
        self._slicer, self._scene = slicer, scene
        self._followed: list[tuple[Any, int]] = []

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def added(_scene: Any, _event: Any, node: Any) -> None:
            if not scene.IsImporting():
                self._add(node)

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def leaving(_scene: Any, _event: Any, node: Any) -> None:
            if not scene.IsClosing() and not node.IsA("vtkMRMLSubjectHierarchyNode"):
                self._remove(node)

        self._follow(scene, scene.NodeAddedEvent, added)
        self._follow(scene, scene.NodeAboutToBeRemovedEvent, leaving)
        self._follow(scene, scene.EndImportEvent, lambda *_: self._add_all())
        self._follow(scene, scene.EndBatchProcessEvent, lambda *_: self._add_all())

    def let_go(self) -> None:
        """Watch nothing any more."""
        for thing, tag in self._followed:
            thing.RemoveObserver(tag)
        self._followed = []

    def _follow(self, thing: Any, event: Any, call: Any) -> None:
        self._followed.append((thing, thing.AddObserver(event, call)))

    def _items(self) -> Any:
        return self._slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)

    def _add_all(self) -> None:
        for node in [self._scene.GetNthNode(number) for number in range(self._scene.GetNumberOfNodes())]:
            self._add(node)

    def _add(self, node: Any) -> None:
        is_data = any(map(node.IsA, _KINDS)) and not any(map(node.IsA, _NOT_SHOWN))
        if not is_data or node.GetHideFromEditors():
            return
        items = self._items()
        if items.GetItemByDataNode(node):
            return
        items.CreateItem(items.GetSceneItemID(), node)
        if node.IsA("vtkMRMLSegmentationNode"):
            for event in ("SegmentAdded", "SegmentRemoved", "SegmentModified"):
                core = self._slicer.vtkSegmentation
                self._follow(node, getattr(core, event), lambda *_, node=node: self._list_segments(node))
            self._list_segments(node)

    def _remove(self, node: Any) -> None:
        items = self._items()
        item = items.GetItemByDataNode(node)
        if item:
            items.RemoveItem(item, False, False)

    def _list_segments(self, node: Any) -> None:
        items = self._items()
        parent = items.GetItemByDataNode(node)
        if not parent:
            return
        known = vtk.vtkIdList()
        items.GetItemChildren(parent, known)
        mark = self._slicer.vtkMRMLSegmentationNode.GetSegmentIDAttributeName()
        there = {
            items.GetItemAttribute(known.GetId(row), mark): known.GetId(row) for row in range(known.GetNumberOfIds())
        }
        core = node.GetSegmentation()
        wanted = list(core.GetSegmentIDs())
        for identifier, item in there.items():
            if identifier not in wanted:
                items.RemoveItem(item, False, False)
        for identifier in wanted:
            name = core.GetSegment(identifier).GetName() or ""
            if identifier in there:
                items.SetItemName(there[identifier], name)
            else:
                items.SetItemAttribute(items.CreateHierarchyItem(parent, name, _VIRTUAL_BRANCH), mark, identifier)
