"""A command of the library in a process of its own: Slicer stays usable, a bar says how far it is, Cancel ends it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from slicer.i18n import tr as _

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.panel.widgets.status import StatusLine
from RLNResponseLib.panel.widgets.timers import timer

_LOOK_MS = 200
_PROGRESS = re.compile(r"^progress: (\d+) of (\d+)$", re.MULTILINE)


class BackgroundCommand:
    """One command at a time.

    Parameters
    ----------
    bar
        A QProgressBar, hidden while nothing runs.
    cancel
        The Cancel button, hidden while nothing runs.
    buttons
        Disabled while something runs.
    status
        The status line.
    changed
        Called when a command has started or ended.
    look_ms
        How often is looked whether it has ended.
    patience_ms
        Bar and Cancel come into sight once it has run for so long.

    """

    def __init__(
        self,
        bar: Any,
        cancel: Any,
        buttons: Sequence[Any],
        status: StatusLine,
        changed: Callable[[], object] = lambda: None,
        *,
        look_ms: int = _LOOK_MS,
        patience_ms: int = 0,
    ) -> None:
        self._bar, self._cancel, self._buttons, self._status = bar, cancel, buttons, status
        self._process: subprocess.Popen[bytes] | None = None
        self._out: IO[bytes] | None = None
        self._err: IO[bytes] | None = None
        self._on_done: Callable[[str], None] = lambda text: None
        self._progress: Callable[[str, str], tuple[int, int] | None] = lambda printed, said: None
        self._refusal: Callable[[str, str], str] = lambda printed, said: _last_line(said)
        self._on_failure: Callable[[], object] = lambda: None
        self._cancelled = ""
        self._is_cancelled = False
        self._changed: Callable[[], object] = lambda: None
        self._timer = timer(look_ms, status.guarded(self._look), repeated=True)
        self._patience = timer(patience_ms, self._show_bar)
        cancel.connect("clicked(bool)", status.guarded(self.cancel))
        self._show(False)
        self._changed = changed

    @property
    def is_running(self) -> bool:
        """Whether a command is at work."""
        return self._process is not None

    def start(
        self,
        arguments: Sequence[object],
        on_done: Callable[[str], None],
        sentence: str,
        *,
        refusal: Callable[[str, str], str] = lambda printed, said: _last_line(said),
        on_failure: Callable[[], object] = lambda: None,
    ) -> None:
        """Run `rlnresponse`.

        Parameters
        ----------
        arguments
            From the command's name on.
        on_done
            Called with what it printed, where it succeeded.
        sentence
            What is being done, for the status line.
        refusal, on_failure
            As of `run`.

        Raises
        ------
        DataRefusedError
            busy, no-python.

        """
        command = [python_command(), "-m", "RLNResponseLib", *map(str, arguments)]
        self.run(command, on_done, sentence, refusal=refusal, on_failure=on_failure)

    def run(
        self,
        command: Sequence[str],
        on_done: Callable[[str], None],
        sentence: str,
        *,
        progress: Callable[[str, str], tuple[int, int] | None] = lambda printed, said: _steps(said),
        refusal: Callable[[str, str], str] = lambda printed, said: _last_line(said),
        cancelled: str = "",
        on_failure: Callable[[], object] = lambda: None,
    ) -> None:
        """Run any command.

        Parameters
        ----------
        command
            The program and its arguments.
        on_done
            Called with what it printed, where it succeeded.
        sentence
            What is being done, for the status line.
        progress
            Of what it has written to standard output and error so far: (done, total), None where that is not known.
        refusal
            Of the same two texts: the sentence to show where it failed.
        cancelled
            The sentence to show where it was cancelled.
        on_failure
            Called where it failed or was cancelled, before the sentence is shown.

        Raises
        ------
        DataRefusedError
            busy, no-python.

        """
        if self._process is not None:
            raise DataRefusedError(_("Something is still being computed; wait for it or cancel it."), "busy")
        self._on_done, self._is_cancelled = on_done, False
        self._progress, self._refusal, self._on_failure = progress, refusal, on_failure
        self._cancelled = cancelled or _("Cancelled; nothing was left half-written.")
        # Files, since a full pipe would stop the command; they are closed when it has ended.
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err, env=_environment()
            )
        except OSError as error:
            raise DataRefusedError(
                _("Slicer's own Python could not be started ({reason}); install Slicer again.").format(
                    reason=error.strerror
                ),
                "no-python",
            ) from None
        self._bar.setRange(0, 0)
        self._show(True)
        if self._patience.interval:
            self._patience.start()
        else:
            self._show_bar()
        self._status.say(sentence, "working")
        self._timer.start()

    def cancel(self) -> None:
        """End the command; what it had written completely stays."""
        if self._process is not None:
            self._is_cancelled = True
            self._process.terminate()

    def cleanup(self, *, to_the_end: bool = False) -> None:
        """The panel goes, or nobody waits for the command any more: it ends without a word; `to_the_end` waits for one
        that must not be stopped where it is.
        """
        if self._process is not None:
            if not to_the_end:
                self._process.terminate()
            self._process.wait()
            self._close()

    def _look(self) -> None:
        if self._process is None:
            return
        code = self._process.poll()
        printed, said = _text(self._out), _text(self._err)
        steps = self._progress(printed, said)
        if steps is not None:
            done, total = steps
            self._bar.setRange(0, max(total, 1))
            self._bar.value = done
        if code is None:
            return
        self._close()
        if self._is_cancelled or code:
            self._on_failure()
        if self._is_cancelled:
            self._status.say(self._cancelled)
        elif code:
            raise DataRefusedError(self._refusal(printed, said), "command-refused")
        else:
            self._on_done(printed)

    def _close(self) -> None:
        self._timer.stop()
        self._process = None
        for file in (self._out, self._err):
            if file is not None:
                file.close()
        self._show(False)

    def _show_bar(self) -> None:
        self._bar.visible = self._cancel.visible = True

    def _show(self, is_running: bool) -> None:
        if not is_running:
            self._patience.stop()
            self._bar.visible = self._cancel.visible = False
        for button in self._buttons:
            button.enabled = not is_running
        self._changed()


def _steps(said: str) -> tuple[int, int] | None:
    steps = _PROGRESS.findall(said)
    return (int(steps[-1][0]), int(steps[-1][1])) if steps else None


def _last_line(said: str) -> str:
    return last_lines("", said, most=1)


def last_lines(_printed: str, said: str, most: int = 8) -> str:
    """The refusal of a command that takes many rows: the reasons of the last ones, and the sentence of all.

    Parameters
    ----------
    _printed
        What it wrote to standard output: of such a command nothing that a refusal is made of.
    said
        What it wrote to standard error.
    most
        How many lines, for the status line is no log.

    Returns
    -------
    str

    """
    lines = [line for line in said.splitlines() if line and not _PROGRESS.match(line)]
    return "\n".join(lines[-most:]) or _("The computation ended without a word.")


def python_command() -> str:
    """Slicer's own Python, which knows Slicer's libraries.

    Returns
    -------
    str
        The program's path; this process's own Python outside Slicer.

    """
    return shutil.which("PythonSlicer") or sys.executable


def _environment() -> dict[str, str]:
    library = str(Path(__file__).resolve().parents[2])
    before = os.environ.get("PYTHONPATH")
    path = library if not before else os.pathsep.join([library, before])
    return {**os.environ, "PYTHONPATH": path, "RLNRESPONSE_PROGRESS": "lines", "PYTHONIOENCODING": "utf-8"}


def _text(file: IO[bytes] | None) -> str:
    if file is None:
        return ""
    file.seek(0)
    return file.read().decode("utf-8", "replace")
