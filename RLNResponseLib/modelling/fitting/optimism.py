"""How well a score will do on new patients, from resamples that repeat its whole development.

Each resample draws patients, repeats ICC filter, redundancy, regression and cutoff on them, and is judged on its own
cases, on all cases, and on the patients it did not draw (out of bag). Two corrections come from that:

- optimism bootstrap (Harrell 1996): apparent − mean(AUC on own cases − AUC on all cases). Two thirds of "all cases"
  made the resample's score, so with as many features as cases it corrects only part of the optimism: on pure noise,
  102 × 106, it gives about 0.70.
- .632+ (Efron and Tibshirani 1997, doi 10.1080/01621459.1997.10474007; for the AUC Sahiner et al. 2008,
  doi 10.1118/1.2868757): between apparent and out-of-bag, nearer the latter the more is overfitted. About 0.5 on noise.
  This is the corrected figure. An out-of-bag AUC below 0.5 is not raised to 0.5: the direction is fixed.

Every figure is weighed by its own overfitting, never by the AUC's: the rules are in `out_of_bag.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Progress
from RLNResponseLib.common.wording import with_limits
from RLNResponseLib.modelling.fitting.cases import Cases
from RLNResponseLib.modelling.fitting.development import DevelopedScore, Recipe, develop_resample
from RLNResponseLib.modelling.fitting.instability import Instability, instability
from RLNResponseLib.modelling.fitting.out_of_bag import jackknife_after_bootstrap, no_information, weight_632_plus
from RLNResponseLib.modelling.validation.calibration import recalibration
from RLNResponseLib.modelling.validation.multi_reader import clustered_variance
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.modelling.validation.validation import classify
from RLNResponseLib.statistics.estimates import Estimate, patient_draws, refuse_few_patients, t_quantile

FIGURES = ("auc", "sensitivity", "specificity", "brier", "calibration_slope")
# Each develops the score anew, so fewer than a bootstrap of finished figures takes.
CORRECTION_RESAMPLES = 100
_MOST_FAILURES = 0.2


@dataclass(frozen=True, kw_only=True)
class Resamples:
    """What B resamples gave, in the order they were drawn; refused ones are left out and counted.

    Attributes
    ----------
    failed
        How many resamples could not be developed.
    drawn
        (B, n) bool, which cases each was made from.
    scores
        (B, n), log-odds of all cases by each resample's score.
    cutoffs
        (B,), log-odds.
    selected
        (B, p) bool.
    own, all_cases, out_of_bag
        (B, F) by FIGURES, on its own cases, on all, on those not drawn; NaN where not defined, as sensitivity and
        specificity of a score that selects nothing.
    variance
        (B,) of the out-of-bag AUC, as it would be with as many patients as there are.
    """

    failed: int
    drawn: NDArray[np.bool_]
    scores: Floats
    cutoffs: Floats
    selected: NDArray[np.bool_]
    own: Floats
    all_cases: Floats
    out_of_bag: Floats
    variance: Floats

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of performance, as it looks and as it should be expected.

    Attributes
    ----------
    apparent
        On the cases that made the score.
    optimism_bootstrap
        Harrell's correction.
    out_of_bag
        On patients that a resample's score had not seen.
    corrected
        .632+ by the figure's own no-information value.
    no_information
        What the figure would be if scores and outcomes had nothing to do with each other.
    """

    apparent: float
    optimism_bootstrap: float
    out_of_bag: float
    corrected: float
    no_information: float


@dataclass(frozen=True, kw_only=True)
class Optimism:
    """Corrected performance of a score.

    Attributes
    ----------
    auc
        Corrected, with its 95% limits.
    figures
        By FIGURES.
    instability
        Of probabilities, groups, features and cutoff.
    resamples
        How many were developed.
    failed
        How many could not be.
    """

    auc: Estimate
    figures: dict[str, Figure]
    instability: Instability
    resamples: int
    failed: int

    __repr__ = short_repr

    def sentence(self) -> str:
        """Apparent and corrected AUC in words, for wherever either is printed."""
        apparent = self.figures["auc"].apparent
        auc = with_limits(self.auc.value, self.auc.lower, self.auc.upper)
        expected = f"AUC {auc} is to be expected on new patients"
        if self.auc.lower == self.auc.upper:
            expected = (
                f"AUC {self.auc.value:.3f} is what every resample gives for new patients, without limits: where all "
                f"are the same, nothing shows how far other patients would move it"
            )
        verdict = ""
        if self.auc.lower <= 0.5:
            verdict = "; that is not distinguishable from chance, whatever the apparent AUC says"
        return f"Apparent AUC {apparent:.3f} is on the cases that made the score; {expected}{verdict}."


def optimism(
    cases: Cases,
    score: DevelopedScore,
    recipe: Recipe,
    resamples: int = CORRECTION_RESAMPLES,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> Optimism:
    """Repeat the development of `score` on resampled patients and correct its figures.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    score
        The score.
    recipe
        What is repeated in every resample: ICC filter, redundancy, folds, rule of λ, cutoff.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.
    progress
        Called with how many resamples are done, and of how many; what it raises ends the work.

    Returns
    -------
    Optimism

    Raises
    ------
    DataRefusedError
        few-patients (under five), few-resamples (more than a fifth cannot be developed).
    """
    refuse_few_patients(cases.patients)
    drawn = resample_development(cases, recipe, resamples, seed, progress)
    apparent = _figures(score, cases)
    own, all_cases, out_of_bag = map(_mean_of_defined, (drawn.own, drawn.all_cases, drawn.out_of_bag))
    chance = no_information(score.of(cases), cases.outcome, score.cutoff)
    weights = np.array([weight_632_plus(*each) for each in zip(apparent, out_of_bag, chance, strict=True)])
    corrected = (1 - weights) * apparent + weights * out_of_bag
    by_bootstrap = apparent - (own - all_cases)
    patients = len(np.unique(cases.patients))
    # Tukey 1958: a jackknifed estimate over its standard error is as Student's t with one less than its units.
    margin = t_quantile(0.95, patients - 1) * _standard_error(drawn, cases)
    value = float(corrected[0])
    return Optimism(
        auc=Estimate(
            value=value,
            lower=max(0.0, value - margin),
            upper=min(1.0, value + margin),
            interval=".632+, jackknife after bootstrap",
        ),
        figures={
            name: Figure(
                apparent=float(apparent[place]),
                optimism_bootstrap=float(by_bootstrap[place]),
                out_of_bag=float(out_of_bag[place]),
                corrected=float(corrected[place]),
                no_information=float(chance[place]),
            )
            for place, name in enumerate(FIGURES)
        },
        instability=instability(score.of(cases), score.cutoff, drawn.scores, drawn.cutoffs, drawn.selected),
        resamples=len(drawn.cutoffs),
        failed=drawn.failed,
    )


def _mean_of_defined(figures: Floats) -> Floats:
    """(F,) means over the resamples (B, F) in which a figure is defined; NaN where it is in none."""
    defined = np.isfinite(figures)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(defined, figures, 0).sum(axis=0) / defined.sum(axis=0))


def resample_development(cases: Cases, recipe: Recipe, resamples: int, seed: int, progress: Progress) -> Resamples:
    """Develop a score on each resample and judge it on its own cases, on all and out of bag.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    recipe
        What is repeated in every resample: ICC filter, redundancy, folds, rule of λ, cutoff.
    resamples
        How many times the patients are drawn again.
    seed
        What every random draw is derived from.
    progress
        Called with how many steps are done, and of how many.

    Returns
    -------
    Resamples

    Raises
    ------
    DataRefusedError
        few-resamples.
    """
    rows = []
    draws = patient_draws(int(cases.patients.max()) + 1, resamples, seed)
    for number, draw in enumerate(draws):
        own = cases.drawn(draw)
        drawn = draw[cases.patients] > 0
        try:
            score = develop_resample(own, recipe, seed + number)
        except DataRefusedError:
            continue
        finally:
            progress(number + 1, resamples)
        unseen = cases.drawn((draw == 0).astype(np.intp))
        figures = [_figures(score, of) for of in (own, cases, unseen)]
        if not score.selected.any():
            # Its one value lies on one side of any cutoff: sensitivity 1 and specificity 0 would be no property of it.
            for each in figures:
                each[[FIGURES.index("sensitivity"), FIGURES.index("specificity")]] = np.nan
        variance = _variance(score, unseen, share_unseen=float(np.mean(draw == 0)))
        rows.append((drawn, score.of(cases), score.cutoff, score.selected, *figures, variance))
    failed = resamples - len(rows)
    if failed > _MOST_FAILURES * resamples:
        raise DataRefusedError(
            f"{failed} of {resamples} resamples are too small or too uneven to fit, so performance cannot be "
            f"corrected; add cases or take fewer folds.",
            "few-resamples",
        )
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    drawn, scores, cutoffs, selected, own_figures, all_cases, out_of_bag, variances = columns
    return Resamples(
        failed=failed,
        drawn=drawn,
        scores=scores,
        cutoffs=cutoffs,
        selected=selected,
        own=own_figures,
        all_cases=all_cases,
        out_of_bag=out_of_bag,
        variance=variances,
    )


def _figures(score: DevelopedScore, cases: Cases) -> Floats:
    from scipy.special import expit

    scores, outcome = score.of(cases), cases.outcome
    if outcome.sum() < 2 or (~outcome).sum() < 2:
        return np.full(len(FIGURES), np.nan)
    at_cutoff = classify(scores, outcome, score.cutoff)
    probability = expit(scores)
    return np.array(
        [
            auc(scores, outcome),
            at_cutoff.sensitivity.value,
            at_cutoff.specificity.value,
            float(np.mean((probability - outcome) ** 2)),
            recalibration(scores, outcome)[1],
        ]
    )


def _variance(score: DevelopedScore, unseen: Cases, share_unseen: float) -> float:
    if min(unseen.outcome.sum(), (~unseen.outcome).sum()) < 2:
        return float("nan")
    return share_unseen * clustered_variance(score.of(unseen), unseen.outcome, unseen.patients)


def _standard_error(drawn: Resamples, cases: Cases) -> float:
    """Of the corrected AUC: by the jackknife after bootstrap, and never below that of judging alone.

    The variance of judging alone leaves out that other patients would have made another score; its intervals held the
    truth in 81% of 200 simulated studies (docs/statistics.md).
    """
    judging = float(np.nanmean(drawn.variance))
    both = jackknife_after_bootstrap(drawn.scores, drawn.drawn, cases.outcome, cases.patients)
    return float(np.sqrt(max(judging, both if np.isfinite(both) else 0.0)))
