"""Hearing of a widget's events without keeping any from it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import qt


class OnEvents(qt.QObject):  # type: ignore[misc]
    """Calls at some of a widget's events, for as long as it is kept.

    Parameters
    ----------
    widget
        The QWidget.
    types
        Of qt.QEvent.
    call
        Called without arguments.

    """

    def __init__(self, widget: Any, types: Collection[Any], call: Callable[[], Any]) -> None:
        qt.QObject.__init__(self)
        self._widget, self._types, self._call = widget, tuple(types), call
        widget.installEventFilter(self)

    def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        """See the widget's events; Qt calls this."""
        if event.type() in self._types:
            self._call()
        return False

    def let_go(self) -> None:
        """Hear nothing any more."""
        self._widget.removeEventFilter(self)


def is_mouse_pressed() -> bool:
    """Whether the user is drawing, dragging or turning something now: steps that nobody waits for would hold that up.

    Segment Editor tells of a stroke when the button is let go.

    Returns
    -------
    bool

    """
    return bool(qt.QGuiApplication.mouseButtons() != qt.Qt.NoButton)
