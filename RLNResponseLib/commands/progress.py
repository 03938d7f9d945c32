"""The progress bar of every command that takes more than a second."""

from __future__ import annotations

import os
import sys

# "lines": one line a step on stderr, for a program that shows its own bar (the panel).
PROGRESS_VARIABLE = "RLNRESPONSE_PROGRESS"
_WIDTH = 40


def progress_bar(done: int, total: int) -> None:
    """Say how far the work is: a bar on a terminal, lines where they are asked for, nothing in a file."""
    if os.environ.get(PROGRESS_VARIABLE) == "lines":
        print(f"progress: {done} of {total}", file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        width = _WIDTH * done // total
        end = "\n" if done == total else ""
        print(f"\r[{'#' * width}{' ' * (_WIDTH - width)}] {done} of {total}", end=end, file=sys.stderr, flush=True)
"""A progress bar on a terminal, for work that takes longer than a second."""

from __future__ import annotations

import sys
from collections.abc import Callable

_WIDTH = 40


def progress_bar(label: str) -> Callable[[int, int], None]:
    """A bar that is told how much is done, out of how much; nothing where stderr is no terminal."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = _WIDTH * done // total
            end = "\n" if done == total else ""
            bar = f"{'#' * filled}{' ' * (_WIDTH - filled)}"
            print(f"\r{label} [{bar}] {done} of {total}", end=end, file=sys.stderr, flush=True)

    return show
"""The progress bar of long commands."""

from __future__ import annotations

import sys


def show_progress(done: int, total: int) -> None:
    """Draw how far the work is, on a terminal only: a log file gets no bars."""
    if sys.stderr.isatty():
        width = 40 * done // total
        end = "\n" if done == total else ""
        print(f"\r[{'#' * width}{' ' * (40 - width)}] {done} of {total}", end=end, file=sys.stderr, flush=True)
