"""The kinds of files that are read: how each is recognised, and how it is read as a CT and as contours.

A new kind of volume is a file of its own and one line in `FORMATS`: a `VolumeKind` where ITK reads it (metaimage.py is
the example), and else any function that gives a SimpleITK image and findings.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.dicom_ct import is_enhanced, multi_frame
from RLNResponseLib.imaging.dicom_header import is_dicom, read_tags, text
from RLNResponseLib.imaging.dicom_seg import DicomSegFile
from RLNResponseLib.imaging.known_words import known_text
from RLNResponseLib.imaging.metaimage import METAIMAGE
from RLNResponseLib.imaging.nifti import NIFTI
from RLNResponseLib.imaging.nrrd import NRRD
from RLNResponseLib.imaging.records import CTImage
from RLNResponseLib.imaging.rtstruct import RTStructFile
from RLNResponseLib.imaging.seg_nrrd import SegNrrdFile, is_seg_nrrd
from RLNResponseLib.imaging.segments import LabelMapFile, SegmentFile
from RLNResponseLib.imaging.stored_voxels import first_bytes, is_gzip, refuse_special_file, truncated
from RLNResponseLib.imaging.volume_file import VolumeKind, read_scalar_volume
from RLNResponseLib.imaging.volume_header import not_read


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    name
        As sentences list it: "NRRD".
    recognises
        Whether a file is of this kind; its content decides, not its name.
    read_ct
        The CT in a file of this kind, or DataRefusedError.
    open_contours
        The contours in a file of this kind, or DataRefusedError.
    """

    name: str
    recognises: Callable[[Path], bool]
    read_ct: Callable[[Path], CTImage]
    open_contours: Callable[[Path], SegmentFile]


def volume_format(
    name: str, recognises: Callable[[Path], bool], read: Callable[[Path], tuple[Any, tuple[Finding, ...]]]
) -> Format:
    """A file that holds one volume as a format: the volume is the CT, and as contours it is a label map.

    Parameters
    ----------
    name
        As sentences list it.
    recognises
        Whether a file is of this kind, by its content.
    read
        The file as a three-dimensional SimpleITK image with one number a voxel and what was noticed, or
        DataRefusedError. What ITK reads goes through `volume_file.read_scalar_volume`; any other kind may be read as it
        likes.

    Returns
    -------
    Format
    """
    return Format(
        name=name,
        recognises=recognises,
        read_ct=lambda path: _as_ct(path, *read(path)),
        open_contours=lambda path: LabelMapFile(path, *read(path)),
    )


def _as_ct(path: Path, image: Any, findings: tuple[Finding, ...]) -> CTImage:
    return CTImage(image=image, name=path.name, findings=findings)


def _read_by_itk(kind: VolumeKind) -> Format:
    return volume_format(kind.name, kind.recognises, lambda path: read_scalar_volume(path, kind))


def format_of(path: Path) -> Format | None:
    """The format of a file, None where none recognises it.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    Format or None

    Raises
    ------
    DataRefusedError
        not-a-regular-file; truncated-image, form-not-read, header-elsewhere where it can be told what it is instead.
    """
    refuse_special_file(path)
    known = next((known for known in FORMATS if known.recognises(path)), None)
    if known is None:
        _refuse_relative(path)
    return known


def volumes_in(folder: Path) -> tuple[Path, ...]:
    """The files of one volume in a folder, and the folders in it, that hold no DICOM file; contours of a `.seg.nrrd`
    are none of them.

    Parameters
    ----------
    folder
        A folder that is there.

    Returns
    -------
    tuple of Path
        Sorted; empty for a folder of DICOM, told by the first such file, and where something cannot be read.
    """
    found = []
    kinds = [known for known in FORMATS if known is not DICOM]
    try:
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for path in (Path(parent, name) for name in sorted(names)):
                if not path.is_file():
                    continue
                if DICOM.recognises(path):
                    return ()
                if any(kind.recognises(path) for kind in kinds) and not (NRRD.recognises(path) and is_seg_nrrd(path)):
                    found.append(path)
    except OSError:
        return ()
    return tuple(found)


def only_volume(path: Path) -> Path:
    """The file in a folder of one volume, which is then read like the file; anything else as it is.

    Parameters
    ----------
    path
        A file or folder, there or not.

    Returns
    -------
    Path

    Raises
    ------
    DataRefusedError
        several-volumes.
    """
    found = volumes_in(path) if path.is_dir() else ()
    if len(found) > 1:
        # Not by their names, which may be a patient's.
        raise DataRefusedError(
            f"{path.name} holds {len(found)} volumes and no DICOM, so which of them is the CT cannot be told; name its "
            "file.",
            "several-volumes",
        )
    return found[0] if found else path


_ZIP = b"PK\3\4"
# A file of voxels alone, and the ends of the headers that name one.
_HEADERS = {".img": (".hdr",), ".raw": (".mhd", ".nhdr"), ".zraw": (".mhd",), ".gz": (".nhdr",)}


def _refuse_relative(path: Path) -> None:
    """Refuse what no format recognises for what it is: empty, packed, not to be unpacked, or voxels without header."""
    if path.stat().st_size == 0:
        raise DataRefusedError(f"{path.name} is empty (0 bytes); copy or export it again.", "truncated-image")
    if first_bytes(path, len(_ZIP)) == _ZIP:
        raise not_read(path, "is a ZIP archive, as a .mrb is", "unpack it first and name what was in it")
    if is_gzip(path):
        start = first_bytes(path, 4)
        if not start:
            raise truncated(path)
        if start == b"NRRD":
            raise not_read(path, "is an NRRD that was compressed as a whole", "unpack it with gunzip first")
    possible = (path.with_suffix(end) for end in _HEADERS.get(path.suffix.lower(), ()))
    header = next((each for each in possible if each.is_file()), None)
    if header is not None:
        raise DataRefusedError(
            f"{path.name} holds voxels alone, which do not say how they lie; name its header, {header.name}.",
            "header-elsewhere",
        )


def volume_names(conjunction: str) -> str:
    """The formats that hold one volume, for a sentence.

    Parameters
    ----------
    conjunction
        Before the last: "or".

    Returns
    -------
    str

    Examples
    --------
    >>> volume_names("or")
    'NRRD, NIfTI or MetaImage'
    """
    names = [known.name for known in FORMATS if known is not DICOM]
    return f"{', '.join(names[:-1])} {conjunction} {names[-1]}"


def _refuse_one_dicom_file(path: Path) -> CTImage:
    _refuse_directory(path)
    tags = read_tags(path, ("Modality", "SOPClassUID", "NumberOfFrames"), path.name)
    modality = str(tags.get("Modality") or "unknown")
    if modality != "CT":
        raise DataRefusedError(
            f"{path.name} is a DICOM file of modality {_shown(modality)}, not CT; name the folder with the CT series.",
            "not-ct",
        )
    if is_enhanced(tags):
        raise multi_frame(path.name)
    raise DataRefusedError(
        f"{path.name} is one file of a CT series, and a lymph node needs the volume; name the folder it lies in.",
        "single-slice-file",
    )


def _open_dicom_contours(path: Path) -> SegmentFile:
    modality = _modality(path)
    if modality == "RTSTRUCT":
        return RTStructFile(path)
    if modality == "SEG":
        return DicomSegFile(path)
    _refuse_directory(path)
    raise DataRefusedError(
        f"{path.name} is a DICOM file of modality {_shown(modality)}, which holds no contours; name an RTSTRUCT "
        "or a DICOM SEG.",
        "unknown-format",
    )


def _refuse_directory(path: Path) -> None:
    if "DirectoryRecordSequence" in read_tags(path, ("DirectoryRecordSequence",), path.name):
        raise not_read(path, "lists what a disc holds", "name the folder of the CT, or the file of the contours")


def _modality(path: Path) -> str:
    return text(read_tags(path, ("Modality",), path.name), "Modality") or "unknown"


def _shown(modality: str) -> str:
    """For a sentence: a damaged header may hold the patient's name there."""
    return modality if modality == "unknown" else known_text("modality", modality)


def _open_nrrd_contours(path: Path) -> SegmentFile:
    return SegNrrdFile(path) if is_seg_nrrd(path) else _read_by_itk(NRRD).open_contours(path)


DICOM = Format(name="DICOM", recognises=is_dicom, read_ct=_refuse_one_dicom_file, open_contours=_open_dicom_contours)
# The first that recognises a file reads it.
FORMATS: tuple[Format, ...] = (
    DICOM,
    replace(_read_by_itk(NRRD), open_contours=_open_nrrd_contours),
    _read_by_itk(NIFTI),
    _read_by_itk(METAIMAGE),
)
