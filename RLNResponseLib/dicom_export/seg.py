"""One reading's contour as a binary DICOM Segmentation on the exported CT series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.requirements import need
from RLNResponseLib.dicom_export.codes import coded
from RLNResponseLib.dicom_export.identity import (
    LONG_STRING,
    MANUFACTURER,
    ExamIdentity,
    TextLimits,
    coded_name,
    content_uid,
)
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.imaging.segments import LYMPH_NODE_CATEGORY, LYMPH_NODE_COLOUR, LYMPH_NODE_TYPE
from RLNResponseLib.study.records import Reading

_FIRST_SERIES_NUMBER = 100
# Of linear sRGB, adapted to D50 (Bradford), as ICC profiles of sRGB have it.
_SRGB_TO_XYZ_D50 = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def segmentation(
    slices: Sequence[Any],
    contour: Contour,
    reading: Reading,
    exam: ExamIdentity,
    number: int,
    limits: TextLimits,
    assistance: str = "",
) -> Any:
    """The contour as highdicom Segmentation: one segment, coded as a lymph node, drawn by hand or with assistance.

    The date of the content is the day on which the reading was locked, so that the same reading gives the same object.

    Parameters
    ----------
    slices
        Of the exported CT in the order of k, without pixel data.
    contour
        The contour, on the grid of the CT.
    reading
        The locked reading.
    exam
        Whose and which examination, by codes of the study.
    number
        Of the reading within its image, from 1; makes the series number.
    limits
        What a text of the study may hold.
    assistance
        What the reading was begun from or written by; "" where the hand drew it.

    Returns
    -------
    object
    """
    seg = need("highdicom.seg")
    name = f"{reading.key.lymph_node} {reading.key.name}"
    shape = (len(slices), slices[0].Rows, slices[0].Columns)
    description = seg.SegmentDescription(
        segment_number=1,
        segment_label=reading.key.lymph_node,
        segmented_property_category=coded(LYMPH_NODE_CATEGORY),
        segmented_property_type=coded(LYMPH_NODE_TYPE),
        **_drawn_by(assistance, limits),
        tracking_uid=lesion_uid(exam, reading),
        tracking_id=reading.key.lymph_node,
    )
    description.RecommendedDisplayCIELabValue = cielab(LYMPH_NODE_COLOUR)
    description.SegmentDescription = f"Reading {name}. {RESEARCH_USE_ONLY}"
    dataset = seg.Segmentation(
        source_images=list(slices),
        pixel_array=contour.full_grid(shape),
        segmentation_type=seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[description],
        series_instance_uid=exam.uid("seg series", name, reading.contour.sha256),
        series_number=_FIRST_SERIES_NUMBER + number,
        sop_instance_uid=exam.uid("seg", name, reading.contour.sha256),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=__version__,
        device_serial_number="none",
        content_label="LYMPH_NODE",
        content_description=RESEARCH_USE_ONLY,
        content_creator_name=coded_name(reading.key.reader),
        series_description=limits.fit(
            f"Research use only: contour {name}", LONG_STRING, f"The series description of contour '{name}'"
        ),
        content_date=reading.locked_at.date(),
        content_time=reading.locked_at.time(),
    )
    exam.describe(dataset)
    _name_dimensions(dataset, exam.uid("seg dimensions", name))
    return dataset


def _drawn_by(assistance: str, limits: TextLimits) -> dict[str, Any]:
    from pydicom.sr.codedict import codes

    kinds = need("highdicom.seg").SegmentAlgorithmTypeValues
    if not assistance:
        return {"algorithm_type": kinds.MANUAL}
    name = limits.fit(assistance, LONG_STRING, "What a reading was begun from")
    return {
        "algorithm_type": kinds.SEMIAUTOMATIC,
        "algorithm_identification": need("highdicom").AlgorithmIdentificationSequence(
            name=name, family=codes.cid7162.ManualProcessing, version="not stated"
        ),
    }


def cielab(colour: tuple[int, int, int]) -> list[int]:
    """A colour as DICOM recommends it for display (PS3.3 C.10.7.1.1).

    Parameters
    ----------
    colour
        Red, green and blue of sRGB, 0 to 255.

    Returns
    -------
    list of int
        L*, a* and b* of D50, L* from 0 to 100 and the others from -128 to 127 on 0 to 65535.

    Examples
    --------
    >>> cielab((255, 255, 255)), cielab((0, 0, 0))
    ([65535, 32896, 32896], [0, 32896, 32896])
    """
    encoded = np.array(colour) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    ratio = _SRGB_TO_XYZ_D50 @ linear / _SRGB_TO_XYZ_D50.sum(axis=1)
    x, y, z = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    lightness, a, b = 116 * y - 16, 500 * (x - y), 200 * (y - z)
    scaled = (lightness / 100, (a + 128) / 255, (b + 128) / 255)
    return [min(max(round(float(part) * 65535), 0), 65535) for part in scaled]


def lesion_uid(exam: ExamIdentity, reading: Reading) -> str:
    """The tracking UID of a lymph node: the same in every reading of it.

    Parameters
    ----------
    exam
        Whose and which examination, by codes of the study.
    reading
        The locked reading.

    Returns
    -------
    str
    """
    return content_uid(exam.study_uid, "lymph node", reading.key.lymph_node)


def _name_dimensions(dataset: Any, uid: str) -> None:
    """Give the dimension organisation a UID made from content; highdicom draws a random one."""
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
