"""Contours in a DICOM RTSTRUCT: closed polygons in millimetres, brought onto the slices of the CT as voxels.

Imported by geometry alone, as the standard defines it (PS3.3 C.8.8.6): the images that a contour refers to need not be
the ones at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.dicom_header import whole
from RLNResponseLib.imaging.dicom_text import is_cut_off, raw_value
from RLNResponseLib.imaging.grid import Grid, check_frame_of_reference, check_series
from RLNResponseLib.imaging.outlines import fill_outlines, goes_round_twice
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.rtstruct_findings import (
    check_between_slices,
    check_centred_corners,
    check_left_out,
    check_loops,
    check_overlaps,
    check_skipped_slices,
    listed,
)
from RLNResponseLib.imaging.rtstruct_rois import Roi, read_rois
from RLNResponseLib.imaging.segment_places import SegmentPlace, outline_centre
from RLNResponseLib.imaging.segments import SegmentEntry
from RLNResponseLib.imaging.uneven import slice_index

# A contour further than this part of a slice from every slice was drawn on other slices. Wide enough for the 1% by
# which the slices of a CT may be uneven to add up.
ON_SLICE_TOLERANCE = 0.2
# A contour whose points differ by more than this part of a slice along the CT's normal was not drawn on its slices.
IN_PLANE_TOLERANCE = 0.1
# Rounding of written millimetres, in voxels.
FACE_TOLERANCE = 1e-3
# INTERPOLATED_PLANAR is OsiriX's and Horos' own: outlines that their software drew between those of the reader.
_CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR"})
_EXCLUSIVE = "CLOSEDPLANAR_XOR"
_OPEN = frozenset({"OPEN_PLANAR", "OPEN_NONPLANAR"})
# A decimal string; that it may have 16 characters at most is not held against it.
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class _Outlines:
    """The closed outlines of an ROI, and what was passed over.

    polygons   each (n, 3): mm, LPS
    exclusive  whether each is a CLOSEDPLANAR_XOR
    left_out   what each outline is that encloses nothing
    """

    polygons: list[NDArray[np.float64]] = field(default_factory=list)
    exclusive: list[bool] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class RTStructFile:
    """A DICOM RTSTRUCT. Raises DataRefusedError (damaged-rtstruct)."""

    def __init__(self, path: Path) -> None:
        import pydicom

        self._name = one_line(path.name)
        with self._reading():
            structures = pydicom.dcmread(path, force=True)
            cut_off = is_cut_off(structures)
            self._rois = {} if cut_off else read_rois(structures, self._name)
        if cut_off:
            raise self._damaged("its end is missing")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """pydicom reads an element when it is first asked for, and a damaged one can fail in many ways."""
        try:
            with silenced_itk():
                yield
        except DataRefusedError:
            raise
        except Exception:
            raise self._damaged("its ROIs or contours cannot be read") from None

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The ROIs in the file's order; ID and label are the ROI number."""
        return tuple(self._rois)

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The voxels of `ct` whose centres lie inside the ROI's contours, on each slice by `outlines.fill_outlines`.

        Contours drawn between the CT's slices, or further apart than those, fill the slices nearest to each, and the
        finding resampled-contour (warning) says so. Other findings: rtstruct_findings.py.

        Raises DataRefusedError: empty-contour (no closed contour), open-contour, unknown-contour-type,
        duplicate-roi-number, missing-roi-number, orphan-outlines, ambiguous-outlines, too-many-outlines,
        contour-not-in-slices, outside-ct, damaged-rtstruct.
        """
        roi = self._rois[entry]
        if roi.refusal is not None:
            raise roi.refusal
        with self._reading():
            outlines = self._outlines(entry, roi)
        if not outlines.polygons:
            there = f" ({listed(outlines.left_out)})" if outlines.left_out else ""
            raise DataRefusedError(
                f"The ROI '{entry.name}' of {self._name} is empty: it holds no closed contour{there}; draw it, or name "
                f"another ROI.",
                "empty-contour",
            )
        grid = Grid.of_image(ct.image)
        to_index = np.linalg.inv(grid.affine)
        indices = [points @ to_index[:3, :3].T + to_index[:3, 3] for points in outlines.polygons]
        for points in indices:
            points[:, 2] = slice_index(ct, points[:, 2])
        _refuse_outside(indices, grid, entry.name, ct.name)
        _refuse_oblique(indices, entry.name)
        planes = np.array([points[:, 2].mean() for points in indices])
        slices, step = _slices(planes, grid.size[2])
        mask = np.zeros(grid.size[::-1], dtype=bool)
        overlapping, nested, looped = [], [], []
        loops = [goes_round_twice(points[:, :2]) for points in indices]
        for k, members in slices.items():
            filled = fill_outlines(
                [indices[member][:, :2] for member in members],
                mask.shape[1:],
                f"the ROI '{entry.name}' of {self._name} on slice {k} (counted from 0)",
                exclusive=any(outlines.exclusive[member] for member in members),
            )
            mask[k] = filled.voxels
            overlapping += [k] if filled.overlapping else []
            nested += [k] if filled.nested else []
            looped += [k] if any(loops[member] for member in members) else []
        if not mask.any():
            raise DataRefusedError(
                f"The ROI '{entry.name}' of {self._name} is empty: its outlines enclose no voxel of the CT; draw it "
                f"larger, or name another ROI.",
                "empty-contour",
            )
        spacing_mm = float(grid.spacing[2])
        findings: list[Finding] = [
            *check_frame_of_reference(roi.frame, ct, entry.name),
            *check_series(roi.series, ct, entry.name),
        ]
        if step is not None:
            own = _own_slices(planes)
            findings += check_between_slices(entry.name, own, step * spacing_mm, spacing_mm)
        findings += [
            *check_skipped_slices(mask, entry.name, spacing_mm),
            *check_overlaps(overlapping, nested, entry.name, exclusive=any(outlines.exclusive)),
            *check_loops(looped, entry.name),
            *check_centred_corners(indices, entry.name),
            *check_left_out(outlines.left_out, entry.name),
        ]
        return Contour.from_full_grid(mask, entry.name, findings=tuple(findings))

    def places(self) -> tuple[SegmentPlace, ...]:
        """How many outlines on how many planes each ROI has, and where they lie: its voxels depend on the CT."""
        with self._reading():
            return tuple(self._place(entry, roi) for entry, roi in self._rois.items())

    def _place(self, entry: SegmentEntry, roi: Roi) -> SegmentPlace:
        items = () if roi.refusal else roi.outlines
        outlines = [points for item in items if len(points := self._points(item, entry.name))]
        heights = [float(points[:, 2].mean()) for points in outlines]
        return entry.place(
            "ROI",
            meaning=roi.meaning or None,
            outlines=len(outlines),
            slices=len({round(height, 2) for height in heights}),
            place_mm=outline_centre(outlines),
        )

    def _outlines(self, entry: SegmentEntry, roi: Roi) -> _Outlines:
        """The ROI's closed contours with three points or more; single points (markers) are left out."""
        found = _Outlines()
        # By content: an outline exported twice would cancel itself out.
        seen: set[bytes] = set()
        for outline in roi.outlines:
            kind = str(outline.get("ContourGeometricType") or "").strip().upper()
            points = self._points(outline, entry.name)
            if kind in _CLOSED and len(points) >= 3:
                if points.tobytes() not in seen:
                    seen.add(points.tobytes())
                    found.polygons.append(points)
                    found.exclusive.append(kind == _EXCLUSIVE)
            elif kind == "POINT":
                found.left_out.append("POINT")
            elif kind in _CLOSED:
                found.left_out.append(f"of {len(points)} point{'' if len(points) == 1 else 's'}")
            elif kind in _OPEN:
                raise DataRefusedError(
                    f"The ROI '{entry.name}' of {self._name} holds an open line ({kind}), which encloses no voxel; "
                    f"close its contours or name another ROI.",
                    "open-contour",
                )
            else:
                raise DataRefusedError(
                    f"The ROI '{entry.name}' of {self._name} holds an outline of "
                    f"{f'the type {one_line(kind, 20)}, which is not known' if kind else 'no stated type'}, so it "
                    f"cannot be told what it encloses; export it as CLOSED_PLANAR.",
                    "unknown-contour-type",
                )
        return found

    def _points(self, outline: Any, name: str) -> NDArray[np.float64]:
        """An outline's points, (n, 3), mm, LPS."""
        raw = raw_value(outline, "ContourData").strip(b"\0 ")
        written = [value.strip(b"\0 \t\r\n") for value in raw.split(b"\\")] if raw else []
        if any(b"," in value for value in written):
            raise self._damaged(f"an outline of the ROI '{name}' has decimal commas, where DICOM has points")
        if not all(_NUMBER.fullmatch(value) for value in written):
            raise self._damaged(f"an outline of the ROI '{name}' holds a coordinate that is no number")
        if len(written) % 3:
            raise self._damaged(f"an outline of the ROI '{name}' holds {len(written)} numbers, not three for a point")
        points = np.array([float(value) for value in written], dtype=np.float64).reshape(-1, 3)
        if not np.isfinite(points).all():
            raise self._damaged(f"an outline of the ROI '{name}' holds a coordinate beyond all numbers")
        stated = whole(outline, "NumberOfContourPoints") or 0
        # Some software counts the numbers, not the points.
        if len(points) < stated != len(written):
            raise self._damaged(
                f"an outline of the ROI '{name}' states {stated} points and holds {len(points)}: it is cut off"
            )
        return points

    def _damaged(self, what: str) -> DataRefusedError:
        return DataRefusedError(f"The RTSTRUCT {self._name} is damaged ({what}); export it again.", "damaged-rtstruct")


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


def _own_slices(planes: NDArray[np.float64]) -> list[int] | None:
    """The slices of the CT that the contours lie on; None where one lies between them."""
    own = np.rint(planes)
    if np.abs(planes - own).max() > ON_SLICE_TOLERANCE:
        return None
    return [int(k) for k in np.unique(own)]
