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
from RLNResponseLib.common.requirements import missing_package

_LOG = logging.getLogger("RLNResponse")
_MARKS = {"done": "✓", "working": "…", "refused": "⚠"}


class StatusLine:
    """One line of text at the head of the panel, and in the status bar of Slicer's window.

    Parameters
    ----------
    label
        The QLabel at the head of the panel, hidden while there is nothing to say.

    """

    def __init__(self, label: Any) -> None:
        self._label = label
        label.visible = False

    def say(self, sentence: str, kind: str = "done") -> None:
        """Show a sentence, with a sign for its kind so that colour alone tells nothing.

        Parameters
        ----------
        sentence
            What to show; "" hides the line.
        kind
            "done", "working" or "refused".

        """
        text = f"{_MARKS[kind]} {sentence}" if sentence else ""
        self._label.text = text
        self._label.visible = bool(text)
        # Below the main window, in sight wherever the panel is scrolled to.
        slicer.util.showStatusMessage(text)

    def refuse(self, error: Exception) -> None:
        """Show why something was not done.

        Parameters
        ----------
        error
            A refusal of data or a missing package is shown with its own sentence; anything else is a fault of ours, and
            the log has the detail.

        """
        if isinstance(error, DataRefusedError):
            _LOG.info("refused: %s", error.code)
            self.say(str(error), "refused")
        elif isinstance(error, ModuleNotFoundError) and error.name:
            _LOG.warning("missing: %s", error.name)
            self.say(missing_package(error.name).sentence, "refused")
        else:
            _LOG.error("unexpected %s", type(error).__name__, exc_info=error)
            sentence = _(
                "Something went wrong inside RLNResponse ({error}); nothing was saved by this step. The log has the "
                "detail."
            )
            self.say(sentence.format(error=type(error).__name__), "refused")

    def guarded(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """`step` with its errors shown in this line: what every button, timer and observer calls.

        Parameters
        ----------
        step
            What to do. A signal's arguments that it does not take (whether a button is checked, an observer's caller)
            are left out.

        Returns
        -------
        Callable
            Takes any arguments, and returns None where `step` failed.

        """
        parameter_count = len(inspect.signature(step).parameters)

        @wraps(step)
        def run(*arguments: Any) -> Any:
            try:
                return step(*arguments[:parameter_count])
            except Exception as error:
                self.refuse(error)
                return None

        return run
