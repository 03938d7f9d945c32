"""One score drawn on its scale by Qt: the lymph node, the cutoff, the published groups, what each feature adds."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.wording import number, signed
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.panel.widgets.scale import Scale, side_colour
from RLNResponseLib.panel.widgets.score_picture import ScorePicture
from RLNResponseLib.report.figures.score import scale_limits, score_bars

MARGIN = 6
BAR = 4
LARGEST_GUTTER = 0.6  # the share of the width that the labels of the scale's rows may take
CONTRIBUTIONS = _("What each feature adds")


class ScoreGauge(ScorePicture):
    """The picture of one score, with the published groups and what each feature adds."""

    def show_score(self, lesion: LesionResult, result: ScoreResult) -> None:
        """Draw a score.

        Parameters
        ----------
        lesion
            All scores of the lymph node.
        result
            The one to draw.

        """
        rows = 4 + len(result.model.group_means) + len(score_bars(lesion, result))
        self.setFixedHeight(int(rows * self._row() + len(score_bars(lesion, result)) * (BAR + 2) + 2 * MARGIN))
        super().show_score(lesion, result)

    def _draw(self, painter: Any, shown: tuple[LesionResult, ScoreResult]) -> None:
        lesion, result = shown
        labels = [_own_label(result), *(_group_label(published) for published in result.model.group_means)]
        widest = max(float(self.fontMetrics().horizontalAdvance(label)) for label in labels)
        left = min(widest + 3 * MARGIN, LARGEST_GUTTER * self.width)
        low, high = scale_limits(result.model, result.score)
        bottom = self._draw_scale(
            painter, Scale(left=left, right=self.width - MARGIN, low=low, high=high), lesion, result
        )
        bars = score_bars(lesion, result)
        values = [0.0, *(bar.value for bar in bars)]
        frame = Scale(left=0.0, right=self.width - MARGIN, low=min(values), high=max(values) + 1e-9)
        self._draw_bars(painter, frame, bottom + MARGIN, bars)

    def _draw_scale(self, painter: Any, frame: Scale, lesion: LesionResult, result: ScoreResult) -> float:
        row, quiet = self._row(), self._ink(170)
        model = result.model
        rows = 2 + len(model.group_means)
        cutoff_x = frame.x(model.cutoff.value)
        self._draw_cutoff(painter, frame, model.cutoff.value, row, rows * row)
        self._text(
            painter, _("cutoff {value}").format(value=number(model.cutoff.value)), 0, cutoff_x, "middle", quiet, frame
        )
        self._label(painter, _own_label(result), row, self._ink(), frame)
        self._draw_band(painter, frame, (lesion, result), 1.5 * row, BAR)
        self._draw_score(painter, frame, (lesion, result), 1.5 * row, 5)
        for position, published in enumerate(model.group_means):
            top = (2 + position) * row
            middle = top + row / 2
            self._draw_group(painter, frame, result, published, middle)
            self._mark(painter, frame.x(published.mean), middle, 3, above=published.mean > model.cutoff.value)
            self._label(painter, _group_label(published), top, quiet, frame)
        return self._draw_axis(painter, frame, rows * row)

    def _draw_axis(self, painter: Any, frame: Scale, top: float) -> float:
        painter.setPen(qt.QPen(self._ink(170)))
        painter.drawLine(qt.QPointF(frame.left, top), qt.QPointF(frame.right, top))
        for value, side in ((frame.low, "left"), (frame.high, "right")):
            self._text(painter, number(value), top + 1, frame.x(value), side, self._ink(170), frame)
        return top + self._row()

    def _draw_bars(self, painter: Any, frame: Scale, top: float, bars: list[Any]) -> None:
        """A line for each term, its bar below it: names are long and panels are narrow."""
        row = self._row()
        self._text(painter, CONTRIBUTIONS, top, 0, "left", self._ink(), frame)
        zero = frame.x(0.0)
        for position, bar in enumerate(bars):
            y = top + row + position * (row + BAR + 2)
            end = frame.x(bar.value)
            length = qt.QRectF(min(zero, end), y + row, max(abs(end - zero), 1.0), BAR)
            painter.fillRect(length, side_colour(bar.value >= 0))
            self._text(painter, signed(bar.value), y, frame.right, "right", self._ink(), frame)
            self._text(painter, bar.label, y, 0, "left", self._ink(170), frame)

    def _label(self, painter: Any, words: str, top: float, colour: Any, frame: Scale) -> None:
        room = int(frame.left - 2 * MARGIN)
        painter.setPen(qt.QPen(colour))
        shown = self.fontMetrics().elidedText(words, qt.Qt.ElideRight, room)
        painter.drawText(qt.QRectF(0, top, room + MARGIN, self._row()), qt.Qt.AlignRight | qt.Qt.AlignVCenter, shown)

    def _text(self, painter: Any, words: str, top: float, x: float, side: str, colour: Any, frame: Scale) -> None:
        """`words` beside `x`, within the frame and the margin to its right."""
        self._write(painter, self._place(words, top, x, side, frame.left, frame.right + MARGIN), colour)


def _own_label(result: ScoreResult) -> str:
    return _("this lymph node {score}").format(score=number(result.score))


def _group_label(published: Any) -> str:
    return f"{published.set}, {published.group}"
