"""The status line: where a refusal's sentence is shown, and the one place that catches errors."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from slicer.i18n import tr as _

from RLNResponseLib.errors import DataRefusedError

_LOG = logging.getLogger("RLNResponse")
_MARKS = {"done": "✓", "working": "…", "refused": "⚠"}


class StatusLine:
    """One line of text at the foot of the panel."""

    def __init__(self, label: Any) -> None:
        self._label = label

    def say(self, sentence: str, kind: str = "done") -> None:
        """Show a sentence; `kind` is "done", "working" or "refused", told apart by a sign and not by colour alone."""
        self._label.text = f"{_MARKS[kind]} {sentence}" if sentence else ""
        self._label.toolTip = sentence

    def refuse(self, error: Exception) -> None:
        """Show why something was not done. What is no refusal of data is a fault of ours, and the log has the detail."""
        if isinstance(error, DataRefusedError):
            _LOG.info("refused: %s", error.code)
            self.say(str(error), "refused")
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
