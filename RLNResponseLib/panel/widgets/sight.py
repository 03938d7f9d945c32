"""What was asked for and lies outside what is seen of the panel."""

from __future__ import annotations

from typing import Any


def bring_into_sight(widget: Any) -> None:
    """Scroll to a widget.

    Parameters
    ----------
    widget
        Somewhere in a QScrollArea; elsewhere nothing is done.

    """
    area = widget.parentWidget()
    while area is not None and not area.inherits("QScrollArea"):
        area = area.parentWidget()
    if area is not None:
        area.ensureWidgetVisible(widget)
