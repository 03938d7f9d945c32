"""The scores of one segment of the scene, for scripts."""

from __future__ import annotations

from typing import Any

from RLNResponseLib.modelling.lesion import LesionResult, score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.scene.ct_volume import ct_from_volume
from RLNResponseLib.scene.segmentations import contour_of


def score_segment(volume: Any, segmentation: Any, segment_id: str) -> LesionResult:
    """Both published scores of a segment on a CT. Raises DataRefusedError."""
    ct = ct_from_volume(volume)
    return score_contour(ct, contour_of(segmentation, segment_id, ct), published_models())
