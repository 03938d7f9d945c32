"""Where the voxels of a NIfTI file lie: its header can say it twice, by a quaternion (qform) and an affine (sform)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.volume_header import (
    affine_of,
    degrees_off_right_angles,
    displacement_mm,
    no_geometry,
    place_not_stated,
    refuse_oblique_axes,
)

# Rounding of the quaternion in single precision moves the far end of a 500 mm volume by as much.
SAME_POSITION_MM = 0.1
# Further apart than half of the smallest voxel, the two put a voxel on another tissue.
APART_VOXELS = 0.5
# Of the sform's axes against each other, for which ITK's library still takes it; it takes the qform beyond.
_ITK_DEGREES = 0.003
_SCANNER = 1
_MILLIMETRES = {1: 1000.0, 2: 1.0, 3: 0.001}
_UNIT_BITS = 0x07
_TO_LPS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, kw_only=True)
class NiftiPlace:
    """The fields of a header that say where its voxels lie.

    codes       of qform and sform; 0 is "not stated"
    quaternion  b, c, d, then the offsets
    rows        the sform, row by row
    """

    size: tuple[int, ...]
    pixdim: tuple[float, ...]
    codes: tuple[int, int]
    quaternion: tuple[float, ...]
    rows: tuple[float, ...]
    units: int


def read_places(path: Path, place: NiftiPlace) -> tuple[tuple[NDArray[np.float64], ...], tuple[Finding, ...]]:
    """Where the voxels lie: the affine that ITK takes, then the other where it says the same.

    Parameters
    ----------
    path
        The file, for sentences.
    place
        The fields.

    Returns
    -------
    tuple[tuple of NDArray, tuple of Finding]
        In mm, LPS; place-not-stated or two-positions.

    Raises
    ------
    DataRefusedError
        no-geometry; axes-not-at-right-angles; two-positions where sform and qform, or sform and voxel sizes, lie
        further apart than half a voxel.
    """
    spacing = np.array(place.pixdim[1:4])
    if not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise no_geometry(path)
    scale = _MILLIMETRES.get(place.units & _UNIT_BITS, 1.0)
    qform_code, sform_code = place.codes
    if qform_code <= 0 and sform_code <= 0:
        missing = "neither origin nor orientation (0, 0, 0 and upright are taken)"
        return (affine_of(np.diag(spacing * scale), np.zeros(3)),), (place_not_stated(path, missing),)
    places = {}
    if sform_code > 0:
        places["sform"] = _in_mm(np.array(place.rows).reshape(3, 4), scale)
        _refuse_unusable(path, places["sform"])
        refuse_oblique_axes(path, places["sform"])
    if qform_code > 0:
        places["qform"] = _in_mm(_qform(path, place, spacing), scale)
    if len(places) < 2:
        only = next(iter(places.values()))
        if sform_code > 0:
            _refuse_other_spacing(path, only, spacing * scale, place.size)
        return (only,), ()
    taken = "sform" if sform_code == _SCANNER and _is_straight(places["sform"]) else "qform"
    other = "qform" if taken == "sform" else "sform"
    apart = displacement_mm(places[taken], places[other], place.size)
    findings = _compare(path, apart, float((spacing * scale).min()), taken, other)
    return (places[taken], *(() if findings else (places[other],))), findings


def _in_mm(rows: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    return affine_of(rows[:, :3] * scale * _TO_LPS[:, None], rows[:, 3] * scale * _TO_LPS)


def _refuse_unusable(path: Path, affine: NDArray[np.float64]) -> None:
    if not np.isfinite(affine).all() or np.linalg.norm(affine[:3, :3], axis=0).min() == 0:
        raise no_geometry(path)


def _is_straight(affine: NDArray[np.float64]) -> bool:
    return degrees_off_right_angles(affine) <= _ITK_DEGREES


def _qform(path: Path, place: NiftiPlace, spacing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation, spacing and offset of the quaternion, 3 × 4."""
    b, c, d, *offset = place.quaternion
    length = b * b + c * c + d * d
    if not (np.isfinite(place.quaternion).all() and length < 1.001):
        raise no_geometry(path)
    if 1 - length < 1e-7:
        a, (b, c, d) = 0.0, (part / math.sqrt(length) for part in (b, c, d))
    else:
        a = math.sqrt(1 - length)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    handed = np.array([1, 1, -1 if place.pixdim[0] < 0 else 1])
    return np.column_stack([rotation * spacing * handed, offset])


def _refuse_other_spacing(
    path: Path, sform: NDArray[np.float64], spacing: NDArray[np.float64], size: tuple[int, ...]
) -> None:
    """ITK takes the axes of the sform and the voxel sizes of another field (pixdim)."""
    steps = np.linalg.norm(sform[:3, :3], axis=0)
    apart = float((np.abs(steps - spacing) * (np.array(size) - 1)).max())
    if apart > APART_VOXELS * float(spacing.min()):
        stated, other = (" × ".join(f"{step:.4g}" for step in each) for each in (spacing, steps))
        raise DataRefusedError(
            f"{path.name} states two sizes of its voxels, {stated} mm (pixdim) and {other} mm (sform); save it again "
            f"with one.",
            "two-positions",
        )


def _compare(path: Path, apart_mm: float, voxel_mm: float, taken: str, other: str) -> tuple[Finding, ...]:
    if apart_mm <= SAME_POSITION_MM:
        return ()
    if not apart_mm <= APART_VOXELS * voxel_mm:
        raise DataRefusedError(
            f"{path.name} states two positions, which lie up to {apart_mm:.3g} mm apart (sform and qform), so that the "
            f"contour may lie on another tissue; save it again with one, that of the scan.",
            "two-positions",
        )
    return (
        Finding(
            code="two-positions",
            severity="warning",
            message=f"{path.name} states two positions, which lie up to {apart_mm:.2g} mm apart: the {taken} was "
            f"taken, not the {other}; make sure that CT and contour lie on each other.",
            numbers={"apart_mm": apart_mm},
        ),
    )
