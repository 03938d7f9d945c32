"""The one exception by which the library refuses data, and any other one said in its form."""

from __future__ import annotations

from pathlib import Path


class DataRefusedError(Exception):
    """The data cannot be used; `str(error)` is one sentence: what is wrong, where, and what to do.

    `code` names the reason for programs (`"empty-contour"`); the command line prints the sentence and exits 1, the
    panel shows it in its status line. The sentence never holds patient data (names, dates, UIDs). `terminal` is what
    the command line can offer beside it, with its option ("or name one with --series"); nobody else says it.
    """

    def __init__(self, sentence: str, code: str = "refused", terminal: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.terminal = terminal

    @property
    def at_terminal(self) -> str:
        """The sentence as the command line says it."""
        return with_option(str(self), self.terminal)


def with_option(sentence: str, terminal: str) -> str:
    """A sentence with what only the command line can offer at its end.

    Parameters
    ----------
    sentence
        A whole sentence, with its full stop.
    terminal
        What only the command line can offer.

    Returns
    -------
    str
    """
    return f"{sentence.removesuffix('.')}, {terminal}." if terminal else sentence


def refusal_of(error: Exception) -> DataRefusedError:
    """What stopped one piece of work, as a refusal: so that a row of a table says why, and the others go on.

    Parameters
    ----------
    error
        What was raised.

    Returns
    -------
    DataRefusedError
        The refusal itself; unreadable-file for the disk's; internal-error for a fault of RLNResponse.

    Examples
    --------
    >>> str(refusal_of(PermissionError(13, "Permission denied", "scans/P1.nrrd")))
    'P1.nrrd cannot be read or written (Permission denied); check the path and the disk.'
    """
    if isinstance(error, DataRefusedError):
        return error
    if isinstance(error, OSError):
        what = Path(error.filename).name if isinstance(error.filename, str) else "A file"
        return DataRefusedError(
            f"{what} cannot be read or written ({error.strerror or error}); check the path and the disk.",
            "unreadable-file",
        )
    return DataRefusedError(
        f"An error in RLNResponse itself stopped it ({type(error).__name__}); try it alone, and report it if it stays.",
        "internal-error",
    )
