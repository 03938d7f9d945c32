"""What went wrong in the real application with the module: other modules, wrong volumes, a set-up that failed, words
and signs."""

from importlib import import_module

import numpy as np
import pytest

from RLNResponseLib.imaging.records import Contour


def status(panel):
    return panel.status._label.text


def open_reading(panel):
    return panel.read._reading.reading


def test_the_panel_is_whole_after_another_module_was_shown(host, open_session):
    from RLNResponseLib.scene.sample import load_phantom

    panel = open_session()
    host.click(panel.doors.buttons["patient"])
    host.exit()
    load_phantom(host.scene)
    host.enter()
    host.until(lambda: "95% of redrawn contours: Rad-score " in panel.score._ui.saidLabel.text, 20_000)
    panel.score._ui.detailsButton.collapsed = False
    host.process(50)
    assert host.overlaps(host.window) == []
    host.click(panel.doors.buttons["study"])
    panel.study.widget.collapsed = False
    host.process(50)
    assert host.overlaps(host.window) == []
    host.click(panel.read._ui.nextButton)
    host.process(50)
    assert host.overlaps(host.window) == []


def test_the_lock_key_says_in_plain_words_why_nothing_is_locked(host, open_session):
    panel = open_session()
    host.press("Ctrl+Shift+L")
    assert status(panel) == "⚠ Open a lymph node first."
    assert host.status_message == "⚠ Open a lymph node first."
    host.click(panel.read._ui.nextButton)
    host.press("Ctrl+Shift+L")
    assert status(panel) == "⚠ Draw the lymph node first."


def test_only_what_can_be_a_ct_is_offered_as_one(host):
    from RLNResponseLib.scene.sample import load_phantom

    slicer, scene = host.slicer, host.scene
    panel = host.open_module()
    volume, _segmentation = load_phantom(scene)
    scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels").SetAndObserveImageData(volume.GetImageData())
    scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "colours")
    late = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "still loading")
    three = slicer.util.addVolumeFromArray(np.zeros((4, 4, 4), dtype=np.int16), name="three values")
    import vtk

    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_SHORT, 3)
    three.SetAndObserveImageData(image)
    host.process()
    box = panel.score._ui.ctSelector
    assert [box.nodeFromIndex(row).GetName() for row in range(box.nodeCount())] == [volume.GetName()]
    late.SetAndObserveImageData(volume.GetImageData())
    host.process()
    assert [box.nodeFromIndex(row).GetName() for row in range(box.nodeCount())] == [volume.GetName(), "still loading"]


def to_another_door(host, panel):
    host.click(panel.doors.buttons["study"])


def to_this_door(host, panel):
    host.click(panel.doors.buttons["patient"])


@pytest.mark.parametrize(
    ("leave", "come_back"),
    [
        (lambda host, panel: host.exit(), lambda host, panel: host.enter()),
        (to_another_door, to_this_door),
    ],
)
def test_nothing_is_scored_while_another_module_or_door_is_shown(host, monkeypatch, leave, come_back):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module()
    volume, segmentation = load_phantom(host.scene)
    ui = panel.score._ui
    host.until(lambda: len(panel.score.scores) == segmentation.GetSegmentation().GetNumberOfSegments())
    rows = host.rows(ui.scoreTable)
    leave(host, panel)
    assert panel.score.on_image == []
    from RLNResponseLib.modelling import live_scores

    asked = []
    real = live_scores.score_contour
    monkeypatch.setattr(live_scores, "score_contour", lambda *what: asked.append(1) or real(*what))
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    mask = host.slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume)
    mask[: mask.shape[0] // 2] = 0
    host.draw(segmentation, segment_id, mask, volume)
    host.process(1500)
    assert asked == []
    come_back(host, panel)
    host.until(lambda: host.rows(ui.scoreTable)[0] != rows[0], 3000)
    assert panel.score.on_image != []
    assert asked == [1]


def test_what_an_uncertainty_loads_is_loaded_ahead_in_steps_while_the_module_is_shown(host, monkeypatch):
    from RLNResponseLib.panel import warm_up

    loaded = []
    monkeypatch.setattr(warm_up, "import_module", loaded.append)
    host.open_module()
    host.exit()
    before = list(loaded)
    host.process(100)
    assert loaded == before, "not while another module is shown"
    host.enter()
    host.until(lambda: tuple(loaded) == warm_up.PACKAGES)


def test_unblinding_begins_with_cancel(host, open_session):
    import qt

    panel = open_session()
    panel.study.widget.collapsed = False
    host.click(panel.study._ui.coordinatorButton)
    ui = panel.study.coordinator.ui
    ui.coordinatorTabs.setCurrentIndex(4)
    host.write(ui.missingReasonEdit, "The study ends early")
    host.answers.confirm = False
    host.click(ui.unblindButton)
    assert host.answers.named["defaultButton"] == qt.QMessageBox.Cancel
    assert panel.study.study.unblinding() is None


def test_no_option_of_the_command_line_is_advised_where_there_is_none(host, open_session, shared_data):
    panel = open_session()
    panel.study.widget.collapsed = False
    host.click(panel.study._ui.coordinatorButton)
    ui = panel.study.coordinator.ui
    host.type_path(ui.ctEdit, shared_data / "headers-enhanced-ct")
    host.write(ui.patientIdEdit, "P1")
    host.write(ui.imageIdEdit, "CT2")
    host.click(ui.importCTButton)
    host.until(lambda: not panel.study.is_busy, 60_000)
    assert status(panel) == "⚠ headers-enhanced-ct holds 5 image series; give a folder that holds one."


def test_the_panel_asks_for_the_width_that_it_needs(host, open_session):
    panel = open_session()
    # The narrowest module panel that was seen is 350 px wide, 55 of which Slicer adds to what is asked for.
    assert host.window.widget().minimumSizeHint.width() == 295
    host.click(panel.read._ui.nextButton)
    assert host.window.widget().minimumSizeHint.width() == 295


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (
            "ruamel.yaml",
            "⚠ A YAML file (study.yaml, of a study made before study.toml, or pyradiomics' parameters) needs "
            "ruamel.yaml, which is not installed here; install it (in Slicer: RLNResponse's section Set-up; elsewhere: pip install 'ruamel.yaml>=",
        ),
        (
            "matplotlib.ticker",
            "⚠ Drawing a figure needs matplotlib, which is not installed here; install it (in Slicer: ",
        ),
        ("nowhere.at_all", "⚠ This needs nowhere, which is not installed here; install it (pip install 'nowhere')."),
    ],
)
def test_a_missing_package_is_the_sentence_of_its_requirement(host, missing, sentence):
    panel = host.open_module()

    def step():
        raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)

    panel.status.guarded(step)()
    assert status(panel).startswith(sentence)


@pytest.mark.parametrize(
    "failing", ["sections.score.ScoreSection.choose", "sections.study.StudySection.show_progress", "doors.Doors.show"]
)
def test_a_set_up_that_fails_is_told_and_slicer_goes_on(host, monkeypatch, failing):
    from host.drive import observers_of

    module, cls, method = failing.rsplit(".", 2)
    before = observers_of(host.scene, [])

    def broken(*_arguments):
        raise AttributeError("editorLayout")

    monkeypatch.setattr(getattr(import_module(f"RLNResponseLib.panel.{module}"), cls), method, broken)
    host.open_module()
    assert host.notes() == ["logged: the panel could not be built"]
    assert host.widget.panel is None
    shown = [child.text for child in host.widget.parent.children() if child.inherits("QLabel") and child.visible]
    assert shown == [
        "RLNResponse could not be opened (AttributeError); nothing in the scene or a study was changed, and the log "
        "says why."
    ]
    assert observers_of(host.scene, []) == before, "nothing that was built watches the scene any more"
    host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    host.exit()
    host.enter()
    host.close_scene()
    host.quit()


def test_the_signs_are_drawn_without_an_emoji_font_and_the_status_is_in_sight(host, open_session, phantom):
    from RLNResponseLib.scene.sample import load_phantom
    from RLNResponseLib.scene.segmentations import add_segment

    panel = open_session()
    assert host.in_sight(panel.status._label)
    host.click(panel.doors.buttons["patient"])
    _volume, segmentation = load_phantom(host.scene)
    add_segment(segmentation, "Not drawn yet")
    host.until(lambda: len(panel.score.scores) == 5)
    panel.score._ui.detailsButton.collapsed = False
    assert host.empty_boxes(host.window) == []
    host.click(panel.doors.buttons["study"])
    host.click(panel.read._ui.nextButton)
    one_voxel = Contour(name="LN", voxels=np.ones((1, 1, 1), dtype=bool), corner=(10, 60, 60))
    from RLNResponseLib.scene.segmentations import show_contour

    reading = open_reading(panel)
    show_contour(reading.nodes.segmentation, reading.nodes.segment_id, one_voxel, reading.ct)
    # What lies on the same CT is named from the start; the error comes before it.
    host.until(lambda: panel.read._ui.findingsLabel.text.startswith("✗"))
    assert host.empty_boxes(host.window) == []
