"""CTK's and Slicer's own widgets, as much of them as the panel uses, on plain Qt widgets and the real scene."""

from PySide6 import QtCore, QtWidgets

from host.pythonqt import stand_in
from host.qt_module import RefusedError

Property, Signal = QtCore.Property, QtCore.Signal


def _kept(name, kind, default, effect=None):
    """A property that is only remembered, and may do something when set."""
    own = f"_{name}"

    def read(self):
        return self.__dict__.get(own, default)

    def write(self, value):
        self.__dict__[own] = value
        if effect is not None:
            effect(self, value)

    return Property(kind, read, write)


def _collapse(self, value):
    direct = QtCore.Qt.FindDirectChildrenOnly
    for child in QtWidgets.QWidget.findChildren(self, QtWidgets.QWidget, options=direct):
        if value or not child.isHidden() or self.__dict__.get("_was_collapsed"):
            child.setVisible(not value)
    self.__dict__["_was_collapsed"] = value
    QtWidgets.QWidget.setMaximumHeight(self, 22 if value else 16777215)


def _section_text(self, text):
    QtWidgets.QGroupBox.setTitle(self, text)


ctkCollapsibleButton = stand_in(
    "ctkCollapsibleButton",
    QtWidgets.QGroupBox,
    {
        "contentsCollapsed": Signal(bool),
        "text": _kept("text", str, "", _section_text),
        "collapsed": _kept("collapsed", bool, False, _collapse),
    },
)
ctkCollapsibleGroupBox = stand_in(
    "ctkCollapsibleGroupBox", QtWidgets.QGroupBox, {"collapsed": _kept("collapsed", bool, False, _collapse)}
)


class _PathBase(QtWidgets.QWidget):
    """ctkPathLineEdit: an editable list of paths, remembered in the settings under its key."""

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)

    def __init__(self, parent=None):
        QtWidgets.QWidget.__init__(self, parent)
        self._box = QtWidgets.QComboBox(self)
        self._box.setEditable(True)
        self._box.setSizePolicy(QtWidgets.QSizePolicy.Ignored, QtWidgets.QSizePolicy.Fixed)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        layout.addWidget(QtWidgets.QToolButton(self, text="…"))
        self._box.lineEdit().editingFinished.connect(lambda: self._settle(self._box.currentText()))
        self._path = ""

    def _settle(self, path):
        if path != self._path:
            self._path = path
            self._box.setEditText(path)
            self.__getattribute__("currentPathChanged").emit(path)


def _read_history(self, key):
    self._box.clear()
    self._box.addItems(QtCore.QSettings().value(key) or [])
    self._box.setEditText("")


def _add_to_history(self):
    key = self._settingKey
    known = QtCore.QSettings().value(key) or []
    paths = [self._path, *(path for path in known if path != self._path)][:10]
    QtCore.QSettings().setValue(key, paths)
    text = self._box.currentText()
    self._box.clear()
    self._box.addItems(paths)
    self._box.setEditText(text)


ctkPathLineEdit = stand_in(
    "ctkPathLineEdit",
    _PathBase,
    {
        "filters": _kept("filters", str, ""),
        "settingKey": _kept("settingKey", str, "", _read_history),
        "currentPath": Property(str, lambda self: self._path, lambda self, path: self._settle(path)),
        "setCurrentPath": lambda self, path: self._settle(path),
        "addCurrentPathToHistory": _add_to_history,
        "comboBox": lambda self: self._box,
    },
)


class _NodeComboBase(QtWidgets.QComboBox):
    """qMRMLNodeComboBox: the nodes of the scene of the wanted classes, with "None"."""

    currentNodeChanged = Signal(object)

    def __init__(self, parent=None):
        QtWidgets.QComboBox.__init__(self, parent)
        self._scene, self._tags, self._nodes, self._current = None, [], [None], None
        QtWidgets.QComboBox.setSizePolicy(self, QtWidgets.QSizePolicy.Ignored, QtWidgets.QSizePolicy.Fixed)
        QtWidgets.QComboBox.currentIndexChanged.__get__(self).connect(self._index_changed)

    def _watch(self, scene):
        import slicer

        if self._scene is not None:
            for tag in self._tags:
                self._scene.RemoveObserver(tag)
        self._scene, self._tags = scene, []
        if scene is not None:
            for event in (
                slicer.vtkMRMLScene.NodeAddedEvent,
                slicer.vtkMRMLScene.NodeRemovedEvent,
                slicer.vtkMRMLScene.EndCloseEvent,
            ):
                self._tags.append(scene.AddObserver(event, lambda *_: self._refill()))
        self._refill()

    def _refill(self):
        found = []
        for kind in self._nodeTypes or []:
            nodes = self._scene.GetNodesByClass(kind) if self._scene is not None else None
            if nodes is not None:
                nodes.UnRegister(None)
                found += [nodes.GetItemAsObject(number) for number in range(nodes.GetNumberOfItems())]
        self._nodes = [None, *found]
        keep_current = self._current if self._current in found else None
        QtCore.QObject.blockSignals(self, True)
        QtWidgets.QComboBox.clear(self)
        QtWidgets.QComboBox.addItems(self, ["None", *(node.GetName() or "" for node in found)])
        QtWidgets.QComboBox.setCurrentIndex(self, self._nodes.index(keep_current))
        QtCore.QObject.blockSignals(self, False)
        if keep_current is not self._current:
            self._choose(keep_current)

    def _index_changed(self, index):
        self._choose(self._nodes[index] if 0 <= index < len(self._nodes) else None)

    def _choose(self, node):
        if node is not self._current:
            self._current = node
            object.__getattribute__(self, "currentNodeChanged").emit(node)

    def _set(self, node):
        if node not in self._nodes:
            self._refill()
        QtWidgets.QComboBox.setCurrentIndex(self, self._nodes.index(node) if node in self._nodes else 0)


def _flag(name, default):
    return _kept(name, bool, default)


qMRMLNodeComboBox = stand_in(
    "qMRMLNodeComboBox",
    _NodeComboBase,
    {
        "nodeTypes": _kept("nodeTypes", "QStringList", [], lambda self, _value: self._refill()),
        **{
            name: _flag(name, True)
            for name in ("addEnabled", "removeEnabled", "renameEnabled", "editEnabled", "noneEnabled")
        },
        "setMRMLScene": lambda self, scene: self._watch(scene),
        "mrmlScene": lambda self: self._scene,
        "currentNode": lambda self: self._current,
        "setCurrentNode": lambda self, node: self._set(node),
    },
)

_HIDDEN = [
    "segmentationNodeSelectorVisible",
    "sourceVolumeNodeSelectorVisible",
    "addRemoveSegmentButtonsVisible",
    "switchToSegmentationsButtonVisible",
    "specifyGeometryButtonVisible",
    "unorderedEffectsVisible",
]


class _EditorBase(QtWidgets.QFrame):
    """qMRMLSegmentEditorWidget: keeps what it is given. Effects are not there: a test draws into the segment itself."""

    def __init__(self, parent=None):
        QtWidgets.QFrame.__init__(self, parent)
        self._node = self._scene = self._segmentation = self._volume = None
        self._segment = ""
        self._shortcuts = self._observing = False
        self.__dict__["log"] = []
        layout = QtWidgets.QVBoxLayout(self)
        label = QtWidgets.QLabel("Segment Editor (Slicer's own; not part of this host)")
        label.setWordWrap(True)
        layout.addWidget(label)
        QtWidgets.QFrame.setFrameShape(self, QtWidgets.QFrame.StyledPanel)


def _set_editor_node(self, node):
    self._node = node


def _set_editor_scene(self, scene):
    if scene is not None and self._node is None:
        raise RefusedError("the editor node must be set before the scene, or the widget's own choices are lost")
    self._scene = scene


def _set_segmentation(self, node):
    self._segmentation = node
    if self._node is not None:
        self._node.SetAndObserveSegmentationNode(node)


def _set_volume(self, node):
    self._volume = node
    if self._node is not None:
        self._node.SetAndObserveSourceVolumeNode(node)


def _set_segment(self, identifier):
    self._segment = identifier
    if self._node is not None:
        self._node.SetSelectedSegmentID(identifier)


def _set_effect(self, effect):
    if effect is not None:
        raise RefusedError("the host has no effects")


def _set(name, value):
    def step(self, *_):
        self.__dict__[name] = value

    return step


qMRMLSegmentEditorWidget = stand_in(
    "qMRMLSegmentEditorWidget",
    _EditorBase,
    {
        **{name: _flag(name, True) for name in _HIDDEN},
        "setMaximumNumberOfUndoStates": lambda self, _count: None,
        "setEffectNameOrder": lambda self, _names: None,
        "setMRMLSegmentEditorNode": _set_editor_node,
        "mrmlSegmentEditorNode": lambda self: self._node,
        "setMRMLScene": _set_editor_scene,
        "setSegmentationNode": _set_segmentation,
        "segmentationNode": lambda self: self._segmentation,
        "setSourceVolumeNode": _set_volume,
        "sourceVolumeNode": lambda self: self._volume,
        "setCurrentSegmentID": _set_segment,
        "currentSegmentID": lambda self: self._segment,
        "setActiveEffect": _set_effect,
        "setupViewObservations": _set("_observing", True),
        "removeViewObservations": _set("_observing", False),
        "installKeyboardShortcuts": _set("_shortcuts", True),
        "uninstallKeyboardShortcuts": _set("_shortcuts", False),
    },
)
qMRMLWidget = stand_in("qMRMLWidget", QtWidgets.QWidget, {"setMRMLScene": lambda self, _scene: None})
