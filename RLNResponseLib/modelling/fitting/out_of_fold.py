"""Scores of cases by scores that had not seen their patient: all is repeated without a fold of patients at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import DevelopedScore, Recipe, develop_resample
from RLNResponseLib.modelling.fitting.splits import deal_folds


@dataclass(frozen=True)
class OutOfFold:
    """Cases by scores that had not seen them.

    Attributes
    ----------
    scores
        (n,), log-odds.
    above
        (n,), whether the score is above that score's own cutoff.
    folds
        (n,), whose score each is: every fold has a formula of its own.
    """

    scores: Floats
    above: NDArray[np.bool_]
    folds: NDArray[np.intp]

    __repr__ = short_repr


@dataclass(frozen=True)
class FoldScores:
    """One score a fold, made without the fold's patients.

    Attributes
    ----------
    fold_of_patient
        (patients,), the numbers of `by_fold`.
    by_fold
        Fold → the score that was made without it.
    """

    fold_of_patient: NDArray[np.intp]
    by_fold: Mapping[int, DevelopedScore]

    __repr__ = short_repr

    def judge(self, features: Floats, patients: NDArray[np.intp]) -> OutOfFold:
        """Score cases, whether their outcome is known or not.

        features  (n, p), of the features that the scores were made from
        patients  (n,), as in the cases that made the scores; no score has seen one from beyond them, so any will do
        """
        beyond = 1 + patients % len(self.by_fold)
        known = patients < len(self.fold_of_patient)
        folds = np.where(known, self.fold_of_patient[np.where(known, patients, 0)], beyond)
        scores, above = np.empty(len(folds)), np.empty(len(folds), dtype=bool)
        for fold, score in self.by_fold.items():
            rows = folds == fold
            scores[rows] = score.score(features[rows])
            above[rows] = scores[rows] > score.cutoff
        return OutOfFold(scores, above, folds)


def fold_scores(cases: Cases, recipe: Recipe, seed: int) -> FoldScores:
    """Leave out a fold of patients at a time and repeat the whole development on the others.

    What is drawn of training cases is drawn from these: a score flatters the cases that made it.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    recipe
        What is repeated in every resample: ICC filter, redundancy, folds, rule of λ, cutoff.
    seed
        What every random draw is derived from.

    Returns
    -------
    FoldScores

    Raises
    ------
    DataRefusedError
        as `develop_resample`.
    """
    folds = deal_folds(cases.patients, cases.outcome, recipe.folds, seed)
    fold_of_patient = np.zeros(int(cases.patients.max()) + 1, dtype=np.intp)
    fold_of_patient[cases.patients] = folds
    by_fold = {}
    for fold in np.unique(folds).tolist():
        others = (fold_of_patient != fold).astype(np.intp)
        by_fold[fold] = develop_resample(cases.drawn(others), replace(recipe, repeats=1), seed)
    return FoldScores(fold_of_patient, by_fold)
