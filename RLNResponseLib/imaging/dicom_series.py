"""What image series a folder, a whole CD perhaps, holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.quiet import silenced_itk

_SERIES_TAGS = ("SOPClassUID", "Modality", "SeriesInstanceUID", "SeriesNumber", "Rows", "Columns", "NumberOfFrames")
# They carry pixels, yet belong to the image series beside them.
_NOT_IMAGES = frozenset({"SEG", "RTDOSE"})
_LISTED_AT_MOST = 20
# What a file without preamble begins with: the group length, the character set, or the image type.
_FIRST_TAGS = (b"\x08\x00\x00\x00", b"\x08\x00\x05\x00", b"\x08\x00\x08\x00")


@dataclass(frozen=True, kw_only=True)
class Series:
    """One image series of a folder.

    uid             series instance UID: an identifier of the patient's, for choosing only; never logged, never kept
    modality        "CT", "MR", …; "unknown" where the files do not say
    number          the scanner's series number; None where the files do not say
    slice_count     images, the frames of multi-frame files counted singly
    rows, columns   of the first file
    files           sorted by name
    """

    uid: str
    modality: str
    number: int | None
    slice_count: int
    rows: int
    columns: int
    files: tuple[Path, ...]

    def describe(self) -> str:
        """What a person needs to choose it, the UID included: for the terminal only."""
        number = "without number" if self.number is None else f"number {self.number}"
        return f"{self.modality}, {number}, {self.slice_count} slice(s), UID {self.uid}"


def is_dicom(path: Path) -> bool:
    """Whether the file begins as DICOM does, with its preamble or (old scanners) without.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
    """
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:] == b"DICM" or start[:4] in _FIRST_TAGS


def read_tags(path: Path, tags: Iterable[str], shown: str) -> Any:
    """The named tags of a DICOM file as a pydicom Dataset; pixels and everything else stay on the disk.

    A tag whose value cannot be what it should (text for a number) is left out.

    Parameters
    ----------
    path
        The file.
    tags
        Keywords of the tags that are wanted.
    shown
        What a message calls the file: a series' files can bear a patient's name, so they are not named.

    Returns
    -------
    object

    Raises
    ------
    DataRefusedError
        damaged-dicom.
    """
    import pydicom

    try:
        with silenced_itk():
            found = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(tags))
            _drop_unusable(found)
            return found
    # A damaged file can fail in pydicom in as many ways as it can be damaged.
    except Exception:
        raise DataRefusedError(
            f"{shown} is damaged: its DICOM header cannot be read; export it again.",
            "damaged-dicom",
        ) from None


def _drop_unusable(dataset: Any) -> None:
    # pydicom converts a value when it is first asked for, and only then finds that it cannot.
    for tag in list(dataset.keys()):
        try:
            dataset[tag]
        except (ValueError, TypeError, OverflowError, NotImplementedError):
            del dataset[tag]


def list_series(folder: Path) -> tuple[Series, ...]:
    """Every image series in a folder and the folders in it, sorted by series number.

    Objects that are no images (RTSTRUCT, SEG, dose, SR, DICOMDIR, presentation states) and files that are not DICOM are
    passed over.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    tuple of Series

    Raises
    ------
    DataRefusedError
        missing-file, unreadable-folder, damaged-dicom.
    """
    if not folder.is_dir():
        raise DataRefusedError(f"There is no folder {folder.name}; check the path.", "missing-file")
    found: dict[str, list[tuple[Path, Any]]] = defaultdict(list)
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and is_dicom(path):
                tags = read_tags(path, _SERIES_TAGS, f"A file in {path.parent.name}")
                if _is_image(tags):
                    found[_series_uid(path, tags)].append((path, tags))
    except OSError as error:
        raise DataRefusedError(
            f"A file in {folder.name} cannot be read ({error.strerror}); check the permissions.", "unreadable-folder"
        ) from None
    series = [_series(uid, images) for uid, images in found.items()]
    return tuple(sorted(series, key=lambda one: (one.number is None, one.number or 0, one.uid)))


def choose_series(folder: Path, uid: str | None) -> Series:
    """The only image series of a folder, or the one that `uid` names.

    Parameters
    ----------
    folder
        The folder.
    uid
        The series instance UID that is asked for; None where there is one.

    Returns
    -------
    Series

    Raises
    ------
    DataRefusedError
        no-images; several-series, which lists them with their UIDs (the user's own terminal is the one place where
        a UID is shown, because `--series` takes nothing else); no-such-series.
    """
    found = list_series(folder)
    if not found:
        raise DataRefusedError(f"{folder.name} holds no DICOM image; name the folder with the CT series.", "no-images")
    if uid is not None:
        for series in found:
            if series.uid == uid:
                return series
        raise DataRefusedError(
            f"{folder.name} holds no image series of that UID; it has {_listed(found)}.", "no-such-series"
        )
    if len(found) > 1:
        raise DataRefusedError(
            f"{folder.name} holds {len(found)} image series; give a folder that holds one.",
            "several-series",
            f"or name one of them with --series: {_listed(found)}",
        )
    return found[0]


def _listed(found: tuple[Series, ...]) -> str:
    shown = [f"{place}) {series.describe()}" for place, series in enumerate(found[:_LISTED_AT_MOST], start=1)]
    more = len(found) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _is_image(tags: Any) -> bool:
    from pydicom.uid import UID

    if str(tags.get("Modality")) in _NOT_IMAGES:
        return False
    # By class first: an image cut off before its Rows must be missed later, not passed over here.
    return "Rows" in tags or UID(str(tags.get("SOPClassUID")), validation_mode=0).name.endswith("Image Storage")


def _series_uid(path: Path, tags: Any) -> str:
    uid = str(tags.get("SeriesInstanceUID") or "")
    if not uid:
        raise DataRefusedError(
            f"A DICOM image in {path.parent.name} does not say which series it belongs to, so it is damaged; export "
            f"the series again.",
            "damaged-dicom",
        )
    return uid


def _series(uid: str, images: list[tuple[Path, Any]]) -> Series:
    first = images[0][1]
    return Series(
        uid=uid,
        modality=str(first.get("Modality") or "unknown"),
        number=_whole(first.get("SeriesNumber")),
        slice_count=sum(_whole(tags.get("NumberOfFrames")) or 1 for _, tags in images),
        rows=_whole(first.get("Rows")) or 0,
        columns=_whole(first.get("Columns")) or 0,
        files=tuple(path for path, _ in images),
    )


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
