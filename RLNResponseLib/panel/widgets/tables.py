"""Findings as a few lines of text, told apart by a sign and not by colour alone.

Filling Qt tables with rows of text.

The pictures that a command wrote, one at a time, as wide as the panel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from RLNResponseLib.common.findings import Finding
from RLNResponseLib.panel.widgets.status import StatusLine


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


_LEAST_WIDTH = 200
# A tall picture brings the panel's scroll bar, which takes this much of the width.
_SCROLL_BAR = 16


class PictureView:
    """A box that chooses, a label that shows, a button that opens the folder.

    box, label, button  widgets of the section
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


# Signs that are drawn without an emoji font too.
_SIGNS = {"error": "✗", "warning": "⚠", "info": "ℹ"}


def in_words(findings: Iterable[Finding]) -> str:
    """One line a finding, in their order."""
    return "\n".join(f"{_SIGNS[finding.severity]} {finding.message}" for finding in findings)
