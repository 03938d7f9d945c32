"""The plain records of this room: a CT, how it was acquired, and one contour on its grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import cut, quoted
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding

_WORD = np.dtype(np.uint64)


@dataclass(frozen=True, kw_only=True)
class Acquisition:
    """How the CT was acquired: the only facts that the checks use and a study keeps. None where the file does not
    say.
    """

    modality: str | None = None
    kilovoltage_kv: float | None = None
    tube_current_ma: float | None = None
    exposure_mas: float | None = None
    kernel: str | None = None
    slice_thickness_mm: float | None = None
    contrast_agent: str | None = None
    contrast_route: str | None = None
    manufacturer: str | None = None
    model_name: str | None = None
    scan_delay_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class CTImage:
    """A CT volume.

    image        SimpleITK image, three-dimensional scalar, HU; its arrays are [k, j, i]
    acquisition  what the file says of the scan
    name         a short name for messages: the file's or folder's own name, never a patient's
    findings     what was noticed while reading (never an error: those refuse)
    frame_of_reference  the UID of the DICOM coordinate system, to compare with a contour's and for nothing else: it
                        identifies, so it is neither shown nor kept
    slice_positions_mm  of each slice along the normal, from the first, where they are not evenly spaced; None where the
                        image's spacing says it
    series       the UID of the DICOM series, for the same and with the same restraint
    """

    image: Any
    acquisition: Acquisition = field(default_factory=Acquisition)
    name: str = "CT"
    findings: tuple[Finding, ...] = ()
    frame_of_reference: str | None = field(default=None, repr=False)
    slice_positions_mm: tuple[float, ...] | None = field(default=None, repr=False)
    series: str | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        size, spacing = (
            " × ".join(f"{each:g}" for each in axes) for axes in (self.image.GetSize(), self.image.GetSpacing())
        )
        return cut(f"CTImage({quoted(self.name)}, {size} voxels of {spacing} mm)")


@dataclass(frozen=True, kw_only=True)
class Contour:
    """One segment on the grid of its CT, kept as the box that holds it.

    name      the segment's or ROI's name
    voxels    bool [k, j, i], cropped to the contour's bounding box: every face of it touches a voxel
    corner    (k, j, i) of voxels[0, 0, 0] in the CT's index
    findings  what was noticed while reading (resampled from another grid …)
    """

    name: str
    voxels: NDArray[np.bool_]
    corner: tuple[int, int, int]
    findings: tuple[Finding, ...] = ()

    @classmethod
    def from_full_grid(
        cls, mask: NDArray[Any], name: str, label: int | None = None, findings: tuple[Finding, ...] = ()
    ) -> Contour:
        """The contour of a mask on the CT's whole grid ([k, j, i]; voxels equal to `label`, or not zero if None).

        Raises DataRefusedError (empty-contour) where no voxel is set.
        """
        first, last = _slices_that_are_not_empty(mask)
        inside = mask[first:last] != 0 if label is None else mask[first:last] == label
        box = bounding_box(inside)
        if box is None:
            raise DataRefusedError(
                f"The contour '{name}' is empty: not one voxel of it is set; draw it, or name another segment.",
                "empty-contour",
            )
        corner = (first + box[0].start, box[1].start, box[2].start)
        return cls(name=name, voxels=np.ascontiguousarray(inside[box]), corner=corner, findings=findings)

    @property
    def voxel_count(self) -> int:
        """How many voxels the contour holds."""
        return int(np.count_nonzero(self.voxels))

    def full_grid(self, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
        """The contour as 0 and 1 on the CT's whole grid of `shape` ([k, j, i])."""
        mask = np.zeros(shape, dtype=np.uint8)
        mask[self.box] = self.voxels
        return mask

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Where `voxels` lies in the CT's array."""
        k, j, i = (slice(start, start + size) for start, size in zip(self.corner, self.voxels.shape, strict=True))
        return k, j, i

    def __repr__(self) -> str:
        box = " × ".join(map(str, self.voxels.shape))
        return cut(f"Contour({quoted(self.name)}, {self.voxel_count} voxels in a box of {box} at {self.corner})")


def bounding_box(inside: NDArray[np.bool_]) -> tuple[slice, slice, slice] | None:
    """The smallest box [k, j, i] that holds every voxel of a mask; None where none is set.

    Parameters
    ----------
    inside
        [k, j, i], the voxels inside.

    Returns
    -------
    tuple[slice, slice, slice] or None
    """
    box = []
    for axis in range(3):
        # Narrow axis by axis: each later pass only reads what the earlier one left.
        hit = np.flatnonzero(inside.any(axis=tuple(other for other in range(3) if other != axis)))
        if hit.size == 0:
            return None
        box.append(slice(int(hit[0]), int(hit[-1]) + 1))
        inside = inside[tuple(box[axis] if other == axis else slice(None) for other in range(3))]
    k, j, i = box
    return k, j, i


def _slices_that_are_not_empty(mask: NDArray[Any]) -> tuple[int, int]:
    """First slice that holds anything and first slice beyond, or all of them where the bytes cannot be told from
    afar.
    """
    slices = len(mask)
    whole_words = mask.size and mask.flags.c_contiguous and mask.nbytes // slices % _WORD.itemsize == 0
    if not whole_words or mask.dtype.kind not in "biu":
        return 0, slices
    # Eight voxels of a byte at a time: most of a CT's grid is empty, and reading it is most of the work.
    filled = np.flatnonzero(np.bitwise_or.reduce(mask.reshape(slices, -1).view(_WORD), axis=1))
    return (int(filled[0]), int(filled[-1]) + 1) if filled.size else (0, slices)
