"""Segments of the scene as contours, and contours as segments.

Both go by the segment's own cropped label map, never by exporting the whole volume.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.grid import Grid, place_on_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segments import lymph_node_terminology
from RLNResponseLib.modelling.lesion import LesionResult, score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.scene.segment_looks import free_colour
from RLNResponseLib.scene.volumes import LPS_TO_RAS, as_array, as_vtk, ct_from_volume, ijk_to_ras, is_orthogonal

SEGMENT_NAME = "Lymph node"
# The events of a vtkSegmentation after which a contour may be another.
EDITS = ("SourceRepresentationModified", "SegmentModified", "SegmentAdded", "SegmentRemoved")


def add_segmentation(scene: Any, volume: Any, name: str) -> tuple[Any, str]:
    """A new segmentation with one empty segment, a lymph node by its terminology.

    Parameters
    ----------
    scene
        The MRML scene.
    volume
        The CT's volume node, whose grid the segmentation takes.
    name
        Of the node; the scene makes it unique.

    Returns
    -------
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        Of its segment.

    """
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(name))
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segmentation.GetSegmentation().SetSourceRepresentationName(_labels_name())
    return segmentation, add_segment(segmentation, SEGMENT_NAME)


def add_segment(segmentation: Any, name: str) -> str:
    """One more empty segment, a lymph node by its terminology, in a colour that no other one has.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    name
        Of the segment.

    Returns
    -------
    str
        The segment's ID.

    """
    core = segmentation.GetSegmentation()
    segment = slicer.vtkSegment()
    segment.SetName(name)
    segment.SetColor(*free_colour([core.GetNthSegment(number) for number in range(core.GetNumberOfSegments())]))
    segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), lymph_node_terminology())
    labels = slicer.vtkOrientedImageData()
    labels.SetExtent(0, -1, 0, -1, 0, -1)
    labels.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    segment.AddRepresentation(_labels_name(), labels)
    identifier = str(core.GenerateUniqueSegmentID("LymphNode"))
    core.AddSegment(segment, identifier)
    return identifier


def segments(segmentation: Any) -> tuple[tuple[str, str], ...]:
    """The segments of a segmentation.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.

    Returns
    -------
    tuple of (ID, name)
        In their order.

    """
    core = segmentation.GetSegmentation()
    identifiers = [core.GetNthSegmentID(number) for number in range(core.GetNumberOfSegments())]
    return tuple((identifier, core.GetSegment(identifier).GetName()) for identifier in identifiers)


def is_empty(segmentation: Any, segment_id: str) -> bool:
    """Whether not one voxel of a segment is set.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        Of the segment; one that is not there is empty.

    Returns
    -------
    bool

    """
    label_map = _label_map(segmentation, segment_id)
    if label_map is None:
        return True
    labels, value = label_map
    return not bool((_voxels(labels) == value).any())


def contour_of(segmentation: Any, segment_id: str, ct: CTImage) -> Contour:
    """A segment's contour on the grid of a CT.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode; a linear transform above it is followed.
    segment_id
        Of the segment.
    ct
        The CT, which lies where its volume lies in the world.

    Returns
    -------
    Contour
        With a finding where the label map had another grid and was placed on the CT's by `imaging.grid`.

    Raises
    ------
    DataRefusedError
        empty-contour, non-linear-transform, sheared, and what `place_on_ct` raises.

    """
    segment = segmentation.GetSegmentation().GetSegment(segment_id)
    name = "the segment" if segment is None else segment.GetName()
    label_map = _label_map(segmentation, segment_id)
    if label_map is None:
        raise DataRefusedError(
            f"The contour '{name}' is empty: not one voxel of it is set; draw it, or name another segment.",
            "empty-contour",
        )
    labels, value = label_map
    matrix = _label_matrix(labels, segmentation)
    if not is_orthogonal(matrix):
        raise DataRefusedError(
            f"The axes of the segmentation '{segmentation.GetName()}' are not at right angles; harden its transform.",
            "sheared",
        )
    contour = Contour.from_full_grid(_voxels(labels), name, value)
    return place_on_ct(contour, Grid(LPS_TO_RAS @ matrix, labels.GetDimensions()), ct)


def whole_contour(segmentation: Any, ct: CTImage, name: str) -> Contour | None:
    """All that is drawn in a segmentation, whichever of its segments holds it, as one contour.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    ct
        The CT whose grid the contour takes.
    name
        Of the contour.

    Returns
    -------
    Contour or None
        None where nothing is drawn; with each finding of its parts once.

    Raises
    ------
    DataRefusedError
        What `contour_of` raises.

    """
    drawn = [
        contour_of(segmentation, segment_id, ct)
        for segment_id, _name in segments(segmentation)
        if not is_empty(segmentation, segment_id)
    ]
    if not drawn:
        return None
    if len(drawn) == 1:
        return replace(drawn[0], name=name)
    corner = tuple(min(part.corner[axis] for part in drawn) for axis in range(3))
    end = [max(part.box[axis].stop for part in drawn) for axis in range(3)]
    voxels = np.zeros([stop - start for start, stop in zip(corner, end, strict=True)], dtype=bool)
    for part in drawn:
        inside = tuple(
            slice(side.start - start, side.stop - start) for side, start in zip(part.box, corner, strict=True)
        )
        voxels[inside] |= part.voxels
    findings: list[Finding] = []
    for part in drawn:
        findings += [finding for finding in part.findings if finding not in findings]
    return Contour(name=name, voxels=voxels, corner=(corner[0], corner[1], corner[2]), findings=tuple(findings))


def show_contour(segmentation: Any, segment_id: str, contour: Contour, ct: CTImage) -> None:
    """Put a contour into a segment, in place of what was drawn in it, as a label map of its box.

    Parameters
    ----------
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        Of the segment.
    contour
        Voxels of its box, (K, J, I), and the box's corner.
    ct
        The CT on whose grid the contour lies.

    """
    k, j, i = contour.corner
    depth, height, width = contour.voxels.shape
    labels = slicer.vtkOrientedImageData()
    labels.SetExtent(i, i + width - 1, j, j + height - 1, k, k + depth - 1)
    scalars = numpy_to_vtk(np.ascontiguousarray(contour.voxels, dtype=np.uint8).ravel(), deep=True)
    scalars.SetName("labels")
    labels.GetPointData().SetScalars(scalars)
    labels.SetImageToWorldMatrix(as_vtk(ijk_to_ras(ct)))
    segment = segmentation.GetSegmentation().GetSegment(segment_id)
    segment.AddRepresentation(_labels_name(), labels)
    segment.SetLabelValue(1)
    segmentation.GetSegmentation().InvokeEvent(slicer.vtkSegmentation.SourceRepresentationModified)
    segmentation.Modified()


def score_segment(volume: Any, segmentation: Any, segment_id: str) -> LesionResult:
    """The published scores of one segment on a CT, for scripts in Slicer.

    Parameters
    ----------
    volume
        The CT's vtkMRMLScalarVolumeNode.
    segmentation
        The vtkMRMLSegmentationNode.
    segment_id
        The ID of the lymph node's segment.

    Returns
    -------
    LesionResult

    Raises
    ------
    DataRefusedError
        What `ct_from_volume`, `contour_of` and `score_contour` raise.

    """
    ct = ct_from_volume(volume)
    return score_contour(ct, contour_of(segmentation, segment_id, ct), published_models())


def _labels_name() -> str:
    return str(slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName())


def _label_map(segmentation: Any, segment_id: str) -> tuple[Any, int] | None:
    """The segment's binary label map (several segments may share it) and its value there; None where there is none.

    A segmentation that was made of surfaces is converted first, as Slicer's own tools do.
    """
    core = segmentation.GetSegmentation()
    if core.GetSegment(segment_id) is None:
        return None
    if not core.ContainsRepresentation(_labels_name()) and not core.CreateRepresentation(_labels_name()):
        return None
    labels = core.GetSegmentRepresentation(segment_id, _labels_name())
    if labels is None or labels.GetNumberOfPoints() == 0 or labels.GetPointData().GetScalars() is None:
        return None
    return labels, int(core.GetSegment(segment_id).GetLabelValue())


def _voxels(labels: Any) -> Any:
    columns, rows, slices = labels.GetDimensions()
    return vtk_to_numpy(labels.GetPointData().GetScalars()).reshape(slices, rows, columns)


def _label_matrix(labels: Any, segmentation: Any) -> Any:
    """From the label map's array indices (from 0) to world RAS."""
    matrix = vtk.vtkMatrix4x4()
    labels.GetImageToWorldMatrix(matrix)
    own = as_array(matrix)
    extent = labels.GetExtent()
    own[:3, 3] = (own @ [extent[0], extent[2], extent[4], 1.0])[:3]
    transform = segmentation.GetParentTransformNode()
    if transform is None:
        return own
    if not transform.IsTransformToWorldLinear():
        raise DataRefusedError(
            f"A transform bends '{segmentation.GetName()}'; harden or remove it (Transforms module), then score again.",
            "non-linear-transform",
        )
    transform.GetMatrixTransformToWorld(matrix)
    return as_array(matrix) @ own
