"""What a contour file holds, without its CT: each segment with its type, its voxels or outlines, and its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class SegmentPlace:
    """One segment, ROI or label as its file describes it.

    Attributes
    ----------
    number
        Label value, ROI or segment number.
    name
        As `segments.SegmentEntry` has it.
    id
        As `segments.SegmentEntry` has it.
    type
        "segment", "fractional segment", "ROI" or "label".
    meaning
        What the file codes it as ("Lymph node", "GTV"); None where it does not.
    voxels
        On the file's own grid; None where that takes a CT (ROI) or a threshold.
    outlines
        Of an ROI; None elsewhere.
    slices
        Planes on which an ROI has outlines; None elsewhere.
    place_mm
        LPS, the middle of its voxels, or of the area of its outlines; None where it is empty or not known.
    """

    number: int
    name: str
    id: str
    type: str
    meaning: str | None = None
    voxels: int | None = None
    outlines: int | None = None
    slices: int | None = None
    place_mm: Point | None = None

    def as_json(self) -> dict[str, Any]:
        """The segment as `rlnresponse segments --json` prints it."""
        return {
            "number": self.number,
            "name": self.name,
            "id": self.id,
            "type": self.type,
            "meaning": self.meaning,
            "voxels": self.voxels,
            "outlines": self.outlines,
            "slices": self.slices,
            "place_mm": None if self.place_mm is None else list(self.place_mm),
        }


class VoxelPlace:
    """Adds up voxels, a part of them at a time."""

    def __init__(self) -> None:
        self.voxels = 0
        self._sum = np.zeros(3)

    def add(self, centres_mm: NDArray[np.float64]) -> None:
        """Voxels by their centres, [voxels, 3]."""
        self.voxels += len(centres_mm)
        self._sum += centres_mm.sum(axis=0)

    @property
    def place_mm(self) -> Point | None:
        """The mean of all; None where there is none."""
        return point(self._sum / self.voxels) if self.voxels else None


def point(place_mm: NDArray[np.float64]) -> Point:
    """A place to a thousandth of a millimetre.

    Parameters
    ----------
    place_mm
        Three numbers, LPS.

    Returns
    -------
    tuple of three floats
    """
    x, y, z = (round(float(value), 3) + 0.0 for value in place_mm)
    return x, y, z


def label_places(
    volume: NDArray[Any], labels: Iterable[int], affine: NDArray[np.float64]
) -> dict[int, tuple[int, Point | None]]:
    """Voxels and centre of each label of a volume, in one pass.

    Parameters
    ----------
    volume
        Its numbers, [k, j, i].
    labels
        Those that are asked for.
    affine
        4 × 4, from the index (i, j, k) to mm.

    Returns
    -------
    dict
        Label → number of voxels, and their centre.

    Examples
    --------
    >>> import numpy as np
    >>> volume = np.zeros((2, 3, 4), dtype=np.uint8)
    >>> volume[1, 0, 1:3] = 7
    >>> label_places(volume, [7], np.diag([2.0, 2.0, 5.0, 1.0]))
    {7: (2, (3.0, 0.0, 5.0))}
    """
    wanted = np.array(sorted(set(labels)))
    counts, sums = np.zeros(len(wanted), dtype=np.int64), np.zeros((len(wanted), 3))
    for k, plane in enumerate(volume):
        j, i = np.nonzero(plane)
        values = plane[j, i]
        place = np.minimum(np.searchsorted(wanted, values), len(wanted) - 1)
        known = wanted[place] == values
        place, j, i = place[known], j[known], i[known]
        counts += np.bincount(place, minlength=len(wanted))
        for axis, index in enumerate((i, j, np.full(len(i), k))):
            sums[:, axis] += np.bincount(place, weights=index, minlength=len(wanted))
    found: dict[int, tuple[int, Point | None]] = {}
    for label, count, total in zip(wanted, counts, sums, strict=True):
        centre = point(affine[:3, :3] @ (total / count) + affine[:3, 3]) if count else None
        found[int(label)] = (int(count), centre)
    return found


def outline_centre(outlines: Sequence[NDArray[np.float64]]) -> Point | None:
    """The middle of the area inside closed outlines, holes taken for area; of points and lines, their mean.

    Parameters
    ----------
    outlines
        Each (n, 3), mm.

    Returns
    -------
    tuple of three floats, or None
        None without outlines.

    Examples
    --------
    >>> import numpy as np
    >>> outline_centre([np.array([[0, 0, 5], [4, 0, 5], [4, 2, 5], [0, 2, 5]], dtype=float)])
    (2.0, 1.0, 5.0)
    """
    areas, centres = [], []
    for points in outlines:
        if not len(points):
            continue
        fan = np.cross(points[1:-1] - points[0], points[2:] - points[0])
        whole = fan.sum(axis=0)
        size = float(np.linalg.norm(whole))
        centre = points.mean(axis=0)
        if size > 0:
            signed = fan @ (whole / size)
            centre = ((points[0] + points[1:-1] + points[2:]) * signed[:, None]).sum(axis=0) / (3 * signed.sum())
        areas.append(size)
        centres.append(centre)
    if not centres:
        return None
    weights = np.array(areas) if sum(areas) > 0 else np.ones(len(areas))
    return point(np.average(np.array(centres), axis=0, weights=weights))
