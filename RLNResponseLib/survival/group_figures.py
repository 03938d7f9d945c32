"""The figures of one group of lymph nodes at one time, with their limits: what a reader compares groups by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Bools, Ints
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.survival.curves import KaplanMeier, kaplan_meier
from RLNResponseLib.survival.follow_up import FollowUp
from RLNResponseLib.survival.states import LOG_MINUS_LOG, ThreeStates, estimate_json, three_states
from RLNResponseLib.survival.window import window


@dataclass(frozen=True, kw_only=True)
class GroupFigures:
    """One group, or all rows.

    Attributes
    ----------
    name
        Of the group.
    rows, events
        How many, and how many had the event whenever it was.
    competing
        How many had the other event first; None where the table has none.
    patients
        How many; None where they are not named.
    without_event
        Kaplan–Meier at the time asked for: free of the event, the other event taken for the end of watching.
    states
        The event, the other event first, free of both, at that time; None where the table has no other event.
    median
        Months until half have had the event, by the same Kaplan–Meier curve.
    follow_up
        Months that half were watched for, by the reverse Kaplan–Meier curve: events end watching, its own end is the
        event (Schemper and Smith 1996, doi 10.1016/0197-2456(96)00075-X).
    """

    name: str
    rows: int
    events: int
    competing: int | None
    patients: int | None
    without_event: Estimate
    states: ThreeStates | None
    median: Estimate
    follow_up: Estimate

    __repr__ = short_repr

    def as_json(self) -> dict[str, Any]:
        """The figures as the command line prints them."""
        answer: dict[str, Any] = {name: getattr(self, name) for name in ("rows", "events", "competing", "patients")}
        answer |= {name: estimate_json(getattr(self, name)) for name in ("without_event", "median", "follow_up")}
        if self.states:
            answer["states"] = self.states.as_json()
        return to_json(answer)


def group_figures(
    name: str, follow_up: FollowUp, competing: Bools | None, patients: Ints | None, months: float
) -> GroupFigures:
    """The figures of some rows; limits of shares by patient where patients are named, of medians rows as independent.

    Parameters
    ----------
    name
        Of the group.
    follow_up
        Of its rows.
    competing
        (n,) True where the other event came first; None where there is none.
    patients
        (n,) whose lymph node a row is; None where they are not named.
    months
        The time at which probabilities are given.

    Returns
    -------
    GroupFigures

    Raises
    ------
    DataRefusedError
        bad-window, missing-package (lifelines).
    """
    other = np.zeros(len(follow_up), dtype=bool) if competing is None else competing & ~follow_up.event
    seen = window(follow_up, other, months)
    alone = window(follow_up, np.zeros(len(follow_up), dtype=bool), months)
    curve = kaplan_meier(follow_up)
    without = three_states(alone, patients=patients).free
    watched = kaplan_meier(FollowUp(follow_up.months, ~(follow_up.event | other)))
    return GroupFigures(
        name=name,
        rows=len(follow_up),
        events=int(follow_up.event.sum()),
        competing=None if competing is None else int(other.sum()),
        patients=None if patients is None else len(np.unique(patients)),
        without_event=without,
        states=None if competing is None else three_states(seen, patients=patients),
        median=_median(curve),
        follow_up=_median(watched),
    )


def _median(curve: KaplanMeier) -> Estimate:
    lower, upper = curve.median.log_log
    return Estimate(value=curve.median.value, lower=lower, upper=upper, interval=LOG_MINUS_LOG)
