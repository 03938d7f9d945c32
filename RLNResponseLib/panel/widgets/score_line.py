"""One score in one line: the number with its group, and where it lies against the cutoff and the published groups."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.number_help import score_anchors
from RLNResponseLib.common.wording import number
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.score_block import sign
from RLNResponseLib.panel.widgets.score_gauge import uncertainty_of
from RLNResponseLib.report.figures.drawing import LEFT_OF_CUTOFF, RIGHT_OF_CUTOFF
from RLNResponseLib.report.figures.score import scale_limits
from RLNResponseLib.report.text.probability import probability_words
from RLNResponseLib.report.text.score import position_words
from RLNResponseLib.report.text.score_beside import said_of

_HEIGHT, _LEAST_WIDTH = 26, 80
_MARKER, _BAND = 5, 6


class ScoreLine:
    """Shows one score; made once for each model and filled again with every edit.

    Parameters
    ----------
    layout
        A QGridLayout.
    row
        The row in it.

    """

    def __init__(self, layout: Any, row: int) -> None:
        self.label = qt.QLabel()
        self.label.wordWrap = True
        self.label.textInteractionFlags = qt.Qt.TextSelectableByMouse
        font = self.label.font
        font.setBold(True)
        self.label.font = font
        self.strip = ScoreStrip()
        layout.addWidget(self.label, row, 0)
        layout.addWidget(self.strip, row, 1)
        self.question = QuestionMark().following(self.label)
        layout.addWidget(self.question.button, row, 2)

    def show(self, lesion: LesionResult, result: ScoreResult) -> None:
        """Fill the line."""
        self.label.text = f"{said_of(result)} {sign(result)} {result.group_said}"
        derived = "" if result.probability is None else f"; {probability_words(result)}"
        words = f"{result.model.outcome}: {position_words(result)}{derived}"
        self.label.toolTip = words
        self.strip.toolTip = words
        self.strip.show_score(lesion, result)
        self.question.show(*score_anchors(result.model.id))
        self.visible(True)

    def clear(self) -> None:
        """Show nothing, and keep nothing that could be read."""
        self.label.text = self.label.toolTip = self.strip.toolTip = ""
        self.strip.clear()
        self.visible(False)

    def visible(self, is_visible: bool) -> None:
        """Show or hide the whole line."""
        self.label.visible = is_visible
        self.strip.visible = is_visible


class ScoreStrip(qt.QWidget):  # type: ignore[misc]
    """A scale as high as a line: cutoff, published groups above and below it, a redrawn contour's band, the score."""

    def __init__(self, parent: Any = None) -> None:
        qt.QWidget.__init__(self, parent)
        self._lesion: LesionResult | None = None
        self._result: ScoreResult | None = None
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(_LEAST_WIDTH)
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

    def _draw(self, painter: Any, lesion: LesionResult, result: ScoreResult) -> None:
        cutoff, middle = result.model.cutoff, _HEIGHT / 2
        low, high = scale_limits(result.model, result.score)
        room = self.width - 2 * _MARKER

        def x(value: float) -> float:
            return _MARKER + room * min(max((value - low) / (high - low), 0.0), 1.0)

        ink = qt.QColor(self.palette.color(qt.QPalette.WindowText))
        shade = qt.QColor(ink)
        shade.setAlpha(22)
        painter.fillRect(qt.QRectF(_MARKER, 2, x(cutoff.value) - _MARKER, _HEIGHT - 4), shade)
        quiet = qt.QColor(ink)
        quiet.setAlpha(110)
        painter.setPen(qt.QPen(quiet))
        painter.drawLine(qt.QPointF(_MARKER, middle), qt.QPointF(_MARKER + room, middle))
        for published in result.model.group_means:
            colour = _side_colour(published.mean > cutoff.value)
            y = 4.5 if published.mean > cutoff.value else _HEIGHT - 4.5
            painter.setPen(qt.QPen(colour))
            painter.drawLine(
                qt.QPointF(x(published.mean - published.sd), y), qt.QPointF(x(published.mean + published.sd), y)
            )
            painter.fillRect(qt.QRectF(x(published.mean) - 1.5, y - 1.5, 3, 3), colour)
        told = uncertainty_of(lesion, result)
        if told is not None:
            band = qt.QColor(ink)
            band.setAlpha(80)
            begin, end = x(told.lower), x(told.upper)
            painter.fillRect(qt.QRectF(begin, middle - _BAND / 2, max(end - begin, 1.0), _BAND), band)
        pen = qt.QPen(ink)
        pen.setStyle(qt.Qt.DashLine)
        painter.setPen(pen)
        painter.drawLine(qt.QPointF(x(cutoff.value), 1), qt.QPointF(x(cutoff.value), _HEIGHT - 1))
        self._draw_marker(painter, x(result.score), middle, result, quiet)

    def _draw_marker(self, painter: Any, place: float, middle: float, result: ScoreResult, quiet: Any) -> None:
        """A triangle that points to its side of the cutoff; a dot where the group is withheld."""
        path = qt.QPainterPath()
        if result.withheld:
            path.addEllipse(qt.QRectF(place - 4, middle - 4, 8, 8))
            painter.fillPath(path, qt.QBrush(quiet))
            return
        above = result.model.cutoff.is_above(result.score)
        tip = _MARKER if above else -_MARKER
        path.moveTo(place + tip, middle)
        path.lineTo(place - tip, middle - _MARKER)
        path.lineTo(place - tip, middle + _MARKER)
        path.closeSubpath()
        painter.fillPath(path, qt.QBrush(_side_colour(above)))


def _side_colour(above: bool) -> Any:
    return qt.QColor(RIGHT_OF_CUTOFF if above else LEFT_OF_CUTOFF)
