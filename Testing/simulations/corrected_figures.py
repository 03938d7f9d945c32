"""Each corrected figure beside what the score gives on new patients: by the AUC's weight (before) and by its own rule.

usage: corrected_figures.py [DATA SETS] [RESAMPLES] [FEATURES] [noise]

The lymph nodes of corrected_auc.py, three of the features shifted by 0.6 SD in responders, or none (noise, with λ.min as
λ.1se would select nothing). The truth of each fitted score
is its figure on 40,000 new lymph nodes at its own cutoff. Printed: mean of the truth, mean error of each way with its
Monte Carlo error, and root mean square error.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from corrected_auc import RESPONDERS, SHIFT, simulated
from numpy.typing import NDArray

from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.optimism import FIGURES, _figures, optimism
from RLNResponseLib.modelling.fitting.out_of_bag import weight_632_plus

NEW = 40_000
WAYS = ("apparent", "AUC's weight", "own rule", "out of bag", "optimism")


def new_cases(delta: NDArray[np.float64], rng: np.random.Generator) -> Cases:
    """Patients of the same kind, one lymph node each."""
    outcome = rng.random(NEW) < RESPONDERS / 102
    features = rng.normal(size=(NEW, len(delta))) + outcome[:, None] * delta
    return Cases(features=features, outcome=outcome, patients=np.arange(NEW))


def main(sets: int = 60, resamples: int = 40, features: int = 20, shift: float = SHIFT) -> None:
    """Simulate, and print a table."""
    start = time.process_time()
    recipe, truths, found = Recipe(folds=5, rule="1se" if shift else "min"), [], []
    for seed in range(sets):
        cases, delta = simulated(seed, features, shift)
        score = develop(cases, recipe, seed)
        figures = optimism(cases, score, recipe, resamples, seed).figures
        auc = figures["auc"]
        weight = weight_632_plus(auc.apparent, auc.out_of_bag, 0.5)
        rows = [
            (
                each.apparent,
                (1 - weight) * each.apparent + weight * each.out_of_bag,
                each.corrected,
                each.out_of_bag,
                each.optimism_bootstrap,
            )
            for each in (figures[name] for name in FIGURES)
        ]
        truth = _figures(score, new_cases(delta, np.random.default_rng([seed, 1])))
        if np.isfinite(truth).all() and np.isfinite(rows).all():
            truths.append(truth)
            found.append(rows)
    print(
        f"{len(found)} data sets of {sets} (the others' score selects nothing), {resamples} resamples, {features} features"
    )
    errors = np.array(found) - np.array(truths)[:, :, None]
    print(f"{'':18}{'truth':>7}" + "".join(f"{way:>25}" for way in WAYS))
    for place, name in enumerate(FIGURES):
        each = errors[:, place]
        mean, error = each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))
        cells = [
            f"{m:+.3f} ({e:.3f}) {r:.3f}" for m, e, r in zip(mean, error, np.sqrt((each**2).mean(axis=0)), strict=True)
        ]
        print(f"{name:18}{np.array(truths)[:, place].mean():7.3f}" + "".join(f"{cell:>25}" for cell in cells))
    print(
        f"mean error (Monte Carlo error) root mean square error; {time.process_time() - start:.0f} s of processor time"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), *([0.0] if sys.argv[4:] == ["noise"] else []))
