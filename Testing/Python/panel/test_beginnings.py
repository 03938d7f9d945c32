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
    host.click(panel.read._ui.nextButton)
    return Driver(host, phantom, panel, study_folder)


class Driver:
    def __init__(self, host, phantom, panel, folder):
        self._host, self._panel, self._folder = host, panel, folder
        number = int(self._open.lymph_node.id.removeprefix("LN"))
        self.drawn = phantom.truth[number - 1]

    @property
    def _open(self):
        return self._panel.read._reading.reading

    def write(self, effect, contour):
        from RLNResponseLib.scene.segmentations import show_contour

        self._panel.read._reading._editor.widget.setActiveEffectByName(effect)
        nodes = self._open.nodes
        show_contour(nodes.segmentation, nodes.segment_id, contour, self._open.ct)
        self._host.until(lambda: self._panel.read._ui.lockButton.enabled and not self._panel.read._reading._effects)

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


def test_what_the_hand_draws_was_begun_from_nothing(reading):
    reading.write("Paint", reading.less(20))
    reading.write("Islands", reading.drawn)
    part = reading.locked()
    assert (part.beginnings, part.change) == ((), None)


def test_a_module_that_writes_while_no_effect_is_active_is_noted(reading):
    reading.write("", reading.less(20))
    reading.write("Paint", reading.drawn)
    part = reading.locked()
    assert [(each.kind, each.what) for each in part.beginnings] == [("effect", "a module, no effect was active")]
    assert (part.change.added, part.change.removed) == (20, 0)


def test_an_effect_that_draws_by_itself_is_noted_by_its_name(reading):
    reading.write("Paint", reading.less(20))
    reading.write("Threshold", reading.drawn)
    part = reading.locked()
    assert [(each.kind, each.what) for each in part.beginnings] == [("effect", "Threshold")]
    assert part.change.dice == 1


def test_what_is_taken_back_is_not_noted(reading):
    reading.write("Paint", reading.less(20))
    reading.write("Threshold", reading.drawn)
    reading.write("", reading.less(20))  # undone: no effect need be active
    reading.write("Paint", reading.less(10))
    assert reading.locked().beginnings == ()
