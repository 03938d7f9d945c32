"""A CT as a volume in the scene and back, from SimpleITK's coordinates (LPS) to Slicer's (RAS) and back."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import numpy as np
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import get_vtk_array_type, vtk_to_numpy

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import CTImage

Result = TypeVar("Result")

# Left becomes right and posterior becomes anterior: two signs.
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def ijk_to_ras(ct: CTImage) -> NDArray[np.float64]:
    """From a CT's voxel indices to Slicer's coordinates.

    Parameters
    ----------
    ct
        The CT.

    Returns
    -------
    (4, 4) array
        From (i, j, k, 1) to RAS in mm.

    """
    image = ct.image
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return np.asarray(LPS_TO_RAS @ matrix)


def lps_to_ras(position_mm: tuple[float, float, float]) -> tuple[float, float, float]:
    """A point in Slicer's coordinates.

    Parameters
    ----------
    position_mm
        In mm, LPS.

    Returns
    -------
    tuple of three floats
        In mm, RAS.

    """
    left, posterior, superior = position_mm
    return -left, -posterior, superior


def origin_spacing_direction(matrix: NDArray[np.float64]) -> tuple[Any, Any, Any]:
    """SimpleITK's geometry (LPS) of a matrix of Slicer's.

    Parameters
    ----------
    matrix
        (4, 4), from voxel indices to RAS in mm, without shear.

    Returns
    -------
    origin, spacing, direction
        In mm, mm, and nine cosines by row.

    """
    lps = LPS_TO_RAS @ matrix
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    return lps[:3, 3].tolist(), spacing.tolist(), (lps[:3, :3] / spacing).ravel().tolist()


def is_orthogonal(matrix: NDArray[np.float64]) -> bool:
    """Whether the axes of a matrix stand at right angles: SimpleITK knows no shear.

    Parameters
    ----------
    matrix
        (4, 4), from voxel indices to mm.

    Returns
    -------
    bool
        By the cosines between the axes, to a thousandth.

    """
    directions = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    return bool(np.allclose(directions.T @ directions, np.eye(3), rtol=0, atol=1e-3))


def as_vtk(matrix: NDArray[np.float64]) -> Any:
    """A matrix as VTK takes it.

    Parameters
    ----------
    matrix
        (4, 4).

    Returns
    -------
    vtkMatrix4x4

    """
    result = vtk.vtkMatrix4x4()
    result.DeepCopy(matrix.ravel().tolist())
    return result


def as_array(matrix: Any) -> NDArray[np.float64]:
    """A VTK matrix as an array.

    Parameters
    ----------
    matrix
        A vtkMatrix4x4.

    Returns
    -------
    (4, 4) array

    """
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


# A mediastinal window, HU: lymph node, fat and vessels can be told apart.
WINDOW, LEVEL = 400.0, 40.0
# Copied in some thousandths of a second.
STEP_BYTES = 1 << 22


def add_ct(scene: Any, ct: CTImage, name: str) -> Any:
    """A CT as a new volume in the scene, shown with a mediastinal window.

    Parameters
    ----------
    scene
        The MRML scene.
    ct
        The CT, in HU.
    name
        Of the node; the scene makes it unique.

    Returns
    -------
    vtkMRMLScalarVolumeNode
        With a copy of the voxels.

    """
    import SimpleITK as sitk

    return add_volume(scene, in_one_go(copied_in_steps(sitk.GetArrayViewFromImage(ct.image))), ct, name)


def copied_in_steps(voxels: NDArray[Any], most_bytes: int = STEP_BYTES) -> Generator[None, None, Any]:
    """Voxels copied into an image of the scene's kind, some slices a step.

    Parameters
    ----------
    voxels
        [k, j, i]; a file mapped into memory is read step by step.
    most_bytes
        Copied in one step, but for a single slice that is larger.

    Returns
    -------
    vtkImageData
        With the voxels as its scalars, once every step is made.

    """
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.AllocateScalars(get_vtk_array_type(voxels.dtype), 1)
    scalars = image.GetPointData().GetScalars()
    scalars.SetName("HU")
    # The scene keeps its own copy: SimpleITK may free its memory, and a file go, while Slicer still draws.
    copy = vtk_to_numpy(scalars).reshape(voxels.shape)
    slices = max(most_bytes * len(voxels) // max(voxels.nbytes, 1), 1)
    for start in range(0, len(voxels), slices):
        copy[start : start + slices] = voxels[start : start + slices]
        yield
    return image


def in_one_go(steps: Generator[None, None, Result]) -> Result:
    """What steps come to, made one after the other.

    Parameters
    ----------
    steps
        A generator.

    Returns
    -------
    Result
        Its value.

    """
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def add_volume(scene: Any, image: Any, ct: CTImage, name: str) -> Any:
    """An image as a new volume in the scene, shown with a mediastinal window.

    Parameters
    ----------
    scene
        The MRML scene.
    image
        The vtkImageData, in HU; it is not copied.
    ct
        Where the image lies.
    name
        Of the node; the scene makes it unique.

    Returns
    -------
    vtkMRMLScalarVolumeNode

    """
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", scene.GenerateUniqueName(name))
    volume.SetIJKToRASMatrix(as_vtk(ijk_to_ras(ct)))
    # The voxels last: a display that is made beside them, or has no window yet, looks at every one of them to choose
    # one, a second of a whole CT.
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(WINDOW, LEVEL)
    display.SetInterpolate(True)
    volume.SetAndObserveImageData(image)
    return volume


def ct_from_volume(volume: Any) -> CTImage:
    """A volume of the scene as a CT, in world coordinates.

    Parameters
    ----------
    volume
        A vtkMRMLScalarVolumeNode; a linear transform above it is followed.

    Returns
    -------
    CTImage
        How it was acquired is unknown: MRML does not say.

    Raises
    ------
    DataRefusedError
        empty-volume, not-scalar, non-linear-transform, sheared.

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
            f"The axes of '{volume.GetName()}' are not at right angles; resample the CT to straight axes, then score "
            "again.",
            "sheared",
        )
    columns, rows, slices = image.GetDimensions()
    result = sitk.GetImageFromArray(vtk_to_numpy(scalars).reshape(slices, rows, columns))
    origin, spacing, direction = origin_spacing_direction(matrix)
    result.SetOrigin(origin)
    result.SetSpacing(spacing)
    result.SetDirection(direction)
    return CTImage(image=result, name=volume.GetName() or "CT")


def ijk_to_world(volume: Any) -> Any:
    """From a volume's voxel indices to the world, transforms included.

    Parameters
    ----------
    volume
        A vtkMRMLScalarVolumeNode.

    Returns
    -------
    (4, 4) array
        From (i, j, k, 1) to world RAS in mm.

    Raises
    ------
    DataRefusedError
        non-linear-transform.

    """
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


class VolumeCT:
    """The CT of the volume asked for last, made once for as long as its voxels and place stay the same.

    Scoring after each stroke must not copy the CT each time.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._ct: CTImage | None = None

    def of(self, volume: Any) -> CTImage:
        """The CT of a volume.

        Parameters
        ----------
        volume
            A vtkMRMLScalarVolumeNode.

        Returns
        -------
        CTImage

        Raises
        ------
        DataRefusedError
            What `ct_from_volume` raises.

        """
        key = _state(volume)
        if self._ct is None or key != self._key:
            self._ct, self._key = ct_from_volume(volume), key
        return self._ct

    def forget(self) -> None:
        """Let the CT go."""
        self._key = self._ct = None


def _state(volume: Any) -> tuple[object, ...]:
    """What the CT depends on: which voxels, changed when, lying where."""
    image = volume.GetImageData()
    transform = volume.GetParentTransformNode()
    directions = [[0.0] * 3 for _axis in range(3)]
    volume.GetIJKToRASDirections(directions)
    return (
        volume.GetID(),
        0 if image is None else image.GetMTime(),
        volume.GetOrigin(),
        volume.GetSpacing(),
        tuple(map(tuple, directions)),
        0 if transform is None else transform.GetTransformToWorldMTime(),
    )
