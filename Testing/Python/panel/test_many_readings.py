"""Reading 129 lymph nodes: what is left, the day's work, windows on keys, views for contouring."""

import pytest


def lock_truth(host, panel, phantom):
    reading = panel.read._reading.reading
    truth = phantom.truth[int(reading.lymph_node.id.removeprefix("LN")) - 1]
    import numpy as np

    whole = np.zeros(phantom.ct.image.GetSize()[::-1], dtype=np.uint8)
    box = tuple(slice(c, c + s) for c, s in zip(truth.corner, truth.voxels.shape, strict=True))
    whole[box] = truth.voxels
    nodes = reading.nodes
    host.draw(nodes.segmentation, nodes.segment_id, whole, nodes.volume)
    host.until(lambda: panel.read._ui.lockButton.enabled)
    host.click(panel.read._ui.lockButton)


def test_the_day_counts_what_was_locked_and_the_list_shows_what_is_left(host, open_session, phantom):
    panel = open_session()
    ui = panel.read._ui
    assert ui.dayLabel.text == "3 left to read · today 0 locked"
    host.click(ui.nextButton)
    lock_truth(host, panel, phantom)
    assert ui.dayLabel.text.startswith("2 left to read · today 1 locked in ")
    assert len(host.rows(ui.worklistTable)) == 3
    host.select(ui.filterBox, "Left to read")
    assert [row[2] for row in host.rows(ui.worklistTable)] == ["to read", "to read"]
    host.select(ui.filterBox, "Locked")
    (only,) = host.rows(ui.worklistTable)
    assert only[2] == "locked"
    host.click(ui.nextButton)
    # What is open stands in the list, whatever the filter was.
    assert ui.filterBox.currentText == "All"
    assert host.rows(ui.worklistTable)[ui.worklistTable.currentRow()][2] == "open"


def test_yesterdays_readings_and_those_of_others_are_not_of_this_day(study_folder, phantom, tmp_path):
    from datetime import UTC, date, datetime

    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
    from RLNResponseLib.study.contouring import import_reading, lock
    from RLNResponseLib.study.reading_day import reading_day
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study

    study = Study.open(study_folder)
    mask = tmp_path / "1.seg.nrrd"
    write_seg_nrrd(mask, phantom.truth[0], phantom.ct)
    for reader, day in (("A", 2), ("B", 3)):
        key = ReadingKey(lymph_node="LN1", reader=reader)
        import_reading(study, key, mask, Now(datetime(2026, 3, day, 9, tzinfo=UTC)))
        lock(study, key, Now(datetime(2026, 3, day, 9, tzinfo=UTC)))
    assert [reading_day(study, "A", date(2026, 3, day)).readings for day in (1, 2, 3)] == [0, 1, 0]
    day = reading_day(study, "A", date(2026, 3, 2))
    assert (day.minutes, day.timed) == (0.0, 0), "an imported contour has no time"


def test_keys_change_the_window_of_the_ct_that_is_read_and_of_no_other(host, open_session):
    from RLNResponseLib.scene.contouring_views import WINDOWS

    panel = open_session()
    box = panel.read._ui.windowBox
    assert not box.visible
    host.click(panel.read._ui.nextButton)
    assert box.visible
    display = panel.read._reading.reading.nodes.volume.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == (WINDOWS[0].width, WINDOWS[0].level)
    host.press("Alt+3")
    assert (display.GetWindow(), display.GetLevel()) == (1500.0, -600.0)
    host.exit()
    host.press("Alt+1")
    assert (display.GetWindow(), display.GetLevel()) == (1500.0, -600.0), "another module is shown"


def test_while_a_reading_is_open_there_is_no_3d_view_and_the_views_are_close_to_the_site(host, open_session):
    from RLNResponseLib.scene.contouring_views import FIELD_MM, LAYOUT

    slicer, scene = host.slicer, host.scene
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode") or scene.AddNewNodeByClass("vtkMRMLLayoutNode")
    layout.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    assert layout.GetViewArrangement() == LAYOUT
    description = layout.GetLayoutDescription(LAYOUT)
    assert description.count("vtkMRMLSliceNode") == 3
    assert "vtkMRMLViewNode" not in description
    assert scene.GetNodeByID("vtkMRMLSliceNodeRed").GetFieldOfView()[0] == FIELD_MM
    host.exit()
    assert layout.GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    host.enter()
    assert layout.GetViewArrangement() == LAYOUT
    # Who chooses another arrangement meanwhile keeps it.
    layout.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalView)
    host.exit()
    assert layout.GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalView


def test_slicers_window_does_not_keep_the_arrangement_of_a_reading(host, open_session):
    from RLNResponseLib.scene.contouring_views import LAYOUT

    slicer, scene, settings = host.slicer, host.scene, host.slicer.app.userSettings()
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode") or scene.AddNewNodeByClass("vtkMRMLLayoutNode")
    layout.SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    # As qSlicerMainWindow::saveGUIState, by hand and while the reading is open.
    settings.setValue("MainWindow/layout", layout.GetViewArrangement())
    assert int(settings.value("MainWindow/layout")) == LAYOUT
    host.quit()
    assert int(settings.value("MainWindow/layout")) == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    # What is not ours stays.
    from RLNResponseLib.scene.contouring_views import forget_stored

    settings.setValue("MainWindow/layout", 4)
    forget_stored(settings, 3)
    assert int(settings.value("MainWindow/layout")) == 4


def test_the_number_of_the_layout_alone_as_a_saved_scene_has_it_brings_the_views_too(host):
    from RLNResponseLib.scene.contouring_views import LAYOUT, lay_back, lay_out

    scene = host.scene
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode") or scene.AddNewNodeByClass("vtkMRMLLayoutNode")
    assert not layout.IsLayoutDescription(LAYOUT)
    layout.SetViewArrangement(LAYOUT)
    assert not layout.GetCurrentLayoutDescription()
    before = lay_out(scene)
    assert layout.GetCurrentLayoutDescription().count("vtkMRMLSliceNode") == 3
    lay_back(scene, before)
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView


@pytest.mark.parametrize("has_views", [False, True])
def test_after_a_slicer_that_was_killed_during_a_reading_the_next_one_has_views(host, has_views):
    from RLNResponseLib.scene.contouring_views import LAYOUT

    scene, settings = host.scene, host.slicer.app.userSettings()
    logic = host.slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(scene)
    layout = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    # As qSlicerMainWindow::restoreGUIState: the number alone, or what a newer layout manager takes instead of it.
    settings.setValue("MainWindow/layout", LAYOUT)
    layout.SetViewArrangement(layout.SlicerLayoutConventionalView if has_views else LAYOUT)
    assert bool(layout.GetCurrentLayoutDescription()) == has_views
    host.open_module()
    host.slicer.app.startupCompleted()
    wanted = layout.SlicerLayoutConventionalView if has_views else layout.SlicerLayoutFourUpView
    assert layout.GetViewArrangement() == wanted
    assert layout.GetCurrentLayoutDescription().count("<view class=") >= 3
    assert int(settings.value("MainWindow/layout")) == layout.SlicerLayoutFourUpView
    # A scene that was saved during a reading has the number too, and finds its views.
    layout.SetViewArrangement(LAYOUT)
    assert layout.GetCurrentLayoutDescription().count("vtkMRMLSliceNode") == 3
    logic.SetMRMLScene(None)
