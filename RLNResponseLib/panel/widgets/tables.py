"""How a section fills its form: tables, findings, the history of a path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import qt

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.panel.widgets.finding_words import heading_of

# Drawn without an emoji font too.
_SIGNS = {"error": "✗", "warning": "⚠", "info": "ℹ"}


def prepare(table: Any, headers: Sequence[str], wide: int) -> None:
    """Give a table its columns, as wide as their text.

    Parameters
    ----------
    table
        A QTableWidget.
    headers
        Of the columns.
    wide
        Number of the column that takes the rest of the width and wraps.

    """
    table.setColumnCount(len(headers))
    table.setHorizontalHeaderLabels(list(headers))
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
    header.setSectionResizeMode(wide, qt.QHeaderView.Stretch)

    def resized(section: int, _before: int, _now: int) -> None:
        # Rows filled before the table has its width are as high as their text in a narrow column.
        if section == wide:
            table.resizeRowsToContents()

    header.connect("sectionResized(int,int,int)", resized)


def fill(table: Any, rows: Sequence[Sequence[str]], chosen: int = -1) -> None:
    """Replace a table's rows, without signals meanwhile.

    Parameters
    ----------
    table
        A QTableWidget.
    rows
        Text of each cell, which is its tool tip too.
    chosen
        Number of the row to select, -1 for none.

    """
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


def in_words(findings: Iterable[Finding]) -> str:
    """Findings as text, told apart by a sign and not by colour alone.

    Parameters
    ----------
    findings
        Of the checks.

    Returns
    -------
    str
        One line a finding, in their order.

    """
    return "\n".join(f"{_SIGNS[finding.severity]} {heading_of(finding.code)}{finding.message}" for finding in findings)


def remember(edit: Any) -> None:
    """Put the path of an edit at the head of its history.

    CTK takes a known path out and puts it in again, and tells both as changes; whoever remembers a path in answer to
    its change would answer for ever. So the edit is silent meanwhile.

    Parameters
    ----------
    edit
        A ctkPathLineEdit.

    """
    blocked = edit.blockSignals(True)
    try:
        edit.addCurrentPathToHistory()
    finally:
        edit.blockSignals(blocked)
