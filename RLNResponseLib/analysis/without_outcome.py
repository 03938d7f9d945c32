"""The lymph nodes that no score of an outcome is judged on, by name: whose patient died first, which is known and
competes, and whose outcome is not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.cells import number_in, yes_or_no
from RLNResponseLib.common.tables import Table
from RLNResponseLib.survival.endpoint import STATES, TWO_YEAR_CONTROL, control_codes, deaths_at_the_end
from RLNResponseLib.survival.follow_up import FollowUp


@dataclass(frozen=True)
class WithoutOutcome:
    """Names of lymph nodes.

    Attributes
    ----------
    died_first
        Whose patient died before two years without recurrence; of another outcome none.
    unknown
        Whose outcome is not known.
    """

    died_first: tuple[str, ...]
    unknown: tuple[str, ...]


def without_outcome(cases: Table, outcome: str) -> WithoutOutcome:
    """Which lymph nodes have no value of an outcome.

    Parameters
    ----------
    cases
        Of `study_cases`.
    outcome
        The column.

    Returns
    -------
    WithoutOutcome
    """
    lacking = [row for row in cases.rows if not row[outcome]]
    died = {row["lymph_node"] for row in lacking if outcome == TWO_YEAR_CONTROL and _died_first(row)}
    names = [row["lymph_node"] for row in lacking]
    return WithoutOutcome(
        died_first=tuple(name for name in names if name in died),
        unknown=tuple(name for name in names if name not in died),
    )


def _died_first(row: Mapping[str, str]) -> bool:
    """By the endpoint's own rule."""
    months, recurred = number_in(row["local_control_months"]), yes_or_no(row["local_recurrence"])
    if months is None or recurred is None:
        return False
    watched = FollowUp(np.array([months]), np.array([recurred]))
    of_death = number_in(row["follow_up_months"])
    died = deaths_at_the_end(
        watched.months,
        np.array([yes_or_no(row["died"]) is True]),
        np.array([math.nan if of_death is None else of_death]),
    )
    return STATES[control_codes(watched, died)[0]] == "left out"
