"""The segments of a contour file, which one a call means, and a label map, whose segments are its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.grid import Grid, place_on_ct
from RLNResponseLib.imaging.records import Contour, CTImage

# The largest label sets in use (whole-brain parcellations) have some 200; an image has thousands of values.
MOST_LABELS = 1000
_MOST_VALUES = 100_000
# A slope in single precision turns 7 into 7.00002; a probability or the edge of a resampled mask lies further off.
LABEL_ROUNDING = 1e-3


class LabelMapFile:
    """A volume whose voxels are label numbers, 0 outside.

    Parameters
    ----------
    path
        The file, for messages.
    image
        Its SimpleITK image, three-dimensional, one number a voxel.
    findings
        What was noticed while reading it; every contour of the file carries it.

    Raises
    ------
    DataRefusedError
        not-a-label-map: the voxels are not whole numbers (but for rounding), or too many different ones.
    """

    def __init__(self, path: Path, image: Any, findings: tuple[Finding, ...] = ()) -> None:
        import SimpleITK as sitk

        # The view does not keep its image alive.
        self._image = image
        self._array = sitk.GetArrayViewFromImage(self._image)
        self._findings = findings
        labels = label_values(self._array)
        if labels.size > MOST_LABELS or not _are_labels(labels):
            count = f"{labels.size}" if labels.size <= _MOST_VALUES else f"more than {_MOST_VALUES}"
            raise DataRefusedError(
                f"{path.name} is no label map: it holds {count} different values, or fractions; name the mask, not the "
                f"image.",
                "not-a-label-map",
            )
        if (labels != np.rint(labels)).any():
            self._array = np.rint(self._array)
            labels = np.unique(np.rint(labels))
        self._labels = [int(label) for label in labels if label]

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The labels in ascending order, named "label" and the number."""
        return tuple(SegmentEntry(name=f"label {label}", id=str(label), label=label) for label in self._labels)

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The voxels of one label, on the grid of `ct`."""
        contour = Contour.from_full_grid(self._array, entry.name, entry.label, self._findings)
        return place_on_ct(contour, Grid.of_image(self._image), ct)


def label_values(array: NDArray[Any]) -> NDArray[Any]:
    """The different values of a volume that are not 0, in ascending order.

    Parameters
    ----------
    array
        [k, j, i].

    Returns
    -------
    NDArray
        Where there are more than 100,000, only so many and some more.
    """
    found = np.empty(0, array.dtype)
    # Slice by slice: all at once would take several times the volume's memory.
    for part in array:
        found = np.union1d(found, np.unique(part[part != 0]))
        if found.size > _MOST_VALUES:
            break
    return found


def _are_labels(values: NDArray[Any]) -> bool:
    """Whether all are whole numbers, but for what a rescale in single precision leaves."""
    return bool(np.isfinite(values).all() and (np.abs(values - np.rint(values)) <= LABEL_ROUNDING).all())


_LISTED_AT_MOST = 20


@dataclass(frozen=True)
class Code:
    """A coded concept of DICOM: value, coding scheme and meaning."""

    value: str
    scheme: str
    meaning: str


# What every contour of this project is coded as, in .seg.nrrd, in Slicer's scene and in DICOM. Tissue is the category
# under which both of Slicer's lists have the lymph node, and one of DICOM's (CID 7150); under another one Slicer does
# not find it.
LYMPH_NODE_CATEGORY = Code(value="85756007", scheme="SCT", meaning="Tissue")
LYMPH_NODE_TYPE = Code(value="59441001", scheme="SCT", meaning="Lymph node")
# Red, green and blue of 255: the green of Slicer's general anatomy list.
LYMPH_NODE_COLOUR = (68, 172, 100)


def lymph_node_terminology() -> str:
    """The codes of a lymph node as Slicer's terminology tag.

    Returns
    -------
    str
        Context, category, type and type modifier, then the same of the anatomic region, which is left open. The form is
        `vtkSlicerTerminologiesModuleLogic::SerializeTerminologyEntry`'s.

    """
    codes = (LYMPH_NODE_CATEGORY, LYMPH_NODE_TYPE)
    category, segment_type = (f"{code.scheme}^{code.value}^{code.meaning}" for code in codes)
    return (
        f"Segmentation category and type - 3D Slicer General Anatomy list~{category}~{segment_type}~^^~"
        "Anatomic codes - DICOM master list~^^~^^"
    )


@dataclass(frozen=True, kw_only=True)
class SegmentEntry:
    """One segment as its file names it.

    name   segment or ROI name; "label 3" in a label map, which has no names
    id     segment ID of a .seg.nrrd, ROI number, segment number, or the label again
    label  label value of a .seg.nrrd or label map, ROI number of an RTSTRUCT, segment number of a DICOM SEG
    layer  which of the overlapping layers of a .seg.nrrd holds it; 0 elsewhere
    """

    name: str
    id: str
    label: int
    layer: int = 0


class SegmentFile(Protocol):
    """An open contour file of one of the four kinds."""

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """What the file holds, in its own order; a segment may turn out empty."""
        ...

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """One of `segments` on the grid of `ct`, or DataRefusedError."""
        ...


def choose_segment(segments: Sequence[SegmentEntry], wanted: str | None, file_name: str) -> SegmentEntry:
    """The segment that `wanted` names: by its exact name, its ID, its label number, or its name in any case, in that
    order.

    Parameters
    ----------
    segments
        What the file holds.
    wanted
        None takes the only segment.
    file_name
        The file's own name.

    Returns
    -------
    SegmentEntry

    Raises
    ------
    DataRefusedError
        empty-contour (the file has no segment), several-segments (none named, or the name fits several),
        no-such-segment; the last two list what there is.
    """
    if not segments:
        raise DataRefusedError(
            f"{file_name} is empty: it holds no segment; draw the contour, or name another file.", "empty-contour"
        )
    if wanted is None:
        if len(segments) > 1:
            raise DataRefusedError(
                f"{file_name} holds {len(segments)} segments; name one of them with --segment: {_listed(segments)}.",
                "several-segments",
            )
        return segments[0]
    ways: tuple[Callable[[SegmentEntry], bool], ...] = (
        lambda entry: entry.name == wanted,
        lambda entry: entry.id == wanted,
        lambda entry: str(entry.label) == wanted,
        lambda entry: entry.name.casefold() == wanted.casefold(),
    )
    for fits in ways:
        found = [entry for entry in segments if fits(entry)]
        if len(found) == 1:
            return found[0]
        if found:
            raise DataRefusedError(
                f"{file_name} holds {len(found)} segments named '{wanted}'; name one by its number with --segment: "
                f"{_listed(found, with_id=True)}.",
                "several-segments",
            )
    what = f"Label {wanted}" if wanted.isdecimal() else f"Segment '{wanted}'"
    raise DataRefusedError(
        f"{what} does not exist in {file_name}; the file has {_listed(segments)}.", "no-such-segment"
    )


def _listed(segments: Sequence[SegmentEntry], *, with_id: bool = False) -> str:
    shown = [f"{entry.id} ({entry.name})" if with_id else entry.name for entry in segments[:_LISTED_AT_MOST]]
    more = len(segments) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
