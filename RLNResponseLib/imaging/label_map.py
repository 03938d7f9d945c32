"""Contours in an NRRD or NIfTI label map: one label number a segment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid, place_on_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segments import SegmentEntry
from RLNResponseLib.imaging.volume_file import read_scalar_volume

# The largest label sets in use (whole-brain parcellations) have some 200; an image has thousands of values.
MOST_LABELS = 1000


class LabelMapFile:
    """An NRRD or NIfTI volume whose voxels are label numbers, 0 outside.

    Raises DataRefusedError (not-a-label-map) where they are not whole numbers, or too many different ones.
    """

    def __init__(self, path: Path) -> None:
        import SimpleITK as sitk

        # The view does not keep its image alive.
        self._image = read_scalar_volume(path)
        self._array = sitk.GetArrayViewFromImage(self._image)
        labels = np.unique(self._array[self._array != 0])
        if labels.size > MOST_LABELS or not (np.isfinite(labels) & (labels == np.rint(labels))).all():
            raise DataRefusedError(
                f"{path.name} is no label map: it holds {labels.size} different values, or fractions; name the mask, not the "
                "image.",
                "not-a-label-map",
            )
        self._labels = [int(label) for label in labels]

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The labels in ascending order, named "label" and the number."""
        return tuple(SegmentEntry(f"label {label}", str(label), label) for label in self._labels)

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The voxels of one label, on the grid of `ct`."""
        return place_on_ct(Contour.from_full_grid(self._array, entry.name, entry.label), Grid.of_image(self._image), ct)
