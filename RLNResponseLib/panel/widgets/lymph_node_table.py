"""The table of lymph nodes: swatch, eye, name, every score with its group, and a warning mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.panel.widgets.events import OnEvents
from RLNResponseLib.panel.widgets.score_block import score_cell
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.timers import timer

SWATCH, EYE, NAME, FIRST_SCORE = 0, 1, 2, 3
_ICON = 16
_LEAST_WIDTH = _ICON + 6
_LEAST_ROWS, _MOST_ROWS = 2, 6
_LONGEST_LINE = 12
# On both sides of a cell's words; lines that a row may have.
_PADDING, _MOST_LINES = 5, 4
# A name of so many letters is whole before the groups have their words in one line.
_NAME_LETTERS = 9


@dataclass(frozen=True, kw_only=True)
class Row:
    """One lymph node in the table.

    Attributes
    ----------
    segment_id
        Of its segment.
    name
        The segment's.
    colour
        The segment's: red, green and blue, from 0 to 1.
    is_shown
        Whether it is drawn in the views.
    live
        What is known of its scores; None while they wait for their turn.

    """

    segment_id: str
    name: str
    colour: tuple[float, float, float]
    is_shown: bool
    live: LiveScore | None

    def is_like(self, other: Row) -> bool:
        """Whether another row looks the same; a score is another where its record is."""
        return self.live is other.live and (self.segment_id, self.name, self.colour, self.is_shown) == (
            other.segment_id, other.name, other.colour, other.is_shown,
        )  # fmt: skip


class LymphNodeTable:
    """Fills a table, and tells which row is chosen and which eye is clicked.

    Parameters
    ----------
    table
        A QTableWidget.
    status
        The status line.
    on_choice
        Called with a segment's ID when its row is chosen, again when it is clicked again.
    on_eye
        Called with a segment's ID when its eye is clicked.

    """

    def __init__(
        self, table: Any, status: StatusLine, on_choice: Callable[[str], Any], on_eye: Callable[[str], Any]
    ) -> None:
        self._table, self._on_choice, self._on_eye = table, on_choice, on_eye
        self._rows: list[Row] = []
        self._identifiers: list[str] = []
        self._models: tuple[str, ...] | None = None
        table.setIconSize(qt.QSize(_ICON, _ICON))
        table.verticalHeader().hide()
        # Words go into lines; what is longer yet is cut in its middle, and whole in its tool tip.
        table.setWordWrap(True)
        table.textElideMode = qt.Qt.ElideMiddle
        table.horizontalScrollBarPolicy = qt.Qt.ScrollBarAlwaysOff
        table.connect("itemSelectionChanged()", status.guarded(self._choice))
        table.connect("cellClicked(int,int)", status.guarded(self._clicked))
        # A height that is set while Qt lays the panel out is not heard, and what follows would lie on the rows.
        self._fit_soon = timer(0, status.guarded(self._fit))
        # Of the table itself it comes before there is more room inside.
        self._resized = OnEvents(table.viewport(), (qt.QEvent.Resize,), self._fit_soon.start)

    def show(self, rows: Sequence[Row], models: Sequence[ScoreModel], chosen: str | None) -> None:
        """Replace the rows, without telling of a choice."""
        self._show_columns(models)
        blocked = self._table.blockSignals(True)
        try:
            self._fill_what_changed(rows, len(models))
            if chosen in self._identifiers:
                self._table.setCurrentCell(self._identifiers.index(chosen), NAME)
            else:
                self._table.clearSelection()
                self._table.setCurrentCell(-1, -1)
        finally:
            self._table.blockSignals(blocked)

    def let_go(self) -> None:
        """The panel goes."""
        self._fit_soon.stop()
        self._resized.let_go()

    def _fill_what_changed(self, rows: Sequence[Row], model_count: int) -> None:
        """While somebody paints, one row is another and the rest need no time."""
        before, self._rows = self._rows, list(rows)
        self._identifiers = [row.segment_id for row in rows]
        if len(before) != len(rows):
            before = []
        self._table.setRowCount(len(rows))
        changed = [number for number, row in enumerate(rows) if not before or not before[number].is_like(row)]
        for number in changed:
            self._fill(number, rows[number], model_count)
        if changed:
            self._fit()

    def _show_columns(self, models: Sequence[ScoreModel]) -> None:
        titles = tuple(model.title for model in models)
        if titles == self._models:
            return
        self._models = titles
        # Nothing of other columns may stay behind.
        self._table.setRowCount(0)
        self._rows = []
        headers = ["", "", _("Lymph\nnode"), *map(_in_two_lines, titles), "⚠"]
        self._table.setColumnCount(len(headers))
        self._table.setHorizontalHeaderLabels(headers)
        header = self._table.horizontalHeader()
        header.setMinimumSectionSize(_LEAST_WIDTH)
        # Of a chosen row every title would be bold, and wider.
        header.highlightSections = False
        header.setSectionResizeMode(qt.QHeaderView.Fixed)
        for column, words in ((SWATCH, _("Its colour in the views")), (EYE, _("Shown in the views"))):
            self._table.horizontalHeaderItem(column).setToolTip(words)
        for column, model in enumerate(models):
            self._table.horizontalHeaderItem(FIRST_SCORE + column).setToolTip(model.outcome)
        self._table.horizontalHeaderItem(FIRST_SCORE + len(models)).setToolTip(_("What makes the score doubtful"))

    def _fill(self, number: int, row: Row, model_count: int) -> None:
        colour = qt.QColor.fromRgbF(*row.colour)
        ink = qt.QColor(self._table.palette.color(qt.QPalette.Text))
        shown = (
            _("Shown; click to hide it in the views") if row.is_shown else _("Hidden; click to show it in the views")
        )
        cells: list[tuple[str, str, Any]] = [
            ("", _("Its colour in the views"), _swatch(colour)),
            ("", shown, _eye(ink, is_open=row.is_shown)),
            (row.name, row.name, None),
            *((words, tip, None) for words, tip in _score_cells(row, model_count)),
        ]
        for column, (words, tip, icon) in enumerate(cells):
            item = qt.QTableWidgetItem(words)
            item.setToolTip(tip)
            if icon is not None:
                item.setIcon(icon)
            self._table.setItem(number, column, item)

    def _fit(self) -> None:
        """Columns as wide as their words where there is room; else groups go into lines before names are cut."""
        if not self._rows:
            return
        table = self._table
        metrics = table.fontMetrics()
        names = max(int(metrics.horizontalAdvance(row.name)) for row in self._rows)
        least = 2 * _PADDING + min(names, int(metrics.horizontalAdvance("n" * _NAME_LETTERS)))
        room = int(table.viewport().width) - 2 * _LEAST_WIDTH
        scores = self._widths(_whole)
        if sum(scores) + least > room:
            scores = self._widths(_broken)
        widths = [_LEAST_WIDTH, _LEAST_WIDTH, max(room - sum(scores), _LEAST_WIDTH), *scores]
        for column, width in enumerate(widths):
            table.setColumnWidth(column, width)
        table.resizeRowsToContents()
        highest = _MOST_LINES * int(metrics.lineSpacing()) + _PADDING
        for row in range(table.rowCount):
            table.setRowHeight(row, min(table.rowHeight(row), highest))
        self._fit_height(len(self._rows))

    def _widths(self, pieces: Callable[[str], Sequence[str]]) -> list[int]:
        """Of the scores' columns and the warning's: none of a line's pieces is cut."""
        table = self._table
        titles, words = table.horizontalHeader().fontMetrics(), table.fontMetrics()
        widths = []
        for column in range(FIRST_SCORE, table.columnCount):
            lines = [line for row in range(table.rowCount) for line in table.item(row, column).text().split("\n")]
            needed = [int(words.horizontalAdvance(piece)) for line in lines for piece in pieces(line)]
            title = table.horizontalHeaderItem(column).text()
            needed += [int(titles.horizontalAdvance(line)) for line in title.split("\n")]
            widths.append(max(2 * _PADDING + max(needed), _LEAST_WIDTH))
        return widths

    def _fit_height(self, count: int) -> None:
        """As high as its rows, so that nothing below is pushed out of sight by empty space."""
        heights = [self._table.rowHeight(number) for number in range(min(count, _MOST_ROWS))]
        if heights:
            heights += [heights[0]] * max(_LEAST_ROWS - count, 0)
            height = sum(heights) + int(self._table.horizontalHeader().sizeHint.height()) + 4
            if height != self._table.height:
                self._table.setFixedHeight(height)
                _lay_out_around(self._table)

    def _choice(self) -> None:
        row = self._table.currentRow()
        if 0 <= row < len(self._identifiers):
            self._on_choice(self._identifiers[row])

    def _clicked(self, row: int, column: int) -> None:
        if not 0 <= row < len(self._identifiers):
            return
        if column == EYE:
            self._on_eye(self._identifiers[row])
        else:
            self._on_choice(self._identifiers[row])


def _lay_out_around(widget: Any) -> None:
    """Slicer's panel does not hear by itself that what it holds has grown, and what follows would lie on it."""
    around = widget.parentWidget()
    while around is not None and around.layout() is not None:
        around.layout().invalidate()
        around.layout().activate()
        around = around.parentWidget()


def _whole(line: str) -> list[str]:
    return [line]


def _broken(line: str) -> list[str]:
    """The pieces of a line, of which each stays whole; a number stays beside its side of the cutoff."""
    return [line] if line[:1] in "−-0123456789" else line.replace("-", "- ").split() or [""]


def _in_two_lines(title: str) -> str:
    """A column's title broken at the hyphen or blank nearest its middle: the panel is narrow."""
    places = [place + 1 for place, sign in enumerate(title) if sign in "- "]
    if len(title) <= _LONGEST_LINE or not places:
        return title
    place = min(places, key=lambda place: abs(place - len(title) / 2))
    return f"{title[:place].rstrip()}\n{title[place:]}"


def _score_cells(row: Row, model_count: int) -> list[tuple[str, str]]:
    """Text and tool tip of a cell for each model, and of the warning mark."""
    live = row.live
    if live is None:
        return [("…", _("Not scored yet"))] * model_count + [("", "")]
    if live.result is None:
        return [("✗", live.refusal), *[("", live.refusal)] * (model_count - 1), ("", "")]
    scores = [(score_cell(score), f"{score.model.title}: {score.group_said}") for score in live.result.scores]
    said = "\n".join([*live.result.withheld, *(finding.message for finding in live.result.warnings)])
    return [*scores, ("⚠" if said else "", said)]


def _swatch(colour: Any) -> Any:
    picture = _blank()
    painter = qt.QPainter()
    painter.begin(picture)
    painter.fillRect(qt.QRectF(2, 2, _ICON - 4, _ICON - 4), colour)
    painter.end()
    return qt.QIcon(picture)


def _eye(ink: Any, *, is_open: bool) -> Any:
    """Drawn, since few fonts have an eye."""
    picture = _blank()
    painter = qt.QPainter()
    painter.begin(picture)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    colour = qt.QColor(ink)
    colour.setAlpha(255 if is_open else 110)
    painter.setPen(qt.QPen(colour))
    middle = _ICON / 2
    lid = qt.QPainterPath()
    lid.moveTo(1, middle)
    lid.quadTo(middle, middle - 10, _ICON - 1, middle)
    lid.quadTo(middle, middle + 10, 1, middle)
    painter.drawPath(lid)
    if is_open:
        pupil = qt.QPainterPath()
        pupil.addEllipse(qt.QRectF(middle - 2.5, middle - 2.5, 5, 5))
        painter.fillPath(pupil, qt.QBrush(colour))
    else:
        painter.drawLine(qt.QPointF(3, _ICON - 3), qt.QPointF(_ICON - 3, 3))
    painter.end()
    return qt.QIcon(picture)


def _blank() -> Any:
    picture = qt.QPixmap(_ICON, _ICON)
    picture.fill(qt.QColor(0, 0, 0, 0))
    return picture
