"""Whether the slices of one series are one scan of one patient: a series number alone does not make them so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.dicom_geometry import SlicePlace
from RLNResponseLib.imaging.dicom_header import text, whole

# One acquisition has one value of each; what a refusal calls them. The tube current is modulated, so it tells nothing.
_OF_ONE_ACQUISITION = {
    "TemporalPositionIdentifier": "moments in time",
    "KVP": "tube voltages",
    "ConvolutionKernel": "reconstruction kernels",
}
_TIMES = ("AcquisitionDateTime", "AcquisitionTime")
_PATIENT = ("PatientID", "PatientName", "PatientBirthDate")
# The code of `person_findings`, whose numbers are the keywords that say so.
IDENTIFYING_PIXELS = "identifying-pixels"
BURNED_IN = "BurnedInAnnotation"
_SHOWING_A_PERSON = (BURNED_IN, "RecognizableVisualFeatures")
SCAN_TAGS = (
    "SOPInstanceUID",
    "FrameOfReferenceUID",
    "InstanceNumber",
    "AcquisitionNumber",
    *_OF_ONE_ACQUISITION,
    *_TIMES,
    *_PATIENT,
    *_SHOWING_A_PERSON,
)
_LISTED_AT_MOST = 20
# Numbers dealt at random go up and down in turns in 2 of 1,000 series of so many slices (Euler's zigzag numbers).
_FEWEST_IN_TURNS = 16


def refuse_several_patients(headers: Sequence[Any], name: str) -> None:
    """Refuse a series whose slices state different patients.

    Parameters
    ----------
    headers
        Of each slice the tags (`SCAN_TAGS`) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Raises
    ------
    DataRefusedError
        several-patients. Whose they are is not said.
    """
    for keyword in _PATIENT:
        stated = {
            " ".join(found.replace("^", " ").split()).casefold() for tags in headers if (found := text(tags, keyword))
        }
        if len(stated) > 1:
            raise DataRefusedError(
                f"The slices of the series in {name} belong to {len(stated)} patients by their headers; export the "
                "series of the one patient again.",
                "several-patients",
            )


def refuse_several_coordinate_systems(headers: Sequence[Any], name: str) -> None:
    """Refuse a series whose slices state different coordinate systems, as where slices of another scan lie in it.

    Parameters
    ----------
    headers
        Of each slice the tags (`SCAN_TAGS`) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Raises
    ------
    DataRefusedError
        several-coordinate-systems.
    """
    stated = [uid for tags in headers if (uid := text(tags, "FrameOfReferenceUID"))]
    # Where each slice has its own, a de-identifier made them up one by one, and they say nothing.
    if 1 < len(set(stated)) < len(stated):
        raise DataRefusedError(
            f"The slices of the series in {name} state {len(set(stated))} coordinate systems (frames of reference), so "
            "they are of several scans, and where they lie to one another is not known; export one scan by itself.",
            "several-coordinate-systems",
        )


def refuse_copies(places: Sequence[SlicePlace], headers: Sequence[Any], name: str) -> None:
    """Refuse slices that are there twice under one identifier, as where a download was repeated into one folder.

    Parameters
    ----------
    places, headers
        Where each slice lies, and its tags (`SCAN_TAGS`) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Raises
    ------
    DataRefusedError
        duplicate-slice-positions.
    """
    stated = [
        (uid, *place.position.tolist())
        for place, tags in zip(places, headers, strict=True)
        if (uid := text(tags, "SOPInstanceUID"))
    ]
    copies = len(stated) - len(set(stated))
    if copies:
        raise DataRefusedError(
            f"{copies} file(s) of the series in {name} are copies of others (the same slice under the same "
            "identifier); remove the copies, or name a folder without them.",
            "duplicate-slice-positions",
        )


def of_acquisition(headers: Mapping[Any, Any], acquisition: int | None, name: str) -> dict[Any, Any]:
    """The slices of one acquisition.

    Parameters
    ----------
    headers
        Of each file the tags (`SCAN_TAGS`) as a pydicom Dataset.
    acquisition
        The acquisition number that is asked for; None for all slices.
    name
        Of the series' folder, for messages.

    Returns
    -------
    dict

    Raises
    ------
    DataRefusedError
        no-such-acquisition, which lists those that there are.
    """
    if acquisition is None:
        return dict(headers)
    chosen = {path: tags for path, tags in headers.items() if whole(tags, "AcquisitionNumber") == acquisition}
    if not chosen:
        numbers = [whole(tags, "AcquisitionNumber") for tags in headers.values()]
        raise DataRefusedError(
            f"The series in {name} has no acquisition {acquisition}; it has {_listed(numbers)}.", "no-such-acquisition"
        )
    return chosen


def check_one_acquisition(places: Sequence[SlicePlace], headers: Sequence[Any], name: str) -> tuple[Finding, ...]:
    """Whether slices of one acquisition lie between those of another.

    Acquisitions that follow one another along the patient are one volume, as scanners write it.

    Parameters
    ----------
    places, headers
        Where each slice lies, and its tags (`SCAN_TAGS`) as a pydicom Dataset.
    name
        Of the series' folder, for messages.

    Returns
    -------
    tuple of Finding
        mixed-passes (warning): only the times of the slices, or the order in which they are numbered, tell that they
        were taken in several passes.

    Raises
    ------
    DataRefusedError
        several-acquisitions: the acquisition number, the moment, the voltage or the kernel tells them apart.
    """
    heights = np.array([place.position for place in places]) @ places[0].normal
    numbers = [whole(tags, "AcquisitionNumber") for tags in headers]
    if _interleaved(heights, numbers):
        raise DataRefusedError(
            f"The series in {name} holds several acquisitions whose slices lie between one another "
            f"({_listed(numbers)}), and a CT is one of them; choose one, or export it by itself.",
            "several-acquisitions",
            "or name one of them with --acquisition",
        )
    for keyword, what in _OF_ONE_ACQUISITION.items():
        values = [text(tags, keyword) for tags in headers]
        if _interleaved(heights, values):
            raise DataRefusedError(
                f"The series in {name} mixes slices of {len(set(values) - {None})} {what} between one another, and a "
                "CT is one of them; export each as a series of its own.",
                "several-acquisitions",
            )
    for keyword in _TIMES:
        times = [text(tags, keyword) for tags in headers]
        if _interleaved(heights, times):
            return (_mixed_passes(f"were taken at {len(set(times) - {None})} different times"),)
    if _numbered_in_turns(heights, [whole(tags, "InstanceNumber") for tags in headers]):
        return (_mixed_passes("are numbered in turns from two ends"),)
    return ()


def _interleaved(heights: NDArray[np.float64], values: Sequence[Any]) -> bool:
    """Whether, along the patient, a value comes again after another; slices that state none are left out."""
    along = [values[index] for index in np.argsort(heights, kind="stable") if values[index] is not None]
    changes = sum(one != other for one, other in pairwise(along))
    return changes >= len(set(along)) > 1


def _numbered_in_turns(heights: NDArray[np.float64], numbers: Sequence[int | None]) -> bool:
    """Whether, along the patient, the numbers of the slices go up and down in turns, as 1, 25, 2, 26."""
    if len(numbers) < _FEWEST_IN_TURNS or None in numbers or len(set(numbers)) < len(numbers):
        return False
    ups = np.diff(np.array(numbers)[np.argsort(heights, kind="stable")]) > 0
    return bool((ups[1:] != ups[:-1]).all())


def _mixed_passes(how: str) -> Finding:
    return Finding(
        code="mixed-passes",
        severity="warning",
        message=f"Slices of the CT that lie between one another {how}, as where two passes are mixed in one series; "
        "make sure that it is one scan.",
    )


def _listed(numbers: Sequence[int | None]) -> str:
    counts = {
        number: numbers.count(number) for number in sorted(number for number in set(numbers) if number is not None)
    }
    if not counts:
        return "no numbered acquisition"
    shown = [f"acquisition {number}: {count} slices" for number, count in list(counts.items())[:_LISTED_AT_MOST]]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more else "")


def person_findings(headers: Sequence[Any]) -> tuple[Finding, ...]:
    """A warning where the headers say that the pixels themselves show who the patient is.

    Parameters
    ----------
    headers
        Of each slice the tags (`SCAN_TAGS`) as a pydicom Dataset.

    Returns
    -------
    tuple of Finding
        identifying-pixels (warning); its numbers are what the headers say, by their keywords.
    """
    said = [
        keyword
        for keyword in _SHOWING_A_PERSON
        if any((text(tags, keyword) or "").upper() == "YES" for tags in headers)
    ]
    if not said:
        return ()
    return (
        Finding(
            code="identifying-pixels",
            severity="warning",
            message=f"The CT's headers say that its pixels may identify the patient ({' and '.join(said)}: YES), and "
            "pixels are kept as they are; remove what is burned in, or keep the CT out of what is shared.",
            numbers=dict.fromkeys(said, "YES"),
        ),
    )
