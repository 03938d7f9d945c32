"""What the headers of a CT series say of the scan."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from RLNResponseLib.imaging.records import Acquisition

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
    """The facts in the headers (pydicom Datasets with `ACQUISITION_TAGS`) of a series, one a slice.

    Numbers are the median over the slices that state one (the tube current is modulated along the body; zero, which
    scanners write for unknown, is left out), texts those of the first slice. The scan delay is the earliest acquisition
    time less the start time of the contrast agent, where the headers give both.
    """
    first = headers[0]
    return Acquisition(
        modality=_text(first, "Modality"),
        kilovoltage_kv=_median(number(tags, "KVP") for tags in headers),
        tube_current_ma=_median(number(tags, "XRayTubeCurrent") for tags in headers),
        exposure_mas=_median(_exposure_mas(tags) for tags in headers),
        kernel=_text(first, "ConvolutionKernel"),
        slice_thickness_mm=_median(number(tags, "SliceThickness") for tags in headers),
        contrast_agent=_text(first, "ContrastBolusAgent"),
        contrast_route=_text(first, "ContrastBolusRoute"),
        manufacturer=_text(first, "Manufacturer"),
        model_name=_text(first, "ManufacturerModelName"),
        scan_delay_s=_scan_delay_s(headers),
    )


def number(tags: Any, keyword: str) -> float | None:
    """The finite number of an element; None where it is absent, empty or no number."""
    try:
        value = float(tags.get(keyword))
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _exposure_mas(tags: Any) -> float | None:
    microampere_seconds = number(tags, "ExposureInuAs")
    return number(tags, "Exposure") or (microampere_seconds and microampere_seconds / 1000)


def _median(values: Iterable[float | None]) -> float | None:
    stated = [value for value in values if value]
    return statistics.median(stated) if stated else None


def _text(tags: Any, keyword: str) -> str | None:
    """An element's text, several values joined as DICOM writes them; None where it is absent or blank."""
    value = tags.get(keyword)
    if value is None:
        return None
    joined = value if isinstance(value, str) else "\\".join(map(str, value))
    return joined.strip() or None


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
