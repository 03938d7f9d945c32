"""The segments of a contour file, which one a call means, and a label map, whose segments are its numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.grid import Grid, place_on_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import SegmentPlace, label_places

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
        if (why := _why_no_labels(labels)) is not None:
            raise DataRefusedError(f"{path.name} is no label map: it holds {why}.", "not-a-label-map")
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

    def places(self) -> tuple[SegmentPlace, ...]:
        """Where the voxels of each label lie, without a CT."""
        found = label_places(self._array, self._labels, Grid.of_image(self._image).affine)
        places = []
        for entry in self.segments:
            voxels, place_mm = found[entry.label]
            places.append(entry.place("label", voxels=voxels, place_mm=place_mm))
        return tuple(places)


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


def _why_no_labels(values: NDArray[Any]) -> str | None:
    """What is there that labels are not, and what to do; None for whole numbers, but for what a rescale in single
    precision leaves.
    """
    if values.size > MOST_LABELS:
        count = f"{values.size}" if values.size <= _MOST_VALUES else f"more than {_MOST_VALUES}"
        return f"{count} different values; name the mask, not the image"
    if not np.isfinite(values).all():
        return "voxels that are no finite number (NaN or infinite); save it as whole numbers, 0 outside"
    fractions = values[np.abs(values - np.rint(values)) > LABEL_ROUNDING]
    if fractions.size:
        return (
            f"fractions ({fractions[0]:.3g} among them), as probabilities and resampled masks do; save it as whole "
            "numbers, 0 outside, or name the mask, if this is the image"
        )
    return None


_LISTED_AT_MOST = 20
_LONGEST_SHOWN = 60


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

    name   segment or ROI name, control signs as blanks: it stands in sentences and on terminals; "label 3" in a label
           map, which has no names
    id     segment ID of a .seg.nrrd, ROI number, segment number, or the label again
    label  label value of a .seg.nrrd or label map, ROI number of an RTSTRUCT, segment number of a DICOM SEG
    layer  which of the overlapping layers of a .seg.nrrd holds it; 0 elsewhere
    """

    name: str
    id: str
    label: int
    layer: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name))

    def place(self, kind: str, **known: Any) -> SegmentPlace:
        """The segment with what is known of its place, in the fields of `SegmentPlace`."""
        return SegmentPlace(number=self.label, name=self.name, id=self.id, type=kind, **known)


class SegmentFile(Protocol):
    """An open contour file of one of the four kinds."""

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """What the file holds, in its own order; a segment may turn out empty."""
        ...

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """One of `segments` on the grid of `ct`, or DataRefusedError."""
        ...

    def places(self) -> tuple[SegmentPlace, ...]:
        """What there is to tell of each of `segments` without a CT, in their order."""
        ...


@runtime_checkable
class FractionalFile(Protocol):
    """A contour file whose voxels may be inside in part."""

    def at_threshold(self, threshold: float) -> SegmentFile:
        """The same file, its voxels inside from this fraction on."""
        ...


# For a name that looks like a number, or a number that is a name too.
_BY_NAME, _BY_NUMBER = "name:", "number:"
_PATTERN_SIGNS = frozenset("*?[")


def by_number(number: int) -> str:
    """A number as `choose_segment` takes what is a number and no name.

    Parameters
    ----------
    number
        Of a label, ROI or segment.

    Returns
    -------
    str
    """
    return f"{_BY_NUMBER}{number}"


def choose_segment(segments: Sequence[SegmentEntry], wanted: str | None, file_name: str) -> SegmentEntry:
    """The segment that `wanted` names: by its name or its number (label or ID), else by its name whatever its case
    and blanks, else by a pattern of the shell (`LN*`, `?`, `[ab]`) that one name fits.

    Parameters
    ----------
    segments
        What the file holds.
    wanted
        None takes the only segment. "name:3" is a name and nothing else, "number:3" a number.
    file_name
        The file's own name.

    Returns
    -------
    SegmentEntry

    Raises
    ------
    DataRefusedError
        empty-contour (the file has no segment), several-segments (none named, or the name or pattern fits several),
        ambiguous-segment (one segment has the name, another one the number), no-such-segment; all but the first list
        what there is.

    Examples
    --------
    >>> there = [SegmentEntry(name=name, id=str(number), label=number) for name, number in (("LN1", 1), ("Heart", 2))]
    >>> [choose_segment(there, wanted, "a.dcm").name for wanted in ("LN1", "2", "ln1", "LN*")]
    ['LN1', 'Heart', 'LN1', 'LN1']
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
    named = [entry for entry in segments if entry.name == wanted]
    numbered = [entry for entry in segments if wanted in (entry.id, str(entry.label))]
    both = list(dict.fromkeys((*named, *numbered)))
    if named and numbered and len(both) > 1:
        raise DataRefusedError(
            f"'{_shown(wanted)}' is the name of one segment of {file_name} and the number of another; say which with "
            f"--segment name:{_shown(wanted)} or --segment number:{_shown(wanted)}: "
            f"{_listed(both, with_id=True)}.",
            "ambiguous-segment",
        )
    for found in (both, *_looser(segments, wanted)):
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(found, wanted, file_name)
    number = wanted.removeprefix(_BY_NUMBER)
    what = f"Label {number}" if number.isdecimal() else f"Segment '{_shown(wanted)}'"
    raise DataRefusedError(
        f"{what} does not exist in {file_name}; the file has {_listed(segments)}.", "no-such-segment"
    )


def _looser(segments: Sequence[SegmentEntry], wanted: str) -> list[list[SegmentEntry]]:
    """What `wanted` fits where no segment has exactly this name or number, the strictest way first."""
    name, number = wanted.removeprefix(_BY_NAME), wanted.removeprefix(_BY_NUMBER)
    ways: list[Callable[[SegmentEntry], bool]] = []
    if number != wanted:
        ways.append(lambda entry: number in (entry.id, str(entry.label)))
    if name != wanted:
        ways.append(lambda entry: entry.name == name)
    ways.append(lambda entry: _folded(entry.name) == _folded(name))
    if _PATTERN_SIGNS & set(name):
        ways.append(lambda entry: fnmatchcase(entry.name, name))
        ways.append(lambda entry: fnmatchcase(_folded(entry.name), _folded(name)))
    return [[entry for entry in segments if fits(entry)] for fits in ways]


def _folded(name: str) -> str:
    """A name without what a person does not see or type: case, control signs, doubled blanks, composed letters."""
    return unicodedata.normalize("NFC", " ".join(one_line(name).split()).casefold())


def _several(found: Sequence[SegmentEntry], wanted: str, file_name: str) -> DataRefusedError:
    how = "that fit" if _PATTERN_SIGNS & set(wanted) else "named"
    wanted = wanted.removeprefix(_BY_NUMBER).removeprefix(_BY_NAME)
    if len({entry.id for entry in found}) < len(found):
        return DataRefusedError(
            f"{file_name} holds {len(found)} segments {how} '{_shown(wanted)}', and not every one has a number of its "
            f"own: {_listed(found, with_id=True)}; name one of them by its full name, or rename them where they were "
            "drawn.",
            "several-segments",
        )
    return DataRefusedError(
        f"{file_name} holds {len(found)} segments {how} '{_shown(wanted)}'; name one by its number with --segment: "
        f"{_listed(found, with_id=True)}.",
        "several-segments",
    )


def _shown(name: str) -> str:
    return one_line(name, _LONGEST_SHOWN)


def _listed(segments: Sequence[SegmentEntry], *, with_id: bool = False) -> str:
    shown = [
        f"{_shown(entry.id)} ({_shown(entry.name)})" if with_id else _shown(entry.name)
        for entry in segments[:_LISTED_AT_MOST]
    ]
    more = len(segments) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
