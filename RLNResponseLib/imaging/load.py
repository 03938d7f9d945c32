"""A CT, and one contour on it, from the files that people have."""

from __future__ import annotations

from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.dicom_ct import read_dicom_ct
from RLNResponseLib.imaging.dicom_series import Series, choose_series, list_series
from RLNResponseLib.imaging.formats import DICOM, FORMATS, Format, format_of, only_volume, volume_names
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import SegmentPlace
from RLNResponseLib.imaging.segments import FractionalFile, SegmentEntry, SegmentFile, by_number, choose_segment
from RLNResponseLib.imaging.stored_voxels import refuse_special_file

__all__ = [
    "SegmentEntry",
    "SegmentPlace",
    "Series",
    "list_places",
    "list_segments",
    "list_series",
    "read_contour",
    "read_ct",
]


def read_ct(path: str | Path, series: str | None = None, acquisition: int | None = None) -> CTImage:
    """Read a CT: a DICOM folder with the folders in it, or a file of one volume (`formats.FORMATS`), or the folder
    that holds one such file and no DICOM.

    Values are HU as the file gives them, integers where it has integers. A NaN is kept: whether one lies inside a
    contour is for the checks (`checks.quality.check`). A file of one volume says nothing of the acquisition, so all of
    it is unknown there.

    Parameters
    ----------
    path
        The folder or file.
    series
        The series instance UID to take from a folder with several image series; None where there is one.
    acquisition
        The acquisition number to take from a DICOM series that holds several; None takes all slices.

    Returns
    -------
    CTImage

    Raises
    ------
    DataRefusedError
        missing-file; several-volumes; for DICOM what `choose_series` and `read_dicom_ct` raise, and single-slice-file
        for one file of a series; for a file what `volume_file.read_scalar_volume` raises; unknown-format;
        no-such-series; no-such-acquisition; not-a-regular-file.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import SimpleITK as sitk
    >>> volume = sitk.GetImageFromArray(np.full((4, 5, 6), 40, dtype=np.int16))
    >>> volume.SetSpacing((0.8, 0.8, 2.5))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sitk.WriteImage(volume, f"{folder}/ct.mha")
    ...     read_ct(f"{folder}/ct.mha")
    CTImage('ct.mha', 6 × 5 × 4 voxels of 0.8 × 0.8 × 2.5 mm)
    """
    path = Path(path)
    if not path.exists():
        raise DataRefusedError(f"There is no file or folder {path.name}; check the path of the CT.", "missing-file")
    path = only_volume(path)
    if path.is_dir():
        return read_dicom_ct(choose_series(path, series), path.name, acquisition)
    known = _recognised(path, f"name the CT's DICOM folder, or a file that is {volume_names('or')}")
    if series is not None and known is not DICOM:
        raise DataRefusedError(
            f"{path.name} is a single volume, so there is no series to choose; leave out --series.", "no-such-series"
        )
    if acquisition is not None and known is not DICOM:
        raise DataRefusedError(
            f"{path.name} is a single volume, so there is no acquisition to choose; leave out --acquisition.",
            "no-such-acquisition",
        )
    try:
        return known.read_ct(path)
    except OSError as error:
        raise _unreadable(path, error) from None


def list_segments(path: str | Path) -> tuple[SegmentEntry, ...]:
    """List the segments of a contour file.

    Parameters
    ----------
    path
        A `.seg.nrrd`, a label map, an RTSTRUCT or a DICOM SEG.

    Returns
    -------
    tuple of SegmentEntry
        In the file's own order.

    Raises
    ------
    DataRefusedError
        missing-file, unknown-format, and what the file's reader raises.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import SimpleITK as sitk
    >>> labels = np.zeros((4, 5, 6), dtype=np.uint8)
    >>> labels[1:3, 1:3, 1:3], labels[1:3, 3:5, 1:3] = 1, 2
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sitk.WriteImage(sitk.GetImageFromArray(labels), f"{folder}/mask.nii.gz")
    ...     [entry.name for entry in list_segments(f"{folder}/mask.nii.gz")]
    ['label 1', 'label 2']
    """
    return _open(Path(path)).segments


def list_places(path: str | Path) -> tuple[SegmentPlace, ...]:
    """List the segments of a contour file with what can be told of them without a CT: type, voxels, place.

    Parameters
    ----------
    path
        A `.seg.nrrd`, a label map, an RTSTRUCT or a DICOM SEG.

    Returns
    -------
    tuple of SegmentPlace
        In the file's own order.

    Raises
    ------
    DataRefusedError
        missing-file, unknown-format, and what the file's reader raises.
    """
    return _open(Path(path)).places()


def read_contour(
    path: str | Path, ct: CTImage, segment: str | int | None = None, *, threshold: float | None = None
) -> Contour:
    """Read one segment of a contour file on the grid of a CT. The file's content decides its kind, not its name.

    Parameters
    ----------
    path
        A `.seg.nrrd`, a label map, an RTSTRUCT or a DICOM SEG.
    ct
        The CT that the contour was drawn on.
    segment
        A segment or ROI name, a segment ID, a label number, or a pattern of one name (`segments.choose_segment`); a
        number that is no text is a number only. None takes the only segment.
    threshold
        From which fraction on a voxel of a fractional DICOM SEG is inside, above 0 and at most 1.

    Returns
    -------
    Contour

    Raises
    ------
    DataRefusedError
        missing-file, unknown-format, empty-contour, bad-threshold, no-fractions (a threshold for another kind of file
        than a DICOM SEG), what `choose_segment` and `grid.place_on_ct` raise, and what the
        file's reader raises.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import SimpleITK as sitk
    >>> volume = sitk.GetImageFromArray(np.full((4, 5, 6), 40, dtype=np.int16))
    >>> labels = np.zeros((4, 5, 6), dtype=np.uint8)
    >>> labels[1:3, 1:3, 2:5] = 1
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sitk.WriteImage(sitk.GetImageFromArray(labels), f"{folder}/mask.nrrd")
    ...     contour = read_contour(f"{folder}/mask.nrrd", CTImage(image=volume))
    >>> contour.voxel_count, contour.corner
    (12, (1, 1, 2))
    """
    path = Path(path)
    file = _open(path)
    if threshold is not None:
        file = _at_threshold(file, threshold, path.name)
    wanted = by_number(segment) if isinstance(segment, int) else segment
    return file.contour(choose_segment(file.segments, wanted, path.name), ct)


def _at_threshold(file: SegmentFile, threshold: float, name: str) -> SegmentFile:
    if not 0 < threshold <= 1:
        raise DataRefusedError(
            f"A threshold is the fraction of a voxel from which on it is inside, above 0 and at most 1, not "
            f"{threshold:g}; use 0.5 for half.",
            "bad-threshold",
        )
    if not isinstance(file, FractionalFile):
        raise DataRefusedError(
            f"{name} holds no fractions that a threshold could cut, only a DICOM SEG does; leave out --threshold.",
            "no-fractions",
        )
    return file.at_threshold(threshold)


def _open(path: Path) -> SegmentFile:
    if not path.is_file():
        if not path.is_dir():
            refuse_special_file(path)
        kind = "a folder; name the file in it" if path.is_dir() else "not there; check the path of the contour"
        raise DataRefusedError(f"The contour file {path.name} is {kind}.", "missing-file")
    known = _recognised(path, "name a .seg.nrrd, a label map, an RTSTRUCT or a DICOM SEG")
    try:
        return known.open_contours(path)
    except OSError as error:
        raise _unreadable(path, error) from None


def _recognised(path: Path, advice: str) -> Format:
    try:
        known = format_of(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    if known is None:
        names = " nor ".join([*(other.name for other in FORMATS if other is not DICOM), DICOM.name])
        raise DataRefusedError(f"{path.name} is neither {names}, whatever its name says; {advice}.", "unknown-format")
    return known


def _unreadable(path: Path, error: OSError) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name} cannot be read ({error.strerror}); check the permissions.", "unreadable-image"
    )
