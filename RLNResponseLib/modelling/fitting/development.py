"""The whole development of a score from its cases: ICC filter, redundancy, penalised regression, cutoff.

One function does all of it, so that a resample repeats what made the score (optimism.py). Two things differ there: the
folds are dealt once, not several times over, and fewer of them where a resample is too small or too uneven.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.cases import Cases, KeptFeatures, kept_features
from RLNResponseLib.modelling.fitting.combat import Combat, fit_combat
from RLNResponseLib.modelling.fitting.cross_validation import (
    FEWEST_CASES_PER_FOLD,
    CrossValidation,
    Rule,
    cross_validate,
)
from RLNResponseLib.modelling.fitting.firth import firth
from RLNResponseLib.modelling.fitting.splits import deal_folds
from RLNResponseLib.modelling.validation.logistic import scaled_logistic
from RLNResponseLib.modelling.validation.roc import youden_threshold
from RLNResponseLib.study.protocol import IccRule

Penalty = Literal["lasso", "ridge", "firth"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a score is made from cases.

    Attributes
    ----------
    folds
        Cross-validation folds.
    repeats
        Fold assignments whose AUC curves are averaged.
    rule
        Which λ is taken: "1se" or "min".
    by_patient
        False deals lymph nodes, as published: a patient's lymph nodes may then stand on both sides.
    icc
        Which features are kept, where the cases carry ratings.
    relax
        Whether the selected features are fitted again without the penalty (relaxed LASSO).
    penalty
        "lasso" and "ridge" take their λ from cross-validation; "firth" has none, and selects nothing.
    redundancy
        Of |Spearman's ρ|, above which one feature of two is kept before the fit; None keeps all.
    """

    folds: int = 10
    repeats: int = 1
    rule: Rule = "1se"
    by_patient: bool = True
    icc: IccRule = field(default_factory=IccRule)
    relax: bool = False
    penalty: Penalty = "lasso"
    redundancy: float | None = None


@dataclass(frozen=True, kw_only=True)
class DevelopedScore:
    """score = intercept + coefficients · features, and the cutoff above which the event is expected.

    Attributes
    ----------
    candidates
        Which features came to the fit.
    cross_validation
        Over the kept features; None where the penalty has no λ.
    strength
        The λ that was taken; None where there is none.
    intercept
        Log-odds.
    coefficients
        (p,), for raw feature values; 0 for what was not selected.
    cutoff
        Log-odds above which the event is expected (Youden).
    combat
        What harmonises features before the formula, estimated from the same cases; None where nothing does.
    """

    candidates: KeptFeatures
    cross_validation: CrossValidation | None
    strength: float | None
    intercept: float
    coefficients: Floats
    cutoff: float
    combat: Combat | None = None

    __repr__ = short_repr

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(p,), the features that came to the fit."""
        return self.candidates.kept

    def score(self, features: Floats, centres: NDArray[np.intp] | None = None) -> Floats:
        """Log-odds (n,); a harmonised score takes the centres (n,) too."""
        return np.asarray(self.intercept + harmonised(self.combat, features, centres) @ self.coefficients)

    def of(self, cases: Cases) -> Floats:
        """Log-odds (n,) of cases."""
        return self.score(cases.features, cases.centres)

    @property
    def selected(self) -> NDArray[np.bool_]:
        """(p,), which features the score uses."""
        return np.asarray(self.coefficients != 0)


def develop(cases: Cases, recipe: Recipe, seed: int) -> DevelopedScore:
    """Make the score.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    recipe
        What is repeated in every resample: ICC filter, redundancy, folds, rule of λ, cutoff.
    seed
        For dealing the folds.

    Returns
    -------
    DevelopedScore

    Raises
    ------
    DataRefusedError
        no-feature (none passes the ICC rule), and what cross-validation, folds and Firth's regression refuse.
    """
    cases, combat = harmonise(cases)
    candidates = kept_features(cases, recipe.icc, recipe.redundancy)
    if recipe.penalty == "firth":
        return replace(_by_firth(cases, candidates), combat=combat)
    groups = cases.patients if recipe.by_patient else np.arange(len(cases.patients))
    foldids = [deal_folds(groups, cases.outcome, recipe.folds, seed + repeat) for repeat in range(recipe.repeats)]
    return replace(cross_validated(cases, candidates, recipe, *foldids), combat=combat)


def harmonise(cases: Cases) -> tuple[Cases, Combat | None]:
    """Cases whose features are free of what their centres add to them, and how that was done; as they are where they
    name no centres.

    So are the readings of the ICC filter, by the centre of their patient (the first of a patient who is at two): what a
    centre adds makes lymph nodes differ between centres, and any feature look reliable.

    Parameters
    ----------
    cases
        Training lymph nodes: the estimates are theirs.

    Returns
    -------
    tuple of Cases and Combat or None
        The cases name no centres then.

    Raises
    ------
    DataRefusedError
        what `fit_combat` refuses.
    """
    if cases.centres is None:
        return cases, None
    combat = fit_combat(cases.features, cases.centres)
    ratings = None if cases.ratings is None else cases.ratings.harmonised(combat, cases.patients, cases.centres)
    return replace(cases, features=combat.apply(cases.features, cases.centres), ratings=ratings, centres=None), combat


def harmonised(combat: Combat | None, features: Floats, centres: NDArray[np.intp] | None) -> Floats:
    """Features as a score takes them.

    Parameters
    ----------
    combat
        Of the score; None leaves them as they are.
    features
        (n, p), as measured.
    centres
        (n,), of each; None where the score is not harmonised.

    Returns
    -------
    Floats

    Raises
    ------
    ValueError
        for a harmonised score without centres.
    """
    if combat is None:
        return features
    if centres is None:
        raise ValueError("A harmonised score takes the centres of the lymph nodes")
    return combat.apply(features, centres)


def develop_resample(cases: Cases, recipe: Recipe, seed: int) -> DevelopedScore:
    """As `develop`, with fewer folds where a resample is too small or too uneven for the recipe's.

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
    DevelopedScore

    Raises
    ------
    DataRefusedError
        one-class-fold.
    """
    most = min(recipe.folds, len(cases.outcome) // FEWEST_CASES_PER_FOLD)
    for folds in range(most, 2, -1):
        try:
            return develop(cases, replace(recipe, folds=folds), seed)
        except DataRefusedError as error:
            if error.code != "one-class-fold":
                raise
    raise DataRefusedError("The resample cannot be dealt into three folds with both classes in each.", "one-class-fold")


def cross_validated(
    cases: Cases, candidates: KeptFeatures, recipe: Recipe, *foldids: NDArray[np.integer]
) -> DevelopedScore:
    """The score at the λ that cross-validation over given folds takes, with its cutoff on the same cases.

    Relaxed, its features are fitted again by maximum likelihood, as R's glmnet(relax = TRUE) at γ = 0 (Meinshausen
    2007, doi 10.1016/j.csda.2006.12.019).

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    candidates
        Which features come to the fit.
    recipe
        Its penalty has a λ; its rule says which is taken, the best, or one SE from it; and whether the features are
        fitted again.
    *foldids
        Each (n,), the fold of each row.

    Returns
    -------
    DevelopedScore

    Raises
    ------
    DataRefusedError
        separated, where the features part the classes completely and cannot be fitted without a penalty; and what
        cross-validation refuses.
    """
    assert recipe.penalty != "firth"
    kept = candidates.kept
    cross_validation = cross_validate(cases.features[:, kept], cases.outcome, *foldids, penalty=recipe.penalty)
    strength = cross_validation.chosen(recipe.rule)
    position = int(np.flatnonzero(cross_validation.path.lambdas == strength)[0])
    coefficients = np.zeros(len(kept))
    coefficients[kept] = cross_validation.path.coefficients[position]
    intercept = float(cross_validation.path.intercepts[position])
    if recipe.relax and coefficients.any():
        intercept, coefficients = _relaxed(cases, coefficients != 0)
    return DevelopedScore(
        candidates=candidates,
        cross_validation=cross_validation,
        strength=strength,
        intercept=intercept,
        coefficients=coefficients,
        cutoff=youden_threshold(intercept + cases.features @ coefficients, cases.outcome),
    )


def _by_firth(cases: Cases, candidates: KeptFeatures) -> DevelopedScore:
    """All features that are kept; one that does not vary has no coefficient, as in the paths."""
    used = candidates.kept & (np.ptp(cases.features, axis=0) > 0)
    found = firth(cases.features[:, used], cases.outcome)
    coefficients = np.zeros(len(used))
    coefficients[used] = found.coefficients
    intercept = found.balanced_intercept
    return DevelopedScore(
        candidates=candidates,
        cross_validation=None,
        strength=None,
        intercept=intercept,
        coefficients=coefficients,
        cutoff=youden_threshold(intercept + cases.features @ coefficients, cases.outcome),
    )


def _relaxed(cases: Cases, selected: NDArray[np.bool_]) -> tuple[float, Floats]:
    try:
        fit = scaled_logistic(cases.features[:, selected], cases.outcome.astype(float))
    except DataRefusedError as refusal:
        raise DataRefusedError(
            f"The {int(selected.sum())} selected features part the classes completely, so they cannot be fitted "
            "without a penalty; leave out --relax.",
            refusal.code,
        ) from None
    coefficients = np.zeros(len(selected))
    coefficients[selected] = fit.coefficients[1:]
    return float(fit.coefficients[0]), coefficients
