"""What in the scene is a copy of a study's CT or was drawn on it, and is no part of the reading: named, never deleted.

A clone of the CT carries the contour that is drawn on it out of the study, and a label map or segmentation on its grid
may show another reader's contour, or the same reader's of the other round.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.scene.observers import nodes_of_class
from RLNResponseLib.scene.reading_nodes import ReadingNodes
from RLNResponseLib.scene.volumes import as_array, ijk_to_ras

# Of a matrix in mm: what files round to, and far below a voxel.
SAME_MM = 1e-3


def copies_in_scene(scene: Any, ct: CTImage, own: ReadingNodes | None = None) -> tuple[Any, ...]:
    """The volumes and segmentations that lie on the grid of a study's CT or hold its voxels, but for the reading's own.

    Parameters
    ----------
    scene
        The MRML scene.
    ct
        The study's CT.
    own
        The reading's own nodes, None where none is in the scene. A clone of them is no part of it, whatever its name.

    Returns
    -------
    tuple
        vtkMRMLVolumeNode (scalar, label map, vector) and vtkMRMLSegmentationNode, in the order of the scene.

    """
    mine = set() if own is None else {own.volume.GetID(), own.segmentation.GetID()}
    volumes = (node for node in nodes_of_class(scene, "vtkMRMLVolumeNode") if _is_copy(node, ct))
    drawn = (node for node in nodes_of_class(scene, "vtkMRMLSegmentationNode") if _is_drawn_on(node, ct))
    return tuple(node for node in (*volumes, *drawn) if node.GetID() not in mine)


def copies_finding(nodes: Iterable[Any]) -> Finding | None:
    """What is said of copies that are in the scene.

    Parameters
    ----------
    nodes
        From `copies_in_scene`.

    Returns
    -------
    Finding or None
        A warning that names them; None where there are none.

    """
    names = [f"'{one_line(node.GetName() or node.GetID())}'" for node in nodes]
    if not names:
        return None
    lie = "lies" if len(names) == 1 else "lie"
    return Finding(
        code="copy-in-scene",
        severity="warning",
        message=f"In the scene, {', '.join(names)} {lie} on the CT of this study and can show another contour of the "
        "lymph node, or keep this one outside the study; delete in the module Data what you do not need.",
        numbers={"copies": len(names)},
    )


def _is_copy(volume: Any, ct: CTImage) -> bool:
    image = volume.GetImageData()
    if image is None or tuple(image.GetDimensions()) != tuple(ct.image.GetSize()):
        return False
    own = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(own)
    return bool(np.allclose(as_array(own), ijk_to_ras(ct), rtol=0, atol=SAME_MM)) or _holds_voxels(image, ct)


def _holds_voxels(image: Any, ct: CTImage) -> bool:
    import SimpleITK as sitk

    scalars = image.GetPointData().GetScalars()
    if scalars is None or scalars.GetNumberOfComponents() != 1:
        return False
    stored = sitk.GetArrayViewFromImage(ct.image)
    return np.array_equal(vtk_to_numpy(scalars).reshape(stored.shape), stored)


def _is_drawn_on(segmentation: Any, ct: CTImage) -> bool:
    """By the grid that it was given to draw on, or by the grid of a label map in it, which is a part of the CT's."""
    core = segmentation.GetSegmentation()
    grids = []
    parameter = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    geometry = slicer.vtkOrientedImageData()
    text = core.GetConversionParameter(parameter)
    if text and slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, geometry, False):
        grids.append(geometry)
    labels = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    for number in range(core.GetNumberOfSegments()):
        drawn = core.GetSegmentRepresentation(core.GetNthSegmentID(number), labels)
        if drawn is not None and drawn.GetNumberOfPoints():
            grids.append(drawn)
    return any(_is_part_of_grid(grid, ct) for grid in grids)


def _is_part_of_grid(grid: Any, ct: CTImage) -> bool:
    matrix = vtk.vtkMatrix4x4()
    grid.GetImageToWorldMatrix(matrix)
    own, of_ct = as_array(matrix), ijk_to_ras(ct)
    if not np.allclose(own[:3, :3], of_ct[:3, :3], rtol=0, atol=SAME_MM):
        return False
    steps = np.linalg.solve(of_ct[:3, :3], own[:3, 3] - of_ct[:3, 3])
    whole = np.round(steps)
    if not np.allclose(of_ct[:3, :3] @ (steps - whole), 0, atol=SAME_MM):
        return False
    extent: NDArray[np.float64] = np.array(grid.GetExtent(), dtype=np.float64).reshape(3, 2) + whole[:, None]
    return bool((extent[:, 0] >= 0).all() and (extent[:, 1] < np.array(ct.image.GetSize())).all())
