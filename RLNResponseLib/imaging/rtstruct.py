"""Contours in a DICOM RTSTRUCT: closed polygons in millimetres, brought onto the slices of the CT as voxels.

Imported by geometry alone, as the standard defines it (PS3.3 C.8.8.6): the images that a contour refers to need not be
the ones at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.grid import Grid, check_frame_of_reference
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import SegmentPlace, outline_centre
from RLNResponseLib.imaging.segments import SegmentEntry

# Coordinates come from millimetres written with a few decimals. Rounded to a millionth of a voxel, a corner meant to
# lie on a voxel's centre does lie on it, and the same contour gives the same voxels on every machine.
_DECIMALS = 6


def fill_polygons(polygons: Iterable[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The voxels of a slice whose centres lie inside an odd number of polygons.

    Even-odd over all polygons together: an inner contour is a hole, an island in it is filled, and the channel of a
    keyhole contour, passed there and back, encloses nothing. A centre on a left or upper edge is inside, on a right or
    lower edge outside, so that contours that share an edge share no voxel and leave none out.

    Parameters
    ----------
    polygons
        Each (n, 2): the corners (i, j) in voxels, closed by itself; centres are at whole numbers.
    shape
        (rows, columns) of the slice, [j, i].

    Returns
    -------
    NDArray[np.bool_]
    """
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), dtype=np.uint8)
    for polygon in polygons:
        corners = np.round(polygon, _DECIMALS)
        row, crossing = _crossings(corners)
        inside = (row >= 0) & (row < rows)
        # The first centre at or right of the crossing, and all those right of it, change sides.
        column = np.clip(np.ceil(crossing[inside]), 0, columns).astype(np.intp)
        np.add.at(crossings, (row[inside], column), 1)
    return np.asarray(np.cumsum(crossings, axis=1, dtype=np.uint8)[:, :columns] % 2 == 1)


def _crossings(corners: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where a polygon's edges cross the rows of voxel centres: the row j and the coordinate i of every crossing."""
    ends = np.roll(corners, -1, axis=0)
    # Every edge from its upper to its lower end: passed in either direction it gives the same crossings to the last
    # bit.
    upward = corners[:, 1] > ends[:, 1]
    start = np.where(upward[:, None], ends, corners)
    stop = np.where(upward[:, None], corners, ends)
    first = np.ceil(start[:, 1]).astype(np.intp)
    counts = np.ceil(stop[:, 1]).astype(np.intp) - first
    edge = np.repeat(np.arange(len(corners)), counts)
    row = first[edge] + np.arange(edge.size) - np.repeat(np.cumsum(counts) - counts, counts)
    part = (row - start[edge, 1]) / (stop[edge, 1] - start[edge, 1])
    return row, start[edge, 0] + part * (stop[edge, 0] - start[edge, 0])


# A contour further than this part of a slice from every slice was drawn on other slices. Wide enough for the 1% by
# which the slices of a CT may be uneven to add up.
ON_SLICE_TOLERANCE = 0.2
# A contour whose points differ by more than this part of a slice along the CT's normal was not drawn on its slices.
IN_PLANE_TOLERANCE = 0.1
# Rounding of written millimetres, in voxels.
FACE_TOLERANCE = 1e-3
_CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"})


class RTStructFile:
    """A DICOM RTSTRUCT. Raises DataRefusedError (damaged-rtstruct)."""

    def __init__(self, path: Path) -> None:
        import pydicom

        self._name = path.name
        try:
            with silenced_itk():
                structures = pydicom.dcmread(path, force=True)
                self._frames = {
                    int(roi.ROINumber): str(roi.get("ReferencedFrameOfReferenceUID") or "")
                    for roi in structures.StructureSetROISequence
                }
                self._meanings = {
                    int(item.ReferencedROINumber): str(item.get("RTROIInterpretedType") or "")
                    for item in structures.get("RTROIObservationsSequence") or ()
                    if item.get("ReferencedROINumber") is not None
                }
                self._contours = {
                    int(item.ReferencedROINumber): item for item in structures.get("ROIContourSequence") or ()
                }
                self._segments = tuple(
                    SegmentEntry(
                        name=str(roi.get("ROIName") or f"ROI {roi.ROINumber}"),
                        id=str(roi.ROINumber),
                        label=int(roi.ROINumber),
                    )
                    for roi in structures.StructureSetROISequence
                )
        # A damaged file can fail in pydicom in as many ways as it can be damaged.
        except Exception:
            raise self._damaged() from None

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The ROIs in the file's order; ID and label are the ROI number."""
        return self._segments

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The voxels of `ct` whose centres lie inside the ROI's contours, even-odd on each slice (`fill_polygons`).

        Contours drawn between the CT's slices, or further apart than those, fill the slices nearest to each, and the
        finding resampled-contour (warning) says so.

        Raises DataRefusedError: empty-contour (no closed contour), open-contour, contour-not-in-slices, outside-ct,
        damaged-rtstruct.
        """
        polygons = self._polygons(entry)
        if not polygons:
            raise DataRefusedError(
                f"The ROI '{entry.name}' of {self._name} is empty: it holds no closed contour; draw it, or name "
                f"another ROI.",
                "empty-contour",
            )
        grid = Grid.of_image(ct.image)
        to_index = np.linalg.inv(grid.affine)
        indices = [points @ to_index[:3, :3].T + to_index[:3, 3] for points in polygons]
        _refuse_outside(indices, grid, entry.name, ct.name)
        _refuse_oblique(indices, entry.name)
        planes = np.array([points[:, 2].mean() for points in indices])
        slices, step = _slices(planes, grid.size[2])
        mask = np.zeros(grid.size[::-1], dtype=bool)
        for k, members in slices.items():
            mask[k] = fill_polygons((indices[member][:, :2] for member in members), mask.shape[1:])
        if not mask.any():
            raise DataRefusedError(
                f"The ROI '{entry.name}' of {self._name} is empty: its outlines enclose no voxel of the CT; draw it "
                f"larger, or name another ROI.",
                "empty-contour",
            )
        findings = [*check_frame_of_reference(self._frames[entry.label], ct, entry.name)]
        if step is not None:
            findings.append(_between_slices(entry.name, step * grid.spacing[2], float(grid.spacing[2])))
        return Contour.from_full_grid(mask, entry.name, findings=tuple(findings))

    def places(self) -> tuple[SegmentPlace, ...]:
        """How many outlines on how many planes each ROI has, and where they lie: its voxels depend on the CT."""
        return tuple(self._place(entry) for entry in self._segments)

    def _place(self, entry: SegmentEntry) -> SegmentPlace:
        outlines = [points for _, points in self._outlines(entry) if len(points)]
        heights = [float(points[:, 2].mean()) for points in outlines]
        return entry.place(
            "ROI",
            meaning=self._meanings.get(entry.label) or None,
            outlines=len(outlines),
            slices=len({round(height, 2) for height in heights}),
            place_mm=outline_centre(outlines),
        )

    def _polygons(self, entry: SegmentEntry) -> list[NDArray[np.float64]]:
        """The ROI's closed contours with three points or more, each (n, 3), mm, LPS; single points (markers) are
        left out.
        """
        # By content: an outline exported twice would cancel itself out.
        found: dict[bytes, NDArray[np.float64]] = {}
        for kind, points in self._outlines(entry):
            if kind == "POINT" or (kind in _CLOSED and len(points) < 3):
                continue
            if kind not in _CLOSED:
                raise DataRefusedError(
                    f"The ROI '{entry.name}' of {self._name} holds an open line, which encloses no voxel; close its "
                    f"contours or name another ROI.",
                    "open-contour",
                )
            found[points.tobytes()] = points
        return list(found.values())

    def _outlines(self, entry: SegmentEntry) -> list[tuple[str, NDArray[np.float64]]]:
        item = self._contours.get(entry.label)
        outlines = (item.get("ContourSequence") if item is not None else None) or ()
        try:
            with silenced_itk():
                found = [
                    (
                        str(outline.get("ContourGeometricType")),
                        np.array(outline.get("ContourData") or (), dtype=np.float64).reshape(-1, 3),
                    )
                    for outline in outlines
                ]
        except (ValueError, TypeError, OverflowError):
            raise self._damaged() from None
        if not all(np.isfinite(points).all() for _, points in found):
            raise self._damaged()
        return found

    def _damaged(self) -> DataRefusedError:
        return DataRefusedError(
            f"The RTSTRUCT {self._name} is damaged (its ROIs or contours cannot be read); export it again.",
            "damaged-rtstruct",
        )


def _refuse_outside(indices: list[NDArray[np.float64]], grid: Grid, name: str, ct_name: str) -> None:
    # Half a voxel beyond the outermost centres is the CT's face; contours snapped to that face are on it.
    low, high = -0.5 - FACE_TOLERANCE, np.array(grid.size) - 0.5 + FACE_TOLERANCE
    outside = sum(bool((points < low).any() or (points > high).any()) for points in indices)
    if outside:
        raise DataRefusedError(
            f"The contour '{name}' lies outside the CT {ct_name} with {outside} of its {len(indices)} outlines, so it "
            f"belongs to another image or the CT is incomplete; name the image that it was drawn on.",
            "outside-ct",
        )


def _refuse_oblique(indices: list[NDArray[np.float64]], name: str) -> None:
    if any(np.ptp(points[:, 2]) > IN_PLANE_TOLERANCE for points in indices):
        raise DataRefusedError(
            f"The contour '{name}' was not drawn on the slices of this CT (its outlines cross them); export it for "
            f"this CT, or as a label map.",
            "contour-not-in-slices",
        )


def _slices(planes: NDArray[np.float64], slice_count: int) -> tuple[dict[int, list[int]], float | None]:
    """Which contours fill which slice of the CT.

    planes   the position of every contour, in slices of the CT
    returns  slice -> places in `planes`; and the distance of the contours' planes in slices of the CT where they are
    not
             simply the CT's own slices, else None
    """
    own = np.rint(planes)
    distinct = np.unique(own)
    on_slices = np.abs(planes - own).max() <= ON_SLICE_TOLERANCE
    # Three or more, no two of them neighbours: drawn on thicker slices that this CT's happen to include.
    apart = distinct.size > 2 and np.diff(distinct).min() > 1
    if on_slices and not apart:
        return {int(k): np.flatnonzero(own == k).tolist() for k in distinct}, None
    levels = _levels(planes)
    heights = np.array([planes[level].mean() for level in levels])
    step = round(float(np.diff(heights).min()), 6) if len(levels) > 1 else 1.0
    filled = {}
    for k in range(slice_count):
        # Rounded, so that a slice halfway between two outlines belongs to one of them whatever the last bit says.
        above = np.round(k - heights, 6)
        near = np.flatnonzero((above >= -step / 2) & (above < step / 2))
        if near.size:
            filled[k] = levels[near[np.abs(above[near]).argmin()]].tolist()
    return filled, step


def _levels(planes: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """The contours that lie on one plane together, from the lowest plane up."""
    order = np.argsort(planes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(planes[order]) > IN_PLANE_TOLERANCE) + 1)


def _between_slices(name: str, step_mm: float, spacing_mm: float) -> Finding:
    return Finding(
        code="resampled-contour",
        severity="warning",
        message=f"The contour '{name}' was drawn on slices {step_mm:.3g} mm apart that are not the CT's "
        f"({spacing_mm:.3g} mm apart), and each slice of the CT took the nearest outline; make sure that both show the "
        "same scan.",
        numbers={"drawn_step_mm": step_mm, "ct_step_mm": spacing_mm},
    )
