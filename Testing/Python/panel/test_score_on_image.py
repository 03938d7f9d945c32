"""The chosen lymph node's score over the slice views: in a corner, beside the lymph node, never in a scene, never while
a blinded reading is open."""

import numpy as np
import pytest

NOTICE = "research use only"


@pytest.fixture
def patient(host, load_patient):
    """A CT with lymph nodes, scored, with the first one's scores in the corner of every view."""
    panel = host.open_module(height=1600)
    volume, segmentation = load_patient()
    host.until(lambda: len(panel.score.scores) == 3)
    return panel, volume, segmentation


def in_windows(host):
    """The text that lies in the windows of the slice views, by view, whoever put it there."""
    manager = host.slicer.app.layoutManager()
    found = {}
    for name in manager.sliceViewNames():
        renderers = manager.sliceWidget(name).sliceView().renderWindow().GetRenderers()
        layers = [renderers.GetItemAsObject(number) for number in range(renderers.GetNumberOfItems())]
        props = [
            (layer.GetLayer(), layer.GetViewProps().GetItemAsObject(number))
            for layer in layers
            for number in range(layer.GetViewProps().GetNumberOfItems())
        ]
        found[name] = [(layer, prop.GetInput(), prop.GetPosition()) for layer, prop in props if prop.GetVisibility()]
    return found


def choose(host, panel, row):
    host.choose_row(panel.score._ui.scoreTable, row, 2)


def test_the_corner_of_every_view_tells_the_chosen_ones_scores_and_that_it_is_research(host, patient):
    panel, _volume, _segmentation = patient
    for row, live in enumerate(panel.score.scores.values()):
        choose(host, panel, row)
        texts = in_windows(host)
        assert set(texts) == {"Red", "Yellow", "Green"}
        for ((layer, text, _place),) in texts.values():
            assert layer == 1, "over what Slicer draws"
            assert live.name in text
            assert text.splitlines()[-1] == NOTICE
            for score in live.result.scores:
                assert f"{score.model.title} {score.score:.3f}" in text
                assert score.group_said in text


def test_the_score_in_the_corner_follows_a_stroke(host, patient):
    panel, volume, segmentation = patient
    before = panel.score.on_image
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    mask = host.slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment_id, volume)
    mask[: mask.shape[0] // 2] = 0
    host.draw(segmentation, segment_id, mask, volume)
    host.until(lambda: panel.score.on_image != before, 3000)
    score = next(iter(panel.score.scores.values())).result.scores[0]
    assert f"{score.score:.3f}" in panel.score.on_image[0]


def test_a_label_beside_the_lymph_node_follows_it_and_is_gone_where_the_slice_does_not_cut_it(host, patient):
    panel, _volume, _segmentation = patient
    ui = panel.score._ui
    ui.cornerBox.checked = False
    assert panel.score.on_image == []
    ui.besideBox.checked = True
    choose(host, panel, 0)
    assert len(panel.score.on_image) == 3, "the views are centred on it, so that each cuts it"
    red = host.slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    ((_layer, _text, place),) = in_windows(host)["Red"]
    # Where Slicer's own matrix puts the middle of the view, in which the lymph node is: right of it, at its height.
    width, height = red.GetDimensions()[:2]
    assert place[0] > width / 2
    assert place[1] == pytest.approx(height / 2, abs=1.5)
    view = red.GetFieldOfView()
    red.SetFieldOfView(view[0] / 2, view[1] / 2, view[2])
    ((_layer, _text, zoomed),) = in_windows(host)["Red"]
    assert zoomed[0] > place[0], "it keeps away from a lymph node that is drawn larger"
    red.SetSliceOffset(red.GetSliceOffset() + 100)
    assert in_windows(host)["Red"] == []
    assert len(in_windows(host)["Green"]) == 1
    choose(host, panel, 0)
    assert len(in_windows(host)["Red"]) == 1


def test_both_choices_are_remembered_and_none_is_one_too(host):
    panel = host.open_module()
    boxes = lambda panel: (panel.score._ui.cornerBox.checked, panel.score._ui.besideBox.checked)  # noqa: E731
    assert boxes(panel) == (True, False)
    for wanted in ((False, False), (True, True), (False, True)):
        panel.score._ui.cornerBox.checked, panel.score._ui.besideBox.checked = wanted
        host.quit()
        panel = host.open_module()
        assert boxes(panel) == wanted


def test_nothing_of_it_is_in_the_scene_or_in_a_saved_one(host, patient, tmp_path):
    panel, _volume, _segmentation = patient
    nodes = host.scene.GetNumberOfNodes()
    panel.score._ui.besideBox.checked = True
    choose(host, panel, 1)
    assert len(panel.score.on_image) == 6
    assert host.scene.GetNumberOfNodes() == nodes
    host.scene.SetURL(str(tmp_path / "scene.mrml"))
    assert host.scene.Commit()
    written = (tmp_path / "scene.mrml").read_text()
    assert NOTICE not in written
    assert "Rad-score" not in written
    for live in panel.score.scores.values():
        for score in live.result.scores:
            assert f"{abs(score.score):.3f}" not in written


def test_it_goes_with_the_door_the_module_the_choice_and_the_scene(host, patient):
    panel, _volume, _segmentation = patient
    for leave, come_back in (
        (lambda: host.click(panel.doors.buttons["study"]), lambda: host.click(panel.doors.buttons["patient"])),
        (host.exit, host.enter),
        (lambda: host.select(panel.score._ui.segmentationSelector, "None"), host.exit),
    ):
        host.until(lambda: panel.score.on_image != [], 5000)
        leave()
        assert panel.score.on_image == []
        assert not any(in_windows(host).values())
        come_back()
    host.enter()
    host.until(lambda: panel.score.on_image != [], 5000)
    host.close_scene()
    assert not any(in_windows(host).values())


def test_while_a_blinded_reading_is_open_no_score_can_be_seen_anywhere(
    host, patient, study_folder, phantom, monkeypatch
):
    from PySide6 import QtWidgets

    from host.objects import unwrap
    from RLNResponseLib.scene.segmentations import show_contour

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    panel, volume, segmentation = patient
    panel.score._ui.besideBox.checked = True
    panel.score._ui.detailsButton.collapsed = False
    host.until(lambda: "second reader" in panel.score._ui.saidLabel.text, 20_000)
    known = {f"{score.score:.3f}" for live in panel.score.scores.values() for score in live.result.scores}
    known |= {number.replace("-", "−") for number in known}
    host.click(panel.doors.buttons["study"])
    host.type_path(panel.study._ui.folderEdit, study_folder)
    host.select(panel.study._ui.readerBox, "A")
    host.click(panel.read._ui.nextButton)
    reading = panel.read._reading.reading
    show_contour(reading.nodes.segmentation, reading.nodes.segment_id, phantom.truth[0], reading.ct)
    host.process(300)

    # A script opens the door, chooses what is read and what was scored before, and turns everything on.
    panel.show_door("patient")
    panel.score._ui.cornerBox.checked = False
    panel.score._ui.cornerBox.checked = True
    for chosen in ((reading.nodes.volume, reading.nodes.segmentation), (volume, segmentation)):
        panel.score._ui.ctSelector.setCurrentNode(chosen[0])
        panel.score._ui.segmentationSelector.setCurrentNode(chosen[1])
        panel.score.enter()
        panel.score.choose()
        host.process(300)
        assert dict(panel.score.scores) == {}
        assert panel.score.on_image == []
        assert not any(in_windows(host).values())
        shown = []
        for widget in unwrap(host.window).findChildren(QtWidgets.QWidget):
            shown += [widget.toolTip(), widget.accessibleDescription(), widget.accessibleName(), widget.whatsThis()]
            if isinstance(widget, (QtWidgets.QLabel, QtWidgets.QAbstractButton)):
                shown.append(widget.text())
            if isinstance(widget, QtWidgets.QTableWidget):
                cells = [
                    widget.item(row, column)
                    for row in range(widget.rowCount())
                    for column in range(widget.columnCount())
                ]
                shown += [words for cell in cells if cell is not None for words in (cell.text(), cell.toolTip())]
        everything = "\n".join([*shown, panel.status._label.text, host.status_message])
        assert [number for number in known if number in everything] == []
        assert "responder" not in everything
    panel.score.exit()

    host.click(panel.read._ui.lockButton)
    host.click(panel.doors.buttons["patient"])
    host.until(lambda: panel.score.on_image != [], 5000)


def test_scores_that_are_in_sight_are_gone_the_moment_a_blinded_reading_opens(host, patient):
    panel, _volume, _segmentation = patient
    ui = panel.score._ui
    panel.score._context.signals.reading_opened.emit(None)
    assert panel.doors.buttons["study"].checked
    assert ui.scoreTable.rowCount == 0
    assert ui.featureTable.rowCount == 0
    texts = (ui.saidLabel, ui.findingsLabel, ui.noticeLabel, *(line.label for line in panel.score._detail.lines))
    assert [label.text for label in texts if label.text] == []
    assert panel.score.on_image == []


def test_what_was_taken_away_keeps_no_view_alive(host, patient):
    panel, _volume, _segmentation = patient
    assert panel.score.on_image != []
    panel.score._on_image.clear()
    assert panel.score._on_image._gone == []


def test_a_view_without_a_main_window_is_no_reason_to_fail(host, monkeypatch):
    from RLNResponseLib.panel.widgets import slice_windows

    class Application:
        @staticmethod
        def layoutManager():  # noqa: N802 - Slicer's name
            return None

    class Slicer:
        app = Application()

    monkeypatch.setattr(slice_windows, "slicer", Slicer())
    assert slice_windows.slice_windows() == []


def test_the_place_of_a_contour_is_the_box_of_its_voxels(host, phantom):
    from RLNResponseLib.scene.score_on_image import place_of

    contour = phantom.truth[0]
    drawn = np.argwhere(contour.voxels) + contour.corner
    points = np.array([phantom.ct.image.TransformIndexToPhysicalPoint(tuple(map(int, each[::-1]))) for each in drawn])
    points[:, :2] *= -1
    place = place_of(contour, phantom.ct)
    spacing = np.array(phantom.ct.image.GetSpacing())
    assert place.corners.min(axis=0) == pytest.approx(points.min(axis=0) - spacing / 2)
    assert place.corners.max(axis=0) == pytest.approx(points.max(axis=0) + spacing / 2)
    assert place.centre == pytest.approx((points.min(axis=0) + points.max(axis=0)) / 2)
