"""Readers at work, through the widgets: what they click, choose and press, and what they see."""

import shutil

import pytest

from RLNResponseLib.study.anchor import log_words
from RLNResponseLib.study.study import Study


class Reader:
    """A person in front of the panel; the host has no effects, so a contour goes into the segment as an effect puts
    it there."""

    def __init__(self, host, phantom):
        self.host = host
        self.phantom = phantom
        self.panel = None

    def start(self, day, monkeypatch):
        monkeypatch.setenv("RLNRESPONSE_TODAY", day)
        self.panel = self.host.open_module()
        self.host.click(self.panel.doors.buttons["study"])
        return self

    @property
    def ui(self):
        return self.panel.read._ui

    @property
    def status(self):
        return self.panel.status._label.text

    def open_session(self, folder, reader, round_number="1"):
        study = self.unfold_study()
        if study.folderEdit.currentPath == str(folder):  # from the history: entering it again would change nothing
            self.host.click(study.openStudyButton)
        else:
            self.host.type_path(study.folderEdit, folder)
        self.host.select(study.readerBox, reader)
        self.choose_round(round_number)

    def unfold_study(self):
        """The step Study, which folds itself when a reader is chosen."""
        self.panel.study.widget.collapsed = False
        self.host.process()
        return self.panel.study._ui

    def choose_round(self, round_number):
        self.host.select(self.unfold_study().roundBox, round_number)

    def choose_reader(self, reader):
        self.host.select(self.unfold_study().readerBox, reader)

    def worklist(self):
        return {row[0]: row[2] for row in self.host.rows(self.ui.worklistTable)}

    def open_reading(self):
        return self.panel.read._reading.reading

    def draw(self):
        from RLNResponseLib.scene.segmentations import show_contour

        reading = self.open_reading()
        number = int(reading.lymph_node.id.removeprefix("LN"))
        show_contour(reading.nodes.segmentation, reading.nodes.segment_id, self.phantom.truth[number - 1], reading.ct)
        self.host.until(lambda: self.ui.lockButton.enabled)

    def read_next(self):
        self.host.click(self.ui.nextButton)
        self.draw()
        name = self.open_reading().lymph_node.id
        self.host.click(self.ui.lockButton)
        return name


@pytest.fixture
def reader(host, phantom):
    return Reader(host, phantom)


def nodes_of_readings(host):
    from RLNResponseLib.scene.reading_nodes import reading_nodes_in

    return reading_nodes_in(host.scene)


def test_reader_1_reads_three_closes_slicer_in_the_middle_and_finds_the_draft(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    assert sorted(reader.worklist().values()) == ["to read"] * 3
    first = reader.read_next()
    assert reader.worklist()[first] == "locked"
    second = reader.read_next()
    host.press("Ctrl+Shift+N")
    reader.draw()
    third = reader.open_reading().lymph_node.id
    assert {first, second, third} == {"LN1", "LN2", "LN3"}
    drawn = reader.open_reading().contour()
    host.quit()

    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    assert reader.worklist()[third] == "open"
    host.click(reader.ui.nextButton)
    assert "with its draft" in reader.status
    again = reader.open_reading().contour()
    assert again.corner == drawn.corner
    assert (again.voxels == drawn.voxels).all()
    host.press("Ctrl+Shift+L")
    assert set(reader.worklist().values()) == {"locked"}
    assert nodes_of_readings(host) == ()
    assert not reader.ui.nextButton.enabled
    assert host.tip(reader.ui.nextButton) == "Nothing can be read today."


def test_reader_2_sees_nothing_of_reader_1(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    name = reader.read_next()
    host.click(reader.ui.nextButton)
    reader.draw()
    reader.choose_reader("B")
    assert nodes_of_readings(host) == ()
    assert set(reader.worklist().values()) == {"to read"}
    for _ in range(3):
        host.click(reader.ui.nextButton)
        assert reader.open_reading().contour() is None
        assert reader.open_reading().opening.key.reader == "B"
        segmentations = host.scene.GetNodesByClass("vtkMRMLSegmentationNode")
        assert segmentations.GetNumberOfItems() == 1
        reader.draw()
        host.click(reader.ui.lockButton)
    reader.choose_reader("A")
    assert reader.worklist()[name] == "locked"


def test_no_score_while_a_blinded_reading_is_open(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    score, doors = reader.panel.score, reader.panel.doors.buttons
    assert doors["patient"].enabled
    host.click(reader.ui.nextButton)
    reader.draw()
    assert not doors["patient"].enabled
    assert host.tip(doors["patient"]) == "A blinded reading is open, and a score would bias it; lock or leave it first."
    # Even opened and chosen by a script, nothing is computed.
    reader.panel.show_door("patient")
    assert not score.widget.visible
    assert reader.panel.read.widget.visible
    score._ui.ctSelector.setCurrentNode(reader.open_reading().nodes.volume)
    score._ui.segmentationSelector.setCurrentNode(reader.open_reading().nodes.segmentation)
    host.process(300)
    assert host.rows(score._ui.scoreTable) == []
    assert score._scoring.observer_count == 0
    host.click(reader.ui.lockButton)
    assert doors["patient"].enabled
    host.click(doors["patient"])
    assert score.widget.visible


def test_a_reading_locked_too_early_is_corrected_with_a_reason(reader, host, study_folder, monkeypatch):
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study

    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    name = reader.read_next()
    locked = Study.open(study_folder).contour_file(ReadingKey(lymph_node=name, reader="A")).read_bytes()
    host.quit()

    reader.start("2026-03-20", monkeypatch).open_session(study_folder, "A")
    ui = reader.ui
    host.choose_row(ui.worklistTable, list(reader.worklist().values()).index("to read"))
    assert not ui.correctButton.visible
    host.choose_row(ui.worklistTable, list(reader.worklist()).index(name))
    assert ui.correctButton.visible
    assert not ui.correctButton.enabled
    assert host.tip(ui.correctButton) == "Say first why the locked reading must be corrected."
    assert host.cut_texts(reader.panel.read.widget) == []
    host.write(ui.reasonEdit, "the upper pole was missed")
    host.click(ui.correctButton)
    assert "correct it, and lock it again" in reader.status
    assert "correction: the upper pole was missed" in ui.readingLabel.text
    assert reader.worklist()[name] == "open"
    assert "A, round 1: 0 of 3 locked" in reader.panel.study._ui.progressLabel.text
    assert not reader.panel.doors.buttons["patient"].enabled
    first = reader.open_reading().contour()
    assert first is not None
    reader.choose_round("2")
    assert reader.worklist()[name] == "waits for the first reading"

    reader.choose_round("1")
    host.click(ui.nextButton)
    assert reader.open_reading().lymph_node.id == name
    again = reader.open_reading().contour()
    assert (again.voxels == first.voxels).all()
    host.click(ui.lockButton)
    assert reader.worklist()[name] == "locked"
    reader.choose_round("2")
    assert reader.worklist()[name] == "from 2026-04-19"
    study = Study.open(study_folder)
    assert (
        study.reading(ReadingKey(lymph_node=name, reader="A", round=1, revision=2)).reason
        == "the upper pole was missed"
    )
    assert study.contour_file(ReadingKey(lymph_node=name, reader="A")).read_bytes() == locked


def test_a_correction_begun_by_mistake_is_given_up_and_the_locked_contour_holds(
    reader, host, study_folder, monkeypatch
):
    from RLNResponseLib.study.records import ReadingKey
    from RLNResponseLib.study.study import Study
    from RLNResponseLib.study.verify.verify import verify

    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    name = reader.read_next()
    ui = reader.ui
    host.choose_row(ui.worklistTable, list(reader.worklist()).index(name))
    assert ui.correctButton.text == "Correct"
    host.write(ui.reasonEdit, "another lymph node was meant")
    host.click(ui.correctButton)
    assert reader.worklist()[name] == "open"
    assert ui.correctButton.text == "Give up"
    assert not ui.correctButton.enabled
    assert host.tip(ui.correctButton) == "Say first why the correction is given up."
    assert host.cut_texts(reader.panel.read.widget) == []
    host.write(ui.reasonEdit, "begun by mistake")
    host.click(ui.correctButton)
    assert reader.status == f"✓ The correction of '{name}' is given up; the locked contour holds."
    assert reader.worklist()[name] == "locked"
    assert reader.panel.read.is_open is False
    study = Study.open(study_folder)
    assert study.is_given_up(ReadingKey(lymph_node=name, reader="A", revision=2))
    assert [reading.key.revision for reading in study.current_readings() if reading.key.lymph_node == name] == [1]
    assert verify(study_folder).is_intact
    # The next one begins where the first one did.
    host.write(ui.reasonEdit, "the upper pole was missed")
    host.click(ui.correctButton)
    assert reader.worklist()[name] == "open"
    host.click(ui.lockButton)
    assert Study.open(study_folder).reading(ReadingKey(lymph_node=name, reader="A", revision=3)).replaces == "A-1"


def test_the_repeat_is_refused_before_the_washout_and_offered_after(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    reader.read_next()
    reader.choose_round("2")
    waiting = [state for state in reader.worklist().values() if state.startswith("from ")]
    assert waiting == ["from 2026-04-01"]
    host.choose_row(reader.ui.worklistTable, list(reader.worklist().values()).index("from 2026-04-01"))
    assert not reader.ui.openButton.enabled
    assert "2026-04-01" in host.tip(reader.ui.openButton)
    assert not reader.ui.nextButton.enabled
    host.quit()

    reader.start("2026-04-01", monkeypatch).open_session(study_folder, "A", "2")
    assert list(reader.worklist().values()).count("to read") == 1
    host.click(reader.ui.nextButton)
    assert reader.open_reading().contour() is None
    assert reader.open_reading().opening.key.round == 2


def test_the_scene_is_closed_while_a_case_is_open(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    host.click(reader.ui.nextButton)
    reader.draw()
    name = reader.open_reading().lymph_node.id
    drawn = reader.open_reading().contour()
    host.scene.Clear(False)
    host.process()
    assert reader.open_reading() is None
    assert "kept as a draft" in reader.status
    assert reader.worklist()[name] == "open"
    host.click(reader.ui.nextButton)
    assert (reader.open_reading().contour().voxels == drawn.voxels).all()
    host.click(reader.ui.lockButton)
    assert reader.worklist()[name] == "locked"


def test_the_study_folder_becomes_unreadable_while_a_case_is_open(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    host.click(reader.ui.nextButton)
    reader.draw()
    drawn = reader.open_reading().contour()
    gone = study_folder.with_name("share-away")
    study_folder.rename(gone)
    reader.panel.read._reading._autosave.timeout()
    host.process()
    assert "could not be kept" in reader.status
    assert reader.status.count(". ") <= 1
    host.click(reader.ui.lockButton)
    assert reader.open_reading() is not None
    assert (reader.open_reading().contour().voxels == drawn.voxels).all()
    # Closing the scene now must not lose it either.
    host.scene.Clear(False)
    host.process()
    assert (reader.open_reading().contour().voxels == drawn.voxels).all()
    shutil.move(gone, study_folder)
    reader.panel.read._reading._autosave.timeout()
    host.process()
    assert "can be written again" in reader.status
    host.click(reader.ui.lockButton)
    assert "Locked" in reader.status
    log = log_words(Study.open(study_folder))
    assert log in reader.status
    assert reader.panel.study._ui.progressLabel.text.splitlines()[-1] == log


def test_a_contour_with_an_error_cannot_be_locked_and_the_button_says_why(reader, host, study_folder, monkeypatch):
    import numpy as np

    from RLNResponseLib.imaging.records import Contour
    from RLNResponseLib.scene.segmentations import show_contour

    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    assert host.tip(reader.ui.lockButton) == "Open a lymph node first."
    host.click(reader.ui.nextButton)
    assert host.tip(reader.ui.lockButton) == "Draw the lymph node first."
    reading = reader.open_reading()
    one_voxel = Contour(name="LN", voxels=np.ones((1, 1, 1), dtype=bool), corner=(10, 60, 60))
    show_contour(reading.nodes.segmentation, reading.nodes.segment_id, one_voxel, reading.ct)
    host.until(lambda: reader.ui.findingsLabel.visible)
    assert not reader.ui.lockButton.enabled
    assert host.tip(reader.ui.lockButton) in reader.ui.findingsLabel.text
    host.press("Ctrl+Shift+L")
    assert reader.open_reading() is not None


def test_the_case_opens_at_its_site_in_a_mediastinal_window(reader, host, study_folder, monkeypatch):
    reader.start("2026-03-02", monkeypatch).open_session(study_folder, "A")
    host.click(reader.ui.nextButton)
    reading = reader.open_reading()
    display = reading.nodes.volume.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == (400, 40)
    left, posterior, superior = reading.lymph_node.site_mm
    for view in host.slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        matrix = view.GetSliceToRAS()
        centre = [matrix.GetElement(axis, 3) for axis in range(3)]
        assert centre == pytest.approx([-left, -posterior, superior], abs=1e-6)
    for composite in host.slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
        assert composite.GetBackgroundVolumeID() == reading.nodes.volume.GetID()
    # A saved scene does not carry a blinded reading.
    assert not reading.nodes.volume.GetSaveWithScene()
    assert not reading.nodes.segmentation.GetSaveWithScene()


@pytest.mark.parametrize(
    ("readers", "repeating", "said"),
    [
        ("A, B, C", "A", "⚠ The study has 3 readers, and the analysis compares two; name one or two in a study."),
        (
            "A, B",
            "A, B",
            "⚠ The study has 2 readers who repeat, and intra-reader agreement is of one; let one of them repeat.",
        ),
        ("A, B", "A", "✓ Made the study. Import the clinical tables and the CT next."),
        (
            "A",
            "A",
            "✓ Made the study. Import the clinical tables and the CT next. Agreement needs two readers, one of whom "
            "repeats, and in this study there is one reader; it can be read, extracted, reported without it and exported.",
        ),
    ],
)
def test_a_study_is_made_for_the_readers_that_can_be_compared(host, tmp_path, readers, repeating, said):
    panel = host.open_module(height=2600)
    host.click(panel.doors.buttons["study"])
    host.click(panel.study._ui.coordinatorButton)
    ui = panel.study.coordinator.ui
    host.type_path(ui.newFolderEdit, tmp_path / "new")
    ui.readersEdit.text, ui.repeatEdit.text = readers, repeating
    host.click(ui.makeButton)
    assert panel.status._label.text == said
    assert (tmp_path / "new").exists() == said.startswith("✓")
