"""The progress bar of every command that takes more than a second."""

from __future__ import annotations

import sys

_WIDTH = 40


def progress_bar(done: int, total: int) -> None:
    """Draw the bar on a terminal; elsewhere (a file, the panel) say the same as a line of its own now and then."""
    if sys.stderr.isatty():
        width = _WIDTH * done // total
        end = "\n" if done == total else ""
        print(f"\r[{'#' * width}{' ' * (_WIDTH - width)}] {done} of {total}", end=end, file=sys.stderr, flush=True)
