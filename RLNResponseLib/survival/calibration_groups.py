"""Predicted risks beside what happened, group by group of predicted risk, where another event can come first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.survival.states import ThreeStates, three_states
from RLNResponseLib.survival.window import Window

# Rows that a group should hold, and the most groups that are made.
ROWS_A_GROUP, MOST_GROUPS = 20, 5


@dataclass(frozen=True, kw_only=True)
class CalibrationGroup:
    """Rows of neighbouring predicted risks.

    Attributes
    ----------
    predicted
        Their mean predicted risk.
    lowest, highest
        Of the predicted risks.
    observed
        What happened to them by that time.
    """

    predicted: float
    lowest: float
    highest: float
    observed: ThreeStates

    def as_json(self) -> dict[str, Any]:
        """The group as the command line prints it."""
        return to_json(
            {
                "predicted": self.predicted,
                "lowest": self.lowest,
                "highest": self.highest,
                "rows": self.observed.rows,
                "observed": self.observed.as_json()["event"],
            }
        )


def calibration_groups(
    seen: Window, risk: Floats, confidence: float = 0.95, patients: Ints | None = None
) -> tuple[CalibrationGroup, ...]:
    """Rows by quantiles of their predicted risk, with the cumulative incidence that each group then had.

    As riskRegression's plotCalibration(method = "quantile"), with Aalen and Johansen's estimate in each group. Two to
    five groups of some 20 rows; equal risks stay together.

    Parameters
    ----------
    seen
        The fate of each row.
    risk
        (n,) predicted probability of the event by the window's end.
    confidence
        Coverage of the intervals, between 0 and 1.
    patients
        (n,) whole numbers from 0: whose lymph node a row is; None where rows are taken as independent.

    Returns
    -------
    tuple of CalibrationGroup
    """
    count = min(MOST_GROUPS, max(2, len(seen) // ROWS_A_GROUP))
    inner = np.unique(np.quantile(risk, np.arange(1, count) / count))
    place = np.searchsorted(inner, risk, side="left")
    groups = []
    for number in np.unique(place):
        rows = np.asarray(place == number)
        groups.append(
            CalibrationGroup(
                predicted=float(risk[rows].mean()),
                lowest=float(risk[rows].min()),
                highest=float(risk[rows].max()),
                observed=three_states(seen.of(rows), confidence, None if patients is None else patients[rows]),
            )
        )
    return tuple(groups)
