"""ctkPathLineEdit's history.

The module's widget is never lower than its words need, however often Slicer takes it out of the panel and puts it back.
"""

from __future__ import annotations

from typing import Any

import qt

_OCCASIONS = (qt.QEvent.LayoutRequest, qt.QEvent.Resize)


class FollowHeight(qt.QObject):  # type: ignore[misc]
    """Keeps a widget's minimum height at what its layout needs for its width.

    When a module is left, Slicer takes its layout item out of the module panel without deleting it; from then on Qt asks the
    deleted entry how high wrapped text is, and widgets are painted over each other until the panel is resized.
    """

    def __init__(self, widget: Any) -> None:
        qt.QObject.__init__(self)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        """See the widget's events; none is kept from it."""
        if event.type() in _OCCASIONS:
            self._widget.minimumHeight = max(self._widget.layout().heightForWidth(self._widget.width), 0)
        return False

    def let_go(self) -> None:
        """See nothing any more."""
        self._widget.removeEventFilter(self)


def remember(edit: Any) -> None:
    """Put the edit's path at the head of its history.

    CTK takes a known path out and puts it in again, and tells both as changes; whoever remembers a path in answer to its
    change would answer for ever.
    """
    blocked = edit.blockSignals(True)
    try:
        edit.addCurrentPathToHistory()
    finally:
        edit.blockSignals(blocked)
