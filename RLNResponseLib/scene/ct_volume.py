"""A CT as a volume in the scene, and a volume in the scene as a CT."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.scene.geometry import as_array, as_vtk, ijk_to_ras, is_orthogonal, origin_spacing_direction

# A mediastinal window, HU: lymph node, fat and vessels can be told apart.
WINDOW, LEVEL = 400.0, 40.0


def add_ct(scene: Any, ct: CTImage, name: str) -> Any:
    """The CT as a new vtkMRMLScalarVolumeNode in `scene`, shown with a mediastinal window."""
    import SimpleITK as sitk

    # The scene keeps its own copy: SimpleITK may free its memory while Slicer still draws.
    voxels = np.array(sitk.GetArrayViewFromImage(ct.image))
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    scalars = numpy_to_vtk(voxels.ravel(), deep=True)
    scalars.SetName("HU")
    image.GetPointData().SetScalars(scalars)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(name))
    volume.SetIJKToRASMatrix(as_vtk(ijk_to_ras(ct)))
    volume.SetAndObserveImageData(image)
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(WINDOW, LEVEL)
    display.SetInterpolate(True)
    return volume


def ct_from_volume(volume: Any) -> CTImage:
    """A volume of the scene as a CT, in world coordinates. How it was acquired is unknown: MRML does not say.

    Raises DataRefusedError: empty-volume, not-scalar, non-linear-transform, sheared.
    """
    import SimpleITK as sitk

    image = volume.GetImageData()
    scalars = None if image is None else image.GetPointData().GetScalars()
    if scalars is None or image.GetNumberOfPoints() == 0:
        raise DataRefusedError(f"The volume '{volume.GetName()}' holds no voxels; load the CT again.", "empty-volume")
    if scalars.GetNumberOfComponents() != 1:
        raise DataRefusedError(
            f"The volume '{volume.GetName()}' has several values in a voxel, so it is no CT; choose another.",
            "not-scalar",
        )
    matrix = ijk_to_world(volume)
    if not is_orthogonal(matrix):
        raise DataRefusedError(
            f"The axes of '{volume.GetName()}' are not at right angles; resample the CT to straight axes, then score again.",
            "sheared",
        )
    columns, rows, slices = image.GetDimensions()
    result = sitk.GetImageFromArray(vtk_to_numpy(scalars).reshape(slices, rows, columns))
    origin, spacing, direction = origin_spacing_direction(matrix)
    result.SetOrigin(origin)
    result.SetSpacing(spacing)
    result.SetDirection(direction)
    return CTImage(result, name=volume.GetName() or "CT")


def ijk_to_world(volume: Any) -> Any:
    """The 4 × 4 array from voxel indices to world RAS, transforms included. Raises DataRefusedError (non-linear-transform)."""
    own = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(own)
    transform = volume.GetParentTransformNode()
    if transform is None:
        return as_array(own)
    if not transform.IsTransformToWorldLinear():
        raise DataRefusedError(
            f"A transform bends '{volume.GetName()}'; harden or remove it (Transforms module), then score again.",
            "non-linear-transform",
        )
    to_world = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(to_world)
    return as_array(to_world) @ as_array(own)
