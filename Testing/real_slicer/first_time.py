"""Someone who opens the panel for the first time: from opening to a score."""

import os
import time
from pathlib import Path

import slicer
from application import Application

SCORED = "second reader"
# Of the pictures.
FIELD_MM = 90.0


def first_time_user(application: Application, folder: Path) -> None:
    """From opening to a score on the sample, and on a real CT where one is at hand, in at most five actions."""
    panel = application.panel
    panel.show_door("patient")
    application.draw("empty")
    from RLNResponseLib.scene.contouring_views import zoom
    from RLNResponseLib.scene.sample import load_phantom

    # The module was opened; Sample Data; its button.
    begun, actions = time.monotonic(), 3
    load_phantom(slicer.mrmlScene)
    zoom(slicer.mrmlScene, FIELD_MM)
    scores = panel.score
    application.until(lambda: len(scores.scores) == 4, "the sample was not scored")
    print(f"  sample to score: {actions} actions, {time.monotonic() - begun:.1f} s")
    assert actions <= 5
    application.until(lambda: SCORED in scores._ui.saidLabel.text, "the uncertainty was not computed")
    application.draw("sample")
    _beside(scores, True)
    application.draw("score")
    _beside(scores, False)
    scores._ui.detailsButton.collapsed = False
    application.draw("details")
    scores._ui.detailsButton.collapsed = True
    change = scores._change
    begun = time.monotonic()
    change.button.click()
    application.until(lambda: not change.is_working, "what would change the group was not found")
    print(f"  what would change the group: {time.monotonic() - begun:.2f} s")
    application.draw("change")
    change.button.click()
    scores._ui.addButton.click()
    application.draw("contour")
    assert scores._editor.widget.activeEffect().name == "Paint"
    _paint_over(application)
    _real_lymph_nodes(application)


def _paint_over(application: Application) -> None:
    """A stroke of the new lymph node across the first takes nothing from it."""
    scores = application.panel.score
    segmentation = scores._ui.segmentationSelector.currentNode()
    first, *_others, new = scores.scores
    before = scores.scores[first].result
    x, y, z = segmentation.GetSegmentCenterRAS(first)
    application.layouts.sliceWidget("Red").sliceLogic().GetSliceNode().JumpSlice(x, y, z)
    effect = scores._editor.widget.activeEffect()
    effect.setCommonParameter("BrushSphere", 1)
    effect.setCommonParameter("BrushDiameterIsRelative", 0)
    effect.setCommonParameter("BrushAbsoluteDiameter", 9)
    application.stroke([(x + step, y, z) for step in (-12.0, -6.0, 0.0, 6.0, 12.0)])
    application.until(lambda: scores.scores[new].result is not None, "what was painted has no score")
    application.wait(0.5)
    after = scores.scores[first].result
    assert [each.score for each in after.scores] == [each.score for each in before.scores], "a stroke took from another"
    application.draw("painted-over")


def _beside(scores: object, is_beside: bool) -> None:
    """The scores beside the lymph node, or in the corner."""
    scores._ui.besideBox.checked, scores._ui.cornerBox.checked = is_beside, not is_beside


def _real_lymph_nodes(application: Application) -> None:
    """A CT and a label map of it, loaded as a person loads them: both files dropped on Slicer, two dialogs."""
    data = Path(os.environ.get("RLNRESPONSE_DATA", "../shared/data")).resolve() / "4dlung-ln-rtstruct"
    if not data.is_dir():
        print("  no real CT at hand; RLNRESPONSE_DATA names the folder of the real data")
        return
    slicer.mrmlScene.Clear(False)
    begun, actions = time.monotonic(), 4
    slicer.util.loadVolume(str(data / "crop_image.nrrd"))
    slicer.util.loadSegmentation(str(data / "crop_mask_LN.nrrd"))
    scores = application.panel.score
    application.until(lambda: any(each.result for each in scores.scores.values()), "the real CT was not scored")
    print(f"  real CT to score: {actions} actions, {time.monotonic() - begun:.1f} s")
    application.until(lambda: SCORED in scores._ui.saidLabel.text, "the uncertainty was not computed")
    application.draw("real")
