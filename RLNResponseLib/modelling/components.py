"""A contour in several parts, each scored by itself: which part a reader means is theirs to say."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.imaging.grid import centre_of
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.imaging.segment_places import Point
from RLNResponseLib.modelling.lesion import LesionResult


@dataclass(frozen=True, kw_only=True)
class ScoredPart:
    """One connected component of a contour.

    Attributes
    ----------
    number
        From 1, the largest.
    segment
        Its name, which says which part it is.
    voxels
        How many.
    volume_mm3
        Voxel count times voxel volume.
    place_mm
        The mean of its voxels' centres, LPS.
    result
        Its scores; None where it was refused.
    refusal
        Why there are none; None where there are.
    """

    number: int
    segment: str
    voxels: int
    volume_mm3: float
    place_mm: Point
    result: LesionResult | None = None
    refusal: DataRefusedError | None = None

    def as_json(self) -> dict[str, Any]:
        """The part as `rlnresponse score --components --json` prints it."""
        if self.result is not None:
            return {"component": self.number, **self.result.as_json()}
        return {
            "component": self.number,
            "segment": self.segment,
            "volume_mm3": self.volume_mm3,
            "voxels": self.voxels,
            "place_mm": list(self.place_mm),
            "refused": str(self.refusal),
            "code": None if self.refusal is None else self.refusal.code,
        }


def score_parts(ct: CTImage, contour: Contour, score: Callable[[Contour], LesionResult]) -> tuple[ScoredPart, ...]:
    """Score each connected component by itself; a part that is refused, a stray voxel perhaps, does not stop the rest.

    Parameters
    ----------
    ct
        The CT.
    contour
        The contour, on the grid of the CT.
    score
        Scores one part.

    Returns
    -------
    tuple of ScoredPart
        Largest first.

    Raises
    ------
    DataRefusedError
        The refusal of the largest, where every part is refused.
    """
    voxel_mm3 = math.prod(ct.image.GetSpacing())
    parts = []
    for number, part in enumerate(connected_components(contour), start=1):
        result, refusal = None, None
        try:
            result = score(part)
        except DataRefusedError as refused:
            refusal = refused
        parts.append(
            ScoredPart(
                number=number,
                segment=part.name,
                voxels=part.voxel_count,
                volume_mm3=part.voxel_count * voxel_mm3,
                place_mm=centre_of(part, ct),
                result=result,
                refusal=refusal,
            )
        )
    first = parts[0].refusal
    if first is not None and all(part.result is None for part in parts):
        raise first
    return tuple(parts)
