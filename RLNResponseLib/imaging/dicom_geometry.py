"""Where the slices of a DICOM series lie, and whether they make one regular volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding, refuse_errors

GEOMETRY_TAGS = (
    "Rows",
    "Columns",
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "GantryDetectorTilt",
)

# A direction cosine off by this moves the far edge of a 500 mm field by 0.05 mm; written values repeat to the digit.
ORIENTATION_TOLERANCE = 1e-4
# Over 512 pixels this is 0.05 mm.
SPACING_TOLERANCE_MM = 1e-4
# Less than a sixth of the finest pixel in use; a tilt of 0.5 degrees shifts two slices 12 mm apart by as much.
SIDEWAYS_TOLERANCE_MM = 0.1
# From here on a half of the body is not in the slices, from there on two thirds: nobody reconstructs a volume like
# that.
SLICES_APART_THICKNESSES = 1.5
SLICES_MISSING_THICKNESSES = 3.0
# Scanners state the tilt in steps of 0.5 degrees.
TILT_TOLERANCE_DEGREES = 0.1


@dataclass(frozen=True, kw_only=True)
class SlicePlace:
    """Where one slice lies.

    position        (x, y, z) of its first pixel's centre, mm, LPS
    orientation     direction cosines along a row, then along a column
    pixel_spacing   mm between rows, between columns
    size            rows, columns
    tilt_degrees    of the gantry, 0 where the file does not say
    """

    path: Path
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    pixel_spacing: NDArray[np.float64]
    size: tuple[int, int]
    tilt_degrees: float

    @classmethod
    def from_tags(cls, path: Path, tags: Any) -> SlicePlace:
        """The place that the tags (`GEOMETRY_TAGS`) of a file state.

        Raises DataRefusedError (no-geometry) where they are absent or cannot be.
        """
        try:
            place = cls(
                path=path,
                position=_numbers(tags.ImagePositionPatient, 3),
                orientation=_numbers(tags.ImageOrientationPatient, 6),
                pixel_spacing=_numbers(tags.PixelSpacing, 2),
                size=(int(tags.Rows), int(tags.Columns)),
                tilt_degrees=float(tags.get("GantryDetectorTilt") or 0.0),
            )
        except (AttributeError, TypeError, ValueError, OverflowError):
            raise _no_geometry(path) from None
        along_row, along_column = place.orientation[:3], place.orientation[3:]
        cosines = np.array([along_row @ along_row - 1, along_column @ along_column - 1, along_row @ along_column])
        # NaN fails every comparison, so each is written to be true for usable values.
        if not (np.abs(cosines).max() < 1e-3 and place.pixel_spacing.min() > 0 and np.isfinite(place.position).all()):
            raise _no_geometry(path)
        return place

    @property
    def normal(self) -> NDArray[np.float64]:
        """The unit vector across the slice."""
        return np.cross(self.orientation[:3], self.orientation[3:])


def order_slices(places: Sequence[SlicePlace], name: str) -> tuple[tuple[SlicePlace, ...], tuple[Finding, ...]]:
    """The slices sorted along their normal, and the warnings about their positions.

    Parameters
    ----------
    places
        Where the slices lie.
    name
        Of the series' folder, for messages.

    Returns
    -------
    tuple[tuple[SlicePlace, ...], tuple[Finding, ...]]

    Raises
    ------
    DataRefusedError
        not-three-dimensional (one slice), mixed-geometry (size, orientation or spacing differ), gantry-tilt,
        duplicate-slice-positions, missing-slices.
    """
    if len(places) < 2:
        raise DataRefusedError(
            f"{name} holds a single slice, and a lymph node needs the volume; name the folder with the whole series.",
            "not-three-dimensional",
        )
    _refuse_mixed(places, name)
    normal = places[0].normal
    ordered = tuple(sorted(places, key=lambda place: float(place.position @ normal)))
    positions = np.array([place.position for place in ordered])
    findings = check_slice_positions((positions @ normal).tolist())
    refuse_errors(findings)
    _refuse_tilted(ordered, positions, normal, name)
    return ordered, findings


def step_mm(places: Sequence[SlicePlace]) -> float:
    """The mean distance of slices.

    Parameters
    ----------
    places
        The slices in order, two or more.

    Returns
    -------
    float
    """
    return float(np.linalg.norm(places[-1].position - places[0].position)) / (len(places) - 1)


def own_positions_mm(places: Sequence[SlicePlace]) -> tuple[float, ...]:
    """How far each slice lies from the first.

    Parameters
    ----------
    places
        The slices in order.

    Returns
    -------
    tuple of float
    """
    positions = np.array([place.position for place in places]) @ places[0].normal
    return tuple((positions - positions[0]).tolist())


def image_of(voxels: NDArray[Any], places: Sequence[SlicePlace]) -> Any:
    """The voxels of ordered slices as an image where the headers say that they lie.

    Parameters
    ----------
    voxels
        [k, j, i].
    places
        Of the slices, in order.

    Returns
    -------
    SimpleITK.Image
    """
    import SimpleITK as sitk

    first = places[0]
    image = sitk.GetImageFromArray(voxels)
    image.SetOrigin(first.position.tolist())
    between_rows, between_columns = first.pixel_spacing.tolist()
    image.SetSpacing((between_columns, between_rows, step_mm(places)))
    image.SetDirection(np.column_stack([first.orientation[:3], first.orientation[3:], first.normal]).ravel().tolist())
    return image


def check_slices_apart(step_mm: float, thickness_mm: float | None) -> tuple[Finding, ...]:
    """What is wrong with slices that are thinner than their distance, evenly spaced as they are.

    missing-slices (error)   the distance is three times the thickness or more
    slices-apart (warning)   it is one and a half times the thickness or more

    Parameters
    ----------
    step_mm
        Distance between slices, mm.
    thickness_mm
        Slice thickness; None where the file does not say.

    Returns
    -------
    tuple of Finding
    """
    if thickness_mm is None or step_mm < SLICES_APART_THICKNESSES * thickness_mm:
        return ()
    numbers = {"step_mm": step_mm, "slice_thickness_mm": thickness_mm}
    what = f"The slices of the CT are {thickness_mm:.3g} mm thick, but {step_mm:.3g} mm apart"
    if step_mm >= SLICES_MISSING_THICKNESSES * thickness_mm:
        message = f"{what}: the slices between are missing; export the whole series again."
        return (Finding(code="missing-slices", severity="error", message=message, numbers=numbers),)
    message = f"{what}, so that part of the lymph node lies between them unseen; prefer a contiguous reconstruction."
    return (Finding(code="slices-apart", severity="warning", message=message, numbers=numbers),)


def _refuse_mixed(places: Sequence[SlicePlace], name: str) -> None:
    first = places[0]
    for what, differ in (
        ("size in pixels", any(place.size != first.size for place in places)),
        (
            "orientation",
            any(np.abs(place.orientation - first.orientation).max() > ORIENTATION_TOLERANCE for place in places),
        ),
        (
            "pixel spacing",
            any(np.abs(place.pixel_spacing - first.pixel_spacing).max() > SPACING_TOLERANCE_MM for place in places),
        ),
    ):
        if differ:
            raise DataRefusedError(
                f"The slices of the series in {name} differ in {what} (a localizer among them?); export the axial "
                f"series by itself.",
                "mixed-geometry",
            )


def _refuse_tilted(
    ordered: Sequence[SlicePlace], positions: NDArray[np.float64], normal: NDArray[np.float64], name: str
) -> None:
    offsets = positions - positions[0]
    sideways = offsets - np.outer(offsets @ normal, normal)
    shift_mm = float(np.linalg.norm(sideways, axis=1).max())
    tilt = max(abs(place.tilt_degrees) for place in ordered)
    if shift_mm > SIDEWAYS_TOLERANCE_MM or not tilt <= TILT_TOLERANCE_DEGREES:
        raise DataRefusedError(
            f"The slices in {name} were taken with a tilted gantry ({tilt:g} degrees stated, shifted sideways by up to "
            f"{shift_mm:.3g} mm), so they are no upright volume; use a series without tilt.",
            "gantry-tilt",
        )


def _numbers(values: Any, count: int) -> NDArray[np.float64]:
    numbers = np.array([float(value) for value in values], dtype=np.float64)
    if numbers.size != count:
        raise ValueError(count)
    return numbers


def _no_geometry(path: Path) -> DataRefusedError:
    return DataRefusedError(
        f"A slice in {path.parent.name} does not state where it lies (position, orientation, pixel spacing), or cannot "
        f"lie there; export the original CT series.",
        "no-geometry",
    )


# No chest CT is reconstructed at an increment this small (the finest in use are near 0.3 mm), and a position rounded to
# one decimal is off by at most half of it: two slices nearer than this are one position written twice.
SAME_POSITION_MM = 0.1


# A gap of one and a half steps is nearer to two steps than to one: a slice is gone. It is also what a change of the
# reconstruction increment within a series looks like, and no regular grid can hold that either.
MISSING_SLICE_STEPS = 1.5


# Positions are written with two or more decimals, so that rounding alone moves a gap by up to 0.01 mm; one percent of
# the step moves a lymph node's volume by less than one percent.
UNEVEN_SPACING_MM = 0.02


UNEVEN_SPACING_FRACTION = 0.01


def check_slice_positions(positions_mm: Sequence[float]) -> tuple[Finding, ...]:
    """What is wrong with the positions of a series' slices along its normal.

    Parameters
    ----------
    positions_mm
        Positions in mm, finite, in any order; fewer than two give no finding.

    Returns
    -------
    tuple of Finding
        duplicate-slice-positions (error): two slices less than 0.1 mm apart. missing-slices (error): a gap of one and
        a half times the smallest gap, or more. uneven-slice-spacing (warning): a gap more than 1% of the median gap,
        and more than 0.02 mm, off that median. Slices are counted from 0 at the lowest position.

    Examples
    --------
    >>> check_slice_positions([0.0, 2.5, 5.0])
    ()
    >>> [finding.code for finding in check_slice_positions([0.0, 2.5, 7.5])]
    ['missing-slices']
    """
    positions = np.sort(np.asarray(positions_mm, dtype=np.float64))
    if positions.size < 2:
        return ()
    gaps = np.diff(positions)
    duplicates = np.flatnonzero(gaps < SAME_POSITION_MM)
    distinct = gaps[gaps >= SAME_POSITION_MM]
    findings = []
    if duplicates.size:
        findings.append(_duplicates(duplicates))
    if distinct.size:
        findings.extend(_missing_or_uneven(gaps, distinct))
    return tuple(findings)


def _duplicates(duplicates: NDArray[np.intp]) -> Finding:
    return Finding(
        code="duplicate-slice-positions",
        severity="error",
        message=f"{duplicates.size} slice(s) of the CT lie where another already lies (first: slice "
        f"{duplicates[0] + 1} of the sorted series); keep one reconstruction of the scan in the folder.",
        numbers={"duplicate_count": int(duplicates.size), "first_slice": int(duplicates[0]) + 1},
    )


def _missing_or_uneven(gaps: NDArray[np.float64], distinct: NDArray[np.float64]) -> list[Finding]:
    step, largest = float(distinct.min()), float(distinct.max())
    where = int(np.argmax(gaps))
    if largest >= MISSING_SLICE_STEPS * step:
        missing = int(np.sum(np.rint(distinct / step) - 1))
        return [
            Finding(
                code="missing-slices",
                severity="error",
                message=f"The slices of the CT are {step:.3g} mm apart, but {largest:.3g} mm between slices "
                f"{where} and {where + 1} of the sorted series: slices are missing, or the step changes; export the "
                "whole series again, at one step.",
                numbers={
                    "step_mm": step,
                    "largest_gap_mm": largest,
                    "slice_before_gap": where,
                    "missing_count": max(missing, 1),
                },
            )
        ]
    median = float(np.median(distinct))
    if float(np.abs(distinct - median).max()) > max(UNEVEN_SPACING_MM, UNEVEN_SPACING_FRACTION * median):
        return [
            Finding(
                code="uneven-slice-spacing",
                severity="warning",
                message=f"The slices of the CT are unevenly spaced, {step:.3g} to {largest:.3g} mm apart; volume and "
                "shape are computed as if they were equal within the contour, so prefer a series with even spacing.",
                numbers={"smallest_gap_mm": step, "median_gap_mm": median, "largest_gap_mm": largest},
            )
        ]
    return []
