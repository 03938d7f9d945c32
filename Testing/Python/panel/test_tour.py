"""The tour of a door: once, of what is there, in nobody's way, and not beside a blinded reading."""

import pytest

KEY = "RLNResponse/ToursSeen"


@pytest.fixture
def newcomer(host):
    """A host that never saw the panel."""
    host.slicer.app.userSettings().remove(KEY)
    return host


def walk(host, panel):
    """Go through the tour; the widgets that it was of."""
    seen = []
    while panel.tour.is_shown:
        assert len(seen) < 10
        seen.append(panel.tour._shown.widget)
        widget, frame = panel.tour._shown.widget, panel.tour.frame
        assert widget.visible
        assert frame.visible
        corner = widget.mapTo(panel.tour._panel, widget.rect.topLeft())
        inside = panel.tour._panel
        wanted = (corner.x() - 3, corner.y() - 3, corner.x() + widget.width + 3, corner.y() + widget.height + 3)
        edges = (0, 0, inside.width, inside.height)
        # All four of its sides are in sight.
        assert (frame.x, frame.y) == tuple(map(max, wanted[:2], edges[:2]))
        assert (frame.x + frame.width, frame.y + frame.height) == tuple(map(min, wanted[2:], edges[2:]))
        assert panel.tour._label.text.startswith(f"{len(seen)}/")
        host.click(panel.tour.next_button)
    assert not panel.tour.box.visible
    assert not panel.tour.frame.visible
    return [widget.objectName for widget in seen]


def test_on_the_first_opening_it_shows_what_is_there_and_never_again(newcomer):
    panel = newcomer.open_module(width=440, height=900)
    assert panel.tour.is_shown
    assert newcomer.cut_texts(panel.tour.box) == []
    assert walk(newcomer, panel) == ["patientDoor", "ctSelector", "segmentationSelector", "emptyLabel", "tourButton"]
    newcomer.exit()
    newcomer.enter()
    assert not panel.tour.is_shown
    newcomer.click(panel.doors.buttons["study"])
    assert walk(newcomer, panel) == ["studyDoor", "folderEdit", "coordinatorButton", "tourButton"]
    newcomer.click(panel.doors.buttons["patient"])
    newcomer.click(panel.doors.buttons["study"])
    assert not panel.tour.is_shown


def test_it_goes_with_a_click_and_comes_back_when_it_is_called(newcomer, load_patient):
    panel = newcomer.open_module(width=440, height=1200)
    newcomer.click(panel.tour.close_button)
    assert not panel.tour.is_shown
    newcomer.exit()
    newcomer.enter()
    assert not panel.tour.is_shown
    load_patient()
    newcomer.until(lambda: len(panel.score.scores) == 3)
    newcomer.click(panel.doors.tour_button)
    shown = walk(newcomer, panel)
    assert shown[3:5] == ["scoreTable", "contourButton"]
    assert 4 <= len(shown) <= 6


def test_of_a_reader_it_shows_the_list(newcomer, study_folder, study_door, monkeypatch):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    panel = study_door(width=440, height=1400)
    newcomer.click(panel.tour.close_button)
    newcomer.type_path(panel.study._ui.folderEdit, study_folder)
    newcomer.select(panel.study._ui.readerBox, "A")
    newcomer.click(panel.doors.tour_button)
    assert walk(newcomer, panel)[-3:] == ["nextButton", "worklistTable", "tourButton"]


def test_what_goes_meanwhile_is_passed_over_and_focus_stays_where_it_was(newcomer):
    import qt

    panel = newcomer.open_module(width=440, height=900)
    for button in (panel.tour.next_button, panel.tour.close_button):
        assert button.focusPolicy == qt.Qt.NoFocus
    assert not panel.tour.box.isWindow()
    panel.score._ui.ctSelector.visible = False
    newcomer.click(panel.tour.next_button)
    assert panel.tour._shown.widget.objectName == "segmentationSelector"


def test_beside_a_blinded_reading_there_is_none_and_none_can_be_called(newcomer, open_session):
    panel = open_session()
    panel.tour.begin("study")
    assert panel.tour.is_shown
    newcomer.click(panel.read._ui.nextButton)
    assert panel.read.is_open
    assert not panel.tour.is_shown
    newcomer.click(panel.doors.tour_button)
    assert not panel.tour.is_shown
    panel.read.leave_reading()
    newcomer.click(panel.doors.tour_button)
    assert panel.tour.is_shown
    newcomer.exit()
    assert not panel.tour.is_shown
