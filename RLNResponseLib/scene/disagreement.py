"""Two readings of one lymph node in the scene, to be looked at: both outlines on their CT, shaded where they differ.

What is shown are copies of the locked files; nothing that is done to them reaches the study, and no saved scene holds
them.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from RLNResponseLib.agreement.overlap import busiest_voxel
from RLNResponseLib.analysis.disagreement import ReadingComparison
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.scene.reading_nodes import reading_nodes_in, with_display_and_storage
from RLNResponseLib.scene.segmentations import add_segment, add_segmentation, show_contour
from RLNResponseLib.scene.volumes import add_volume, copied_in_steps

# Neutral: the subject hierarchy's names are saved with a scene even where the nodes are not.
CT_NAME, SEGMENTATION_NAME = "CT of two readings", "Two readings"
# The attribute that marks our nodes.
MARK = "RLNResponse.disagreement"
# Yellow, light blue and purple: of Okabe and Ito's colours, which the colour-blind can tell apart.
FIRST_COLOUR, SECOND_COLOUR, DIFFERING_COLOUR = (0.94, 0.89, 0.26), (0.34, 0.71, 0.91), (0.8, 0.47, 0.65)
SHADE_OPACITY = 0.55


@dataclass(frozen=True)
class DisagreementNodes:
    """Two readings in the scene.

    Attributes
    ----------
    volume
        The vtkMRMLScalarVolumeNode of their CT.
    segmentation
        The vtkMRMLSegmentationNode: the first reading, the second, and the voxels of one alone where there are any.
    centre_mm
        The place through which the three planes show most of what differs, or of the first reading where nothing does;
        LPS.
    """

    volume: Any
    segmentation: Any
    centre_mm: tuple[float, float, float]


def open_disagreement(
    scene: Any, comparison: ReadingComparison, voxels: NDArray[Any]
) -> Generator[None, None, DisagreementNodes]:
    """Bring two readings into the scene in steps: some slices of their CT in each, everything else in the last.

    Those that were open before are closed. Where the steps are not made to the end, nothing comes into the scene.

    Parameters
    ----------
    scene
        The MRML scene.
    comparison
        Of the two readings; of its CT only the place is used.
    voxels
        Of the CT, HU, [k, j, i].

    Returns
    -------
    DisagreementNodes

    Raises
    ------
    DataRefusedError
        reading-open, while a reading is open in the scene: another contour must not be seen beside it.
    """
    refuse_beside_reading(scene)
    image = yield from copied_in_steps(voxels)
    # One may have been opened meanwhile.
    refuse_beside_reading(scene)
    close_disagreement(scene)
    volume = add_volume(scene, image, comparison.ct, CT_NAME)
    segmentation, first = add_segmentation(scene, volume, SEGMENTATION_NAME)
    volume.SetName(CT_NAME)
    segmentation.SetName(SEGMENTATION_NAME)
    display = segmentation.GetDisplayNode()
    parts: list[tuple[Contour | None, tuple[float, float, float]]] = [
        (comparison.first, FIRST_COLOUR),
        (comparison.second, SECOND_COLOUR),
        (comparison.differing, DIFFERING_COLOUR),
    ]
    for contour, colour in parts:
        if contour is None:
            continue
        identifier = first if contour is comparison.first else add_segment(segmentation, contour.name)
        segment = segmentation.GetSegmentation().GetSegment(identifier)
        segment.SetName(contour.name)
        segment.SetColor(*colour)
        show_contour(segmentation, identifier, contour, comparison.ct)
        is_shade = contour is comparison.differing
        display.SetSegmentVisibility2DFill(identifier, is_shade)
        display.SetSegmentVisibility2DOutline(identifier, not is_shade)
        display.SetSegmentOpacity2DFill(identifier, SHADE_OPACITY)
        display.SetSegmentVisibility3D(identifier, not is_shade)
    for node in with_display_and_storage(segmentation, volume):
        node.SetSaveWithScene(False)
        # No selector offers it, and no data tree names it.
        node.SetHideFromEditors(True)
        node.SetAttribute(MARK, "1")
    k, j, i = busiest_voxel(comparison.differing or comparison.first, (comparison.first, comparison.second))
    centre = comparison.ct.image.TransformIndexToPhysicalPoint((i, j, k))
    return DisagreementNodes(volume=volume, segmentation=segmentation, centre_mm=centre)


def close_disagreement(scene: Any) -> None:
    """Take two readings out of the scene, with their display and storage nodes; nothing where none are there.

    Parameters
    ----------
    scene
        The MRML scene.
    """
    for node in disagreement_nodes_in(scene):
        if scene.IsNodePresent(node):
            scene.RemoveNode(node)


def disagreement_nodes_in(scene: Any) -> tuple[Any, ...]:
    """The nodes of two readings in the scene, by their mark; display and storage nodes that came later too.

    Parameters
    ----------
    scene
        The MRML scene.

    Returns
    -------
    tuple
    """
    nodes = [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
    marked = [node for node in nodes if node.GetAttribute(MARK)]
    family = [
        node
        for node in marked
        for node in (with_display_and_storage(node) if node.IsA("vtkMRMLDisplayableNode") else [node])
    ]
    return tuple({node.GetID(): node for node in family}.values())


def refuse_beside_reading(scene: Any) -> None:
    """Refuse to show other contours while a reading is open in the scene.

    Parameters
    ----------
    scene
        The MRML scene.

    Raises
    ------
    DataRefusedError
        reading-open.
    """
    if reading_nodes_in(scene):
        raise DataRefusedError(
            "A reading is open in the scene, and no other contour is shown beside it; close the reading first.",
            "reading-open",
        )
