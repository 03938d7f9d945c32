"""Two readings' scores of one lymph node on one scale, with the cutoff."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.wording import number
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.panel.widgets.scale import Scale, ScalePicture
from RLNResponseLib.report.figures.score import scale_limits

_MARGIN = 6
_SIZE = 5
_ROWS = 4


class PairGauge(ScalePicture):
    """The picture of one score of two readings."""

    def show_scores(self, change: ScoreChange, words: tuple[str, str]) -> None:
        """Draw two scores.

        Parameters
        ----------
        change
            One score of two readings.
        words
            What the readings are called.

        """
        self.setFixedHeight(_ROWS * self._row() + 2 * _MARGIN)
        said = _("{score}: {first}, {second}, cutoff {cutoff}").format(
            score=change.model.title,
            first=number(change.first.score),
            second=number(change.second.score),
            cutoff=number(change.model.cutoff.value),
        )
        self._show((change, words), said)

    def _draw(self, painter: Any, shown: tuple[ScoreChange, tuple[str, str]]) -> None:
        change, said = shown
        model, row = change.model, self._row()
        ends = [scale_limits(model, result.score) for result in (change.first, change.second)]
        scale = Scale(
            left=_MARGIN,
            right=self.width - _MARGIN,
            low=min(end[0] for end in ends),
            high=max(end[1] for end in ends),
        )
        cutoff = model.cutoff
        self._draw_cutoff(painter, scale, cutoff.value, row, 3 * row)
        self._text(
            painter,
            f"{model.title}, " + _("cutoff {value}").format(value=number(cutoff.value)),
            0,
            scale.x(cutoff.value),
        )
        for position, (words, result) in enumerate(zip(said, (change.first, change.second), strict=True)):
            middle, at, above = (position + 1.5) * row, scale.x(result.score), cutoff.is_above(result.score)
            self._mark(painter, at, middle, _SIZE, above=above, is_withheld=bool(result.withheld))
            self._beside(painter, f"{words} {number(result.score)}", middle - row / 2, at, scale.right, above)
        painter.setPen(qt.QPen(self._ink()))
        painter.drawLine(qt.QPointF(scale.left, 3 * row), qt.QPointF(scale.right, 3 * row))
        self._text(painter, number(scale.low), 3 * row + 1, scale.left)
        self._text(painter, number(scale.high), 3 * row + 1, scale.right)

    def _beside(self, painter: Any, words: str, top: float, at: float, right: float, above: bool) -> None:
        """On the side of a mark that is away from the cutoff, or on the other where there is no room."""
        width = float(self.fontMetrics().horizontalAdvance(words)) + 2
        on_left, on_right = at - 2 * _SIZE - width, at + 2 * _SIZE
        has_room = on_right + width <= right if above else on_left >= 0
        begin = on_right if above == has_room else on_left
        painter.drawText(qt.QRectF(begin, top, width + 1, self._row()), qt.Qt.AlignLeft | qt.Qt.AlignVCenter, words)

    def _text(self, painter: Any, words: str, top: float, x: float) -> None:
        """Centred at x, moved inwards where it would leave the picture."""
        width = float(self.fontMetrics().horizontalAdvance(words)) + 2
        begin = max(min(x - width / 2, self.width - width), 0.0)
        painter.drawText(qt.QRectF(begin, top, width + 1, self._row()), qt.Qt.AlignLeft | qt.Qt.AlignVCenter, words)
