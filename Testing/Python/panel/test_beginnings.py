"""What a reader's contour was begun from, as the panel sees it: the hand, an effect that draws by itself, a module."""

import numpy as np
import pytest

from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.sealed import sealed_part
from RLNResponseLib.study.study import Study


@pytest.fixture
def reading(host, phantom, study_folder, monkeypatch):
    """The first reading is open: `write(effect, voxels)` changes its contour while an effect is active; `locked()`."""
    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    panel = host.open_module()
    host.click(panel.doors.buttons["study"])
    host.type_path(panel.study._ui.folderEdit, study_folder)
    panel.study.widget.collapsed = False
    host.process()
    host.select(panel.study._ui.readerBox, "A")
    driver = Driver(host, phantom, panel, study_folder)
    driver.next()
    return driver


class Driver:
    def __init__(self, host, phantom, panel, folder):
        self._host, self._phantom, self._panel, self._folder = host, phantom, panel, folder

    def next(self):
        self._host.click(self._panel.read._ui.nextButton)
        number = int(self._open.lymph_node.id.removeprefix("LN"))
        self.drawn = self._phantom.truth[number - 1]

    @property
    def _open(self):
        return self._panel.read._reading.reading

    def write(self, effect, contour):
        from RLNResponseLib.scene.segmentations import show_contour

        self._panel.read._reading._editor.widget.setActiveEffectByName(effect)
        nodes = self._open.nodes
        show_contour(nodes.segmentation, nodes.segment_id, contour, self._open.ct)
        self._host.until(lambda: self._panel.read._ui.lockButton.enabled and not self._panel.read._reading._effects)

    @property
    def heading(self):
        return self._panel.read._ui.readingLabel.text

    def less(self, voxels):
        """The contour without its first voxels."""
        kept = self.drawn.voxels.copy()
        kept.ravel()[np.flatnonzero(kept)[:voxels]] = False
        return Contour(name=self.drawn.name, voxels=kept, corner=self.drawn.corner)

    def locked(self):
        name = self._open.lymph_node.id
        self._host.click(self._panel.read._ui.lockButton)
        study = Study.open(self._folder)
        return sealed_part(study, study.reading(ReadingKey(lymph_node=name, reader="A")))


def test_what_drew_each_contour_is_noted_with_its_reading(reading):
    # The hand, and what an effect drew and the reader took back: undoing needs no effect.
    reading.write("Paint", reading.less(20))
    reading.write("Threshold", reading.drawn)
    reading.write("", reading.less(20))
    reading.write("Islands", reading.less(10))
    assert reading.heading.endswith("min contouring"), "by hand, and no assistance allowed: nothing to say"
    part = reading.locked()
    assert (part.beginnings, part.change) == ((), None)

    # A module writes while no effect is active, and the reader goes on by hand.
    reading.next()
    reading.write("", reading.less(20))
    reading.write("Paint", reading.drawn)
    part = reading.locked()
    assert [(each.kind, each.what) for each in part.beginnings] == [("effect", "a module, no effect was active")]
    assert (part.change.added, part.change.removed) == (20, 0)

    # An effect that draws by itself.
    reading.next()
    reading.write("Paint", reading.less(20))
    reading.write("Threshold", reading.drawn)
    assert reading.heading.endswith("software drew a part, ⚠ the protocol allows no assistance here; this is noted")
    part = reading.locked()
    assert [(each.kind, each.what) for each in part.beginnings] == [("effect", "Threshold")]
    assert part.change.dice == 1


def test_a_reader_sees_that_a_reading_began_from_a_proposal_and_not_whose(host, phantom, make_study, monkeypatch):
    from datetime import UTC, datetime

    from PySide6 import QtWidgets

    from host.objects import unwrap
    from RLNResponseLib.common.clock import Now
    from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
    from RLNResponseLib.study.contouring import import_reading

    monkeypatch.setenv("RLNRESPONSE_TODAY", "2026-03-02")
    folder = make_study(assistance="first")
    file = folder.parent / "drawn.seg.nrrd"
    write_seg_nrrd(file, phantom.truth[0], phantom.ct)
    now = Now(datetime(2026, 3, 2, 8, tzinfo=UTC))
    for reader, proposal in (("A", "what reader B drew"), ("B", None)):
        import_reading(Study.open(folder), ReadingKey(lymph_node="LN1", reader=reader), file, now, proposal=proposal)
    panel = host.open_module(width=350, height=1400)
    host.click(panel.doors.buttons["study"])
    host.type_path(panel.study._ui.folderEdit, folder)
    seen = {}
    for reader in "AB":
        panel.study.widget.collapsed = False
        host.process()
        host.select(panel.study._ui.readerBox, reader)
        names = [row[0] for row in host.rows(panel.read._ui.worklistTable)]
        for name in ("LN2", "LN1"):
            host.choose_row(panel.read._ui.worklistTable, names.index(name))
            host.click(panel.read._ui.openButton)
            label = panel.read._ui.readingLabel
            host.process(50)
            seen[reader, name] = label.text.split(" min contouring")[1]
            assert host.cut_texts(label) == []
        labels = unwrap(host.window).findChildren(QtWidgets.QLabel)
        everything = " ".join(label.text() + label.toolTip() for label in labels)
        assert "begun from" in everything
        assert "what reader B drew" not in everything
    assert seen == {
        ("A", "LN1"): " · begun from a proposal, noted",
        ("A", "LN2"): " · a proposal is allowed here",
        ("B", "LN1"): " · begun from an imported contour of your own, a proposal is allowed here",
        ("B", "LN2"): " · a proposal is allowed here",
    }
