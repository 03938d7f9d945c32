"""What image series a folder, a whole CD perhaps, holds."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging.dicom_header import begins_as_dicom, first_bytes, read_tags, whole
from RLNResponseLib.imaging.known_words import known_text

_SERIES_TAGS = ("SOPClassUID", "Modality", "SeriesInstanceUID", "SeriesNumber", "Rows", "Columns", "NumberOfFrames")
# They carry pixels, yet belong to the image series beside them.
_NOT_IMAGES = frozenset({"SEG", "RTDOSE"})
_LISTED_AT_MOST = 20
# DICOM allows no longer one; a damaged element can be of any length.
_LONGEST_UID = 64


@dataclass(frozen=True, kw_only=True)
class Series:
    """One image series of a folder.

    uid             series instance UID: an identifier of the patient's, for choosing only; never logged, never kept
    modality        "CT", "MR", …; "unknown" where the files do not say
    number          the scanner's series number; None where the files do not say
    slice_count     images, the frames of multi-frame files counted singly
    rows, columns   of the first file
    files           sorted by name
    findings        what was noticed in the folder beside it
    """

    uid: str
    modality: str
    number: int | None
    slice_count: int
    rows: int
    columns: int
    files: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def shown_modality(self) -> str:
        """The modality for a sentence: one of DICOM's, "other" for whatever else stands there."""
        return known_text("modality", self.modality)

    def describe(self) -> str:
        """What a person needs to choose it, the UID included: for the terminal only."""
        number = "without number" if self.number is None else f"number {self.number}"
        return f"{self.shown_modality}, {number}, {self.slice_count} slice(s), UID {one_line(self.uid, _LONGEST_UID)}"


@dataclass(frozen=True, kw_only=True)
class _Stray:
    """A file that may be an image of a series, but does not say of which.

    tags       its header (`_SERIES_TAGS`) where it can be read
    is_dicom   False for an empty file, which may be anything
    """

    path: Path
    tags: Any = None
    is_dicom: bool = True

    def is_other_than(self, series: Series) -> bool:
        """Whether the header says that it is no slice of the series, be it damaged or not."""
        if self.tags is None:
            return False
        modality, rows, columns = self.tags.get("Modality"), whole(self.tags, "Rows"), whole(self.tags, "Columns")
        return (
            modality not in (None, "", series.modality)
            or rows not in (None, series.rows)
            or columns not in (None, series.columns)
        )

    def may_be_slice_of(self, series: Series) -> bool:
        """Whether it lies beside slices of the series, named as they are, and nothing says that it is none."""
        beside = {(path.parent, path.suffix.lower()) for path in series.files}
        return (self.path.parent, self.path.suffix.lower()) in beside and not self.is_other_than(series)


def list_series(folder: Path) -> tuple[Series, ...]:
    """Every image series in a folder and the folders in it, sorted by series number.

    Objects that are no images (RTSTRUCT, SEG, dose, SR, DICOMDIR, presentation states) and files that are not DICOM are
    passed over, and so are images that do not say which series they belong to.

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
        missing-file, unreadable-folder.
    """
    return _look_through(folder)[0]


def _look_through(folder: Path) -> tuple[tuple[Series, ...], tuple[_Stray, ...]]:
    """The series of a folder, and the files that may belong to one but cannot be told to which."""
    if not folder.is_dir():
        raise DataRefusedError(f"There is no folder {folder.name}; check the path.", "missing-file")
    found: dict[str, list[tuple[Path, Any]]] = defaultdict(list)
    strays = []
    try:
        for path in _regular_files(folder):
            start = first_bytes(path)
            # Empty, or nothing but zeros, as after a copy that was cut off.
            if not any(start) and not path.name.startswith("."):
                strays.append(_Stray(path=path, is_dicom=False))
            elif begins_as_dicom(start):
                try:
                    tags = read_tags(path, _SERIES_TAGS, f"A file in {path.parent.name}")
                except DataRefusedError:
                    strays.append(_Stray(path=path))
                    continue
                uid = str(tags.get("SeriesInstanceUID") or "")
                if _class(tags) is None or (_is_image(tags) and not uid):
                    strays.append(_Stray(path=path, tags=tags))
                elif _is_image(tags):
                    found[uid].append((path, tags))
    except OSError as error:
        raise DataRefusedError(
            f"A file in {folder.name} cannot be read ({error.strerror}); check the permissions.", "unreadable-folder"
        ) from None
    series = [_series(uid, images) for uid, images in found.items()]
    return tuple(sorted(series, key=lambda one: (one.number is None, one.number or 0, one.uid))), tuple(strays)


def _regular_files(folder: Path) -> list[Path]:
    """Sorted; a pipe or a device, which could be read for ever, is none. Raises OSError for an unreadable folder."""

    def refuse(error: OSError) -> None:
        raise error

    # Path.rglob would pass over a folder that it may not read.
    found = [Path(parent, name) for parent, _, names in os.walk(folder, onerror=refuse) for name in names]
    return sorted(path for path in found if path.is_file())


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
        With the finding stray-image (warning) where a damaged image lies elsewhere in the folder.

    Raises
    ------
    DataRefusedError
        no-images; several-series, which lists them with their UIDs (the user's own terminal is the one place where
        a UID is shown, because `--series` takes nothing else); no-such-series; damaged-dicom where a file may be a
        slice of the series, but is damaged or empty.
    """
    found, strays = _look_through(folder)
    if not found:
        if damaged := [stray for stray in strays if stray.is_dicom]:
            raise _damaged(damaged, folder.name)
        raise DataRefusedError(f"{folder.name} holds no DICOM image; name the folder with the CT series.", "no-images")
    chosen = _chosen(found, folder, uid)
    if lost := [stray for stray in strays if stray.may_be_slice_of(chosen)]:
        raise _damaged(lost, folder.name)
    elsewhere = [stray for stray in strays if stray.is_dicom]
    unknown = [stray for stray in elsewhere if not stray.is_other_than(chosen)]
    if unknown and uid is None:
        refusal = _damaged(unknown, folder.name)
        raise DataRefusedError(
            str(refusal), refusal.code, f"or name the series, where it is complete, with --series: {_listed(found)}"
        )
    return replace(chosen, findings=(_stray_image(len(elsewhere)),)) if elsewhere else chosen


def _chosen(found: tuple[Series, ...], folder: Path, uid: str | None) -> Series:
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


def _damaged(strays: Sequence[_Stray], name: str) -> DataRefusedError:
    folders = sorted({stray.path.parent.name for stray in strays})
    is_readable = all(stray.tags is not None and "Rows" in stray.tags for stray in strays)
    why = "do not say which series they belong to (no SeriesInstanceUID)" if is_readable else "are empty or damaged"
    return DataRefusedError(
        f"{len(strays)} file(s) in {', '.join(folders[:3])} may be slices, but {why}, so the CT in "
        f"{name} may be incomplete; copy or export the series again.",
        "damaged-dicom",
    )


def _stray_image(count: int) -> Finding:
    return Finding(
        code="stray-image",
        severity="warning",
        message=f"{count} DICOM file(s) in the folder of the CT do not say which series they belong to, or are "
        "damaged, and were passed over; make sure that the CT is complete.",
        numbers={"file_count": count},
    )


def _listed(found: tuple[Series, ...]) -> str:
    shown = [f"{place}) {series.describe()}" for place, series in enumerate(found[:_LISTED_AT_MOST], start=1)]
    more = len(found) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _class(tags: Any) -> str | None:
    """What kind of object a file holds, by its name in the standard; None where the file does not say."""
    from pydicom.uid import UID

    stated = tags.get("SOPClassUID") or getattr(tags, "file_meta", {}).get("MediaStorageSOPClassUID")
    if stated:
        return UID(str(stated), validation_mode=0).name
    return "" if "Rows" in tags else None


def _is_image(tags: Any) -> bool:
    if str(tags.get("Modality")) in _NOT_IMAGES:
        return False
    # By class first: an image cut off before its Rows must be missed later, not passed over here.
    return "Rows" in tags or (_class(tags) or "").endswith("Image Storage")


def _series(uid: str, images: list[tuple[Path, Any]]) -> Series:
    first = images[0][1]
    return Series(
        uid=uid,
        modality=str(first.get("Modality") or "unknown"),
        number=whole(first, "SeriesNumber"),
        slice_count=sum(whole(tags, "NumberOfFrames") or 1 for _, tags in images),
        rows=whole(first, "Rows") or 0,
        columns=whole(first, "Columns") or 0,
        files=tuple(path for path, _ in images),
    )
