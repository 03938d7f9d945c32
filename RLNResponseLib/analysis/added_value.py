"""What the scores of a study add to its clinical variables, for response and for local control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib.analysis.cases import known_rows, rows_where
from RLNResponseLib.analysis.models import OutcomeModels, scores_by_lymph_node, sets_of
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.clinical_columns import clinical_columns
from RLNResponseLib.modelling.fitting.splits import group_codes
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.validation.added_value import AddedValue, added_value
from RLNResponseLib.survival.added_value import AddedToCox, added_to_cox
from RLNResponseLib.survival.follow_up import follow_up

# The paper's Cox model has these and the response, which is known only after the time has begun.
CLINICAL = ("t_stage", "dose_gy", "concurrent_chemotherapy")


@dataclass(frozen=True, kw_only=True)
class StudyAddedValue:
    """One score and one outcome, on the lymph nodes that scores are fitted on.

    Attributes
    ----------
    outcome
        "response" or "local control".
    score
        "published", or "own" for the groups of scores that had not seen the patient.
    set
        "training"; "all" where nobody split them.
    response
        The logistic models; None for local control, or where there is a reason.
    control
        The Cox models; None for response, or where there is a reason.
    reason
        Why there is none; "" where there is.
    """

    outcome: str
    score: str
    set: str
    response: AddedValue | None = None
    control: AddedToCox | None = None
    reason: str = ""


def study_added_value(
    cases: Table, published: Sequence[ScoreModel], response: OutcomeModels, control: OutcomeModels, seed: int
) -> tuple[StudyAddedValue, ...]:
    """Judge the published scores and the study's own.

    Parameters
    ----------
    cases
        Of `study_cases`.
    published
        For response, and for two-year local control.
    response, control
        The models of both outcomes.
    seed
        What every random draw is derived from.

    Returns
    -------
    tuple of StudyAddedValue
    """
    name = sets_of(cases)[0]
    rows = rows_where(cases, {"set": name})
    found = []
    for outcome, model, own in (("response", published[0], response), ("local control", published[1], control)):
        by_formula = scores_by_lymph_node(model, rows)
        scores = {"published": np.array([by_formula[row["lymph_node"]] for row in rows.rows])}
        if own.unseen is not None:
            scores["own"] = own.unseen.above.astype(float)
        found += [_judged(rows, outcome, score, values, name, seed) for score, values in scores.items()]
    return tuple(found)


def _judged(rows: Table, outcome: str, score: str, values: Floats, name: str, seed: int) -> StudyAddedValue:
    try:
        if outcome == "response":
            response = _response(rows, values, seed)
            return StudyAddedValue(outcome=outcome, score=score, set=name, response=response)
        return StudyAddedValue(outcome=outcome, score=score, set=name, control=_control(rows, values))
    except DataRefusedError as refusal:
        return StudyAddedValue(outcome=outcome, score=score, set=name, reason=str(refusal))


def _response(rows: Table, values: Floats, seed: int) -> AddedValue:
    known, of_known = _known(rows, values, ("response",))
    clinical = clinical_columns(known, CLINICAL)
    responded = np.array([row["response"] == "yes" for row in known.rows], dtype=bool)
    patients = group_codes([row["patient"] for row in known.rows])
    return added_value(clinical.values, clinical.names, of_known, responded, patients, seed)


def _control(rows: Table, values: Floats) -> AddedToCox:
    known, of_known = _known(rows, values, ("local_control_months", "local_recurrence"))
    clinical = clinical_columns(known, CLINICAL)
    months = np.array([float(row["local_control_months"]) for row in known.rows])
    recurred = np.array([row["local_recurrence"] == "yes" for row in known.rows], dtype=bool)
    patients = group_codes([row["patient"] for row in known.rows])
    return added_to_cox(follow_up(months, recurred), clinical.values, clinical.names, of_known, "score", patients)


def _known(rows: Table, values: Floats, columns: tuple[str, ...]) -> tuple[Table, Floats]:
    """The rows of which the outcome is known, and their scores."""
    has = np.array([all(row[name] for name in columns) for row in rows.rows], dtype=bool)
    return known_rows(rows, columns), values[has]
