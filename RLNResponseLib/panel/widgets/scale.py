"""What every picture of a score shares: its scale in pixels, and marks that point to their side of the cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt

from RLNResponseLib.report.figures.style import LEFT_OF_CUTOFF, RIGHT_OF_CUTOFF


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Values in pixels.

    Attributes
    ----------
    left, right
        Its ends, pixels.
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


@dataclass(frozen=True, kw_only=True)
class PlacedText:
    """Words and the rectangle that they are written in, pixels.

    Attributes
    ----------
    words
        In one line.
    left, top
        Its corner.
    width, height
        As the font has them.
    """

    words: str
    left: float
    top: float
    width: float
    height: float


class ScalePicture(qt.QWidget):  # type: ignore[misc]
    """A picture with a scale, drawn anew whenever it is resized or shows something else; empty until then.

    To make one: `_draw(painter, shown)`, and `_show(shown, said)` whenever there is something to show.
    """

    def __init__(self, parent: Any = None) -> None:
        qt.QWidget.__init__(self, parent)
        self._shown: Any = None
        self.setSizePolicy(qt.QSizePolicy.Expanding, qt.QSizePolicy.Fixed)

    def clear(self) -> None:
        """Draw nothing, and keep nothing that could be read."""
        self._show(None, "")

    def _show(self, shown: Any, said: str) -> None:
        """`said` is what a screen reader says in place of the picture."""
        self._shown = shown
        self.accessibleDescription = said
        self.update()

    def paintEvent(self, _event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw; Qt calls this."""
        if self._shown is None:
            return
        painter = qt.QPainter(self)
        try:
            painter.setRenderHint(qt.QPainter.Antialiasing)
            self._draw(painter, self._shown)
        finally:
            painter.end()

    def _draw(self, painter: Any, shown: Any) -> None:
        raise NotImplementedError

    def _row(self) -> int:
        """The height of a line of text."""
        return int(self.fontMetrics().height()) + 2

    def _ink(self, alpha: int = 255) -> Any:
        """The colour of text, in the light and in the dark style."""
        ink = qt.QColor(self.palette.color(qt.QPalette.WindowText))
        ink.setAlpha(alpha)
        return ink

    def _place(self, words: str, top: float, x: float, side: str, left: float, right: float) -> PlacedText:
        """Words beside x ("left": they begin there, "middle", "right"), moved inwards where they would leave the
        picture, whose ends are `left` and `right`.
        """
        width = float(self.fontMetrics().horizontalAdvance(words)) + 2
        begin = {"left": x, "right": x - width, "middle": x - width / 2}[side]
        return PlacedText(
            words=words, left=max(min(begin, right - width), left), top=top, width=width, height=self._row()
        )

    def _write(self, painter: Any, text: PlacedText, colour: Any) -> None:
        painter.setPen(qt.QPen(colour))
        rectangle = qt.QRectF(text.left, text.top, text.width + 1, text.height)
        painter.drawText(rectangle, qt.Qt.AlignLeft | qt.Qt.AlignVCenter, text.words)

    def _draw_cutoff(self, painter: Any, scale: Scale, cutoff: float, top: float, bottom: float) -> None:
        """What lies below the cutoff is shaded; the cutoff itself is dashed."""
        place = scale.x(cutoff)
        painter.fillRect(qt.QRectF(scale.left, top, place - scale.left, bottom - top), self._ink(20))
        pen = qt.QPen(self._ink())
        pen.setStyle(qt.Qt.DashLine)
        painter.setPen(pen)
        painter.drawLine(qt.QPointF(place, top), qt.QPointF(place, bottom))

    def _mark(self, painter: Any, x: float, y: float, size: float, *, above: bool, is_withheld: bool = False) -> None:
        """A triangle to its side of the cutoff, so that colour is not needed; a dot where the group is withheld."""
        path = qt.QPainterPath()
        if is_withheld:
            path.addEllipse(qt.QRectF(x - size, y - size, 2 * size, 2 * size))
            painter.fillPath(path, qt.QBrush(self._ink(170)))
            return
        tip = size if above else -size
        path.moveTo(x + tip, y)
        path.lineTo(x - tip, y - size)
        path.lineTo(x - tip, y + size)
        path.closeSubpath()
        painter.fillPath(path, qt.QBrush(side_colour(above)))


def side_colour(above: bool) -> Any:
    """The colour of one side of the cutoff.

    Parameters
    ----------
    above
        Whether it is the side above.

    Returns
    -------
    QColor
    """
    return qt.QColor(RIGHT_OF_CUTOFF if above else LEFT_OF_CUTOFF)
