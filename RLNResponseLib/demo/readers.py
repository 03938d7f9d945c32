"""Simulated readers: contours as people draw them, slice by slice, with an error of stated millimetres. Never a
person's.

The boundary of the true contour moves along its normal by e mm (outward positive):

    e = bias + √(1 − r²) · own + r · again          with SD(e − bias) = error_sd_mm

`own` is the reader's habit with this lymph node, the same in every round; `again` is new in each round. `r` follows
from the repeat error: the SD of the difference of two rounds of one reader is √2 · r · error_sd_mm = repeat_sd_mm. Both
are Gaussian random fields with a correlation length along the outline, and between neighbouring slices they share the
part `slice_coherence`. A reader also leaves out or adds an end slice now and then.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.records import Contour

# Room around the true contour's box for a boundary that moves out: this many SDs, and the bias.
_REACH_SDS = 4.0
# An odd number, so that a coarse pixel's centre is one of a fine pixel.
_FINER = 3
# Enough to take a pixel's steps away; a disc of 5 mm radius loses 0.05 mm.
_BLUR_PIXELS = 1.0


@dataclass(frozen=True, kw_only=True)
class ReaderModel:
    """How one reader draws.

    Attributes
    ----------
    code
        The reader's code.
    bias_mm
        Systematic displacement of the boundary, outward positive.
    error_sd_mm
        SD of the displacement around the bias.
    repeat_sd_mm
        SD of the difference between two rounds of this reader, at most √2 · error_sd_mm.
    correlation_mm
        How far along the outline the displacement is related (SD of the Gaussian filter).
    slice_coherence
        Correlation of the displacement between neighbouring slices, 0 to 1.
    end_slice_chance
        The chance, at each end, of leaving out or adding a slice.
    """

    code: str
    bias_mm: float = 0.0
    error_sd_mm: float = 1.0
    repeat_sd_mm: float = 0.7
    correlation_mm: float = 4.0
    slice_coherence: float = 0.6
    end_slice_chance: float = 0.2

    def __post_init__(self) -> None:
        usable = (
            self.error_sd_mm >= 0
            and 0 <= self.repeat_sd_mm <= math.sqrt(2) * self.error_sd_mm + 1e-12
            and self.correlation_mm > 0
            and 0 <= self.slice_coherence < 1
            and 0 <= self.end_slice_chance <= 1
        )
        if not usable:
            raise DataRefusedError(
                f"The reader model '{self.code}' is not possible: lengths in mm from 0, a repeat error of at most √2 "
                f"times the error, coherence and chance from 0 to 1; correct it.",
                "bad-reader-model",
            )


READERS: tuple[ReaderModel, ...] = (
    ReaderModel(code="A", bias_mm=-0.2, error_sd_mm=0.6, repeat_sd_mm=0.5),
    ReaderModel(code="B", bias_mm=0.1, error_sd_mm=0.7, repeat_sd_mm=0.6),
)


def draw(
    truth: Contour,
    spacing_mm: tuple[float, float, float],
    shape: tuple[int, int, int],
    reader: ReaderModel,
    reading_round: int,
    seed: int,
) -> Contour:
    """The contour that `reader` draws of `truth` in round 1 or 2.

    Parameters
    ----------
    truth
        The true contour.
    spacing_mm
        (x, y, z) of the CT.
    shape
        [k, j, i] of the CT, beyond which nothing is drawn.
    reader
        How a simulated reader draws.
    reading_round
        1 for the first reading, 2 for the repeat.
    seed
        Of the study; reader, round and lymph node make their own random numbers from it.

    Returns
    -------
    Contour

    Raises
    ------
    DataRefusedError
        lost-contour where so little of a tiny lymph node is left that the reader would draw nothing.
    """
    from scipy.ndimage import binary_fill_holes

    box, inside = _with_room(truth, spacing_mm, shape, reader)
    displacement = reader.bias_mm + _displacement(inside.shape, spacing_mm, reader, truth.name, reading_round, seed)
    drawn = np.stack([_moved(*planes, spacing_mm) for planes in zip(inside, displacement, strict=True)])
    rng = _generator(seed, reader.code, truth.name, f"ends {reading_round}")
    drawn = _move_ends(drawn, inside, reader, rng)
    # A reader draws one closed outline a slice: no holes, no crumbs beside it.
    drawn = np.stack([binary_fill_holes(_largest_part(plane)) for plane in drawn])
    drawn = _largest_part(drawn)
    if not drawn.any():
        raise DataRefusedError(
            f"The simulated reader '{reader.code}' draws nothing of '{truth.name}': it is too small for an error of "
            f"{reader.error_sd_mm:g} mm; use a larger lymph node.",
            "lost-contour",
        )
    local = Contour.from_full_grid(drawn, truth.name)
    corner = tuple(part.start + offset for part, offset in zip(box, local.corner, strict=True))
    return Contour(name=truth.name, voxels=local.voxels, corner=(corner[0], corner[1], corner[2]))


def _generator(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each reader, lymph node and purpose, independent of the order they are drawn in."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def _with_room(
    truth: Contour, spacing_mm: tuple[float, float, float], shape: tuple[int, int, int], reader: ReaderModel
) -> tuple[tuple[slice, slice, slice], NDArray[np.bool_]]:
    reach = _REACH_SDS * reader.error_sd_mm + abs(reader.bias_mm)
    margins = [math.ceil(reach / step) + 1 for step in spacing_mm[::-1]]
    parts = [
        slice(max(0, part.start - margin), min(length, part.stop + margin))
        for part, margin, length in zip(truth.box, margins, shape, strict=True)
    ]
    box = (parts[0], parts[1], parts[2])
    inside = np.zeros([part.stop - part.start for part in box], dtype=bool)
    inside[tuple(slice(p.start - b.start, p.stop - b.start) for p, b in zip(truth.box, box, strict=True))] = (
        truth.voxels
    )
    return box, inside


def _moved(
    plane: NDArray[np.bool_], displacement: NDArray[np.float64], spacing_mm: tuple[float, float, float]
) -> NDArray[np.bool_]:
    """One slice with its outline moved by the displacement, mm outward, at the nearest point of the outline.

    The outline is the mask's half-way level after a slight blur, on a finer grid: distances to the steps of whole
    pixels, whose corners stick out, would move every outline a third of a pixel too far. An empty slice stays empty.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom

    smooth = gaussian_filter(plane.astype(np.float32), _BLUR_PIXELS, mode="nearest")
    if smooth.max() <= 0.5 or plane.all():
        return plane
    fine = zoom(smooth, _FINER, order=1, mode="nearest", grid_mode=True) > 0.5
    sampling = (spacing_mm[1] / _FINER, spacing_mm[0] / _FINER)
    half = sum(sampling) / 4
    centres = (slice(_FINER // 2, None, _FINER), slice(_FINER // 2, None, _FINER))
    outward, nearest_in = distance_transform_edt(~fine, sampling, return_indices=True)
    inward, nearest_out = distance_transform_edt(fine, sampling, return_indices=True)
    distance = np.where(fine, half - inward, outward - half)[centres]
    nearest = np.where(fine, nearest_out, nearest_in)[:, *centres] // _FINER
    moved: NDArray[np.bool_] = distance < displacement[tuple(nearest)]
    return moved


def _displacement(
    shape: tuple[int, ...],
    spacing_mm: tuple[float, float, float],
    reader: ReaderModel,
    name: str,
    reading_round: int,
    seed: int,
) -> NDArray[np.float64]:
    if reader.error_sd_mm == 0:
        return np.zeros(shape)
    r = reader.repeat_sd_mm / (math.sqrt(2) * reader.error_sd_mm)
    own = _field(shape, spacing_mm, reader, _generator(seed, reader.code, name, "own"))
    again = _field(shape, spacing_mm, reader, _generator(seed, reader.code, name, f"round {reading_round}"))
    return reader.error_sd_mm * (math.sqrt(max(0.0, 1 - r * r)) * own + r * again)


def _field(
    shape: tuple[int, ...], spacing_mm: tuple[float, float, float], reader: ReaderModel, rng: np.random.Generator
) -> NDArray[np.float64]:
    """A Gaussian random field of SD 1, smooth within the slice, autoregressive from slice to slice."""
    from scipy.ndimage import gaussian_filter

    sigma = (reader.correlation_mm / spacing_mm[1], reader.correlation_mm / spacing_mm[0])
    margin = [math.ceil(4 * s) for s in sigma]
    gain = _gain(sigma)
    previous = None
    planes = []
    for _ in range(shape[0]):
        white = rng.standard_normal((shape[1] + 2 * margin[0], shape[2] + 2 * margin[1]))
        fresh = gaussian_filter(white, sigma)[margin[0] : -margin[0], margin[1] : -margin[1]] / gain
        c = reader.slice_coherence
        previous = fresh if previous is None else c * previous + math.sqrt(1 - c * c) * fresh
        planes.append(previous)
    return np.stack(planes)


def _gain(sigma: tuple[float, float]) -> float:
    """The SD that white noise of SD 1 has after the filter, from the filter's own weights."""
    from scipy.ndimage import gaussian_filter1d

    gain = 1.0
    for s in sigma:
        impulse = np.zeros(2 * math.ceil(4 * s) + 3)
        impulse[impulse.size // 2] = 1
        gain *= float(np.sqrt((gaussian_filter1d(impulse, s) ** 2).sum()))
    return gain


def _move_ends(
    drawn: NDArray[np.bool_], truth: NDArray[np.bool_], reader: ReaderModel, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Leave out or add the lowest and the highest slice now and then; always keep two."""
    moved = drawn.copy()
    for towards in (-1, 1):
        chance, leave_out = rng.random(), rng.random() < 0.5
        levels = np.flatnonzero(truth.any(axis=(1, 2)))
        end = int(levels[0] if towards < 0 else levels[-1])
        if chance >= reader.end_slice_chance:
            continue
        if leave_out and np.count_nonzero(moved.any(axis=(1, 2))) > 2:
            moved[end] = False
        elif not leave_out and 0 <= end + towards < len(moved):
            moved[end + towards] = drawn[end] & truth[end]
    return moved


def _largest_part(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from scipy.ndimage import label

    parts, count = label(inside)
    if count <= 1:
        return inside
    largest: NDArray[np.bool_] = parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))
    return largest
