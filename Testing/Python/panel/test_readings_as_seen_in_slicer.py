"""What went wrong in the real application with readings: a morning, a second opening, islands, what was deleted."""

import numpy as np
import pytest

from RLNResponseLib.imaging.records import Contour


def status(panel):
    return panel.status._label.text


def open_reading(panel):
    return panel.read._reading.reading


def choose_reader(host, panel, code):
    panel.study.widget.collapsed = False
    host.select(panel.study._ui.readerBox, code)


def draw(host, panel, contour):
    from RLNResponseLib.scene.segmentations import show_contour

    reading = open_reading(panel)
    show_contour(reading.nodes.segmentation, reading.nodes.segment_id, contour, reading.ct)
    host.until(lambda: panel.read._ui.lockButton.enabled)


def two_parts(phantom):
    """LN1 of the phantom and half of its voxels once more, apart from it."""
    truth = phantom.truth[0]
    k, j, i = truth.voxels.shape
    voxels = np.zeros((k, j, 3 * i), dtype=bool)
    voxels[:, :, :i] = truth.voxels
    voxels[: k // 2, :, 2 * i :] = truth.voxels[: k // 2]
    return Contour.from_full_grid(
        Contour(name="LN", voxels=voxels, corner=truth.corner).full_grid((40, 128, 128)), "LN"
    )


def test_every_morning_the_study_of_yesterday_opens_with_one_click(host, open_session, study_folder):
    open_session()
    host.quit()

    panel = host.open_module()
    ui = panel.study._ui
    assert panel.doors.buttons["study"].checked, "the door of yesterday"
    assert ui.folderEdit.currentPath == str(study_folder)
    assert panel.study.study is None
    assert status(panel) == f"✓ The last study was {study_folder.name}; press Open study to go on with it."
    host.click(ui.openStudyButton)
    assert "opened. Choose the reader" in status(panel)
    host.select(ui.readerBox, "A")
    host.click(panel.read._ui.nextButton)
    assert open_reading(panel) is not None


def test_without_a_folder_the_button_says_what_it_needs(host, study_door):
    panel = study_door()
    assert not panel.study._ui.openStudyButton.enabled
    assert "Name a study's folder first." in panel.study._ui.openStudyButton.toolTip


def test_a_study_opened_a_second_time_is_there_and_alive(host, open_session, study_folder, tmp_path):
    panel = open_session()
    ui = panel.study._ui
    assert panel.study.widget.collapsed, "who reads is chosen"
    panel.study.widget.collapsed = False
    host.type_path(ui.folderEdit, tmp_path / "nowhere")
    assert status(panel).startswith("⚠")
    assert not ui.readerBox.visible
    assert not panel.read.widget.visible
    assert not panel.study.widget.collapsed
    assert host.rows(panel.read._ui.worklistTable) == []
    host.type_path(ui.folderEdit, study_folder)
    assert "opened" in status(panel)
    host.select(ui.readerBox, "A")
    assert len(host.rows(panel.read._ui.worklistTable)) == 3
    panel.study.widget.collapsed = False
    host.click(ui.openStudyButton)
    assert (ui.readerBox.currentText, ui.roundBox.currentText) == ("A", "1")
    assert len(host.rows(panel.read._ui.worklistTable)) == 3


def test_islands_split_in_a_reading_lose_nothing(host, open_session, phantom, study_folder):
    from RLNResponseLib.imaging.load import read_contour
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study

    panel = open_session()
    host.click(panel.read._ui.nextButton)
    name = open_reading(panel).lymph_node.id
    drawn = two_parts(phantom)
    draw(host, panel, drawn)
    findings = panel.read._ui.findingsLabel
    host.until(lambda: "2 separate parts" in findings.text)
    editor = panel.read._reading._editor.widget
    editor.setActiveEffectByName("Islands")
    editor.activeEffect().setParameter("Operation", "SPLIT_ISLANDS_TO_SEGMENTS")
    editor.activeEffect().self().onApply()
    host.until(lambda: "lies in 2 segments ('Lymph node', 'Lymph node_2')" in findings.text)
    assert "2 separate parts" in findings.text
    assert "--" not in findings.text, "what only the command line can do is not advised here"
    reading = open_reading(panel)
    assert (reading.contour().corner, reading.contour().voxel_count) == (drawn.corner, drawn.voxel_count)
    host.click(panel.read._ui.saveButton)
    host.click(panel.read._ui.lockButton)
    study = Study.open(study_folder)
    kept = read_contour(study.contour_file(ReadingKey(lymph_node=name, reader="A")), reading.ct)
    assert kept.corner == drawn.corner
    assert (kept.voxels == drawn.voxels).all()


def test_only_effects_that_work_with_one_segment_are_offered(host, open_session):
    from host.objects import unwrap

    panel = open_session()
    offered = unwrap(panel.read._reading._editor.widget).offered_effects()
    assert "Paint" in offered
    assert "Islands" in offered
    assert "Grow from seeds" not in offered


@pytest.mark.parametrize("what", ["volume", "segmentation"])
def test_a_deleted_ct_or_contour_closes_the_reading_with_its_draft_and_leaves_nothing(
    host, open_session, phantom, what
):
    from RLNResponseLib.scene.reading_nodes import reading_nodes_in

    panel = open_session()
    displays = host.scene.GetNumberOfNodesByClass("vtkMRMLDisplayNode")
    host.click(panel.read._ui.nextButton)
    reading = open_reading(panel)
    name = reading.lymph_node.id
    draw(host, panel, phantom.truth[0])
    drawn = reading.contour()
    host.delete(getattr(reading.nodes, what))
    host.process(20)
    assert open_reading(panel) is None
    thing = {"volume": "CT", "segmentation": "contour"}[what]
    assert status(panel) == (
        f"⚠ The {thing} of '{name}' was deleted from the scene, so the reading was closed: its draft is kept; open it "
        "again to go on."
    )
    assert reading_nodes_in(host.scene) == ()
    assert host.scene.GetNumberOfNodesByClass("vtkMRMLDisplayNode") == displays
    assert panel.doors.buttons["patient"].enabled
    host.click(panel.read._ui.nextButton)
    assert open_reading(panel).lymph_node.id == name
    assert (open_reading(panel).contour().voxels == drawn.voxels).all()


def test_a_ct_deleted_while_the_share_is_away_comes_back_with_the_contour(host, open_session, phantom, study_folder):
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    draw(host, panel, phantom.truth[0])
    drawn = open_reading(panel).contour()
    study_folder.rename(study_folder.with_name("away"))
    host.delete(open_reading(panel).nodes.volume)
    host.process(20)
    assert "both are back in the scene" in status(panel)
    assert (open_reading(panel).contour().voxels == drawn.voxels).all()
    study_folder.with_name("away").rename(study_folder)
    host.click(panel.read._ui.lockButton)
    assert "Locked" in status(panel)


def test_what_was_closed_is_no_longer_called_open(host, open_session, phantom):
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    name = open_reading(panel).lymph_node.id
    assert f"'{name}' is open" in status(panel)
    choose_reader(host, panel, "B")
    assert status(panel) == f"✓ '{name}' is closed; nothing was drawn."
    choose_reader(host, panel, "A")
    host.click(panel.read._ui.nextButton)
    draw(host, panel, phantom.truth[0])
    choose_reader(host, panel, "")
    assert status(panel) == f"✓ '{name}' is closed; its draft is kept."


def test_save_draft_tells_the_truth_after_the_segment_was_deleted(host, open_session, phantom):
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    reading = open_reading(panel)
    name = reading.lymph_node.id
    host.click(panel.read._ui.saveButton)
    assert status(panel) == f"⚠ Nothing is drawn of '{name}', so no draft is kept."
    draw(host, panel, phantom.truth[0])
    host.click(panel.read._ui.saveButton)
    assert status(panel) == f"✓ The draft of '{name}' is kept."
    reading.nodes.segmentation.GetSegmentation().RemoveSegment(reading.nodes.segment_id)
    host.until(lambda: not panel.read._ui.lockButton.enabled)
    host.click(panel.read._ui.saveButton)
    assert status(panel) == f"⚠ Nothing is drawn of '{name}' now; the draft that was kept before stays as it is."
    # There is a segment to go on in, and the editor draws in it.
    assert panel.read._reading._editor.widget.currentSegmentID() == reading.nodes.segment_id
    draw(host, panel, phantom.truth[1])
    host.click(panel.read._ui.lockButton)
    assert "Locked" in status(panel)


def test_a_saved_scene_does_not_tell_which_lymph_node_was_read(host, open_session, tmp_path):
    panel = open_session()
    for _ in range(2):
        host.click(panel.read._ui.nextButton)
    name = open_reading(panel).lymph_node.id
    assert open_reading(panel).nodes.volume.GetName() == "CT being read"
    host.scene.SetURL(str(tmp_path / "scene.mrml"))
    assert host.scene.Commit()
    written = (tmp_path / "scene.mrml").read_text()
    assert "CT being read" in written
    assert not [each for each in ("LN1", "LN2", "LN3", name, "reader") if each in written]


def clone(host, node, name):
    made = host.scene.AddNewNodeByClass(node.GetClassName())
    made.Copy(node)
    made.SetName(name)
    return made


def test_a_clone_of_the_ct_is_named_when_a_reading_closes_and_when_the_next_one_opens(host, open_session, phantom):
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    assert "⚠" not in status(panel)
    draw(host, panel, phantom.truth[0])
    kept = clone(host, open_reading(panel).nodes.segmentation, "for later")
    kept.SetAttribute("RLNResponse.reading", None)
    sentence = (
        "In the scene, 'for later' lies on the CT of this study and can show another contour of the lymph node, or "
        "keep this one outside the study; delete in the module Data what you do not need."
    )
    host.click(panel.read._ui.lockButton)
    assert status(panel).startswith("⚠ Locked 'LN")
    assert status(panel).endswith(sentence)
    host.click(panel.read._ui.nextButton)
    assert status(panel).startswith("⚠ 'LN")
    assert status(panel).endswith(f"is open; draw it with Segment Editor. {sentence}")
    assert sentence in panel.read._ui.findingsLabel.text
    assert host.scene.IsNodePresent(kept), "nothing is deleted"
    panel.read.leave_reading()
    assert status(panel).endswith(f"is closed; nothing was drawn. {sentence}")

    host.click(panel.read._ui.nextButton)
    host.delete(kept)
    panel.read._reading.refresh()
    assert panel.read._ui.findingsLabel.text == ""
    panel.read.leave_reading()
    assert status(panel).startswith("✓ 'LN")


def test_the_files_of_a_blinded_study_are_no_model_and_no_ct_to_import(host, open_session, study_folder):
    panel = open_session()
    panel.score._ui.modelEdit.currentPath = str(study_folder / "images" / "CT1.json")
    assert status(panel).startswith("⚠ CT1.json lies inside the study study, which is blinded")
    panel.study.widget.collapsed = False
    host.click(panel.study._ui.coordinatorButton)
    ui = panel.study.coordinator.ui
    ui.ctEdit.currentPath = str(study_folder / "images" / "CT1.nrrd")
    ui.patientIdEdit.text, ui.imageIdEdit.text = "P1", "CT2"
    host.click(ui.importCTButton)
    assert status(panel).startswith("⚠ CT1.nrrd lies inside the study study, which is blinded")
