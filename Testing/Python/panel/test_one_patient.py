"""One patient, from an empty Slicer to a score, with as few actions as can be."""

import numpy as np
import pytest


def centre_of_views(host):
    views = host.slicer.util.getNodesByClass("vtkMRMLSliceNode")
    return [[view.GetSliceToRAS().GetElement(axis, 3) for axis in range(3)] for view in views]


def assert_centred(host, phantom, number):
    contour = phantom.truth[number]
    middle = [start + (size - 1) / 2 for start, size in zip(contour.corner, contour.voxels.shape, strict=True)]
    left, posterior, superior = phantom.ct.image.TransformContinuousIndexToPhysicalPoint(middle[::-1])
    for centre in centre_of_views(host):
        assert centre == pytest.approx([-left, -posterior, superior], abs=1e-3)


def names(table, host):
    return [row[2] for row in host.rows(table)]


def test_what_the_views_show_and_was_drawn_on_it_is_chosen_by_itself_whenever_it_comes(host, load_patient):
    panel = host.open_module()
    ui = panel.score._ui
    assert ui.ctSelector.currentNode() is None
    volume, segmentation = load_patient()
    host.until(lambda: ui.ctSelector.currentNode() is volume)
    assert ui.segmentationSelector.currentNode() is segmentation
    host.until(lambda: len(panel.score.scores) == 3)
    assert ui.contourButton.collapsed, "all of them are contoured"
    # Who loaded it before, finds it chosen too.
    host.quit()
    panel = host.open_module()
    assert panel.score._ui.ctSelector.currentNode() is volume
    host.until(lambda: len(panel.score.scores) == 3)


def test_nothing_is_guessed_where_it_could_be_another(host, load_patient):
    panel = host.open_module()
    ui = panel.score._ui
    volume, segmentation = load_patient()
    other, drawn_on_other = load_patient()
    host.process(50)
    assert (ui.ctSelector.currentNode(), ui.segmentationSelector.currentNode()) == (other, drawn_on_other)
    # A choice of one's own stays, whatever the views show.
    host.scene.RemoveNode(drawn_on_other)
    host.select(ui.ctSelector, volume.GetName())
    host.select(ui.segmentationSelector, segmentation.GetName())
    from RLNResponseLib.scene.views import show_in_slices

    show_in_slices(host.scene, other)
    host.process(50)
    assert ui.ctSelector.currentNode() is volume
    # A segmentation on another CT is not taken for one on this.
    host.select(ui.ctSelector, other.GetName())
    host.select(ui.segmentationSelector, "None")
    host.exit()
    host.enter()
    assert ui.segmentationSelector.currentNode() is None


def test_from_a_ct_to_a_score_in_two_actions_new_and_a_stroke(host, phantom):
    import vtk

    from RLNResponseLib.imaging.segments import lymph_node_terminology
    from RLNResponseLib.scene.segmentations import show_contour
    from RLNResponseLib.scene.views import show_in_slices
    from RLNResponseLib.scene.volumes import add_ct

    panel = host.open_module(height=1200)
    ui = panel.score._ui
    volume = add_ct(host.scene, phantom.ct, "CT")
    show_in_slices(host.scene, volume)
    host.until(lambda: ui.newButton.visible)
    assert ui.emptyLabel.text == "Press New to draw a lymph node on this CT, or choose a segmentation."
    host.click(ui.newButton)
    segmentation = ui.segmentationSelector.currentNode()
    segment = segmentation.GetSegmentation().GetNthSegment(0)
    assert segment.GetName() == "LN1"
    entry = vtk.reference("")
    assert segment.GetTag(host.slicer.vtkSegment.GetTerminologyEntryTagName(), entry)
    assert str(entry) == lymph_node_terminology()
    assert not ui.contourButton.collapsed
    editor = panel.score._editor.widget
    assert editor.segmentationNode() is segmentation
    assert editor.sourceVolumeNode() is volume
    assert editor.activeEffect() is not None, "the brush is in hand"
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    show_contour(segmentation, segment_id, phantom.truth[0], phantom.ct)
    host.until(lambda: "responder" in host.rows(ui.scoreTable)[0][3])
    assert not ui.contourButton.collapsed, "it stays open under the hand"
    assert panel.score.on_image != []
    host.click(ui.addButton)
    assert names(ui.scoreTable, host) == ["LN1", "LN2"]
    assert editor.currentSegmentID() == segmentation.GetSegmentation().GetNthSegmentID(1)
    colours = {segmentation.GetSegmentation().GetNthSegment(number).GetColor() for number in range(2)}
    assert len(colours) == 2


def test_a_stroke_takes_nothing_from_another_and_why_it_has_no_score_is_said_above(host, load_patient, phantom):
    """As Segment Editor begins, it would overwrite the others; the editor's own node says what it may."""
    import slicer

    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import show_contour

    panel = host.open_module(height=1400)
    host.scene.Clear(False)
    host.process()
    _volume, segmentation = load_patient()
    host.until(lambda: len(panel.score.scores) == 3 and all(each.result for each in panel.score.scores.values()))
    node = panel.score._editor.widget.mrmlSegmentEditorNode()
    assert node.GetOverwriteMode() == slicer.vtkMRMLSegmentEditorNode.OverwriteNone
    host.click(panel.score._ui.addButton)
    new = segmentation.GetSegmentation().GetNthSegmentID(3)
    host.until(lambda: new in panel.score.scores)
    flat = Contour(name="flat", voxels=np.ones((1, 6, 6), dtype=bool), corner=(20, 60, 60))
    show_contour(segmentation, new, flat, phantom.ct)
    host.until(lambda: "one slice only" in panel.status._label.text)
    solid = Contour(name="solid", voxels=np.ones((6, 8, 8), dtype=bool), corner=(18, 60, 60))
    show_contour(segmentation, new, solid, phantom.ct)
    host.until(lambda: panel.score.scores[new].result is not None)
    assert panel.status._label.text == ""


def test_choosing_a_row_centres_the_views_on_that_lymph_node_and_edits_it(host, load_patient, phantom):
    panel = host.open_module(height=1200)
    _volume, segmentation = load_patient()
    host.until(lambda: len(panel.score.scores) == 3)
    ui = panel.score._ui
    for row in (1, 2, 0):
        host.choose_row(ui.scoreTable, row, 2)
        assert_centred(host, phantom, row)
        chosen = segmentation.GetSegmentation().GetNthSegmentID(row)
        assert panel.score._editor.widget.currentSegmentID() == chosen
        assert panel.score._scoring.chosen == chosen
    # The segment that is chosen in Segment Editor, by its keys, is the one whose scores are shown.
    panel.score._editor.widget.setCurrentSegmentID(segmentation.GetSegmentation().GetNthSegmentID(2))
    assert ui.scoreTable.currentRow() == 2
    # What Segment Editor takes on its own after an import, with segments of the same IDs, is none of it.
    other = host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    other.GetSegmentation().DeepCopy(segmentation.GetSegmentation())
    panel.score._editor.widget.setSegmentationNode(other)
    assert ui.scoreTable.currentRow() == 2


def test_the_views_are_centred_once_on_what_is_chosen_by_itself_and_are_the_users_from_then_on(
    host, load_patient, phantom
):
    panel = host.open_module()
    _volume, segmentation = load_patient()
    host.until(lambda: len(panel.score.scores) == 3)
    assert panel.score._ui.scoreTable.currentRow() == 0
    assert_centred(host, phantom, 0)
    # The user scrolls: neither an edit, nor another module, nor the other door takes the views away.
    for view in host.slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        view.JumpSliceByCentering(1.0, 2.0, 3.0)
    before = centre_of_views(host)
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    segmentation.GetSegmentation().GetSegment(segment_id).Modified()
    host.exit()
    host.enter()
    panel.show_door("study")
    panel.show_door("patient")
    panel.score.choose()
    host.until(lambda: len(panel.score.scores) == 3)
    assert centre_of_views(host) == before


def test_a_lymph_node_that_is_being_drawn_moves_no_view(host, phantom):
    from RLNResponseLib.scene.segmentations import show_contour
    from RLNResponseLib.scene.views import show_in_slices
    from RLNResponseLib.scene.volumes import add_ct

    panel = host.open_module(height=1200)
    show_in_slices(host.scene, add_ct(host.scene, phantom.ct, "CT"))
    host.until(lambda: panel.score._ui.newButton.visible)
    host.click(panel.score._ui.newButton)
    before = centre_of_views(host)
    segmentation = panel.score._ui.segmentationSelector.currentNode()
    show_contour(segmentation, segmentation.GetSegmentation().GetNthSegmentID(0), phantom.truth[0], phantom.ct)
    host.until(lambda: len(panel.score.scores) == 1)
    assert centre_of_views(host) == before


def test_the_eye_hides_a_lymph_node_and_tells_when_another_does(host, load_patient):
    panel = host.open_module(height=1200)
    _volume, segmentation = load_patient()
    host.until(lambda: len(panel.score.scores) == 3)
    table, display = panel.score._ui.scoreTable, segmentation.GetDisplayNode()
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(1)
    tip = lambda: host.tip(table.item(1, 1))  # noqa: E731
    assert tip().startswith("Shown")
    host.choose_row(table, 1, 1)
    assert not display.GetSegmentVisibility(segment_id)
    assert tip().startswith("Hidden")
    display.SetSegmentVisibility(segment_id, True)
    host.process()
    assert tip().startswith("Shown")


def test_segments_of_one_colour_are_told_apart_when_they_are_chosen(host, load_patient):
    panel = host.open_module()
    _volume, segmentation = load_patient()
    core = segmentation.GetSegmentation()
    host.until(lambda: len(panel.score.scores) == 3)
    host.select(panel.score._ui.segmentationSelector, "None")
    for number in range(3):
        core.GetNthSegment(number).SetColor(0.5, 0.5, 0.5)
    host.select(panel.score._ui.segmentationSelector, segmentation.GetName())
    colours = [core.GetNthSegment(number).GetColor() for number in range(3)]
    assert len(set(colours)) == 3
    assert colours[0] == (0.5, 0.5, 0.5), "the first one keeps its own"


def test_a_warning_has_its_mark_in_the_table_and_its_count_in_the_heading_of_the_details(host, load_patient, phantom):
    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import show_contour

    panel = host.open_module(height=1200)
    _volume, segmentation = load_patient()
    host.until(lambda: len(panel.score.scores) == 3)
    truth = phantom.truth[0]
    depth, height, width = truth.voxels.shape
    voxels = np.zeros((depth, height, 3 * width), dtype=bool)
    voxels[:, :, :width] = truth.voxels
    voxels[: depth // 2, :, 2 * width :] = truth.voxels[: depth // 2]
    in_two_parts = Contour(name="LN1", voxels=voxels, corner=truth.corner)
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    show_contour(segmentation, segment_id, in_two_parts, phantom.ct)
    ui = panel.score._ui
    host.until(lambda: host.rows(ui.scoreTable)[0][5] == "⚠")
    result = panel.score.scores[segment_id].result
    assert all(finding.message in host.tip(ui.scoreTable.item(0, 5)) for finding in result.warnings)
    count = len(result.warnings)
    assert ui.detailsButton.text == f"Details · ⚠ {count} warning{'s' if count > 1 else ''}"
    ui.detailsButton.collapsed = False
    signs = [line[0] for line in ui.findingsLabel.text.splitlines() if line[0] in "✗⚠ℹ"]
    assert signs == sorted(signs, key="✗⚠ℹ".index), "the severest first"


def test_a_studys_contour_is_scored_where_it_may_be_and_never_edited_or_preselected(
    host, load_patient, phantom, study_folder, monkeypatch
):
    from RLNResponseLib.scene.reading_nodes import open_reading_nodes
    from RLNResponseLib.scene.views import show_in_slices

    panel = host.open_module()
    nodes = open_reading_nodes(host.scene, phantom.ct, "LN1", phantom.truth[0])
    show_in_slices(host.scene, nodes.volume)
    host.process(50)
    ui = panel.score._ui
    assert ui.ctSelector.currentNode() is None
    panel.score._reading_opened(nodes)
    host.until(lambda: len(panel.score.scores) == 1)
    assert not ui.contourButton.visible
    assert not ui.rowActions.visible
    assert panel.score._editor.widget.segmentationNode() is None
