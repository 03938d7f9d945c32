"""How a section fills its form: tables, findings, the pictures that a command wrote, the history of a path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.panel.widgets.status import StatusLine

_LEAST_WIDTH = 200
# A tall picture brings the panel's scroll bar, which takes this much of the width.
_SCROLL_BAR = 16
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


class PictureView:
    """Shows PNG files, one at a time, as wide as the panel.

    Parameters
    ----------
    box
        The QComboBox that chooses.
    label
        The QLabel that shows.
    button
        The QPushButton that opens the folder.
    status
        The status line.

    """

    def __init__(self, box: Any, label: Any, button: Any, status: StatusLine) -> None:
        self._box, self._label, self._button = box, label, button
        self._files: tuple[Path, ...] = ()
        box.connect("currentIndexChanged(int)", status.guarded(self._show))
        button.connect("clicked(bool)", status.guarded(self._open_folder))
        self.fill(())

    def fill(self, files: Sequence[Path]) -> None:
        """Offer these PNG files; those that are not there are left out."""
        self._files = tuple(file for file in files if file.is_file())
        blocked = self._box.blockSignals(True)
        self._box.clear()
        for file in self._files:
            self._box.addItem(_short_name(file, self._files))
        self._box.blockSignals(blocked)
        for widget in (self._box, self._label, self._button):
            widget.visible = bool(self._files)
        self._show()

    def _show(self) -> None:
        index = self._box.currentIndex
        if not 0 <= index < len(self._files):
            self._label.clear()
            return
        picture = qt.QPixmap(str(self._files[index]))
        width = max(self._label.width - _SCROLL_BAR, _LEAST_WIDTH)
        self._label.setPixmap(picture.scaledToWidth(width, qt.Qt.SmoothTransformation))
        self._label.toolTip = _("{file}; press the button for the full size").format(file=self._files[index].name)

    def _open_folder(self) -> None:
        if self._files:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._files[0].parent)))


def _short_name(file: Path, files: Sequence[Path]) -> str:
    """What the box offers: "agreement-x" beside "agreement" is "x", as the panel is narrow."""
    for other in files:
        if file.stem.startswith(f"{other.stem}-"):
            return file.stem.removeprefix(f"{other.stem}-").replace("-", " ")
    return file.stem.replace("-", " ")


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
    return "\n".join(f"{_SIGNS[finding.severity]} {finding.message}" for finding in findings)


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
