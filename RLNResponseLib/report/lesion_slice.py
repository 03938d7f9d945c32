"""The slice of a CT that shows a contour best, turned the way radiologists look at it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.imaging.records import Contour, CTImage

SMALLEST_ZOOM_MM = 50.0
ZOOM_FACTOR = 2.0


@dataclass(frozen=True)
class LesionSlice:
    """One axial slice in radiological convention: the patient's right on the left, anterior at the top.

    pixels      HU [row, column]
    inside      bool [row, column], the contour on this slice
    spacing_mm  between (rows, columns)
    axis        the image's own axis across the slices: "k", or "i" or "j" where the file stores other planes
    index       the slice's index on that axis
    area_mm2    of the contour on this slice
    """

    pixels: NDArray[np.float32]
    inside: NDArray[np.bool_]
    spacing_mm: tuple[float, float]
    axis: str
    index: int
    area_mm2: float

    @property
    def size_mm(self) -> tuple[float, float]:
        """(height, width) of the slice, from edge to edge of its outer pixels."""
        rows, columns = self.pixels.shape
        return rows * self.spacing_mm[0], columns * self.spacing_mm[1]

    def zoom_mm(self) -> tuple[float, float, float]:
        """(left, top, side) of the square to enlarge, mm from the slice's top left corner.

        Twice the contour's extent and at least 50 mm, moved back into the slice where it would leave it and the slice
        is large enough.
        """
        spans = []
        for axis, spacing in ((1, self.spacing_mm[1]), (0, self.spacing_mm[0])):
            hit = np.flatnonzero(self.inside.any(axis=1 - axis))
            spans.append((float(hit[0]) * spacing, float(hit[-1] + 1) * spacing))
        side = max(SMALLEST_ZOOM_MM, ZOOM_FACTOR * max(high - low for low, high in spans))
        height, width = self.size_mm
        left, top = (
            _moved_inside((low + high - side) / 2, side, size)
            for (low, high), size in zip(spans, (width, height), strict=True)
        )
        return left, top, side


def largest_slice(ct: CTImage, contour: Contour) -> LesionSlice:
    """The axial slice on which `contour` has its largest area; the first of them where several share it.

    The image's direction decides which of its axes run nearest to the patient's left, posterior and superior; oblique
    images are shown in their own nearest plane, without resampling.
    """
    import SimpleITK

    direction = np.array(ct.image.GetDirection()).reshape(3, 3)[::-1, ::-1]  # [S P L, k j i]
    across, down, along = _axes_by_body(direction)
    spacing = ct.image.GetSpacing()[::-1]

    areas = np.moveaxis(contour.voxels, across, 0).sum(axis=(1, 2))
    offset = int(np.argmax(areas))
    index = contour.corner[across] + offset
    values = SimpleITK.GetArrayViewFromImage(ct.image)
    pixels = values.take(index, axis=across)
    inside = np.zeros(pixels.shape, dtype=bool)
    inside[tuple(side for axis, side in enumerate(contour.box) if axis != across)] = contour.voxels.take(
        offset, axis=across
    )

    def turned(plane: NDArray[Any]) -> NDArray[Any]:
        plane = plane if down < along else plane.T
        rows = -1 if direction[1, down] < 0 else 1
        columns = -1 if direction[2, along] < 0 else 1
        return np.ascontiguousarray(plane[::rows, ::columns])

    return LesionSlice(
        pixels=turned(pixels).astype(np.float32),
        inside=turned(inside),
        spacing_mm=(spacing[down], spacing[along]),
        axis="kji"[across],
        index=index,
        area_mm2=float(areas[offset]) * spacing[down] * spacing[along],
    )


def _axes_by_body(direction: NDArray[np.float64]) -> tuple[int, int, int]:
    """Which array axis runs nearest to superior, posterior and left: the assignment with the largest sum of cosines."""
    cosines = abs(direction)
    return max(permutations(range(3), 3), key=lambda axes: float(sum(cosines[row, axes[row]] for row in range(3))))


def _moved_inside(start: float, length: float, size: float) -> float:
    if length >= size:
        return (size - length) / 2
    return min(max(start, 0.0), size - length)
