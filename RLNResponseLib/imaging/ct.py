"""A CT from a DICOM folder, NRRD or NIfTI."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_ct import read_dicom_ct
from RLNResponseLib.imaging.dicom_series import Series, choose_series, is_dicom, list_series, read_tags
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.volume_file import is_nifti, is_nrrd, read_scalar_volume

__all__ = ["Series", "list_series", "read_ct"]


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
