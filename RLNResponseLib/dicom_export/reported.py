"""Structured reports read back (TID 1500): which segment was measured, and every number with its code.

Read by itself: highdicom asks for templates that reports of other software do not keep.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.quiet import silenced_itk

_GROUP = "125007"
_TRACKING_IDENTIFIER = "112039"
_SEGMENTS = ("121191", "121214")  # Referenced Segment, Referenced Segmentation Frame
_SOURCE_SERIES = "121232"
_ALGORITHM_NAME, _ALGORITHM_VERSION, _ALGORITHM_PARAMETERS = "111001", "111003", "111002"
SETTINGS_WORDS = "extraction settings "


@dataclass(frozen=True, kw_only=True)
class ReportedAlgorithm:
    """What a report says computed a number, or all numbers of a group.

    Attributes
    ----------
    name, version
        "" where it does not say.
    settings
        The extraction settings, None where it states none as this software does.
    """

    name: str = ""
    version: str = ""
    settings: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedMeasurement:
    """One number of a report.

    Attributes
    ----------
    code
        Coding scheme and value.
    meaning
        What the code means, in the report's words.
    value
        With all digits that the report gives.
    algorithm
        Of this number alone.
    """

    code: tuple[str, str]
    meaning: str
    value: float
    algorithm: ReportedAlgorithm


@dataclass(frozen=True, kw_only=True)
class ReportedContour:
    """What a report says of one contour.

    Attributes
    ----------
    lymph_node
        Its tracking identifier.
    segmentation
        UID of the DICOM SEG that was measured.
    series
        UID of the CT series that it names, "" where it names none.
    algorithm
        Of all numbers that state none of their own.
    measurements
        In the report's order.
    """

    lymph_node: str
    segmentation: str
    series: str
    algorithm: ReportedAlgorithm
    measurements: tuple[ReportedMeasurement, ...]


def read_report(path: Path) -> tuple[ReportedContour, ...]:
    """The contours that a structured report measures, each with its numbers.

    Parameters
    ----------
    path
        A DICOM SR of TID 1500.

    Returns
    -------
    tuple of ReportedContour
        In the report's order.

    Raises
    ------
    DataRefusedError
        not-a-report.
    """
    import pydicom

    try:
        with silenced_itk():
            found = tuple(map(_contour, _groups(pydicom.dcmread(path))))
    # Not DICOM, or damaged in any of many ways.
    except Exception:
        found = ()
    if not found:
        raise DataRefusedError(
            f"{one_line(path.name)} is no structured report with measurements of a contour (DICOM SR, TID 1500), or "
            "it is damaged; name the report that lies beside the SEG.",
            "not-a-report",
        )
    return found


def _groups(item: Any) -> Iterator[Any]:
    for child in item.get("ContentSequence") or ():
        if child.get("ValueType") == "CONTAINER":
            yield from [child] if _concept(child)[1] == _GROUP else _groups(child)


def _contour(group: Any) -> ReportedContour:
    children = list(group.ContentSequence)
    named = {_concept(child)[1]: child for child in reversed(children)}
    segment = next((named[code] for code in _SEGMENTS if code in named), None)
    series = named.get(_SOURCE_SERIES)
    return ReportedContour(
        lymph_node=one_line(str(named[_TRACKING_IDENTIFIER].TextValue)) if _TRACKING_IDENTIFIER in named else "",
        segmentation="" if segment is None else str(segment.ReferencedSOPSequence[0].ReferencedSOPInstanceUID),
        series="" if series is None else str(series.UID),
        algorithm=_algorithm(children),
        measurements=tuple(map(_measurement, filter(_is_number, children))),
    )


def _is_number(item: Any) -> bool:
    # Without a value the report says why there is none.
    return item.get("ValueType") == "NUM" and bool(item.get("MeasuredValueSequence"))


def _measurement(item: Any) -> ReportedMeasurement:
    (measured,) = item.MeasuredValueSequence
    value = measured.get("FloatingPointValue")
    return ReportedMeasurement(
        code=_concept(item),
        meaning=one_line(str(item.ConceptNameCodeSequence[0].get("CodeMeaning") or "")),
        value=float(measured.NumericValue if value is None else value),
        algorithm=_algorithm(item.get("ContentSequence") or ()),
    )


def _algorithm(children: Any) -> ReportedAlgorithm:
    texts: dict[str, list[str]] = {}
    for child in children:
        if child.get("ValueType") == "TEXT":
            texts.setdefault(_concept(child)[1], []).append(str(child.TextValue))
    parameters = texts.get(_ALGORITHM_PARAMETERS, ())
    stated = next((text for text in parameters if text.startswith(SETTINGS_WORDS)), None)
    return ReportedAlgorithm(
        name=texts.get(_ALGORITHM_NAME, [""])[0],
        version=texts.get(_ALGORITHM_VERSION, [""])[0],
        settings=None if stated is None else dict(json.loads(stated.removeprefix(SETTINGS_WORDS))),
    )


def _concept(item: Any) -> tuple[str, str]:
    """Coding scheme and value of what an item is; ("", "") where it has no name."""
    for code in item.get("ConceptNameCodeSequence") or ():
        value = code.get("CodeValue") or code.get("LongCodeValue") or code.get("URNCodeValue") or ""
        return str(code.get("CodingSchemeDesignator") or ""), str(value)
    return "", ""
