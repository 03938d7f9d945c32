"""One reading's contour as a DICOM RT Structure Set on the exported CT series: outlines along the voxels' edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.dicom_export.codes import coded
from RLNResponseLib.dicom_export.identity import (
    LONG_STRING,
    MANUFACTURER,
    ExamIdentity,
    TextLimits,
    coded_name,
    decimal,
)
from RLNResponseLib.imaging.boundaries import voxel_outlines
from RLNResponseLib.imaging.grid import Grid
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segments import LYMPH_NODE_COLOUR, LYMPH_NODE_TYPE
from RLNResponseLib.study.records import Reading

_FIRST_SERIES_NUMBER = 2000
_LABEL = "RESEARCH ONLY"
# The visible tumour, which is what the readers draw.
_INTERPRETED_TYPE = "GTV"
_ROI_NUMBER = 1


def structure_set(
    slices: Sequence[Any],
    ct: CTImage,
    contour: Contour,
    reading: Reading,
    exam: ExamIdentity,
    number: int,
    limits: TextLimits,
    assistance: str = "",
) -> Any:
    """The contour as a pydicom Dataset of RT Structure Set Storage: one ROI, coded as a lymph node.

    Each outline lies in the plane of a slice's centres and names that slice. Its date is the day on which the reading
    was locked, so that the same reading gives the same object. Nobody has approved it.

    Parameters
    ----------
    slices
        Of the exported CT in the order of k, without pixel data.
    ct
        The CT that was exported.
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
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

    name = f"{reading.key.lymph_node} {reading.key.name}"
    found = Dataset()
    exam.describe(found)
    found.SOPClassUID = RTStructureSetStorage
    found.SOPInstanceUID = exam.uid("rtstruct", name, reading.contour.sha256)
    found.Modality = "RTSTRUCT"
    found.SeriesInstanceUID = exam.uid("rtstruct series", name, reading.contour.sha256)
    found.SeriesNumber = _FIRST_SERIES_NUMBER + number
    found.InstanceNumber = 1
    found.OperatorsName = coded_name(reading.key.reader)
    found.SeriesDescription = limits.fit(
        f"Research use only: outlines {name}", LONG_STRING, f"The series description of outlines '{name}'"
    )
    found.Manufacturer = found.ManufacturerModelName = MANUFACTURER
    found.SoftwareVersions, found.DeviceSerialNumber = __version__, "none"
    found.FrameOfReferenceUID, found.PositionReferenceIndicator = exam.frame_of_reference_uid, ""
    found.StructureSetLabel = _LABEL
    found.StructureSetName = limits.fit(reading.key.name, LONG_STRING, f"The name of structure set '{name}'")
    found.StructureSetDescription = f"Reading {name}. {RESEARCH_USE_ONLY}"
    found.StructureSetDate, found.StructureSetTime = reading.locked_at.date(), reading.locked_at.time()
    found.ReferencedFrameOfReferenceSequence = [_frame_of_reference(slices, exam)]
    found.StructureSetROISequence = [_roi(reading, exam, limits, assistance)]
    found.ROIContourSequence = [_roi_contour(slices, ct, contour)]
    found.RTROIObservationsSequence = [_observation(reading)]
    found.ApprovalStatus = "UNAPPROVED"
    found.file_meta = FileMetaDataset()
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return found


def _frame_of_reference(slices: Sequence[Any], exam: ExamIdentity) -> Any:
    from pydicom.dataset import Dataset

    series, study, frame = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = exam.ct_series_uid
    series.ContourImageSequence = [_image(each) for each in slices]
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"  # what the standard has for a study, though retired
    study.ReferencedSOPInstanceUID = exam.study_uid
    study.RTReferencedSeriesSequence = [series]
    frame.FrameOfReferenceUID = exam.frame_of_reference_uid
    frame.RTReferencedStudySequence = [study]
    return frame


def _image(of_slice: Any) -> Any:
    from pydicom.dataset import Dataset

    image = Dataset()
    image.ReferencedSOPClassUID = of_slice.SOPClassUID
    image.ReferencedSOPInstanceUID = of_slice.SOPInstanceUID
    return image


def _roi(reading: Reading, exam: ExamIdentity, limits: TextLimits, assistance: str) -> Any:
    from pydicom.dataset import Dataset

    roi = Dataset()
    roi.ROINumber = _ROI_NUMBER
    roi.ReferencedFrameOfReferenceUID = exam.frame_of_reference_uid
    roi.ROIName = limits.fit(reading.key.lymph_node, LONG_STRING, f"The ROI name of '{reading.key.lymph_node}'")
    roi.ROIDescription = f"Reading {reading.key.lymph_node} {reading.key.name}. {RESEARCH_USE_ONLY}"
    roi.ROIGenerationAlgorithm = "SEMIAUTOMATIC" if assistance else "MANUAL"
    if assistance:
        roi.ROIGenerationDescription = limits.fit(assistance, LONG_STRING, "What a reading was begun from")
    return roi


def _roi_contour(slices: Sequence[Any], ct: CTImage, contour: Contour) -> Any:
    from pydicom.dataset import Dataset

    drawn = Dataset()
    drawn.ReferencedROINumber = _ROI_NUMBER
    drawn.ROIDisplayColor = list(LYMPH_NODE_COLOUR)
    drawn.ContourSequence = []
    for k, points in outlines_mm(contour, ct):
        outline = Dataset()
        outline.ContourImageSequence = [_image(slices[k])]
        outline.ContourGeometricType = "CLOSED_PLANAR"
        outline.NumberOfContourPoints = len(points)
        outline.ContourNumber = len(drawn.ContourSequence) + 1
        outline.ContourData = [decimal(mm) for mm in points.ravel().tolist()]
        drawn.ContourSequence.append(outline)
    return drawn


def outlines_mm(contour: Contour, ct: CTImage) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """A contour's outlines along the edges of its voxels, from the first slice to the last.

    Parameters
    ----------
    contour
        On the grid of `ct`.
    ct
        The CT.

    Yields
    ------
    int
        The slice.
    NDArray[np.float64]
        (n, 3): the outline's corners in the slice's plane, mm, LPS.
    """
    affine = Grid.of_image(ct.image).affine
    first, top, left = contour.corner
    for k, plane in enumerate(contour.voxels, start=first):
        for outline in voxel_outlines(plane):
            indices = np.column_stack([outline + np.array([left, top]), np.full(len(outline), k)])
            yield k, indices @ affine[:3, :3].T + affine[:3, 3]


def _observation(reading: Reading) -> Any:
    from pydicom.dataset import Dataset

    observation = Dataset()
    observation.ObservationNumber = 1
    observation.ReferencedROINumber = _ROI_NUMBER
    observation.ROIObservationLabel = _LABEL
    observation.ROIObservationDescription = RESEARCH_USE_ONLY
    observation.RTROIIdentificationCodeSequence = [_identification()]
    observation.RTROIInterpretedType = _INTERPRETED_TYPE
    observation.ROIInterpreter = coded_name(reading.key.reader)
    return observation


def _identification() -> Any:
    from pydicom.dataset import Dataset

    code, lymph_node = Dataset(), coded(LYMPH_NODE_TYPE)
    code.CodeValue, code.CodingSchemeDesignator = lymph_node.value, lymph_node.scheme_designator
    code.CodeMeaning = lymph_node.meaning
    return code
