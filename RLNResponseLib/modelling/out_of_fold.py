"""Scores of cases by scores that had not seen their patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.array_types import Floats
from RLNResponseLib.display import short_repr
from RLNResponseLib.modelling.development import Cases, DevelopedScore, Recipe, develop_resample
from RLNResponseLib.modelling.folds import deal_folds


@dataclass(frozen=True)
class OutOfFold:
    """Cases by scores that had not seen them, (n,): the score, and whether it is above that score's own cutoff."""

    scores: Floats
    above: NDArray[np.bool_]

    __repr__ = short_repr


@dataclass(frozen=True)
class FoldScores:
    """One score a fold, made without the fold's patients.

    fold_of_patient  (patients,), the numbers of `made`
    made             fold → the score that lacks it
    """

    fold_of_patient: NDArray[np.intp]
    made: Mapping[int, DevelopedScore]

    __repr__ = short_repr

    def judge(self, features: Floats, patients: NDArray[np.intp]) -> OutOfFold:
        """Score cases, whether their outcome is known or not.

        features  (n, p), of the features that the scores were made from
        patients  (n,), as in the cases that made the scores; no score has seen one from beyond them, so any will do
        """
        beyond = 1 + patients % len(self.made)
        known = patients < len(self.fold_of_patient)
        folds = np.where(known, self.fold_of_patient[np.where(known, patients, 0)], beyond)
        scores, above = np.empty(len(folds)), np.empty(len(folds), dtype=bool)
        for fold, made in self.made.items():
            rows = folds == fold
            scores[rows] = made.score(features[rows])
            above[rows] = scores[rows] > made.cutoff
        return OutOfFold(scores, above)


def fold_scores(cases: Cases, recipe: Recipe, seed: int) -> FoldScores:
    """Leave out a fold of patients at a time and repeat the whole development on the others.

    What is drawn of training cases is drawn from these: a score flatters the cases that made it. Raises DataRefusedError as
    `develop_resample`.
    """
    folds = deal_folds(cases.patients, cases.outcome, recipe.folds, seed)
    fold_of_patient = np.zeros(int(cases.patients.max()) + 1, dtype=np.intp)
    fold_of_patient[cases.patients] = folds
    made = {}
    for fold in np.unique(folds).tolist():
        others = (fold_of_patient != fold).astype(np.intp)
        made[fold] = develop_resample(cases.drawn(others), replace(recipe, repeats=1), seed)
    return FoldScores(fold_of_patient, made)
