"""One score drawn on its scale by Qt: the lymph node, the cutoff, the published groups, what each feature adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.wording import number, signed
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.modelling.uncertainty import ScoreUncertainty
from RLNResponseLib.report.figures.score import scale_limits, score_bars
from RLNResponseLib.report.figures.style import LEFT_OF_CUTOFF, RIGHT_OF_CUTOFF

MARGIN = 6
BAR = 4
LARGEST_GUTTER = 0.6  # the share of the width that the labels of the scale's rows may take
CONTRIBUTIONS = _("What each feature adds")


@dataclass(frozen=True, kw_only=True)
class _Frame:
    """A scale's values in pixels.

    Attributes
    ----------
    left, right
        Its ends, pixels; labels stand left of `left`.
    low, high
        The values there.
    """

    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        """The place of a value; beyond the scale it stays at its end."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)


class ScoreGauge(qt.QWidget):  # type: ignore[misc]
    """The picture of one score; drawn anew whenever it is resized or the score changes."""

    def __init__(self, parent: Any = None) -> None:
        qt.QWidget.__init__(self, parent)
        self._lesion: LesionResult | None = None
        self._result: ScoreResult | None = None
        self.setSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Fixed)

    def show_score(self, lesion: LesionResult, result: ScoreResult) -> None:
        """Draw a score.

        Parameters
        ----------
        lesion
            All scores of the lymph node.
        result
            The one to draw.

        """
        self._lesion, self._result = lesion, result
        rows = 4 + len(result.model.group_means) + len(score_bars(lesion, result))
        self.setFixedHeight(int(rows * self._row() + len(score_bars(lesion, result)) * (BAR + 2) + 2 * MARGIN))
        # What a screen reader says in place of the picture.
        self.accessibleDescription = _("{score}, cutoff {cutoff}, {group}").format(
            score=number(result.score), cutoff=number(result.model.cutoff.value), group=result.group_said
        )
        self.update()

    def clear(self) -> None:
        """Draw nothing."""
        self._lesion = self._result = None
        self.accessibleDescription = ""
        self.update()

    def paintEvent(self, _event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw; Qt calls this."""
        if self._result is None or self._lesion is None:
            return
        painter = qt.QPainter(self)
        try:
            painter.setRenderHint(qt.QPainter.Antialiasing)
            self._draw(painter, self._lesion, self._result)
        finally:
            painter.end()

    def _row(self) -> int:
        return int(self.fontMetrics().height()) + 2

    def _draw(self, painter: Any, lesion: LesionResult, result: ScoreResult) -> None:
        labels = [_own_label(result), *(_group_label(published) for published in result.model.group_means)]
        widest = max(float(self.fontMetrics().horizontalAdvance(label)) for label in labels)
        left = min(widest + 3 * MARGIN, LARGEST_GUTTER * self.width)
        low, high = scale_limits(result.model, result.score)
        bottom = self._draw_scale(
            painter, _Frame(left=left, right=self.width - MARGIN, low=low, high=high), lesion, result
        )
        bars = score_bars(lesion, result)
        values = [0.0, *(bar.value for bar in bars)]
        frame = _Frame(left=0.0, right=self.width - MARGIN, low=min(values), high=max(values) + 1e-9)
        self._draw_bars(painter, frame, bottom + MARGIN, bars)

    def _draw_scale(self, painter: Any, frame: _Frame, lesion: LesionResult, result: ScoreResult) -> float:
        row, ink, quiet = self._row(), self._ink(), self._quiet()
        model = result.model
        rows = 2 + len(model.group_means)
        cutoff_x = frame.x(model.cutoff.value)
        shade = self._ink()
        shade.setAlpha(18)
        painter.fillRect(qt.QRectF(frame.left, row, cutoff_x - frame.left, (rows - 1) * row), shade)
        self._text(
            painter, _("cutoff {value}").format(value=number(model.cutoff.value)), 0, cutoff_x, "middle", quiet, frame
        )
        pen = qt.QPen(ink)
        pen.setStyle(qt.Qt.DashLine)
        painter.setPen(pen)
        painter.drawLine(qt.QPointF(cutoff_x, row), qt.QPointF(cutoff_x, rows * row))
        self._draw_lymph_node(painter, frame, lesion, result)
        for position, published in enumerate(model.group_means):
            top = (2 + position) * row
            middle = top + row / 2
            colour = self._side_colour(model.cutoff.value, published.mean)
            painter.setPen(qt.QPen(colour))
            painter.drawLine(
                qt.QPointF(frame.x(published.mean - published.sd), middle),
                qt.QPointF(frame.x(published.mean + published.sd), middle),
            )
            self._marker(painter, frame.x(published.mean), middle, 3, published.mean > model.cutoff.value, colour)
            self._label(painter, _group_label(published), top, quiet, frame)
        return self._draw_axis(painter, frame, rows * row)

    def _draw_lymph_node(self, painter: Any, frame: _Frame, lesion: LesionResult, result: ScoreResult) -> None:
        row = self._row()
        self._label(painter, _own_label(result), row, self._ink(), frame)
        above = result.model.cutoff.is_above(result.score)
        colour = qt.QColor(RIGHT_OF_CUTOFF if above else LEFT_OF_CUTOFF)
        uncertainty = uncertainty_of(lesion, result)
        if uncertainty is not None:
            band = self._ink()
            band.setAlpha(60)
            begin, end = frame.x(uncertainty.lower), frame.x(uncertainty.upper)
            painter.fillRect(qt.QRectF(begin, 1.5 * row - BAR / 2, max(end - begin, 1.0), BAR), band)
        if result.withheld:
            self._dot(painter, frame.x(result.score), 1.5 * row, 4, self._quiet())
            return
        self._marker(painter, frame.x(result.score), 1.5 * row, 5, above, colour)

    def _draw_axis(self, painter: Any, frame: _Frame, top: float) -> float:
        painter.setPen(qt.QPen(self._quiet()))
        painter.drawLine(qt.QPointF(frame.left, top), qt.QPointF(frame.right, top))
        for value, side in ((frame.low, "left"), (frame.high, "right")):
            self._text(painter, number(value), top + 1, frame.x(value), side, self._quiet(), frame)
        return top + self._row()

    def _draw_bars(self, painter: Any, frame: _Frame, top: float, bars: list[Any]) -> None:
        """A line for each term, its bar below it: names are long and panels are narrow."""
        row = self._row()
        self._text(painter, CONTRIBUTIONS, top, 0, "left", self._ink(), frame)
        zero = frame.x(0.0)
        for position, bar in enumerate(bars):
            y = top + row + position * (row + BAR + 2)
            end = frame.x(bar.value)
            colour = qt.QColor(RIGHT_OF_CUTOFF if bar.value >= 0 else LEFT_OF_CUTOFF)
            painter.fillRect(qt.QRectF(min(zero, end), y + row, max(abs(end - zero), 1.0), BAR), colour)
            self._text(painter, signed(bar.value), y, frame.right, "right", self._ink(), frame)
            self._text(painter, bar.label, y, 0, "left", self._quiet(), frame)

    def _marker(self, painter: Any, x: float, y: float, size: float, rightwards: bool, colour: Any) -> None:
        """A triangle that points to the side of the cutoff on which it lies, so that colour is not needed."""
        tip = size if rightwards else -size
        path = qt.QPainterPath()
        path.moveTo(x + tip, y)
        path.lineTo(x - tip, y - size)
        path.lineTo(x - tip, y + size)
        path.closeSubpath()
        painter.fillPath(path, qt.QBrush(colour))

    def _dot(self, painter: Any, x: float, y: float, radius: float, colour: Any) -> None:
        """A score whose group is withheld points to no side."""
        path = qt.QPainterPath()
        path.addEllipse(qt.QRectF(x - radius, y - radius, 2 * radius, 2 * radius))
        painter.fillPath(path, qt.QBrush(colour))

    def _label(self, painter: Any, words: str, top: float, colour: Any, frame: _Frame) -> None:
        room = int(frame.left - 2 * MARGIN)
        painter.setPen(qt.QPen(colour))
        shown = self.fontMetrics().elidedText(words, qt.Qt.ElideRight, room)
        painter.drawText(qt.QRectF(0, top, room + MARGIN, self._row()), qt.Qt.AlignRight | qt.Qt.AlignVCenter, shown)

    def _text(self, painter: Any, words: str, top: float, x: float, side: str, colour: Any, frame: _Frame) -> None:
        """`words` beside `x` ("left": they begin there), moved inwards where they would leave the picture."""
        width = float(self.fontMetrics().horizontalAdvance(words)) + 2
        begin = {"left": x, "right": x - width, "middle": x - width / 2}[side]
        begin = max(min(begin, frame.right - width + MARGIN), frame.left)
        painter.setPen(qt.QPen(colour))
        painter.drawText(qt.QRectF(begin, top, width + 1, self._row()), qt.Qt.AlignLeft | qt.Qt.AlignVCenter, words)

    def _ink(self) -> Any:
        return qt.QColor(self.palette.color(qt.QPalette.WindowText))

    def _quiet(self) -> Any:
        colour = self._ink()
        colour.setAlpha(170)
        return colour

    def _side_colour(self, cutoff: float, value: float) -> Any:
        return qt.QColor(RIGHT_OF_CUTOFF if value > cutoff else LEFT_OF_CUTOFF)


def uncertainty_of(lesion: LesionResult, result: ScoreResult) -> ScoreUncertainty | None:
    """How far redrawn contours move one score of a lesion.

    Parameters
    ----------
    lesion
        All scores of the lymph node.
    result
        One of them.

    Returns
    -------
    ScoreUncertainty or None
        None where it is not computed yet.

    """
    return next((known for known in lesion.uncertainty if known.model == result.model.id), None)


def _own_label(result: ScoreResult) -> str:
    return _("this lymph node {score}").format(score=number(result.score))


def _group_label(published: Any) -> str:
    return f"{published.set}, {published.group}"
