"""Plays the panel in a real Slicer as its users would, measures, and draws each state at 350, 440 and 600 px.

`make slicer-test SLICER=…` runs it, in Slicer's own Python; RLNRESPONSE_PLAY names the folder of the pictures. Slicer's exit
code is 1 where something that must happen does not. Research use only, not a medical device.
"""

import os
import re
import sys
import tempfile
import time
import traceback
from pathlib import Path

import qt
import slicer

WIDTHS = (350, 440, 600)
PATIENCE_S = 120.0
# What tells a score: its name with a number, a group, a number with three decimals beside a mark.
TELLS = re.compile(r"Rad-score(-2-year)? [−-]?\d|▶|◀|\bresponder\b.*\d")


def main() -> None:
    """Every play, one after the other."""
    pictures = Path(os.environ.get("RLNRESPONSE_PLAY", "demo-output/slicer-play"))
    pictures.mkdir(parents=True, exist_ok=True)
    play = Play(pictures)
    play.first_time_user()
    with tempfile.TemporaryDirectory(prefix="RLNResponse-play-") as folder:
        play.reader(Path(folder))


class Play:
    """One run of the application.

    Parameters
    ----------
    pictures
        Where the pictures go.

    """

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures
        self._actions = 0
        self._window = slicer.util.mainWindow()
        self._window.showMaximized()
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        slicer.util.selectModule("RLNResponse")
        self._wait(0.5)
        self._panel = slicer.modules.RLNResponseWidget.panel

    def first_time_user(self) -> None:
        """From opening to a score on the sample in at most five actions."""
        self._panel.show_door("patient")
        self._draw("empty")
        begun, self._actions = time.monotonic(), 1  # the module was opened
        from RLNResponseLib.scene.sample import load_phantom

        load_phantom(slicer.mrmlScene)
        self._actions += 2  # Sample Data, and its button
        scores = self._panel.score
        self._until(lambda: len(scores.scores) == 4, "the sample was not scored")
        print(f"sample to score: {self._actions} actions, {time.monotonic() - begun:.1f} s")
        assert self._actions <= 5
        self._until(lambda: "second reader" in scores._ui.saidLabel.text, "the uncertainty was not computed")
        self._draw("sample")
        scores._ui.addButton.click()
        self._draw("contour")
        assert scores._editor.widget.activeEffect().name == "Paint"

    def reader(self, folder: Path) -> None:
        """Every lymph node of a small study, two clicks each and the drawing; no score to be seen meanwhile."""
        from RLNResponseLib.scene.segmentations import show_contour

        study, contours = _make_study(folder)
        panel = self._panel
        panel.doors.buttons["study"].click()
        panel.study._ui.folderEdit.currentPath = str(study)
        self._until(lambda: panel.study._ui.readerBox.count > 1, "the study was not opened")
        panel.study._ui.readerBox.currentIndex = 1
        spent = []
        for number in range(len(contours)):
            begun = time.monotonic()
            panel.read._ui.nextButton.click()
            self._until(lambda: panel.read._reading.reading is not None, "no reading was opened")
            reading = panel.read._reading.reading
            opened = time.monotonic()
            contour = contours[reading.lymph_node.id]
            show_contour(reading.nodes.segmentation, reading.nodes.segment_id, contour, reading.ct)
            self._until(lambda: panel.read._ui.lockButton.enabled, "the reading cannot be locked")
            if number == 0:
                self._blinded(reading)
                self._draw("read")
            locking = time.monotonic()
            panel.read._ui.lockButton.click()
            assert panel.read._reading.reading is None, panel.status._label.text
            spent.append(opened - begun + time.monotonic() - locking)
        middle = sorted(spent)[len(spent) // 2]
        print(f"{len(spent)} readings: 2 clicks and {middle:.2f} s each beside the drawing (median)")
        panel.study._ui.folderEdit.currentPath = ""

    def _blinded(self, reading: object) -> None:
        """Nothing that can be read, in widgets, tool tips, scene or views, tells a score; nor does a saved scene."""
        panel = self._panel
        panel.show_door("patient")
        panel.score.choose()
        assert not panel.score.widget.visible
        assert panel.score.on_image == []
        told = [words for words in _words() if TELLS.search(words)]
        assert told == [], f"while a reading is open: {told[:3]}"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "scene.mrml"
            slicer.mrmlScene.Commit(str(file))
            saved = file.read_text(encoding="utf-8")
        assert not TELLS.search(saved)
        assert reading.lymph_node.id not in saved.split("Phantom lymph nodes")[0]
        print("blinded: nothing tells a score")

    def _draw(self, name: str) -> None:
        """The module panel at each width."""
        dock = slicer.util.findChildren(self._window, "PanelDockWidget")[0]
        for width in WIDTHS:
            self._window.resizeDocks([dock], [width], qt.Qt.Horizontal)
            self._wait(0.4)
            assert dock.width <= width, f"{name}: the panel cannot be {width} px wide but is {dock.width}"
            dock.grab().save(str(self._pictures / f"{name}-{width}.png"))

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            slicer.app.processEvents()

    def _until(self, condition: object, complaint: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, f"{complaint}: {self._panel.status._label.text}"
            slicer.app.processEvents()


def _words() -> list:
    """Everything of the panel, the scene and the slice views that could be read."""
    found = []
    top = slicer.modules.RLNResponseWidget.parent
    for widget in slicer.util.findChildren(top):
        for name in ("text", "toolTip", "accessibleDescription"):
            words = getattr(widget, name, "")
            if isinstance(words, str):
                found.append(words)
    scene = slicer.mrmlScene
    found += [scene.GetNthNode(number).GetName() or "" for number in range(scene.GetNumberOfNodes())]
    for name in slicer.app.layoutManager().sliceViewNames():
        renderers = slicer.app.layoutManager().sliceWidget(name).sliceView().renderWindow().GetRenderers()
        for number in range(renderers.GetNumberOfItems()):
            props = renderers.GetItemAsObject(number).GetViewProps()
            actors = [props.GetItemAsObject(place) for place in range(props.GetNumberOfItems())]
            found += [actor.GetInput() or "" for actor in actors if actor.IsA("vtkTextActor") and actor.GetVisibility()]
    return found


def _make_study(folder: Path) -> tuple:
    import SimpleITK as sitk

    from RLNResponseLib.common.clock import now
    from RLNResponseLib.common.table_file import parse_csv
    from RLNResponseLib.demo.phantom import make_phantom
    from RLNResponseLib.study.clinical import parse_clinical
    from RLNResponseLib.study.imports import import_clinical, import_ct
    from RLNResponseLib.study.protocol import Protocol, plan_readers
    from RLNResponseLib.study.study import Study

    phantom = make_phantom(1, size=(128, 128, 40))
    study = Study.create(folder / "study", Protocol(title="Played", readers=plan_readers(["A"], [])), now())
    contours = {f"LN{number}": contour for number, contour in enumerate(phantom.truth, start=1)}
    rows = "\n".join(["lymph_node,patient,image", *(f"{name},P1,CT1" for name in contours)])
    tables = parse_clinical(parse_csv(b"patient\nP1\n", "patients.csv"), parse_csv(rows.encode(), "lymph_nodes.csv"))
    import_clinical(study, tables, now())
    sitk.WriteImage(phantom.ct.image, str(folder / "ct.nrrd"))
    import_ct(study, folder / "ct.nrrd", "P1", "CT1", now())
    return study.folder, contours


def _run() -> None:
    try:
        main()
    except BaseException:
        traceback.print_exc()
        slicer.util.exit(1)
    else:
        print("The play passed.")
        slicer.util.exit(0)
    finally:
        sys.stdout.flush()


qt.QTimer.singleShot(1000, _run)
