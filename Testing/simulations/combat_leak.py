"""By how much the AUC of validation lymph nodes is flattered where ComBat has seen them, or their outcomes.

usage: combat_leak.py [STUDIES] [ridge|lasso]

Studies of three centres that measure 60 features each in its own way (shift of SD 1, scale of e^±0.3), a lymph node a
patient; two thirds are training, where a score is fitted: by ridge regression of all features (fast enough for
thousands of studies), or by the LASSO (five folds, λ.min). Harmonised in four ways: not at all; by
ComBat of the training lymph nodes, as `fit --combat` does; by ComBat of all lymph nodes, without the outcome; and of
all, with the outcome among the covariates that are kept. The truth is the same score's AUC on 2000 new lymph nodes of
the same centres, whose outcome nobody knows: they are harmonised by the parameters that there are, with the outcome's
mean in its place. Optimism is the AUC that the study sees on its validation lymph nodes less that truth. Printed with
Monte Carlo errors over the studies, and beside the second way.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.combat import fit_combat
from RLNResponseLib.modelling.fitting.development import Cases, Recipe, develop
from RLNResponseLib.modelling.validation.roc import auc

FEATURES, CENTRES, NEW = 60, 3, 2000
WAYS = ("not harmonised", "ComBat of training", "ComBat of all", "of all, with the outcome")
# Coefficient of two features; share with the outcome at each centre.
SETTINGS = (
    ("no signal, centres alike", 0.0, (0.5, 0.5, 0.5)),
    ("no signal, outcome by centre", 0.0, (0.3, 0.5, 0.7)),
    ("signal, centres alike", 0.7, (0.5, 0.5, 0.5)),
    ("signal, outcome by centre", 0.7, (0.3, 0.5, 0.7)),
)
SIZES = (90, 225)

Floats = NDArray[np.float64]
Fitted = Callable[[Floats, NDArray[np.bool_]], Floats]


@dataclass(frozen=True)
class World:
    """How the centres of one study measure."""

    shift: Floats
    scale: Floats
    effect: float
    shares: tuple[float, ...]

    def drawn(self, rng: np.random.Generator, count: int) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
        """Features, centres and outcomes."""
        centres = np.arange(count) % CENTRES
        own = rng.normal(size=(count, FEATURES))
        base = np.log(np.array(self.shares) / (1 - np.array(self.shares)))[centres]
        outcome = rng.random(count) < 1 / (1 + np.exp(-(base + self.effect * (own[:, 0] - own[:, 1]))))
        return self.shift[centres] + self.scale[centres] * own, centres, outcome


def study(
    rng: np.random.Generator, effect: float, shares: tuple[float, ...], size: int, fitted: Fitted
) -> list[tuple[float, float]]:
    """For each way the AUC that is seen and the true one."""
    world = World(rng.normal(size=(CENTRES, FEATURES)), np.exp(rng.normal(0, 0.3, (CENTRES, FEATURES))), effect, shares)
    features, centres, outcome = world.drawn(rng, size)
    new, new_centres, new_outcome = world.drawn(rng, NEW)
    training = np.arange(size) % (3 * CENTRES) < 2 * CENTRES
    kept = outcome[:, None].astype(float)
    mean = np.full((NEW, 1), outcome.mean())
    of_training, of_all = fit_combat(features[training], centres[training]), fit_combat(features, centres)
    told = fit_combat(features, centres, kept)
    ways = (
        (features, new),
        (of_training.apply(features, centres), of_training.apply(new, new_centres)),
        (of_all.apply(features, centres), of_all.apply(new, new_centres)),
        (told.apply(features, centres, kept), told.apply(new, new_centres, mean)),
    )
    found = []
    for seen, unknown in ways:
        weights = fitted(seen[training], outcome[training])
        found.append((auc(seen[~training] @ weights, outcome[~training]), auc(unknown @ weights, new_outcome)))
    return found


def ridge(features: Floats, outcome: NDArray[np.bool_]) -> Floats:
    """Coefficients of the outcome on all standardised features, with a penalty of one for each lymph node."""
    mean, sd = features.mean(axis=0), features.std(axis=0)
    standard = (features - mean) / sd
    penalised = standard.T @ standard + len(features) * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(penalised, standard.T @ (outcome - outcome.mean())) / sd)


def lasso(features: Floats, outcome: NDArray[np.bool_]) -> Floats:
    """Coefficients as `fit --rule min` selects them."""
    cases = Cases(features=features, outcome=outcome, patients=np.arange(len(features)))
    return develop(cases, Recipe(folds=5, rule="min"), seed=1).coefficients


def main(studies: int, fitted: Fitted) -> None:
    """Run, and print a line for each way."""
    for number, (words, effect, shares) in enumerate(SETTINGS):
        for size in SIZES:
            rows, left_out = [], 0
            for seed in range(studies):
                try:
                    rows.append(study(np.random.default_rng([seed, number, size]), effect, shares, size, fitted))
                except DataRefusedError:
                    left_out += 1
            found = np.array(rows)
            print(f"{words}, {size} lymph nodes, {len(rows)} studies ({left_out} left out)")
            for way, name in enumerate(WAYS):
                seen, true = found[:, way].T
                error = (seen - true).std(ddof=1) / math.sqrt(len(rows))
                spread = true.std(ddof=1) / math.sqrt(len(rows))
                # The same studies: their difference is known better than either.
                more = (seen - true) - (found[:, 1, 0] - found[:, 1, 1])
                beside = f"{more.mean():+.4f} ± {more.std(ddof=1) / math.sqrt(len(rows)):.4f}"
                print(f"  {name:<26} seen {seen.mean():.3f}  true {true.mean():.3f} ± {spread:.3f}  "
                      f"optimism {(seen - true).mean():+.3f} ± {error:.3f}, beside ComBat of training {beside}",
                      flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, lasso if "lasso" in sys.argv[2:] else ridge)
