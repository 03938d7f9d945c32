"""The frames of a DICOM SEG: where each says that it lies, which segment it shows, and the even stack that they make.

Every element is looked for in the frame's own functional groups and then in the shared ones, as PS3.3 C.7.6.16 has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid

# Of a slice, as highdicom has it: positions are written with few decimals.
STEP_TOLERANCE = 0.01
# Of a pixel: by so much a frame may lie beside the one below it, and is still stacked on it.
DRIFT_TOLERANCE = 0.25
# Direction cosines, which are written with few decimals too.
_COSINE_TOLERANCE = 1e-3
# A quarter of a degree: frames further from an axis of the CT do not lie on its slices.
_PARALLEL_TOLERANCE = 1e-5
_SAME_PLACE_MM = 1e-3


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes
    ----------
    number
        Its place in the pixel data, from 0.
    segment
        The number of the segment that it shows; None in a label map, whose pixels say it.
    position
        Centre of its first pixel, mm, LPS.
    """

    number: int
    segment: int | None
    position: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class FrameStack:
    """The frames of an object and the plane that they share.

    Attributes
    ----------
    name
        Of the file.
    frames
        In the order of the pixel data.
    rows
        Of each frame.
    columns
        Of each frame.
    axes
        Shape [3, 2], millimetres from a pixel to the next one of its row, and of its column.
    normal
        Across the frames, the product of the directions as they are stated.
    step_mm
        The stated distance of the slices; None where it is left out, 0, or not the same for all frames.
    thickness_mm
        The same of the slice thickness.
    """

    name: str
    frames: tuple[Frame, ...]
    rows: int
    columns: int
    axes: NDArray[np.float64]
    normal: NDArray[np.float64]
    step_mm: float | None
    thickness_mm: float | None

    def on_grid(self, ct: Grid) -> tuple[Grid, NDArray[np.intp]]:
        """The grid of evenly spaced slices that the frames lie on, and the slice of each frame.

        The stated distance of the slices is taken where the frames keep it. Where it is left out, 0, or not what the
        positions show, it is not guessed from them, since the frames of empty slices may have been left out: then it
        is the step of the CT across the frames, or the slice thickness, whichever the frames keep.

        Parameters
        ----------
        ct
            The grid of the CT.

        Returns
        -------
        Grid, slices
            Slices count along `normal`, from 0.

        Raises
        ------
        DataRefusedError
            frames-not-stacked, frames-not-even.
        """
        positions = np.array([frame.position for frame in self.frames])
        normal = self.normal
        heights = positions @ normal
        lowest = int(heights.argmin())
        self._refuse_drift(positions - positions[lowest], normal)
        above = heights - heights[lowest]
        for step in self._steps(ct, above):
            slices = np.rint(above / step)
            if np.abs(above - slices * step).max() <= STEP_TOLERANCE * step:
                affine = np.eye(4)
                affine[:3, :2], affine[:3, 2], affine[:3, 3] = self.axes, normal * step, positions[lowest]
                return Grid(affine, (self.columns, self.rows, int(slices.max()) + 1)), slices.astype(np.intp)
        stated = "does not state" if self.step_mm is None else f"states {self.step_mm:g} mm as"
        raise DataRefusedError(
            f"The DICOM SEG {self.name} {stated} the distance of its slices (SpacingBetweenSlices), and its frames lie "
            f"neither at that distance nor on the slices of this CT, so they make no evenly spaced volume; export it "
            f"again on the CT's own slices.",
            "frames-not-even",
        )

    def _steps(self, ct: Grid, above: NDArray[np.float64]) -> list[float]:
        steps = [] if self.step_mm is None else [self.step_mm]
        along = np.abs(ct.affine[:3, :3].T @ self.normal) / ct.spacing
        axis = int(along.argmax())
        if along[axis] > 1 - _PARALLEL_TOLERANCE:
            steps.append(float(f"{ct.spacing[axis]:.12g}"))
        gaps = np.diff(np.unique(np.round(above, 6)))
        gaps = gaps[gaps > _SAME_PLACE_MM]
        thickness = self.thickness_mm
        if thickness and gaps.size and abs(gaps.min() - thickness) <= STEP_TOLERANCE * thickness:
            steps.append(thickness)
        return steps

    def _refuse_drift(self, offsets: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
        beside = offsets - np.outer(offsets @ normal, normal)
        pixels = np.abs(beside @ self.axes) / (self.axes**2).sum(axis=0)
        if pixels.max() > DRIFT_TOLERANCE:
            raise DataRefusedError(
                f"The frames of the DICOM SEG {self.name} do not lie straight above one another (by up to "
                f"{pixels.max():.3g} pixels beside the lowest), as those of a tilted scanner; export the contour as an "
                f"RTSTRUCT, or on a CT whose slices do.",
                "frames-not-stacked",
            )


def read_frames(dataset: Any, name: str, *, label_map: bool) -> FrameStack:
    """What the functional groups of an object say of its frames.

    Parameters
    ----------
    dataset
        The object as a pydicom Dataset.
    name
        Of the file.
    label_map
        Whether the pixels, and not the frames, say which segment they show.

    Returns
    -------
    FrameStack

    Raises
    ------
    DataRefusedError
        incomplete-segmentation (an element is missing, and is named), damaged-segmentation (an element is no number
        that it can be), frames-not-parallel.
    """
    groups = [_Groups(dataset, item, name) for item in dataset.get("PerFrameFunctionalGroupsSequence") or ()]
    stated = _whole(dataset.get("NumberOfFrames") or 1)
    if not groups:
        raise _incomplete(name, "PerFrameFunctionalGroupsSequence")
    if len(groups) != stated:
        raise damaged_seg(name, f"it states {stated} frames and describes {len(groups)}")
    rows, columns = (_whole(dataset.get(keyword)) for keyword in ("Rows", "Columns"))
    if not rows or not columns:
        raise _incomplete(name, "Rows and Columns")
    planes = _same([group.plane() for group in groups])
    if planes is None:
        raise DataRefusedError(
            f"The frames of the DICOM SEG {name} are not parallel or not of one pixel size, so they make no volume; "
            f"export each orientation by itself.",
            "frames-not-parallel",
        )
    segments = _segments_shown(groups, dataset, name, label_map=label_map)
    return FrameStack(
        name=name,
        frames=tuple(
            Frame(number=number, segment=segment, position=group.position())
            for number, (group, segment) in enumerate(zip(groups, segments, strict=True))
        ),
        rows=rows,
        columns=columns,
        axes=planes[:, :2],
        normal=planes[:, 2],
        step_mm=_same_length([group.length("SpacingBetweenSlices") for group in groups]),
        thickness_mm=_same_length([group.length("SliceThickness") for group in groups]),
    )


class _Groups:
    """The functional groups of one frame, its own before the shared ones."""

    def __init__(self, dataset: Any, own: Any, name: str) -> None:
        shared = dataset.get("SharedFunctionalGroupsSequence") or ()
        self._items = (own, *shared)
        self._name = name

    def find(self, sequence: str, keyword: str) -> Any:
        """The element in the first item of the sequence that has it; None where none has."""
        for item in self._items:
            for inner in item.get(sequence) or ():
                value = inner.get(keyword)
                if value not in (None, ""):
                    return value
        return None

    def position(self) -> tuple[float, float, float]:
        x, y, z = self._numbers("PlanePositionSequence", "ImagePositionPatient", 3)
        return x, y, z

    def plane(self) -> NDArray[np.float64]:
        """3 × 3: `FrameStack.axes`, and `FrameStack.normal` as its last column."""
        cosines = np.array(self._numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6)).reshape(2, 3)
        row_step, column_step = self._numbers("PixelMeasuresSequence", "PixelSpacing", 2)
        if np.abs(cosines @ cosines.T - np.eye(2)).max() > 2 * _COSINE_TOLERANCE:
            raise damaged_seg(self._name, "its ImageOrientationPatient is no pair of directions at right angles")
        if min(row_step, column_step) <= 0:
            raise damaged_seg(self._name, "its PixelSpacing is not above 0")
        return np.column_stack([cosines[0] * column_step, cosines[1] * row_step, np.cross(*cosines)])

    def length(self, keyword: str) -> float | None:
        """A pixel measure in mm; None where it is left out, 0 or no number."""
        try:
            value = abs(float(self.find("PixelMeasuresSequence", keyword)))
        except (TypeError, ValueError, OverflowError):
            return None
        return value if value > 0 and np.isfinite(value) else None

    def _numbers(self, sequence: str, keyword: str, count: int) -> list[float]:
        found = self.find(sequence, keyword)
        if found is None:
            raise _incomplete(self._name, keyword)
        try:
            values = [float(value) for value in found]
        except (TypeError, ValueError, OverflowError):
            values = []
        if len(values) != count or not np.isfinite(values).all():
            raise damaged_seg(self._name, f"its {keyword} is not {count} numbers")
        return values


def _segments_shown(groups: Sequence[_Groups], dataset: Any, name: str, *, label_map: bool) -> list[int | None]:
    if label_map:
        return [None] * len(groups)
    numbers = [_whole(item.get("SegmentNumber")) for item in dataset.get("SegmentSequence") or ()]
    found = [_whole(group.find("SegmentIdentificationSequence", "ReferencedSegmentNumber")) for group in groups]
    if len(numbers) == 1 and set(found) == {None}:
        # There is only one that they can show.
        return numbers * len(groups)
    if None in found:
        raise _incomplete(name, "ReferencedSegmentNumber")
    if unknown := sorted({number for number in found if number is not None} - {*numbers}):
        raise damaged_seg(name, f"its frames show a segment {unknown[0]} that it does not describe")
    return found


def _same(planes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    first = planes[0]
    scale = float(np.linalg.norm(first, axis=0).min())
    # Over 512 pixels this is a quarter of one.
    return first if all(np.abs(other - first).max() <= 5e-4 * scale for other in planes) else None


def _same_length(lengths: Sequence[float | None]) -> float | None:
    first = lengths[0]
    if first is None or any(other is None or abs(other - first) > 1e-6 * first for other in lengths):
        return None
    return first


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _incomplete(name: str, keyword: str) -> DataRefusedError:
    return DataRefusedError(
        f"The DICOM SEG {name} does not state {keyword}, so it is not known where its frames lie and what they show; "
        f"export it again.",
        "incomplete-segmentation",
    )


def damaged_seg(name: str, how: str) -> DataRefusedError:
    """The refusal of a SEG that contradicts itself or is cut.

    Parameters
    ----------
    name
        The file's own name.
    how
        What is wrong, as a clause.

    Returns
    -------
    DataRefusedError
        damaged-segmentation.
    """
    return DataRefusedError(f"The DICOM SEG {name} is damaged: {how}; export it again.", "damaged-segmentation")
