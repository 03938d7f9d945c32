"""Contours in a DICOM Segmentation object: binary, fractional or label map, overlapping ones included.

Read by itself, and not by highdicom, which asks for elements that the voxels do not need and that many writers leave
out: the algorithm's type and name, labels, the distance of the slices, measures shared by all frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.grid import Grid, check_frame_of_reference, check_series, place_on_ct
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.seg_frames import Frame, FrameStack, damaged_seg, read_frames
from RLNResponseLib.imaging.segment_places import SegmentPlace, VoxelPlace
from RLNResponseLib.imaging.segments import SegmentEntry
from RLNResponseLib.imaging.volume_header import refuse_too_many_voxels

_BINARY, _FRACTIONAL, _LABEL_MAP = "BINARY", "FRACTIONAL", "LABELMAP"
_LABEL_MAP_CLASS = "1.2.840.10008.5.1.4.1.1.66.7"
_SLIDE = "SLIDE"


class DicomSegFile:
    """A DICOM SEG.

    Raises DataRefusedError: damaged-segmentation, incomplete-segmentation (an element without which its voxels cannot
    be told is missing, and named), unknown-segmentation-type, frames-not-parallel, too-many-voxels.
    """

    def __init__(self, path: Path, threshold: float | None = None) -> None:
        import pydicom

        self._path, self._name, self._threshold = path, path.name, threshold
        try:
            with silenced_itk():
                self._dataset = pydicom.dcmread(path, force=True)
                self._kind = _kind(self._dataset)
                self._segments = tuple(_entries(self._dataset, self._kind))
                self._frame_of_reference = str(self._dataset.get("FrameOfReferenceUID") or "")
                self._series = frozenset(
                    str(item.get("SeriesInstanceUID") or "")
                    for item in self._dataset.get("ReferencedSeriesSequence") or ()
                )
                self._maximum = self._dataset.get("MaximumFractionalValue")
                self._meanings = dict(_meanings(self._dataset))
                self._check()
                self._stack = read_frames(self._dataset, self._name, label_map=self._kind == _LABEL_MAP)
                self._pixels = _Pixels(self._dataset, self._stack)
        except DataRefusedError:
            raise
        # A damaged file can fail in pydicom in as many ways as it can be damaged.
        except Exception:
            raise damaged_seg(self._name, "it cannot be read") from None

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The segments by number; the label is the segment number."""
        return self._segments

    def at_threshold(self, threshold: float) -> DicomSegFile:
        """The same file, whose fractions count as inside from `threshold` on (1: all of the voxel)."""
        return DicomSegFile(self._path, threshold)

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The frames of one segment, by their stated positions, on the grid of `ct`.

        Raises DataRefusedError: fractional-segmentation, damaged-segmentation, what `FrameStack.on_grid` and
        `place_on_ct` raise.
        """
        source, slices = self._stack.on_grid(Grid.of_image(ct.image))
        drawn: dict[int, NDArray[np.bool_]] = {}
        for frame, inside in self._masks(entry):
            k = int(slices[frame.number])
            if k in drawn and not np.array_equal(drawn[k], inside):
                raise damaged_seg(
                    self._name, f"two frames show segment {entry.label} on the same slice, and not the same"
                )
            drawn[k] = inside
        filled = [k for k, inside in drawn.items() if inside.any()]
        first = min(filled, default=0)
        shape = (max(filled, default=0) - first + 1, self._stack.rows, self._stack.columns)
        refuse_too_many_voxels(self._name, shape)
        mask = np.zeros(shape, dtype=bool)
        for k in filled:
            mask[k - first] = drawn[k]
        contour = Contour.from_full_grid(mask, entry.name)
        k, j, i = contour.corner
        placed = place_on_ct(replace(contour, corner=(k + first, j, i)), source, ct)
        elsewhere = check_frame_of_reference(self._frame_of_reference, ct, entry.name)
        return replace(placed, findings=(*placed.findings, *elsewhere, *check_series(self._series, ct, entry.name)))

    def places(self) -> tuple[SegmentPlace, ...]:
        """Where each segment lies, without a CT; of fractions that need a threshold the voxels are not known."""
        return tuple(self._place(entry) for entry in self._segments)

    def _place(self, entry: SegmentEntry) -> SegmentPlace:
        kind = "fractional segment" if self._kind == _FRACTIONAL else "segment"
        found = VoxelPlace()
        try:
            for frame, inside in self._masks(entry):
                j, i = np.nonzero(inside)
                found.add(np.array(frame.position) + np.column_stack([i, j]) @ self._stack.axes.T)
        except DataRefusedError as refusal:
            if refusal.code != "fractional-segmentation":
                raise
            return entry.place(kind, meaning=self._meanings.get(entry.label))
        return entry.place(kind, meaning=self._meanings.get(entry.label), voxels=found.voxels, place_mm=found.place_mm)

    def _masks(self, entry: SegmentEntry) -> Iterator[tuple[Frame, NDArray[np.bool_]]]:
        for frame in self._stack.frames:
            if frame.segment is None or frame.segment == entry.label:
                yield frame, self._inside(self._pixels.of(frame.number), entry)

    def _inside(self, values: NDArray[Any], entry: SegmentEntry) -> NDArray[np.bool_]:
        if self._kind == _LABEL_MAP:
            return np.asarray(values == entry.label)
        if self._kind == _FRACTIONAL:
            return self._cut(values)
        # One bit a pixel; some writers spend a byte on it, and write 255 for 1.
        most = values.max()
        if most not in (0, 1, 255) or ((values != 0) & (values != most)).any():
            raise damaged_seg(self._name, "it calls itself binary, and its pixels hold more than two values")
        return np.asarray(values != 0)

    def _cut(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        most = self._most()
        between = values[(values != 0) & (values != most)]
        if between.size and int(between.max()) > most:
            raise damaged_seg(self._name, f"it holds {between.max()}, above its maximum of {most}")
        if self._threshold is None and between.size:
            raise DataRefusedError(
                f"The DICOM SEG {self._name} is fractional and holds values between 0 and its maximum ({between.min()} "
                f"of {most} among them), so where the contour runs depends on a threshold; export it as binary.",
                "fractional-segmentation",
                "or say from which fraction on a voxel is inside, such as --threshold 0.5",
            )
        return np.asarray(values >= max(1, math.ceil((self._threshold or 1) * most - 1e-9)))

    def _most(self) -> int:
        # Left out, it can only be the largest that eight bits hold.
        most = 255 if self._maximum in (None, "") else self._maximum
        if not isinstance(most, int) or not 0 < most <= 255:
            raise damaged_seg(self._name, "its MaximumFractionalValue is no number from 1 to 255")
        return most

    def _check(self) -> None:
        # The last element: a file that was cut may lack any other one too, and that is not its trouble.
        if "PixelData" not in self._dataset:
            raise damaged_seg(self._name, "it ends before its pixel data")
        if self._kind not in (_BINARY, _FRACTIONAL, _LABEL_MAP):
            raise DataRefusedError(
                f"The DICOM SEG {self._name} states no SegmentationType that is known (BINARY, FRACTIONAL or "
                f"LABELMAP), so it is not known what its pixels mean; export it again.",
                "unknown-segmentation-type",
            )
        if self._dataset.get("ImageOrientationSlide") or "TotalPixelMatrixOriginSequence" in self._dataset:
            raise DataRefusedError(
                f"The DICOM SEG {self._name} is drawn on a microscope's slide, not on a CT; name another.",
                "not-on-a-ct",
            )
        numbers = [entry.label for entry in self._segments]
        if twice := next((number for number in numbers if numbers.count(number) > 1), None):
            raise damaged_seg(
                self._name, f"it gives two segments the number {twice}, so it is not known which one a frame shows"
            )


def _kind(dataset: Any) -> str:
    stated = str(dataset.get("SegmentationType") or "").strip().upper()
    if not stated and dataset.get("SOPClassUID") == _LABEL_MAP_CLASS:
        return _LABEL_MAP
    return stated


def _entries(dataset: Any, kind: str) -> Iterator[SegmentEntry]:
    for item in dataset.get("SegmentSequence") or ():
        number = int(item.SegmentNumber)
        # A label map may describe its background too.
        if number or kind != _LABEL_MAP:
            label = str(item.get("SegmentLabel") or "").strip()
            yield SegmentEntry(name=label or f"segment {number}", id=str(number), label=number)


def _meanings(dataset: Any) -> Iterator[tuple[int, str]]:
    """Segment number and what its type code says, where it has one."""
    for item in dataset.get("SegmentSequence") or ():
        for code in item.get("SegmentedPropertyTypeCodeSequence") or ():
            if meaning := str(code.get("CodeMeaning") or "").strip():
                yield int(item.SegmentNumber), meaning


class _Pixels:
    """The pixels of single frames: a whole object of a hundred organs would not fit into memory at once.

    Raises DataRefusedError: damaged-segmentation (the pixel data are missing or shorter than the frames),
    unreadable-compression.
    """

    def __init__(self, dataset: Any, stack: FrameStack) -> None:
        self._stack, self._dataset = stack, dataset
        self._bits = int(dataset.BitsAllocated)
        self._each = stack.rows * stack.columns
        if self._bits not in (1, 8, 16) or dataset.get("SamplesPerPixel", 1) != 1:
            raise damaged_seg(self._stack.name, f"its pixels of {self._bits} bits cannot be those of a segmentation")
        refuse_too_many_voxels(stack.name, (stack.columns, stack.rows))
        syntax = dataset.file_meta.TransferSyntaxUID if "TransferSyntaxUID" in dataset.file_meta else None
        self._packed = syntax is not None and syntax.is_encapsulated
        self._order = ">" if syntax is not None and not syntax.is_little_endian else "<"
        self._syntax_name = "" if syntax is None else syntax.name
        self._unpacked: NDArray[Any] | None = None
        needed = (len(stack.frames) * self._each * self._bits + 7) // 8
        if not self._packed and len(dataset.PixelData) < needed:
            raise damaged_seg(
                self._stack.name, f"its pixel data are cut, {len(dataset.PixelData)} of {needed} bytes are there"
            )

    def of(self, number: int) -> NDArray[Any]:
        """Frame `number`, [j, i]."""
        shape = (self._stack.rows, self._stack.columns)
        if self._packed:
            return np.asarray(self._all()[number])
        begin = number * self._each
        if self._bits == 1:
            octets = np.frombuffer(self._dataset.PixelData, dtype=np.uint8)[begin // 8 : (begin + self._each + 7) // 8]
            bits = np.unpackbits(octets, bitorder="little")[begin % 8 : begin % 8 + self._each]
            return bits.reshape(shape)
        kind = np.dtype(f"{self._order}u{self._bits // 8}")
        values = np.frombuffer(self._dataset.PixelData, dtype=kind, count=self._each, offset=begin * kind.itemsize)
        return values.reshape(shape)

    def _all(self) -> NDArray[Any]:
        if self._unpacked is None:
            refuse_too_many_voxels(self._stack.name, (self._stack.columns, self._stack.rows, len(self._stack.frames)))
            try:
                with silenced_itk():
                    pixels = np.asarray(self._dataset.pixel_array)
            except Exception:
                raise DataRefusedError(
                    f"The pixels of the DICOM SEG {self._stack.name} are compressed in a way that cannot be read here "
                    f"({self._syntax_name}), or damaged; export it uncompressed.",
                    "unreadable-compression",
                ) from None
            self._unpacked = pixels.reshape(len(self._stack.frames), self._stack.rows, self._stack.columns)
        return self._unpacked
