"""Filling Qt tables with rows of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt


def prepare(table: Any, headers: Sequence[str], wide: int) -> None:
    """Headers, and columns as wide as their text; column `wide` takes the rest and wraps."""
    table.setColumnCount(len(headers))
    table.setHorizontalHeaderLabels(list(headers))
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
    header.setSectionResizeMode(wide, qt.QHeaderView.Stretch)


def fill(table: Any, rows: Sequence[Sequence[str]], chosen: int = -1) -> None:
    """Replace the rows, without signals meanwhile; `chosen` is selected, -1 for none."""
    blocked = table.blockSignals(True)
    try:
        table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(text)
                table.setItem(number, column, item)
        if 0 <= chosen < len(rows):
            table.setCurrentCell(chosen, 0)
        else:
            table.clearSelection()
            table.setCurrentCell(-1, -1)
        table.resizeRowsToContents()
    finally:
        table.blockSignals(blocked)
