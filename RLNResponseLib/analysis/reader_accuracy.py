"""What a study's outcomes say of its readers: whether a published score's AUC depends on who contoured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from RLNResponseLib.agreement.readings import compare_all_readings, reading_table
from RLNResponseLib.analysis.cases import lymph_node_table
from RLNResponseLib.analysis.model_agreement import estimate_as_json
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.json_values import to_json
from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.score_model import ScoreModel, probability
from RLNResponseLib.modelling.table_score import columns_of
from RLNResponseLib.modelling.validation.multi_reader import ReaderAccuracy, reader_accuracy
from RLNResponseLib.modelling.validation.validation import why_no_net_benefit
from RLNResponseLib.study.study import Study
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL

RESPONSE, CONTROL = "gu2021-response", "gu2021-local-control-2y"
# The column of the lymph nodes' table that each published score predicts, and its word for the event.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    RESPONSE: ("response", "yes"),
    CONTROL: (TWO_YEAR_CONTROL, "controlled"),
}


@dataclass(frozen=True, kw_only=True)
class ScoreAccuracy:
    """One score by every reader's first round.

    Attributes
    ----------
    model
        Whose score.
    accuracy
        By reader; None where there is a reason.
    reason
        Why there is none; "" where there is one.
    no_net_benefit
        Why no net benefit is given: a reader's probabilities that cannot be taken at their word; "" where it is.
    """

    model: ScoreModel
    accuracy: ReaderAccuracy | None
    reason: str = ""
    no_net_benefit: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        found = self.accuracy
        if found is None:
            return {"model": self.model.id, "reason": self.reason}
        return to_json(
            {
                "model": self.model.id,
                "readers": list(found.readers),
                "auc": [estimate_as_json(estimate) for estimate in found.auc],
                "mean_auc": estimate_as_json(found.mean),
                "equal_auc_p": found.p,
                "threshold": found.threshold,
                "net_benefit": None if self.no_net_benefit else found.net_benefit.tolist(),
                "net_benefit_difference": None if self.no_net_benefit else estimate_as_json(found.benefit_difference),
                "no_net_benefit": self.no_net_benefit,
                "lymph_nodes": found.cases,
                "events": found.events,
                "patients": found.patients,
                "group_changes": found.flips,
            }
        )


def study_reader_accuracy(study: Study, models: Sequence[ScoreModel], table: Table) -> tuple[ScoreAccuracy, ...]:
    """The AUC of each published score by each reader, of the lymph nodes whose outcome is known.

    Parameters
    ----------
    study
        The opened study folder, unblinded.
    models
        The score models; those whose outcome no study records are left out.
    table
        The study's features, one row a reading.

    Returns
    -------
    tuple of ScoreAccuracy
    """
    tables = study.outcomes()
    everybody = {patient.id: "" for patient in tables.patients}
    outcomes = lymph_node_table(tables, everybody, study.protocol.title)
    found = []
    for model in models:
        if model.id in OUTCOMES:
            try:
                found.append(_accuracy(model, table, outcomes))
            except DataRefusedError as refusal:
                found.append(ScoreAccuracy(model=model, accuracy=None, reason=str(refusal)))
    return tuple(found)


def _accuracy(model: ScoreModel, table: Table, outcomes: Table) -> ScoreAccuracy:
    extracted = table.kept(line for line, row in enumerate(table.rows) if not row.get("failure"))
    columns = columns_of(model, extracted)
    if columns is None or any(name not in table.columns for name in columns):
        raise DataRefusedError(
            "The table's features are not those that the score needs; extract with its settings.", "no-feature"
        )
    own = reading_table(extracted, columns)
    scores = (model.intercept + own.values @ np.array(list(model.coefficients.values())))[:, None]
    pairs, _ = compare_all_readings(own.readings, scores)
    column, event = OUTCOMES[model.id]
    by_name = {row["lymph_node"]: row[column] for row in outcomes.rows}
    known = np.array([bool(by_name.get(name)) for name in pairs.lymph_nodes], dtype=bool)
    outcome = np.array([by_name.get(name) == event for name in pairs.lymph_nodes], dtype=bool)
    sign = model.cutoff.sign
    by_reader = sign * pairs.values[known, :, 0].T
    found = reader_accuracy(
        pairs.columns,
        by_reader,
        outcome[known],
        pairs.patients[known],
        sign * model.cutoff.value,
        probability(sign * model.cutoff.value),
    )
    reasons = [
        f"{reader}: {reason}"
        for reader, own in zip(found.readers, by_reader, strict=True)
        if (reason := why_no_net_benefit(own, outcome[known]))
    ]
    return ScoreAccuracy(model=model, accuracy=found, no_net_benefit="; ".join(reasons))
