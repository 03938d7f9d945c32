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
