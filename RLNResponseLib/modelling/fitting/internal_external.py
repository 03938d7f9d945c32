"""Internal-external cross-validation: a score made without one centre, judged on it, for each centre in turn.

Steyerberg and Harrell 2016 (doi 10.1016/j.jclinepi.2015.04.005), Debray et al. 2013 (doi 10.1002/sim.5732).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import Finding
from RLNResponseLib.common.types import Progress
from RLNResponseLib.modelling.fitting.case_table import CaseTable, cases_of
from RLNResponseLib.modelling.fitting.cases import ReaderRatings
from RLNResponseLib.modelling.fitting.centres import Centres, refuse_patients_at_two
from RLNResponseLib.modelling.fitting.development import Recipe, develop
from RLNResponseLib.modelling.fitting.leakage import enforce, feature_columns, mixed_origins
from RLNResponseLib.modelling.fitting.recipes import default_folds
from RLNResponseLib.modelling.fitting.same_data import same_features
from RLNResponseLib.modelling.validation.centres import (
    CentreFigures,
    MeasureName,
    PooledMeasure,
    centre_figures,
    pool_centres,
)


@dataclass(frozen=True, kw_only=True)
class LeftOutCentre:
    """One centre, and the score that was made without it.

    Attributes
    ----------
    figures
        How that score does there.
    trained_on
        Lymph nodes of the other centres.
    features
        That the score selected.
    """

    figures: CentreFigures
    trained_on: int
    features: tuple[str, ...]

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class InternalExternal:
    """A way of making a score, judged at each centre that had no part in it.

    Attributes
    ----------
    centres
        In the order of the table.
    failed
        Centre → why no score could be made without it.
    pooled
        By figure; empty where fewer than three centres have it.
    warnings
        Design errors that were let pass, and what is doubtful.
    """

    centres: tuple[LeftOutCentre, ...]
    failed: Mapping[str, str]
    pooled: Mapping[MeasureName, PooledMeasure]
    warnings: tuple[Finding, ...]

    __repr__ = short_repr


def internal_external(
    table: CaseTable,
    centres: Centres,
    recipe: Recipe,
    ratings: ReaderRatings | None = None,
    overrides: Sequence[str] = (),
    seed: int = 1,
    progress: Progress = lambda done, total: None,
) -> InternalExternal:
    """Make a score without each centre, all of it anew (ICC filter, folds, λ), and judge it there.

    Parameters
    ----------
    table
        Features, outcome and patient, one row a lymph node.
    centres
        Where each is from.
    recipe
        How a score is made; its folds are fewer where the other centres are too small for them.
    ratings
        For the ICC filter.
    overrides
        Codes of design errors that may pass and are then printed.
    seed
        For dealing the folds.
    progress
        Called with how many centres are done, and of how many.

    Returns
    -------
    InternalExternal

    Raises
    ------
    DataRefusedError
        few-centres for one centre alone, or where no score could be made; patient-at-two-centres; what the design
        checks refuse.
    """
    if len(centres.names) < 2:
        raise DataRefusedError(
            f"All lymph nodes are of one centre by the column {centres.column}, so none can be left out; name the "
            "column of the centre, or use fit.",
            "few-centres",
        )
    refuse_patients_at_two(table, centres)
    warnings = enforce(
        [
            *feature_columns(table.names, table.features, table.outcome),
            *same_features(table),
            *mixed_origins(table.origins()),
        ],
        overrides,
    )
    cases = cases_of(table, ratings)
    judged: list[LeftOutCentre] = []
    failed: dict[str, str] = {}
    for code, name in enumerate(centres.names):
        own = centres.codes == code
        others = np.zeros(int(table.patients.max()) + 1, dtype=np.intp)
        others[table.patients[~own]] = 1
        training = cases.drawn(others)
        try:
            folds = min(recipe.folds, default_folds(len(training.outcome)))
            score = develop(training, replace(recipe, folds=folds), seed)
        except DataRefusedError as refusal:
            failed[name] = str(refusal)
            continue
        finally:
            progress(code + 1, len(centres.names))
        judged.append(
            LeftOutCentre(
                figures=centre_figures(name, score.score(table.features[own]), table.outcome[own], table.patients[own]),
                trained_on=len(training.outcome),
                features=tuple(each for each, selected in zip(table.names, score.selected, strict=True) if selected),
            )
        )
    if not judged:
        raise DataRefusedError(
            f"Without any one centre no score can be made ({next(iter(failed.values()))}); add lymph nodes or centres.",
            "few-centres",
        )
    return InternalExternal(
        centres=tuple(judged),
        failed=MappingProxyType(failed),
        pooled=pool_centres([each.figures for each in judged]),
        warnings=warnings,
    )
