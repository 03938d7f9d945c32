"""Simulations of the corrected AUC: what it says of pure noise, and how often its interval holds the truth.

usage: corrected_auc.py noise|coverage [SEEDS] [RESAMPLES]

noise     102 lymph nodes of 59 patients × 106 normal features without any relation to the outcome: the true AUC is 0.5.
coverage  the same lymph nodes × 20 features, three of them shifted by 0.6 SD in responders. A score's true AUC on new
patients is
          known: Φ(β·δ / (√2 |β|)). Printed: how often the 95% interval holds it, for the score of all cases and for the
          average of the resamples' scores, which is what an out-of-bag AUC estimates.
"""

from __future__ import annotations

import math
import sys
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import DevelopedScore, Recipe, develop
from RLNResponseLib.modelling.fitting.optimism import optimism

LYMPH_NODES, PATIENTS, RESPONDERS = 102, 59, 75
SHIFT, SHIFTED = 0.6, 3


def simulated(seed: int, features: int, shift: float) -> tuple[Cases, NDArray[np.float64]]:
    """Cases of the paper's size, and how far each feature is shifted in responders."""
    rng = np.random.default_rng(seed)
    patients = np.concatenate([np.arange(PATIENTS), rng.integers(0, PATIENTS, LYMPH_NODES - PATIENTS)])
    outcome = rng.permutation(np.arange(LYMPH_NODES) < RESPONDERS)
    delta = np.zeros(features)
    delta[:SHIFTED] = shift
    values = rng.normal(size=(LYMPH_NODES, features)) + outcome[:, None] * delta
    return Cases(features=values, outcome=outcome, patients=patients), delta


def true_auc(score: DevelopedScore, delta: NDArray[np.float64]) -> float:
    """The AUC of a linear score on new cases."""
    length = float(np.linalg.norm(score.coefficients))
    return 0.5 if length == 0 else NormalDist().cdf(float(score.coefficients @ delta) / (math.sqrt(2) * length))


def main(kind: str, seeds: int, resamples: int) -> None:
    """Run, and print a line every twenty seeds."""
    features, shift, recipe = (106, 0.0, Recipe(rule="min")) if kind == "noise" else (20, SHIFT, Recipe(folds=5))
    rows = []
    for seed in range(seeds):
        cases, delta = simulated(seed, features, shift)
        score = develop(cases, recipe, seed)
        found = optimism(cases, score, recipe, resamples, seed)
        truth = true_auc(score, delta)
        rows.append((found.figures["auc"].apparent, found.auc.value, found.auc.lower, found.auc.upper, truth))
        if (seed + 1) % 20 == 0:
            report(np.array(rows))


def report(rows: NDArray[np.float64]) -> None:
    """What was found so far."""
    apparent, corrected, lower, upper, truth = rows.T
    held = np.mean((lower <= truth) & (truth <= upper))
    print(
        f"{len(rows)} seeds: apparent {apparent.mean():.3f}, corrected "
        f"{corrected.mean():.3f} (SD {corrected.std():.3f}), true "
        f"{truth.mean():.3f}, interval {np.mean(upper - lower):.3f} wide, holds the truth {100 * held:.1f}%, truth "
        f"below it {100 * np.mean(truth < lower):.1f}%, above {100 * np.mean(truth > upper):.1f}%",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1], *(int(text) for text in (sys.argv[2:] + ["200", "20"][len(sys.argv) - 2 :])))
