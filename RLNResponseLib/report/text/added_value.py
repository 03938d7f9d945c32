"""What is said of what a score adds to clinical variables."""

from __future__ import annotations

import math

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.names import label
from RLNResponseLib.common.wording import counted, formatted, p_words, percent, with_limits
from RLNResponseLib.modelling.validation.added_value import COUNTS, AddedValue, Gain
from RLNResponseLib.report.text.sentences import Sentence
from RLNResponseLib.statistics.cluster_robust import ClusteredTest

OUT_OF_FOLD = (
    "A score that was fitted on these lymph nodes is there by the groups of scores that had not seen the patient: as "
    "fitted it has seen the outcomes that the test is about, and is favoured. Of simulated tables of noise 7.5% had "
    "p < 0.05 by groups, and 64% as fitted."
)
AS_IT_IS = (
    "The score is there as it is: these lymph nodes took no part in it. The clinical model is fitted on them, and so "
    "is the weight of the score beside it."
)
BY_PATIENT = (
    "The p by patient is Wald's of the score in the larger model, with patients as clusters; the likelihood ratio "
    "counts lymph nodes as independent, which those of one patient are not. The limits of the differences are by "
    "patient, and take the score as given."
)


def added_value_sentences(found: AddedValue | DataRefusedError, how: str = OUT_OF_FOLD) -> tuple[Sentence, ...]:
    """What a score adds, in order, for every surface.

    Parameters
    ----------
    found
        Of scores that had not seen the patient; or why nothing can be said, which is one sentence.
    how
        In what form the score is there.

    Returns
    -------
    tuple of Sentence
    """
    if isinstance(found, DataRefusedError):
        return (Sentence(kind="statement", text=f"What the score adds to clinical variables is not judged: {found}"),)
    names = ", ".join(label(name, unit=False) for name in found.names)
    without = f" ({found.left_out} left out, as one of these is not known)" if found.left_out else ""
    wrong = " The score points the wrong way there: what it adds is no prediction." if found.coefficient < 0 else ""
    lines = [
        f"Added to {names} in {counted(found.n, 'lymph node')}{without}: by patient "
        f"{clustered_words(found.by_patient)}; likelihood ratio χ² {found.chisq:.3f}, df 1, "
        f"{p_words(found.p)}, which counts {COUNTS}; {percent(found.new_information)} of what both say together is "
        f"new.{wrong}",
        f"AUC {gain_words(found.auc)}; scaled Brier {gain_words(found.accuracy)}.",
        how,
        BY_PATIENT,
    ]
    return tuple(Sentence(kind="statement", text=line) for line in lines)


def clustered_words(test: ClusteredTest) -> str:
    """The test by patient.

    Parameters
    ----------
    test
        Of the score's coefficient.

    Returns
    -------
    str

    Examples
    --------
    >>> clustered_words(ClusteredTest(se=0.2, df=17.34, p=0.031, patients=59))
    "p = 0.031 (59 patients as clusters; CR2, Student's t, df 17.3)"
    >>> clustered_words(ClusteredTest(se=float("nan"), df=float("nan"), p=float("nan"), patients=5))
    'no p, as 5 patients leave nothing to judge it by'
    """
    patients = counted(test.patients, "patient")
    if math.isnan(test.p):
        return f"no p, as {patients} leave nothing to judge it by"
    freedom = "" if test.df is None else f", df {test.df:.1f}"
    return f"{p_words(test.p)} ({patients} as clusters; {test.method}{freedom})"


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
