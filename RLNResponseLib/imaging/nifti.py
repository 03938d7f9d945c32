"""NIfTI-1, with what ITK's NIfTI library passes over in silence: two positions, NaN and infinite voxels, a missing end.

Source: nifti1.h, https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h.
"""

from __future__ import annotations

import gzip
import math
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.nifti_geometry import NiftiPlace, read_places
from RLNResponseLib.imaging.stored_voxels import StoredVoxels, first_bytes, is_gzip
from RLNResponseLib.imaging.volume_file import VolumeKind
from RLNResponseLib.imaging.volume_header import VolumeHeader, damaged_header, not_read, without_trailing_ones

_NIFTI_1, _NIFTI_2 = 348, 540
_SINGLE_FILE_START = 352
_BYTE_ORDERS = {"little": "<", "big": ">"}
# NIfTI's data type codes: bytes of a number, numbers a voxel.
_TYPES = {
    2: (1, 1), 4: (2, 1), 8: (4, 1), 16: (4, 1), 32: (4, 2), 64: (8, 1), 128: (1, 3), 256: (1, 1), 512: (2, 1),
    768: (4, 1), 1024: (8, 1), 1280: (8, 1), 1792: (8, 2), 2304: (1, 4),
}  # fmt: skip
# Of them, the floating-point numbers.
_FLOATS = {16: "f4", 64: "f8"}
_MOST_DIMENSIONS = 7
_RESCALED_BYTES = 5
_PERMISSIVE = "ITK_NIFTI_SFORM_PERMISSIVE"


@dataclass(frozen=True, kw_only=True)
class _Fields:
    """The fields of a NIfTI-1 header that are used here."""

    order: str
    dim: tuple[int, ...]
    datatype: int
    pixdim: tuple[float, ...]
    vox_offset: float
    slope: float
    intercept: float
    units: int
    codes: tuple[int, int]
    quaternion: tuple[float, ...]
    rows: tuple[float, ...]
    magic: bytes

    @classmethod
    def of(cls, content: bytes, order: str) -> _Fields:
        def at(offset: int, form: str) -> tuple[Any, ...]:
            return struct.unpack_from(order + form, content, offset)

        return cls(
            order=order,
            dim=at(40, "8h"),
            datatype=at(70, "h")[0],
            pixdim=at(76, "8f"),
            vox_offset=at(108, "f")[0],
            slope=at(112, "f")[0],
            intercept=at(116, "f")[0],
            units=content[123],
            codes=at(252, "2h"),
            quaternion=at(256, "6f"),
            rows=at(280, "12f"),
            magic=content[344:348],
        )


def is_nifti(path: Path) -> bool:
    """Whether the file begins as NIfTI-1 or NIfTI-2 does, compressed or not.

    Parameters
    ----------
    path
        A file that is there.

    Returns
    -------
    bool
    """
    return _start_of(first_bytes(path, 4)) is not None


def _start_of(content: bytes) -> tuple[int, str] | None:
    """The size of the header and numpy's sign for its byte order; None where it is no NIfTI header."""
    for order, sign in _BYTE_ORDERS.items():
        size = int.from_bytes(content[:4], order)  # type: ignore[arg-type]
        if size in (_NIFTI_1, _NIFTI_2):
            return size, sign
    return None


def _fields(path: Path) -> _Fields:
    content = first_bytes(path, _NIFTI_1)
    start = _start_of(content)
    if start is not None and start[0] == _NIFTI_2:
        raise not_read(path, "is NIfTI-2", "save it as NIfTI-1 or NRRD")
    if start is None or len(content) < _NIFTI_1:
        raise damaged_header(path, "NIfTI", "is cut off")
    return _Fields.of(content, start[1])


def _parse(path: Path) -> VolumeHeader:
    _refuse_name(path)
    fields = _fields(path)
    if fields.magic[:3] not in (b"n+1", b"ni1"):
        raise DataRefusedError(
            f"{path.name} lacks the mark of NIfTI, so it is Analyze 7.5, which does not say which side is left, or "
            f"damaged; export the image again as NIfTI or NRRD.",
            "no-geometry",
        )
    if not 1 <= fields.dim[0] <= _MOST_DIMENSIONS or min(fields.dim[1 : fields.dim[0] + 1]) < 1:
        raise damaged_header(path, "NIfTI", "states impossible numbers of voxels")
    if fields.datatype not in _TYPES:
        raise not_read(path, f"holds numbers of NIfTI's type {fields.datatype}", "export one grey-scale volume")
    _refuse_rescale(path, fields)
    number_bytes, components = _TYPES[fields.datatype]
    size = without_trailing_ones(fields.dim[1 : fields.dim[0] + 1])
    voxels = _voxels(path, fields, math.prod(size) * components * number_bytes)
    if len(size) == 5 and size[3] == 1:  # the fifth axis is that of vectors
        components, size = components * size[4], size[:3]
    places: tuple[NDArray[np.float64], ...] = ()
    findings: tuple[Finding, ...] = ()
    if len(size) == 3:
        places, findings = read_places(
            path,
            NiftiPlace(
                size=size,
                pixdim=fields.pixdim,
                codes=fields.codes,
                quaternion=fields.quaternion,
                rows=fields.rows,
                units=fields.units,
            ),
        )
    return VolumeHeader(size=size, components=components, places=places, voxels=voxels, findings=findings)


def _refuse_name(path: Path) -> None:
    """ITK's library goes by the name: the ends must be in one case, and .gz exactly where the file is gzip."""
    end = re.search(r"\.(nii|hdr|img)(\.gz)?$", path.name, re.IGNORECASE)
    sure = end is not None and end[0] in (end[0].lower(), end[0].upper())
    gzipped = is_gzip(path)
    if sure and end is not None and end[1].lower() != "img" and not (gzipped and end[2] is None):
        return
    ends = ".nii.gz or .hdr.gz" if gzipped else ".nii or .hdr"
    raise DataRefusedError(
        f"{path.name} is NIfTI{', compressed with gzip' if gzipped else ''}, and its name must end in {ends}, all "
        f"small or all capital letters; rename it.",
        "wrong-ending",
    )


def _refuse_rescale(path: Path, fields: _Fields) -> None:
    """Refuse a slope and intercept that one reader applies and another does not."""
    slope, intercept = fields.slope, fields.intercept
    if math.isfinite(slope) and math.isfinite(intercept) and (slope or not intercept):
        return
    if math.isnan(slope) and (math.isnan(intercept) or not intercept):  # nibabel's sign for none
        return
    raise DataRefusedError(
        f"{path.name} states a rescale of its values that cannot be (slope {slope:g}, intercept {intercept:g}); export "
        f"it again with its values in HU.",
        "bad-rescale",
    )


def _voxels(path: Path, fields: _Fields, length: int) -> StoredVoxels:
    file = _voxel_file(path)
    stated = fields.vox_offset
    lowest = _SINGLE_FILE_START if file == path else 0
    if not (math.isfinite(stated) and stated == int(stated) and lowest <= stated <= 1 << 40):
        raise damaged_header(path, "NIfTI", "does not state where the voxels begin")
    start = int(stated)
    # ITK rescales through two copies in floating point.
    memory = _RESCALED_BYTES * (length // _TYPES[fields.datatype][0]) if _is_rescaled(fields) else 0
    if file.is_file() and is_gzip(file):
        return StoredVoxels(files=(file,), length=length, start=0, skip=start, encoding="gzip", memory=memory)
    return StoredVoxels(files=(file,), length=length, start=start, memory=memory)


def _restore_non_finite(image: Any, path: Path) -> Any:
    """`image` with the NaN and infinite voxels of its file, which ITK's NIfTI library turns into 0: the HU of water."""
    import SimpleITK as sitk

    fields = _fields(path)
    if fields.datatype not in _FLOATS:
        return image
    stored = np.dtype(f"{fields.order}{_FLOATS[fields.datatype]}")
    array = sitk.GetArrayViewFromImage(image)
    restored: Any = None
    path = _voxel_file(path)
    with gzip.open(path) if is_gzip(path) else path.open("rb") as file:
        file.seek(int(fields.vox_offset))
        # Slice by slice: the whole volume is in memory once already.
        for k, values in enumerate(array.reshape(-1, *array.shape[-2:])):
            found = np.frombuffer(file.read(values.size * stored.itemsize), stored).reshape(values.shape)
            lost = ~np.isfinite(found)
            if lost.any():
                restored = array.copy() if restored is None else restored
                restored.reshape(-1, *array.shape[-2:])[k][lost] = found[lost]
    if restored is None:
        return image
    whole = sitk.GetImageFromArray(restored)
    whole.CopyInformation(image)
    return whole


def _is_rescaled(fields: _Fields) -> bool:
    return bool(fields.slope) and math.isfinite(fields.slope) and (fields.slope, fields.intercept) != (1, 0)


def _voxel_file(path: Path) -> Path:
    """The file with the voxels: itself, or beside an .hdr its .img."""
    stem = re.sub(r"\.hdr(\.gz)?$", "", path.name, flags=re.IGNORECASE)
    if stem == path.name:
        return path
    ends = (".img", ".img.gz", ".IMG", ".IMG.GZ")
    beside = [path.with_name(stem + end) for end in ends]
    return next((other for other in beside if other.is_file()), beside[0])


@contextmanager
def _permissive() -> Iterator[None]:
    """ITK refuses a sform whose axes are off right angles by more than rounding in single precision; what
    `volume_header` lets pass is put straight.
    """
    before = os.environ.get(_PERMISSIVE)
    os.environ[_PERMISSIVE] = "ON"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PERMISSIVE]
        else:
            os.environ[_PERMISSIVE] = before


NIFTI = VolumeKind(
    name="NIfTI",
    image_io="NiftiImageIO",
    recognises=is_nifti,
    parse=_parse,
    restore=_restore_non_finite,
    second_try=_permissive,
)
