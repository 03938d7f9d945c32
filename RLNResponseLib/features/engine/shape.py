"""Shape features: the surface mesh (marching cubes at the half-way level, Lorensen and Cline 1987), diameters, axes.

A mesh's area and volume are sums over its cubes, and a cube's share depends on its kind and its place alone. So the
cubes are counted by kind, and no triangle is ever made.

The largest distances between vertices are, to the last bit, those of pyradiomics, without comparing all pairs: along a
line of the grid, the rounded distance to any fixed point is largest at one of the line's two ends, as subtraction,
square and sum are each monotone under rounding. So only the ends of every line can count, first along one axis, then,
of what is left, along the next.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.features.engine.crop import Region

# (slice, column, row, 3D) in mm, the order of pyradiomics' cShape.
Diameters = tuple[float, float, float, float]

# How many pairs are compared at once: 8 MB an array.
_PAIRS = 1_000_000
# Rounding of a distance is below 1e-15 of it; a point this far from reaching the best pair cannot.
_SLACK = 1e-9


def mesh_diameters(vertices: NDArray[np.intp], spacing: NDArray[np.float64]) -> Diameters:
    """The largest distance within a slice (equal k), a column (equal j), a row (equal i), and anywhere.

    Parameters
    ----------
    vertices
        [axis, vertex] in half voxels, axes (k, j, i).
    spacing
        (k, j, i) in mm.

    Returns
    -------
    Diameters
    """
    within = [_largest_within_planes(vertices, spacing, axis) for axis in range(3)]
    return within[0], within[1], within[2], _largest(vertices, spacing)


def _largest_within_planes(vertices: NDArray[np.intp], spacing: NDArray[np.float64], axis: int) -> float:
    """The largest distance between two vertices with the same index on `axis`."""
    kept = vertices
    for along in range(3):
        if along != axis:
            kept = _ends_of_lines(kept, along)
    kept = kept[:, np.argsort(kept[axis], kind="stable")]
    _, count = np.unique(kept[axis], return_counts=True)
    widest = int(count.max())
    # A row for each plane; the shorter ones repeat their last vertex, which adds no distance.
    column = np.minimum(np.arange(widest)[None, :], count[:, None] - 1) + (np.cumsum(count) - count)[:, None]
    points = kept[:, column] * 0.5 * spacing[:, None, None]
    best = 0.0
    step = max(1, _PAIRS // widest**2)
    for start in range(0, len(count), step):
        rows = points[:, start : start + step]
        best = max(best, float(_squared(rows[:, :, :, None], rows[:, :, None, :]).max()))
    return float(np.sqrt(best))


def _largest(vertices: NDArray[np.intp], spacing: NDArray[np.float64]) -> float:
    kept = vertices
    for along in (2, 1, 0):
        kept = _ends_of_lines(kept, along)
    points = kept * 0.5 * spacing[:, None]
    centre = (points.min(axis=1) + points.max(axis=1)) / 2
    radius = np.sqrt(((points - centre[:, None]) ** 2).sum(axis=0))
    # A pair that is about the longest: the point furthest out, then the furthest from it, twice.
    start, lower = int(radius.argmax()), 0.0
    for _ in range(3):
        squared = _squared(points, points[:, start : start + 1])
        start = int(squared.argmax())
        lower = max(lower, float(squared[start]))
    reach = radius + radius.max()
    points = points[:, reach * reach >= lower * (1 - _SLACK)]
    best = lower
    step = max(1, _PAIRS // points.shape[1])
    for first in range(0, points.shape[1], step):
        chunk = points[:, first : first + step]
        best = max(best, float(_squared(chunk[:, :, None], points[:, None, :]).max()))
    return float(np.sqrt(best))


def _ends_of_lines(vertices: NDArray[np.intp], along: int) -> NDArray[np.intp]:
    """The first and the last vertex of every grid line that runs along one axis."""
    one, other = (axis for axis in range(3) if axis != along)
    extent = vertices.max(axis=1) + 1
    line = vertices[one] * extent[other] + vertices[other]
    low = np.full(int(extent[one] * extent[other]), extent[along])
    high = np.full_like(low, -1)
    np.minimum.at(low, line, vertices[along])
    np.maximum.at(high, line, vertices[along])
    return vertices[:, (vertices[along] == low[line]) | (vertices[along] == high[line])]


def _squared(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances, added in the order of pyradiomics' cshape.c; the axes come first."""
    squared: NDArray[np.float64] = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
    return squared


_KINDS = 256
# A covariance's eigenvalue may come out this far below 0 by rounding (pyradiomics' limit).
_ROUNDING = -1e-10


class Shape:
    """The shape features of a region; each measure is computed when a feature asks for it."""

    def __init__(self, region: Region) -> None:
        self._padded = np.pad(region.mask, 1)
        i, j, k = region.spacing
        self._spacing = (k, j, i)

    @cached_property
    def _surface(self) -> tuple[float, float]:
        return mesh_area_and_volume(self._padded, self._spacing)

    @cached_property
    def _diameters(self) -> Diameters:
        return mesh_diameters(mesh_vertices(self._padded), np.array(self._spacing))

    @cached_property
    def _axes(self) -> tuple[float, float, float]:
        """Eigenvalues of the covariance of the voxels' places in mm², ascending."""
        # An axis lies together in memory, which decides in what order numpy adds: the same as in pyradiomics, for its
        # bits.
        places = np.array(np.nonzero(self._padded)).T * self._spacing
        places -= places.mean(axis=0)
        places /= np.sqrt(len(places))
        values = np.linalg.eigvals(np.dot(places.T.copy(), places)).real
        values[(values < 0) & (values > _ROUNDING)] = 0
        least, minor, major = np.sort(values).tolist()
        return least, minor, major

    def area(self) -> float:
        """Mesh area, mm²."""
        return self._surface[0]

    def volume(self) -> float:
        """Mesh volume, mm³."""
        return self._surface[1]

    def surface_volume_ratio(self) -> float:
        """Area over volume, 1/mm."""
        return self.area() / self.volume()

    def sphericity(self) -> float:
        """The area of a ball of the same volume, over the area: (36 π V²)^(1/3) / A."""
        return float((36 * np.pi * self.volume() ** 2) ** (1.0 / 3.0) / self.area())

    def axis_length(self, axis: int) -> float:
        """4 √λ in mm of the least (0), minor (1) or major (2) axis."""
        return 4 * _square_root(self._axes[axis])

    def axis_ratio(self, axis: int) -> float:
        """√(λ / λ of the major axis)."""
        shorter, major = self._axes[axis], self._axes[2]
        return _square_root(shorter / major) if shorter >= 0 and major > 0 else math.nan

    def diameter(self, position: int) -> float:
        """The largest distance of two vertices in mm: within a slice, a column, a row, or anywhere."""
        return self._diameters[position]


FEATURES: Mapping[str, Callable[[Shape], float]] = MappingProxyType(
    {
        "MeshVolume": Shape.volume,
        "SurfaceArea": Shape.area,
        "SurfaceVolumeRatio": Shape.surface_volume_ratio,
        "Sphericity": Shape.sphericity,
        "Maximum2DDiameterSlice": lambda shape: shape.diameter(0),
        "Maximum2DDiameterColumn": lambda shape: shape.diameter(1),
        "Maximum2DDiameterRow": lambda shape: shape.diameter(2),
        "Maximum3DDiameter": lambda shape: shape.diameter(3),
        "LeastAxisLength": lambda shape: shape.axis_length(0),
        "MinorAxisLength": lambda shape: shape.axis_length(1),
        "MajorAxisLength": lambda shape: shape.axis_length(2),
        "Elongation": lambda shape: shape.axis_ratio(1),
        "Flatness": lambda shape: shape.axis_ratio(0),
    }
)


def mesh_area_and_volume(mask: NDArray[np.bool_], spacing: tuple[float, float, float]) -> tuple[float, float]:
    """Area in mm² and volume in mm³ of a mask's mesh.

    The volume is the sum of det(a, b, c) / 6 over the triangles: with p a cube's corner and a = p + a′, a cube adds
    det(a′, b′, c′) + p · (a′×b′ + b′×c′ + c′×a′). In half voxels all of that is whole numbers, so it is exact up to the
    last multiplication. The mesh of the table is not closed everywhere; corner (0, 0, 0) of the mask is the origin, as
    in pyradiomics' `cshape.c`.

    Parameters
    ----------
    mask
        [k, j, i], with an empty voxel on every side.
    spacing
        (k, j, i) in mm.

    Returns
    -------
    tuple[float, float]
    """
    kinds = cube_kinds(mask)
    flat = kinds.ravel()
    cut = np.flatnonzero((flat != 0) & (flat != _KINDS - 1))
    kind = flat[cut]
    number = np.bincount(kind, minlength=_KINDS)
    _, nj, ni = kinds.shape
    slices, rest = np.divmod(cut, nj * ni)
    rows, columns = np.divmod(rest, ni)
    determinants, vectors = _kind_volumes()
    eighths = int(number @ determinants) + 2 * sum(
        int(np.bincount(kind, weights=place, minlength=_KINDS).astype(np.int64) @ vectors[:, axis])
        for axis, place in enumerate((slices, rows, columns))
    )
    volume = eighths / 48 * math.prod(spacing)
    return float(number @ kind_areas(spacing)), volume


def cube_kinds(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The kind of every cube of eight neighbouring voxels: the sum of 2^place of the corners inside ("corners").

    Parameters
    ----------
    mask
        [k, j, i], the voxels inside.

    Returns
    -------
    NDArray[np.uint8]
    """
    voxels = mask.view(np.uint8)
    near, far = voxels[:, :, :-1], voxels[:, :, 1:]
    lower = (near | far << 1)[:, :-1]
    upper = (far << 2 | near << 3)[:, 1:]
    faces = lower | upper
    return (faces[:-1] | faces[1:] << 4).astype(np.uint8, copy=False)


def mesh_vertices(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The mesh's vertices [axis, vertex] in half voxels: half-way on every edge between inside and outside.

    Parameters
    ----------
    mask
        [k, j, i], with an empty voxel on every side.

    Returns
    -------
    NDArray[np.intp]
    """
    by_axis = []
    for axis in range(3):
        vertices = 2 * np.stack(np.nonzero(np.diff(mask, axis=axis)))
        vertices[axis] += 1
        by_axis.append(vertices)
    return np.concatenate(by_axis, axis=1)


@cache
def _triangles() -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.int64]]:
    """Corners [corner, axis, triangle] in half voxels of all kinds' triangles, their kinds, and the side that each
    faces.
    """
    table = json.loads((resources_folder() / "engine" / "marching_cubes.json").read_text(encoding="utf-8"))
    corners = np.array(table["corners"])
    middles = corners[np.array(table["edges"])].sum(axis=1)
    half = len(table["cubes"])
    rows, kinds, sides = [], [], []
    for kind in range(_KINDS):
        for edges in table["cubes"][kind if kind < half else _KINDS - 1 - kind]:
            rows.append(middles[edges])
            kinds.append(kind)
            sides.append(1 if kind < half else -1)
    return np.array(rows).transpose(1, 2, 0).astype(np.int64), np.array(kinds), np.array(sides)


@cache
def _kind_volumes() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What one cube of each kind adds to the volume: its own determinants, and the vector that its corner
    multiplies.
    """
    (a, b, c), kinds, sides = _triangles()
    vectors = np.cross(a, b, axis=0) + np.cross(b, c, axis=0) + np.cross(c, a, axis=0)
    determinants = (np.cross(a, b, axis=0) * c).sum(axis=0)
    of_kind = np.zeros((_KINDS, 4), dtype=np.int64)
    np.add.at(of_kind, kinds, (np.vstack([determinants, vectors]) * sides).T)
    return of_kind[:, 0].copy(), of_kind[:, 1:].copy()


@lru_cache(maxsize=16)
def kind_areas(spacing: tuple[float, float, float]) -> NDArray[np.float64]:
    """The area of the triangles in one cube of each kind, mm².

    Parameters
    ----------
    spacing
        (k, j, i) in mm.

    Returns
    -------
    NDArray[np.float64]
        (256,), by `cube_kinds`.
    """
    corners, kinds, _ = _triangles()
    a, b, c = corners * 0.5 * np.array(spacing)[:, None]
    areas = 0.5 * np.sqrt((np.cross(a - c, b - c, axis=0) ** 2).sum(axis=0))
    return np.bincount(kinds, weights=areas, minlength=_KINDS).astype(np.float64)


def _square_root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan
