"""The panel loops over its sections: one more is a class and a line, and one that fails keeps no other from its
turn."""

import pytest


@pytest.fixture
def events(host, monkeypatch):
    """What a section of one's own, the last of the panel, hears of."""
    import qt

    from RLNResponseLib.common.errors import DataRefusedError
    from RLNResponseLib.panel import module_panel
    from RLNResponseLib.panel.sections.section import BaseSection

    heard = []

    class OwnSection(BaseSection):
        def __init__(self, context):
            self._context = context
            self.widget = qt.QLabel("own")
            self.widget.setParent(host.widget.parent) if host.widget else None
            context.signals.reading_opened.connect(lambda nodes: heard.append(("opened", nodes)))

        def refresh(self, study, session):
            heard.append(("refresh", study and study.protocol.title, session and (session.view.reader, session.round)))

        def enter(self):
            heard.append(("enter",))
            raise DataRefusedError("enter", "test")

        def exit(self):
            heard.append(("exit",))
            raise DataRefusedError("exit", "test")

        def cleanup(self):
            heard.append(("cleanup",))
            raise DataRefusedError("cleanup", "test")

    monkeypatch.setattr(module_panel, "SECTIONS", (*module_panel.SECTIONS, ("own", OwnSection)))
    return heard


def test_one_more_section_hears_of_study_reading_and_slicer(host, events, study_folder, monkeypatch):
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    panel = host.open_module()
    assert not panel.own.widget.visible, "it is behind the door Reader study"
    assert events == []
    host.click(panel.doors.buttons["study"])
    assert panel.own.widget.visible
    host.type_path(panel.study._ui.folderEdit, study_folder)
    host.select(panel.study._ui.readerBox, "A")
    assert events[0] == ("enter",)
    assert events[-1] == ("refresh", "Three lymph nodes", ("A", 1))
    assert not panel.is_busy
    host.click(panel.read._ui.nextButton)
    assert events[-1] == ("opened", None), "blinded: no section is handed the contour"
    assert panel.is_busy
    host.exit()
    assert events[-1] == ("exit",)
    host.quit()
    assert events[-1] == ("cleanup",)
    # The sections before it were exited and cleaned up all the same.
    assert panel.read._reading.reading is None
    assert panel.score._ui.ctSelector.mrmlScene() is None


def test_a_signal_reaches_every_listener_and_tells_of_the_first_failure(host):
    from RLNResponseLib.panel.sections.section import Signal

    signal, heard = Signal(), []

    def fails(number):
        heard.append(number)
        raise ValueError(f"listener {number}")

    signal.connect(fails)
    signal.connect(lambda number: fails(number + 1))
    with pytest.raises(ValueError, match="listener 1"):
        signal.emit(1)
    assert heard == [1, 2]


def test_a_script_gets_the_scores_without_the_panel(host):
    from RLNResponseLib.scene.sample import load_phantom

    panel = host.open_module()
    volume, segmentation = load_phantom(host.scene)
    segment_id = segmentation.GetSegmentation().GetNthSegmentID(0)
    result = host.widget.logic.score(volume, segmentation, segment_id)
    host.until(lambda: segment_id in panel.score.scores)
    shown = panel.score.scores[segment_id].result
    assert [score.score for score in result.scores] == [score.score for score in shown.scores]
