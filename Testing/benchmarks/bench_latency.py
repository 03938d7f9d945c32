"""The score after an edit in the panel, against exporting the label map and running plain pyradiomics: ratios of one
run.

usage: bench_latency.py [PAIRS]        a phantom CT of 512 × 512 × 120 with a lymph node of about 30 mm
"""

from __future__ import annotations

import logging
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import SimpleITK as sitk
import slicer
from radiomics import featureextractor

from RLNResponseLib.demo.phantom import LymphNodeSpec, make_phantom
from RLNResponseLib.modelling.live_scores import LiveScores
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.scene.reading_nodes import ReadingNodes, open_reading_nodes
from RLNResponseLib.scene.segmentations import contour_of, show_contour
from RLNResponseLib.scene.volumes import VolumeCT

SIZE = (512, 512, 120)
LYMPH_NODE = LymphNodeSpec(
    station="30 mm", centre_mm=(-20, 0, 17), semi_axes_mm=(15, 15, 15), mean_hu=88, texture_sd_hu=14
)


def milliseconds(step: Callable[[], object]) -> float:
    """How long one call takes."""
    begin = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - begin)


def by_export(nodes: ReadingNodes, extractor: object) -> object:
    """What a script in Slicer does: the whole volume's label map and image through SimpleITK into pyradiomics."""
    scene = nodes.volume.GetScene()
    exported = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.ExportSegmentsToLabelmapNode(nodes.segmentation, [nodes.segment_id], exported, nodes.volume)
    labels = slicer.util.arrayFromVolume(exported)
    image = sitk.GetImageFromArray(slicer.util.arrayFromVolume(nodes.volume))
    mask = sitk.GetImageFromArray(labels.astype(np.uint8))
    for each in (image, mask):
        each.SetSpacing(nodes.volume.GetSpacing())
    scene.RemoveNode(exported)
    return extractor.execute(image, mask)  # type: ignore[attr-defined]


def main(pairs: int) -> None:
    """Print both and their ratio."""
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    phantom = make_phantom(1, [LYMPH_NODE], size=SIZE)
    contour = phantom.truth[0]
    scene = slicer.mrmlScene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    nodes = open_reading_nodes(scene, phantom.ct, "LN1", contour)
    models = published_models()
    extractor = featureextractor.RadiomicsFeatureExtractor()
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(**by_class(models))
    live, cts = LiveScores(models), VolumeCT()
    ours, plain = [], []
    for pair in range(pairs + 1):
        edited = contour.voxels.copy()
        edited[tuple(axis[pair] for axis in np.nonzero(edited))] = False
        show_contour(nodes.segmentation, nodes.segment_id, type(contour)("LN1", edited, contour.corner), phantom.ct)

        def score() -> object:
            ct = cts.of(nodes.volume)
            return live.score("LN1", ct, contour_of(nodes.segmentation, nodes.segment_id, ct))

        ours.append(milliseconds(score))
        plain.append(milliseconds(lambda: by_export(nodes, extractor)))
    ours, plain = ours[1:], plain[1:]  # the first call imports
    ratios = [slow / fast for slow, fast in zip(plain, ours, strict=True)]
    print(f"lymph node of 30 mm on {' × '.join(map(str, SIZE))}, {pairs} pairs, eight features and every check")
    print(f"panel          median {statistics.median(ours):8.1f} ms   (largest {max(ours):.1f})")
    print(f"export + plain median {statistics.median(plain):8.1f} ms")
    print(f"ratio          median {statistics.median(ratios):8.1f}      (goal 75)")


def by_class(models: object) -> dict[str, list[str]]:
    """The models' features as pyradiomics takes them."""
    wanted: dict[str, list[str]] = {}
    for model in models:  # type: ignore[attr-defined]
        for name in model.coefficients:
            _image, feature_class, feature = name.split("_")
            if feature not in wanted.setdefault(feature_class, []):
                wanted[feature_class].append(feature)
    return wanted


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
