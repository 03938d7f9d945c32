"""How often a score that was fitted on noise seems to predict follow-up: on the rows that made it, and out of fold.

usage: fitted_score_type1.py [SEEDS] [FEATURES] [PERMUTATIONS]

90 lymph nodes of 59 patients, features without any relation to the follow-up, 5% tests. The score is developed as the
study's own is (LASSO by cross-validated AUC for local control at 24 months, Youden's cutoff). Printed for the log-rank
test on the same rows as it stands and with the cutoff alone repeated in permutations, for the log-rank test out of
fold, and for Cox out of fold with the scores of all folds pooled as they are, as ranks within their fold, and as the
groups on either side of each fold's own cutoff. The scores of two folds are made from each other's cases, so that the
sum over the folds varies more than Cox's error says: the finer the score, the more.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe, develop_resample
from RLNResponseLib.modelling.fitting.out_of_fold import OutOfFold, fold_scores
from RLNResponseLib.survival.cox import cox
from RLNResponseLib.survival.follow_up import FollowUp, follow_up, groups
from RLNResponseLib.survival.group_tests import log_rank
from RLNResponseLib.survival.maximally_selected import selected_cutoff

LYMPH_NODES, PATIENTS, WINDOW, LEVEL = 90, 59, 24.0, 0.05
NAMES = (
    "log-rank on the same rows",
    "log-rank on the same rows, the cutoff permuted",
    "log-rank out of fold",
    "Cox out of fold, scores pooled",
    "Cox out of fold, ranks within the fold",
    "Cox out of fold, the groups of each fold's cutoff",
)


def simulated(seed: int, features: int) -> tuple[FollowUp, Cases]:
    """Follow-up and features of one table of noise; a third of the lymph nodes is controlled at two years."""
    rng = np.random.default_rng(seed)
    patients = np.concatenate([np.arange(PATIENTS), rng.integers(0, PATIENTS, LYMPH_NODES - PATIENTS)])
    months = 14 * np.exp(0.9 * rng.normal(size=LYMPH_NODES))
    censored = rng.uniform(24, 72, LYMPH_NODES)
    followed = follow_up(np.minimum(months, censored), months <= censored)
    values = rng.normal(size=(LYMPH_NODES, features))
    return followed, Cases(features=values, outcome=followed.months >= WINDOW, patients=patients)


def p_values(seed: int, features: int, permutations: int) -> list[float]:
    """By NAMES; 1 where a score is the same for all, which nothing can call significant."""
    followed, cases = simulated(seed, features)
    recipe = Recipe(folds=5)
    score = develop_resample(cases, recipe, seed)
    values = score.score(cases.features)
    same_rows = _log_rank_p(followed, values > score.cutoff)
    permuted = 1.0
    if same_rows < 1:
        permuted = selected_cutoff(followed, values, seed, score.cutoff, cases.patients, permutations).corrected_p
    folds = fold_scores(cases, recipe, seed)
    unseen = folds.judge(cases.features, cases.patients)
    return [
        same_rows,
        permuted,
        _log_rank_p(followed, unseen.above),
        _cox_p(followed, unseen.scores),
        _cox_p(followed, _ranks(unseen)),
        _cox_p(followed, unseen.above.astype(float)),
    ]


def _ranks(unseen: OutOfFold) -> NDArray[np.float64]:
    ranks = np.empty(len(unseen.scores))
    for fold in np.unique(unseen.folds):
        rows = unseen.folds == fold
        ranks[rows] = (rankdata(unseen.scores[rows]) - 0.5) / rows.sum()
    return ranks


def _log_rank_p(followed: FollowUp, above: NDArray[np.bool_]) -> float:
    if above.all() or not above.any():
        return 1.0
    return log_rank(followed, groups(["high" if each else "low" for each in above])).p


def _cox_p(followed: FollowUp, values: NDArray[np.float64]) -> float:
    try:
        return cox(followed, values[:, None], ["score"]).terms["score"].p
    except DataRefusedError:
        return 1.0


def main(seeds: int, features: int, permutations: int) -> None:
    """Run, and print what was found every fifty seeds."""
    rows = []
    for seed in range(seeds):
        rows.append(p_values(seed, features, permutations))
        if (seed + 1) % 50 == 0 or seed + 1 == seeds:
            share = (np.array(rows) < LEVEL).mean(axis=0)
            print(f"{len(rows)} tables of noise, {LYMPH_NODES} × {features}; p < {LEVEL} in")
            for name, value in zip(NAMES, share, strict=True):
                error = math.sqrt(value * (1 - value) / len(rows))
                print(f"  {name:<48} {100 * value:5.1f}% ± {100 * error:.1f}%", flush=True)


if __name__ == "__main__":
    main(*(int(text) for text in (sys.argv[1:] + ["1000", "20", "199"][len(sys.argv) - 1 :])))
