"""Painting on a large CT: how long Slicer does not answer, with Segment Editor alone and with the scores beside it."""

import os
import time
from pathlib import Path

import slicer
from application import Application, Gaps

SIZE = tuple(map(int, os.environ.get("RLNRESPONSE_PLAY_CT", "512,512,600").split(",")))
SPACING_MM = (0.75, 0.75, 0.8)
STROKES = 12
RADII_MM = (9.0, 22.0)
_SLAB_MM = 50.0


def painter(application: Application, folder: Path) -> None:
    """Strokes on one lymph node, first in Slicer's own module, then in the door One patient."""
    volume = _large_ct()
    alone = _in_segment_editor(application, volume)
    print(f"  Segment Editor alone: longest gap {alone.longest:.0f} ms, {_over(alone)}")
    slicer.util.selectModule("RLNResponse")
    panel = application.panel
    panel.show_door("patient")
    scores = panel.score
    scores._ui.newButton.click()
    application.until(lambda: scores._ui.segmentationSelector.currentNode() is not None, "no segmentation was made")
    _centre()
    application.wait(1.0)
    for radius in RADII_MM:
        _paint(application, scores, radius)
    application.draw("painted")


def _paint(application: Application, scores: object, radius: float) -> None:
    _set_brush(scores._editor.widget, radius)
    waited = []
    with Gaps() as gaps:
        for number in range(STROKES):
            before = _shown(scores)
            released = application.stroke(_places(number))
            application.until(lambda old=before: _shown(scores) not in (old, None), "no score after a stroke")
            waited.append(1000 * (time.monotonic() - released))
            application.wait(0.2)
    (row,) = scores.scores.values()
    print(
        f"  with the scores, up to {row.result.volume_mm3 / 1000:.0f} cm³: longest gap {gaps.longest:.0f} ms, {_over(gaps)}"
    )
    print(
        f"  score after the first stroke: {waited[0]:.0f} ms, the others {min(waited[1:]):.0f} to {max(waited[1:]):.0f}"
    )
    application.until(lambda: "of redrawn" in scores._ui.saidLabel.text, "the uncertainty was not computed")
    change, begun = scores._change, time.monotonic()
    with Gaps() as gaps:
        change.button.click()
        application.until(lambda: not change.is_working, "what would change the group was not found")
    print(f"  what would change the group: {time.monotonic() - begun:.2f} s, longest gap {gaps.longest:.0f} ms")
    change.button.click()


def _over(gaps: Gaps) -> str:
    return f"{sum(each > 100 for each in gaps.milliseconds)} over 100 ms in {STROKES} strokes"


def _shown(scores: object) -> object:
    """The number that stands in the table now."""
    rows = list(scores.scores.values())
    return rows[0].result.scores[0].score if rows and rows[0].result is not None else None


def _large_ct() -> object:
    """512 × 512 × 600 voxels: air, fat, a slab of soft tissue, and noise."""
    import numpy as np

    rng = np.random.default_rng(3)
    one = rng.normal(-90, 15, SIZE[:2]).astype(np.int16)
    array = np.empty(SIZE[::-1], np.int16)
    for number in range(SIZE[2]):
        array[number] = np.roll(one, 7 * number, axis=number % 2)
    middle, half = SIZE[0] // 2, round(_SLAB_MM / 2 / SPACING_MM[0])
    array[:, :, middle - half : middle + half] += 130
    array[:, :40] = array[:, -40:] = array[:, :, :40] = array[:, :, -40:] = -1000
    volume = slicer.util.addVolumeFromArray(array)
    volume.SetName("Large CT (simulated)")
    volume.SetSpacing(*SPACING_MM)
    volume.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    display = volume.GetDisplayNode()
    display.AutoWindowLevelOff()
    display.SetWindowLevel(400, 40)
    return volume


def _middle() -> tuple:
    x, y, z = (size * step / 2 for size, step in zip(SIZE, SPACING_MM, strict=True))
    return -x, -y, z


def _centre() -> None:
    for name in slicer.app.layoutManager().sliceViewNames():
        slicer.app.layoutManager().sliceWidget(name).sliceLogic().GetSliceNode().JumpSliceByCentering(*_middle())


def _places(number: int) -> list:
    x, y, z = _middle()
    shift = 1.5 * number
    return [(x + shift, y + step, z) for step in (-4.0, -2.0, 0.0, 2.0, 4.0)]


def _set_brush(editor: object, radius: float) -> None:
    editor.setActiveEffectByName("Paint")
    effect = editor.activeEffect()
    effect.setCommonParameter("BrushSphere", 1)
    effect.setCommonParameter("BrushDiameterIsRelative", 0)
    effect.setCommonParameter("BrushAbsoluteDiameter", 2 * radius)


def _in_segment_editor(application: Application, volume: object) -> Gaps:
    """The same strokes in Slicer's own module; what it drew goes again."""
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment = segmentation.GetSegmentation().AddEmptySegment("LN")
    slicer.util.selectModule("SegmentEditor")
    editor = slicer.modules.SegmentEditorWidget.editor
    editor.setSegmentationNode(segmentation)
    editor.setSourceVolumeNode(volume)
    editor.setCurrentSegmentID(segment)
    _centre()
    application.wait(1.0)
    _set_brush(editor, RADII_MM[0])
    with Gaps() as gaps:
        for number in range(STROKES):
            application.stroke(_places(number))
            application.wait(0.2)
    array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segment, volume)
    assert array.any(), "nothing was painted"
    editor.setActiveEffectByName(None)
    editor.setSegmentationNode(None)
    slicer.mrmlScene.RemoveNode(segmentation)
    return gaps
