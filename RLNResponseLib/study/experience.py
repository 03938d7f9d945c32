"""A reader's specialty, experience and training, which CLEAR and TRIPOD+AI ask for: one line of the protocol."""

from __future__ import annotations

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.wording import one_line

_LONGEST_EXPERIENCE = 200


def checked_experience(words: str) -> str:
    """A reader's experience as the protocol keeps it.

    Parameters
    ----------
    words
        In the study coordinator's words.

    Returns
    -------
    str

    Raises
    ------
    DataRefusedError
        bad-experience, for more than one short line.
    """
    if len(words) > _LONGEST_EXPERIENCE or words != one_line(words):
        raise DataRefusedError(
            f"A reader's experience is one line of up to {_LONGEST_EXPERIENCE} signs, such as 'radiation oncologist, 8 "
            "years'; shorten it.",
            "bad-experience",
        )
    return words
