"""Loading ahead what the first score and its uncertainty need, a package at a time with the event loop between two."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Any

import qt

# What moving a contour loads: together a third of a second, too long between two strokes. In the order in which they
# load one another.
PACKAGES = (
    "SimpleITK", "numpy.random", "numpy.testing", "numpy.f2py", "scipy.special", "scipy.ndimage", "scipy.sparse",
    "scipy.spatial",
)  # fmt: skip


class WarmUp:
    """Loads `PACKAGES` while the module is shown, from the first time that it is.

    Parameters
    ----------
    guarded
        `StatusLine.guarded`, for the timer's call.

    """

    def __init__(self, guarded: Any) -> None:
        self._left = list(PACKAGES)
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.connect("timeout()", guarded(self._load_next))

    def start(self) -> None:
        """Go on with what is not loaded yet."""
        if self._left:
            self._timer.start()

    def stop(self) -> None:
        """Another module is shown."""
        self._timer.stop()

    def _load_next(self) -> None:
        # Where one cannot be had, who needs it says so.
        with suppress(ImportError):
            import_module(self._left.pop(0))
        self.start()
