"""The sample: a phantom CT with contoured lymph nodes, made on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from RLNResponseLib.demo.phantom import PHANTOM_SEED, PHANTOM_SIZE, make_phantom
from RLNResponseLib.scene.segmentations import add_segment, add_segmentation, show_contour
from RLNResponseLib.scene.views import jump_to, show_in_slices
from RLNResponseLib.scene.volumes import add_ct


def load_phantom(scene: Any) -> list[Any]:
    """Bring the phantom into the scene and show it.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    list
        The nodes of the simulated CT and of the segmentation with a segment for each of its lymph nodes.

    """
    phantom = make_phantom(PHANTOM_SEED, size=PHANTOM_SIZE)
    volume = add_ct(scene, phantom.ct, "Phantom CT (simulated)")
    segmentation, first = add_segmentation(scene, volume, "Phantom lymph nodes (simulated)")
    for number, contour in enumerate(phantom.truth):
        segment_id = first if number == 0 else add_segment(segmentation, contour.name)
        segmentation.GetSegmentation().GetSegment(segment_id).SetName(contour.name)
        show_contour(segmentation, segment_id, contour, phantom.ct)
    show_in_slices(scene, volume)
    k, j, i = (
        start + size // 2 for start, size in zip(phantom.truth[0].corner, phantom.truth[0].voxels.shape, strict=True)
    )
    jump_to(scene, phantom.ct.image.TransformIndexToPhysicalPoint((i, j, k)))
    return [volume, segmentation]


def offer_phantom(scene: Any, icon: Path) -> None:
    """Put the phantom into Slicer's Sample Data module. It is made on this machine; nothing is downloaded.

    Parameters
    ----------
    scene
        The MRML scene that it is to come into.
    icon
        The picture of its button, a PNG file.

    """
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="RLNResponse",
        sampleName="RLNResponsePhantom",
        thumbnailFileName=str(icon),
        uris=[],
        fileNames=[],
        nodeNames=[],
        customDownloader=lambda _source: load_phantom(scene),
    )
