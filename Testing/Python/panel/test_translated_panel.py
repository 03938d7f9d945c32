"""In a Slicer that speaks Chinese the readers' door is Chinese; what nobody translated stays English."""

import re

import pytest


@pytest.fixture
def chinese(host):
    from host.application import SlicerApplication

    SlicerApplication.locale = "zh_CN"
    return host


def words_of(widget):
    """What a widget and those in it show, where it is to be seen."""
    from PySide6 import QtWidgets

    from host.objects import unwrap

    shown = []
    for each in unwrap(widget).findChildren(QtWidgets.QWidget):
        if each.isVisible():
            shown += [each.text()] if hasattr(each, "text") and callable(each.text) else []
            shown += [each.placeholderText()] if hasattr(each, "placeholderText") else []
            shown.append(re.sub(r"<[^>]*>", "", each.toolTip()))
    return [text for text in shown if text]


def test_a_reading_from_the_door_to_the_lock(chinese, open_session, phantom):
    panel = open_session()
    assert panel.doors.buttons["study"].text == "阅片研究"
    ui = panel.read._ui
    assert ui.nextButton.text == "下一个淋巴结"
    assert chinese.rows(ui.worklistTable)[0][2] == "待阅"
    chinese.click(ui.nextButton)
    assert "已打开" in panel.status._label.text
    assert panel.doors.buttons["patient"].toolTip.find("盲法") >= 0
    reading = panel.read._reading.reading
    voxels = phantom.truth[0].full_grid((40, 128, 128))
    chinese.draw(reading.nodes.segmentation, reading.nodes.segment_id, voxels, reading.nodes.volume)
    chinese.until(lambda: ui.lockButton.enabled)
    assert re.search(r"⚠ [\u4e00-\u9fff]+: |ℹ [\u4e00-\u9fff]+: ", ui.findingsLabel.text)
    # Names of windows, effects and people's own words are as they are.
    english = [
        text
        for widget in (ui.nextButton.parentWidget(), panel.study._ui.folderEdit.parentWidget())
        for text in words_of(widget)
        if re.search(r"[A-Za-z]{4,} [A-Za-z]{3,}", text) and not re.search(r"[\u4e00-\u9fff]", text)
    ]
    theirs = list(words_of(ui.editorPlace))
    assert [text for text in english if text not in theirs and "log" not in text] == []
    chinese.click(ui.lockButton)
    assert "已锁定" in panel.status._label.text


def test_what_is_not_translated_stays_english(chinese, open_session):
    panel = open_session()
    panel.study.coordinator.open()
    assert panel.study.coordinator.dialog.windowTitle == "RLNResponse: coordinator"
    panel.study.coordinator.dialog.hide()


def test_another_language_than_there_is_is_english(host, study_door):
    from host.application import SlicerApplication

    SlicerApplication.locale = "fr_FR"
    panel = study_door()
    assert panel.doors.buttons["study"].text == "Reader study"
    SlicerApplication.locale = "en_US"
