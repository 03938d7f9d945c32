"""Decision curve: what acting on the model would be worth at each threshold probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.array_types import Floats
from RLNResponseLib.display import short_repr
from RLNResponseLib.errors import DataRefusedError


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit, each (T,), per case; acting on nobody is worth 0.

    thresholds  probability above which one would act
    model       TP/n − FP/n · t/(1 − t), acting where the probability is at least t
    treat_all   the same, acting on everybody
    """

    thresholds: Floats
    model: Floats
    treat_all: Floats

    __repr__ = short_repr


def decision_curve(probability: Floats, outcome: NDArray[np.bool_], thresholds: Floats | None = None) -> DecisionCurve:
    """Vickers and Elkin 2006 (doi 10.1177/0272989X06295361).

    probability  (n,), 0 … 1
    thresholds   (T,), above 0 and below 1; None takes 0.01 … 0.99

    Raises DataRefusedError (not-a-probability).
    """
    if not ((probability >= 0) & (probability <= 1)).all():
        raise DataRefusedError(
            "A predicted probability is not between 0 and 1; give probabilities, not scores.", "not-a-probability"
        )
    at = np.linspace(0.01, 0.99, 99) if thresholds is None else thresholds
    odds = at / (1 - at)
    acting = probability[:, None] >= at
    n, events = len(outcome), outcome.sum()
    model = acting[outcome].sum(axis=0) / n - acting[~outcome].sum(axis=0) / n * odds
    return DecisionCurve(at, model, events / n - (n - events) / n * odds)
