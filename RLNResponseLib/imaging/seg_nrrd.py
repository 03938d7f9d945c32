"""Contours in a segmentation as 3D Slicer writes it (.seg.nrrd): named segments, overlapping ones in layers.

The format: https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid, place_on_ct
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segments import SegmentEntry
from RLNResponseLib.imaging.volume_file import read_header, read_voxels

_KEY = re.compile(r"Segment(\d+)_(ID|Name|LabelValue|Layer)")


def is_seg_nrrd(path: Path) -> bool:
    """Whether the header of this NRRD file names segments."""
    return bool(_segment_keys(read_header(path)))


class SegNrrdFile:
    """A .seg.nrrd of Slicer 4.10 to 5.x.

    Raises DataRefusedError: not-three-dimensional, damaged-segmentation (two segments claim the same voxels, a layer or
    label that is no number or is not there).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = read_header(path)
        if len(self._reader.GetSize()) != 3:
            raise DataRefusedError(
                f"{path.name} is not a volume with the layers as its first axis; save the segmentation in Slicer again.",
                "not-three-dimensional",
            )
        self._segments = _segments(self._reader, path)

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The segments in the file's order."""
        return self._segments

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The voxels of one segment, on the grid of `ct`."""
        import SimpleITK as sitk

        image = read_voxels(self._reader, self._path)
        array = sitk.GetArrayViewFromImage(image)
        if array.ndim == 4:
            array = array[..., entry.layer]
        return place_on_ct(Contour.from_full_grid(array, entry.name, entry.label), Grid.of_image(image), ct)


def _segment_keys(reader: Any) -> dict[int, dict[str, str]]:
    segments: dict[int, dict[str, str]] = {}
    for key in reader.GetMetaDataKeys():
        if found := _KEY.fullmatch(key):
            segments.setdefault(int(found[1]), {})[found[2]] = reader.GetMetaData(key)
    return segments


def _segments(reader: Any, path: Path) -> tuple[SegmentEntry, ...]:
    layers = reader.GetNumberOfComponents()
    entries = []
    for index, keys in sorted(_segment_keys(reader).items()):
        identifier = keys.get("ID") or f"Segment_{index + 1}"
        try:
            # Slicer 4.10 gave every segment a layer of its own and wrote neither key.
            layer = int(keys.get("Layer", index if layers > 1 else 0))
            label = int(keys.get("LabelValue", 1))
        except ValueError:
            raise _damaged(path) from None
        if not 0 <= layer < layers:
            raise _damaged(path)
        entries.append(SegmentEntry(keys.get("Name") or identifier, identifier, label, layer))
    if len({(entry.layer, entry.label) for entry in entries}) < len(entries):
        raise _damaged(path)
    return tuple(entries)


def _damaged(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"The header of {path.name} does not say which voxels belong to which segment (layer and label value); save the "
        "segmentation in Slicer again.",
        "damaged-segmentation",
    )
