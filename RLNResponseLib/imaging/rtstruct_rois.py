"""The ROIs of a DICOM RTSTRUCT: which outlines belong to which name, and where that cannot be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_header import whole
from RLNResponseLib.imaging.dicom_text import text_value
from RLNResponseLib.imaging.segments import SegmentEntry

# DICOM allows 64 characters; more than this is no name.
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Roi:
    """What the file says of one ROI.

    frame     the UID of its frame of reference, "" where none is stated
    outlines  the items of its contour sequence
    meaning   its RT ROI Interpreted Type ("GTV"), "" where none is stated
    series    the UIDs of the series that the file says its outlines were drawn on
    refusal   why, where it cannot be told which outlines are the ROI's
    """

    frame: str
    outlines: tuple[Any, ...]
    meaning: str = ""
    series: frozenset[str] = frozenset()
    refusal: DataRefusedError | None = None


def read_rois(structures: Any, file_name: str) -> dict[SegmentEntry, Roi]:
    """Every ROI with its outlines, or with the reason why it cannot be told which they are.

    Parameters
    ----------
    structures
        The file as a pydicom Dataset.
    file_name
        The file's own name, for the reasons.

    Returns
    -------
    dict of SegmentEntry to Roi
        In the file's order; ID and label are the ROI number, "" and -1 where it has none.
    """
    charsets = structures.get("SpecificCharacterSet")
    frames = {
        str(item.get("FrameOfReferenceUID") or "") for item in _items(structures, "ReferencedFrameOfReferenceSequence")
    }
    # What holds for the whole file holds for an ROI that says nothing.
    frame = frames.pop() if len(frames) == 1 else ""
    drawn_on = frozenset(
        str(series.get("SeriesInstanceUID") or "")
        for system in _items(structures, "ReferencedFrameOfReferenceSequence")
        for study in _items(system, "RTReferencedStudySequence")
        for series in _items(study, "RTReferencedSeriesSequence")
    )
    items: dict[int | None, list[Any]] = defaultdict(list)
    for item in _items(structures, "ROIContourSequence"):
        items[whole(item, "ReferencedROINumber")].append(item)
    meanings = {
        whole(item, "ReferencedROINumber"): text_value(item, "RTROIInterpretedType", charsets)
        for item in _items(structures, "RTROIObservationsSequence")
    }
    entries = [
        (_entry(text_value(roi, "ROIName", charsets), whole(roi, "ROINumber")), roi)
        for roi in _items(structures, "StructureSetROISequence")
    ]
    if "StructureSetROISequence" not in structures:
        raise ValueError("no ROIs are listed")
    names: dict[str, list[str]] = defaultdict(list)
    for entry in dict.fromkeys(entry for entry, _ in entries):
        names[entry.id].append(entry.name)
    orphans = any(str(number) not in names for number in items)
    found: dict[SegmentEntry, Roi] = {}
    for entry, roi in entries:
        own = items.get(entry.label, []) if entry.id else []
        sets = _different(_items(item, "ContourSequence") for item in own)
        found.setdefault(
            entry,
            Roi(
                frame=str(roi.get("ReferencedFrameOfReferenceUID") or frame),
                outlines=sets[0] if sets else (),
                meaning=meanings.get(entry.label, ""),
                series=drawn_on,
                refusal=_unclear(entry, names[entry.id], len(sets), file_name, orphans=orphans and not own),
            ),
        )
    return found


def _unclear(
    entry: SegmentEntry, names: Sequence[str], sets: int, file_name: str, *, orphans: bool
) -> DataRefusedError | None:
    """Why it cannot be told which outlines are an ROI's; None where it can."""
    if not entry.id:
        return DataRefusedError(
            f"The ROI '{entry.name}' of {file_name} has no number, so it cannot be told which outlines are its "
            f"own; export it again from the software that drew it.",
            "missing-roi-number",
        )
    if len(names) > 1:
        return DataRefusedError(
            f"{file_name} gives the number {entry.id} to {len(names)} ROIs ({', '.join(names[:5])}"
            f"{', …' if len(names) > 5 else ''}), so it cannot be told whose outlines are whose; give each a "
            f"number of its own, and export it again.",
            "duplicate-roi-number",
        )
    if sets > 1:
        return DataRefusedError(
            f"{file_name} holds {sets} different sets of outlines under the number {entry.id}, so it cannot be "
            f"told which are those of the ROI '{entry.name}'; give each ROI a number of its own, and export it "
            f"again.",
            "duplicate-roi-number",
        )
    if orphans:
        return DataRefusedError(
            f"The ROI '{entry.name}' of {file_name} (number {entry.id}) has no outlines, and the file holds "
            f"outlines of a number that no ROI has, so they may be its own; export it again.",
            "orphan-outlines",
        )
    return None


def _items(dataset: Any, keyword: str) -> tuple[Any, ...]:
    from pydicom.values import convert_SQ

    found = dataset.get(keyword) or ()
    # Software that does not know the element writes it as UN, and then in implicit value representation (PS3.5 6.2.2);
    # pydicom leaves it so where it is longer than 64 KB.
    return tuple(convert_SQ(found, True, True) if isinstance(found, bytes) else found)


def _entry(name: str, number: int | None) -> SegmentEntry:
    name = name[:_LONGEST_NAME]
    if number is None:
        return SegmentEntry(name=name or "ROI without number", id="", label=-1)
    return SegmentEntry(name=name or f"ROI {number}", id=str(number), label=number)


def _different(sets: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The sets of outlines that are not empty, each once."""
    found: list[tuple[Any, ...]] = []
    for each in sets:
        if each and each not in found:
            found.append(each)
    return found
