"""Local control at a fixed time: controlled, failed, left out because of death, or censored."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.study.patients import LymphNodeOutcome, PatientOutcome
from RLNResponseLib.survival.follow_up import FollowUp

State = Literal["controlled", "failed", "left out", "censored"]
STATES: tuple[State, ...] = ("controlled", "failed", "left out", "censored")
# The paper's window, and what the endpoint at its end is called in tables.
TWO_YEARS_MONTHS = 24.0
TWO_YEAR_CONTROL = "two_year_control"
# Less than a day: months of 30.4375 days put an anniversary up to 0.75 days short (two years of 730 days are 23.984),
# and by the calendar the day before it is 1/31 of a month short at least.
_DAY_ROUNDING_MONTHS = 0.025
# A death this near to the end of watching ended it: tables state months to a tenth.
SAME_DAY_MONTHS = 0.1


@dataclass(frozen=True)
class Endpoint:
    """One lymph node at the window's end.

    Attributes
    ----------
    state
        One of STATES.
    control
        1 controlled, 0 failed, None where it is not known.
    reason
        One sentence on why it is in that state.
    """

    state: State
    control: int | None
    reason: str


def local_control(follow_up: FollowUp, died: Bools, months: float, visit: float = 0.0) -> tuple[Endpoint, ...]:
    """The published endpoint of each row.

    failed: recurrence up to and at the window's end. controlled: watched to the window's end without. left out: died
    before it without recurrence (the paper's 102 → 90). censored: watched for less than the window for another reason.

    Visits are planned for a day and happen around it: up to `visit` months before or after the window's end they are
    the visit at its end. So a recurrence found there has failed, and who is free of it is controlled. A death is no
    visit: before the window's end it is left out.

    Parameters
    ----------
    follow_up
        Time to recurrence of the lymph node (event) or to the end of watching, months.
    died
        (n,) True where the patient is known to have died at the end of watching; ignored after a recurrence.
    months
        The window, TWO_YEARS_MONTHS in the paper.
    visit
        How far from the window's end a planned visit may be, months.

    Returns
    -------
    tuple of Endpoint

    Raises
    ------
    DataRefusedError
        bad-window.
    """
    if not (math.isfinite(months) and months > 0):
        raise DataRefusedError(
            f"The window is not a number of months above 0; the paper's is {TWO_YEARS_MONTHS:g}.", "bad-window"
        )
    if not 0 <= visit < months:
        raise DataRefusedError(
            f"The planned visit may be from 0 to less than {months:g} months from the window's end; correct it.",
            "bad-window",
        )
    around = f" (planned visits from {months - visit:g} to {months + visit:g} months count)" if visit else ""
    reasons: Mapping[State, tuple[int | None, str]] = {
        "controlled": (1, f"Watched for {months:g} months without recurrence{around}."),
        "failed": (0, f"Recurred within {months:g} months{around}."),
        "left out": (None, f"Died within {months:g} months without recurrence."),
        "censored": (None, f"Watched for less than {months:g} months without recurrence or death{around}."),
    }
    states = (STATES[code] for code in control_codes(follow_up, died, months, visit).tolist())
    return tuple(Endpoint(state, *reasons[state]) for state in states)


def control_codes(
    follow_up: FollowUp, died: Bools, months: float = TWO_YEARS_MONTHS, visit: float = 0.0
) -> NDArray[np.intp]:
    """The state of each row at the window's end: the one rule, for all who ask.

    Parameters
    ----------
    follow_up : FollowUp
        Time to recurrence of the lymph node (event) or to the end of watching, months.
    died : Bools
        (n,) True where the patient is known to have died at the end of watching; ignored after a recurrence.
    months : float
        The window.
    visit : float
        How far from the window's end a planned visit may be, months.

    Returns
    -------
    NDArray[np.intp]
        (n,) places in STATES. A recurrence at the window's end has failed; who is watched to it, or dies at it, is
        controlled. A time less than a day short of it has reached it.

    """
    failed = follow_up.event & (follow_up.months <= months + visit)
    reached = follow_up.months >= months - _DAY_ROUNDING_MONTHS
    visited = (follow_up.months >= months - visit) & ~died
    rules = [failed, reached | visited, died]
    places = [STATES.index(state) for state in ("failed", "controlled", "left out")]
    return np.select(rules, places, STATES.index("censored"))


def rounded_to_the_end(follow_up: FollowUp, months: float) -> Bools:
    """Which rows were watched to the window's end only because less than a day short of it counts.

    Parameters
    ----------
    follow_up
        Time to recurrence of the lymph node (event) or to the end of watching, months.
    months
        The window.

    Returns
    -------
    Bools
    """
    short = (follow_up.months < months) & (follow_up.months >= months - _DAY_ROUNDING_MONTHS)
    return np.asarray(short & ~follow_up.event)


def deaths_at_the_end(months: Floats, died: Bools, death_months: Floats) -> Bools:
    """Which deaths ended the watching of a lymph node. A later one did not: there it is censored, alive.

    Parameters
    ----------
    months
        (n,), to the recurrence or to the end of watching.
    died
        (n,), the patient is known to have died.
    death_months
        (n,), to the death or last contact of the patient; NaN where it is not known, and the death is taken as the
        end.

    Returns
    -------
    Bools
    """
    return np.asarray(died & ~(death_months > months + SAME_DAY_MONTHS))


def two_year_state(outcome: LymphNodeOutcome, patient: PatientOutcome | None) -> State | None:
    """The state of one lymph node of a study after two years.

    Parameters
    ----------
    outcome : LymphNodeOutcome
        Its clinical outcome.
    patient : PatientOutcome or None
        Whether and when its patient died; not known is taken as alive at the end of watching.

    Returns
    -------
    State or None
        None where the months or the recurrence are not known, so that nothing is: such a lymph node is not left out for
        an early death either.

    """
    if outcome.local_control_months is None or outcome.local_recurrence is None:
        return None
    row = FollowUp(np.array([outcome.local_control_months]), np.array([outcome.local_recurrence]))
    died = np.array([patient is not None and patient.died is True])
    of_death = None if patient is None else patient.follow_up_months
    death_months = np.array([math.nan if of_death is None else of_death])
    return STATES[control_codes(row, deaths_at_the_end(row.months, died, death_months))[0]]


def counts(endpoints: Sequence[Endpoint]) -> Mapping[State, int]:
    """How many lymph nodes are in each state, every state named.

    Parameters
    ----------
    endpoints
        The endpoint of each lymph node.

    Returns
    -------
    Mapping[State, int]
    """
    counted = Counter(endpoint.state for endpoint in endpoints)
    return {state: counted[state] for state in STATES}


def share_controlled(endpoints: Sequence[Endpoint]) -> float:
    """Controlled of those controlled or failed, as published; NaN where there are none.

    Parameters
    ----------
    endpoints
        The endpoint of each lymph node.

    Returns
    -------
    float
    """
    number = counts(endpoints)
    known = number["controlled"] + number["failed"]
    return number["controlled"] / known if known else math.nan
