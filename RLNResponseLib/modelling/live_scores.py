"""The scores of contours that are being edited: only what changed is computed again."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.witness import check_features
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.modelling.lesion import LesionResult, score_contour, uncertainty_in_steps
from RLNResponseLib.modelling.score_model import (
    ScoreModel,
)

# 500 cm³: no lymph node, and seconds of extraction; a whole lung chosen by mistake must not hold up an editor.
LARGEST_MM3 = 500_000.0


@dataclass(frozen=True, kw_only=True)
class LiveScore:
    """What is known of one segment now: its result, or the sentence that says why there is none.

    Attributes
    ----------
    name
        The segment's.
    result
        None where there is none.
    refusal
        Why there is none, in one sentence; "" where there is one.
    is_moved
        Whether redrawn contours were tried; where the contour is too small for them, a finding says so.
    checked
        What pyradiomics says of the features, in words; "" where it was not asked yet.
    """

    name: str
    result: LesionResult | None = None
    refusal: str = ""
    is_moved: bool = False
    checked: str = ""


@dataclass
class LiveScores:
    """Scores of the segments of one segmentation on one CT, kept by segment ID while contours change.

    Attributes
    ----------
    models
        What is scored with.
    """

    models: Sequence[ScoreModel]
    _ct: CTImage | None = None
    _known: dict[str, tuple[Contour, LiveScore]] = field(default_factory=dict)

    def score(self, segment_id: str, ct: CTImage, contour: Contour) -> LiveScore:
        """The score of a segment's contour; computed only where CT or contour differ from the last call's."""
        if ct is not self._ct:
            self._ct, self._known = ct, {}
        before = self._known.get(segment_id)
        if before is not None and _same(before[0], contour):
            return before[1]
        live = _score(ct, contour, self.models)
        self._known[segment_id] = (contour, live)
        return live

    def uncertainty(self, segment_id: str) -> Generator[None, None, LiveScore | None]:
        """What redrawn contours do to the segment's last score, a contour a step, and last what the witness says of
        its features; kept with the score.

        The value is None where the contour has changed meanwhile, or has no score.
        """
        known = self._known.get(segment_id)
        if known is None or known[1].result is None or self._ct is None:
            return None
        contour, live = known
        result = live.result
        assert result is not None
        if not live.is_moved:
            result = yield from uncertainty_in_steps(result, self._ct, contour)
            yield
            live = replace(live, result=result, is_moved=True, checked=_checked(self._ct, contour, result))
        if self._known.get(segment_id) is not known:
            return None
        self._known[segment_id] = (contour, live)
        return live

    def scored(self, segment_id: str) -> tuple[CTImage, Contour, LesionResult] | None:
        """The CT, the contour and the result of the segment's last score; None where there is none."""
        known = self._known.get(segment_id)
        if known is None or known[1].result is None or self._ct is None:
            return None
        return self._ct, known[0], known[1].result

    def forget(self, keep: Mapping[str, object] | Sequence[str] = ()) -> None:
        """Drop every segment that is not in `keep`."""
        self._known = {segment: known for segment, known in self._known.items() if segment in keep}


def _checked(ct: CTImage, contour: Contour, result: LesionResult) -> str:
    try:
        said = [check_features(ct, contour, vector).sentence for vector in result.vectors]
    except DataRefusedError as refused:
        return str(refused)
    return f"Features by {result.software.engine}, {'; with other settings '.join(said)}."


def _same(before: Contour, now: Contour) -> bool:
    return (
        before.name == now.name
        and before.corner == now.corner
        and before.findings == now.findings
        and np.array_equal(before.voxels, now.voxels)
    )


def _score(ct: CTImage, contour: Contour, models: Sequence[ScoreModel]) -> LiveScore:
    volume_mm3 = contour.voxel_count * float(np.prod(ct.image.GetSpacing()))
    if volume_mm3 > LARGEST_MM3:
        return LiveScore(
            name=contour.name,
            refusal=f"'{contour.name}' holds {volume_mm3 / 1000:.0f} cm³, which is no lymph node; choose another "
            f"segment.",
        )
    try:
        return LiveScore(name=contour.name, result=score_contour(ct, contour, models))
    except DataRefusedError as refused:
        return LiveScore(name=contour.name, refusal=str(refused))
