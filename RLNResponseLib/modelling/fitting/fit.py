"""From a table to a score that can be defended: design checks, development, correction, the published way beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats, Progress
from RLNResponseLib.modelling.fitting.case_table import CaseTable, cases_of
from RLNResponseLib.modelling.fitting.cases import Cases, ReaderRatings, kept_features
from RLNResponseLib.modelling.fitting.centres import Centres, centre_findings
from RLNResponseLib.modelling.fitting.combat import refuse_small_centres
from RLNResponseLib.modelling.fitting.development import (
    DevelopedScore,
    Recipe,
    cross_validated,
    develop,
    harmonise,
    harmonised,
)
from RLNResponseLib.modelling.fitting.firth import FirthTerm, firth_terms
from RLNResponseLib.modelling.fitting.lasso import near_copies
from RLNResponseLib.modelling.fitting.leakage import enforce, feature_columns, mixed_origins
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES, Optimism, optimism
from RLNResponseLib.modelling.fitting.recalibration import Recalibration, recalibrate
from RLNResponseLib.modelling.fitting.recipes import published_recipe
from RLNResponseLib.modelling.fitting.same_data import patients_in_two_folds, same_features
from RLNResponseLib.modelling.fitting.sample_size import SampleSize, r2_from_auc, sample_size
from RLNResponseLib.modelling.fitting.volume import volume_of
from RLNResponseLib.modelling.validation.delong import delong
from RLNResponseLib.modelling.validation.roc import YoudenCutoff, youden_cutoff
from RLNResponseLib.modelling.validation.validation import (
    Validation,
    validate,
    volume_benchmark,
)
from RLNResponseLib.statistics.estimates import Estimate

_MOST_PAIRS = 3


@dataclass(frozen=True, kw_only=True)
class FitOptions:
    """How a table is fitted.

    Attributes
    ----------
    recipe
        Folds, rule, ICC rule; its repeats are the deals of the folds whose curves are averaged.
    foldid
        (n,), given fold numbers in place of dealt ones, or None.
    resamples
        For the correction.
    seed
        Of deals and resamples.
    overrides
        Codes of design errors that may pass, and are then printed with every result.
    recalibrate
        Whether a second formula is made, recalibrated by the cross-validated slope.
    centres
        Where each lymph node is from, to be harmonised by ComBat; None leaves the features as they are.
    """

    recipe: Recipe
    foldid: NDArray[np.intp] | None = None
    resamples: int = CORRECTION_RESAMPLES
    seed: int = 1
    overrides: tuple[str, ...] = ()
    recalibrate: bool = False
    centres: Centres | None = None

    __repr__ = short_repr


@dataclass(frozen=True)
class AsPublished:
    """The paper's way on the same cases.

    Attributes
    ----------
    score
        Its folds deal lymph nodes, once.
    auc
        That of the fit itself, DeLong.
    """

    score: DevelopedScore
    auc: Estimate


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A score and everything that is known of it.

    Attributes
    ----------
    table
        The cases it was fitted on.
    options
        How it was fitted.
    score
        What is put on the card, unless it is recalibrated.
    recalibration
        The formula of the card on the scale of the score; None where it is the score's own.
    apparent
        How the score does on the cases that made it.
    cutoff
        Youden's, with its range over resampled patients.
    corrected
        What to expect on new patients.
    as_published
        None where the folds were given, which is one way only, or where the paper's way gives no score.
    as_published_reason
        Why the paper's way gives no score; empty where it does, or was not tried.
    sample
        Riley's criteria; None where they cannot be computed.
    sample_reason
        Why they cannot; empty where they can.
    larger_volume_means_event
        The volume's direction, to be kept in validation; None without a volume column.
    terms
        Limits and tests of the coefficients by Firth's regression, by feature; empty for the other penalties, whose
        coefficients have none.
    warnings
        Design errors that were let pass, and what is doubtful.
    """

    table: CaseTable
    options: FitOptions
    score: DevelopedScore
    recalibration: Recalibration | None
    apparent: Validation
    cutoff: YoudenCutoff
    corrected: Optimism
    as_published: AsPublished | None
    as_published_reason: str
    sample: SampleSize | None
    sample_reason: str
    larger_volume_means_event: bool | None
    terms: Mapping[str, FirthTerm]
    warnings: tuple[Finding, ...]

    __repr__ = short_repr

    @property
    def names(self) -> tuple[str, ...]:
        """The candidate features."""
        return self.table.names

    @property
    def features(self) -> Floats:
        """(n, p), as the score takes them: harmonised, where it is."""
        centres = self.options.centres
        return harmonised(self.score.combat, self.table.features, None if centres is None else centres.codes)

    @property
    def coefficients(self) -> dict[str, float]:
        """Of the selected features."""
        return {
            name: float(value) for name, value in zip(self.names, self.score.coefficients, strict=True) if value != 0
        }

    @property
    def flow(self) -> dict[str, int]:
        """How many features come to each step, from the candidates to those of the score."""
        return {
            "candidates": len(self.names),
            "kept_by_icc": int(self.score.candidates.reliable.sum()),
            "kept_by_redundancy": int(self.score.kept.sum()),
            "selected": len(self.coefficients),
        }

    @property
    def stood_for(self) -> dict[str, str]:
        """Each redundant feature, and the one that stands for it."""
        found = self.score.candidates
        gone = np.flatnonzero(found.reliable & ~found.kept)
        return {self.names[column]: self.names[found.stands_for[column]] for column in gone.tolist()}

    @property
    def scaled_brier(self) -> float:
        """1 − corrected Brier / the Brier of giving everyone the share with the event."""
        share = float(self.table.outcome.mean())
        return 1 - self.corrected.figures["brier"].corrected / (share * (1 - share))

    @property
    def folds(self) -> int | None:
        """The folds that there were: the fewest of the deals, where one left a fold empty; None where none chose."""
        found = self.score.cross_validation
        return None if found is None else min(found.folds)


def fit(
    table: CaseTable,
    options: FitOptions,
    ratings: ReaderRatings | None = None,
    progress: Progress = lambda done, total: None,
) -> Fit:
    """Fit a score.

    Parameters
    ----------
    table
        Features, outcome and patient, one row a lymph node.
    options
        Folds, seed, resamples and what is let pass.
    ratings
        For the ICC filter, of the training patients only.
    progress
        Called with how many resamples are done, and of how many.

    Returns
    -------
    Fit

    Raises
    ------
    DataRefusedError
        what the design checks, ComBat, the folds, the path and the correction refuse; missing-package (scikit-learn).
    """
    need("sklearn.metrics")  # before the long work, not after it
    centres = options.centres
    if centres is not None:
        refuse_small_centres(table.patients, centres.codes, centres.names)
    warnings = enforce(_design(table, options), options.overrides)
    cases = cases_of(table, ratings, None if centres is None else centres.codes)
    score = _named(table, cases, options)
    again = recalibrate(cases, score, options.recipe, options.seed) if options.recalibrate else None
    scores = score.of(cases)
    volume, larger = volume_of(table)
    benchmark = None if volume is None or larger is None else volume_benchmark(scores, volume, table.outcome, larger)
    # A resample deals its folds once: its correction is averaged over many deals anyway.
    once = replace(options.recipe, repeats=1)
    corrected = optimism(cases, score, once, options.resamples, options.seed, progress)
    sample, reason = _sample_size(cases, corrected)
    as_published, no_published = (
        (None, "") if options.foldid is not None else _as_published(replace(cases, centres=None), options)
    )
    return Fit(
        table=table,
        options=options,
        score=score,
        recalibration=again,
        apparent=validate(scores, table.outcome, table.patients, score.cutoff, benchmark, options.seed),
        cutoff=youden_cutoff(scores, table.outcome, table.patients, seed=options.seed),
        corrected=corrected,
        as_published=as_published,
        as_published_reason=no_published,
        sample=sample,
        sample_reason=reason,
        larger_volume_means_event=larger,
        terms=_terms(cases, table.names, score) if options.recipe.penalty == "firth" else {},
        warnings=warnings,
    )


def _terms(cases: Cases, names: tuple[str, ...], score: DevelopedScore) -> dict[str, FirthTerm]:
    used = np.flatnonzero(score.selected)
    terms = firth_terms(harmonised(score.combat, cases.features, cases.centres)[:, used], cases.outcome)
    return dict(zip((names[column] for column in used), terms, strict=True))


def _design(table: CaseTable, options: FitOptions) -> list[Finding]:
    """What speaks against the table, its columns first."""
    return [
        *feature_columns(table.names, table.features, table.outcome),
        *same_features(table),
        *(() if options.foldid is None else patients_in_two_folds(options.foldid, table)),
        *(() if options.centres is None else centre_findings(options.centres, table.outcome)),
        *mixed_origins(table.origins()),
    ]


def _named(table: CaseTable, cases: Cases, options: FitOptions) -> DevelopedScore:
    """`develop_by`; where the path does not converge for features that are nearly copies, these are named."""
    try:
        return develop_by(cases, options)
    except DataRefusedError as refusal:
        of_lasso = refusal.code == "no-convergence" and options.recipe.penalty == "lasso"
        pairs = near_copies(table.features) if of_lasso else []
        if not pairs:
            raise
        shown = "; ".join(
            f"{table.names[one]} and {table.names[other]} ({apart:.0e} SD apart)"
            for one, other, apart in pairs[:_MOST_PAIRS]
        )
        more = f" and {len(pairs) - _MOST_PAIRS} more pairs" if len(pairs) > _MOST_PAIRS else ""
        raise DataRefusedError(
            f"The LASSO does not converge, as features are nearly copies of each other: {shown}{more}; leave out one "
            "of each.",
            refusal.code,
            f"such as with --exclude {table.names[pairs[0][1]]}",
        ) from None


def develop_by(cases: Cases, options: FitOptions) -> DevelopedScore:
    """Make the score as the options say: with the folds that they give, or dealt ones.

    Parameters
    ----------
    cases
        The lymph nodes that are analysed.
    options
        How they are fitted.

    Returns
    -------
    DevelopedScore

    Raises
    ------
    DataRefusedError
        as `develop`.
    """
    if options.foldid is None or options.recipe.penalty == "firth":
        return develop(cases, options.recipe, options.seed)
    cases, combat = harmonise(cases)
    candidates = kept_features(cases, options.recipe.icc, options.recipe.redundancy)
    return replace(cross_validated(cases, candidates, options.recipe, options.foldid), combat=combat)


def _as_published(cases: Cases, options: FitOptions) -> tuple[AsPublished | None, str]:
    try:
        score = develop(cases, published_recipe(len(cases.outcome)), options.seed)
    except DataRefusedError as refusal:
        return None, str(refusal)
    return AsPublished(score, delong(score.score(cases.features), cases.outcome)), ""


def _sample_size(cases: Cases, corrected: Optimism) -> tuple[SampleSize | None, str]:
    prevalence = float(cases.outcome.mean())
    try:
        expected = r2_from_auc(corrected.auc.value, prevalence)
        return sample_size(cases.features.shape[1], prevalence, expected, len(cases.outcome)), ""
    except DataRefusedError as refusal:
        return None, str(refusal)
