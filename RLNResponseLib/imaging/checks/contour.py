"""Whether the contour is there, on the CT, three-dimensional, in one piece, and whole.

Whether the contour has the size of a lymph node.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.findings import Finding
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
    """Warnings for a contour smaller or larger than the lymph nodes that the score is for (spacing x, y, z).

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z), mm.

    Returns
    -------
    tuple of Finding
    """
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

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    spacing_mm
        (x, y, z), mm.

    Returns
    -------
    float
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


# Texture on CT already depends on the region's size at a sphere of 4 mm (Jensen 2021, doi 10.3390/tomography7020022), 27
# voxels of 0.7 x 0.7 x 2.5 mm; below 16 there are hardly pairs of neighbours to count.
MINIMUM_VOXELS = 16

# A surface, and with it sphericity, needs a neighbour in every direction.
MINIMUM_EXTENT = 2

# Enough to recognise the parts in a message.
_LISTED_PARTS = 5


def check_placement(contour: Contour, shape: tuple[int, int, int]) -> tuple[Finding, ...]:
    """Errors that leave nothing to look at: the contour is empty, or not inside the CT of `shape` [k, j, i].

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    shape
        [k, j, i], voxels along each axis.

    Returns
    -------
    tuple of Finding
    """
    if not contour.voxels.any():
        return (
            Finding(
                "empty-contour",
                "error",
                f"The contour '{contour.name}' is empty: not one voxel of it is set; draw it, or name another segment.",
            ),
        )
    if all(part.start >= 0 and part.stop <= size for part, size in zip(contour.box, shape, strict=True)):
        return ()
    return (
        Finding(
            "outside-ct",
            "error",
            f"The contour '{contour.name}' reaches outside the CT's {' × '.join(map(str, shape[::-1]))} voxels; "
            "draw it on this CT.",
            {
                **{f"first_{axis}": part.start for axis, part in zip("kji", contour.box, strict=True)},
                **{f"last_{axis}": part.stop - 1 for axis, part in zip("kji", contour.box, strict=True)},
            },
        ),
    )


def check_extent(contour: Contour) -> tuple[Finding, ...]:
    """Errors of a contour too small for features: fewer than 16 voxels, or flat.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.

    Returns
    -------
    tuple of Finding
    """
    findings = []
    if contour.voxel_count < MINIMUM_VOXELS:
        findings.append(
            Finding(
                "few-voxels",
                "error",
                f"The contour '{contour.name}' holds {contour.voxel_count} voxel(s); features need at least "
                f"{MINIMUM_VOXELS}: draw the whole lymph node.",
                {"voxel_count": contour.voxel_count, "minimum_voxels": MINIMUM_VOXELS},
            )
        )
    slices, rows, columns = contour.voxels.shape
    numbers = {"slices": slices, "rows": rows, "columns": columns}
    if slices < MINIMUM_EXTENT:
        findings.append(
            Finding(
                "one-slice-only",
                "error",
                f"The contour '{contour.name}' lies on one slice only; draw it on every slice that shows the lymph node.",
                numbers,
            )
        )
    if min(rows, columns) < MINIMUM_EXTENT:
        findings.append(
            Finding(
                "not-three-dimensional",
                "error",
                f"The contour '{contour.name}' is one voxel wide ({columns} × {rows} voxels on {slices} slice(s)), not a "
                "volume; draw the whole lymph node.",
                numbers,
            )
        )
    return tuple(findings)


def check_components(
    parts: Sequence[Contour], spacing_mm: tuple[float, float, float], name: str
) -> tuple[Finding, ...]:
    """A warning where the contour falls into separate `parts` (26-connected, largest first; spacing x, y, z).

    Parameters
    ----------
    parts
        The connected components, largest first.
    spacing_mm
        (x, y, z), mm.
    name
        Its name, for messages.

    Returns
    -------
    tuple of Finding
    """
    if len(parts) == 1:
        return ()
    voxel_mm3 = math.prod(spacing_mm)
    volumes = [part.voxel_count * voxel_mm3 for part in parts]
    listed = ", ".join(f"{volume:.0f}" for volume in volumes[:_LISTED_PARTS])
    more = ", …" if len(volumes) > _LISTED_PARTS else ""
    return (
        Finding(
            "several-components",
            "warning",
            f"The contour '{name}' is in {len(parts)} separate parts ({listed}{more} mm³) and is scored as one lesion; "
            "erase stray voxels.",
            {
                "component_count": len(parts),
                "largest_mm3": volumes[0],
                "smallest_mm3": volumes[-1],
                "volumes_mm3": f"{listed}{more}",
            },
            terminal="or score each part with --components",
        ),
    )


def check_border(contour: Contour, shape: tuple[int, int, int]) -> tuple[Finding, ...]:
    """A warning where the contour touches a face of the CT of `shape` [k, j, i]: the rest of it may lie beyond.

    Parameters
    ----------
    contour
        The contour, on the grid of the CT.
    shape
        [k, j, i], voxels along each axis.

    Returns
    -------
    tuple of Finding
    """
    faces = []
    for axis, part, size in zip(("slice", "row", "column"), contour.box, shape, strict=True):
        if part.start == 0:
            faces.append(f"first {axis}")
        if part.stop == size:
            faces.append(f"last {axis}")
    if not faces:
        return ()
    return (
        Finding(
            "at-image-border",
            "warning",
            f"The contour '{contour.name}' touches the border of the CT ({', '.join(faces)}): part of the lymph node may "
            "be cut off; use a CT that shows all of it.",
            {"faces": ", ".join(faces)},
        ),
    )
