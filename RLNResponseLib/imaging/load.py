"""One contour from a file of any of the four kinds: .seg.nrrd, label map, RTSTRUCT, DICOM SEG.

A CT from a DICOM folder, NRRD or NIfTI.
"""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_ct import read_dicom_ct
from RLNResponseLib.imaging.dicom_seg import DicomSegFile
from RLNResponseLib.imaging.dicom_series import Series, choose_series, is_dicom, list_series, read_tags
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.rtstruct import RTStructFile
from RLNResponseLib.imaging.seg_nrrd import SegNrrdFile, is_seg_nrrd
from RLNResponseLib.imaging.segments import LabelMapFile, SegmentEntry, SegmentFile, choose_segment
from RLNResponseLib.imaging.volume_file import is_nifti, is_nrrd, read_scalar_volume

__all__ = ["SegmentEntry", "Series", "list_segments", "list_series", "read_contour", "read_ct"]


def read_ct(path: str | Path, series: str | None = None) -> CTImage:
    """The CT in a DICOM folder (with the folders in it), an NRRD or a NIfTI file.

    series  the series instance UID to take from a folder with several image series; None where there is one

    Values are HU as the file gives them, integers where it has integers. A NaN is kept: whether one lies inside a contour is
    for the checks (`quality.check`). NRRD and NIfTI say nothing of the acquisition, so all of it is unknown there.

    Raises DataRefusedError: missing-file; for DICOM what `choose_series` and `read_dicom_ct` raise, and single-slice-file
    for one file of a series; for NRRD and NIfTI what `read_scalar_volume` raises; unknown-format.
    """
    path = Path(path)
    if not path.exists():
        raise DataRefusedError(f"There is no file or folder {path.name}; check the path of the CT.", "missing-file")
    if path.is_dir():
        return read_dicom_ct(choose_series(path, series), path.name)
    try:
        return _read_file(path, series)
    except OSError as error:
        raise DataRefusedError(
            f"{path.name} cannot be read ({error.strerror}); check the permissions.", "unreadable-image"
        ) from None


def _read_file(path: Path, series: str | None) -> CTImage:
    if is_dicom(path):
        raise _dicom_file(path)
    if not (is_nrrd(path) or is_nifti(path)):
        raise DataRefusedError(
            f"{path.name} is neither NRRD nor NIfTI nor DICOM, whatever its name says; name the CT's DICOM folder, or an NRRD "
            "or NIfTI file.",
            "unknown-format",
        )
    if series is not None:
        raise DataRefusedError(
            f"{path.name} is a single volume, so there is no series to choose; leave out --series.", "no-such-series"
        )
    return CTImage(read_scalar_volume(path), name=path.name)


def _dicom_file(path: Path) -> DataRefusedError:
    modality = str(read_tags(path, ("Modality",), path.name).get("Modality") or "unknown")
    if modality != "CT":
        return DataRefusedError(
            f"{path.name} is a DICOM file of modality {modality}, not CT; name the folder with the CT series.", "not-ct"
        )
    return DataRefusedError(
        f"{path.name} is one file of a CT series, and a lymph node needs the volume; name the folder it lies in.",
        "single-slice-file",
    )


def list_segments(path: str | Path) -> tuple[SegmentEntry, ...]:
    """The segments of a contour file, in its own order.

    Raises DataRefusedError: missing-file, unknown-format, and what the file's reader raises.
    """
    return _open(Path(path)).segments


def read_contour(path: str | Path, ct: CTImage, segment: str | int | None = None) -> Contour:
    """One segment of a contour file on the grid of `ct`.

    segment  a segment or ROI name, a segment ID, or a label number (`choose_segment`); None takes the only segment

    The file's content decides its kind, not its name. Raises DataRefusedError: missing-file, unknown-format, what
    `choose_segment` and `place_on_ct` raise, empty-contour, and what the file's reader raises.
    """
    path = Path(path)
    file = _open(path)
    return file.contour(choose_segment(file.segments, None if segment is None else str(segment), path.name), ct)


def _open(path: Path) -> SegmentFile:
    if not path.is_file():
        kind = "a folder; name the file in it" if path.is_dir() else "not there; check the path of the contour"
        raise DataRefusedError(f"The contour file {path.name} is {kind}.", "missing-file")
    try:
        if is_dicom(path):
            return _open_dicom(path)
        if is_nrrd(path):
            return SegNrrdFile(path) if is_seg_nrrd(path) else LabelMapFile(path)
        if is_nifti(path):
            return LabelMapFile(path)
    except OSError as error:
        raise DataRefusedError(
            f"{path.name} cannot be read ({error.strerror}); check the permissions.", "unreadable-image"
        ) from None
    raise DataRefusedError(
        f"{path.name} is neither NRRD nor NIfTI nor DICOM, whatever its name says; name a .seg.nrrd, a label map, an RTSTRUCT "
        "or a DICOM SEG.",
        "unknown-format",
    )


def _open_dicom(path: Path) -> SegmentFile:
    modality = str(read_tags(path, ("Modality",), path.name).get("Modality") or "unknown")
    if modality == "RTSTRUCT":
        return RTStructFile(path)
    if modality == "SEG":
        return DicomSegFile(path)
    raise DataRefusedError(
        f"{path.name} is a DICOM file of modality {modality}, which holds no contours; name an RTSTRUCT or a DICOM SEG.",
        "unknown-format",
    )
