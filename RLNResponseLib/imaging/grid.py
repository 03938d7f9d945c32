"""A contour from its own grid onto the CT's: voxel by voxel where the grids coincide, resampled where they do not; and
whether it states the CT's coordinate system.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import Point, point
from RLNResponseLib.imaging.uneven import furthest_off_grid, slice_index
from RLNResponseLib.imaging.volume_header import PLACE_NOT_STATED

# Two grids coincide where no voxel of the contour lies further than this part of a voxel from a voxel of the CT,
# whatever orientation, spacing and origin say by themselves: at 0.7 mm, 0.014 mm. Single precision (NIfTI) is off by
# 0.001 at most; spacing rounded to three decimals is off by 0.3 at the far end of 512 pixels, and is resampled.
LATTICE_TOLERANCE = 0.02


@dataclass(frozen=True)
class Grid:
    """Where the voxels of a volume lie.

    affine  4 × 4, from the index (i, j, k) of a voxel to its centre (mm, LPS)
    size    voxels along i, j, k
    """

    affine: NDArray[np.float64]
    size: tuple[int, int, int]

    @classmethod
    def of_image(cls, image: Any) -> Grid:
        """The grid of a three-dimensional SimpleITK image."""
        return cls(cls.of_place(image.GetDirection(), image.GetSpacing(), image.GetOrigin()), tuple(image.GetSize()))

    @staticmethod
    def of_place(direction: Sequence[float], spacing: Sequence[float], origin: Sequence[float]) -> NDArray[np.float64]:
        """The affine of what ITK calls direction (row by row), spacing and origin."""
        affine = np.eye(4)
        affine[:3, :3] = np.array(direction).reshape(3, 3) * np.array(spacing)
        affine[:3, 3] = origin
        return affine

    @property
    def spacing(self) -> NDArray[np.float64]:
        """Millimetres from a voxel to the next along i, j, k."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def voxel_mm3(self) -> float:
        """The volume of one voxel."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    def index_of(self, other: Grid) -> NDArray[np.float64]:
        """4 × 4, from an index (i, j, k) of `other` to the (fractional) index on this grid."""
        return np.asarray(np.linalg.solve(self.affine, other.affine))


def place_on_ct(contour: Contour, source: Grid, ct: CTImage) -> Contour:
    """A contour whose voxels are indexed on `source`, on the grid of `ct`.

    Where the grids coincide (`LATTICE_TOLERANCE`), be one of them a part of the other, turned or mirrored, every voxel
    is kept. Elsewhere the nearest voxel is taken, and the finding resampled-contour (warning) says so with the numbers.
    A grid that reaches beyond the CT leaves the finding contour-grid-larger (warning).

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    source
        The grid on which the voxels are indexed.
    ct
        The CT.

    Returns
    -------
    Contour

    Raises
    ------
    DataRefusedError
        outside-ct (a voxel of the contour lies outside the CT), another-grid (the grids do not coincide and the
        contour's reaches beyond the CT by more than a voxel: it belongs to another image), empty-contour (nothing
        is left after resampling).
    """
    target = Grid.of_image(ct.image)
    to_ct = target.index_of(source)
    turned = _turned(contour, to_ct)
    if turned is None and ct.slice_positions_mm is not None:
        to_ct = _to_own_slices(contour, to_ct, ct)
        turned = _turned(contour, to_ct)
        if turned is None and furthest_off_grid(ct) > 0.5:
            raise DataRefusedError(
                f"The contour '{contour.name}' is on another grid than the CT {ct.name}, whose slices are unevenly "
                f"spaced, so the slices that it was drawn on cannot be told; export it on the CT's own slices.",
                "another-grid",
            )
    if turned is None:
        return _resampled(contour, source, target, to_ct, ct)
    if not _fits(turned, target):
        raise _outside(contour, ct)
    if _reach_beyond(source, target, to_ct).max() > 0.5:
        turned = replace(turned, findings=(*turned.findings, _larger_grid(contour.name)))
    return turned


def _turned(contour: Contour, to_ct: NDArray[np.float64]) -> Contour | None:
    """The contour with its axes in the CT's order and direction; None where the grids do not coincide."""
    turn = np.rint(to_ct[:3, :3])
    if not (np.abs(turn).sum(axis=0) == 1).all() or not (np.abs(turn).sum(axis=1) == 1).all():
        return None
    first = np.array(contour.corner[::-1])
    last = first + contour.voxels.shape[::-1] - 1
    moved_first = np.rint(to_ct[:3, :3] @ first + to_ct[:3, 3])
    for corner in product(*zip(first, last, strict=True)):
        exact = to_ct[:3, :3] @ corner + to_ct[:3, 3]
        if np.abs(exact - (moved_first + turn @ (np.array(corner) - first))).max() > LATTICE_TOLERANCE:
            return None
    # `turn` orders the axes (i, j, k); the array has them as (k, j, i).
    sources = np.abs(turn).argmax(axis=1)
    voxels = contour.voxels.transpose(2, 1, 0).transpose(sources)
    backwards = turn.sum(axis=1) < 0
    voxels = voxels[tuple(slice(None, None, -1 if back else 1) for back in backwards)]
    corner = np.minimum(moved_first, moved_first + turn @ (last - first)).astype(int)
    k, j, i = (int(index) for index in corner[::-1])
    return replace(contour, voxels=np.ascontiguousarray(voxels.transpose(2, 1, 0)), corner=(k, j, i))


def _to_own_slices(contour: Contour, to_ct: NDArray[np.float64], ct: CTImage) -> NDArray[np.float64]:
    """From the contour's index to the CT's where its planes, by their stated positions, are successive slices of an
    unevenly spaced CT; elsewhere as before.
    """
    planes = np.arange(contour.voxels.shape[0]) + contour.corner[0]
    own = slice_index(ct, to_ct[2, 2] * planes + to_ct[2, 3])
    step = np.sign(to_ct[2, 2])
    along_normal = max(np.abs(to_ct[2, :2]).max(), np.abs(to_ct[:2, 2]).max()) < LATTICE_TOLERANCE
    successive = np.abs(own - (np.rint(own[0]) + step * (planes - planes[0]))).max() <= LATTICE_TOLERANCE
    if not (along_normal and successive):
        return to_ct
    placed = to_ct.copy()
    placed[2, 2:] = step, np.rint(own[0]) - step * planes[0]
    return placed


def _fits(contour: Contour, target: Grid) -> bool:
    ends = [start + length for start, length in zip(contour.corner, contour.voxels.shape, strict=True)]
    return min(contour.corner) >= 0 and all(end <= size for end, size in zip(ends, target.size[::-1], strict=True))


def _reach_beyond(source: Grid, target: Grid, to_ct: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how many of its own voxels the source grid's outermost voxel centres lie beyond the CT's outer faces, per
    CT axis.
    """
    corners = np.array(list(product(*((0, length - 1) for length in source.size))))
    index = corners @ to_ct[:3, :3].T + to_ct[:3, 3]
    beyond = np.maximum(-0.5 - index.min(axis=0), index.max(axis=0) - (np.array(target.size) - 0.5))
    return np.asarray(beyond / np.abs(to_ct[:3, :3]).sum(axis=1))


def _resampled(contour: Contour, source: Grid, target: Grid, to_ct: NDArray[np.float64], ct: CTImage) -> Contour:
    indices = np.argwhere(contour.voxels)[:, ::-1] + np.array(contour.corner[::-1])
    on_ct = indices @ to_ct[:3, :3].T + to_ct[:3, 3]
    size = np.array(target.size)
    if (on_ct < -0.5).any() or (on_ct > size - 0.5).any():
        raise _outside(contour, ct)
    if _reach_beyond(source, target, to_ct).max() > 1:
        raise DataRefusedError(
            f"The contour '{contour.name}' is on another grid than the CT {ct.name} and that grid reaches beyond the "
            f"CT, so it was drawn on another image; name that image, or export the contour on this CT's geometry.",
            "another-grid",
        )
    reach = np.abs(to_ct[:3, :3]).sum(axis=1)
    low = np.maximum(np.floor(on_ct.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(on_ct.max(axis=0) + reach), size - 1).astype(int)
    voxels = _nearest(contour, source, target, low, high)
    if not voxels.any():
        raise DataRefusedError(
            f"The contour '{contour.name}' is smaller than a voxel of the CT {ct.name}: resampled to it, it is empty; "
            f"contour on the CT itself.",
            "empty-contour",
        )
    resampled = Contour.from_full_grid(voxels, contour.name, findings=contour.findings)
    k, j, i = (int(start + offset) for start, offset in zip(resampled.corner, low[::-1], strict=True))
    finding = _resampled_finding(contour, source, resampled, target)
    return replace(resampled, corner=(k, j, i), findings=(*contour.findings, finding))


def _nearest(
    contour: Contour, source: Grid, target: Grid, low: NDArray[np.intp], high: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """The contour's nearest voxels on the CT's indices `low` to `high` (i, j, k), as [k, j, i]."""
    import SimpleITK as sitk

    drawn = sitk.GetImageFromArray(contour.voxels.astype(np.uint8))
    _set_grid(drawn, source, contour.corner[::-1])
    reference = sitk.Image([int(length) for length in high - low + 1], sitk.sitkUInt8)
    _set_grid(reference, target, tuple(int(index) for index in low))
    found = sitk.Resample(drawn, reference, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    return np.asarray(sitk.GetArrayFromImage(found) != 0)


def _set_grid(image: Any, grid: Grid, first: tuple[int, ...]) -> None:
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection((grid.affine[:3, :3] / grid.spacing).ravel().tolist())
    image.SetOrigin((grid.affine[:3, :3] @ np.array(first) + grid.affine[:3, 3]).tolist())


def _resampled_finding(before: Contour, source: Grid, after: Contour, target: Grid) -> Finding:
    drawn_mm3 = before.voxel_count * source.voxel_mm3
    now_mm3 = after.voxel_count * target.voxel_mm3
    spacings = [" × ".join(f"{step:.4g}" for step in grid.spacing) for grid in (source, target)]
    return Finding(
        code="resampled-contour",
        severity="warning",
        message=f"The contour '{before.name}' is on another grid ({spacings[0]} mm) than the CT ({spacings[1]} mm) and "
        f"was resampled to it (nearest neighbour): {drawn_mm3:.0f} mm³ became {now_mm3:.0f} mm³; make sure that both "
        "show the same scan.",
        numbers={
            "drawn_volume_mm3": drawn_mm3,
            "resampled_volume_mm3": now_mm3,
            "drawn_spacing_mm": spacings[0],
            "ct_spacing_mm": spacings[1],
        },
    )


def _larger_grid(name: str) -> Finding:
    return Finding(
        code="contour-grid-larger",
        severity="warning",
        message=f"The grid of the contour '{name}' reaches beyond the CT, though the contour itself does not; make "
        f"sure that it was drawn on this CT and not on another of the same scanner.",
    )


def _outside(contour: Contour, ct: CTImage) -> DataRefusedError:
    without_place = [found for found in (*contour.findings, *ct.findings) if found.code == PLACE_NOT_STATED]
    if without_place:
        left_out = " and ".join(found.message.partition(";")[0] for found in without_place)
        why = f"but {left_out}, so it is not known where they lie to one another; export it with its place"
    else:
        why = "so it belongs to another image or the CT is incomplete; name the image that it was drawn on"
    return DataRefusedError(
        f"The contour '{contour.name}' lies partly or wholly outside the CT {ct.name}, {why}.", "outside-ct"
    )


def centre_of(contour: Contour, ct: CTImage) -> Point:
    """Where a contour lies: the mean of its voxels' centres.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT, with at least one voxel.
    ct
        The CT.

    Returns
    -------
    tuple of three floats
        Millimetres, LPS.

    Examples
    --------
    >>> import numpy as np
    >>> import SimpleITK as sitk
    >>> image = sitk.Image(6, 5, 4, sitk.sitkInt16)
    >>> image.SetSpacing((2.0, 2.0, 5.0))
    >>> cube = Contour(name="LN", voxels=np.ones((1, 3, 3), dtype=bool), corner=(2, 1, 1))
    >>> centre_of(cube, CTImage(image=image))
    (4.0, 4.0, 10.0)
    """
    index = (np.argwhere(contour.voxels).mean(axis=0) + np.array(contour.corner))[::-1]
    affine = Grid.of_image(ct.image).affine
    return point(affine[:3, :3] @ index + affine[:3, 3])


def check_frame_of_reference(stated: str, ct: CTImage, name: str) -> tuple[Finding, ...]:
    """The warning other-frame-of-reference where the contour `name` states another UID than the CT.

    Nothing where either states none ("" or None). A warning, not an error: de-identification often gives both new UIDs,
    and not the same.

    Parameters
    ----------
    stated
        The UID that the contour states.
    ct
        The CT.
    name
        The contour's name, for the sentence.

    Returns
    -------
    tuple of Finding
    """
    if not stated or ct.frame_of_reference is None or stated == ct.frame_of_reference:
        return ()
    return (
        Finding(
            code="other-frame-of-reference",
            severity="warning",
            message=f"The contour '{name}' states another DICOM frame of reference than the CT {ct.name}, so it may "
            f"belong to another scan or patient; look at it on the CT before trusting the score.",
        ),
    )


def check_series(stated: Collection[str], ct: CTImage, name: str) -> tuple[Finding, ...]:
    """The warning other-series where the contour `name` states that it was drawn on other series than the CT.

    Nothing where either states none. A warning, as for another frame of reference: of two
    series in one frame of reference, two phases or kernels, only this can tell that the other one is meant.

    Parameters
    ----------
    stated
        The UIDs of the series that the contour refers to.
    ct
        The CT.
    name
        The contour's name, for the sentence.

    Returns
    -------
    tuple of Finding
    """
    named = {uid for uid in stated if uid}
    if not named or ct.series is None or ct.series in named:
        return ()
    return (
        Finding(
            code="other-series",
            severity="warning",
            message=f"The contour '{name}' states that it was drawn on another series than the CT {ct.name}, of "
            "another phase or kernel perhaps, whose values differ; name that series, or look at the contour on this "
            "one.",
        ),
    )


def check_placement(contour: Contour, shape: tuple[int, int, int]) -> tuple[Finding, ...]:
    """Errors of a contour that cannot be looked at on the CT: it is empty, or reaches outside.

    Parameters
    ----------
    contour
        The contour, in voxels of the CT's grid.
    shape
        Number of voxels of the CT, [k, j, i].

    Returns
    -------
    tuple of Finding
        empty-contour or outside-ct; nothing where the contour lies inside.

    Examples
    --------
    >>> import numpy as np
    >>> cube = Contour.from_full_grid(np.ones((4, 4, 4), dtype=bool), "LN")
    >>> check_placement(cube, (4, 4, 4))
    ()
    >>> [finding.code for finding in check_placement(cube, (3, 4, 4))]
    ['outside-ct']
    """
    if not contour.voxels.any():
        return (
            Finding(
                code="empty-contour",
                severity="error",
                message=f"The contour '{contour.name}' is empty: not one voxel of it is set; draw it, or name "
                f"another segment.",
            ),
        )
    if all(part.start >= 0 and part.stop <= size for part, size in zip(contour.box, shape, strict=True)):
        return ()
    return (
        Finding(
            code="outside-ct",
            severity="error",
            message=f"The contour '{contour.name}' reaches outside the CT's {' × '.join(map(str, shape[::-1]))} "
            f"voxels; draw it on this CT.",
            numbers={
                **{f"first_{axis}": part.start for axis, part in zip("kji", contour.box, strict=True)},
                **{f"last_{axis}": part.stop - 1 for axis, part in zip("kji", contour.box, strict=True)},
            },
        ),
    )
