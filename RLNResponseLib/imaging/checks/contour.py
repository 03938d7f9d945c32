"""Checks of a contour: on the CT, three-dimensional, in one piece, not cut off, and of a lymph node's size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.wording import apart
from RLNResponseLib.imaging.in_plane_axes import NORMAL_SHORT_AXIS_MM, axes_in_slices
from RLNResponseLib.imaging.records import Contour

# A sphere of 33.5 cm³. Recurrent lymph nodes after esophagectomy are divided into small and large at 25 cm³ (Zhang
# 2021, doi 10.3389/fonc.2021.638521) and 27 cm³ of gross tumour volume (Shi 2019, doi 10.3892/ol.2019.10529): a single
# lymph node above both is unlike most that the score was made from.
LARGE_EQUIVALENT_DIAMETER_MM = 40.0


def check_size(contour: Contour, spacing_mm: tuple[float, float, float]) -> tuple[Finding, ...]:
    """Warnings for a contour smaller or larger than the lymph nodes that the score is for.

    Parameters
    ----------
    contour
        A contour with at least one voxel.
    spacing_mm
        Voxel spacing (x, y, z), mm.

    Returns
    -------
    tuple of Finding
        small-lymph-node (short axis under 10 mm), large-lymph-node (more than a sphere of 40 mm).

    Examples
    --------
    >>> import numpy as np
    >>> cube = Contour.from_full_grid(np.ones((4, 4, 4), dtype=bool), "LN")
    >>> [finding.code for finding in check_size(cube, (1.0, 1.0, 1.0))]
    ['small-lymph-node']
    """
    findings = []
    short = axes_in_slices(contour, spacing_mm).judged_mm
    if short < NORMAL_SHORT_AXIS_MM:
        findings.append(
            Finding(
                code="small-lymph-node",
                severity="warning",
                message=f"The short axis of the contour '{contour.name}' is "
                f"{apart(short, NORMAL_SHORT_AXIS_MM, digits=1)} mm; RECIST 1.1 counts a lymph node under "
                f"{NORMAL_SHORT_AXIS_MM:g} mm as normal: check that it is a recurrence and drawn whole.",
                numbers={"short_axis_mm": short, "minimum_mm": NORMAL_SHORT_AXIS_MM},
            )
        )
    volume = contour.voxel_count * math.prod(spacing_mm)
    diameter = (6.0 * volume / math.pi) ** (1.0 / 3.0)
    if diameter > LARGE_EQUIVALENT_DIAMETER_MM:
        findings.append(
            Finding(
                code="large-lymph-node",
                severity="warning",
                message=f"The contour '{contour.name}' holds {volume / 1000:.1f} cm³, as much as a sphere of "
                f"{diameter:.0f} mm: more than a recurrent lymph node usually has; check that only one lymph node is "
                "inside.",
                numbers={
                    "volume_mm3": volume,
                    "equivalent_diameter_mm": diameter,
                    "maximum_mm": LARGE_EQUIVALENT_DIAMETER_MM,
                },
            )
        )
    return tuple(findings)


# Texture on CT already depends on the region's size at a sphere of 4 mm (Jensen 2021, doi 10.3390/tomography7020022),
# 27 voxels of 0.7 x 0.7 x 2.5 mm; below 16 there are hardly pairs of neighbours to count.
MINIMUM_VOXELS = 16

# A surface, and with it sphericity, needs a neighbour in every direction.
MINIMUM_EXTENT = 2

# Enough to recognise the parts in a message.
_LISTED_PARTS = 5


def check_extent(contour: Contour) -> tuple[Finding, ...]:
    """Errors of a contour too small for features: fewer than 16 voxels, or flat.

    Parameters
    ----------
    contour
        A contour with at least one voxel.

    Returns
    -------
    tuple of Finding
        few-voxels, one-slice-only, not-three-dimensional.

    Examples
    --------
    >>> import numpy as np
    >>> flat = Contour.from_full_grid(np.ones((1, 3, 3), dtype=bool), "LN")
    >>> [finding.code for finding in check_extent(flat)]
    ['few-voxels', 'one-slice-only']
    """
    findings = []
    if contour.voxel_count < MINIMUM_VOXELS:
        findings.append(
            Finding(
                code="few-voxels",
                severity="error",
                message=f"The contour '{contour.name}' holds {contour.voxel_count} voxel(s); features need at least "
                f"{MINIMUM_VOXELS}: draw the whole lymph node.",
                numbers={"voxel_count": contour.voxel_count, "minimum_voxels": MINIMUM_VOXELS},
            )
        )
    slices, rows, columns = contour.voxels.shape
    numbers = {"slices": slices, "rows": rows, "columns": columns}
    if slices < MINIMUM_EXTENT:
        findings.append(
            Finding(
                code="one-slice-only",
                severity="error",
                message=f"The contour '{contour.name}' lies on one slice only; draw it on every slice that shows the "
                f"lymph node.",
                numbers=numbers,
            )
        )
    if min(rows, columns) < MINIMUM_EXTENT:
        findings.append(
            Finding(
                code="not-three-dimensional",
                severity="error",
                message=f"The contour '{contour.name}' is one voxel wide ({columns} × {rows} voxels on {slices} "
                f"slice(s)), not a volume; draw the whole lymph node.",
                numbers=numbers,
            )
        )
    return tuple(findings)


def check_components(
    parts: Sequence[Contour], spacing_mm: tuple[float, float, float], name: str
) -> tuple[Finding, ...]:
    """A warning where the contour falls into separate parts.

    Parameters
    ----------
    parts
        The contour's connected components (26-connectivity), largest first, as `connected_components` gives them.
    spacing_mm
        Voxel spacing (x, y, z), mm.
    name
        The contour's name, for the message.

    Returns
    -------
    tuple of Finding
        several-components, with the parts' volumes; nothing for a contour in one piece.
    """
    if len(parts) == 1:
        return ()
    voxel_mm3 = math.prod(spacing_mm)
    volumes = [part.voxel_count * voxel_mm3 for part in parts]
    listed = ", ".join(f"{volume:.0f}" for volume in volumes[:_LISTED_PARTS])
    more = ", …" if len(volumes) > _LISTED_PARTS else ""
    return (
        Finding(
            code="several-components",
            severity="warning",
            message=f"The contour '{name}' is in {len(parts)} separate parts ({listed}{more} mm³) and is scored as "
            f"one lesion; erase stray voxels.",
            numbers={
                "component_count": len(parts),
                "largest_mm3": volumes[0],
                "smallest_mm3": volumes[-1],
                "volumes_mm3": f"{listed}{more}",
            },
            terminal="or score each part with --components, one of them with --component N",
        ),
    )


def check_border(contour: Contour, shape: tuple[int, int, int]) -> tuple[Finding, ...]:
    """A warning where the contour touches a face of the CT: the rest of the lymph node may lie beyond.

    Parameters
    ----------
    contour
        A contour inside the CT.
    shape
        Number of voxels of the CT, [k, j, i].

    Returns
    -------
    tuple of Finding
        at-image-border, with the faces that are touched.

    Examples
    --------
    >>> import numpy as np
    >>> mask = np.zeros((6, 6, 6), dtype=bool)
    >>> mask[:3, 2:4, 2:4] = True
    >>> check_border(Contour.from_full_grid(mask, "LN"), mask.shape)[0].numbers
    {'faces': 'first slice'}
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
            code="at-image-border",
            severity="warning",
            message=f"The contour '{contour.name}' touches the border of the CT ({', '.join(faces)}): part of the "
            f"lymph node may be cut off; use a CT that shows all of it.",
            numbers={"faces": ", ".join(faces)},
        ),
    )
