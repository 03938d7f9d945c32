"""What is doubtful in an RTSTRUCT's outlines and yet readable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import counted

# A corner this near to a voxel's centre, in voxels, lies on it: of corners that were drawn, 1 in 600 does by chance.
ON_CENTRE_VOXELS = 0.02
# Software that traces a mask through its voxels' centres puts every corner there.
CENTRED_CORNERS_FRACTION = 0.5
# Outlines of one lymph node are not drawn further apart than the smallest lymph node that counts is wide (RECIST 1.1:
# 10 mm): what lies further apart are two.
SKIPPED_SLICES_MM = 10.0
_LISTED_SLICES = 8


def check_between_slices(
    name: str, own_slices: Sequence[int] | None, step_mm: float, spacing_mm: float
) -> tuple[Finding, ...]:
    """The warning resampled-contour of outlines that are not on each of the CT's slices.

    Parameters
    ----------
    name
        The ROI's name.
    own_slices
        The slices of the CT that the outlines lie on; None where they lie between slices.
    step_mm, spacing_mm
        The distance of the outlines' planes, and of the CT's slices.

    Returns
    -------
    tuple of Finding
    """
    drawn = f"slices {step_mm:.3g} mm apart that are not the CT's ({spacing_mm:.3g} mm apart)"
    if own_slices is not None:
        drawn = (
            f"{slices_listed(own_slices)} of the CT and not on those between ({step_mm:.3g} mm apart, the CT's are "
            f"{spacing_mm:.3g} mm)"
        )
    return (
        Finding(
            code="resampled-contour",
            severity="warning",
            message=(
                f"The contour '{name}' was drawn on {drawn}, and each slice of the CT took the nearest outline; "
                f"make sure that both show the same scan."
            ),
            numbers={"drawn_step_mm": step_mm, "ct_step_mm": spacing_mm},
        ),
    )


def check_skipped_slices(mask: NDArray[np.bool_], name: str, spacing_mm: float) -> tuple[Finding, ...]:
    """A warning where a contour is empty on slices, and lies at one place on the nearest ones below and above.

    Parameters
    ----------
    mask
        bool [k, j, i], on the CT's grid.
    name
        The ROI's name.
    spacing_mm
        The distance of the CT's slices.

    Returns
    -------
    tuple of Finding
        skipped-slices.
    """
    filled = np.flatnonzero(mask.any(axis=(1, 2)))
    skipped = [
        k
        for below, above in pairwise(filled)
        if above - below > 1
        and (above - below) * spacing_mm <= SKIPPED_SLICES_MM * 1.001
        and (mask[below] & mask[above]).any()
        for k in range(int(below) + 1, int(above))
    ]
    if not skipped:
        return ()
    return (
        Finding(
            code="skipped-slices",
            severity="warning",
            message=(
                f"The contour '{name}' encloses nothing on {slices_listed(skipped)} of the CT, though it does below "
                f"and above: outlines are missing there or too small, and the score leaves those slices out; draw "
                f"or interpolate them, and export again."
            ),
            numbers={
                "skipped_count": len(skipped),
                "first_skipped_slice": skipped[0],
                "last_skipped_slice": skipped[-1],
            },
        ),
    )


def check_overlaps(
    overlapping: Sequence[int], nested: Sequence[int], name: str, *, exclusive: bool
) -> tuple[Finding, ...]:
    """A warning where outlines of one slice cross each other.

    Parameters
    ----------
    overlapping
        The slices where they do.
    nested
        The slices where an outline lies inside another one: where others overlap, it may be a stroke and no hole.
    name
        The ROI's name.
    exclusive
        Whether the file states that overlaps are left out (CLOSEDPLANAR_XOR).

    Returns
    -------
    tuple of Finding
        overlapping-outlines.
    """
    if not overlapping:
        return ()
    holes = f"; an outline inside another one was read as a hole, on {slices_listed(nested)}" if nested else ""
    how = "left out, as the file states (CLOSEDPLANAR_XOR)" if exclusive else "counted once, with the area of each"
    return (
        Finding(
            code="overlapping-outlines",
            severity="warning",
            message=(
                f"Outlines of the contour '{name}' overlap on {slices_listed(overlapping)} of the CT, and what they "
                f"share was {how}{holes}; look at it on the CT."
            ),
            numbers={"overlapping_slices": len(overlapping), "first_overlapping_slice": overlapping[0]},
        ),
    )


def check_loops(looped: Sequence[int], name: str) -> tuple[Finding, ...]:
    """A warning where an outline crosses itself and goes round a part twice.

    Parameters
    ----------
    looped
        The slices where one does.
    name
        The ROI's name.

    Returns
    -------
    tuple of Finding
        outline-crosses-itself.
    """
    if not looped:
        return ()
    return (
        Finding(
            code="outline-crosses-itself",
            severity="warning",
            message=(
                f"An outline of the contour '{name}' crosses itself on {slices_listed(looped)} of the CT, and what "
                f"it goes round twice is left out, as a hole is; look at it on the CT."
            ),
            numbers={"crossed_slices": len(looped), "first_crossed_slice": looped[0]},
        ),
    )


def check_centred_corners(outlines: Sequence[NDArray[np.float64]], name: str) -> tuple[Finding, ...]:
    """A warning where outlines run through the centres of voxels, which then lie neither inside nor outside.

    Parameters
    ----------
    outlines
        Each (n, 3) or (n, 2): the corners (i, j, …) in voxels.
    name
        The ROI's name.

    Returns
    -------
    tuple of Finding
        outlines-through-centres.

    Examples
    --------
    >>> square = np.array([(0, 0), (8, 0), (8, 8), (0, 8)], dtype=float)
    >>> [finding.code for finding in check_centred_corners([square + 3], "LN")]
    ['outlines-through-centres']
    >>> check_centred_corners([square + 2.5], "LN")
    ()
    """
    corners = np.concatenate([points[:, :2] for points in outlines])
    centred = (np.abs(corners - np.rint(corners)) <= ON_CENTRE_VOXELS).all(axis=1)
    fraction = float(centred.mean())
    if fraction <= CENTRED_CORNERS_FRACTION:
        return ()
    return (
        Finding(
            code="outlines-through-centres",
            severity="warning",
            message=(
                f"The outlines of the contour '{name}' run through the centres of the CT's voxels ({fraction:.0%} "
                f"of their corners), as software that traces a mask writes them; voxels on the line count on the "
                f"left and upper rim and not on the right and lower one, so the contour may be a voxel narrower "
                f"than meant: use the mask itself (DICOM SEG, label map) where there is one."
            ),
            numbers={"centred_corners_percent": round(100 * fraction, 1)},
        ),
    )


def check_left_out(left_out: Iterable[str], name: str) -> tuple[Finding, ...]:
    """A warning that names the outlines that enclose nothing and were passed over.

    Parameters
    ----------
    left_out
        What each is, as `listed` counts them.
    name
        The ROI's name.

    Returns
    -------
    tuple of Finding
        outlines-left-out.
    """
    kinds = tuple(left_out)
    if not kinds:
        return ()
    return (
        Finding(
            code="outlines-left-out",
            severity="warning",
            message=(
                f"{counted(len(kinds), 'outline')} of the contour '{name}' cannot enclose anything and count as "
                f"nothing ({listed(kinds)}); make sure that no part of the lymph node is meant by them."
            ),
            numbers={"left_out_count": len(kinds)},
        ),
    )


def listed(kinds: Iterable[str]) -> str:
    """Kinds with how many there are of each.

    Parameters
    ----------
    kinds
        One for each outline.

    Returns
    -------
    str

    Examples
    --------
    >>> listed(["POINT", "of 2 points", "POINT"])
    '2 POINT, 1 of 2 points'
    """
    return ", ".join(f"{count} {kind}" for kind, count in Counter(kinds).items())


def slices_listed(slices: Sequence[int]) -> str:
    """Slices of the CT in a sentence, the first few by number.

    Parameters
    ----------
    slices
        Their places in the CT, from 0.

    Returns
    -------
    str

    Examples
    --------
    >>> slices_listed([11]), slices_listed([11, 13])
    ('slice 11 (counted from 0)', 'slices 11 and 13 (counted from 0)')
    >>> slices_listed(range(2, 40, 3))
    'slices 2, 5, 8, 11, 14, 17, 20, 23 and 5 more (counted from 0)'
    """
    shown = [str(k) for k in slices[:_LISTED_SLICES]]
    if len(slices) > _LISTED_SLICES:
        shown.append(f"{len(slices) - _LISTED_SLICES} more")
    words = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    return f"slice{'' if len(slices) == 1 else 's'} {words} (counted from 0)"
