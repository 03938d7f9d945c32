"""The separate lesions that one contour holds."""

from __future__ import annotations

import numpy as np

from RLNResponseLib.imaging.records import Contour


def connected_components(contour: Contour) -> tuple[Contour, ...]:
    """The connected components of a contour, largest first; voxels that share a face, edge or corner are connected.

    Each is named after the contour ("LN_c40 (1 of 3)") and keeps its findings; a contour in one piece is returned as it
    is. Of two with the same number of voxels the one that begins first in [k, j, i] order comes first.
    """
    from scipy import ndimage

    labels, count = ndimage.label(contour.voxels, structure=np.ones((3, 3, 3), dtype=bool))
    if count == 1:
        return (contour,)
    sizes = np.bincount(labels.ravel())[1:]
    boxes = ndimage.find_objects(labels)
    parts = []
    for rank, label in enumerate(np.argsort(-sizes, kind="stable"), start=1):
        box = boxes[label]
        k, j, i = (start + part.start for start, part in zip(contour.corner, box, strict=True))
        voxels = np.ascontiguousarray(labels[box] == label + 1)
        parts.append(Contour(f"{contour.name} ({rank} of {count})", voxels, (k, j, i), contour.findings))
    return tuple(parts)
