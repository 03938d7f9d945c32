"""Tables of results that a click on a header sorts, one shown at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.number_help import column_anchors
from RLNResponseLib.panel.widgets.question_mark import QuestionMark
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.tables import fill
from RLNResponseLib.report.text.result_tables import ResultTable, sorted_rows

# What a column that shares the rest of the width is never narrower than: below it the table scrolls.
_LEAST_WIDE = 96


class ResultTables:
    """Shows one of several tables of results; there is nothing to be seen where there is none.

    Parameters
    ----------
    box
        The QComboBox that chooses among them.
    table
        The QTableWidget.
    status
        The status line.
    also
        Anchors of what else its section shows, beside the columns of the table.

    """

    def __init__(self, box: Any, table: Any, status: StatusLine, also: Sequence[str] = ()) -> None:
        self._box, self._table = box, table
        self._also = tuple(also)
        self._question = QuestionMark().beside(box, follow=table)
        self._tables: tuple[ResultTable, ...] = ()
        self._sorted: tuple[int, bool] | None = None
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionsClickable(True)
        header.connect("sectionClicked(int)", status.guarded(self._sort))
        # The header lays its columns out just then; a width that is given meanwhile is lost.
        self._later = qt.QTimer()
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.connect("timeout()", status.guarded(self._widen))
        header.connect("sectionResized(int,int,int)", status.guarded(self._keep_readable))
        box.connect("currentIndexChanged(int)", status.guarded(self._choose))
        self.fill(())

    def fill(self, tables: Sequence[ResultTable]) -> None:
        """Offer these tables; the one that was chosen stays chosen where it is still there."""
        before = self._shown.title if self._shown is not None else ""
        self._tables = tuple(tables)
        titles = [table.title for table in self._tables]
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for title in titles:
            self._box.addItem(title)
        if before in titles:
            self._box.setCurrentIndex(titles.index(before))
        self._box.blockSignals(blocked)
        self._box.visible = len(titles) > 1
        self._table.visible = bool(titles)
        self._choose()

    @property
    def _shown(self) -> ResultTable | None:
        index = self._box.currentIndex
        return self._tables[index] if 0 <= index < len(self._tables) else None

    def _choose(self) -> None:
        """Another table, in its own order."""
        self._sorted = None
        header, shown = self._table.horizontalHeader(), self._shown
        header.setSortIndicatorShown(False)
        if shown is None:
            fill(self._table, [])
            self._table.setColumnCount(0)
            self._question.show(*self._also)
            return
        self._question.show(*column_anchors(shown.headers), *self._also)
        self._table.setColumnCount(len(shown.headers))
        self._table.setHorizontalHeaderLabels(list(shown.headers))
        for column, title in enumerate(shown.headers):
            mode = qt.QHeaderView.Stretch if column in shown.wide else qt.QHeaderView.ResizeToContents
            header.setSectionResizeMode(column, mode)
            self._table.horizontalHeaderItem(column).setToolTip(_("{column}; click to sort by it").format(column=title))
        self._fill(shown)

    def _keep_readable(self, column: int, _before: int, width: int) -> None:
        if self._shown is not None and column in self._shown.wide and 0 < width < _LEAST_WIDE:
            self._later.start()

    def _widen(self) -> None:
        shown, header = self._shown, self._table.horizontalHeader()
        for column in () if shown is None else shown.wide:
            if header.sectionSize(column) < _LEAST_WIDE:
                header.setSectionResizeMode(column, qt.QHeaderView.Interactive)
                header.resizeSection(column, _LEAST_WIDE)
        self._table.resizeRowsToContents()

    def _sort(self, column: int) -> None:
        shown = self._shown
        if shown is None:
            return
        self._sorted = (column, self._sorted == (column, False))
        header = self._table.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSortIndicator(column, qt.Qt.DescendingOrder if self._sorted[1] else qt.Qt.AscendingOrder)
        self._fill(shown)

    def _fill(self, shown: ResultTable) -> None:
        rows = shown.rows if self._sorted is None else sorted_rows(shown, self._sorted[0], descending=self._sorted[1])
        fill(self._table, [[cell.text for cell in row] for row in rows])
