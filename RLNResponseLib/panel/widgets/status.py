"""The status line: where a refusal's sentence is shown, and the one place that catches errors."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import slicer
from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError

_LOG = logging.getLogger("RLNResponse")
_MARKS = {"done": "✓", "working": "…", "refused": "⚠"}


class StatusLine:
    """One line of text at the head of the panel, and in the status bar of Slicer's window."""

    def __init__(self, label: Any) -> None:
        self._label = label
        label.visible = False

    def say(self, sentence: str, kind: str = "done") -> None:
        """Show a sentence; `kind` is "done", "working" or "refused", told apart by a sign and not by colour alone."""
        text = f"{_MARKS[kind]} {sentence}" if sentence else ""
        self._label.text = text
        self._label.visible = bool(text)
        # Below the main window, in sight wherever the panel is scrolled to.
        slicer.util.showStatusMessage(text)

    def refuse(self, error: Exception) -> None:
        """Show why something was not done. What is no refusal of data is a fault of ours, and the log has the detail."""
        if isinstance(error, DataRefusedError):
            _LOG.info("refused: %s", error.code)
            self.say(str(error), "refused")
            return
        if isinstance(error, ModuleNotFoundError):
            _LOG.warning("missing: %s", error.name)
            self.say(
                _(
                    "This needs {package}, which is not installed here; the section Set-up says what can be installed."
                ).format(package=(error.name or str(error)).partition(".")[0]),
                "refused",
            )
            return
        _LOG.error("unexpected %s", type(error).__name__, exc_info=error)
        self.say(
            _(
                "Something went wrong inside RLNResponse ({error}); nothing was saved by this step. The log has the detail."
            ).format(error=type(error).__name__),
            "refused",
        )

    def guarded(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """`step` with its errors shown in this line: what every button, timer and observer calls.

        A signal's arguments that `step` does not take (whether a button is checked, an observer's caller) are left out.
        """
        taken = len(inspect.signature(step).parameters)

        @wraps(step)
        def run(*arguments: Any) -> Any:
            try:
                return step(*arguments[:taken])
            except Exception as error:
                self.refuse(error)
                return None

        return run
