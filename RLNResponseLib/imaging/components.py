"""The separate lesions that one contour holds."""

from __future__ import annotations

import numpy as np

from RLNResponseLib.imaging.connectivity import components
from RLNResponseLib.imaging.records import Contour


def connected_components(contour: Contour) -> tuple[Contour, ...]:
    """The connected components of a contour, largest first; voxels that share a face, edge or corner are connected.

    Each is named after the contour ("LN_c40 (1 of 3)") and keeps its findings; a contour in one piece is returned as it
    is. Of two with the same number of voxels the one that begins first in [k, j, i] order comes first.
    """
    component, sizes = components(contour.voxels)
    count = len(sizes)
    if count == 1:
        return (contour,)
    labels = np.full(contour.voxels.shape, -1)
    labels[contour.voxels] = component
    parts = []
    for rank, number in enumerate(np.argsort(-sizes, kind="stable"), start=1):
        part = Contour.from_full_grid(
            labels == number, f"{contour.name} ({rank} of {count})", findings=contour.findings
        )
        k, j, i = (start + offset for start, offset in zip(contour.corner, part.corner, strict=True))
        parts.append(Contour(part.name, part.voxels, (k, j, i), contour.findings))
    return tuple(parts)
