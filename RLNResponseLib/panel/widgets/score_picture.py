"""What the two pictures of one score share, line and gauge: published groups, a redrawn contour's band, the mark."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.wording import number
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.panel.widgets.scale import Scale, ScalePicture, side_colour


class ScorePicture(ScalePicture):
    """A picture of one score; what is drawn where is for the class that derives from it."""

    def show_score(self, lesion: LesionResult, result: ScoreResult) -> None:
        """Draw a score.

        Parameters
        ----------
        lesion
            All scores of the lymph node.
        result
            The one to draw.

        """
        said = _("{score}, cutoff {cutoff}, {group}").format(
            score=number(result.score), cutoff=number(result.model.cutoff.value), group=result.group_said
        )
        self._show((lesion, result), said)

    def _draw_group(self, painter: Any, scale: Scale, result: ScoreResult, published: Any, y: float) -> None:
        """A published group, mean and SD, in the colour of its side of the cutoff."""
        painter.setPen(qt.QPen(side_colour(published.mean > result.model.cutoff.value)))
        begin, end = (scale.x(published.mean + sign * published.sd) for sign in (-1, 1))
        painter.drawLine(qt.QPointF(begin, y), qt.QPointF(end, y))

    def _draw_score(
        self, painter: Any, scale: Scale, shown: tuple[LesionResult, ScoreResult], y: float, size: float
    ) -> None:
        """The score's mark."""
        _lesion, result = shown
        above = result.model.cutoff.is_above(result.score)
        self._mark(painter, scale.x(result.score), y, size, above=above, is_withheld=bool(result.withheld))

    def _draw_band(
        self, painter: Any, scale: Scale, shown: tuple[LesionResult, ScoreResult], y: float, height: float
    ) -> None:
        """How far redrawn contours move the score, where that is known."""
        lesion, result = shown
        uncertainty = next((known for known in lesion.uncertainty if known.model == result.model.id), None)
        if uncertainty is not None:
            begin, end = scale.x(uncertainty.lower), scale.x(uncertainty.upper)
            band = qt.QRectF(begin, y - height / 2, max(end - begin, 1.0), height)
            painter.fillRect(band, self._ink(70))
