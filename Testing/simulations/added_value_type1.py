"""How often a score that was fitted on noise seems to add to clinical variables: as fitted, and out of fold.

usage: added_value_type1.py [SEEDS] [FEATURES]

102 lymph nodes of 59 patients, 73% with the event, three clinical variables, none of anything related to the event; 5%
tests. The score is developed as a study's own is (LASSO by cross-validated AUC, Youden's cutoff). Printed for the
likelihood ratio of the logistic model of the clinical variables and the same with the score: as fitted on the same lymph
nodes, out of fold with the scores of all folds pooled as they are, and out of fold by groups, as `fit --clinical` does.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe, develop_resample
from RLNResponseLib.modelling.fitting.out_of_fold import fold_scores
from RLNResponseLib.modelling.validation.logistic import scaled_logistic
from RLNResponseLib.statistics.estimates import chi_square_p

LYMPH_NODES, PATIENTS, LEVEL = 102, 59, 0.05
NAMES = ("as fitted, on the same lymph nodes", "out of fold, scores pooled", "out of fold, groups")


def p_values(seed: int, features: int) -> list[float]:
    """By NAMES; 1 where a score is the same for all, which nothing can call significant."""
    rng = np.random.default_rng(seed)
    patients = np.concatenate([np.arange(PATIENTS), rng.integers(0, PATIENTS, LYMPH_NODES - PATIENTS)])
    outcome = rng.random(LYMPH_NODES) < 0.73
    clinical = np.column_stack([rng.random((LYMPH_NODES, 2)) < 0.5, rng.normal(size=LYMPH_NODES)])
    cases = Cases(features=rng.normal(size=(LYMPH_NODES, features)), outcome=outcome, patients=patients)
    recipe = Recipe(folds=5)
    fitted = develop_resample(cases, recipe, seed).score(cases.features)
    unseen = fold_scores(cases, recipe, seed).judge(cases.features, patients)
    return [_p(clinical, score, outcome) for score in (fitted, unseen.scores, unseen.above.astype(float))]


def _p(clinical: NDArray[np.float64], score: NDArray[np.float64], outcome: NDArray[np.bool_]) -> float:
    if np.ptp(score) == 0:
        return 1.0
    y = outcome.astype(float)
    try:
        alone, both = scaled_logistic(clinical, y), scaled_logistic(np.column_stack([clinical, score]), y)
    except DataRefusedError:
        return 1.0
    return chi_square_p(max(0.0, 2 * (alone.loss - both.loss)), 1)


def main(seeds: int, features: int) -> None:
    """Run, and print what was found every fifty seeds."""
    rows = []
    for seed in range(seeds):
        rows.append(p_values(seed, features))
        if (seed + 1) % 50 == 0 or seed + 1 == seeds:
            share = (np.array(rows) < LEVEL).mean(axis=0)
            print(f"{len(rows)} tables of noise, {LYMPH_NODES} × {features}; p < {LEVEL} in")
            for name, value in zip(NAMES, share, strict=True):
                error = math.sqrt(value * (1 - value) / len(rows))
                print(f"  {name:<36} {100 * value:5.1f}% ± {100 * error:.1f}%", flush=True)


if __name__ == "__main__":
    main(*(int(text) for text in (sys.argv[1:] + ["400", "20"][len(sys.argv) - 1 :])))
