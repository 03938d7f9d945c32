"""Stand-ins for CTK's and Slicer's widgets, held against what their C++ sources do."""

import pytest

VOLUME, SEGMENTATION = "vtkMRMLScalarVolumeNode", "vtkMRMLSegmentationNode"


@pytest.fixture
def selector(host):
    """A selector of volumes without entries for actions, "None" allowed."""
    box = host.slicer.qMRMLNodeComboBox()
    box.nodeTypes = [VOLUME]
    box.addEnabled = box.removeEnabled = False
    box.noneEnabled = True
    return box


@pytest.fixture
def told(selector):
    """What the selector told of its current node."""
    heard = []
    selector.connect("currentNodeChanged(vtkMRMLNode*)", heard.append)
    return heard


def test_node_selector_follows_the_scene(host, selector, told):
    first = host.scene.AddNewNodeByClass(VOLUME, "first")
    assert not selector.enabled
    selector.setMRMLScene(host.scene)
    assert selector.enabled
    assert selector.currentNode() is None
    host.scene.AddNewNodeByClass(SEGMENTATION, "another kind")
    label_map = host.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "a kind of volume")
    assert selector.nodeCount() == 2
    selector.setCurrentNode(label_map)
    assert selector.currentNodeID == label_map.GetID()
    selector.hideChildNodeTypes = ["vtkMRMLLabelMapVolumeNode"]
    assert selector.currentNode() is first
    assert told == [label_map, first]
    host.scene.Clear(False)
    assert selector.currentNode() is None
    assert told[2:] == [None]


def test_node_selector_remembers_a_choice_made_before_it_had_a_scene(host, selector, told):
    host.scene.AddNewNodeByClass(VOLUME, "first")
    second = host.scene.AddNewNodeByClass(VOLUME, "second")
    selector.setCurrentNodeID(second.GetID())
    selector.setMRMLScene(host.scene)
    assert selector.currentNode() is second


def test_node_selector_without_none_takes_the_first_node_that_comes(host, selector, told):
    selector.noneEnabled = False
    selector.setMRMLScene(host.scene)
    first = host.scene.AddNewNodeByClass(VOLUME, "first")
    host.scene.AddNewNodeByClass(VOLUME, "second")
    assert told == [first]
    hidden = host.scene.AddNewNodeByClass(VOLUME, "hidden")
    hidden.SetHideFromEditors(True)
    selector.nodeTypes = [VOLUME, SEGMENTATION]
    assert selector.nodeCount() == 2


def test_node_selector_lets_go_of_the_scene(host, selector):
    before = str(host.scene).count("vtkObserver (")
    selector.setMRMLScene(host.scene)
    assert str(host.scene).count("vtkObserver (") == before + 4
    selector.setMRMLScene(None)
    assert str(host.scene).count("vtkObserver (") == before


def test_node_selector_by_the_mouse(host, selector, told, qt):
    host.scene.AddNewNodeByClass(VOLUME, "first")
    chosen = host.scene.AddNewNodeByClass(VOLUME, "second")
    selector.setMRMLScene(host.scene)
    activated = []
    selector.connect("nodeActivated(vtkMRMLNode*)", activated.append)
    selector.show()
    host.select(selector, "second")
    assert told == activated == [chosen]
    selector.enabled = False
    with pytest.raises(AssertionError, match="is disabled"):
        host.select(selector, "first")


def test_path_line_edit_tells_every_change_and_remembers(host, qt, tmp_path):
    import ctk

    edit = ctk.ctkPathLineEdit()
    edit.settingKey = "tests/folder"
    told = []
    edit.connect("currentPathChanged(QString)", told.append)
    edit.currentPath = "/a"
    edit.currentPath = "/a"
    edit.setCurrentPath(str(tmp_path))
    assert told == ["/a", str(tmp_path)]
    edit.addCurrentPathToHistory()
    assert told == ["/a", str(tmp_path)]
    again = ctk.ctkPathLineEdit()
    heard = []
    again.connect("currentPathChanged(QString)", heard.append)
    again.settingKey = "tests/folder"
    # CTK chooses the latest path of the history, and signals nothing.
    assert again.currentPath == str(tmp_path)
    assert heard == []
    host.answers.file = "/chosen"
    again.browse()
    assert heard == ["/chosen"]


def test_settings_of_one_test_are_not_seen_by_another(host, qt):
    assert not qt.QSettings().contains("ctkPathLineEdit/tests/folder")


def test_collapsible_button_hides_its_contents_and_opens_by_a_click_on_its_heading(host, qt):
    import ctk

    section = ctk.ctkCollapsibleButton()
    section.text = "Section"
    layout = qt.QVBoxLayout(section)
    seen, unseen = qt.QLabel("seen"), qt.QLabel("hidden by the module")
    for label in (seen, unseen):
        layout.addWidget(label)
    unseen.visible = False
    section.show()
    told = []
    section.connect("contentsCollapsed(bool)", told.append)
    open_height = section.sizeHint.height()
    host.click(section)
    assert section.collapsed
    assert not section.checked
    assert (seen.visible, unseen.visible) == (False, False)
    assert section.sizeHint.height() < open_height
    section.collapsed = False
    assert (seen.visible, unseen.visible) == (True, False)
    assert told == [True, False]


def test_segment_editor_keeps_the_editor_node_and_draws_nothing(host):
    from host.refusal import RefusedByHostError

    slicer = host.slicer
    editor = slicer.qMRMLSegmentEditorWidget()
    with pytest.raises(RefusedByHostError, match="before setMRMLSegmentEditorNode"):
        editor.setSegmentationNode(None)
    node = host.scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    editor.setMRMLSegmentEditorNode(node)
    editor.setMRMLScene(host.scene)
    segmentation = host.scene.AddNewNodeByClass(SEGMENTATION)
    first = segmentation.GetSegmentation().AddEmptySegment("", "one")
    second = segmentation.GetSegmentation().AddEmptySegment("", "two")
    editor.setSegmentationNode(segmentation)
    assert node.GetSegmentationNode() is segmentation
    assert editor.currentSegmentID() == first
    editor.setCurrentSegmentID(second)
    assert node.GetSelectedSegmentID() == second
    editor.setActiveEffect(None)
    editor.setActiveEffectByName("Paint")
    assert editor.activeEffect().name == "Paint"
    with pytest.raises(RefusedByHostError, match="cannot apply Paint"):
        editor.activeEffect().self().onApply()
    host.notes()
