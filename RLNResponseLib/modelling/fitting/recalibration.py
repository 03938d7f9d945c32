"""Probabilities that come true from a score that ranks well: its cross-validated calibration slope, as another formula.

A LASSO whose λ is chosen by AUC is shrunk as far as the ranking bears, and its probabilities with it: they lie too near
to the share with the event, and the calibration slope on new lymph nodes is far above 1. The slope is estimated on
lymph nodes that each score had not seen, and the formula multiplied by it (van Houwelingen and Le Cessie 1990,
doi 10.1002/sim.4780091109); groups and AUC stay what they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import DevelopedScore, Recipe
from RLNResponseLib.modelling.fitting.out_of_fold import fold_scores
from RLNResponseLib.modelling.validation.calibration import recalibration
from RLNResponseLib.modelling.validation.logistic import logistic


@dataclass(frozen=True)
class Recalibration:
    """Another formula: intercept + slope · score.

    Attributes
    ----------
    intercept
        Log-odds, so that as many events are expected among the cases as there are.
    slope
        Cross-validated.
    """

    intercept: float
    slope: float

    def of(self, score: float) -> float:
        """The recalibrated log-odds of one score, or of a cutoff."""
        return self.intercept + self.slope * score


def recalibrate(cases: Cases, score: DevelopedScore, recipe: Recipe, seed: int) -> Recalibration:
    """Repeat the development without each fold of patients, and estimate the slope on the folds' own lymph nodes.

    Parameters
    ----------
    cases
        The lymph nodes that made the score.
    score
        The score.
    recipe
        How it was made.
    seed
        For dealing the folds.

    Returns
    -------
    Recalibration

    Raises
    ------
    DataRefusedError
        no-slope, where the score tells nothing on lymph nodes that it had not seen; separated.
    """
    slope = recalibration(_unseen(cases, score, recipe, seed), cases.outcome)[1]
    if not slope > 0:
        found = "has no slope" if np.isnan(slope) else f"has a calibration slope of {slope:.2f}"
        raise DataRefusedError(
            f"On lymph nodes that it had not seen the score {found}, so it tells nothing that could be recalibrated; "
            "fit without --recalibrate, or on more lymph nodes.",
            "no-slope",
        )
    y = cases.outcome.astype(float)
    fit = logistic(np.ones((len(y), 1)), y, slope * score.of(cases))
    return Recalibration(float(fit.coefficients[0]), slope)


def _unseen(cases: Cases, score: DevelopedScore, recipe: Recipe, seed: int) -> Floats:
    """(n,) each case by a score that had not seen its patient, with the mean 0 and the SD of `score` over the cases
    that made it.

    Pooled as they are, the folds' intercepts would tell against the score: who is left out with many events is given a
    lower one. And each fold has a λ of its own, so that some are shrunk twice as far as others: on simulated cases
    the pooled slope missed the true one by a factor of 1.7 (SD of its logarithm 0.55), this one by 1.2 (0.22).
    """
    folds = fold_scores(cases, recipe, seed)
    fold_of_case = folds.fold_of_patient[cases.patients]
    unseen, spread = np.zeros(len(cases.outcome)), score.of(cases).std()
    for fold, made in folds.by_fold.items():
        scores, own = made.of(cases), fold_of_case == fold
        own_spread = scores[~own].std()
        if own_spread > 0:
            unseen[own] = (scores[own] - scores[~own].mean()) * (spread / own_spread)
    return unseen
