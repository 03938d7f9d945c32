"""The study's de-identified CT as a derived CT series, so that contours and measurements have images to refer to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.dicom_export.identity import LONG_STRING, SHORT_STRING, ExamIdentity, TextLimits, decimal
from RLNResponseLib.imaging.dicom_scan import IDENTIFYING_PIXELS
from RLNResponseLib.imaging.records import Acquisition, CTImage
from RLNResponseLib.study.deidentify import kept_acquisition

CT_SERIES_NUMBER = 1
# Soft tissue of neck and mediastinum, HU.
_WINDOW_CENTER, _WINDOW_WIDTH = 40, 400


def ct_slices(ct: CTImage, exam: ExamIdentity, limits: TextLimits) -> Iterator[Any]:
    """The slices of `ct` as pydicom Datasets (CT Image Storage, derived), in the order of k, voxel by voxel the same
    HU.

    Parameters
    ----------
    ct
        The CT.
    exam
        Whose and which examination, by codes of the study.
    limits
        What a text of the study may hold.

    Returns
    -------
    Iterator[Any]

    Raises
    ------
    DataRefusedError
        not-whole-hu.
    """
    voxels = _as_int16(ct)
    common = _common(ct, exam, limits)
    for k, plane in enumerate(voxels):
        yield _slice(common, exam, ct, k, plane)


def _as_int16(ct: CTImage) -> NDArray[np.int16]:
    import SimpleITK as sitk

    stored = sitk.GetArrayViewFromImage(ct.image)
    whole = stored.dtype.kind in "iu" or bool((np.rint(stored) == stored).all())
    limits = np.iinfo(np.int16)
    if not whole or stored.min() < limits.min or stored.max() > limits.max:
        raise DataRefusedError(
            f"The image '{ct.name}' holds fractions of HU or values beyond 16 bits, which a DICOM CT cannot hold as "
            f"they are; import the scanner's own CT, or export the lymph nodes of other images.",
            "not-whole-hu",
        )
    return np.asarray(stored.astype("<i2"))


def _common(ct: CTImage, exam: ExamIdentity, limits: TextLimits) -> Any:
    from pydicom.dataset import Dataset
    from pydicom.uid import CTImageStorage

    common = Dataset()
    exam.describe(common)
    common.SOPClassUID = CTImageStorage
    common.Modality = "CT"
    common.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    common.DerivationDescription = (
        f"De-identified copy of the voxels by RLNResponse {__version__}, with new UIDs. {RESEARCH_USE_ONLY}"
    )
    common.SeriesInstanceUID = exam.ct_series_uid
    common.SeriesNumber = CT_SERIES_NUMBER
    common.SeriesDescription = limits.fit(
        f"Research use only: CT {exam.image}", LONG_STRING, f"The series description of image '{exam.image}'"
    )
    common.FrameOfReferenceUID = exam.frame_of_reference_uid
    common.PositionReferenceIndicator = common.PatientPosition = common.Laterality = ""
    # Nobody looked at the pictures: what the source stated of them is stated, and nothing denied.
    for finding in ct.findings:
        if finding.code == IDENTIFYING_PIXELS:
            for keyword in finding.numbers:
                setattr(common, keyword, "YES")
    common.LossyImageCompression = "00"
    # Again, whoever kept them: a study of an earlier version may hold a header's own texts.
    _set_acquisition(common, kept_acquisition(ct.acquisition), limits)
    _set_grid(common, ct)
    common.SamplesPerPixel, common.PhotometricInterpretation = 1, "MONOCHROME2"
    common.BitsAllocated = common.BitsStored = 16
    common.HighBit, common.PixelRepresentation = 15, 1
    common.RescaleIntercept, common.RescaleSlope, common.RescaleType = 0, 1, "HU"
    common.WindowCenter, common.WindowWidth = _WINDOW_CENTER, _WINDOW_WIDTH
    return common


def _set_acquisition(common: Any, acquisition: Acquisition, limits: TextLimits) -> None:
    """The acquisition facts that the study kept; the scan delay has no element of its own and would need times of
    day.
    """

    def text(value: str | None, limit: int, what: str) -> str | None:
        return value if value is None else limits.fit(value, limit, f"The {what} of the CT")

    common.KVP = decimal(acquisition.kilovoltage_kv)
    common.AcquisitionNumber = None
    common.Manufacturer = text(acquisition.manufacturer, LONG_STRING, "manufacturer")
    stated = {
        "ManufacturerModelName": text(acquisition.model_name, LONG_STRING, "scanner model"),
        "XRayTubeCurrent": _rounded(acquisition.tube_current_ma),
        "ExposureInuAs": _rounded(acquisition.exposure_mas, 1000),
        "ConvolutionKernel": text(acquisition.kernel, SHORT_STRING, "kernel"),
        "ContrastBolusAgent": text(acquisition.contrast_agent, LONG_STRING, "contrast agent"),
        "ContrastBolusRoute": text(acquisition.contrast_route, LONG_STRING, "contrast route"),
    }
    for keyword, value in stated.items():
        if value is not None:
            setattr(common, keyword, value)
    if acquisition.contrast_route is not None and acquisition.contrast_agent is None:
        common.ContrastBolusAgent = ""  # a route without an agent: the module needs the element


def _set_grid(common: Any, ct: CTImage) -> None:
    columns, rows, _ = ct.image.GetSize()
    spacing = ct.image.GetSpacing()
    direction = np.array(ct.image.GetDirection()).reshape(3, 3)
    common.Rows, common.Columns = rows, columns
    common.PixelSpacing = [decimal(spacing[1]), decimal(spacing[0])]
    common.SliceThickness = decimal(ct.acquisition.slice_thickness_mm or spacing[2])
    common.SpacingBetweenSlices = decimal(spacing[2])
    common.ImageOrientationPatient = [decimal(cosine) for cosine in (*direction[:, 0], *direction[:, 1])]


def _slice(common: Any, exam: ExamIdentity, ct: CTImage, k: int, plane: NDArray[np.int16]) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset = Dataset()
    dataset.update(common)
    dataset.SOPInstanceUID = exam.uid("ct slice", str(k))
    dataset.InstanceNumber = k + 1
    dataset.ImagePositionPatient = [decimal(mm) for mm in ct.image.TransformIndexToPhysicalPoint((0, 0, k))]
    dataset.PixelData = plane.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _rounded(number: float | None, factor: int = 1) -> int | None:
    return None if number is None else round(number * factor)
