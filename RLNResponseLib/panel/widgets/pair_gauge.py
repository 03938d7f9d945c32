"""Two readings' scores of one lymph node on one scale, with the cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.wording import number
from RLNResponseLib.modelling.score_difference import ScoreChange
from RLNResponseLib.panel.widgets.scale import PlacedText, Scale, ScalePicture
from RLNResponseLib.report.figures.score import scale_limits

_MARGIN = 6
_SIZE = 5
# Of text: the score's name, a line above and one below the scale, its ends.
_ROWS = 4
# Each mark has a lane of its own on the scale, so that equal scores are seen to be two.
_LANE = 2 * _SIZE + 4


@dataclass(frozen=True, kw_only=True)
class PairPlaces:
    """Where everything of the picture lies, pixels.

    Attributes
    ----------
    scale
        From left to right.
    top, bottom
        Of the scale's area, through which the cutoff is drawn.
    caption
        The score's name and its cutoff.
    labels
        Of the first reading, above the scale, and of the second, below it.
    marks
        The middle of each reading's mark.
    ends
        The scale's least and largest value.
    """

    scale: Scale
    top: float
    bottom: float
    caption: PlacedText
    labels: tuple[PlacedText, PlacedText]
    marks: tuple[tuple[float, float], tuple[float, float]]
    ends: tuple[PlacedText, PlacedText]


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
        self.setFixedHeight(_ROWS * self._row() + 2 * _LANE + _MARGIN)
        said = _("{score}: {first}, {second}, cutoff {cutoff}").format(
            score=change.model.title,
            first=number(change.first.score),
            second=number(change.second.score),
            cutoff=number(change.model.cutoff.value),
        )
        self._show((change, words), said)

    def places(self, change: ScoreChange, words: tuple[str, str]) -> PairPlaces:
        """Where everything lies in the picture's width: the cutoff's line crosses no words, wherever the scores are.

        Parameters
        ----------
        change, words
            As `show_scores` takes them.

        Returns
        -------
        PairPlaces
        """
        model, row, width = change.model, self._row(), float(self.width)
        limits = [scale_limits(model, result.score) for result in (change.first, change.second)]
        low, high = min(each[0] for each in limits), max(each[1] for each in limits)
        scale = Scale(left=_MARGIN, right=width - _MARGIN, low=low, high=high)
        top, bottom = 2 * row, 2 * row + 2 * _LANE

        def centred(said: str, at: float, upper: float) -> PlacedText:
            return self._place(said, upper, at, "middle", 0.0, width)

        first, second = (scale.x(result.score) for result in (change.first, change.second))
        caption = f"{model.title}, " + _("cutoff {value}").format(value=number(model.cutoff.value))
        return PairPlaces(
            scale=scale,
            top=top,
            bottom=bottom,
            caption=centred(caption, scale.x(model.cutoff.value), 0),
            labels=(
                centred(f"{words[0]} {number(change.first.score)}", first, row),
                centred(f"{words[1]} {number(change.second.score)}", second, bottom),
            ),
            marks=((first, top + _LANE / 2), (second, bottom - _LANE / 2)),
            ends=(centred(number(low), scale.left, bottom + row), centred(number(high), scale.right, bottom + row)),
        )

    def _draw(self, painter: Any, shown: tuple[ScoreChange, tuple[str, str]]) -> None:
        change, _said = shown
        places, cutoff = self.places(*shown), change.model.cutoff
        self._draw_cutoff(painter, places.scale, cutoff.value, places.top, places.bottom)
        painter.setPen(qt.QPen(self._ink()))
        painter.drawLine(qt.QPointF(places.scale.left, places.bottom), qt.QPointF(places.scale.right, places.bottom))
        for (x, y), result in zip(places.marks, (change.first, change.second), strict=True):
            above = cutoff.is_above(result.score)
            self._mark(painter, x, y, _SIZE, above=above, is_withheld=bool(result.withheld))
        for text in (places.caption, *places.labels, *places.ends):
            self._write(painter, text, self._ink())
