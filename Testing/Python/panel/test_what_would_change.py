"""The button of one patient that says what would change the group: in steps, given up by the next stroke."""

import numpy as np
import pytest


@pytest.fixture
def clinician(host):
    """The panel with the sample, every segment scored, the first one chosen."""
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module(width=440, height=2000)
    volume, segmentation = load_phantom(host.scene)
    count = segmentation.GetSegmentation().GetNumberOfSegments()
    host.until(lambda: len(panel.score.scores) == count)
    host.choose_row(panel.score._ui.scoreTable, 1, 2)
    host.process()
    return panel, volume, segmentation


def boundary_nodes(host):
    from RLNResponseLib.scene.boundary_effect import MARK

    nodes = [host.scene.GetNthNode(number) for number in range(host.scene.GetNumberOfNodes())]
    return [node for node in nodes if node.GetAttribute(MARK)]


def asked(host, panel):
    change = panel.score._change
    host.click(change.button)
    host.until(lambda: not change.is_working, 60_000)
    return change


def test_what_is_said_is_what_the_library_says_and_the_boundary_is_coloured(host, clinician):
    from RLNResponseLib.modelling.counterfactual import counterfactuals
    from RLNResponseLib.report.text.counterfactual import change_words

    panel, _volume, segmentation = clinician
    change = asked(host, panel)
    ct, contour, result = panel.score._scoring.chosen_scored
    for score, found in zip(result.scores, counterfactuals(result, ct, contour), strict=True):
        assert f"{score.model.title}: {change_words(score, found)}" in change.label.text
    # The colours are said, and of which score they are.
    assert "blue where moving it outwards raises Rad-score, orange" in change.label.text
    models = [node for node in boundary_nodes(host) if node.IsA("vtkMRMLModelNode")]
    assert len(models) == 1
    assert [change.box.itemText(number) for number in range(change.box.count)] == [
        "Boundary coloured by Rad-score",
        "Boundary coloured by Rad-score-2-year",
    ]
    before = models[0].GetID()
    change.box.setCurrentIndex(1)
    models = [node for node in boundary_nodes(host) if node.IsA("vtkMRMLModelNode")]
    assert [node.GetID() for node in models] != [before]
    # It is nobody's lymph node.
    assert panel.score._ui.segmentationSelector.currentNode().GetID() == segmentation.GetID()
    assert len(panel.score.scores) == segmentation.GetSegmentation().GetNumberOfSegments()
    host.click(change.button)
    assert boundary_nodes(host) == []
    assert not change.label.visible


def test_the_views_show_the_boundary_in_colour(host, clinician):
    """Drawn by Slicer's own displayable managers: blue where the score rises with the boundary, as it does here."""
    panel, volume, _ = clinician

    def blue_pixels():
        view = host.slice_view()
        view.show(volume)
        place = panel.score._scoring.places[panel.score._scoring.chosen]
        view.jump_to(place.centre)
        view.zoom(0.2)
        red, green, blue = (view.pixels()[:, :, channel].astype(int) for channel in range(3))
        view.close()
        return int(((blue > red + 60) & (blue > green + 10)).sum())

    before = blue_pixels()
    change = asked(host, panel)
    slopes = [effect.per_mm for effect in change._found[0].effects]
    assert max(slopes) > -min(slopes)
    assert blue_pixels() > before + 100


def test_a_stroke_gives_it_up_at_once_and_it_begins_again_once_the_editor_rests(host, clinician):
    from RLNResponseLib.scene.segmentations import contour_of, segments, show_contour
    from RLNResponseLib.scene.volumes import ct_from_volume

    panel, volume, segmentation = clinician
    change = panel.score._change
    host.click(change.button)
    host.process()
    assert change.is_working
    ct = ct_from_volume(volume)
    segment_id = segments(segmentation)[1][0]
    contour = contour_of(segmentation, segment_id, ct)
    voxels = contour.voxels.copy()
    voxels[tuple(np.argwhere(voxels)[0])] = False
    show_contour(segmentation, segment_id, type(contour)(name=contour.name, voxels=voxels, corner=contour.corner), ct)
    assert change._work is None
    assert not change.label.visible
    host.until(lambda: change._work is not None or change.label.visible, 20_000)
    host.until(lambda: not change.is_working, 60_000)
    assert "Rad-score: " in change.label.text


def test_one_step_at_most_between_two_events(host, clinician):
    """What a step holds is one redrawn contour (test_counterfactual.py); the window is served after each."""
    panel, _, _ = clinician
    change = panel.score._change
    host.click(change.button)
    steps, served = [], []
    work = change._work

    def counted():
        for _ in work:
            steps.append(len(served))
            yield

    change._work = counted()
    while change.is_working and len(steps) < 20:
        host.process()
        served.append(1)
    assert len(steps) >= 20
    assert all(steps.count(turn) <= 1 for turn in steps)
    host.click(change.button)
    assert not change.is_working


def test_while_a_mouse_button_is_down_nothing_is_tried_and_then_it_goes_on(host, clinician, monkeypatch):
    """Segment Editor tells of a stroke when the button is let go: until then steps would hold it up."""
    import qt

    from RLNResponseLib.panel import live_scoring
    from RLNResponseLib.panel.widgets import what_would_change

    panel, _, _ = clinician
    assert not what_would_change.is_mouse_pressed()
    pressed = [False]
    for module in (what_would_change, live_scoring):
        monkeypatch.setattr(module, "is_mouse_pressed", lambda: pressed[0])
    change, scoring = panel.score._change, panel.score._scoring
    host.until(lambda: scoring._work is not None, 20_000)
    host.click(change.button)
    begun = change._work, scoring._work
    pressed[0] = True
    host.process()
    host.process()
    assert not change._step.active
    assert not scoring._step.active
    assert (change.is_working, scoring.is_moving) == (True, True)
    pressed[0] = False
    host.until(lambda: scoring._step.active, 5_000)
    assert scoring._work is begun[1]
    host.until(lambda: change._step.active, 5_000)
    assert change._work is begun[0]
    host.click(change.button)
    assert not change.is_working
    assert qt.QGuiApplication.mouseButtons() == qt.Qt.NoButton


def test_another_lymph_node_another_door_and_a_blinded_reading_take_it_away(host, clinician):
    panel, _, _ = clinician
    asked(host, panel)
    assert boundary_nodes(host)
    host.choose_row(panel.score._ui.scoreTable, 2, 2)
    assert boundary_nodes(host) == []
    panel.show_door("study")
    assert not panel.score._change.button.visible
    panel.show_door("patient")
    panel._context.signals.reading_opened.emit(None)
    assert boundary_nodes(host) == []
    assert not panel.score._change.button.visible
    assert not panel.score._change.is_working


def test_quitting_leaves_nothing(host, clinician):
    panel, _, _ = clinician
    asked(host, panel)
    host.quit()
