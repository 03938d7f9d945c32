"""Score models applied to a table of readings: whose score changes with the reader, and who changes group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, FeatureComparison
from RLNResponseLib.agreement.score_agreement import ScoreAgreement, score_agreement
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.estimates import Proportion
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.survival.plain import plain


@dataclass(frozen=True)
class ComparedScores:
    """One score over two readings of each lymph node.

    scores       (m, 2)
    lymph_nodes  m names
    """

    scores: NDArray[np.float64]
    lymph_nodes: tuple[str, ...]
    agreement: ScoreAgreement


@dataclass(frozen=True)
class ModelAgreement:
    """One score model between readers and between the rounds of one; `reason` says why there is none."""

    model: ScoreModel
    inter: ComparedScores | None
    intra: ComparedScores | None
    reason: str

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "model": self.model.id,
            "cutoff": self.model.cutoff.value,
            "inter": _as_json(self.inter),
            "intra": _as_json(self.intra),
            "reason": self.reason,
        }


def model_agreements(
    agreement: FeatureAgreement, models: Sequence[ScoreModel], seed: int = 0
) -> tuple[ModelAgreement, ...]:
    """Score-level agreement of each model whose features the table has."""
    return tuple(_of_model(agreement, model, seed) for model in models)


def _of_model(agreement: FeatureAgreement, model: ScoreModel, seed: int) -> ModelAgreement:
    lacking = [name for name in model.coefficients if name not in agreement.names]
    if lacking:
        return ModelAgreement(model, None, None, f"The table has no {lacking[0]}, which the score needs.")
    try:
        inter, intra = (
            _compared(comparison, agreement.names, model, seed) for comparison in (agreement.inter, agreement.intra)
        )
    except DataRefusedError as refusal:
        return ModelAgreement(model, None, None, str(refusal))
    return ModelAgreement(model, inter, intra, "")


def _compared(comparison: FeatureComparison, names: Sequence[str], model: ScoreModel, seed: int) -> ComparedScores:
    pairs = comparison.pairs
    if pairs.values.shape[1] != 2:
        raise DataRefusedError(
            "Score-level agreement compares two readings; the table has more readers.", "few-ratings"
        )
    columns = [names.index(name) for name in model.coefficients]
    scores = model.intercept + pairs.values[:, :, columns] @ np.array(list(model.coefficients.values()))
    patients = np.unique(pairs.patients, return_inverse=True)[1]
    cutoff = model.cutoff.value
    return ComparedScores(
        scores,
        pairs.lymph_nodes,
        score_agreement(scores, pairs.lymph_nodes, patients, cutoff, comparison.icc.form, seed),
    )


def _as_json(compared: ComparedScores | None) -> dict[str, Any] | None:
    if compared is None:
        return None
    found = compared.agreement
    limits = found.icc_by_patient or found.icc
    return plain(
        {
            "icc": found.icc.estimate[0],
            "lower": limits.lower[0],
            "upper": limits.upper[0],
            "interval": limits.interval,
            "form": found.icc.form,
            "n": found.icc.n,
            "limits_of_agreement": {
                "bias": found.limits.bias[0],
                "lower": found.limits.lower[0],
                "upper": found.limits.upper[0],
            },
            "flip_rate": as_json(found.flip_rate),
            "patient_flip_rate": as_json(found.patient_flip_rate),
            "flips": [
                {"lymph_node": flip.lymph_node, "first": flip.first_score, "second": flip.second_score}
                for flip in found.flips
            ],
        }
    )


def as_json(share: Proportion) -> dict[str, Any]:
    """A proportion with its exact limits."""
    return plain({name: getattr(share, name) for name in ("count", "of", "value", "lower", "upper")})
