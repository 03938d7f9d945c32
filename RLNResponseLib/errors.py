"""The one exception by which the library refuses data."""


class DataRefusedError(Exception):
    """The data cannot be used; `str(error)` is one sentence: what is wrong, where, and what to do.

    `code` names the reason for programs (`"empty-contour"`); the command line prints the sentence and exits 1, the
    panel shows it in its status line. The sentence never holds patient data (names, dates, UIDs).
    """

    def __init__(self, sentence: str, code: str = "refused") -> None:
        super().__init__(sentence)
        self.code = code
