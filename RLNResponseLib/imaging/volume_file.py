"""A volume in one file: our own reading of the header is judged before any library opens the file; what ITK then says
of it is compared with that header, and only then the voxels are read.

What differs between the kinds of files (NRRD, NIfTI, MetaImage) is a `VolumeKind`, which lies in the kind's own file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.imaging.grid import LATTICE_TOLERANCE, Grid
from RLNResponseLib.imaging.quiet import silenced_itk
from RLNResponseLib.imaging.stored_voxels import refuse_missing_or_surplus, truncated
from RLNResponseLib.imaging.volume_header import (
    VolumeHeader,
    at_right_angles,
    displacement_mm,
    refuse_impossible,
    without_trailing_ones,
)


def _as_read(image: Any, _path: Path) -> Any:
    return image


@dataclass(frozen=True, kw_only=True)
class VolumeKind:
    """A kind of volume file.

    Attributes
    ----------
    name
        As sentences call it: "NRRD".
    image_io
        SimpleITK's name of its reader.
    recognises
        Whether a file is of this kind, told by its content and never by its name.
    parse
        What the header says, by our own reading of it: no library has opened the file, and nothing is decompressed. A
        file that ITK would misread, or that would do it harm, is refused here.
    restore
        From the image that ITK read and the file, the image as the file has it; where ITK loses nothing, as read.
    second_try
        Under which ITK is asked again where it did not take a header that has been judged good; None where it is not.
    """

    name: str
    image_io: str
    recognises: Callable[[Path], bool]
    parse: Callable[[Path], VolumeHeader]
    restore: Callable[[Any, Path], Any] = _as_read
    second_try: Callable[[], AbstractContextManager[None]] | None = None


def judged_header(path: Path, kind: VolumeKind) -> VolumeHeader:
    """What the header of a volume says, after judging that it can be so and that the voxels are all there.

    Parameters
    ----------
    path
        The file.
    kind
        What the file is; its content has been recognised.

    Returns
    -------
    VolumeHeader

    Raises
    ------
    DataRefusedError
        unreadable-image, form-not-read, file-elsewhere, missing-voxel-file, not-a-regular-file, too-many-voxels,
        truncated-image, surplus-bytes, no-geometry, two-positions, axes-not-at-right-angles, bad-rescale.
    """
    header = kind.parse(path)
    refuse_impossible(path, header)
    refuse_missing_or_surplus(path, header.voxels)
    return header


def read_header(path: Path, kind: VolumeKind) -> Any:
    """Open a volume with ITK, after judging its header, and compare what ITK says of it with that header.

    Parameters
    ----------
    path
        The file.
    kind
        What the file is; its content has been recognised.

    Returns
    -------
    SimpleITK.ImageFileReader
        It may be asked for size, geometry, components and metadata, and goes to `read_voxels`.

    Raises
    ------
    DataRefusedError
        What `judged_header` raises; unreadable-image: ITK does not read it; misread-header: ITK takes it for another
        volume.
    """
    return open_judged(path, kind, judged_header(path, kind))


def open_judged(path: Path, kind: VolumeKind, header: VolumeHeader) -> Any:
    """Open a volume whose header has been judged, as `read_header` does for who needs that header too.

    Parameters
    ----------
    path, kind
        The file, and what it is.
    header
        From `judged_header`.

    Returns
    -------
    SimpleITK.ImageFileReader

    Raises
    ------
    DataRefusedError
        unreadable-image, misread-header.
    """
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO(kind.image_io)
    try:
        _by_itk(reader.ReadImageInformation, kind)
    except RuntimeError:
        raise DataRefusedError(
            f"{path.name} cannot be read as {kind.name}, though its header and its length are sound: the reading "
            f"library does not know this form of it; save it again, as NRRD for example.",
            "unreadable-image",
        ) from None
    _refuse_misread(path, header, reader)
    return reader


def _by_itk(call: Callable[[], Any], kind: VolumeKind) -> Any:
    with silenced_itk():
        try:
            return call()
        except RuntimeError:
            if kind.second_try is None:
                raise
            with kind.second_try():
                return call()


def _refuse_misread(path: Path, header: VolumeHeader, reader: Any) -> None:
    """A library's word on size, components and place is not taken on trust."""
    size = without_trailing_ones(reader.GetSize())
    what = ""
    if size != header.size or reader.GetNumberOfComponents() != header.components:
        what = "size"
    elif header.places and not _is_at(header, reader):
        what = "position, spacing or orientation"
    if what:
        raise DataRefusedError(
            f"The {what} of {path.name} is read otherwise by the reading library than its header states; save it "
            f"again, as NRRD for example.",
            "misread-header",
        )


def _is_at(header: VolumeHeader, reader: Any) -> bool:
    dimension = len(reader.GetSize())
    direction, spacing, origin = reader.GetDirection(), reader.GetSpacing(), reader.GetOrigin()
    if min(spacing) <= 0:
        return False
    place = Grid.of_place(
        [direction[dimension * row + column] for row in range(3) for column in range(3)], spacing[:3], origin[:3]
    )
    allowed = [affine for stated in header.places for affine in (stated, at_right_angles(stated))]
    tolerance = LATTICE_TOLERANCE * min(spacing[:3])
    return any(displacement_mm(place, affine, header.size) <= tolerance for affine in allowed)


def read_voxels(reader: Any, path: Path, kind: VolumeKind) -> Any:
    """Read the voxels whose header `read_header` has judged. NaN and infinite voxels stay what they are.

    Parameters
    ----------
    reader
        From `read_header`.
    path, kind
        The file, and what it is.

    Returns
    -------
    SimpleITK.Image

    Raises
    ------
    DataRefusedError
        truncated-image: the voxels are not all there, or cannot be decompressed.
    """
    try:
        image = _by_itk(reader.Execute, kind)
    except (RuntimeError, MemoryError):
        raise truncated(path) from None
    return kind.restore(image, path)


def read_scalar_volume(path: Path, kind: VolumeKind) -> tuple[Any, tuple[Finding, ...]]:
    """Read a file as a three-dimensional image with one number a voxel.

    Parameters
    ----------
    path, kind
        The file, and what it is.

    Returns
    -------
    tuple[SimpleITK.Image, tuple of Finding]
        The image, and what was noticed in its header.

    Raises
    ------
    DataRefusedError
        What `judged_header`, `read_header` and `read_voxels` raise; not-three-dimensional: another number of axes, or a
        single slice; not-scalar: colours, vectors or complex numbers.
    """
    header = judged_header(path, kind)
    if len(header.size) != 3 or min(header.size) < 2:
        raise DataRefusedError(
            f"{path.name} has {' × '.join(map(str, header.size))} voxels, so it is not one volume of several slices; "
            f"export a three-dimensional image.",
            "not-three-dimensional",
        )
    if header.components != 1:
        raise DataRefusedError(
            f"{path.name} holds several numbers a voxel (colours or vectors); export one grey-scale volume.",
            "not-scalar",
        )
    return _one_volume(read_voxels(open_judged(path, kind, header), path, kind)), header.findings


def _one_volume(image: Any) -> Any:
    """The volume without axes of one point in time, and without a list of one number a voxel."""
    import SimpleITK as sitk

    if image.GetDimension() > 3:
        size = [*image.GetSize()[:3], *[0] * (image.GetDimension() - 3)]
        image = sitk.Extract(image, size, [0] * image.GetDimension())
    return sitk.VectorIndexSelectionCast(image, 0) if "vector" in image.GetPixelIDTypeAsString() else image
