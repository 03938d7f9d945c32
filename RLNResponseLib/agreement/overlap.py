"""How two readers' contours of one lymph node overlap and how far apart their surfaces are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from RLNResponseLib.agreement.surface import added_path_length, on_one_grid, surface_dice_at
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.imaging.records import Contour
from RLNResponseLib.statistics.estimates import BOOTSTRAP_RESAMPLES, Estimate, lymph_node_weights

MEASURES = (
    "dice",
    "jaccard",
    "hd95_mm",
    "mean_surface_distance_mm",
    "volume_difference_mm3",
    "volume_difference_share",
    "surface_dice_1mm",
    "surface_dice_2mm",
    "surface_dice_3mm",
    "added_path_length_mm",
)
# Shares of overlap, of which the smallest is the worst.
_SHARES = ("dice", "jaccard", "surface_dice_1mm", "surface_dice_2mm", "surface_dice_3mm")


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Two contours of one lymph node.

    Attributes
    ----------
    dice, jaccard
        2|A∩B| / (|A|+|B|) and |A∩B| / |A∪B|, 0 … 1.
    hd95_mm
        The larger of the two directed 95th percentiles of surface distance.
    mean_surface_distance_mm
        Mean over the surface voxels of both (average symmetric surface distance).
    volume_difference_mm3
        Second − first.
    volume_difference_share
        The same over the mean of both volumes.
    surface_dice_1mm, surface_dice_2mm, surface_dice_3mm
        The share of both surfaces' area that lies within 1, 2, 3 mm of the other surface.
    added_path_length_mm
        Length of the second's outline, slice by slice, that the first's lacks: what would be drawn to turn the first
        into the second.
    """

    dice: float
    jaccard: float
    hd95_mm: float
    mean_surface_distance_mm: float
    volume_difference_mm3: float
    volume_difference_share: float
    surface_dice_1mm: float
    surface_dice_2mm: float
    surface_dice_3mm: float
    added_path_length_mm: float


@dataclass(frozen=True)
class MeasureSummary:
    """One measure over the lymph nodes that both readers contoured.

    Attributes
    ----------
    mean
        With 95% limits by resampling patients.
    median
        Of the lymph nodes.
    worst
        The smallest of the shares (Dice, Jaccard, surface Dice), else the one furthest from 0.
    """

    mean: Estimate
    median: float
    worst: float

    def as_json(self) -> dict[str, float]:
        """The measure as the command line prints it."""
        mean = self.mean
        return {
            "mean": mean.value,
            "lower": mean.lower,
            "upper": mean.upper,
            "median": self.median,
            "worst": self.worst,
        }


@dataclass(frozen=True, kw_only=True)
class ReaderOverlap:
    """Two readers over many lymph nodes.

    Attributes
    ----------
    by_lymph_node
        The overlap of each that both contoured, in the first reader's order.
    summary
        By measure (MEASURES); empty where no lymph node was contoured by both.
    missed
        Lymph nodes that only the first reader contoured.
    extra
        Lymph nodes that only the second reader contoured.
    apart
        Lymph nodes whose two contours share no voxel: perhaps not the same lesion.
    """

    by_lymph_node: Mapping[str, Overlap]
    summary: Mapping[str, MeasureSummary]
    missed: tuple[str, ...]
    extra: tuple[str, ...]
    apart: tuple[str, ...]


def overlap(first: Contour, second: Contour, spacing_mm: tuple[float, float, float]) -> Overlap:
    """Compare two contours on the grid of one CT.

    For HD95 and the mean distance a surface voxel is one with a face outside the contour; distances run between voxel
    centres. Definitions follow Maier-Hein et al. 2024 (Metrics Reloaded, doi 10.1038/s41592-023-02151-z); of surface
    Dice and added path length `agreement.surface` says them.

    Parameters
    ----------
    first
        One reader's contour.
    second
        The other reader's contour of the same lymph node, on the same CT.
    spacing_mm
        (k, j, i), all above 0.

    Returns
    -------
    Overlap

    Raises
    ------
    DataRefusedError
        bad-spacing, empty-contour.

    Examples
    --------
    Two voxels each, one of them shared: Dice 2·1/4, Jaccard 1/3.

    >>> first = Contour(name="A", voxels=np.ones((1, 1, 2), dtype=bool), corner=(0, 0, 0))
    >>> second = Contour(name="B", voxels=np.ones((1, 1, 2), dtype=bool), corner=(0, 0, 1))
    >>> measures = overlap(first, second, (1.0, 1.0, 1.0))
    >>> measures.dice, round(measures.jaccard, 3), float(measures.volume_difference_mm3)
    (0.5, 0.333, 0.0)

    """
    if not all(np.isfinite(length) and length > 0 for length in spacing_mm):
        raise DataRefusedError(
            "The voxel spacing is not three lengths above 0 mm; correct the image's header.", "bad-spacing"
        )
    sizes = first.voxel_count, second.voxel_count
    if 0 in sizes:
        raise DataRefusedError("A contour is empty and cannot be compared; draw it or leave it out.", "empty-contour")
    shared = _shared_voxels(first, second)
    forth, back = _surface_distances(_surface_mm(first, spacing_mm), _surface_mm(second, spacing_mm))
    voxel_mm3 = float(np.prod(spacing_mm))
    both = on_one_grid(first, second)
    surface_dice = surface_dice_at(*both, spacing_mm, (1.0, 2.0, 3.0))
    return Overlap(
        dice=2 * shared / sum(sizes),
        jaccard=shared / (sum(sizes) - shared),
        hd95_mm=float(max(np.percentile(forth, 95), np.percentile(back, 95))),
        mean_surface_distance_mm=float(np.concatenate([forth, back]).mean()),
        volume_difference_mm3=(sizes[1] - sizes[0]) * voxel_mm3,
        volume_difference_share=2 * (sizes[1] - sizes[0]) / sum(sizes),
        surface_dice_1mm=surface_dice[0],
        surface_dice_2mm=surface_dice[1],
        surface_dice_3mm=surface_dice[2],
        added_path_length_mm=added_path_length(*both, spacing_mm),
    )


def differing_voxels(first: Contour, second: Contour) -> Contour | None:
    """The voxels that only one of two contours holds; None where both hold the same.

    Parameters
    ----------
    first, second
        On one CT.

    Returns
    -------
    Contour or None
    """
    one, other = on_one_grid(first, second)
    apart = one != other
    if not apart.any():
        return None
    corner = np.minimum(first.corner, second.corner) - 1
    found = Contour.from_full_grid(apart, "differing voxels")
    k, j, i = (int(start + offset) for start, offset in zip(corner, found.corner, strict=True))
    return replace(found, corner=(k, j, i))


def busiest_voxel(contour: Contour, seen: Sequence[Contour] = ()) -> tuple[int, int, int]:
    """The voxel whose three planes hold most of a contour each.

    Parameters
    ----------
    contour
        Of which something is to be seen.
    seen
        What each plane is to show as well, where any plane of that direction does: two readings are compared in a
        plane that both reach, although they may differ most where one drew nothing.

    Returns
    -------
    tuple[int, int, int]
        (k, j, i) in the CT; it need not lie inside.
    """
    k, j, i = (_busiest_plane(contour, seen, axis) for axis in range(3))
    return k, j, i


def _busiest_plane(contour: Contour, seen: Sequence[Contour], axis: int) -> int:
    first, counts = contour.corner[axis], _in_planes(contour, axis)
    shows = np.ones(len(counts), dtype=bool)
    for each in seen:
        places = first + np.arange(len(counts)) - each.corner[axis]
        drawn = _in_planes(each, axis)
        inside = (places >= 0) & (places < len(drawn))
        shows &= inside & (drawn[np.clip(places, 0, len(drawn) - 1)] > 0)
    wanted = counts * shows
    return first + int(np.argmax(wanted if wanted.any() else counts))


def _in_planes(contour: Contour, axis: int) -> Ints:
    """How many voxels each plane holds."""
    return np.asarray(contour.voxels.sum(axis=tuple(other for other in range(3) if other != axis)))


def compare_readers(
    first: Mapping[str, Contour],
    second: Mapping[str, Contour],
    spacing_mm: Mapping[str, tuple[float, float, float]],
    patients: Mapping[str, str],
    seed: int = 0,
) -> ReaderOverlap:
    """Compare two readers' contours, by lymph-node ID.

    Parameters
    ----------
    first
        One reader's contour of each lymph node.
    second
        The other reader's contours of the same lymph nodes.
    spacing_mm
        (k, j, i) of the CT of each lymph node.
    patients
        Whose lymph node each is: the summary's limits resample patients.
    seed
        What every random draw is derived from.

    Returns
    -------
    ReaderOverlap
    """
    both = [lymph_node for lymph_node in first if lymph_node in second]
    overlaps = {name: overlap(first[name], second[name], spacing_mm[name]) for name in both}
    return ReaderOverlap(
        by_lymph_node=overlaps,
        summary=_summarise(list(overlaps.values()), [patients[name] for name in both], seed),
        missed=tuple(name for name in first if name not in second),
        extra=tuple(name for name in second if name not in first),
        apart=tuple(name for name, one in overlaps.items() if one.dice == 0),
    )


def _shared_voxels(first: Contour, second: Contour) -> int:
    start = np.maximum(first.corner, second.corner)
    stop = np.minimum(np.add(first.corner, first.voxels.shape), np.add(second.corner, second.voxels.shape))
    if (stop <= start).any():
        return 0
    parts = [
        one.voxels[tuple(slice(low - own, high - own) for low, high, own in zip(start, stop, one.corner, strict=True))]
        for one in (first, second)
    ]
    return int(np.count_nonzero(parts[0] & parts[1]))


def _surface_mm(contour: Contour, spacing_mm: tuple[float, float, float]) -> Floats:
    """Centres (m, 3) of the surface voxels."""
    padded = np.pad(contour.voxels, 1)
    inner = padded.copy()
    for axis in range(3):
        inner &= np.roll(padded, 1, axis) & np.roll(padded, -1, axis)
    surface = (padded & ~inner)[1:-1, 1:-1, 1:-1]
    return np.asarray((np.argwhere(surface) + contour.corner) * spacing_mm, dtype=float)


def _surface_distances(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    from scipy.spatial import cKDTree

    return cKDTree(second).query(first)[0], cKDTree(first).query(second)[0]


def _summarise(overlaps: Sequence[Overlap], patients: Sequence[str], seed: int) -> dict[str, MeasureSummary]:
    if not overlaps:
        return {}
    values = np.array([[getattr(one, measure) for measure in MEASURES] for one in overlaps])
    codes = np.unique(patients, return_inverse=True)[1]
    weights = lymph_node_weights(codes, BOOTSTRAP_RESAMPLES, seed)
    means = weights @ values / weights.sum(axis=1, keepdims=True)
    lower, upper = np.quantile(means, [0.025, 0.975], axis=0)
    worst = np.where([measure in _SHARES for measure in MEASURES], values.min(axis=0), _largest(values))
    mean, median = values.mean(axis=0), np.median(values, axis=0)
    return {
        measure: MeasureSummary(
            mean=Estimate(
                value=float(mean[j]),
                lower=float(lower[j]),
                upper=float(upper[j]),
                interval="bootstrap by patient",
            ),
            median=float(median[j]),
            worst=float(worst[j]),
        )
        for j, measure in enumerate(MEASURES)
    }


def _largest(values: Floats) -> Floats:
    return np.asarray(np.take_along_axis(values, np.abs(values).argmax(axis=0)[None], axis=0)[0])
