"""Contours in a DICOM Segmentation object, overlapping ones included; highdicom reads the frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.imaging.grid import Grid, check_frame_of_reference, place_on_ct
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segments import SegmentEntry


class DicomSegFile:
    """A DICOM SEG, binary or label map.

    Raises DataRefusedError: damaged-segmentation, fractional-segmentation.
    """

    def __init__(self, path: Path) -> None:
        import pydicom

        highdicom_seg = need("highdicom.seg")
        self._name = path.name
        try:
            with silenced_itk():
                self._dataset = pydicom.dcmread(path, force=True)
                seg = highdicom_seg.Segmentation.from_dataset(self._dataset)
                kind = seg.segmentation_type
                self._frame_of_reference = str(self._dataset.get("FrameOfReferenceUID") or "")
                self._segments = tuple(
                    SegmentEntry(
                        name=str(seg.get_segment_description(number).segment_label), id=str(number), label=int(number)
                    )
                    for number in seg.segment_numbers
                )
        # A damaged object can fail in highdicom in as many ways as it can be damaged.
        except Exception:
            raise self._damaged() from None
        if kind == highdicom_seg.SegmentationTypeValues.FRACTIONAL:
            raise DataRefusedError(
                f"{path.name} holds fractions (a fractional DICOM SEG), not contours; choose a threshold where it was "
                f"made and export it as binary.",
                "fractional-segmentation",
            )

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The segments by number; the label is the segment number."""
        return self._segments

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The frames of one segment, by their stated positions, on the grid of `ct`.

        Raises DataRefusedError: damaged-segmentation, and what `place_on_ct` raises.
        """
        highdicom_seg = need("highdicom.seg")
        try:
            with silenced_itk():
                _complete_spacing(self._dataset, ct)
                seg = highdicom_seg.Segmentation.from_dataset(self._dataset)
                volume = seg.get_volume(segment_numbers=[entry.label])
        except Exception:
            raise self._damaged() from None
        mask = volume.array[..., 0]
        # highdicom's affine takes the index in the array's order, (k, j, i).
        affine = np.asarray(volume.affine)[:, [2, 1, 0, 3]]
        contour = Contour.from_full_grid(mask, entry.name)
        placed = place_on_ct(contour, Grid(affine, mask.shape[::-1]), ct)
        elsewhere = check_frame_of_reference(self._frame_of_reference, ct, entry.name)
        return replace(placed, findings=(*placed.findings, *elsewhere))

    def _damaged(self) -> DataRefusedError:
        return DataRefusedError(
            f"The DICOM SEG {self._name} is damaged, or its frames make no evenly spaced volume; export it again.",
            "damaged-segmentation",
        )


def _complete_spacing(dataset: Any, ct: CTImage) -> None:
    """Where the object leaves out the distance of its slices, its frames must lie on slices of the CT.

    Otherwise that distance would be guessed from the frames, and a slice without a frame, skipped on purpose, would be
    taken for thicker slices.
    """
    for measures in dataset.SharedFunctionalGroupsSequence[0].get("PixelMeasuresSequence", ()):
        if "SpacingBetweenSlices" not in measures:
            measures.SpacingBetweenSlices = float(f"{ct.image.GetSpacing()[2]:.12g}")
