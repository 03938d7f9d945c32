"""What is said of what a score adds to clinical variables."""

from __future__ import annotations

from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import counted, formatted, p_words, percent, with_limits
from RLNResponseLib.modelling.validation.added_value import AddedValue, Gain
from RLNResponseLib.report.text.sentences import Sentence

OUT_OF_FOLD = (
    "A score that was fitted on these lymph nodes is there by the groups of scores that had not seen the patient: as "
    "fitted it has seen the outcomes that the test is about, and is favoured."
)
AS_IT_IS = (
    "The score is there as it is: these lymph nodes took no part in it. The clinical model is fitted on them, and so "
    "is the weight of the score beside it."
)
INDEPENDENT = (
    "The likelihood ratio takes lymph nodes as independent, which those of one patient are not; the limits of the "
    "differences are by patient, and take the score as given."
)


def added_value_sentences(found: AddedValue, how: str = OUT_OF_FOLD) -> tuple[Sentence, ...]:
    """What a score adds, in order, for every surface.

    Parameters
    ----------
    found
        Of scores that had not seen the patient.
    how
        In what form the score is there.

    Returns
    -------
    tuple of Sentence
    """
    names = ", ".join(label(name, unit=False) for name in found.names)
    without = f" ({found.left_out} left out, as one of these is not known)" if found.left_out else ""
    wrong = " The score points the wrong way there: what it adds is no prediction." if found.coefficient < 0 else ""
    lines = [
        f"Added to {names} in {counted(found.n, 'lymph node')}{without}: likelihood ratio χ² {found.chisq:.3f}, df 1, "
        f"{p_words(found.p)}; {percent(found.new_information)} of what both say together is new.{wrong}",
        f"AUC {gain_words(found.auc)}; scaled Brier {gain_words(found.accuracy)}.",
        how,
        INDEPENDENT,
    ]
    return tuple(Sentence(kind="statement", text=line) for line in lines)


def gain_words(gain: Gain) -> str:
    """A figure without and with the score, and the corrected difference.

    Parameters
    ----------
    gain
        Of both models.

    Returns
    -------
    str
    """
    difference = gain.difference
    corrected = with_limits(difference.value, difference.lower, difference.upper, "+.3f")
    return (
        f"{formatted(gain.baseline)} without and {formatted(gain.together)} with it, apparent; difference corrected "
        f"for optimism {corrected}"
    )
