"""Folders and files dropped on a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt


class FolderDrop(qt.QObject):  # type: ignore[misc]
    """Takes what is dropped on a table.

    Parameters
    ----------
    table
        The QTableWidget.
    take
        Called with the number of the row that it was dropped on, -1 where beside all, and with the paths.

    """

    def __init__(self, table: Any, take: Callable[[int, list[Path]], Any]) -> None:
        qt.QObject.__init__(self)
        self._table, self._take = table, take
        # Drops come to what scrolls inside the table.
        self._inside = table.viewport()
        table.acceptDrops = True
        self._inside.acceptDrops = True
        self._inside.installEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        """See what is dragged; Qt calls this."""
        if event.type() not in (qt.QEvent.DragEnter, qt.QEvent.DragMove, qt.QEvent.Drop):
            return False
        paths = [Path(each.toLocalFile()) for each in event.mimeData().urls() if each.isLocalFile()]
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == qt.QEvent.Drop:
            self._take(int(self._table.rowAt(event.pos().y())), paths)
        return True
