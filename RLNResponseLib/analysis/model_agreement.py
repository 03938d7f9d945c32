"""The agreement of one score: its readings compared, their groups, and its variance components."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.comparable import comparable_pairs
from RLNResponseLib.agreement.components import VarianceComponents, variance_components
from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, components_as_json
from RLNResponseLib.agreement.icc import ICC, RANDOM, Form
from RLNResponseLib.agreement.readings import PairedReadings, compare_all_readings, reading_table
from RLNResponseLib.agreement.score_agreement import ScoreAgreement, score_agreement
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.table_score import columns_of
from RLNResponseLib.statistics.estimates import Estimate, Proportion


@dataclass(frozen=True)
class ComparedScores:
    """One score over two readings of each lymph node.

    Attributes
    ----------
    scores
        (m, 2), log-odds.
    lymph_nodes
        (m,), their names.
    agreement
        What the two columns say.
    """

    scores: NDArray[np.float64]
    lymph_nodes: tuple[str, ...]
    agreement: ScoreAgreement


@dataclass(frozen=True, kw_only=True)
class ModelAgreement:
    """One score model between readers and between the rounds of one.

    Attributes
    ----------
    model
        Whose score.
    inter, intra
        Two readers' first rounds, and one reader's re-contouring; None where there is a reason.
    reason
        Why there is none; "" where both are there.
    components
        Of the score, of all readings, complete or not; None where the table has no score.
    """

    model: ScoreModel
    inter: ComparedScores | None
    intra: ComparedScores | None
    reason: str
    components: VarianceComponents | None = None

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "model": self.model.id,
            "cutoff": self.model.cutoff.value,
            "inter": _as_json(self.inter),
            "intra": _as_json(self.intra),
            "reason": self.reason,
            "variance_components": None if self.components is None else components_as_json(self.components),
        }


def model_agreements(
    agreement: FeatureAgreement,
    models: Sequence[ScoreModel],
    table: Table,
    seed: int = 0,
    margin: float | None = None,
) -> tuple[ModelAgreement, ...]:
    """Score-level agreement of each model whose features the table of the readings has, extracted as its card says.

    The features of `agreement` need not be all of the table's: a study judges the 106, and a score may need others.

    Parameters
    ----------
    agreement
        The agreement of the features.
    models
        The score models.
    table
        The table, one row a lymph node or a reading.
    seed
        What every random draw is derived from.
    margin
        Of equivalence, log-odds, stated beforehand; None tests none.

    Returns
    -------
    tuple of ModelAgreement
    """
    return tuple(_of_model(agreement.inter.icc.form, model, table, seed, margin) for model in models)


def _of_model(form: Form, model: ScoreModel, table: Table, seed: int, margin: float | None) -> ModelAgreement:
    extracted = table.kept(line for line, row in enumerate(table.rows) if not row.get("failure"))
    columns = columns_of(model, extracted)
    reason = ""
    if columns is None:
        reason = (
            "The table's features were extracted with other settings than the score assumes; name the score in the "
            "study's protocol, or extract with its settings."
        )
    elif lacking := [name for name in columns if name not in table.columns]:
        reason = f"The table has no {lacking[0]}, which the score needs."
    if columns is None or reason:
        return ModelAgreement(model=model, inter=None, intra=None, reason=reason)
    try:
        own = reading_table(table, columns)
        scores = (model.intercept + own.values @ np.array(list(model.coefficients.values())))[:, None]
        first, again = compare_all_readings(own.readings, scores)
    except DataRefusedError as refusal:
        return ModelAgreement(model=model, inter=None, intra=None, reason=str(refusal))
    compared: list[ComparedScores | None] = []
    reasons: dict[str, None] = {}
    for pairs in (first, again[0]):
        try:
            compared.append(_compared(pairs, form, model, seed, margin))
        except DataRefusedError as refusal:
            compared.append(None)
            reasons[str(refusal)] = None
    (components,) = variance_components(own.readings, scores, seed)
    return ModelAgreement(
        model=model, inter=compared[0], intra=compared[1], reason=" ".join(reasons), components=components
    )


def compared_scores(
    table: Table, models: Sequence[ScoreModel], kind: str, form: Form, seed: int = 0
) -> Iterator[tuple[ScoreModel, ComparedScores]]:
    """Each score over one kind of comparison, for readings that lack the other kind.

    Parameters
    ----------
    table
        The table of the readings.
    models
        The score models.
    kind
        "inter" or "intra".
    form
        Of the ICC.
    seed
        What every random draw is derived from.

    Yields
    ------
    tuple
        A score model and its readings; one that cannot be scored or compared is left out.
    """
    extracted = table.kept(line for line, row in enumerate(table.rows) if not row.get("failure"))
    for model in models:
        columns = columns_of(model, extracted)
        if columns is None or any(name not in table.columns for name in columns):
            continue
        try:
            own = reading_table(table, columns)
            scores = (model.intercept + own.values @ np.array(list(model.coefficients.values())))[:, None]
            pairs = comparable_pairs(own.readings, scores)
            if kind in pairs:
                yield model, _compared(pairs[kind], form, model, seed, None)
        except DataRefusedError:
            continue


def _compared(pairs: PairedReadings, form: Form, model: ScoreModel, seed: int, margin: float | None) -> ComparedScores:
    if pairs.values.shape[1] != 2:
        raise DataRefusedError(
            "Groups and differences compare two readings, and the table has more; the score's variance components "
            "take all of them.",
            "few-ratings",
        )
    scores = pairs.values[:, :, 0]
    patients = np.unique(pairs.patients, return_inverse=True)[1]
    cutoff = model.cutoff
    return ComparedScores(
        scores,
        pairs.lymph_nodes,
        score_agreement(scores, pairs.lymph_nodes, patients, cutoff.value, form, seed, cutoff.sign < 0, margin),
    )


def _as_json(compared: ComparedScores | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    agreement, groups, tested = compared.agreement, compared.agreement.groups, compared.agreement.equivalence
    by_patient = agreement.icc_by_patient
    return to_json(
        {
            "icc": agreement.icc.estimate[0],
            **_limits(agreement.icc),
            "by_patient": None if by_patient is None else _limits(by_patient),
            "form": agreement.icc.form,
            "n": agreement.icc.n,
            "limits_of_agreement": {
                "bias": agreement.limits.bias[0],
                "lower": agreement.limits.lower[0],
                "upper": agreement.limits.upper[0],
                "margin": agreement.limits.margin[0],
            },
            "flip_rate": as_json(agreement.flip_rate),
            "patient_flip_rate": as_json(agreement.patient_flip_rate),
            "flips": [
                {"lymph_node": flip.lymph_node, "first": flip.first_score, "second": flip.second_score}
                for flip in agreement.flips
            ],
            "kappa": estimate_as_json(groups.kappa),
            "ac1": estimate_as_json(groups.ac1),
            "direction": {"up": groups.up, "down": groups.down, "p": groups.direction_p},
            "equivalence": None
            if tested is None
            else {
                **estimate_as_json(tested.difference),
                "margin": tested.margin,
                "p": tested.p,
                "is_shown": tested.is_shown,
            },
        }
    )


def _limits(icc: ICC) -> dict[str, Any]:
    return {
        "lower": icc.lower[0],
        "upper": icc.upper[0],
        "interval": icc.interval,
        "random": RANDOM[icc.interval],
    }


def estimate_as_json(estimate: Estimate) -> dict[str, Any]:
    """A figure with its limits and how they were made.

    Parameters
    ----------
    estimate
        The figure.

    Returns
    -------
    dict
    """
    return {name: getattr(estimate, name) for name in ("value", "lower", "upper", "interval")}


def as_json(share: Proportion) -> dict[str, Any]:
    """A proportion with its exact limits.

    Parameters
    ----------
    share
        A share with its limits.

    Returns
    -------
    dict[str, Any]
    """
    return to_json({name: getattr(share, name) for name in ("count", "of", "value", "lower", "upper")})
