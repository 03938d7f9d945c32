"""A CT whose slices are not evenly spaced.

Its image is a regular grid, of the mean distance, as ITK makes it; where its slices truly lie stands beside it
(`CTImage.slice_positions_mm`). Outlines are brought to the slices at these positions, and what is measured is measured
with the thickness of the slices that the contour lies on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.records import Contour, CTImage


def slice_index(ct: CTImage, index: NDArray[Any]) -> NDArray[np.float64]:
    """The (fractional) number of the slice at places along the normal.

    Parameters
    ----------
    ct
        The CT.
    index
        The places, in slices of its regular grid.

    Returns
    -------
    NDArray[np.float64]
        The same where the slices are evenly spaced. Beyond the outermost slices, the outermost distance goes on.
    """
    regular = np.asarray(index, dtype=np.float64)
    if ct.slice_positions_mm is None:
        return regular
    positions = np.array(ct.slice_positions_mm)
    heights = regular * ct.image.GetSpacing()[2]
    # Two more slices, far out, carry the outermost distances on.
    far = len(positions)
    first, last = positions[1] - positions[0], positions[-1] - positions[-2]
    known = np.concatenate([[positions[0] - far * first], positions, [positions[-1] + far * last]])
    numbers = np.concatenate([[-far], np.arange(far), [2 * far - 1]])
    return np.asarray(np.interp(heights, known, numbers))


def furthest_off_grid(ct: CTImage) -> float:
    """How far a slice lies from its place on the regular grid, at most.

    Parameters
    ----------
    ct
        The CT.

    Returns
    -------
    float
        In slices of the grid; 0 where the slices are evenly spaced.
    """
    if ct.slice_positions_mm is None:
        return 0.0
    regular = np.array(ct.slice_positions_mm) / ct.image.GetSpacing()[2]
    return float(np.abs(regular - np.arange(regular.size)).max())


def spaced_at(ct: CTImage, contour: Contour) -> CTImage:
    """The CT with the distance of slices that gives a contour its own volume.

    A slice is as thick as half the way to both its neighbours. The mean thickness over the contour's voxels is the
    distance: exact where the slices there are evenly spaced, and elsewhere exact for the volume alone.

    Parameters
    ----------
    ct
        The CT, its index that of the contour.
    contour
        The contour.

    Returns
    -------
    CTImage
        The same record where the slices are evenly spaced.
    """
    import SimpleITK as sitk

    if ct.slice_positions_mm is None:
        return ct
    voxels = np.count_nonzero(contour.voxels, axis=(1, 2))
    thickness = np.gradient(np.array(ct.slice_positions_mm))[contour.box[0]]
    image = sitk.Image(ct.image)
    columns, rows, _ = image.GetSpacing()
    step_mm = float(voxels @ thickness / voxels.sum())
    image.SetSpacing((columns, rows, step_mm))
    findings = (*ct.findings, _taken(step_mm, thickness[voxels > 0]))
    return replace(ct, image=image, slice_positions_mm=None, findings=findings)


def _taken(step_mm: float, thickness: NDArray[np.float64]) -> Finding:
    thinnest, thickest = float(thickness.min()), float(thickness.max())
    how = "all" if np.isclose(thinnest, thickest) else f"{thinnest:.3g} to {thickest:.3g} mm thick, on average"
    return Finding(
        code="spacing-at-contour",
        severity="info",
        message=f"Where the contour lies, the unevenly spaced slices are {how} {step_mm:.4g} mm, and that was taken "
        "for volume, shape and distances.",
        numbers={"step_mm": step_mm, "thinnest_mm": thinnest, "thickest_mm": thickest},
    )
