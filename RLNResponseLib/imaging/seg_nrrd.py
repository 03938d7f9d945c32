"""A segmentation as 3D Slicer writes it (.seg.nrrd), read and written: named segments, overlapping ones in layers.

The format: https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.imaging import hidden_place
from RLNResponseLib.imaging.grid import Grid, check_placement, place_on_ct
from RLNResponseLib.imaging.nrrd import NRRD, header_text
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import SegmentPlace, label_places
from RLNResponseLib.imaging.segments import LYMPH_NODE_COLOUR, SegmentEntry, label_values, lymph_node_terminology
from RLNResponseLib.imaging.volume_file import judged_header, open_judged, read_voxels

# Slicer 5.2 renamed the second key to the first.
_REPRESENTATION = ("Segmentation_SourceRepresentation", "Segmentation_MasterRepresentation")
# Values that no segment names, in one layer.
_LEFT_OVER = 16
_KEY = re.compile(r"Segment(\d+)_(ID|Name|LabelValue|Layer)")
# Of "TerminologyEntry:context~category~scheme^value^meaning~…".
_TYPE = re.compile(r"TerminologyEntry:[^~|]*~[^~|]*~[^~|^]*\^[^~|^]*\^([^~|^]*)")


def is_seg_nrrd(path: Path) -> bool:
    """Whether the header of this NRRD file names segments.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bool
    """
    return any(_KEY.fullmatch(key) for key in header_text(path).pairs)


class SegNrrdFile:
    """A .seg.nrrd of Slicer 4.10 to 5.x.

    Raises DataRefusedError: not-three-dimensional, damaged-segmentation (two segments claim the same voxels, a layer or
    label that is no number or is not there).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        header = judged_header(path, NRRD)
        self._findings = header.findings
        self._reader = open_judged(path, NRRD, header)
        if len(self._reader.GetSize()) != 3:
            raise DataRefusedError(
                f"{path.name} is not a volume with the layers as its first axis; save the segmentation in Slicer "
                f"again.",
                "not-three-dimensional",
            )
        _refuse_fractional(self._reader, path)
        self._segments = _segments(self._reader, path)

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The segments in the file's order."""
        return self._segments

    def contour(self, entry: SegmentEntry, ct: CTImage) -> Contour:
        """The voxels of one segment, on the grid of `ct`."""
        import SimpleITK as sitk

        image = read_voxels(self._reader, self._path, NRRD)
        array = sitk.GetArrayViewFromImage(image)
        if array.ndim == 4:
            array = array[..., entry.layer]
        _refuse_unclaimed(array, {each.label for each in self._segments if each.layer == entry.layer}, self._path)
        findings = (*self._findings, *_made_of(self._reader, entry.name))
        contour = Contour.from_full_grid(array, entry.name, entry.label, findings)
        return place_on_ct(contour, Grid.of_image(image), ct)

    def places(self) -> tuple[SegmentPlace, ...]:
        """Where the voxels of each segment lie, without a CT; its meaning is the type of its terminology."""
        import SimpleITK as sitk

        image = read_voxels(self._reader, self._path, NRRD)
        array = sitk.GetArrayViewFromImage(image)
        meanings = _meanings(self._reader)
        found: dict[SegmentEntry, SegmentPlace] = {}
        for layer in sorted({entry.layer for entry in self._segments}):
            within = [entry for entry in self._segments if entry.layer == layer]
            voxels = array[..., layer] if array.ndim == 4 else array
            places = label_places(voxels, [entry.label for entry in within], Grid.of_image(image).affine)
            for entry in within:
                count, place_mm = places[entry.label]
                found[entry] = entry.place("segment", meaning=meanings.get(entry.id), voxels=count, place_mm=place_mm)
        return tuple(found[entry] for entry in self._segments)


def _made_of(reader: Any, name: str) -> tuple[Finding, ...]:
    said = reader.GetMetaData(PROVENANCE) if reader.HasMetaDataKey(PROVENANCE) else ""
    if not said:
        return ()
    return (
        Finding(
            code="not-one-readers",
            severity="info",
            message=f"The contour '{name}' was not drawn by one reader; its file says: "
            f"{one_line(said, _LONGEST_PROVENANCE)}.",
        ),
    )


def _segment_keys(reader: Any) -> dict[int, dict[str, str]]:
    segments: dict[int, dict[str, str]] = {}
    for key in reader.GetMetaDataKeys():
        if found := _KEY.fullmatch(key):
            segments.setdefault(int(found[1]), {})[found[2]] = reader.GetMetaData(key)
    return segments


def _meanings(reader: Any) -> dict[str, str]:
    """Segment ID → the meaning of the type in its terminology tag (`segments.lymph_node_terminology`)."""
    found = {}
    for index, keys in _segment_keys(reader).items():
        tags = f"Segment{index}_Tags"
        said = _TYPE.search(reader.GetMetaData(tags)) if reader.HasMetaDataKey(tags) else None
        if said and said[1]:
            found[keys.get("ID") or f"Segment_{index + 1}"] = said[1]
    return found


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
        entries.append(SegmentEntry(name=keys.get("Name") or identifier, id=identifier, label=label, layer=layer))
    if len({(entry.layer, entry.label) for entry in entries}) < len(entries):
        raise _damaged(path)
    return tuple(entries)


def _refuse_fractional(reader: Any, path: Path) -> None:
    stated = (reader.GetMetaData(key) for key in _REPRESENTATION if reader.HasMetaDataKey(key))
    if any("fractional" in name.lower() for name in stated):
        raise _fractional(path)


def _refuse_unclaimed(layer: NDArray[Any], labels: set[int], path: Path) -> None:
    """Refuse a layer that is full of values of which no segment says that they are its label: parts of a voxel that
    the header does not call so. A few may be left of segments that were deleted.
    """
    found = {*label_values(layer).tolist()} - labels
    if len(found) > _LEFT_OVER:
        raise _fractional(path)


def _fractional(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name} holds how much of each voxel belongs to the segment (a fractional labelmap), not which voxels "
        f"do; convert it to a binary labelmap in Slicer's Segmentations and save it again.",
        "fractional-segmentation",
    )


def _damaged(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"The header of {path.name} does not say which voxels belong to which segment (layer and label value); save "
        f"the segmentation in Slicer again.",
        "damaged-segmentation",
    )


LABEL = 1
# What a contour that no reader drew is made of; of a reader's own contour the header says nothing.
PROVENANCE = "RLNResponse_Provenance"
_LONGEST_PROVENANCE = 500
# Of earlier versions, in the header: where the contour's slices begin in the compressed voxels, in bytes, and how many
# voxels are drawn. Whoever opened the file in an editor read a lymph node's place and size.
PLACE = "RLNResponse_ContourPlace"


def write_seg_nrrd(path: Path, contour: Contour, ct: CTImage, provenance: str = "") -> None:
    """Write the contour as the only segment of a .seg.nrrd on the CT's whole grid, label 1, compressed.

    The segment has the contour's name and is coded as a lymph node. Where it lies and how large it is stands nowhere
    but in the compressed part (`hidden_place`). The same contour gives the same bytes.

    Parameters
    ----------
    path
        The file.
    contour
        The contour, on the grid of the CT.
    ct
        The CT.
    provenance
        What it is made of, where no reader drew it; whoever reads the file here is told.

    Raises
    ------
    DataRefusedError
        outside-ct: the contour does not lie on this CT.
    OSError
        The disk refuses.
    """
    import SimpleITK as sitk

    shape = tuple(reversed(ct.image.GetSize()))
    for finding in check_placement(contour, shape):
        raise DataRefusedError(finding.message, finding.code)
    voxels = contour.full_grid((shape[0], shape[1], shape[2]))
    image = sitk.GetImageFromArray(voxels)
    image.CopyInformation(ct.image)
    said = {PROVENANCE: one_line(provenance, _LONGEST_PROVENANCE)} if provenance else {}
    for key, value in {**_header(contour.name, image.GetSize()), **said}.items():
        image.SetMetaData(key, value)
    try:
        with silenced_itk():
            sitk.WriteImage(image, str(path), useCompression=False)
    except RuntimeError:
        raise OSError(None, "the segmentation could not be written") from None
    header, end, _ = path.read_bytes().partition(b"\n\n")
    raw = b"\nencoding: raw\n"
    path.write_bytes(header.replace(raw, b"\nencoding: gzip\n") + end + hidden_place.packed(voxels, contour))


def _header(name: str, size: Sequence[int]) -> dict[str, str]:
    return {
        "Segment0_ID": "Segment_1",
        "Segment0_Name": " ".join(name.split()),
        "Segment0_NameAutoGenerated": "0",
        "Segment0_Color": " ".join(f"{part / 255:.6g}" for part in LYMPH_NODE_COLOUR),
        "Segment0_ColorAutoGenerated": "0",
        "Segment0_LabelValue": str(LABEL),
        "Segment0_Layer": "0",
        # Slicer would write the segment's own bounds: its place and size, in plain text. The whole grid holds it too.
        "Segment0_Extent": " ".join(f"0 {length - 1}" for length in size),
        "Segment0_Tags": f"TerminologyEntry:{lymph_node_terminology()}|",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        # Slicer 5.2 renamed the key; older ones and slicerio read the first.
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_SourceRepresentation": "Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }
