"""Whether the slices of a series follow one another evenly, none twice and none missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.findings import Finding

# No chest CT is reconstructed at an increment this small (the finest in use are near 0.3 mm), and a position rounded to
# one decimal is off by at most half of it: two slices nearer than this are one position written twice.
SAME_POSITION_MM = 0.1

# A gap of one and a half steps is nearer to two steps than to one: a slice is gone. It is also what a change of the
# reconstruction increment within a series looks like, and no regular grid can hold that either.
MISSING_SLICE_STEPS = 1.5

# Positions are written with two or more decimals, so that rounding alone moves a gap by up to 0.01 mm; one percent of the
# step moves a lymph node's volume by less than one percent.
UNEVEN_SPACING_MM = 0.02
UNEVEN_SPACING_FRACTION = 0.01


def check_slice_positions(positions_mm: Sequence[float]) -> tuple[Finding, ...]:
    """What is wrong with the positions of a series' slices along its normal (mm, finite, in any order).

    duplicate-slice-positions (error)  two slices less than 0.1 mm apart
    missing-slices (error)             a gap of one and a half times the smallest gap, or more
    uneven-slice-spacing (warning)     a gap more than 1% of the median gap, and more than 0.02 mm, off that median

    Slices are counted from 0 at the lowest position. Fewer than two positions give no finding.
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
        "duplicate-slice-positions",
        "error",
        f"{duplicates.size} slice(s) of the CT lie where another already lies (first: slice {duplicates[0] + 1} of the "
        "sorted series); keep one reconstruction of the scan in the folder.",
        {"duplicate_count": int(duplicates.size), "first_slice": int(duplicates[0]) + 1},
    )


def _missing_or_uneven(gaps: NDArray[np.float64], distinct: NDArray[np.float64]) -> list[Finding]:
    step, largest = float(distinct.min()), float(distinct.max())
    where = int(np.argmax(gaps))
    if largest >= MISSING_SLICE_STEPS * step:
        missing = int(np.sum(np.rint(distinct / step) - 1))
        return [
            Finding(
                "missing-slices",
                "error",
                f"The slices of the CT are {step:.3g} mm apart, but {largest:.3g} mm between slices {where} and {where + 1} "
                "of the sorted series: slices are missing; export the whole series again.",
                {
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
                "uneven-slice-spacing",
                "warning",
                f"The slices of the CT are unevenly spaced, {step:.3g} to {largest:.3g} mm apart; volume and shape are "
                "computed as if all were equal, so prefer a series with even spacing.",
                {"smallest_gap_mm": step, "median_gap_mm": median, "largest_gap_mm": largest},
            )
        ]
    return []
