"""Local control at a fixed time: controlled, failed, left out because of death, or censored."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.survival.follow_up import Bools, FollowUp

State = Literal["controlled", "failed", "left out", "censored"]
STATES: tuple[State, ...] = ("controlled", "failed", "left out", "censored")


@dataclass(frozen=True)
class Endpoint:
    """One lymph node at the window's end.

    control  1 controlled, 0 failed, None where it is not known
    reason   one sentence on why it is in that state
    """

    state: State
    control: int | None
    reason: str


def local_control(follow_up: FollowUp, died: Bools, months: float) -> tuple[Endpoint, ...]:
    """The published endpoint of each row.

    follow_up  time to recurrence of the lymph node (event) or to the end of watching, months
    died       (n,) True where the patient is known to have died at the end of watching; ignored after a recurrence
    months     the window, 24 in the paper

    failed: recurrence up to and at the window's end. controlled: watched to the window's end without. left out: died
    before it without recurrence (the paper's 102 → 90). censored: watched for less than the window for another reason.

    Raises DataRefusedError (bad-window).
    """
    if not (math.isfinite(months) and months > 0):
        raise DataRefusedError("The window is not a number of months above 0; the paper's is 24.", "bad-window")
    rows = zip(follow_up.months.tolist(), follow_up.event.tolist(), died.tolist(), strict=True)
    return tuple(_endpoint(time, event, death, months) for time, event, death in rows)


def _endpoint(time: float, event: bool, died: bool, months: float) -> Endpoint:
    if event and time <= months:
        return Endpoint("failed", 0, f"Recurred within {months:g} months.")
    if time >= months:
        return Endpoint("controlled", 1, f"Watched for {months:g} months without recurrence.")
    if died:
        return Endpoint("left out", None, f"Died within {months:g} months without recurrence.")
    return Endpoint("censored", None, f"Watched for less than {months:g} months without recurrence or death.")


def counts(endpoints: Sequence[Endpoint]) -> Mapping[State, int]:
    """How many lymph nodes are in each state, every state named."""
    found = Counter(endpoint.state for endpoint in endpoints)
    return {state: found[state] for state in STATES}


def share_controlled(endpoints: Sequence[Endpoint]) -> float:
    """Controlled of those controlled or failed, as published; NaN where there are none."""
    number = counts(endpoints)
    known = number["controlled"] + number["failed"]
    return number["controlled"] / known if known else math.nan
