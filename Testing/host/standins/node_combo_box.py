"""qMRMLNodeComboBox on the real scene."""
# ruff: noqa: RUF012 - Qt's names and declarations

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from ..refusal import refuse
from .kept import kept


class qMRMLSortFilterProxyModel(QtCore.QObject):
    """What a node selector filters by; of the real one only what can be hidden by ID."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._owner = parent

    hiddenNodeIDs = kept("QStringList", "hiddenNodeIDs", [], lambda self, _ids: self._owner.refill())


def _refill(self: Any, _value: Any) -> None:
    self.refill()


class qMRMLNodeComboBox(QtWidgets.QWidget):
    """The scene's nodes of the wanted classes, "None" before them where that is allowed.

    As in Slicer: the first node that comes into an empty list is chosen where the list has no entries for actions;
    where the chosen node leaves, the entry above it is chosen.
    """

    node_changed = QtCore.Signal(object)
    is_node_changed = QtCore.Signal(bool)
    id_changed = QtCore.Signal(str)
    node_activated = QtCore.Signal(object)
    node_added = QtCore.Signal(object)
    node_added_by_user = QtCore.Signal(object)
    SIGNALS = {
        "currentNodeChanged(vtkMRMLNode*)": "node_changed",
        "currentNodeChanged(bool)": "is_node_changed",
        "currentNodeIDChanged(QString)": "id_changed",
        "nodeActivated(vtkMRMLNode*)": "node_activated",
        "nodeAdded(vtkMRMLNode*)": "node_added",
        "nodeAddedByUser(vtkMRMLNode*)": "node_added_by_user",
    }

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._box = QtWidgets.QComboBox(self)
        self._box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self._box.currentIndexChanged.connect(self._index_changed)
        self._box.activated.connect(lambda _index: self.node_activated.emit(self.currentNode()))
        layout.addWidget(self._box)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self._box)
        self._scene: Any = None
        self._tags: list[int] = []
        self._nodes: list[Any] = []
        self._wanted = ""
        self._told: Any = None
        self._attributes: list[tuple[str, str, str | None]] = []
        self._filter = qMRMLSortFilterProxyModel(self)
        self.setEnabled(False)

    nodeTypes = kept("QStringList", "nodeTypes", [], _refill)
    noneEnabled = kept(bool, "noneEnabled", False, _refill)
    noneDisplay = kept(str, "noneDisplay", "None", _refill)
    showHidden = kept(bool, "showHidden", False, _refill)
    showChildNodeTypes = kept(bool, "showChildNodeTypes", True, _refill)
    hideChildNodeTypes = kept("QStringList", "hideChildNodeTypes", [], _refill)
    addEnabled = kept(bool, "addEnabled", True)
    removeEnabled = kept(bool, "removeEnabled", True)
    editEnabled = kept(bool, "editEnabled", False)
    renameEnabled = kept(bool, "renameEnabled", False)
    baseName = kept(str, "baseName", "")
    selectNodeUponCreation = kept(bool, "selectNodeUponCreation", True)
    interactionNodeSingletonTag = kept(str, "interactionNodeSingletonTag", "")

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        if self._scene is not None:
            for tag in self._tags:
                self._scene.RemoveObserver(tag)
        self._scene, self._tags = scene, []
        if scene is not None:
            for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent):
                self._tags.append(scene.AddObserver(event, lambda *_: self.refill()))
        self.refill()
        if self._wanted:
            self.setCurrentNodeID(self._wanted)
        self._wanted = ""
        self.setEnabled(scene is not None)

    def currentNode(self) -> Any:
        index = self._box.currentIndex()
        return self._nodes[index] if 0 <= index < len(self._nodes) else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    def _current_id(self) -> str:
        node = self.currentNode()
        return node.GetID() if node is not None else ""

    def setCurrentNodeID(self, identifier: str) -> None:
        if self._scene is None:
            self._wanted = identifier or ""
        found = [index for index, node in enumerate(self._nodes) if node is not None and node.GetID() == identifier]
        self._box.setCurrentIndex(found[0] if found else 0 if self.noneEnabled else -1)

    currentNodeID = QtCore.Property(str, _current_id, setCurrentNodeID)

    def sortFilterProxyModel(self) -> qMRMLSortFilterProxyModel:
        return self._filter

    def setCurrentNodeIndex(self, index: int) -> None:
        self._box.setCurrentIndex(index + 1 if self.noneEnabled else index)

    def nodeCount(self) -> int:
        return sum(node is not None for node in self._nodes)

    def nodeFromIndex(self, index: int) -> Any:
        nodes = [node for node in self._nodes if node is not None]
        return nodes[index] if 0 <= index < len(nodes) else None

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        self._attributes.append((node_type, name, None if value is None else str(value)))
        self.refill()

    def addNode(self, node_type: str | None = None) -> Any:
        types = list(self.nodeTypes)
        chosen = node_type or types[0]
        if chosen not in types:
            raise refuse(f"qMRMLNodeComboBox.addNode: {chosen} is none of {types}")
        node = self._scene.AddNewNodeByClass(chosen, self.baseName)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.node_added_by_user.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        self._scene.RemoveNode(self.currentNode())

    def combo(self) -> QtWidgets.QComboBox:
        """For the host's gestures: what the user clicks."""
        return self._box

    def refill(self) -> None:
        """List the scene's nodes again."""
        before, row = self._nodes, self._box.currentIndex()
        current = self.currentNode()
        found = [] if self._scene is None else [node for node in _all(self._scene) if self._is_wanted(node)]
        self._nodes = [None, *found] if self.noneEnabled else found
        blocked = self._box.blockSignals(True)
        self._box.clear()
        self._box.addItems([self.noneDisplay if node is None else node.GetName() or "" for node in self._nodes])
        self._box.setCurrentIndex(self._row_after(before, current, row))
        self._box.blockSignals(blocked)
        self._tell()
        for node in found:
            if node not in before:
                self.node_added.emit(node)

    def _row_after(self, before: list[Any], current: Any, row: int) -> int:
        if current is not None and current in self._nodes:
            return self._nodes.index(current)
        if current is not None:
            return min(max(row - 1, 0), len(self._nodes) - 1)
        if self.noneEnabled:
            return 0
        has_actions = self.addEnabled or self.removeEnabled or self.editEnabled or self.renameEnabled
        return 0 if not before and self._nodes and not has_actions else -1

    def _is_wanted(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        if node.GetID() in self._filter.hiddenNodeIDs:
            return False
        if any(node.IsA(each) for each in self.hideChildNodeTypes):
            return False
        is_kind = node.IsA if self.showChildNodeTypes else lambda kind: node.GetClassName() == kind
        if not any(is_kind(kind) for kind in self.nodeTypes):
            return False
        return all(
            node.GetAttribute(name) is not None if value is None else node.GetAttribute(name) == value
            for kind, name, value in self._attributes
            if node.IsA(kind)
        )

    def _index_changed(self, _index: int) -> None:
        self._tell()

    def _tell(self) -> None:
        node = self.currentNode()
        if node is not self._told:
            self._told = node
            self.node_changed.emit(node)
            self.is_node_changed.emit(node is not None)
            self.id_changed.emit(self._current_id())


def _all(scene: Any) -> list[Any]:
    return [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
