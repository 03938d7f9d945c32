"""The probability that is derived from a score, in words: always with the event that it is of, which the card names."""

from __future__ import annotations

from RLNResponseLib.common.wording import one_line
from RLNResponseLib.modelling.score_model import ScoreModel, ScoreResult

# Two digits are all that a score of ten features carries.
_LEAST = 0.01


def probability_name(model: ScoreModel) -> str:
    """What a probability is called: "P(response)".

    Parameters
    ----------
    model
        The score model.

    Returns
    -------
    str
    """
    return f"P({one_line(model.event_words)})"


def probability_words(score: ScoreResult) -> str:
    """The probability that is derived from a score, with what it is of: "P(response) 0.75 (derived)".

    Parameters
    ----------
    score
        One score of a lymph node.

    Returns
    -------
    str
        Never of 1 or 0: a logistic probability is neither.
    """
    value, name = score.probability, probability_name(score.model)
    if value is None:
        return "no probability is derived"
    if value < _LEAST:
        return f"{name} below {_LEAST} (derived)"
    if value > 1 - _LEAST:
        return f"{name} above {1 - _LEAST} (derived)"
    return f"{name} {value:.2f} (derived)"


def probability_cell(value: float | None) -> str:
    """The cell of a table, as `probability_words`.

    Parameters
    ----------
    value
        The probability; None where the group is withheld.

    Returns
    -------
    str
        Empty where there is none.

    Examples
    --------
    >>> [probability_cell(value) for value in (0.7473, 0.0004, 0.9999, None)]
    ['0.75', '<0.01', '>0.99', '']
    """
    if value is None:
        return ""
    if value < _LEAST:
        return f"<{_LEAST}"
    return f">{1 - _LEAST}" if value > 1 - _LEAST else f"{value:.2f}"
