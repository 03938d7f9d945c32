"""Cox's model where clinical covariates are missing: the same model on multiply imputed sets, pooled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.types import Floats, Ints
from RLNResponseLib.features.definitions import is_feature_column
from RLNResponseLib.statistics.estimates import Estimate
from RLNResponseLib.statistics.multiple_imputation import PooledEstimate, impute, pool, sets_needed
from RLNResponseLib.survival.cox import CoxFit, cox
from RLNResponseLib.survival.curves import cumulative_hazard
from RLNResponseLib.survival.survival_table import SurvivalTable

# Columns of a study that are outcomes, or made from one: filling them in would invent what is to be predicted.
OUTCOMES = frozenset(
    {
        *("response", "recist", "two_year_control", "local_control_months", "local_recurrence"),
        *("died", "death", "follow_up_months"),
    }
)

# How many sets are asked for their errors by patient, which differ little between sets.
_BY_PATIENT_SETS = 5


@dataclass(frozen=True, kw_only=True)
class ImputedTerm:
    """One covariate of the pooled model; logarithms of hazard ratios per unit.

    Attributes
    ----------
    own
        Pooled with the model-based errors.
    by_patient
        Pooled with the errors by patient; None where rows are independent, or a set has no such error.
    difference, two_values
        As `CoxTerm`.
    """

    own: PooledEstimate
    by_patient: PooledEstimate | None
    difference: float
    two_values: tuple[float, float] | None

    def per(self, pooled: PooledEstimate) -> Estimate:
        """The hazard ratio of `difference`, with the limits of one of the two."""
        value, lower, upper = (_exp(each * self.difference) for each in (pooled.value, pooled.lower, pooled.upper))
        return Estimate(value=value, lower=lower, upper=upper, interval="Rubin, Barnard and Rubin's t")


@dataclass(frozen=True, kw_only=True)
class ImputedCox:
    """The pooled model.

    Attributes
    ----------
    terms
        By covariate, in the order of the complete-case model.
    sets
        How many imputed sets.
    imputed
        Covariate → patients of the model (rows, where these are independent) whose value was imputed.
    not_imputed
        Covariate with gaps → why they were left.
    rows, events
        That each set was fitted on.
    patients
        How many; None where rows are taken as independent.
    incomplete
        Share of these rows of which something was imputed.
    seed
        Of the draws.
    """

    terms: Mapping[str, ImputedTerm]
    sets: int
    imputed: Mapping[str, int]
    not_imputed: Mapping[str, str]
    rows: int
    events: int
    patients: int | None
    incomplete: float
    seed: int

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "sets": self.sets,
            "imputed": dict(self.imputed),
            "not_imputed": dict(self.not_imputed),
            "rows": self.rows,
            "events": self.events,
            "patients": self.patients,
            "incomplete": self.incomplete,
            "seed": self.seed,
            "terms": {
                name: {
                    "own": asdict(term.own),
                    "by_patient": None if term.by_patient is None else asdict(term.by_patient),
                }
                for name, term in self.terms.items()
            },
        }


def never_imputed(name: str) -> str:
    """Why a column is never filled in; "" for a clinical covariate.

    Parameters
    ----------
    name
        Of the column.

    Returns
    -------
    str

    Examples
    --------
    >>> never_imputed("response"), never_imputed("dose_gy")
    ('an outcome', '')
    """
    if name in OUTCOMES:
        return "an outcome"
    return "a feature of the image" if is_feature_column(name) else ""


def imputed_cox(
    data: SurvivalTable, score: tuple[str, Floats] | None, seed: int, sets: int | None = None
) -> ImputedCox | None:
    """Fill in the clinical covariates that are not known, fit the model on each set, and pool.

    Imputed are covariates that are no outcome and no feature, once for each patient, whose lymph nodes share them: one
    that differs between lymph nodes of a patient is left as it is. They are predicted by each other, by the other
    covariates that are complete, the score, the event, the competing event and Nelson and Aalen's cumulative hazard at
    the time of follow-up (White and Royston 2009, doi 10.1002/sim.3618), of a patient their means. Pooled with
    `multiple_imputation.pool`; a complete set would have as many degrees of freedom as it has events more than
    covariates (as R's mice), by patient those of CR2. The variance by patient within a set, which takes a hundred times
    as long as the model, is the mean of the first five sets; what the sets differ by is of all.

    Parameters
    ----------
    data
        With NaN where a covariate is not known.
    score
        Its name and (n,) values, a further covariate.
    seed
        Of the draws.
    sets
        How many; None takes `sets_needed`.

    Returns
    -------
    ImputedCox or None
        None where no value is to be imputed.

    Raises
    ------
    DataRefusedError
        As `cox`, of an imputed set.
    """
    whose = np.arange(len(data.follow_up)) if data.patients is None else data.patients
    columns, reasons = _by_patient(data, whose)
    others = [name for name in data.names if name not in columns]
    known = np.asarray(np.isfinite(data.covariates[:, [data.names.index(name) for name in others]]).all(axis=1))
    # Others take part in the imputation, not in the model.
    in_model = np.isin(np.arange(int(whose.max()) + 1), whose[known])
    gaps = {name: np.isnan(column) & in_model for name, column in columns.items()}
    if not any(each.any() for each in gaps.values()):
        return None
    names, values = (data.names, None) if score is None else ((*data.names, score[0]), score[1])
    unfilled = np.column_stack([columns[name][whose] if name in columns else data.of_name(name) for name in data.names])
    rows = data.of(known)
    incomplete = float(np.isnan(unfilled[known]).any(axis=1).mean())
    count = sets_needed(incomplete) if sets is None else sets
    predictors = _predictors(data, others, values, whose)
    order = list(columns)
    fits: list[CoxFit] = []
    for filled in impute(np.column_stack([columns[name] for name in order]), predictors, count, seed):
        x = unfilled[known].copy()
        for position, name in enumerate(order):
            x[:, data.names.index(name)] = filled[whose[known], position]
        x = x if values is None else np.column_stack([x, values[known]])
        fits.append(_fitted(rows, x, names, with_patients=len(fits) < _BY_PATIENT_SETS))
    return ImputedCox(
        terms=MappingProxyType({name: _pooled(name, fits) for name in names}),
        sets=count,
        imputed=MappingProxyType({name: int(each.sum()) for name, each in gaps.items() if each.any()}),
        not_imputed=MappingProxyType(reasons),
        rows=fits[0].rows,
        events=fits[0].events,
        patients=fits[0].patients,
        incomplete=incomplete,
        seed=seed,
    )


def _by_patient(data: SurvivalTable, whose: Ints) -> tuple[dict[str, Floats], dict[str, str]]:
    """Clinical covariates, one value a patient, NaN where none is known; and why others with gaps are none."""
    columns, reasons = {}, {}
    patients = int(whose.max()) + 1
    for name, column in zip(data.names, data.covariates.T, strict=True):
        known = np.isfinite(column)
        lowest, highest = np.full(patients, math.inf), np.full(patients, -math.inf)
        np.minimum.at(lowest, whose[known], column[known])
        np.maximum.at(highest, whose[known], column[known])
        reason = never_imputed(data.in_words.get(name, name))
        if not reason and (lowest < highest).any():
            reason = "it differs between lymph nodes of a patient"
        if not reason and len(np.unique(column[known])) < 2:
            reason = "fewer than two values of it are known"
        if not reason:
            columns[name] = np.where(np.isinf(lowest), math.nan, lowest)
        elif not known.all():
            reasons[name] = reason
    return columns, reasons


def _predictors(data: SurvivalTable, others: Sequence[str], score: Floats | None, whose: Ints) -> Floats:
    """(patients, q), complete: outcome, score, and the covariates that are not imputed and have no gap."""
    rows = [data.follow_up.event.astype(np.float64), cumulative_hazard(data.follow_up)]
    rows += [] if data.competing is None else [data.competing.astype(np.float64)]
    rows += [] if score is None else [score]
    rows += [column for column in map(data.of_name, others) if np.isfinite(column).all()]
    counts = np.bincount(whose)
    return np.column_stack([np.bincount(whose, weights=column) / counts for column in rows])


def _fitted(rows: SurvivalTable, x: Floats, names: Sequence[str], *, with_patients: bool) -> CoxFit:
    try:
        return cox(rows.follow_up, x, names, rows.patients if with_patients else None)
    except DataRefusedError as refusal:
        raise DataRefusedError(f"On an imputed set: {refusal}", refusal.code) from None


def _pooled(name: str, fits: Sequence[CoxFit]) -> ImputedTerm:
    terms = [fit.terms[name] for fit in fits]
    events_left = max(fits[0].events - len(fits[0].terms), 1)
    by_patient = [term.by_patient for term in terms[:_BY_PATIENT_SETS]]
    robust = [each for each in by_patient if each is not None and math.isfinite(each.se)]
    pooled = None
    if len(robust) == len(by_patient):
        freedom = [each.df for each in robust if each.df is not None]
        within = float(np.mean([each.se**2 for each in robust]))
        pooled = pool(
            [term.coef for term in terms],
            [within] * len(terms),
            float(np.mean(freedom)) if freedom else events_left,
        )
    return ImputedTerm(
        own=pool([term.coef for term in terms], [term.se**2 for term in terms], events_left),
        by_patient=pooled,
        difference=float(np.mean([term.difference for term in terms])),
        two_values=terms[0].two_values,
    )


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf
