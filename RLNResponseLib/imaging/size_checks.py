"""Whether the contour has the size of a lymph node."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.findings import Finding
from RLNResponseLib.imaging.records import Contour

# RECIST 1.1: a lymph node under 10 mm in short axis is normal and not recorded (Eisenhauer 2009,
# doi 10.1016/j.ejca.2008.10.026; Schwartz 2009, doi 10.1016/j.ejca.2008.10.028). The paper's response is RECIST's.
NORMAL_SHORT_AXIS_MM = 10.0

# A sphere of 33.5 cm³. Recurrent lymph nodes after esophagectomy are divided into small and large at 25 cm³ (Zhang 2021,
# doi 10.3389/fonc.2021.638521) and 27 cm³ of gross tumour volume (Shi 2019, doi 10.3892/ol.2019.10529): a single lymph
# node above both is unlike most that the score was made from.
LARGE_EQUIVALENT_DIAMETER_MM = 40.0

# Half-degree steps: a width is then found to within 0.001%.
_DIRECTIONS = 360


def check_size(contour: Contour, spacing_mm: tuple[float, float, float]) -> tuple[Finding, ...]:
    """Warnings for a contour smaller or larger than the lymph nodes that the score is for (spacing x, y, z)."""
    findings = []
    short = short_axis_mm(contour, spacing_mm)
    if short < NORMAL_SHORT_AXIS_MM:
        findings.append(
            Finding(
                "small-lymph-node",
                "warning",
                f"The short axis of the contour '{contour.name}' is {short:.1f} mm; RECIST 1.1 counts a lymph node under "
                f"{NORMAL_SHORT_AXIS_MM:g} mm as normal: check that it is a recurrence and drawn whole.",
                {"short_axis_mm": short, "minimum_mm": NORMAL_SHORT_AXIS_MM},
            )
        )
    volume = contour.voxel_count * math.prod(spacing_mm)
    diameter = (6.0 * volume / math.pi) ** (1.0 / 3.0)
    if diameter > LARGE_EQUIVALENT_DIAMETER_MM:
        findings.append(
            Finding(
                "large-lymph-node",
                "warning",
                f"The contour '{contour.name}' holds {volume / 1000:.1f} cm³, as much as a sphere of {diameter:.0f} mm: more "
                "than a recurrent lymph node usually has; check that only one lymph node is inside.",
                {
                    "volume_mm3": volume,
                    "equivalent_diameter_mm": diameter,
                    "maximum_mm": LARGE_EQUIVALENT_DIAMETER_MM,
                },
            )
        )
    return tuple(findings)


def short_axis_mm(contour: Contour, spacing_mm: tuple[float, float, float]) -> float:
    """The smallest width, between two parallel lines, of the slice with the largest area.

    RECIST 1.1 measures across the longest diameter instead: the same for an ellipse, but on voxels the longest diameter
    of a nearly round lymph node turns with every voxel, and the smallest width does not. Measured between the outer
    voxels' centres, plus one voxel; spacing is x, y, z.
    """
    areas = np.count_nonzero(contour.voxels, axis=(1, 2))
    points = _outline(contour.voxels[int(np.argmax(areas))]) * (spacing_mm[1], spacing_mm[0])
    angles = np.arange(_DIRECTIONS) * (math.pi / _DIRECTIONS)
    along = points @ np.stack([np.sin(angles), np.cos(angles)])
    voxel_mm = math.sqrt(spacing_mm[0] * spacing_mm[1])
    return float(np.ptp(along, axis=0).min()) + voxel_mm


def _outline(area: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The first and last set pixel of every row that has one, as (j, i): the extremes in any direction are among them."""
    rows = np.flatnonzero(area.any(axis=1))
    first = np.argmax(area[rows], axis=1)
    last = area.shape[1] - 1 - np.argmax(area[rows, ::-1], axis=1)
    return np.concatenate([np.stack([rows, first], axis=1), np.stack([rows, last], axis=1)])
