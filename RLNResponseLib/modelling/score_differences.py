"""Scores of responders against those of non-responders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RLNResponseLib.array_types import Bools, Floats
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.modelling.group_comparison import rank_test, student_t


@dataclass(frozen=True)
class ScoreDifference:
    """Two groups, the first where the outcome is 1.

    n, mean, sd  of both groups
    t, df, t_p   Student's test with one common variance, as published
    u, u_p       Mann and Whitney's U of the first group, with its two-sided p
    """

    n: tuple[int, int]
    mean: tuple[float, float]
    sd: tuple[float, float]
    t: float
    df: int
    t_p: float
    u: float
    u_p: float


def score_difference(score: Floats, outcome: Bools) -> ScoreDifference:
    """Mean ± SD, Student's t as R's t.test(var.equal = TRUE), and wilcox.test.

    score, outcome  (n,)

    Both take lymph nodes as independent. Raises DataRefusedError: one-class, flat-score.
    """
    with_event, without = score[outcome], score[~outcome]
    if min(len(with_event), len(without)) < 2:
        raise DataRefusedError(
            f"The groups hold {len(with_event)} and {len(without)} lymph nodes; a comparison needs two in each.",
            "one-class",
        )
    if np.ptp(with_event) == 0 and np.ptp(without) == 0:
        raise DataRefusedError(
            "The score is the same throughout each group, so it has no spread to compare by.", "flat-score"
        )
    student, ranks = student_t(with_event, without), rank_test(with_event, without)
    return ScoreDifference(
        (len(with_event), len(without)),
        (float(with_event.mean()), float(without.mean())),
        (float(with_event.std(ddof=1)), float(without.std(ddof=1))),
        student[0],
        len(score) - 2,
        student[1],
        *ranks,
    )
