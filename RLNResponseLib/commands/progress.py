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
