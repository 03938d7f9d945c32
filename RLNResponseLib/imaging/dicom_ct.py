"""One CT series of DICOM files as a volume in HU, with what its headers say of the scan."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding, refuse_errors
from RLNResponseLib.imaging.dicom_geometry import GEOMETRY_TAGS, SlicePlace, check_slices_apart, order_slices
from RLNResponseLib.imaging.dicom_series import Series, read_tags
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Acquisition, CTImage
from RLNResponseLib.imaging.volume_file import refuse_too_many_voxels

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

    Parameters
    ----------
    headers
        The DICOM headers of the slices.

    Returns
    -------
    Acquisition
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
    """The finite number of an element; None where it is absent, empty or no number.

    Parameters
    ----------
    tags
        A pydicom Dataset.
    keyword
        The tag's keyword.

    Returns
    -------
    float or None
    """
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


_PIXEL_TAGS = ("SamplesPerPixel", "BitsAllocated", "BitsStored", "PixelRepresentation")
_RESCALE_TAGS = ("RescaleSlope", "RescaleIntercept", "RescaleType")


def read_dicom_ct(series: Series, name: str) -> CTImage:
    """The volume of one series.

    Rescale slope and intercept are applied slice by slice; values stay integers where every slope and intercept is one.

    Parameters
    ----------
    series
        The files of one series.
    name
        Of the series' folder, for messages and as the CT's name.

    Returns
    -------
    CTImage

    Raises
    ------
    DataRefusedError
        not-ct, multi-frame, not-scalar, damaged-dicom, bad-rescale, too-many-voxels, unreadable-pixels, and what
        `order_slices` raises.
    """
    if series.modality != "CT":
        raise DataRefusedError(
            f"The series in {name} is of modality {series.modality}, not CT; the scores are for CT only.", "not-ct"
        )
    if series.slice_count != len(series.files):
        raise DataRefusedError(
            f"The CT in {name} is one multi-frame file (enhanced CT), which is not read; export it as classic CT, one "
            f"file a slice.",
            "multi-frame",
        )
    refuse_too_many_voxels(name, (series.columns, series.rows, series.slice_count))
    headers = {
        path: read_tags(
            path,
            (*GEOMETRY_TAGS, *_PIXEL_TAGS, *_RESCALE_TAGS, *ACQUISITION_TAGS, "FrameOfReferenceUID"),
            f"A file in {name}",
        )
        for path in series.files
    }
    if any(tags.get("SamplesPerPixel", 1) != 1 for tags in headers.values()):
        raise DataRefusedError(
            f"The series in {name} is in colour, so it is no CT in HU; choose another.", "not-scalar"
        )
    places, findings = order_slices([SlicePlace.from_tags(path, tags) for path, tags in headers.items()], name)
    tags_in_order = [headers[place.path] for place in places]
    acquisition = acquisition_of(tags_in_order)
    step_mm = float((places[-1].position - places[0].position) @ places[0].normal) / (len(places) - 1)
    apart = check_slices_apart(step_mm, acquisition.slice_thickness_mm)
    refuse_errors(apart)
    return CTImage(
        image=_read_pixels([place.path for place in places], tags_in_order, name),
        acquisition=acquisition,
        name=name,
        findings=(*findings, *apart, *_rescale_findings(tags_in_order)),
        frame_of_reference=str(tags_in_order[0].get("FrameOfReferenceUID") or "") or None,
        series=series.uid or None,
    )


def _read_pixels(files: Sequence[Path], headers: Sequence[Any], name: str) -> Any:
    import SimpleITK as sitk

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in files])
    rescales = [_rescale(tags, name) for tags in headers]
    stored = {tuple(str(tags.get(tag)) for tag in _PIXEL_TAGS) for tags in headers}
    if len(set(rescales)) > 1 or len(stored) > 1:
        # The reader would store every slice as the first one asks, and cut off what does not fit.
        whole = all(number.is_integer() for rescale in rescales for number in rescale)
        reader.SetOutputPixelType(sitk.sitkInt32 if whole else sitk.sitkFloat64)
    try:
        with silenced_itk():
            return reader.Execute()
    except (RuntimeError, MemoryError):
        raise DataRefusedError(
            f"The pixels of the series in {name} cannot be read: a file is damaged, or compressed in a way that is not "
            "supported; export the series uncompressed (Explicit VR Little Endian).",
            "unreadable-pixels",
        ) from None


def _rescale(tags: Any, name: str) -> tuple[float, float]:
    """Slope and intercept of one slice; 1 and 0 where it states none."""
    slope = number(tags, "RescaleSlope") if tags.get("RescaleSlope") is not None else 1.0
    intercept = number(tags, "RescaleIntercept") if tags.get("RescaleIntercept") is not None else 0.0
    if not slope or intercept is None:
        raise DataRefusedError(
            f"A slice in {name} has a rescale slope or intercept that gives no HU (slope 0, or no number); export the "
            "original series.",
            "bad-rescale",
        )
    return slope, intercept


def _rescale_findings(headers: Sequence[Any]) -> tuple[Finding, ...]:
    """A warning where a slice does not say that its rescaled values are HU (CT Image IOD: type "HU" is implied)."""
    units = {str(tags.get("RescaleType") or "HU").strip().upper() for tags in headers}
    absent = sum("RescaleSlope" not in tags or "RescaleIntercept" not in tags for tags in headers)
    if absent:
        return (
            Finding(
                code="rescale-absent",
                severity="warning",
                message=f"{absent} slice(s) of the CT state no rescale to HU, so their stored values are taken as "
                f"HU; compare air (-1000) and fluid (0) before trusting the score.",
                numbers={"slice_count": absent},
            ),
        )
    if units - {"HU"}:
        return (
            Finding(
                code="rescale-not-hu",
                severity="warning",
                message="The CT states that its values are not HU (rescale type "
                f"{', '.join(sorted(unit[:16] for unit in units))}); use a reconstruction in HU.",
            ),
        )
    return ()
