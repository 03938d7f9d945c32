"""The progress bar of long commands."""

from __future__ import annotations

import sys


def show_progress(done: int, total: int) -> None:
    """Draw how far the work is, on a terminal only: a log file gets no bars."""
    if sys.stderr.isatty():
        width = 40 * done // total
        end = "\n" if done == total else ""
        print(f"\r[{'#' * width}{' ' * (40 - width)}] {done} of {total}", end=end, file=sys.stderr, flush=True)
