"""The facade of slicer: real nodes and slicer.util, .ui files, parameter nodes, slice views."""

import enum

import numpy as np
import pytest

UI = """<ui version="4.0"><class>Form</class><widget class="{cls}" name="Form"><property name="{prop}"><string>x</string></property>
<layout class="QVBoxLayout" name="layout"><item><widget class="qMRMLNodeComboBox" name="selector">
<property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
<property name="noneEnabled"><bool>true</bool></property>
<property name="SlicerParameterName" stdset="0"><string>ct</string></property></widget></item>
<item><widget class="QDoubleSpinBox" name="spin"><property name="SlicerParameterName" stdset="0"><string>level</string></property>
</widget></item>
<item><widget class="ctkPathLineEdit" name="folder"><property name="filters"><set>ctkPathLineEdit::Dirs</set></property>
</widget></item></layout></widget></ui>"""


@pytest.fixture
def form(host, tmp_path):
    """A .ui file with one class and one property of choice."""

    def load(cls="ctkCollapsibleButton", prop="text"):
        path = tmp_path / "form.ui"
        path.write_text(UI.format(cls=cls, prop=prop))
        return host.slicer.util.loadUI(str(path))

    return load


class Side(enum.Enum):
    LEFT = 1
    RIGHT = 2


def test_ui_file(host, form):
    widget = form()
    ui = host.slicer.util.childWidgetVariables(widget)
    assert widget.className() == "ctkCollapsibleButton"
    assert widget.text == "x"
    assert ui.selector.nodeTypes == ("vtkMRMLScalarVolumeNode",)
    assert ui.selector.property("SlicerParameterName") == "ct"
    assert ui.folder.filters == 1  # QDir.Dirs
    assert ui.layout.count() == 3


def test_ui_file_with_what_slicer_has_not(host, form, tmp_path):
    with pytest.raises(AttributeError, match=r"form\.ui: the host's manifests have no class ctkMagicButton"):
        form(cls="ctkMagicButton")
    with pytest.raises(AttributeError, match=r"form\.ui: ctkCollapsibleButton of Slicer 5\.12 has no property titel"):
        form(prop="titel")
    with pytest.raises(RuntimeError, match="file not found"):
        host.slicer.util.loadUI(str(tmp_path / "nowhere.ui"))


@pytest.fixture
def parameters(host):
    """A parameter node's class and one wrapper on a node of its own."""
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        ct: host.slicer.vtkMRMLScalarVolumeNode
        level: float = 40.5
        side: Side = Side.RIGHT
        note: str
        on: bool

    return Parameters(host.scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "parameters"))


def test_parameters_live_in_the_node_and_survive_the_scene_file(host, parameters, tmp_path):
    assert (parameters.ct, parameters.level, parameters.side, parameters.note, parameters.on) == (
        None,
        40.5,
        Side.RIGHT,
        "",
        False,
    )
    parameters.level, parameters.side, parameters.on = -600, Side.LEFT, True
    with pytest.raises(TypeError, match="takes a float"):
        parameters.level = "high"
    with pytest.raises(TypeError, match="takes a vtkMRMLScalarVolumeNode"):
        parameters.ct = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    host.scene.SetURL(str(tmp_path / "scene.mrml"))
    assert host.scene.Commit()
    host.scene.Clear(False)
    assert host.scene.Connect()
    again = type(parameters)(host.scene.GetFirstNodeByName("parameters"))
    assert (again.level, again.side, again.on) == (-600, Side.LEFT, True)


def test_parameters_and_widgets_follow_each_other(host, form, parameters):
    ui = host.slicer.util.childWidgetVariables(form())
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    ui.selector.setMRMLScene(host.scene)
    tag = parameters.connectGui(ui.selector.parent())
    assert ui.spin.value == 40.5
    ui.selector.setCurrentNode(volume)
    assert parameters.ct is volume
    parameters.level = 12.5
    assert ui.spin.value == 12.5
    ui.spin.value = 13.0
    assert parameters.level == 13.0
    parameters.disconnectGui(tag)
    ui.spin.value = 14.0
    ui.selector.setCurrentNode(None)
    assert (parameters.level, parameters.ct) == (13.0, volume)


def test_slicer_is_as_it_was_after_the_host():
    pytest.importorskip("PySide6")
    slicer = pytest.importorskip("slicer")
    from host.drive import installed

    names, display = set(vars(slicer)), slicer.util.errorDisplay
    with installed() as facade:
        assert facade.slicer is slicer
        assert not hasattr(slicer, "arrayFromVolume")
        assert slicer.util.errorDisplay is not display
    assert set(vars(slicer)) == names
    assert slicer.util.errorDisplay is display
    assert type(slicer).__name__ == "module"


def test_slice_view_shows_the_volume_and_the_segment(host):
    slicer = host.slicer
    voxels = np.full((20, 64, 64), -1000, dtype=np.int16)
    voxels[:, :, 32:] = 1000
    volume = slicer.util.addVolumeFromArray(voxels, name="CT")
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(2000, 0)
    segmentation = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment_id = segmentation.GetSegmentation().AddEmptySegment("", "lymph node", [1.0, 0.0, 0.0])
    view = host.slice_view("Red", (128, 128))
    view.show(volume)
    view.jump_to((32.0, 32.0, 10.0))
    plain = view.pixels().astype(int)
    # Axial, seen from the feet: what is right in RAS (large i here) lies left in the picture.
    assert (int(plain[64, 16].mean()), int(plain[64, 112].mean())) == (255, 0)
    mask = np.zeros(voxels.shape, dtype=np.uint8)
    mask[:, 24:40, 24:40] = 1
    host.draw(segmentation, segment_id, mask, volume)
    drawn = view.pixels().astype(int)
    changed = np.argwhere(np.any(drawn != plain, axis=2))
    assert len(changed) > 200
    assert np.all((changed >= 40) & (changed <= 88)), "only where the segment lies"
    redder = drawn[..., 0] - drawn[..., 1]
    assert redder[tuple(changed.T)].max() > 100
    view.close()


def test_cut_texts_are_found(host, qt):
    window = qt.QWidget()
    layout = qt.QVBoxLayout(window)
    cut, whole = qt.QPushButton("a text that is much longer than sixty pixels"), qt.QPushButton("short")
    cut.name, whole.name = "cut", "whole"
    for button in (cut, whole):
        layout.addWidget(button)
    cut.setFixedWidth(60)
    window.show()
    host.process()
    assert host.cut_texts(window) == [f"cut: {cut.text}"]


def test_light_and_dark(host, qt):
    label = qt.QLabel()
    label.show()
    light = label.palette.color(qt.QPalette.Window).lightness()
    host.use_palette("dark")
    assert label.palette.color(qt.QPalette.Window).lightness() < 100 < light
