"""What moving a contour's boundary would do to a score, in the scene: the boundary as a coloured surface, which slices
show as a coloured line, and the voxels that would change the group.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.counterfactual import Counterfactual, effect_at
from RLNResponseLib.scene.reading_nodes import reading_nodes_in
from RLNResponseLib.scene.segmentations import add_segmentation, show_contour
from RLNResponseLib.scene.volumes import LPS_TO_RAS, ijk_to_ras

# The attribute that marks our nodes.
MARK = "RLNResponse.boundary"
SURFACE_NAME, CHANGE_NAME, COLOURS_NAME = "Boundary and score", "What would change the group", "Score per mm"
SCALARS = "score per mm further out"
_LOW, _MIDDLE, _HIGH = (0.84, 0.37, 0.0), (0.96, 0.96, 0.96), (0.0, 0.45, 0.7)
_COLOURS = 129
CHANGE_COLOUR = (0.8, 0.47, 0.65)


def show_boundary_effect(
    scene: Any, volume: Any, ct: CTImage, contour: Contour, counterfactual: Counterfactual
) -> Any | None:
    """Colour a contour's boundary, in place of the one that was coloured before.

    Parameters
    ----------
    scene
        The MRML scene.
    volume
        The CT's volume node.
    ct
        The CT, in the world as `volume` lies there.
    contour
        The contour that `counterfactual` is of.
    counterfactual
        Of one score.

    Returns
    -------
    vtkMRMLModelNode or None
        Not saved with a scene. None, and nothing is shown, where the score's group is withheld, and while a study's
        reading is open: what it tells would bias the contour.
    """
    hide_boundary_effect(scene)
    if counterfactual.withheld is not None or not counterfactual.effects or reading_nodes_in(scene):
        return None
    surface = _surface(contour, ct)
    points = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    effects = effect_at(counterfactual, points @ LPS_TO_RAS[:3, :3])
    scalars = numpy_to_vtk(np.ascontiguousarray(effects), deep=True, array_type=vtk.VTK_DOUBLE)
    scalars.SetName(SCALARS)
    surface.GetPointData().SetScalars(scalars)
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", SURFACE_NAME)
    model.SetAndObservePolyData(surface)
    model.CreateDefaultDisplayNodes()
    limit = float(np.abs(effects).max()) or 1.0
    colours = _colours(scene)
    display = model.GetDisplayNode()
    display.SetAndObserveColorNodeID(colours.GetID())
    display.SetActiveScalarName(SCALARS)
    display.SetScalarRangeFlag(display.UseManualScalarRange)
    display.SetScalarRange(-limit, limit)
    display.SetScalarVisibility(True)
    display.SetVisibility2D(True)
    display.SetSliceIntersectionThickness(8)
    display.SetOpacity(1.0)
    marked = [model, display, colours]
    if counterfactual.smallest is not None:
        changed = counterfactual.smallest.changed
        segmentation, identifier = add_segmentation(scene, volume, CHANGE_NAME)
        segmentation.SetName(CHANGE_NAME)
        segmentation.GetSegmentation().GetSegment(identifier).SetColor(*CHANGE_COLOUR)
        show_contour(segmentation, identifier, changed, ct)
        marked += [segmentation, segmentation.GetDisplayNode()]
    for node in marked:
        node.SetSaveWithScene(False)
        # No selector offers it, and no data tree names it.
        node.SetHideFromEditors(True)
        node.SetAttribute(MARK, "1")
    return model


def hide_boundary_effect(scene: Any) -> None:
    """Take what `show_boundary_effect` made out of the scene; nothing where there is nothing.

    Parameters
    ----------
    scene
        The MRML scene.
    """
    for node in [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]:
        if node is not None and node.GetAttribute(MARK) and scene.IsNodePresent(node):
            storage = node.GetStorageNode() if node.IsA("vtkMRMLStorableNode") else None
            scene.RemoveNode(node)
            if storage is not None and scene.IsNodePresent(storage):
                scene.RemoveNode(storage)


def _surface(contour: Contour, ct: CTImage) -> Any:
    """The boundary between the voxels, in RAS: the half-way level of the mask, with a ring of empty voxels."""
    inside = np.pad(contour.voxels, 1).astype(np.float32)
    image = vtk.vtkImageData()
    image.SetDimensions(*inside.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(inside.ravel(), deep=True))
    edges = vtk.vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    surface = vtk.vtkPolyData()
    surface.DeepCopy(edges.GetOutput())
    indices = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    indices += np.array(contour.corner[::-1]) - 1
    matrix = ijk_to_ras(ct)
    points = vtk.vtkPoints()
    points.SetDataTypeToDouble()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(indices @ matrix[:3, :3].T + matrix[:3, 3]), deep=True))
    surface.SetPoints(points)
    return surface


def _colours(scene: Any) -> Any:
    """From orange over white to blue, as the sides of a cutoff are coloured."""
    node = scene.AddNewNodeByClass("vtkMRMLColorTableNode", COLOURS_NAME)
    node.SetTypeToUser()
    node.SetNumberOfColors(_COLOURS)
    node.SetHideFromEditors(True)
    half = _COLOURS // 2
    for number in range(_COLOURS):
        ends = (_LOW, _MIDDLE) if number < half else (_MIDDLE, _HIGH)
        share = (number % half) / half if number < 2 * half else 1.0
        red, green, blue = (a + share * (b - a) for a, b in zip(*ends, strict=True))
        node.SetColor(number, f"{number}", red, green, blue, 1.0)
    return node
