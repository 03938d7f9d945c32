"""What the real application was seen to do (SlicerApp 5.12.3, its main window, real mouse and keys), point by point."""

import pytest

VOLUME, SEGMENTATION = "vtkMRMLScalarVolumeNode", "vtkMRMLSegmentationNode"


def test_an_empty_layout_is_false_and_no_variable_of_a_form(host, qt):
    place = qt.QWidget()
    layout = qt.QVBoxLayout(place)
    layout.name = "inner"
    assert not layout
    assert not hasattr(host.slicer.util.childWidgetVariables(place), "inner")
    assert place.layout() is layout
    layout.addWidget(qt.QLabel())
    assert layout
    assert host.slicer.util.childWidgetVariables(place).inner is layout
    assert not qt.QIcon()
    assert not qt.QMenu()
    assert not qt.QSize(0, 0)
    assert qt.QSize(1, 1)
    assert qt.QLabel()


def test_the_history_tells_an_empty_path_and_the_path_again_the_second_time(host, tmp_path):
    import ctk

    edit = ctk.ctkPathLineEdit()
    edit.settingKey = "tests/folder"
    edit.currentPath = str(tmp_path)
    told = []
    edit.connect("currentPathChanged(QString)", told.append)
    edit.addCurrentPathToHistory()
    assert told == []
    edit.addCurrentPathToHistory()
    assert told == ["", str(tmp_path)]


def test_a_path_from_the_history_is_there_at_once_and_entering_it_again_tells_nothing(host, tmp_path):
    import ctk

    first = ctk.ctkPathLineEdit()
    first.settingKey = "tests/folder"
    first.currentPath = str(tmp_path)
    first.addCurrentPathToHistory()
    again = ctk.ctkPathLineEdit()
    again.settingKey = "tests/folder"
    told = []
    again.connect("currentPathChanged(QString)", told.append)
    assert again.currentPath == str(tmp_path)
    again.show()
    host.type_path(again, tmp_path)
    host.answers.file = str(tmp_path)
    again.browse()
    assert told == []


MODULE = """
import ctk
import qt
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget

class Words(ScriptedLoadableModule):
    pass

class WordsWidget(ScriptedLoadableModuleWidget):
    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        section = ctk.ctkCollapsibleButton()
        section.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Preferred)
        inner = qt.QVBoxLayout(section)
        self.layout.addWidget(section)
        self.labels = [qt.QLabel("short") for _ in range(3)]
        for number, label in enumerate(self.labels):
            label.name = f"label{number}"
            label.wordWrap = True
            inner.addWidget(label)
        self.layout.addStretch(1)

    def write(self, text):
        for label in self.labels:
            label.text = text
"""
BROKEN = """
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget

called = []

class Broken(ScriptedLoadableModule):
    pass

class BrokenWidget(ScriptedLoadableModuleWidget):
    def setup(self):
        raise ValueError("not today")

    def enter(self):
        called.append("enter")

    def exit(self):
        called.append("exit")

    def cleanup(self):
        called.append("cleanup")
        self.panel.cleanup()
"""


@pytest.fixture
def module(host, tmp_path):
    def open_it(name, source):
        path = tmp_path / f"{name}.py"
        path.write_text(source)
        host.open_module(source=path)
        return host.module

    return open_it


def test_words_that_grow_are_squeezed_after_leaving_and_coming_back_until_a_resize(host, module):
    module("Words", MODULE)
    long = "many words that need many lines " * 60
    host.widget.write(long)
    host.until(lambda: host.overlaps(host.window) == [])
    host.widget.write("short")
    host.process(50)
    host.exit()
    host.enter()
    host.process(50)
    host.widget.write(long)
    host.process(200)
    assert len(host.overlaps(host.window)) == 3
    host.window.resize(420, 870)
    host.until(lambda: host.overlaps(host.window) == [])


def test_a_tool_tip_is_read_back_as_rich_text(qt):
    label = qt.QLabel()
    assert label.toolTip == ""
    label.toolTip = "Open a study & a reader first."
    assert label.toolTip == "<p>Open a study &amp; a reader first.</p>"
    label.toolTip = "<b>as it is</b>"
    assert label.toolTip == "<b>as it is</b>"


def test_slicer_packaging_is_no_attribute_before_it_is_imported(host):
    import slicer

    assert not hasattr(slicer, "packaging")
    import slicer.packaging

    assert slicer.packaging.pip_check("numpy")


@pytest.fixture
def edited(host):
    """The editor on a segment of two parts, 27 and 8 voxels."""
    import numpy as np

    volume = host.slicer.util.addVolumeFromArray(np.zeros((20, 20, 20), dtype=np.int16), name="CT")
    segmentation = host.scene.AddNewNodeByClass(SEGMENTATION)
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment_id = segmentation.GetSegmentation().AddEmptySegment("", "Lymph node")
    mask = np.zeros((20, 20, 20), dtype=np.uint8)
    mask[2:5, 2:5, 2:5] = 1
    mask[10:12, 10:12, 10:12] = 1
    host.draw(segmentation, segment_id, mask, volume)
    editor = host.slicer.qMRMLSegmentEditorWidget()
    editor.setMRMLSegmentEditorNode(host.scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setMRMLScene(host.scene)
    editor.setSegmentationNode(segmentation)
    editor.setSourceVolumeNode(volume)
    return editor, segmentation, volume


def voxels_of(host, segmentation, volume):
    core = segmentation.GetSegmentation()
    array = host.slicer.util.arrayFromSegmentBinaryLabelmap
    return {
        core.GetSegment(name).GetName(): int(array(segmentation, name, volume).sum()) for name in core.GetSegmentIDs()
    }


def test_fourteen_effects_and_islands_splits_into_further_segments(host, edited):
    editor, segmentation, volume = edited
    assert len(editor.availableEffectNames()) == 14
    editor.setActiveEffectByName("Islands")
    effect = editor.activeEffect()
    effect.setParameter("Operation", "SPLIT_ISLANDS_TO_SEGMENTS")
    effect.self().onApply()
    assert voxels_of(host, segmentation, volume) == {"Lymph node": 27, "Lymph node_2": 8}


def test_grow_from_seeds_needs_two_segments(host, edited):
    editor, _segmentation, _volume = edited
    editor.setActiveEffectByName("Grow from seeds")
    with pytest.raises(ValueError, match="at least two"):
        editor.activeEffect().self().onPreview()


def test_a_selector_of_scalar_volumes_offers_their_kinds_too_and_volumes_without_an_image(host):
    box = host.slicer.qMRMLNodeComboBox()
    box.nodeTypes = [VOLUME]
    box.noneEnabled = True
    box.setMRMLScene(host.scene)
    nodes = [
        host.scene.AddNewNodeByClass(kind, kind)
        for kind in (VOLUME, "vtkMRMLVectorVolumeNode", "vtkMRMLLabelMapVolumeNode")
    ]
    assert box.nodeCount() == 3
    box.showChildNodeTypes = False
    assert box.nodeCount() == 1
    box.sortFilterProxyModel().hiddenNodeIDs = [nodes[0].GetID()]
    assert box.nodeCount() == 0


def test_names_in_the_subject_hierarchy_are_saved_even_where_nodes_are_not(host, edited, tmp_path):
    _editor, segmentation, volume = edited
    segmentation.SetName("Secret one")
    for node in (segmentation, volume):
        node.SetSaveWithScene(False)
    host.scene.SetURL(str(tmp_path / "scene.mrml"))
    assert host.scene.Commit()
    written = (tmp_path / "scene.mrml").read_text()
    assert 'name="Secret one"' in written
    assert 'name="Lymph node"' in written
    assert "<Segmentation " not in written


def test_unique_names_count_those_that_were_removed(host):
    for name in ("CT", "CT_1"):
        node = host.scene.AddNewNodeByClass(VOLUME, host.scene.GenerateUniqueName("CT"))
        assert node.GetName() == name
        host.scene.RemoveNode(node)


def test_a_sample_without_addresses_is_made_by_its_button_and_not_by_name(host):
    import SampleData

    made = []
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="Tests", sampleName="Made", uris=[], fileNames=[], nodeNames=[], customDownloader=made.append
    )
    with pytest.raises(IndexError):
        SampleData.SampleDataLogic().downloadSample("Made")
    assert made == []
    host.press_sample("Made")
    assert len(made) == 1


def test_a_sign_that_needs_an_emoji_font_is_found(host, qt):
    label = qt.QLabel("▶ ◀ ⚠ ℹ ✓ ✗ · …")
    label.name = "signs"
    label.show()
    assert host.empty_boxes(label) == []
    label.text = "⛔ no score"
    assert host.empty_boxes(label) == ["signs: ⛔"]


def test_the_editor_wants_its_nodes_in_order_and_room(host, edited):
    editor, _segmentation, _volume = edited
    assert editor.minimumSizeHint.width() > 372
    volume = editor.sourceVolumeNode()
    editor.setSegmentationNode(None)
    assert host.notes() == ["logged: the segmentation was released before the source volume"]
    editor.setSourceVolumeNode(None)
    assert editor.sourceVolumeNode() is volume
    editor.mrmlSegmentEditorNode().SetAndObserveSourceVolumeNode(None)
    editor.setSourceVolumeNode(volume)
    assert host.notes() == ["logged: SetSourceVolumeNode: need to set segment editor and segmentation nodes first"]
    assert editor.sourceVolumeNode() is None


def test_a_module_that_was_not_set_up_is_entered_left_and_cleaned_up_and_a_second_failure_crashes(host, module):
    module("Broken", BROKEN)
    assert host.notes() == ["a slot raised ValueError: not today"]
    with pytest.raises(AssertionError, match="ends in a crash"):
        host.quit()
    assert host.module.called == ["enter", "exit", "cleanup"]
    host.notes()


def test_870_pixels_of_the_panel_are_in_sight_and_the_status_bar_always(host, module):
    module("Words", MODULE)
    assert host.window.height == 870
    label = host.widget.labels[0]
    assert host.in_sight(label)
    label.setMinimumHeight(1000)
    host.process(20)
    assert not host.in_sight(host.widget.labels[1])
    assert host.slicer.util.showStatusMessage("always here")
    assert host.status_message == "always here"
