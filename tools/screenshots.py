"""Draw every section of the panel in the test host, beside slice views by Slicer's own rendering, to look at after a
change.

usage: screenshots.py FOLDER [NAME …]        needs a display, or xvfb-run; all of them where none is named

The pictures of README and docs/slicer.md (Resources/Screenshots) are taken in the real application, not by this.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "Testing"), str(ROOT)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6 import QtCore, QtGui  # noqa: E402

from host import drive  # noqa: E402
from host.slice_view import SliceView  # noqa: E402

HEIGHT, VIEW_WIDTH, NOTE_HEIGHT = 1120, 620, 40
WIDTHS = (350, 440, 600)
COHORT_PATIENTS, PATIENCE_MS = 32, 300_000
NOTE = "Simulated phantom. The panel in RLNResponse's test host (Qt), slice views by Slicer's own MRML libraries. Research use only."


def main(target: Path, wanted: list[str]) -> None:
    """Draw every screenshot, or those that are wanted, at each width of the panel."""
    target.mkdir(parents=True, exist_ok=True)
    os.environ["RLNRESPONSE_TODAY"] = "2026-03-02"
    with tempfile.TemporaryDirectory() as folder:
        for name, scheme, draw in (
            ("empty", "light", show_nothing),
            ("score", "light", show_score),
            ("score-dark", "dark", show_score),
            ("details", "light", show_details),
            ("contour", "light", show_new_lymph_node),
            ("read", "light", show_reading),
            ("read-dark", "dark", show_reading),
            ("study", "light", show_study),
            ("agreement", "light", show_agreement),
            ("model", "light", show_model),
            ("report", "light", show_report),
        ):
            if wanted and name not in wanted:
                continue
            with drive.running(Path(folder) / name) as host:
                host.use_palette(scheme)
                # Of somebody who has seen the tours.
                host.slicer.app.userSettings().setValue("RLNResponse/ToursSeen", "patient study")
                draw(host, Path(folder) / name)
                for width in WIDTHS:
                    host.window.resize(width, HEIGHT)
                    file = target / f"{name}-{width}.png"
                    compose(host, file, Path(folder), width)
                    print(file)


def show_nothing(host: Any, _folder: Path) -> None:
    """A first-time user, before anything is loaded."""
    host.open_module(WIDTHS[0], HEIGHT)


def show_score(host: Any, _folder: Path) -> None:
    """A clinician with one patient: the sample is loaded, and everything else is chosen by itself."""
    panel = host.open_module(WIDTHS[0], HEIGHT)
    from RLNResponseLib.scene.sample import load_phantom

    load_phantom(host.scene)
    panel.score._ui.besideBox.checked = True
    said = panel.score._ui.saidLabel
    host.until(lambda: "second reader" in said.text, 20_000)


def show_details(host: Any, folder: Path) -> None:
    """The same, with the details unfolded."""
    show_score(host, folder)
    host.widget.panel.score._ui.detailsButton.collapsed = False
    host.process(100)


def show_new_lymph_node(host: Any, folder: Path) -> None:
    """The same, with one more lymph node that is still to be drawn."""
    show_score(host, folder)
    host.click(host.widget.panel.score._ui.addButton)
    host.process(200)


def study_door(host: Any) -> Any:
    """The panel with the door Reader study open."""
    panel = host.open_module(WIDTHS[0], HEIGHT)
    host.click(panel.doors.buttons["study"])
    return panel


def show_reading(host: Any, folder: Path) -> None:
    """A reader at work: one lymph node locked, the next one open and drawn."""
    from RLNResponseLib.scene.segmentations import show_contour

    study, phantom = make_study(folder)
    panel = study_door(host)
    # A short name, so that no machine's folders are in the picture.
    os.chdir(study.parent)
    host.type_path(panel.study._ui.folderEdit, study.name)
    host.select(panel.study._ui.readerBox, "A")
    for is_last in (False, True):
        host.click(panel.read._ui.nextButton)
        reading = panel.read._reading.reading
        number = int(reading.lymph_node.id.removeprefix("LN"))
        show_contour(reading.nodes.segmentation, reading.nodes.segment_id, phantom.truth[number - 1], reading.ct)
        host.process(400)
        if not is_last:
            host.click(panel.read._ui.lockButton)


def show_study(host: Any, _folder: Path) -> None:
    """A coordinator who makes a study."""
    panel = study_door(host)
    host.click(panel.study._ui.coordinatorButton)
    host.process(100)


def show_agreement(host: Any, folder: Path) -> None:
    """A statistician who compares the readers of a simulated study."""
    panel = open_cohort(host, folder)
    ui = panel.agreement._ui
    panel.agreement.widget.collapsed = False
    for button in (ui.extractButton, ui.compareButton):
        host.click(button)
        host.until(lambda button=button: button.enabled, PATIENCE_MS)


def show_model(host: Any, folder: Path) -> None:
    """The same statistician fits a score."""
    show_agreement(host, folder)
    panel = host.widget.panel
    panel.agreement.widget.collapsed = True
    panel.model.widget.collapsed = False
    host.click(panel.model._ui.fitButton)
    host.until(lambda: panel.model._ui.fitButton.enabled, PATIENCE_MS)


def show_report(host: Any, folder: Path) -> None:
    """The page of the same study."""
    panel = open_cohort(host, folder)
    panel.agreement.widget.collapsed = False
    extract = panel.agreement._ui.extractButton
    host.click(extract)
    host.until(lambda: extract.enabled, PATIENCE_MS)
    panel.agreement.widget.collapsed = True
    panel.report.widget.collapsed = False
    host.click(panel.report._ui.reportButton)
    host.until(lambda: panel.report._ui.reportButton.enabled, PATIENCE_MS)


def open_cohort(host: Any, folder: Path) -> Any:
    """The panel with a small simulated study open."""
    from RLNResponseLib.common.clock import now
    from RLNResponseLib.demo.cohort import simulate_cohort

    folder.mkdir(parents=True, exist_ok=True)
    cohort = simulate_cohort(folder, 1, now(), patients=COHORT_PATIENTS)
    panel = study_door(host)
    os.chdir(cohort.study.folder.parent)
    host.type_path(panel.study._ui.folderEdit, cohort.study.folder.name)
    return panel


def make_study(folder: Path) -> tuple[Path, Any]:
    """A study with the phantom's lymph nodes."""
    import SimpleITK as sitk

    from RLNResponseLib.common.clock import now
    from RLNResponseLib.common.table_file import parse_csv
    from RLNResponseLib.demo.phantom import make_phantom
    from RLNResponseLib.study.clinical import parse_clinical
    from RLNResponseLib.study.imports import import_clinical, import_ct
    from RLNResponseLib.study.protocol import Protocol, plan_readers
    from RLNResponseLib.study.study import Study

    phantom = make_phantom(1, size=(256, 256, 60))
    folder.mkdir(parents=True, exist_ok=True)
    study = Study.create(
        folder / "study", Protocol(title="Phantom study", readers=plan_readers(["A", "B"], ["A"])), now()
    )
    rows = ["lymph_node,patient,image,station,site_left_mm,site_posterior_mm,site_superior_mm"]
    for number, contour in enumerate(phantom.truth, start=1):
        middle = [start + size // 2 for start, size in zip(contour.corner, contour.voxels.shape, strict=True)]
        site = phantom.ct.image.TransformIndexToPhysicalPoint(middle[::-1])
        rows.append(f"LN{number},P1,CT1,{phantom.specs[number - 1].station},{site[0]},{site[1]},{site[2]}")
    tables = parse_clinical(
        parse_csv(b"patient\nP1\n", "patients.csv"), parse_csv("\n".join(rows).encode(), "lymph_nodes.csv")
    )
    import_clinical(study, tables, now())
    sitk.WriteImage(phantom.ct.image, str(folder / "ct.nrrd"))
    import_ct(study, folder / "ct.nrrd", "P1", "CT1", now())
    return study.folder, phantom


def compose(host: Any, path: Path, folder: Path, panel_width: int) -> None:
    """The panel with an axial and a coronal view to its right, and a line that says what this is."""
    host.process(500)  # the layout settles in several turns
    panel = host.picture()
    names = ("Red", "Green")
    has_views = host.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") > 0
    picture = QtGui.QPixmap(panel_width + (VIEW_WIDTH if has_views else 0), HEIGHT + NOTE_HEIGHT)
    picture.fill(QtGui.QColor("#000000"))
    painter = QtGui.QPainter(picture)
    painter.drawPixmap(0, 0, panel)
    for number, name in enumerate(names if has_views else ()):
        view = SliceView(host.slicer, name, (VIEW_WIDTH, HEIGHT // 2))
        file = folder / f"{path.stem}-{name}.png"
        view.zoom(0.7)
        view.picture(file)
        painter.drawPixmap(panel_width, number * (HEIGHT // 2), QtGui.QPixmap(str(file)))
        view.close()
    painter.fillRect(0, HEIGHT, picture.width(), NOTE_HEIGHT, QtGui.QColor("#ffffff"))
    painter.setPen(QtGui.QColor("#202020"))
    place = QtCore.QRect(8, HEIGHT, picture.width() - 16, NOTE_HEIGHT)
    painter.drawText(place, QtCore.Qt.AlignVCenter | QtCore.Qt.TextWordWrap, NOTE)
    painter.end()
    picture.save(str(path))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
