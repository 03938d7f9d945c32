"""How a study stores a CT, and reading only some slices of it.

The voxels are stored as they are (NRRD, encoding raw). Gzip halves a CT's file and costs ten times the reading: all of it
must be unpacked to reach one slice. A raw file holds every slice at a known place. Figures: docs/scale.md.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.quiet import quiet

_LONGEST_HEADER = 1 << 16
_TYPES = {
    "signed char": "i1",
    "unsigned char": "u1",
    "short": "i2",
    "unsigned short": "u2",
    "int": "i4",
    "unsigned int": "u4",
    "float": "f4",
    "double": "f8",
}


def write_stored_ct(path: Path, image: Any) -> None:
    """Write a SimpleITK image as the study stores it. Raises OSError where the disk refuses."""
    import SimpleITK as sitk

    try:
        with quiet():
            sitk.WriteImage(image, str(path), useCompression=False)
    except RuntimeError:
        raise OSError(None, "the image could not be written") from None


def read_stored_slices(path: Path, reader: Any, first: int, stop: int) -> Any | None:
    """Slices `first` to `stop` - 1 of a raw NRRD as a SimpleITK image at their place; None where the file is not one.

    reader  from `volume_file.read_header`, which has judged the header

    Raises DataRefusedError (truncated-image) where the file ends before its voxels do; OSError.
    """
    import SimpleITK as sitk

    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
        blank_line = start.find(b"\n\n")
        kind = _voxel_type(start[: max(blank_line, 0)])
        if kind is None:
            return None
        columns, rows, slices = reader.GetSize()
        offset, slice_bytes = blank_line + 2, columns * rows * kind.itemsize
        if path.stat().st_size < offset + slices * slice_bytes:
            raise DataRefusedError(
                f"{path.name} is damaged: it ends before the voxels that its header claims; copy or export it again.",
                "truncated-image",
            )
        file.seek(offset + first * slice_bytes)
        voxels = np.fromfile(file, kind, (stop - first) * rows * columns)
    image = sitk.GetImageFromArray(
        voxels.reshape(stop - first, rows, columns).astype(kind.newbyteorder("="), copy=False)
    )
    image.SetSpacing(reader.GetSpacing())
    image.SetDirection(reader.GetDirection())
    direction = np.array(reader.GetDirection()).reshape(3, 3)
    image.SetOrigin((np.array(reader.GetOrigin()) + direction[:, 2] * reader.GetSpacing()[2] * first).tolist())
    return image


def _voxel_type(header: bytes) -> np.dtype[Any] | None:
    """The type of the voxels that follow the header themselves, one number each, uncompressed; None for any other file."""
    fields = dict(re.findall(r"^([a-z ]+): *(.*?)\r?$", header.decode("ascii", "replace"), re.MULTILINE))
    sizes = fields.get("sizes", "").split()
    plain = not any(name in fields for name in ("data file", "datafile", "line skip", "byte skip"))
    if not plain or fields.get("encoding") != "raw" or len(sizes) != 3 or fields.get("type") not in _TYPES:
        return None
    if not math.prod(map(int, sizes)):
        return None
    order = {"little": "<", "big": ">"}.get(fields.get("endian", ""), "=")
    return np.dtype(order + _TYPES[fields["type"]])
