"""The progress bar of every command that takes more than a second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

# "lines": one line a step on stderr, for a program that shows its own bar (the panel).
PROGRESS_VARIABLE = "RLNRESPONSE_PROGRESS"
_WIDTH = 40


def progress_bar(done: int, total: int, label: str = "", note: str = "") -> None:
    """Say how far the work is: a bar on a terminal, lines where they are asked for, nothing in a file.

    label, note  before and after the bar
    """
    if os.environ.get(PROGRESS_VARIABLE) == "lines":
        print(f"progress: {done} of {total}", file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        width = _WIDTH * done // total
        end = "\n" if done == total else ""
        bar = f"{label} [{'#' * width}{' ' * (_WIDTH - width)}] {done} of {total}{note}".strip()
        # To the line's end: the note before may have been longer.
        print(f"\r{bar}\x1b[K", end=end, file=sys.stderr, flush=True)


class TimedProgress:
    """The progress bar with its rate and the time left.

    The first call starts the clock: what it says is done was done before. `seconds` is the clock.
    """

    def __init__(self, label: str = "", seconds: Callable[[], float] = time.monotonic) -> None:
        self._label, self._seconds = label, seconds
        self._start: tuple[int, float] | None = None

    def __call__(self, done: int, total: int) -> None:
        """Say that `done` of `total` are done."""
        if self._start is None:
            self._start = (done, self._seconds())
        before, started = self._start
        note = ""
        if done > before:
            each = (self._seconds() - started) / (done - before)
            left = "" if done == total else f", {duration(each * (total - done))} left"
            note = f", {1 / max(each, 1e-9):.3g} a second{left}"
        progress_bar(done, total, self._label, note)


def duration(seconds: float) -> str:
    """A duration as people say it: "42 s", "3 min 20 s", "5 h 7 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
