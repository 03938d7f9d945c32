"""Keys of the panel's own, wherever the focus is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt


def shortcut(widget: Any, key: str, step: Callable[..., Any]) -> Any:
    """A key that is not in force yet; who uses it enables it while the module is shown.

    Parameters
    ----------
    widget
        Whose key it is.
    key
        As Qt writes it: "Ctrl+Shift+N".
    step
        What it does.

    Returns
    -------
    QShortcut

    """
    made = qt.QShortcut(qt.QKeySequence(key), widget)
    # The focus is in a slice view while contours are drawn and looked at.
    made.context = qt.Qt.ApplicationShortcut
    made.enabled = False
    made.connect("activated()", step)
    return made
