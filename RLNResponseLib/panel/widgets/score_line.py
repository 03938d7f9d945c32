"""One score in one line: the number with its group, and where it lies against the cutoff and the published groups."""

from __future__ import annotations

from typing import Any

import qt

from RLNResponseLib.common.number_help import score_anchors
from RLNResponseLib.modelling.lesion import LesionResult
from RLNResponseLib.modelling.score_model import ScoreResult
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.scale import Scale, side_colour
from RLNResponseLib.panel.widgets.score_block import sign
from RLNResponseLib.panel.widgets.score_picture import ScorePicture
from RLNResponseLib.report.figures.score import scale_limits
from RLNResponseLib.report.text.probability import probability_words
from RLNResponseLib.report.text.score import position_words
from RLNResponseLib.report.text.score_beside import said_of

_HEIGHT, _LEAST_WIDTH = 26, 80
_MARKER, _BAND = 5, 6
# Of the width: the words and the scale.
_SHARES = (3, 2)


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
        # The words wrap; the scale would otherwise get what they leave. A form cannot say so of columns to come.
        for column, share in enumerate(_SHARES):
            layout.setColumnStretch(column, share)
        policy = self.label.sizePolicy
        policy.setHorizontalPolicy(qt.QSizePolicy.Ignored)
        self.label.setSizePolicy(policy)
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


class ScoreStrip(ScorePicture):
    """A scale as high as a line: cutoff, published groups above and below it, a redrawn contour's band, the score."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(_LEAST_WIDTH)

    def _draw(self, painter: Any, shown: tuple[LesionResult, ScoreResult]) -> None:
        _lesion, result = shown
        cutoff, middle = result.model.cutoff, _HEIGHT / 2
        low, high = scale_limits(result.model, result.score)
        scale = Scale(left=_MARKER, right=self.width - _MARKER, low=low, high=high)
        painter.setPen(qt.QPen(self._ink(110)))
        painter.drawLine(qt.QPointF(scale.left, middle), qt.QPointF(scale.right, middle))
        for published in result.model.group_means:
            above = published.mean > cutoff.value
            y = 4.5 if above else _HEIGHT - 4.5
            self._draw_group(painter, scale, result, published, y)
            painter.fillRect(qt.QRectF(scale.x(published.mean) - 1.5, y - 1.5, 3, 3), side_colour(above))
        self._draw_band(painter, scale, shown, middle, _BAND)
        self._draw_cutoff(painter, scale, cutoff.value, 1, _HEIGHT - 1)
        self._draw_score(painter, scale, shown, middle, _MARKER)
