"""A score judged at one time the published way: without those who died first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.validation.delong import delong
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.survival.window import Window


@dataclass(frozen=True, kw_only=True)
class Survivors:
    """A score judged the published way: without those who died first, and those censored.

    Attributes
    ----------
    auc
        With DeLong's limits.
    brier, null_brier
        Of the predicted risks, and of one risk for all; None where the score gives no probability.
    rows, left_out
        How many lymph nodes, and how many not.
    """

    auc: Estimate
    brier: float | None
    null_brier: float | None
    rows: int
    left_out: int

    @property
    def skill(self) -> float:
        """1 − Brier / null Brier; NaN where the score gives no probability."""
        return math.nan if self.brier is None or not self.null_brier else 1 - self.brier / self.null_brier

    def as_json(self) -> dict[str, float | int | None]:
        """The figures as the command line prints them."""
        return {
            "auc": self.auc.value,
            "lower": self.auc.lower,
            "upper": self.auc.upper,
            "brier": self.brier,
            "null_brier": self.null_brier,
            "rows": self.rows,
            "left_out": self.left_out,
        }


def judge_survivors(seen: Window, order: Floats, risk: Floats | None) -> Survivors | None:
    """Judge a score the published way; None where a class has fewer than two rows.

    Parameters
    ----------
    seen
        The fate of each row.
    order
        (n,), a higher value is a higher risk.
    risk
        (n,) predicted probability of the event; None where there is none.

    Returns
    -------
    Survivors or None
    """
    kept = seen.event | seen.free
    happened = seen.event[kept]
    try:
        rate = delong(order[kept], happened)
    except DataRefusedError:
        return None
    share = float(happened.mean())
    return Survivors(
        auc=rate,
        brier=None if risk is None else float(((risk[kept] - happened) ** 2).mean()),
        null_brier=None if risk is None else share * (1 - share),
        rows=int(kept.sum()),
        left_out=int((~kept).sum()),
    )
