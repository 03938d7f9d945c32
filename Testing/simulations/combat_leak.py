"""By how much the AUC of validation lymph nodes is wrong where ComBat has seen them, or their outcomes.

usage: combat_leak.py [STUDIES] [ridge|lasso]

Studies of centres that measure 60 features each in its own way (shift of SD 1, scale of e^±0.3), a lymph node a
patient; two thirds are training, where a score is fitted: by ridge regression of all features (fast enough for
thousands of studies), or by the LASSO (five folds, λ.min). Harmonised in four ways: not at all; by ComBat of the
training lymph nodes, as `fit --combat` does; by ComBat of all lymph nodes, without the outcome; and of all, with the
outcome among the covariates that are kept. The truth is the same score's AUC on 1998 new lymph nodes of the same
centres, whose outcome nobody knows: they are harmonised by the parameters that there are, with the outcome's mean in
its place. Optimism is the AUC that the study sees on its validation lymph nodes less that truth, over all pairs and
within centres. Printed with Monte Carlo errors over the studies.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.combat import fit_combat
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.validation.roc import auc

FEATURES, NEW = 60, 1998
WAYS = ("not harmonised", "ComBat of training", "ComBat of all", "of all, with the outcome")
# Coefficient of two features; share with the outcome at every third centre.
SETTINGS = (
    ("no signal, centres alike", 0.0, (0.5, 0.5, 0.5)),
    ("no signal, outcome by centre", 0.0, (0.3, 0.5, 0.7)),
    ("signal, centres alike", 0.7, (0.5, 0.5, 0.5)),
    ("signal, outcome by centre", 0.7, (0.3, 0.5, 0.7)),
)
# Centres, lymph nodes.
SIZES = ((3, 90), (3, 225), (9, 90))

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
        centres = np.arange(count) % len(self.shift)
        own = rng.normal(size=(count, FEATURES))
        base = np.log(np.array(self.shares) / (1 - np.array(self.shares)))[centres % len(self.shares)]
        outcome = rng.random(count) < 1 / (1 + np.exp(-(base + self.effect * (own[:, 0] - own[:, 1]))))
        return self.shift[centres] + self.scale[centres] * own, centres, outcome


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


def study(
    rng: np.random.Generator, effect: float, shares: tuple[float, ...], size: tuple[int, int], fitted: Fitted
) -> list[tuple[float, ...]]:
    """For each way the AUC that is seen and the true one, over all pairs and within centres."""
    number, count = size
    world = World(rng.normal(size=(number, FEATURES)), np.exp(rng.normal(0, 0.3, (number, FEATURES))), effect, shares)
    features, centres, outcome = world.drawn(rng, count)
    new, new_centres, new_outcome = world.drawn(rng, NEW)
    # Of every centre the same two thirds.
    training = np.arange(count) // number % 3 < 2
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
        judged = (
            (seen[~training] @ weights, outcome[~training], centres[~training]),
            (unknown @ weights, new_outcome, new_centres),
        )
        found.append((*(auc(*each[:2]) for each in judged), *(within(*each) for each in judged)))
    return found


def within(scores: Floats, outcome: NDArray[np.bool_], centres: NDArray[np.intp]) -> float:
    """AUC of the pairs of one centre; NaN where no centre has both outcomes."""
    wins = pairs = 0.0
    for centre in np.unique(centres):
        own = centres == centre
        with_it, without = scores[own & outcome], scores[own & ~outcome]
        wins += float((with_it[:, None] > without).sum() + 0.5 * (with_it[:, None] == without).sum())
        pairs += with_it.size * without.size
    return wins / pairs if pairs else math.nan


def main(studies: int, fitted: Fitted) -> None:
    """Run, and print a line for each way."""
    for number, (words, effect, shares) in enumerate(SETTINGS):
        for size in SIZES:
            rows, left_out = [], 0
            for seed in range(studies):
                try:
                    rows.append(study(np.random.default_rng([seed, number, *size]), effect, shares, size, fitted))
                except DataRefusedError:
                    left_out += 1
            found = np.array(rows)
            print(f"{words}, {size[0]} centres, {size[1]} lymph nodes, {len(rows)} studies ({left_out} left out)")
            for way, name in enumerate(WAYS):
                both = "; ".join(
                    f"{over} seen {np.nanmean(found[:, way, at]):.3f} true {np.nanmean(found[:, way, at + 1]):.3f} "
                    f"optimism {_with_error(found[:, way, at] - found[:, way, at + 1])}"
                    for over, at in (("all pairs:", 0), ("within centres:", 2))
                )
                print(f"  {name:<24} {both}", flush=True)


def _with_error(values: Floats) -> str:
    known = values[np.isfinite(values)]
    return f"{known.mean():+.4f} ± {known.std(ddof=1) / math.sqrt(len(known)):.4f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, lasso if "lasso" in sys.argv[2:] else ridge)
