"""Whether the contour is there, on the CT, three-dimensional, in one piece, and whole."""

from __future__ import annotations

import math
from collections.abc import Sequence

from RLNResponseLib.findings import Finding
from RLNResponseLib.imaging.records import Contour

# Texture on CT already depends on the region's size at a sphere of 4 mm (Jensen 2021, doi 10.3390/tomography7020022), 27
# voxels of 0.7 x 0.7 x 2.5 mm; below 16 there are hardly pairs of neighbours to count.
MINIMUM_VOXELS = 16

# A surface, and with it sphericity, needs a neighbour in every direction.
MINIMUM_EXTENT = 2

# Enough to recognise the parts in a message.
_LISTED_PARTS = 5


def check_placement(contour: Contour, shape: tuple[int, int, int]) -> tuple[Finding, ...]:
    """Errors that leave nothing to look at: the contour is empty, or not inside the CT of `shape` [k, j, i]."""
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
    """Errors of a contour too small for features: fewer than 16 voxels, or flat."""
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
    """A warning where the contour falls into separate `parts` (26-connected, largest first; spacing x, y, z)."""
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
    """A warning where the contour touches a face of the CT of `shape` [k, j, i]: the rest of it may lie beyond."""
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
