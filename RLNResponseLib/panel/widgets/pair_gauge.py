"""Two readings' scores of one lymph node on one scale, with the cutoff."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.wording import number
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.report.figures.drawing import LEFT_OF_CUTOFF, RIGHT_OF_CUTOFF
from RLNResponseLib.report.figures.score import scale_limits

_MARGIN = 6
_SIZE = 5
_ROWS = 4


class PairGauge(qt.QWidget):  # type: ignore[misc]
    """The picture of one score of two readings; drawn anew whenever it is resized or another is shown."""

    def __init__(self, parent: Any = None) -> None:
        qt.QWidget.__init__(self, parent)
        self._change: ScoreChange | None = None
        self._words = ("", "")
        self.setSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Fixed)

    def show_scores(self, change: ScoreChange, words: tuple[str, str]) -> None:
        """Draw two scores.

        Parameters
        ----------
        change
            One score of two readings.
        words
            What the readings are called.

        """
        self._change, self._words = change, words
        self.setFixedHeight(_ROWS * self._row() + 2 * _MARGIN)
        # What a screen reader says in place of the picture.
        self.accessibleDescription = _("{score}: {first}, {second}, cutoff {cutoff}").format(
            score=change.model.title,
            first=number(change.first.score),
            second=number(change.second.score),
            cutoff=number(change.model.cutoff.value),
        )
        self.update()

    def paintEvent(self, _event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw; Qt calls this."""
        if self._change is None:
            return
        painter = qt.QPainter(self)
        try:
            painter.setRenderHint(qt.QPainter.Antialiasing)
            self._draw(painter, self._change)
        finally:
            painter.end()

    def _row(self) -> int:
        return int(self.fontMetrics().height()) + 2

    def _draw(self, painter: Any, change: ScoreChange) -> None:
        model, row = change.model, self._row()
        ends = [scale_limits(model, result.score) for result in (change.first, change.second)]
        low, high = min(end[0] for end in ends), max(end[1] for end in ends)
        right = self.width - _MARGIN

        def place(value: float) -> float:
            share = min(max((value - low) / (high - low), 0.0), 1.0)
            return float(_MARGIN + share * (right - _MARGIN))

        ink = qt.QColor(self.palette.color(qt.QPalette.WindowText))
        cutoff = place(model.cutoff.value)
        shade = qt.QColor(ink)
        shade.setAlpha(18)
        painter.fillRect(qt.QRectF(_MARGIN, row, cutoff - _MARGIN, 2 * row), shade)
        pen = qt.QPen(ink)
        pen.setStyle(qt.Qt.DashLine)
        painter.setPen(pen)
        painter.drawLine(qt.QPointF(cutoff, row), qt.QPointF(cutoff, 3 * row))
        self._text(
            painter, f"{model.title}, " + _("cutoff {value}").format(value=number(model.cutoff.value)), 0, cutoff
        )
        for position, (words, result) in enumerate(zip(self._words, (change.first, change.second), strict=True)):
            middle = (position + 1.5) * row
            at = place(result.score)
            above = result.score > model.cutoff.value
            colour = qt.QColor(RIGHT_OF_CUTOFF if above else LEFT_OF_CUTOFF)
            path = qt.QPainterPath()
            if result.withheld:
                path.addEllipse(qt.QRectF(at - _SIZE, middle - _SIZE, 2 * _SIZE, 2 * _SIZE))
                painter.fillPath(path, qt.QBrush(ink))
            else:
                tip = _SIZE if above else -_SIZE
                path.moveTo(at + tip, middle)
                path.lineTo(at - tip, middle - _SIZE)
                path.lineTo(at - tip, middle + _SIZE)
                path.closeSubpath()
                painter.fillPath(path, qt.QBrush(colour))
            self._beside(painter, f"{words} {number(result.score)}", middle - row / 2, at, right, above)
        painter.setPen(qt.QPen(ink))
        painter.drawLine(qt.QPointF(_MARGIN, 3 * row), qt.QPointF(right, 3 * row))
        self._text(painter, number(low), 3 * row + 1, _MARGIN)
        self._text(painter, number(high), 3 * row + 1, right)

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
