"""One CT series of DICOM files as a volume in HU, with what its headers say of the scan."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import refuse_errors
from RLNResponseLib.imaging.dicom_geometry import (
    GEOMETRY_TAGS,
    SlicePlace,
    check_slices_apart,
    image_of,
    order_slices,
    own_positions_mm,
    step_mm,
)
from RLNResponseLib.imaging.dicom_header import number, read_tags, text, whole
from RLNResponseLib.imaging.dicom_pixels import read_hu
from RLNResponseLib.imaging.dicom_scan import (
    SCAN_TAGS,
    check_one_acquisition,
    of_acquisition,
    person_findings,
    refuse_copies,
    refuse_several_coordinate_systems,
    refuse_several_patients,
)
from RLNResponseLib.imaging.dicom_series import Series
from RLNResponseLib.imaging.dicom_values import PIXEL_TAGS, lossy_findings, refuse_colour, rescale_findings
from RLNResponseLib.imaging.known_words import known_acquisition
from RLNResponseLib.imaging.records import Acquisition, CTImage
from RLNResponseLib.imaging.volume_header import refuse_too_many_voxels

ACQUISITION_TAGS = (
    "Modality",
    "KVP",
    "XRayTubeCurrent",
    "Exposure",
    "ExposureInuAs",
    "ConvolutionKernel",
    "SliceThickness",
    "ContrastBolusAgent",
    "ContrastBolusRoute",
    "ContrastBolusStartTime",
    "AcquisitionTime",
    "Manufacturer",
    "ManufacturerModelName",
)
# No protocol waits longer: a greater difference comes from a time of another injection or another day.
LONGEST_SCAN_DELAY_S = 600.0


def acquisition_of(headers: Sequence[Any]) -> Acquisition:
    """The facts in the headers (pydicom Datasets with `ACQUISITION_TAGS`) of a series, one a slice, in known words and
    plausible numbers.

    Numbers are the median over the slices that state one (the tube current is modulated along the body; zero, which
    scanners write for unknown, is left out), texts those of the first slice. The scan delay is the earliest acquisition
    time less the start time of the contrast agent, where the headers give both.

    Parameters
    ----------
    headers
        The DICOM headers of the slices.

    Returns
    -------
    Acquisition
    """
    first = headers[0]
    stated = Acquisition(
        modality=text(first, "Modality"),
        kilovoltage_kv=_median(number(tags, "KVP") for tags in headers),
        tube_current_ma=_median(number(tags, "XRayTubeCurrent") for tags in headers),
        exposure_mas=_median(_exposure_mas(tags) for tags in headers),
        kernel=text(first, "ConvolutionKernel"),
        slice_thickness_mm=_median(number(tags, "SliceThickness") for tags in headers),
        contrast_agent=text(first, "ContrastBolusAgent"),
        contrast_route=text(first, "ContrastBolusRoute"),
        manufacturer=text(first, "Manufacturer"),
        model_name=text(first, "ManufacturerModelName"),
        scan_delay_s=_scan_delay_s(headers),
    )
    return known_acquisition(stated)


def _exposure_mas(tags: Any) -> float | None:
    microampere_seconds = number(tags, "ExposureInuAs")
    return number(tags, "Exposure") or (microampere_seconds and microampere_seconds / 1000)


def _median(values: Iterable[float | None]) -> float | None:
    stated = [value for value in values if value]
    return statistics.median(stated) if stated else None


def _scan_delay_s(headers: Sequence[Any]) -> float | None:
    started = _time_of_day(headers[0].get("ContrastBolusStartTime"))
    scanned = [time for tags in headers if (time := _time_of_day(tags.get("AcquisitionTime"))) is not None]
    if started is None or not scanned:
        return None
    delay_s = (min(scanned) - started).total_seconds()
    return delay_s if 0 <= delay_s <= LONGEST_SCAN_DELAY_S else None


def _time_of_day(value: Any) -> timedelta | None:
    """A DICOM time (HHMMSS.FFFFFF) since midnight."""
    text = str(value or "").strip()
    try:
        return timedelta(hours=int(text[0:2]), minutes=int(text[2:4]), seconds=float(text[4:]))
    except ValueError:
        return None


_HEADER_TAGS = (*GEOMETRY_TAGS, *PIXEL_TAGS, *SCAN_TAGS, *ACQUISITION_TAGS, "SOPClassUID")
# Enhanced CT and its legacy converted form: geometry and pixels are in functional groups, be it of one frame.
_ENHANCED = frozenset({"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"})


def read_dicom_ct(series: Series, name: str, acquisition: int | None = None) -> CTImage:
    """The volume of one series.

    The positions in the headers decide where the slices lie; rescale slope and intercept are applied slice by slice.

    Parameters
    ----------
    series
        The files of one series.
    name
        Of the series' folder, for messages and as the CT's name.
    acquisition
        The acquisition number to take from a series that holds several; None takes all slices.

    Returns
    -------
    CTImage

    Raises
    ------
    DataRefusedError
        not-ct, multi-frame, too-many-voxels, damaged-dicom, several-patients, no-such-acquisition, several-
        coordinate-systems, duplicate-slice-positions, and what `order_slices`, `check_one_acquisition` and `read_hu`
        raise.
    """
    if series.modality != "CT":
        raise DataRefusedError(
            f"The series in {name} is of modality {series.shown_modality}, not CT; the scores are for CT only.",
            "not-ct",
        )
    if series.slice_count != len(series.files):
        raise multi_frame(name)
    refuse_too_many_voxels(name, (series.columns, series.rows, series.slice_count))
    headers = {path: read_tags(path, _HEADER_TAGS, f"A file in {name}") for path in series.files}
    if any(is_enhanced(tags) for tags in headers.values()):
        raise multi_frame(name)
    if any(tags.get("Modality") != "CT" for tags in headers.values()):
        raise DataRefusedError(
            f"The series in {name} holds images of another modality than CT; export the CT by itself.", "not-ct"
        )
    refuse_several_patients(list(headers.values()), name)
    return _read_volume(of_acquisition(headers, acquisition, name), name, series)


def _read_volume(headers: Mapping[Path, Any], name: str, series: Series) -> CTImage:
    refuse_colour(list(headers.values()), name)
    refuse_several_coordinate_systems(list(headers.values()), name)
    found = [SlicePlace.from_tags(path, tags) for path, tags in headers.items()]
    refuse_copies(found, list(headers.values()), name)
    one_scan = check_one_acquisition(found, list(headers.values()), name)
    places, findings = order_slices(found, name)
    tags_in_order = [headers[place.path] for place in places]
    acquisition = acquisition_of(tags_in_order)
    apart = check_slices_apart(step_mm(places), acquisition.slice_thickness_mm)
    refuse_errors(apart)
    return CTImage(
        image=image_of(read_hu([place.path for place in places], tags_in_order, name), places),
        acquisition=acquisition,
        name=name,
        findings=(
            *series.findings,
            *findings,
            *one_scan,
            *apart,
            *rescale_findings(tags_in_order),
            *lossy_findings(tags_in_order),
            *person_findings(tags_in_order),
        ),
        frame_of_reference=str(tags_in_order[0].get("FrameOfReferenceUID") or "") or None,
        slice_positions_mm=own_positions_mm(places) if findings else None,
        series=series.uid or None,
    )


def is_enhanced(tags: Any) -> bool:
    """Whether a file is an enhanced CT, with all slices in one.

    Parameters
    ----------
    tags
        SOPClassUID and NumberOfFrames of a file as a pydicom Dataset.

    Returns
    -------
    bool
    """
    return str(tags.get("SOPClassUID")) in _ENHANCED or (whole(tags, "NumberOfFrames") or 1) > 1


def multi_frame(name: str) -> DataRefusedError:
    """The refusal of an enhanced CT.

    Parameters
    ----------
    name
        Of its file or folder.

    Returns
    -------
    DataRefusedError
        multi-frame.
    """
    return DataRefusedError(
        f"The CT in {name} is one multi-frame file (enhanced CT), which is not read; export it as classic CT, one file "
        f"a slice.",
        "multi-frame",
    )
