"""The one way to the terminal: what is printed shows itself as text, whatever a file held, and no library speaks.

A name from a file can hold escapes that colour, move or retitle a terminal, a carriage return that overwrites what
stood there, marks that turn the direction of writing. None of them passes. Libraries write past Python to the
process's own stderr, names and values of the patient included; while a command runs, that goes nowhere.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TextIO, cast

from RLNResponseLib.common.wording import one_line

_STDERR = 2


def shown(text: str) -> str:
    r"""A text as it may be printed: its own lines, each without control signs and marks that are not seen.

    Parameters
    ----------
    text
        Whole lines, divided by line feeds.

    Returns
    -------
    str

    Examples
    --------
    >>> shown("LN\x1b[31m1\r2\n3")
    'LN [31m1 2\n3'
    """
    return "\n".join(one_line(line) for line in text.split("\n"))


class PlainStream:
    """A text stream that is written through `shown`. All else of it is the stream's own.

    stream  what it writes to
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write a text as it may be shown, and give the length that was asked for."""
        self.stream.write(shown(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def redraw(self, line: str) -> None:
        """Write a line over the one that the cursor is on: the only thing that moves it."""
        # To the line's end: the one before may have been longer.
        self.stream.write(f"\r{one_line(line)}\x1b[K")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def redraw(line: str, *, last: bool) -> None:
    """Write a line of progress over the one before, on stderr.

    Parameters
    ----------
    line
        Without its end.
    last
        Whether the next one stands below it.
    """
    plain = sys.stderr if isinstance(sys.stderr, PlainStream) else PlainStream(sys.stderr)
    plain.redraw(line)
    if last:
        plain.write("\n")
    plain.flush()


@contextmanager
def own_words_only(*, libraries_too: bool = False) -> Iterator[None]:
    """Print through `shown` alone, and keep what libraries say away, for the time of a command.

    stdout and stderr are put back at the end; so are warnings and the process's stderr.

    Parameters
    ----------
    libraries_too
        Whether libraries may speak: for who looks for a fault.

    Yields
    ------
    None
    """
    out, err = sys.stdout, sys.stderr
    try:
        with nullcontext() if libraries_too else _libraries_hushed() as own:
            # A process may have been started without either.
            sys.stdout, sys.stderr = (stream and cast("TextIO", PlainStream(stream)) for stream in (out, own or err))
            yield
    finally:
        sys.stdout, sys.stderr = out, err


@contextmanager
def _libraries_hushed() -> Iterator[TextIO | None]:
    root, quiet = logging.getLogger(), logging.NullHandler()
    root.addHandler(quiet)  # else Python prints what nobody handles
    try:
        with warnings.catch_warnings(), _library_stderr_away() as own:
            warnings.simplefilter("ignore")
            yield own
    finally:
        root.removeHandler(quiet)


@contextmanager
def _library_stderr_away() -> Iterator[TextIO | None]:
    """Point descriptor 2 at nothing, and give a stream to where it led for our own words; None where Python's stderr
    leads elsewhere, or the process has none.
    """
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.flush()
    try:
        kept = os.dup(_STDERR)
    except OSError:
        yield None
        return
    own = None
    try:
        if _descriptor(sys.stderr) == _STDERR:
            encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
            own = io.TextIOWrapper(
                os.fdopen(os.dup(kept), "wb"), encoding=encoding, errors="replace", line_buffering=True
            )
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        yield own
    finally:
        if own is not None:
            with suppress(OSError):
                own.close()
        os.dup2(kept, _STDERR)
        os.close(kept)


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
