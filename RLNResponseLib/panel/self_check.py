"""The module's self-test: the whole way through the panel, in any Slicer, with files in a temporary folder only."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.clock import now
from RLNResponseLib.common.table_file import parse_csv
from RLNResponseLib.demo.phantom import Phantom, make_phantom
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.panel.sections.section import ONE_PATIENT, READER_STUDY
from RLNResponseLib.panel.widgets.lymph_node_table import FIRST_SCORE
from RLNResponseLib.panel.widgets.score_block import score_cell
from RLNResponseLib.scene.sample import load_phantom
from RLNResponseLib.scene.segmentations import show_contour
from RLNResponseLib.study.clinical import parse_clinical
from RLNResponseLib.study.imports import import_clinical, import_ct
from RLNResponseLib.study.protocol import Protocol, plan_readers
from RLNResponseLib.study.study import Study

PATIENCE_SECONDS = 60.0


def run_self_check(say: Callable[[str], Any]) -> None:
    """Score the sample; open a reading, draw it, lock it; leave nothing of it in the scene.

    Parameters
    ----------
    say
        Called with what is being done.

    Raises
    ------
    AssertionError
        What did not happen.

    """
    slicer.util.selectModule("RLNResponse")
    panel = slicer.modules.RLNResponseWidget.panel
    assert panel is not None, "the panel could not be built; the log says why"
    say(_("Scoring the sample."))
    _score_the_sample(panel)
    say(_("Reading a lymph node."))
    with tempfile.TemporaryDirectory(prefix="RLNResponse-self-test-") as folder:
        _read_and_lock(panel, Path(folder))


def _score_the_sample(panel: Any) -> None:
    volume, segmentation = load_phantom(slicer.mrmlScene)
    ui = panel.score._ui
    panel.show_door(ONE_PATIENT)
    ui.ctSelector.setCurrentNode(volume)
    ui.segmentationSelector.setCurrentNode(segmentation)
    count = segmentation.GetSegmentation().GetNumberOfSegments()
    _wait(lambda: len(panel.score.scores) == count, "the sample was not scored: " + ui.saidLabel.text)
    phantom = make_phantom(1, size=(256, 256, 60))
    result = score_contour(phantom.ct, phantom.truth[0], published_models())
    shown, computed = ui.scoreTable.item(0, FIRST_SCORE).text(), score_cell(result.scores[0])
    assert shown == computed, f"shown {shown}, computed {computed}"


def _read_and_lock(panel: Any, folder: Path) -> None:
    phantom = make_phantom(1, size=(128, 128, 40))
    study = _make_study(folder, phantom)
    panel.show_door(READER_STUDY)
    ui = panel.study._ui
    ui.folderEdit.currentPath = str(study.folder)
    ui.readerBox.currentIndex = 1
    ui.roundBox.currentIndex = 0
    try:
        panel.read._ui.nextButton.click()
        reading = panel.read._reading.reading
        assert reading is not None, "no reading was opened"
        panel.show_door(ONE_PATIENT)
        assert not panel.score.widget.visible, "a score is shown while a blinded reading is open"
        assert panel.score.on_image == [], "a score is on the image while a blinded reading is open"
        show_contour(reading.nodes.segmentation, reading.nodes.segment_id, phantom.truth[0], reading.ct)
        lock = panel.read._ui.lockButton
        _wait(lambda: bool(lock.enabled), "the reading cannot be locked: " + lock.toolTip)
        lock.click()
        assert len(study.readings()) == 1, "the reading was not locked"
        assert panel.read._reading.reading is None, "the reading is still open"
        assert not panel.is_busy, "a section is still at work"
    finally:
        panel.read.leave_reading()
        ui.folderEdit.currentPath = ""


def _make_study(folder: Path, phantom: Phantom) -> Study:
    import SimpleITK as sitk

    study = Study.create(folder / "study", Protocol(title="Self-test", readers=plan_readers(["A"], [])), now())
    tables = parse_clinical(
        parse_csv(b"patient\nP1\n", "patients.csv"),
        parse_csv(b"lymph_node,patient,image\nLN1,P1,CT1\n", "lymph_nodes.csv"),
    )
    import_clinical(study, tables, now())
    sitk.WriteImage(phantom.ct.image, str(folder / "ct.nrrd"))
    import_ct(study, folder / "ct.nrrd", "P1", "CT1", now())
    return study


def _wait(condition: Callable[[], bool], complaint: str) -> None:
    """Let events run until `condition()` holds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, complaint
        slicer.app.processEvents()
