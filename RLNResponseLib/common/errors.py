"""The one exception by which the library refuses data."""


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
