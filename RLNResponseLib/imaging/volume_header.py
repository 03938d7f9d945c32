"""What a volume's header says by our own reading of it, and what is refused before any library opens the file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.dicom_geometry import TILT_TOLERANCE_DEGREES
from RLNResponseLib.imaging.stored_voxels import StoredVoxels

# 2³¹ voxels: 1024 × 1024 × 2048, four times a whole-body CT; 4 GiB as 16-bit numbers.
MAXIMUM_VOXELS = 2**31
# Of the axes of a file; three of space, time, and the components.
MOST_AXES = 7
# Ten micrometres are less than any clinical CT resolves, a metre is more than any slice is thick: a unit or a byte
# order gone wrong.
VOXEL_MM = (0.01, 1000.0)
# From the scanner's isocentre, to either side; tables and gantries are some two metres long.
FARTHEST_MM = 1e5


@dataclass(frozen=True, kw_only=True)
class VolumeHeader:
    """What a header says of its volume.

    size        voxels along each axis, without that of the components and without the axes of length 1 behind the third
    components  numbers a voxel
    places      4 × 4, from the index (i, j, k) of a voxel to its centre (mm, LPS): the one that is taken, then what
                else the header says of the same place; none where there are not three axes
    voxels      where the voxels lie
    findings    what was noticed
    """

    size: tuple[int, ...]
    components: int
    places: tuple[NDArray[np.float64], ...]
    voxels: StoredVoxels
    findings: tuple[Finding, ...] = ()


def affine_of(directions: NDArray[np.float64], origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 4 × 4 affine of three axes.

    Parameters
    ----------
    directions
        3 × 3, a column an axis: the step from a voxel to the next, mm.
    origin
        The centre of the first voxel, mm.

    Returns
    -------
    NDArray of float64
    """
    affine = np.eye(4)
    affine[:3, :3] = directions
    affine[:3, 3] = origin
    return affine


def displacement_mm(one: NDArray[np.float64], other: NDArray[np.float64], size: tuple[int, ...]) -> float:
    """How far apart two affines put the same voxel at most, mm.

    Parameters
    ----------
    one, other
        4 × 4.
    size
        Voxels along i, j, k.

    Returns
    -------
    float
    """
    corners = np.array([(*corner, 1) for corner in product(*((0, length - 1) for length in size[:3]))], dtype=float)
    # A difference of affines is affine: it is largest at a corner.
    return float(np.linalg.norm((corners @ (one - other).T)[:, :3], axis=1).max())


def at_right_angles(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The affine with the same origin and spacing whose axes are the nearest ones at right angles.

    Parameters
    ----------
    affine
        4 × 4, three independent axes.

    Returns
    -------
    NDArray of float64
    """
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    left, _, right = np.linalg.svd(affine[:3, :3] / spacing)
    return affine_of(left @ right * spacing, affine[:3, 3])


def degrees_off_right_angles(affine: NDArray[np.float64]) -> float:
    """By how many degrees the worst pair of axes misses a right angle.

    Parameters
    ----------
    affine
        4 × 4, no axis of length 0.

    Returns
    -------
    float
    """
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.abs(axes.T @ axes)[np.triu_indices(3, 1)]
    return float(np.degrees(np.arcsin(np.clip(cosines, 0, 1).max())))


def refuse_impossible(path: Path, header: VolumeHeader) -> None:
    """Refuse a header whose volume cannot be, is too large, or does not say where it lies.

    Parameters
    ----------
    path
        The file.
    header
        Of the file.

    Raises
    ------
    DataRefusedError
        unreadable-image (an axis without voxels), too-many-voxels, no-geometry, axes-not-at-right-angles.
    """
    if min(header.size, default=0) < 1 or header.components < 1:
        raise DataRefusedError(
            f"The header of {path.name} claims {' × '.join(map(str, header.size))} voxels, which is no volume; it is "
            f"damaged: export it again.",
            "unreadable-image",
        )
    refuse_too_many_voxels(path.name, header.size)
    for affine in header.places:
        _refuse_impossible_axes(path, affine, header.size)


def _refuse_impossible_axes(path: Path, affine: NDArray[np.float64], size: tuple[int, ...]) -> None:
    if not np.isfinite(affine).all():
        raise no_geometry(path)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    far = np.abs(affine[:3, 3]).max() + float(spacing @ np.array(size[:3]))
    if spacing.min() == 0:
        raise no_geometry(path)
    if not (spacing.min() >= VOXEL_MM[0] and spacing.max() <= VOXEL_MM[1] and far <= FARTHEST_MM):
        raise DataRefusedError(
            f"{path.name} states voxels of {' × '.join(f'{step:.3g}' for step in spacing)} mm, up to {far:.3g} mm off "
            f"the origin, which no CT has (is its unit another than mm?); export it again.",
            "no-geometry",
        )
    refuse_oblique_axes(path, affine)


def refuse_oblique_axes(path: Path, affine: NDArray[np.float64]) -> None:
    """Refuse a volume whose axes are oblique to each other, as a tilted gantry makes them.

    Parameters
    ----------
    path
        The file.
    affine
        4 × 4, no axis of length 0.

    Raises
    ------
    DataRefusedError
        axes-not-at-right-angles.
    """
    degrees = degrees_off_right_angles(affine)
    if degrees <= TILT_TOLERANCE_DEGREES:
        return
    raise DataRefusedError(
        f"The axes of {path.name} are not at right angles (off by {degrees:.2g} degrees, as after a gantry tilt or an "
        f"affine registration), and at most {TILT_TOLERANCE_DEGREES:g} is read; resample it to axes at right angles, "
        f"or use a series without tilt.",
        "axes-not-at-right-angles",
    )


def refuse_too_many_voxels(name: str, size: tuple[int, ...]) -> None:
    """Refuse a volume of more than 2³¹ voxels.

    Parameters
    ----------
    name
        The file's or folder's own name.
    size
        Voxels along each axis.

    Raises
    ------
    DataRefusedError
        too-many-voxels.
    """
    if math.prod(size) > MAXIMUM_VOXELS:
        raise DataRefusedError(
            f"{name} claims {' × '.join(map(str, size))} voxels, and at most {MAXIMUM_VOXELS} are read; it is damaged "
            "(export it again), or crop it first.",
            "too-many-voxels",
        )


def no_geometry(path: Path) -> DataRefusedError:
    """The refusal of a file that does not say where its voxels lie.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    DataRefusedError
        no-geometry.
    """
    return DataRefusedError(
        f"{path.name} states no usable voxel spacing, origin or orientation; export it again.", "no-geometry"
    )


def damaged_header(path: Path, kind: str, what: str) -> DataRefusedError:
    """The refusal of a header that does not follow its format.

    Parameters
    ----------
    path
        The file.
    kind
        What it is: "NRRD".
    what
        What is wrong with its header, to follow "its header".

    Returns
    -------
    DataRefusedError
        unreadable-image.
    """
    return DataRefusedError(
        f"{path.name} cannot be read as {kind}: its header {what}; it is damaged or was written wrongly: export it "
        f"again.",
        "unreadable-image",
    )


def not_read(path: Path, what: str, advice: str) -> DataRefusedError:
    """The refusal of a file that is whole, but of a form that is not read here.

    Parameters
    ----------
    path
        The file.
    what
        What it is, to follow its name.
    advice
        What to do.

    Returns
    -------
    DataRefusedError
        form-not-read.
    """
    return DataRefusedError(f"{path.name} {what}, which is not read here; {advice}.", "form-not-read")


# The code of `place_not_stated`.
PLACE_NOT_STATED = "place-not-stated"


def place_not_stated(path: Path, what: str) -> Finding:
    """The warning that a header leaves out where its voxels lie.

    Parameters
    ----------
    path
        The file.
    what
        What is left out, and what is taken for it.

    Returns
    -------
    Finding
        place-not-stated.
    """
    return Finding(
        code="place-not-stated",
        severity="warning",
        message=f"{path.name} states {what}; make sure that CT and contour lie on each other and that left is left.",
    )


def without_trailing_ones(size: Sequence[int]) -> tuple[int, ...]:
    """The axes of a volume: those of length 1 behind the third (a single point in time) are none.

    Parameters
    ----------
    size
        Voxels along each axis.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> without_trailing_ones((4, 5, 1, 1, 1))
    (4, 5, 1)
    """
    kept = list(size)
    while len(kept) > 3 and kept[-1] == 1:
        kept.pop()
    return tuple(int(length) for length in kept)


def numbers(text: str, count: int) -> NDArray[np.float64] | None:
    """The numbers in a text.

    Parameters
    ----------
    text
        Numbers with blanks between them.
    count
        How many there must be.

    Returns
    -------
    NDArray of float64 or None
        None where there are not `count`.
    """
    try:
        found = np.array([float(part) for part in text.split()], dtype=np.float64)
    except ValueError:
        return None
    return found if found.size == count else None
