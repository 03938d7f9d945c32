"""What is said of a score's AUC by reader, and of what changed groups cost."""

from __future__ import annotations

import math

from RLNResponseLib.analysis.reader_accuracy import CONTROL, ScoreAccuracy
from RLNResponseLib.common.wording import counted, p_words, with_limits
from RLNResponseLib.modelling.validation.multi_reader import ReaderAccuracy
from RLNResponseLib.report.text.sentences import Sentence

_PER = 100
_LEFT_OUT = "Who died within two years without recurrence is left out, as published."


def reader_accuracy_sentences(each: ScoreAccuracy) -> list[Sentence]:
    """What is said of one score.

    Parameters
    ----------
    each
        Its AUC by reader.

    Returns
    -------
    list of Sentence
    """
    found = each.accuracy
    title = each.model.title
    if found is None:
        return [Sentence(kind="figure", text=f"{title}: no AUC by reader. {each.reason}")]
    by_reader = "; ".join(
        f"{reader} {with_limits(auc.value, auc.lower, auc.upper)}"
        for reader, auc in zip(found.readers, found.auc, strict=True)
    )
    if not math.isnan(found.p):
        equal = f"whether they are equal for these readers: {p_words(found.p)}, by patient"
    elif math.isclose(*(pick(auc.value for auc in found.auc) for pick in (min, max)), abs_tol=1e-9):
        equal = "these readers' AUC cannot be told apart: they are the same"
    else:
        equal = "whether they are equal cannot be tested: an AUC of 0 or 1 has no variance"
    mean = with_limits(found.mean.value, found.mean.lower, found.mean.upper)
    return [
        Sentence(
            kind="figure",
            text=f"{title}, AUC by reader: {by_reader} ({counted(found.cases, 'lymph node')} of "
            f"{counted(found.patients, 'patient')}, {found.events} with the event); {equal}",
        ),
        Sentence(
            kind="statement",
            text=f"{title}: mean AUC {mean} for other readers and patients too (Obuchowski-Rockette). With "
            f"{len(found.readers)} readers its limits are wide, as they must be.",
            indent=2,
        ),
        Sentence(
            kind="statement",
            text=f"{title}: the group changes with the reader in {found.flips} of {_those(each)}. "
            + _benefit(each, found)
            + (f" {_LEFT_OUT}" if each.model.id == CONTROL else ""),
            indent=2,
        ),
    ]


def _benefit(each: ScoreAccuracy, found: ReaderAccuracy) -> str:
    if each.no_net_benefit:
        return f"No net benefit is given: it takes probabilities at their word ({each.no_net_benefit})."
    change = found.benefit_difference
    cost = with_limits(_PER * change.value, _PER * change.lower, _PER * change.upper, "+.1f")
    return (
        f"Net benefit at P = {found.threshold:.2f}, {found.readers[-1]} less {found.readers[0]}: {cost} true positives "
        f"in {_PER} lymph nodes, false alarms weighed by the odds there, limits by patient."
    )


def _those(each: ScoreAccuracy) -> str:
    """Fewer than all that were read: those whose outcome is known."""
    assert each.accuracy is not None
    analysed = "in the two-year analysis" if each.model.id == CONTROL else "whose response is known"
    return f"the {counted(each.accuracy.cases, 'lymph node')} {analysed}"
