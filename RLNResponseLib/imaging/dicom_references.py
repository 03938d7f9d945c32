"""What a DICOM contour refers to: the object itself, its frame of reference, and the series that it was drawn on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.imaging.quiet import silenced_itk


@dataclass(frozen=True, kw_only=True)
class ContourReferences:
    """The UIDs in a DICOM SEG or RTSTRUCT. They identify: they are compared, and neither shown nor kept.

    Attributes
    ----------
    instance
        Of the file itself, "" where it states none.
    frames
        Of its frames of reference.
    series
        Of the image series that it names.
    """

    instance: str
    frames: frozenset[str]
    series: frozenset[str]


def contour_references(path: Path) -> ContourReferences | None:
    """What a contour file refers to; None where it is no DICOM file, or one that cannot be read.

    Parameters
    ----------
    path
        A DICOM SEG or RTSTRUCT, or any other file.

    Returns
    -------
    ContourReferences or None
    """
    import pydicom

    try:
        with silenced_itk():
            dataset = pydicom.dcmread(path, stop_before_pixels=True)
            frames = _uids(_items(dataset, "ReferencedFrameOfReferenceSequence"), "FrameOfReferenceUID")
            return ContourReferences(
                instance=str(dataset.get("SOPInstanceUID") or ""),
                frames=frames | _uids([dataset], "FrameOfReferenceUID"),
                series=_uids(_items(dataset, "ReferencedSeriesSequence"), "SeriesInstanceUID")
                | _uids(_rt_series(dataset), "SeriesInstanceUID"),
            )
    # A damaged file fails in pydicom in as many ways as it can be damaged; its reader says so in one sentence.
    except Exception:
        return None


def _rt_series(dataset: Any) -> list[Any]:
    return [
        series
        for frame in _items(dataset, "ReferencedFrameOfReferenceSequence")
        for study in _items(frame, "RTReferencedStudySequence")
        for series in _items(study, "RTReferencedSeriesSequence")
    ]


def _items(dataset: Any, keyword: str) -> list[Any]:
    return list(dataset.get(keyword) or ())


def _uids(items: list[Any], keyword: str) -> frozenset[str]:
    return frozenset(str(item.get(keyword) or "") for item in items) - {""}
