"""Qt's timers as the panel makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt


def timer(milliseconds: int, call: Callable[..., Any], *, repeated: bool = False) -> Any:
    """A timer that is not started yet.

    Parameters
    ----------
    milliseconds
        From its start to the call; 0 is once the events that wait are handled.
    call
        What it calls.
    repeated
        Whether it goes on until it is stopped.

    Returns
    -------
    QTimer

    """
    made = qt.QTimer()
    made.setSingleShot(not repeated)
    made.setInterval(milliseconds)
    made.connect("timeout()", call)
    return made
