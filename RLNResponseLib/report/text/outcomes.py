"""What counts as an outcome, and how a simulated study drew its outcomes."""

from __future__ import annotations

from RLNResponseLib.common.wording import proper_minus
from RLNResponseLib.demo.cohort_outcomes import (
    CONTROL_LINK,
    DEATHS_A_MONTH,
    FOLLOW_UP_MONTHS,
    RESPONSE_LINK,
    Link,
)

_RECURRENCE = (
    "Recurrence is what the study's table records as local_recurrence of a lymph node: its second recurrence. The "
    "protocol file holds no other definition of it, so that how it was found is for the authors to say. Local control "
    "is the time in months from the end of the first (chemo)radiotherapy to that recurrence or to the end of watching "
    "(local_control_months), as in the paper. Two-year local control: failed with a recurrence up to and at 24 months; "
    "controlled where watched to 24 months without; who died before it without recurrence is left out in the published "
    "way, and competes in the other."
)


def outcome_sentences(*, simulated: bool) -> tuple[str, ...]:
    """The endpoints' definitions, and of a simulation how its outcomes were drawn.

    Parameters
    ----------
    simulated
        Whether `demo --cohort` made the study.

    Returns
    -------
    tuple of str
        Paragraphs.

    Examples
    --------
    >>> len(outcome_sentences(simulated=False)), "0.0098 a month" in outcome_sentences(simulated=True)[1]
    (1, True)
    """
    if not simulated:
        return (_RECURRENCE,)
    shortest, longest = FOLLOW_UP_MONTHS
    drawn = (
        "How the simulation draws outcomes, from the published scores of the first reader's first contour: log-odds of "
        f"response {_line(RESPONSE_LINK, 'Rad-score')}; log-odds of two years without recurrence "
        f"{_line(CONTROL_LINK, 'Rad-score-2-year')}, the time to recurrence exponential with that share at 24 months; "
        f"death exponential with {DEATHS_A_MONTH:g} a month, one time for all lymph nodes of a patient; watched for "
        f"{shortest:g} to {longest:g} months, uniformly. Clinical variables change nothing. At the paper's size the "
        "draw is taken, of 2,000, whose counts come closest to the published ones, so that numbers here are nearer to "
        "the paper's than chance would bring them."
    )
    return (_RECURRENCE, drawn)


def _line(link: Link, score: str) -> str:
    constant = proper_minus(f"{link.log_odds_at_middle:.3f}")
    sign = "−" if link.middle > 0 else "+"
    return f"{constant} + {link.slope:.2f} · ({score} {sign} {abs(link.middle):.4g})"
