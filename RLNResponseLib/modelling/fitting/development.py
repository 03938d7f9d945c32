"""The whole development of a score from its cases: ICC filter, cross-validated LASSO, cutoff.

One function does all of it, so that a resample repeats what made the score (optimism.py). Two things differ there: the
folds are dealt once, not several times over, and fewer of them where a resample is too small or too uneven.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.icc import icc, judge
from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.combat import Combat, fit_combat
from RLNResponseLib.modelling.fitting.cross_validation import (
    FEWEST_CASES_PER_FOLD,
    CrossValidation,
    Rule,
    cross_validate,
)
from RLNResponseLib.modelling.fitting.splits import deal_folds
from RLNResponseLib.modelling.validation.logistic import scaled_logistic
from RLNResponseLib.modelling.validation.roc import youden_threshold
from RLNResponseLib.study.protocol import IccRule


@dataclass(frozen=True, kw_only=True)
class ReaderRatings:
    """The features as two readings measured them; `patients` are numbered as the cases' are.

    Attributes
    ----------
    inter
        (m, 2, p), two readers' first rounds.
    inter_patients
        (m,), whose lymph node each row of `inter` is.
    intra
        (m, 2, p), one reader's two rounds.
    intra_patients
        (m,), whose lymph node each row of `intra` is.
    """

    inter: Floats
    inter_patients: NDArray[np.intp]
    intra: Floats
    intra_patients: NDArray[np.intp]

    __repr__ = short_repr

    def drawn(self, draws: NDArray[np.intp]) -> ReaderRatings:
        """The rows of drawn patients; `draws` (patients,) is how often each was drawn."""
        inter, intra = (
            np.repeat(np.arange(len(patients)), draws[patients])
            for patients in (self.inter_patients, self.intra_patients)
        )
        return ReaderRatings(
            inter=self.inter[inter],
            inter_patients=self.inter_patients[inter],
            intra=self.intra[intra],
            intra_patients=self.intra_patients[intra],
        )


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Lymph nodes to develop a score on.

    Attributes
    ----------
    features
        (n, p), finite.
    outcome
        (n,), True for the modelled class.
    patients
        (n,), whole numbers from 0: whose lymph node each is.
    ratings
        For the ICC filter; None where there is none.
    centres
        (n,), whole numbers from 0: at whose centre each is, where features are harmonised (ComBat); None where not.
    """

    features: Floats
    outcome: NDArray[np.bool_]
    patients: NDArray[np.intp]
    ratings: ReaderRatings | None = None
    centres: NDArray[np.intp] | None = None

    __repr__ = short_repr

    def drawn(self, draws: NDArray[np.intp]) -> Cases:
        """A resample; copies of a patient keep one number, so that folds never part them."""
        rows = np.repeat(np.arange(len(self.patients)), draws[self.patients])
        ratings = self.ratings.drawn(draws) if self.ratings is not None else None
        return Cases(
            features=self.features[rows],
            outcome=self.outcome[rows],
            patients=self.patients[rows],
            ratings=ratings,
            centres=None if self.centres is None else self.centres[rows],
        )


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
    """

    folds: int = 10
    repeats: int = 1
    rule: Rule = "1se"
    by_patient: bool = True
    icc: IccRule = field(default_factory=IccRule)
    relax: bool = False


@dataclass(frozen=True, kw_only=True)
class DevelopedScore:
    """score = intercept + coefficients · features, and the cutoff above which the event is expected.

    Attributes
    ----------
    kept
        (p,), the features that passed the ICC rule; all, without ratings.
    cross_validation
        Over the kept features.
    penalty
        The λ that was taken.
    intercept
        Log-odds.
    coefficients
        (p,), for raw feature values; 0 for what was not selected.
    cutoff
        Log-odds above which the event is expected (Youden).
    combat
        What harmonises features before the formula, estimated from the same cases; None where nothing does.
    """

    kept: NDArray[np.bool_]
    cross_validation: CrossValidation
    penalty: float
    intercept: float
    coefficients: Floats
    cutoff: float
    combat: Combat | None = None

    __repr__ = short_repr

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
        What is repeated in every resample: folds, rule of λ, ICC filter, cutoff.
    seed
        For dealing the folds.

    Returns
    -------
    DevelopedScore

    Raises
    ------
    DataRefusedError
        no-feature (none passes the ICC rule), and what cross-validation and folds refuse.
    """
    kept = kept_features(cases, recipe)
    cases, combat = harmonise(cases)
    groups = cases.patients if recipe.by_patient else np.arange(len(cases.patients))
    foldids = [deal_folds(groups, cases.outcome, recipe.folds, seed + repeat) for repeat in range(recipe.repeats)]
    score = finish(cases, kept, cross_validate(cases.features[:, kept], cases.outcome, *foldids), recipe)
    return replace(score, combat=combat)


def harmonise(cases: Cases) -> tuple[Cases, Combat | None]:
    """Cases whose features are free of what their centres add to them, and how that was done; as they are where they
    name no centres.

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
    return replace(cases, features=combat.apply(cases.features, cases.centres), centres=None), combat


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
        What is repeated in every resample: folds, rule of λ, ICC filter, cutoff.
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


def finish(cases: Cases, kept: NDArray[np.bool_], cross_validation: CrossValidation, recipe: Recipe) -> DevelopedScore:
    """The score at the λ of the rule, with its cutoff on the same cases.

    Relaxed, its features are fitted again by maximum likelihood, as R's glmnet(relax = TRUE) at γ = 0 (Meinshausen
    2007, doi 10.1016/j.csda.2006.12.019).

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    kept
        (p,), which features the ICC filter keeps.
    cross_validation
        AUC of each λ, by cross-validation.
    recipe
        Its rule says which λ is taken, of the best AUC, or one SE from it; and whether the features are fitted again.

    Returns
    -------
    DevelopedScore

    Raises
    ------
    DataRefusedError
        separated, where the features part the classes completely and cannot be fitted without a penalty.
    """
    penalty = cross_validation.chosen(recipe.rule)
    position = int(np.flatnonzero(cross_validation.path.lambdas == penalty)[0])
    coefficients = np.zeros(len(kept))
    coefficients[kept] = cross_validation.path.coefficients[position]
    intercept = float(cross_validation.path.intercepts[position])
    if recipe.relax and coefficients.any():
        intercept, coefficients = _relaxed(cases, coefficients != 0)
    cutoff = youden_threshold(intercept + cases.features @ coefficients, cases.outcome)
    return DevelopedScore(
        kept=kept,
        cross_validation=cross_validation,
        penalty=penalty,
        intercept=intercept,
        coefficients=coefficients,
        cutoff=cutoff,
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


def kept_features(cases: Cases, recipe: Recipe) -> NDArray[np.bool_]:
    """(p,), the features that pass the ICC rule; all without ratings.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    recipe
        What is repeated in every resample: folds, rule of λ, ICC filter, cutoff.

    Returns
    -------
    NDArray[np.bool_]

    Raises
    ------
    DataRefusedError
        no-feature.
    """
    count = cases.features.shape[1]
    if cases.ratings is None:
        return np.ones(count, dtype=bool)
    inter, intra = icc(cases.ratings.inter, recipe.icc.form), icc(cases.ratings.intra, recipe.icc.form)
    verdicts = judge([""] * count, inter, intra, recipe.icc)
    kept = np.array([verdict.passes for verdict in verdicts])
    if not kept.any():
        raise DataRefusedError(
            f"Not one of {count} features has inter- and intra-reader ICC above {recipe.icc.threshold:g}, so there is "
            "nothing to fit; look at the contours or the threshold.",
            "no-feature",
        )
    return kept
