"""How often a log-rank test at a cutoff chosen on the same data calls pure noise significant, before and after
correction.

usage: cutoff_type1.py [SEEDS] [PERMUTATIONS]

90 lymph nodes, a score without any relation to the follow-up, 5% tests. The cutoff is chosen by the largest log-rank
statistic, or, as in the paper, by Youden's index for local control at 24 months. Printed for 90 patients with a lymph
node each, and for 59 patients with up to several, whose lymph nodes share both score and follow-up (corrected with and
without saying so).
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.modelling.validation.roc import youden_threshold
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, groups
from RLNResponseLib.survival.group_tests import log_rank
from RLNResponseLib.survival.maximally_selected import selected_cutoff

LYMPH_NODES, PATIENTS, WINDOW, LEVEL = 90, 59, 24.0, 0.05


def simulated(seed: int, clustered: bool) -> tuple[FollowUp, NDArray[np.float64], NDArray[np.intp]]:
    """Follow-up and score of one table of noise, and whose lymph node each row is."""
    rng = np.random.default_rng(seed)
    patients = np.arange(LYMPH_NODES)
    if clustered:
        patients = np.concatenate([np.arange(PATIENTS), rng.integers(0, PATIENTS, LYMPH_NODES - PATIENTS)])
    shared = 0.8 if clustered else 0.0
    own_score, own_time = rng.normal(size=(2, LYMPH_NODES))
    of_patient, time_of_patient = rng.normal(size=(2, LYMPH_NODES))
    score = math.sqrt(shared) * of_patient[patients] + math.sqrt(1 - shared) * own_score
    frailty = math.sqrt(shared) * time_of_patient[patients] + math.sqrt(1 - shared) * own_time
    months = 14 * np.exp(0.9 * frailty)
    censored = rng.uniform(24, 72, LYMPH_NODES)
    return follow_up(np.minimum(months, censored), months <= censored), score, patients


def log_rank_p(followed: FollowUp, score: NDArray[np.float64], cutoff: float) -> float:
    return log_rank(followed, groups(["high" if above else "low" for above in score > cutoff])).p


def p_values(seed: int, clustered: bool, permutations: int) -> list[float]:
    """Log-rank p and corrected p: at the best cutoff, and at Youden's."""
    followed, score, patients = simulated(seed, clustered)
    found: list[float] = []
    controlled = followed.months >= WINDOW
    youden = youden_threshold(score, controlled)
    for cutoff in (None, youden):
        if cutoff is not None and not 0 < (score > cutoff).sum() < LYMPH_NODES:
            found += [1.0, 1.0, 1.0]  # Youden's index is nowhere above 0: no split, nothing significant
            continue
        by_row = selected_cutoff(followed, score, seed, cutoff, permutations=permutations)
        by_patient = selected_cutoff(followed, score, seed, cutoff, patients, permutations)
        found += [log_rank_p(followed, score, by_row.cutoff), by_row.corrected_p, by_patient.corrected_p]
    return found


def main(seeds: int, permutations: int) -> None:
    for clustered in (False, True):
        rows = np.array([p_values(seed, clustered, permutations) for seed in range(seeds)])
        share = 100 * (rows <= LEVEL).mean(axis=0)
        error = 100 * math.sqrt(LEVEL * (1 - LEVEL) / seeds)
        print(f"{PATIENTS if clustered else LYMPH_NODES} patients, {LYMPH_NODES} lymph nodes, {seeds} tables of noise:")
        for name, (before, rows_p, patients_p) in zip(("largest log-rank", "Youden"), share.reshape(2, 3), strict=True):
            print(
                f"  cutoff by {name:<17} p ≤ 0.05 in {before:.1f}% uncorrected, {rows_p:.1f}% corrected (rows swap), "
                f"{patients_p:.1f}% corrected (patients swap); 5% ± {error:.1f}% expected"
            )


if __name__ == "__main__":
    main(*(int(text) for text in (sys.argv[1:] + ["1000", "499"][len(sys.argv) - 1 :])))
