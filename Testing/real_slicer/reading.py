"""A reader of a blinded study: lymph node after lymph node, drawn with the mouse, locked; nothing tells a score."""

import re
import tempfile
import time
from pathlib import Path

import slicer
from application import Application

# What tells a score: its name with a number, or a mark with its group.
TELLS = re.compile(r"Rad-score(-2-year)? [−-]?\d|[▶◀] (non-)?(responder|high|low)")


def reader(application: Application, folder: Path) -> None:
    """Every lymph node of a small study, two clicks each beside the drawing; no score to be seen meanwhile."""
    study, contours = _make_study(folder)
    panel = application.panel
    panel.doors.buttons["study"].click()
    panel.study._ui.folderEdit.currentPath = str(study)
    application.until(lambda: panel.study._ui.readerBox.count > 1, "the study was not opened")
    panel.study._ui.readerBox.currentIndex = 1
    application.draw("worklist")
    spent = []
    for number in range(len(contours)):
        begun = time.monotonic()
        panel.read._ui.nextButton.click()
        application.until(lambda: panel.read._reading.reading is not None, "no reading was opened")
        reading = panel.read._reading.reading
        opened = time.monotonic()
        contour = contours[reading.lymph_node.id]
        strokes = draw_by_hand(application, panel.read._reading._editor.widget, contour, reading.ct)
        application.until(lambda: panel.read._ui.lockButton.enabled, "the reading cannot be locked")
        if number == 0:
            _blinded(application, reading)
            application.layouts.sliceWidget("Red").sliceLogic().GetSliceNode().JumpSlice(*_middle(contour, reading.ct))
            application.draw("read")
        locking = time.monotonic()
        panel.read._ui.lockButton.click()
        assert panel.read._reading.reading is None, panel.status._label.text
        ours = opened - begun + time.monotonic() - locking
        spent.append((ours, locking - opened, strokes))
    middle = sorted(ours for ours, _drawing, _strokes in spent)[len(spent) // 2]
    drawing = sorted(drawing for _ours, drawing, _strokes in spent)[len(spent) // 2]
    print(
        f"  {len(spent)} readings painted with the mouse, {sum(each[2] for each in spent)} strokes: 2 clicks and "
        f"{middle:.2f} s each beside {drawing:.2f} s in Segment Editor (medians)"
    )
    panel.study._ui.folderEdit.currentPath = ""
    _in_segment_editor_alone(application, folder, contours)


def _in_segment_editor_alone(application: Application, folder: Path, contours: dict) -> None:
    """The same lymph nodes as one would read them without a study: load, add, paint, save, close."""
    from RLNResponseLib.imaging.load import read_ct
    from RLNResponseLib.scene.contouring_views import FIELD_MM, lay_back, lay_out, zoom
    from RLNResponseLib.scene.views import jump_to

    # The views as the panel lays them out: what they cost to draw is then the same.
    before = lay_out(slicer.mrmlScene)
    # The CT: its dialog, its file, OK. The module, Add, Paint. The segmentation: its dialog, its name, OK. Close, yes.
    clicks, spent = 11, []
    for number in (1, 2, 3):
        file = folder / f"ct{number}.nrrd"
        ct = read_ct(file)
        for name in [each for each in contours if each.startswith(f"LN{number}-")]:
            begun = time.monotonic()
            volume = slicer.util.loadVolume(str(file))
            segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
            segmentation.CreateDefaultDisplayNodes()
            segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
            segment = segmentation.GetSegmentation().AddEmptySegment(name)
            slicer.util.selectModule("SegmentEditor")
            editor = slicer.modules.SegmentEditorWidget.editor
            editor.setSegmentationNode(segmentation)
            editor.setSourceVolumeNode(volume)
            editor.setCurrentSegmentID(segment)
            zoom(slicer.mrmlScene, FIELD_MM)
            first = contours[name].corner[::-1]
            jump_to(slicer.mrmlScene, ct.image.TransformIndexToPhysicalPoint([int(each) for each in first]))
            ready = time.monotonic()
            draw_by_hand(application, editor, contours[name], ct)
            painted = time.monotonic()
            slicer.util.saveNode(segmentation, str(folder / f"{name}.seg.nrrd"))
            slicer.mrmlScene.Clear(False)
            spent.append((ready - begun + time.monotonic() - painted, painted - ready))
    beside, drawing = (sorted(each[part] for each in spent)[len(spent) // 2] for part in (0, 1))
    print(
        f"  {len(spent)} of them in Slicer's own module: {clicks} clicks and {beside:.2f} s each beside {drawing:.2f} s "
        "of painting (medians; dialogs are not waited for)"
    )
    lay_back(slicer.mrmlScene, before)
    slicer.util.selectModule("RLNResponse")


def draw_by_hand(application: Application, editor: object, contour: object, ct: object) -> int:
    """Paint each slice of a contour with the round brush: along its longer middle line.

    Returns
    -------
    int
        How many strokes.

    """
    import numpy as np

    editor.setActiveEffectByName("Paint")
    effect = editor.activeEffect()
    effect.setCommonParameter("BrushSphere", 0)
    effect.setCommonParameter("BrushDiameterIsRelative", 0)
    node = application.layouts.sliceWidget("Red").sliceLogic().GetSliceNode()
    count = 0
    for number in np.flatnonzero(contour.voxels.any(axis=(1, 2))):
        rows, columns = np.nonzero(contour.voxels[number])
        spacing = ct.image.GetSpacing()
        middle, ends = rows.mean() + contour.corner[1], (columns.min(), columns.max())
        radius = max(1.0, spacing[1] * (rows.max() - rows.min() + 1) / 2)
        effect.setCommonParameter("BrushAbsoluteDiameter", 2 * radius)
        inset = min(radius / spacing[0], (ends[1] - ends[0]) / 2)
        places = []
        for column in np.linspace(ends[0] + inset, ends[1] - inset, 5):
            index = (float(column + contour.corner[2]), float(middle), float(number + contour.corner[0]))
            x, y, z = ct.image.TransformContinuousIndexToPhysicalPoint(index)
            places.append((-x, -y, z))
        node.SetSliceOffset(places[0][2])
        application.wait(0.02)
        application.stroke(places)
        count += 1
    return count


def _middle(contour: object, ct: object) -> tuple:
    index = [float(start + size // 2) for start, size in zip(contour.corner, contour.voxels.shape, strict=True)]
    x, y, z = ct.image.TransformContinuousIndexToPhysicalPoint(index[::-1])
    return -x, -y, z


def _blinded(application: Application, reading: object) -> None:
    """Nothing that can be read, in widgets, tool tips, scene or views, tells a score; nor does a saved scene."""
    panel = application.panel
    panel.show_door("patient")
    panel.score.choose()
    assert not panel.score.widget.visible
    assert panel.score.on_image == []
    told = [words for words in _words(application) if TELLS.search(words)]
    assert told == [], f"while a reading is open: {told[:3]}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scene.mrml"
        slicer.mrmlScene.Commit(str(file))
        saved = file.read_text(encoding="utf-8")
    assert not TELLS.search(saved), "a saved scene tells a score"
    assert reading.lymph_node.id not in saved, "a saved scene tells which lymph node is read"
    print("  blinded: nothing tells a score")


def _words(application: Application) -> list:
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
    for name in application.layouts.sliceViewNames():
        renderers = application.layouts.sliceWidget(name).sliceView().renderWindow().GetRenderers()
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

    study = Study.create(folder / "study", Protocol(title="Played", readers=plan_readers(["A"], [])), now())
    sites = "site_left_mm,site_posterior_mm,site_superior_mm"
    contours, nodes, phantoms = {}, [f"lymph_node,patient,image,station,{sites}"], []
    for patient in range(1, 6):
        phantom = make_phantom(patient, size=(128, 128, 40))
        phantoms.append(phantom)
        for number, contour in enumerate(phantom.truth, start=1):
            name = f"LN{patient}-{number}"
            contours[name] = contour
            middle = [start + size / 2 for start, size in zip(contour.corner, contour.voxels.shape, strict=True)]
            site = phantom.ct.image.TransformContinuousIndexToPhysicalPoint(middle[::-1])
            nodes.append(",".join([name, f"P{patient}", f"CT{patient}", contour.name[4:], *map(str, site)]))
    patients = "\n".join(["patient", *(f"P{number}" for number in range(1, 6))])
    tables = parse_clinical(
        parse_csv(patients.encode(), "patients.csv"), parse_csv("\n".join(nodes).encode(), "lymph_nodes.csv")
    )
    import_clinical(study, tables, now())
    for number, phantom in enumerate(phantoms, start=1):
        sitk.WriteImage(phantom.ct.image, str(folder / f"ct{number}.nrrd"))
        import_ct(study, folder / f"ct{number}.nrrd", f"P{number}", f"CT{number}", now())
    return study.folder, contours
