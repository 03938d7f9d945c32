"""One contour from a file of any of the four kinds: .seg.nrrd, label map, RTSTRUCT, DICOM SEG."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_seg import DicomSegFile
from RLNResponseLib.imaging.dicom_series import is_dicom, read_tags
from RLNResponseLib.imaging.label_map import LabelMapFile
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.rtstruct import RTStructFile
from RLNResponseLib.imaging.seg_nrrd import SegNrrdFile, is_seg_nrrd
from RLNResponseLib.imaging.segments import SegmentEntry, SegmentFile, choose_segment
from RLNResponseLib.imaging.volume_file import is_nifti, is_nrrd

__all__ = ["SegmentEntry", "list_segments", "read_contour"]


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
