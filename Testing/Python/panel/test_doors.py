"""Two doors: One patient and Reader study, one of them open, the last one remembered."""


def test_a_new_user_finds_one_patient_and_nothing_that_cannot_be_used_yet(host):
    panel = host.open_module()
    assert panel.doors.buttons["patient"].checked
    ui = panel.score._ui
    assert ui.ctSelector.visible
    hidden = (
        ui.scoreTable, ui.newButton, ui.addButton, ui.cornerBox, ui.contourButton, ui.detailsButton, ui.copyButton,
        panel.study.widget, panel.read.widget, panel.agreement.widget, panel.model.widget, panel.report.widget,
    )  # fmt: skip
    assert not any(widget.visible for widget in hidden)
    assert "Load a contrast CT" in ui.emptyLabel.text
    host.click(panel.doors.buttons["study"])
    assert not ui.ctSelector.visible
    assert panel.study.widget.visible
    without_a_study = (panel.study._ui.readerBox, panel.study._ui.roundBox, panel.study._ui.progressBar)
    assert not any(widget.visible for widget in (*without_a_study, panel.read.widget, panel.agreement.widget))


def test_the_last_door_is_open_the_next_time(host):
    panel = host.open_module()
    host.click(panel.doors.buttons["study"])
    host.quit()
    panel = host.open_module()
    assert panel.doors.buttons["study"].checked
    assert panel.study.widget.visible
    host.click(panel.doors.buttons["study"])
    assert panel.doors.buttons["study"].checked, "the open door cannot be shut"
    host.click(panel.doors.buttons["patient"])
    host.quit()
    assert host.open_module().doors.buttons["patient"].checked


def test_a_study_shows_its_state_in_the_headings_and_only_the_step_it_stands_at(host, open_session, phantom):
    panel = open_session()
    assert [panel.study.widget.collapsed, panel.read.widget.collapsed] == [True, False]
    assert panel.study.widget.text == "Study ✓ · A, round 1"
    assert panel.read.widget.text == "Read · 0 of 3"
    assert not panel.agreement.widget.visible
    from RLNResponseLib.scene.segmentations import show_contour

    for _ in range(3):
        host.click(panel.read._ui.nextButton)
        reading = panel.read._reading.reading
        number = int(reading.lymph_node.id.removeprefix("LN"))
        show_contour(reading.nodes.segmentation, reading.nodes.segment_id, phantom.truth[number - 1], reading.ct)
        host.until(lambda: panel.read._ui.lockButton.enabled)
        host.click(panel.read._ui.lockButton)
    assert panel.read.widget.text == "Read · 3 of 3 ✓"
    panel.study.widget.collapsed = False
    host.select(panel.study._ui.readerBox, "")
    assert not panel.read.widget.visible
    host.select(panel.study._ui.readerBox, "A")
    assert panel.study._ui.roundBox.currentText == "2", "the first round in which something is left"


def test_the_keys_of_reading_do_nothing_behind_the_other_door(host, open_session):
    panel = open_session()
    host.click(panel.doors.buttons["patient"])
    host.press("Ctrl+Shift+N")
    assert panel.read._reading.reading is None
    host.click(panel.doors.buttons["study"])
    host.press("Ctrl+Shift+N")
    assert panel.read._reading.reading is not None


def test_a_blinded_reading_that_opens_only_in_part_shuts_the_door_to_the_scores(host, open_session, monkeypatch):
    from RLNResponseLib.common.errors import DataRefusedError
    from RLNResponseLib.panel.sections import read

    def fail(_scene):
        raise DataRefusedError("The views cannot be laid out.", "test")

    monkeypatch.setattr(read, "lay_out", fail)
    panel = open_session()
    host.click(panel.read._ui.nextButton)
    assert panel.read.is_open
    assert not panel.doors.buttons["patient"].enabled
    assert not panel.score.widget.visible
