"""Area, volume and diameters of a contour's surface mesh: the same floats as pyradiomics' cShape, without its waiting.

The mesh is pyradiomics' marching cubes at the half-way level (Lorensen and Cline 1987). Every number is computed by the
same expressions in the same order as in pyradiomics' `cshape.c`, as arrays: sums run over the triangles in the order of
the C loops. Diameters are another matter: cShape compares all pairs of vertices, features/diameters.py only those that
can be the furthest apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.features.diameters import Diameters, mesh_diameters

# The corners of a cube [k, j, i], in the order of the bits of its index (`gridAngles`).
_CORNERS = ((0, 0, 0), (0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0))
# The middle of each of the twelve edges, in half voxels (`vertList`).
_EDGES = (
    (0, 0, 1), (0, 1, 2), (0, 2, 1), (0, 1, 0), (2, 0, 1), (2, 1, 2),
    (2, 2, 1), (2, 1, 0), (1, 0, 0), (1, 0, 2), (1, 2, 2), (1, 2, 0),
)  # fmt: skip
# The triangles of the first 128 cubes, three edges each as hexadecimal digits, "-" for none: `triTable` of pyradiomics
# (BSD 3-clause, https://github.com/AIM-Harvard/pyradiomics), in its order, which the floats depend on.
_TRIANGLES = """
    - 083 190 183198 12a 08312a 92a029 2832a8a98 b23 b2008b 190b23 b2119b98b 3a1ba3 a1008a8ba 9033b9ba9 98aba8 478
    043473 190478 194147173 12a478 34730412a 92a902478 2a9297273479 478b23 b47b24204 190478b23 47b94bb29192
    3a1ba3478 ba114b10447b 4789033b9ba9 47b4b99ba 954 954083 054015 854835315 12a954 08312a954 2a5542240
    2a5325354834 954b23 b2008b954 054015b23 215258b28548 3a1ba3954 549a1008a8ba 54050ba5bb03 548a58ba8 789579
    309539357 780017715 157173 78957912a 12a309395357 0288258572a5 2a5253357 579789b23 579972209b27 b23018178157
    21b17b157 7895793a1ba3 5705097b0a10ba0 ba003ba50078570 ba557b 65a 08365a 19065a 18319865a 165126 165126083
    965906026 598582526832 b2365a b2008b65a 190b2365a b2119b98b65a 63b653513 08b0b50515b6 63b036065059 65969bb98
    47865a 04347365a 19047865a 19414717365a 478165126 043473165126 478965906026 739479329596269 b2347865a
    b47b2420465a 190b2347865a 47b94bb2919265a 47863b653513 51b5b610b47b04b 47863b036065059 65969b4797b9 a4964a
    a4964a083 01aa60640 18316886461a 149124264 149124264083 024426 832824426 b23a4964a b2008ba4964a b2301aa60640
    64161a148b2118b 964369139b63 18b081b61149641 63b036640 86468b 67a78a89a 67a0a709a073 67a1a7178018 67a1a7173
    126168189678 269129679309739 078706602 273267 b2367a78a89a 207b2709767a9a7 67a1a7178018b23 b2117ba61167
    896678169b63136 09167b 07870603bb60 67b
"""
_FULL = 0xFF
_FLIPPED = 0x80


@dataclass(frozen=True)
class Surface:
    """Area in mm² and volume in mm³ of the mesh."""

    area: float
    volume: float


def mesh_surface(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> Surface:
    """The surface of a mask.

    mask     [k, j, i], with an empty voxel on every side
    spacing  (k, j, i) in mm
    returns  what cShape.calculate_coefficients(mask, spacing) gives first and second
    """
    cubes, origins = _cubes(mask)
    flipped = cubes >= _FLIPPED
    cubes = np.where(flipped, cubes ^ _FULL, cubes)
    first, count, edges = _triangle_table()
    number = count[cubes]
    # Which row of the table each triangle is: cube after cube, each with its own run of rows.
    before = np.cumsum(number) - number
    row = np.arange(int(number.sum())) - np.repeat(before - first[cubes], number)
    # [axis, corner, triangle] in half voxels, then in mm: (voxel + half) · spacing is exact up to its one rounding.
    halves = edges[:, :, row] + 2 * np.repeat(origins, number, axis=1)[:, None, :]
    a, b, c = (tuple(halves[axis, corner] * 0.5 * spacing[axis] for axis in range(3)) for corner in range(3))
    sign = np.repeat(np.where(flipped, -1.0, 1.0), number)
    cross = _cross(a, b)
    volumes = sign * (cross[0] * c[0] + cross[1] * c[1] + cross[2] * c[2])
    cross = _cross(
        (a[0] - c[0], a[1] - c[1], a[2] - c[2]),
        (b[0] - c[0], b[1] - c[1], b[2] - c[2]),
    )
    areas = 0.5 * np.sqrt(cross[0] * cross[0] + cross[1] * cross[1] + cross[2] * cross[2])
    return Surface(_in_order(areas), _in_order(volumes) / 6)


def mesh_vertices(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The mesh's vertices [axis, vertex] in half voxels: half-way on every edge between inside and outside.

    mask  [k, j, i], with an empty voxel on every side
    """
    found = []
    for axis in range(3):
        vertices = 2 * np.stack(np.nonzero(np.diff(mask, axis=axis)))
        vertices[axis] += 1
        found.append(vertices)
    return np.concatenate(found, axis=1)


def surface_of(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> Surface:
    """`mesh_surface` where it gives the floats of the installed pyradiomics, else pyradiomics' own."""
    if same_floats_as_pyradiomics():
        return mesh_surface(mask, spacing)
    area, volume, _ = _from_pyradiomics(mask, spacing)
    return Surface(area, volume)


def diameters_of(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> Diameters:
    """(slice, column, row, 3D) in mm, as cShape gives them; by the short way where that gives the same floats."""
    if same_floats_as_pyradiomics():
        return mesh_diameters(mesh_vertices(mask), spacing)
    return _from_pyradiomics(mask, spacing)[2]


@cache
def same_floats_as_pyradiomics() -> bool:
    """Whether the installed pyradiomics, as it was compiled here, agrees to the last bit on a rugged shape.

    A compiler may fuse multiplication and addition (ARM), and a later pyradiomics may change its table: then its own
    function is used, and nothing but time is lost.
    """
    mask = np.pad(np.random.default_rng(0).random((7, 8, 9)) < 0.5, 1)
    spacing = np.array([2.5, 0.683, 0.683])
    area, volume, diameters = _from_pyradiomics(mask, spacing)
    ours = mesh_surface(mask, spacing)
    return (area, volume, diameters) == (ours.area, ours.volume, mesh_diameters(mesh_vertices(mask), spacing))


def _from_pyradiomics(
    mask: NDArray[np.bool_], spacing: NDArray[np.float64]
) -> tuple[float, float, tuple[float, float, float, float]]:
    from radiomics import cShape

    area, volume, (in_slice, in_column, in_row, any_way) = cShape.calculate_coefficients(mask, spacing)
    return float(area), float(volume), (float(in_slice), float(in_column), float(in_row), float(any_way))


def _cubes(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The index of every cube that the surface cuts, in the order of its corner, and that corner [axis, cube]."""
    nk, nj, ni = mask.shape
    voxels = mask.view(np.uint8)
    index = np.zeros((nk - 1, nj - 1, ni - 1), dtype=np.uint8)
    for bit, (k, j, i) in enumerate(_CORNERS):
        index |= voxels[k : k + nk - 1, j : j + nj - 1, i : i + ni - 1] << np.uint8(bit)
    flat = index.ravel()
    cut = np.flatnonzero((flat != 0) & (flat != _FULL))
    return flat[cut].astype(np.intp), np.stack(np.unravel_index(cut, index.shape))


@cache
def _triangle_table() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """First row and number of rows of each cube, and the rows: corners of triangles [axis, corner, row] in half voxels."""
    words = ["" if word == "-" else word for word in _TRIANGLES.split()]
    count = np.array([len(word) // 3 for word in words])
    edges = np.array([_EDGES[int(digit, 16)] for word in words for digit in word]).reshape(-1, 3, 3)
    return np.cumsum(count) - count, count, np.ascontiguousarray(edges.transpose(2, 1, 0))


def _cross(a: tuple[NDArray[np.float64], ...], b: tuple[NDArray[np.float64], ...]) -> tuple[NDArray[np.float64], ...]:
    return a[1] * b[2] - b[1] * a[2], a[2] * b[0] - b[2] * a[0], a[0] * b[1] - b[0] * a[1]


def _in_order(terms: NDArray[np.float64]) -> float:
    """The sum from first to last, as a C loop adds; numpy's own sum adds in pairs and rounds otherwise."""
    return float(np.add.accumulate(terms)[-1])
