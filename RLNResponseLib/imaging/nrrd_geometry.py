"""Where the voxels of an NRRD lie, as its header states it: size, components and place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.volume_header import (
    affine_of,
    damaged_header,
    no_geometry,
    not_read,
    numbers,
    place_not_stated,
    without_trailing_ones,
)

# Of the format's spaces, the sign that turns each axis to left, posterior, superior.
_SPACES = {
    "left-posterior-superior": (1, 1, 1), "lps": (1, 1, 1), "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1), "left-anterior-superior": (1, -1, 1), "las": (1, -1, 1),
}  # fmt: skip
# Spaces that do not say where left is.
_UNORIENTED = {"scanner-xyz", "3d-right-handed", "3d-left-handed"}
# Kinds of axes along which the volume extends; along the others lie the numbers of one voxel.
_DOMAIN = {"domain", "space", "time", "???", "none"}
_MILLIMETRE = {"", "mm", "millimeter", "millimeters", "millimetre", "millimetres", "none", "???"}
_MINS_ARE_EDGES = "axis mins for the outer edge of the first voxel"
_VECTOR = re.compile(r"none|\([^()]*\)", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class NrrdGeometry:
    """What `VolumeHeader` holds of a place."""

    size: tuple[int, ...]
    components: int
    places: tuple[NDArray[np.float64], ...]
    findings: tuple[Finding, ...]


def read_geometry(path: Path, fields: Mapping[str, str], sizes: tuple[int, ...]) -> NrrdGeometry:
    """The geometry that the fields of a header state.

    Parameters
    ----------
    path
        The file, for sentences.
    fields
        By their names in lower case.
    sizes
        One of them, read: the length of each axis.

    Returns
    -------
    NrrdGeometry

    Raises
    ------
    DataRefusedError
        unreadable-image, form-not-read (several axes of components), no-geometry.
    """
    kinds = fields.get("kinds", " ".join(["domain"] * len(sizes))).lower().split()
    if len(kinds) != len(sizes):
        raise damaged_header(path, "NRRD", "states kinds for another number of axes than it has")
    domain = [axis for axis, kind in enumerate(kinds) if kind in _DOMAIN]
    if len(domain) < len(sizes) - 1:
        raise not_read(path, "has several axes of numbers that belong to one voxel", "export one grey-scale volume")
    components = [length for axis, length in enumerate(sizes) if axis not in domain]
    size = without_trailing_ones([sizes[axis] for axis in domain])
    if len(size) != 3 or min(size) < 1:
        return NrrdGeometry(size=size, components=components[0] if components else 1, places=(), findings=())
    affine, findings = _place(path, fields, domain[:3], len(sizes))
    return NrrdGeometry(size=size, components=components[0] if components else 1, places=(affine,), findings=findings)


def _place(
    path: Path, fields: Mapping[str, str], axes: list[int], dimension: int
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    if "space directions" not in fields:
        return _upright(path, fields, axes, dimension)
    _refuse_other_units(path, fields.get("space units", ""), range(3))
    space = fields.get("space", "").lower().removesuffix("-time").removesuffix("t")
    if not ("space" in fields or "space dimension" in fields):
        raise damaged_header(path, "NRRD", "states directions, but no space that they lie in")
    if "space" in fields and space not in _SPACES and space not in _UNORIENTED:
        raise damaged_header(path, "NRRD", "names a space that the format does not have")
    vectors = _VECTOR.findall(fields["space directions"])
    if len(vectors) != dimension or _VECTOR.sub("", fields["space directions"]).strip():
        raise damaged_header(path, "NRRD", "states directions for another number of axes than it has")
    columns = [_vector(vectors[axis]) for axis in axes]
    if any(column is None for column in columns):
        raise no_geometry(path)
    sign = np.array(_SPACES.get(space, (1, 1, 1)))
    left_out = [] if space in _SPACES else ["no space that says where left is (the first axis is taken to go left)"]
    origin = _vector(fields.get("space origin", "none"))
    if origin is None:
        if fields.get("space origin", "none").lower() != "none":
            raise no_geometry(path)
        left_out.append("no origin (0, 0, 0 is taken)")
        origin = np.zeros(3)
    affine = affine_of(np.array(columns).T * sign[:, None], origin * sign)
    return affine, tuple(place_not_stated(path, what) for what in left_out)


def _vector(text: str) -> NDArray[np.float64] | None:
    """The first three numbers of a vector, which may have a fourth for time; None where it is none."""
    parts = text.strip("() ").split(",")
    found = numbers(" ".join(parts), len(parts))
    return None if found is None or found.size not in (3, 4) else found[:3]


def _upright(
    path: Path, fields: Mapping[str, str], axes: list[int], dimension: int
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """The place of a volume that states spacings at most."""
    _refuse_other_units(path, fields.get("units", ""), axes)
    spacing = numbers(fields.get("spacings", " ".join(["1"] * dimension)), dimension)
    if spacing is None or not (spacing[axes] > 0).all():
        raise no_geometry(path)
    what = "neither origin nor orientation (0, 0, 0 and upright are taken)"
    if "spacings" not in fields:
        what = "neither spacing, origin nor orientation (1 mm, 0, 0, 0 and upright are taken)"
    origin = np.zeros(dimension)
    if "axis mins" in fields:
        stated = numbers(fields["axis mins"], dimension)
        if stated is None:
            raise no_geometry(path)
        at_nodes = [word == "node" for word in fields.get("centers", "").lower().split()]
        origin = stated + np.where(at_nodes if len(at_nodes) == dimension else False, 0, spacing / 2)
        origin = np.where(np.isfinite(stated), origin, 0)
        said = "axis mins are taken for its origin" if all(at_nodes) and at_nodes else _MINS_ARE_EDGES
        what = f"no orientation (upright is taken, and its {said})"
    return affine_of(np.diag(spacing[axes]), origin[axes]), (place_not_stated(path, what),)


def _refuse_other_units(path: Path, text: str, axes: range | list[int]) -> None:
    units = _QUOTED.findall(text)
    for axis in axes:
        unit = units[axis].strip() if axis < len(units) else ""
        if unit.lower() not in _MILLIMETRE:
            raise DataRefusedError(
                f"{path.name} states its lengths in another unit than mm; export it in mm.", "no-geometry"
            )
