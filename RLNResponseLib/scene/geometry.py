"""Between SimpleITK's coordinates (LPS) and Slicer's (RAS)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.imaging.records import CTImage

# Left becomes right and posterior becomes anterior: two signs.
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def ijk_to_ras(ct: CTImage) -> NDArray[np.float64]:
    """The 4 × 4 matrix from voxel indices (i, j, k) to RAS in mm."""
    image = ct.image
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return np.asarray(LPS_TO_RAS @ matrix)


def lps_to_ras(position_mm: tuple[float, float, float]) -> tuple[float, float, float]:
    """A point in RAS."""
    left, posterior, superior = position_mm
    return -left, -posterior, superior


def origin_spacing_direction(matrix: NDArray[np.float64]) -> tuple[Any, Any, Any]:
    """SimpleITK's origin, spacing and direction (LPS) of an IJK to RAS matrix."""
    lps = LPS_TO_RAS @ matrix
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    return lps[:3, 3].tolist(), spacing.tolist(), (lps[:3, :3] / spacing).ravel().tolist()


def is_orthogonal(matrix: NDArray[np.float64]) -> bool:
    """Whether the axes stand at right angles, to a thousandth: SimpleITK knows no shear."""
    directions = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    return bool(np.allclose(directions.T @ directions, np.eye(3), rtol=0, atol=1e-3))


def as_vtk(matrix: NDArray[np.float64]) -> Any:
    """The matrix as VTK takes it."""
    import vtk

    result = vtk.vtkMatrix4x4()
    result.DeepCopy(matrix.ravel().tolist())
    return result


def as_array(matrix: Any) -> NDArray[np.float64]:
    """A VTK matrix as an array."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
