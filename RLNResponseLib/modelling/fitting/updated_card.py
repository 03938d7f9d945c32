"""The model card of a score that was updated on the lymph nodes of another centre, and what the card says of that."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from RLNResponseLib.common.display import short_repr
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.software import current_software
from RLNResponseLib.common.wording import counted, p_words
from RLNResponseLib.modelling.applicability import describe_training
from RLNResponseLib.modelling.fitting.case_table import CaseTable
from RLNResponseLib.modelling.fitting.fingerprints import card_identifier, fingerprints, row_fingerprints
from RLNResponseLib.modelling.model_card import SCHEMA
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.table_score import formula_features, score_features
from RLNResponseLib.modelling.validation.roc import auc
from RLNResponseLib.modelling.validation.updating import Formula, Method, Update, update

STATUS = "updated on the user's own data, research use only"
_DONE: Mapping[Method, str] = {
    "original": "left as it is",
    "intercept": "its intercept updated",
    "slope": "its intercept and slope updated",
    "refit": "its coefficients estimated anew",
}


@dataclass(frozen=True, kw_only=True)
class UpdatedScore:
    """A score and what it became on other lymph nodes.

    Attributes
    ----------
    model
        What was updated.
    update
        What was done, on the scale of the card's own log-odds of the outcome.
    table
        The lymph nodes.
    auc
        Of the updated score on the lymph nodes that updated it.
    """

    model: ScoreModel
    update: Update
    table: CaseTable
    auc: float

    __repr__ = short_repr

    def sentences(self) -> tuple[str, ...]:
        """What was done and why, and what the result is not, for the terminal and the card."""
        found, said = self.update, []
        for test in found.tests:
            verdict = "will do" if test.method == found.method else "will not do"
            said.append(
                f"Closed testing (Vergouwe et al. 2017), {test.method} against a refit: χ² {test.chisq:.3f}, "
                f"df {test.df}, {p_words(test.p)}; it {verdict}."
            )
        how = ""
        if found.method in ("intercept", "slope"):
            how = f": {found.added:.4g} + {found.slope:.4g} × its log-odds; the groups are the same"
        if found.method == "refit":
            how = "; the cutoff was chosen on the same lymph nodes (Youden)"
        events = int(self.table.outcome.sum())
        on = f"{counted(len(self.table.outcome), 'lymph node')}, {events} with the outcome"
        said.append(f"The score '{self.model.id}' on {on}: {_DONE[found.method]}{how}.")
        if found.method != "original":
            said.append(
                "An updated score has been judged on no other lymph nodes than those that updated it; validate it on "
                "others of that centre."
            )
        return tuple(said)

    def as_json(self) -> dict[str, Any]:
        """The update as the command line prints it."""
        found = self.update
        return {
            "method": found.method,
            "of": self.model.id,
            "intercept": found.added if math.isfinite(found.added) else None,
            "slope": found.slope if math.isfinite(found.slope) else None,
            "closed_testing": [test.as_json() for test in found.tests],
            "auc_on_the_same_lymph_nodes": self.auc,
        }


def update_score(model: ScoreModel, table: CaseTable, method: Method | Literal["auto"]) -> UpdatedScore:
    """Update a score on a table of other lymph nodes.

    Parameters
    ----------
    model
        The score model.
    table
        Features, outcome and patient, one row a lymph node.
    method
        As in `update`.

    Returns
    -------
    UpdatedScore

    Raises
    ------
    DataRefusedError
        as `update` and `score_features`; few-cases, where a class has under two lymph nodes.
    """
    features, sign = formula_features(model, table.table), model.cutoff.sign
    coefficients = np.array(list(model.coefficients.values()))
    formula = Formula(
        intercept=sign * model.intercept, coefficients=sign * coefficients, cutoff=sign * model.cutoff.value
    )
    found = update(formula, features, table.outcome, method)
    scores = found.intercept + features @ found.coefficients
    return UpdatedScore(model=model, update=found, table=table, auc=auc(scores, table.outcome))


def updated_card(updated: UpdatedScore, identifier: str, outcome: str, group: str | None) -> dict[str, Any]:
    """The card as JSON, by Resources/schemas/model-card.json.

    Parameters
    ----------
    updated
        The updated score.
    identifier
        The card's ID, its file's name without the ending; another than that of the score that was updated.
    outcome
        The column of the outcome.
    group
        The column of the patient; None where there is none.

    Returns
    -------
    dict[str, Any]

    Raises
    ------
    DataRefusedError
        same-id, where it would have the ID of the score that was updated.
    """
    model, found, table = updated.model, updated.update, updated.table
    identifier = card_identifier(identifier)
    if identifier == model.id:
        raise DataRefusedError(
            f"The updated card would be called '{identifier}' as the score that is updated; give it another name.",
            "same-id",
        )
    sign, names = model.cutoff.sign, list(model.coefficients)
    features = score_features(model, table.table)
    card: dict[str, Any] = {
        "schema": SCHEMA,
        "id": identifier,
        "title": f"{model.title[:100]}, updated",
        "outcome": model.outcome,
        **({"event": model.event} if model.event else {}),
        "status": STATUS,
        "formula": {
            "link": "logit",
            "intercept": sign * found.intercept,
            "coefficients": dict(zip(names, (sign * found.coefficients).tolist(), strict=True)),
        },
        "cutoff": {
            "value": sign * found.cutoff,
            "orientation": model.cutoff.orientation,
            "group_when_true": model.cutoff.group_when_true,
            "group_when_false": model.cutoff.group_when_false,
            **_meanings(model),
        },
        "settings": {name: value for name, value in model.settings.as_mapping().items() if name in model.assumed},
        "definitions": model.definitions,
        "citation": f"{model.citation} Updated by RLNResponse (Vergouwe et al. 2017, doi 10.1002/sim.7179).",
        "assumptions": [*updated.sentences(), *model.assumptions],
        "updated": {
            "id": identifier,
            **updated.as_json(),
            "outcome_column": outcome,
            "group_column": group,
            "lymph_nodes": len(table.outcome),
            "events": int(table.outcome.sum()),
            "patients": fingerprints(identifier, table.patient_names) if table.has_patients else [],
            "rows": sorted(set(row_fingerprints(identifier, features))),
            **({"before": dict(model.updated)} if model.updated else {}),
            "software": {"rlnresponse": current_software().rlnresponse, "numpy": current_software().numpy},
        },
    }
    if model.development:
        # Their fingerprints are salted with the name of the card that was fitted.
        card["development"] = {"fingerprints_of": model.id, **model.development}
    if model.harmonisation is not None:
        card["harmonisation"] = model.harmonisation.as_json()
    training = model.training
    if found.method == "refit":
        try:
            training = describe_training(
                names,
                formula_features(model, table.table),
                table.patients,
                logarithms=model.harmonisation is None,
            )
        except DataRefusedError:
            training = None
    return card if training is None else {**card, "training": training.as_json()}


def _meanings(model: ScoreModel) -> dict[str, str]:
    """What the groups mean, where the card says it: an update leaves them what they are."""
    meanings = {name: getattr(model.cutoff, name) for name in ("meaning_when_true", "meaning_when_false")}
    return {name: words for name, words in meanings.items() if words}
