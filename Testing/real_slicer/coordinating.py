"""A coordinator: a new study, its tables, and the CT of ten patients dropped at once."""

import time
from pathlib import Path

import qt
import slicer
from application import Application

PATIENTS = 10


def coordinator(application: Application, folder: Path) -> None:
    """Ten DICOM folders become a study's CT."""
    panel = application.panel
    panel.doors.buttons["study"].click()
    panel.study._ui.coordinatorButton.click()
    window = panel.study.coordinator
    ui = window.ui
    begun = time.monotonic()
    ui.titleEdit.text, ui.readersEdit.text, ui.repeatEdit.text = "Ten patients", "A, B", "A"
    ui.newFolderEdit.currentPath = str(folder / "study")
    application.draw_dialog("coordinator-new", window.dialog)
    ui.makeButton.click()
    assert panel.study.study is not None, panel.status._label.text
    nodes = "".join(f"LN{number},P{number},CT{number}\n" for number in range(1, PATIENTS + 1))
    (folder / "patients.csv").write_text("patient\n" + "".join(f"P{each}\n" for each in range(1, PATIENTS + 1)))
    (folder / "lymph_nodes.csv").write_text("lymph_node,patient,image\n" + nodes)
    ui.patientsEdit.currentPath, ui.lymphNodesEdit.currentPath = (
        str(folder / name) for name in ("patients.csv", "lymph_nodes.csv")
    )
    ui.importTablesButton.click()
    assert ui.importTable.rowCount == PATIENTS, panel.status._label.text
    application.draw_dialog("coordinator-tables", window.dialog)
    made = time.monotonic() - begun
    folders = [_dicom(folder / "scans" / f"P{number}", number) for number in range(1, PATIENTS + 1)]
    begun = time.monotonic()
    _drop(ui.importTable, folders[:7])
    application.until(lambda: not window.is_busy, "the CT were not imported")
    application.draw_dialog("coordinator-missing", window.dialog)
    _drop(ui.importTable, folders[7:])
    application.wait(0.5)
    application.draw_dialog("coordinator-importing", window.dialog)
    application.until(lambda: not window.is_busy, "the CT were not imported")
    missing = [ui.importTable.item(row, 3).text() for row in range(PATIENTS)]
    assert len(panel.study.study.images()) == PATIENTS, panel.status._label.text
    application.draw_dialog("coordinator-imported", window.dialog)
    print(
        f"  study and tables {made:.1f} s, ten CT dropped, seven and three: 2 actions, {time.monotonic() - begun:.1f} s; {missing}"
    )
    for number, name in ((2, "readers"), (3, "left-out"), (4, "unblind")):
        ui.coordinatorTabs.setCurrentIndex(number)
        application.draw_dialog(f"coordinator-{name}", window.dialog)
    window.dialog.hide()
    panel.study._ui.folderEdit.currentPath = ""


def _drop(table: object, paths: list) -> None:
    """What the file manager sends."""
    words = qt.QMimeData()
    words.setUrls([qt.QUrl.fromLocalFile(str(path)) for path in paths])
    # Below the last row.
    place = qt.QPoint(5, table.viewport().height - 2)
    held = (qt.Qt.CopyAction, words, qt.Qt.LeftButton, qt.Qt.NoModifier)
    # Qt lets nothing be dropped on what it was not dragged into before.
    slicer.app.sendEvent(table.viewport(), qt.QDragEnterEvent(place, *held))
    slicer.app.sendEvent(table.viewport(), qt.QDropEvent(qt.QPointF(place), *held))


def _dicom(folder: Path, number: int) -> Path:
    """A phantom's CT as a scanner's files."""
    import SimpleITK as sitk

    from RLNResponseLib.demo.phantom import make_phantom

    image = sitk.Cast(make_phantom(number, size=(128, 128, 40)).ct.image, sitk.sitkInt16)
    folder.mkdir(parents=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    root = f"1.2.826.0.1.3680043.10.{number}"
    direction = image.GetDirection()
    orientation = "\\".join(str(direction[each]) for each in (0, 3, 6, 1, 4, 7))
    for index in range(image.GetDepth()):
        slice_ = image[:, :, index]
        position = image.TransformIndexToPhysicalPoint((0, 0, index))
        for tag, value in {
            "0008|0016": "1.2.840.10008.5.1.4.1.1.2",
            "0008|0018": f"{root}.3.{index + 1}",
            "0008|0060": "CT",
            "0010|0010": f"Played^{number}",
            "0010|0020": f"X{number}",
            "0020|000d": f"{root}.1",
            "0020|000e": f"{root}.2",
            "0020|0052": f"{root}.4",
            "0020|0013": str(index + 1),
            "0020|0032": "\\".join(map(str, position)),
            "0020|0037": orientation,
            "0028|1052": "0",
            "0028|1053": "1",
            "0028|1054": "HU",
            "0018|0050": str(image.GetSpacing()[2]),
        }.items():
            slice_.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"{index:03}.dcm"))
        writer.Execute(slice_)
    return folder
