"""A score model applied to a table of other cases, with the checks that the cases are others; and its scores with and
without the event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.types import Bools, Floats
from RLNResponseLib.modelling.fitting.case_table import CaseTable
from RLNResponseLib.modelling.fitting.fingerprints import recognised, row_fingerprints
from RLNResponseLib.modelling.fitting.leakage import (
    cutoff_source,
    enforce,
    icc_filter_source,
    mixed_origins,
    same_patients,
)
from RLNResponseLib.modelling.fitting.same_data import training_rows
from RLNResponseLib.modelling.fitting.volume import benchmark_on
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.table_score import refuse_empty, score_features, table_scores
from RLNResponseLib.modelling.validation.delong import AUCDifference, delong_paired
from RLNResponseLib.modelling.validation.validation import Validation, validate
from RLNResponseLib.statistics.group_tests import rank_test, student_t


@dataclass(frozen=True, kw_only=True)
class ScoreDifference:
    """Two groups, the first where the outcome is 1.

    Attributes
    ----------
    n, mean, sd
        Of both groups; log-odds, the SD with n − 1.
    t, df, t_p
        Student's test with one common variance, as published, two-sided.
    u, u_p
        Mann and Whitney's U of the first group, with its two-sided p.
    """

    n: tuple[int, int]
    mean: tuple[float, float]
    sd: tuple[float, float]
    t: float
    df: int
    t_p: float
    u: float
    u_p: float


def score_difference(score: Floats, outcome: Bools) -> ScoreDifference:
    """Mean ± SD, Student's t as R's t.test(var.equal = TRUE), and wilcox.test.

    Both take lymph nodes as independent.

    Parameters
    ----------
    score
        (n,).
    outcome
        (n,).

    Returns
    -------
    ScoreDifference

    Raises
    ------
    DataRefusedError
        one-class, flat-score.

    Examples
    --------
    >>> difference = score_difference(np.array([3.0, 4.0, 5.0, 1.0, 2.0, 3.0]), np.repeat([True, False], 3))
    >>> difference.mean, difference.sd, difference.df, difference.u  # U: 8 of 9 pairs and a tie
    ((4.0, 2.0), (1.0, 1.0), 4, 8.5)
    >>> round(difference.t, 4)  # 2 / √(2/3)
    2.4495
    """
    with_event, without = score[outcome], score[~outcome]
    if min(len(with_event), len(without)) < 2:
        raise DataRefusedError(
            f"The groups hold {len(with_event)} and {len(without)} lymph nodes; a comparison needs two in each.",
            "one-class",
        )
    if np.ptp(with_event) == 0 and np.ptp(without) == 0:
        raise DataRefusedError(
            "The score is the same throughout each group, so it has no spread to compare by.", "flat-score"
        )
    t, t_p = student_t(with_event, without)
    u, u_p = rank_test(with_event, without)
    return ScoreDifference(
        n=(len(with_event), len(without)),
        mean=(float(with_event.mean()), float(without.mean())),
        sd=(float(with_event.std(ddof=1)), float(without.std(ddof=1))),
        t=t,
        df=len(score) - 2,
        t_p=t_p,
        u=u,
        u_p=u_p,
    )


@dataclass(frozen=True)
class PairedScore:
    """Another score on the same cases.

    Attributes
    ----------
    model
        The other score.
    difference
        The first's AUC − the other's.
    """

    model: ScoreModel
    difference: AUCDifference


@dataclass(frozen=True, kw_only=True)
class ScoreValidation:
    """A score model on a table of cases.

    Attributes
    ----------
    model
        What is judged.
    scores
        (n,), row by row, log-odds.
    table_outcome
        (n,), row by row.
    validation
        Discrimination, calibration, net benefit, and the volume alone beside them.
    against
        Another score on the same cases; None where none was named.
    warnings
        Design errors that were let pass, and what is doubtful.
    no_benchmark
        Why the volume alone is not judged; empty where it is.
    has_patients
        Whether the table names patients; else rows were counted.
    """

    model: ScoreModel
    scores: NDArray[np.float64]
    table_outcome: NDArray[np.bool_]
    validation: Validation
    against: PairedScore | None
    warnings: tuple[Finding, ...]
    no_benchmark: str
    has_patients: bool = True

    __repr__ = short_repr


def validate_model(
    model: ScoreModel,
    table: CaseTable,
    overrides: Collection[str] = (),
    against: ScoreModel | None = None,
    seed: int = 1,
    larger_volume_means_event: bool | None = None,
    thresholds: tuple[float, float] | None = None,
) -> ScoreValidation:
    """Judge a score model on cases that it has not seen.

    Sensitivity and its kin are of the card's `group_when_true`, which stands for the outcome: of scores above the
    cutoff, or below it where the card's rule is "<" and low scores are the outcome's. The AUC follows the same rule.

    Parameters
    ----------
    model
        The score model.
    table
        Features, outcome and patient, one row a lymph node.
    overrides
        Codes of design errors that may pass and are then printed.
    against
        A second model, compared by DeLong's paired test.
    seed
        What every random draw is derived from.
    larger_volume_means_event
        The direction in which the volume alone is judged, from training cases; the card's own where None.
    thresholds
        The lowest and the highest probability from which one would act, for the decision curve; the range of the
        predicted probabilities where None.

    Returns
    -------
    ScoreValidation

    Raises
    ------
    DataRefusedError
        empty-card, patient-on-both-sides, icc-on-validation, cutoff-from-validation, training-rows, mixed-settings,
        missing-column, and what `validate` refuses.
    """
    for each in (model, against):
        if each is not None:
            refuse_empty(each)
    warnings = enforce(_design(model, table), overrides)
    larger = larger_volume_means_event
    if larger is None:
        larger = model.development.get("larger_volume_means_event")
    scores = table_scores(model, table.table)
    log_odds = model.cutoff.sign * scores
    benchmark, no_benchmark = benchmark_on(log_odds, table, larger)
    validation = validate(
        log_odds, table.outcome, table.patients, model.cutoff.sign * model.cutoff.value, benchmark, seed, thresholds
    )
    validation = replace(validation, cutoff=model.cutoff.value)
    if not table.has_patients and validation.auc_by_patient is not None:
        by_row = replace(validation.auc_by_patient, interval="bootstrap by row")
        validation = replace(validation, auc_by_patient=by_row)
    paired = None
    if against is not None:
        other = against.cutoff.sign * table_scores(against, table.table)
        paired = PairedScore(against, delong_paired(log_odds, other, table.outcome))
    return ScoreValidation(
        model=model,
        scores=scores,
        table_outcome=table.outcome,
        validation=validation,
        against=paired,
        warnings=warnings,
        no_benchmark=no_benchmark,
        has_patients=table.has_patients,
    )


def was_fitted_on(model: ScoreModel, table: Table, group: str | None = None) -> bool:
    """Whether a score was fitted on these very rows, as far as its card can tell.

    Parameters
    ----------
    model
        The score model.
    table
        With the score's features, one row a lymph node.
    group
        The column of the patient; None tells by the features alone.

    Returns
    -------
    bool
        False for a card that does not say what it was fitted on.
    """
    for salt, made_from in _makers(model):
        known = made_from.get("patients", ())
        if group is not None and same_patients(known, recognised(salt, (row[group] for row in table.rows), known)):
            return True
    return any(finding.severity == "error" for finding in _training_rows(model, table))


def _makers(model: ScoreModel) -> list[tuple[str, Mapping[str, Any]]]:
    """The blocks of a card that say from whom the score was made or updated, each with the ID that salts its
    fingerprints.
    """
    found = []
    if model.development:
        found.append((model.development.get("fingerprints_of", model.id), model.development))
    block = model.updated
    while block:
        found.append((block["id"], block))
        block = block.get("before", {})
    return found


def _patients_unknown() -> Finding:
    return Finding(
        code="patients-unknown",
        severity="warning",
        message="The table's patients are not named (--group), so rows were counted, not patients, and the design "
        "could not be checked: neither that none of them made the score nor how many lymph nodes are of one.",
    )


def _design(model: ScoreModel, table: CaseTable) -> list[Finding]:
    if not table.has_patients:
        return [*_training_rows(model, table.table), _patients_unknown(), *mixed_origins(table.origins())]
    findings: dict[str, Finding] = {}
    for salt, made_from in _makers(model):
        training, filtered = (made_from.get(name, ()) for name in ("patients", "icc_patients"))
        here = recognised(salt, table.patient_names, {*training, *filtered})
        found = [*same_patients(training, here), *icc_filter_source(filtered, here)]
        # A card's cutoff comes from the patients that made the score.
        for finding in [*found, *cutoff_source(training, here)]:
            findings.setdefault(finding.code, finding)
    # Who is recognised by name needs not be recognised by the features.
    rows = () if findings else _training_rows(model, table.table)
    return [*findings.values(), *rows, *mixed_origins(table.origins())]


def _training_rows(model: ScoreModel, table: Table) -> tuple[Finding, ...]:
    for salt, made_from in _makers(model):
        kept = made_from.get("rows")
        found = training_rows(kept, row_fingerprints(salt, score_features(model, table))) if kept else ()
        if found:
            return found
    return ()
