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
from RLNResponseLib.common.types import Bools
from RLNResponseLib.study.patients import LymphNodeOutcome
from RLNResponseLib.survival.follow_up import FollowUp

State = Literal["controlled", "failed", "left out", "censored"]
STATES: tuple[State, ...] = ("controlled", "failed", "left out", "censored")
# The paper's window, and what the endpoint at its end is called in tables.
TWO_YEARS_MONTHS = 24.0
TWO_YEAR_CONTROL = "two_year_control"


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


def local_control(follow_up: FollowUp, died: Bools, months: float) -> tuple[Endpoint, ...]:
    """The published endpoint of each row.

    failed: recurrence up to and at the window's end. controlled: watched to the window's end without. left out: died
    before it without recurrence (the paper's 102 → 90). censored: watched for less than the window for another reason.

    Parameters
    ----------
    follow_up
        Time to recurrence of the lymph node (event) or to the end of watching, months.
    died
        (n,) True where the patient is known to have died at the end of watching; ignored after a recurrence.
    months
        The window, TWO_YEARS_MONTHS in the paper.

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
    reasons: Mapping[State, tuple[int | None, str]] = {
        "controlled": (1, f"Watched for {months:g} months without recurrence."),
        "failed": (0, f"Recurred within {months:g} months."),
        "left out": (None, f"Died within {months:g} months without recurrence."),
        "censored": (None, f"Watched for less than {months:g} months without recurrence or death."),
    }
    states = (STATES[code] for code in control_codes(follow_up, died, months).tolist())
    return tuple(Endpoint(state, *reasons[state]) for state in states)


def control_codes(follow_up: FollowUp, died: Bools, months: float = TWO_YEARS_MONTHS) -> NDArray[np.intp]:
    """The state of each row at the window's end: the one rule, for all who ask.

    Parameters
    ----------
    follow_up : FollowUp
        Time to recurrence of the lymph node (event) or to the end of watching, months.
    died : Bools
        (n,) True where the patient is known to have died at the end of watching; ignored after a recurrence.
    months : float
        The window.

    Returns
    -------
    NDArray[np.intp]
        (n,) places in STATES. A recurrence at the window's end has failed; who is watched to it, or dies at it, is
        controlled.

    """
    failed = follow_up.event & (follow_up.months <= months)
    rules = [failed, follow_up.months >= months, died]
    places = [STATES.index(state) for state in ("failed", "controlled", "left out")]
    return np.select(rules, places, STATES.index("censored"))


def two_year_state(outcome: LymphNodeOutcome, died: bool | None) -> State | None:
    """The state of one lymph node of a study after two years.

    Parameters
    ----------
    outcome : LymphNodeOutcome
        Its clinical outcome.
    died : bool or None
        Whether its patient died; None, not known, is taken as alive at the end of watching.

    Returns
    -------
    State or None
        None where the months or the recurrence are not known, so that nothing is: such a lymph node is not left out for
        an early death either.

    """
    if outcome.local_control_months is None or outcome.local_recurrence is None:
        return None
    row = FollowUp(np.array([outcome.local_control_months]), np.array([outcome.local_recurrence]))
    return STATES[control_codes(row, np.array([died is True]))[0]]


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
