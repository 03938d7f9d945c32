"""The model card of a fitted score: the formula, and what is known of it, for `score`, `validate` and the panel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.software import current_software
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.wanted import needed_settings
from RLNResponseLib.modelling.applicability import describe_training
from RLNResponseLib.modelling.fitting.case_table import CaseTable
from RLNResponseLib.modelling.fitting.centres import harmonised_sentence
from RLNResponseLib.modelling.fitting.fingerprints import card_identifier, fingerprints, row_fingerprints
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.probabilities import probabilities, probability_sentences, recalibrated
from RLNResponseLib.modelling.fitting.same_data import MOSTLY
from RLNResponseLib.modelling.fitting.volume import volume_column
from RLNResponseLib.modelling.harmonisation import CentreEffect, Harmonisation
from RLNResponseLib.modelling.model_card import SCHEMA
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.modelling.score_model import LONGEST_EVENT

# What the groups of a fitted score are called: what they mean is the outcome's.
ABOVE, BELOW = "above the cutoff", "below the cutoff"
STATUS = "fitted on the user's own data, research use only"


@dataclass(frozen=True, kw_only=True)
class CardTexts:
    """What a card calls the score.

    Attributes
    ----------
    title
        Of the score; the card holds 120 characters.
    outcome, group
        The columns it was fitted by.
    icc_patients
        The patients whose readings chose the features.
    """

    title: str
    outcome: str
    group: str
    icc_patients: tuple[str, ...] = ()


def fitted_card(
    fit: Fit, texts: CardTexts, identifier: str, settings: ExtractionSettings | None = None
) -> dict[str, Any]:
    """The card as JSON, by Resources/schemas/model-card.json.

    Parameters
    ----------
    fit
        The fitted score, with its correction.
    texts
        Title and names for the card.
    identifier
        The card's ID: its file's name without the ending.
    settings
        What the table's features were extracted with; None where nobody says. The card keeps them, with the images
        that its formula needs.

    Returns
    -------
    dict[str, Any]

    Raises
    ------
    DataRefusedError
        as `refuse_other_settings`.
    """
    refuse_other_settings(fit.table, settings)
    again, regression = fit.recalibration, REGRESSIONS[fit.options.recipe.penalty]
    formula = (
        {"intercept": fit.score.intercept, "coefficients": fit.coefficients} if again is None else recalibrated(fit)
    )
    card: dict[str, Any] = {
        "schema": SCHEMA,
        "id": card_identifier(identifier),
        "title": texts.title[:120],
        "outcome": texts.outcome,
        "event": texts.outcome[:LONGEST_EVENT],
        "status": STATUS,
        "formula": {"link": "logit", **formula},
        "cutoff": {
            "value": fit.score.cutoff if again is None else again.of(fit.score.cutoff),
            "orientation": ">",
            "group_when_true": ABOVE,
            "group_when_false": BELOW,
        },
        "settings": _settings(fit, settings),
        "definitions": f"features as the columns of the table of {len(fit.table.outcome)} lymph nodes name them",
        "development": _development(fit, texts, identifier),
        "citation": f"Fitted by RLNResponse; {regression.name} {regression.source}.",
        "assumptions": _assumptions(fit, settings),
    }
    harmonisation = _harmonisation(fit)
    if harmonisation is not None:
        card["harmonisation"] = harmonisation.as_json()
    training = _training(fit)
    return card if training is None else {**card, "training": training}


def refuse_other_settings(table: CaseTable, settings: ExtractionSettings | None) -> None:
    """Refuse settings that are not those which a table says its features were extracted with.

    Parameters
    ----------
    table
        The lymph nodes; one that states no settings is taken at the user's word.
    settings
        As named for it; None names none.

    Raises
    ------
    DataRefusedError
        other-settings.
    """
    if settings is None:
        return
    for line, stated in enumerate(table.origins().get("settings", ())):
        if stated not in ("", settings.apart_from_images().digest(), settings.digest()):
            raise DataRefusedError(
                f"{table.table.where(line)}: the features were extracted with other settings than those that are named "
                "for the table; name the settings of its extraction, such as its study.",
                "other-settings",
                "with --settings",
            )


def write_card(card: Mapping[str, Any], path: Path) -> None:
    """Write a card completely or not at all.

    Parameters
    ----------
    card
        The model card.
    path
        The file.

    Raises
    ------
    DataRefusedError
        not-written.
    """
    try:
        write_text_atomically(path, json.dumps(card, indent=2, allow_nan=False) + "\n")
    except OSError as error:
        raise DataRefusedError(
            f"The model card {path.name} cannot be written ({error.strerror}); choose another folder.", "not-written"
        ) from None


def performance(fit: Fit) -> dict[str, dict[str, Any]]:
    """Apparent and corrected AUC, as the command line and the card give them.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    dict[str, dict[str, Any]]
    """
    auc, figure, corrected = fit.apparent.auc, fit.corrected.figures["auc"], fit.corrected.auc
    return {
        "apparent": {"auc": auc.value, "lower": auc.lower, "upper": auc.upper, "interval": auc.interval},
        "corrected": {
            "auc": corrected.value,
            "lower": corrected.lower,
            "upper": corrected.upper,
            "interval": corrected.interval,
            "out_of_bag": figure.out_of_bag,
            "optimism_bootstrap": figure.optimism_bootstrap,
            "resamples": fit.corrected.resamples,
        },
    }


def _before_recalibration(fit: Fit) -> dict[str, Any]:
    again = fit.recalibration
    if again is None:
        return {}
    before = {"intercept": fit.score.intercept, "coefficients": fit.coefficients, "cutoff": fit.score.cutoff}
    return {
        "recalibrated": {
            "method": "cross-validated slope",
            "intercept": again.intercept,
            "slope": again.slope,
            "before": before,
        }
    }


def _development(fit: Fit, texts: CardTexts, identifier: str) -> dict[str, Any]:
    recipe, table = fit.options.recipe, fit.table
    return {
        "outcome_column": texts.outcome,
        "group_column": texts.group,
        "lymph_nodes": len(table.outcome),
        "events": int(table.outcome.sum()),
        **fit.flow,
        "icc_rule": recipe.icc.as_json() if texts.icc_patients else None,
        "redundancy": redundancy_json(fit),
        "penalty": recipe.penalty,
        **strength_json(fit),
        "seed": fit.options.seed,
        **performance(fit),
        "probabilities": probabilities(fit),
        **({"relaxed": True} if recipe.relax else {}),
        **_before_recalibration(fit),
        "volume_column": volume_column(table.names),
        "larger_volume_means_event": fit.larger_volume_means_event,
        "patients": fingerprints(identifier, table.patient_names),
        "icc_patients": fingerprints(identifier, texts.icc_patients),
        "rows": _rows(fit, identifier),
        "warnings": [{"code": finding.code, "message": finding.message} for finding in fit.warnings],
        "software": {"rlnresponse": current_software().rlnresponse, "numpy": current_software().numpy},
    }


def redundancy_json(fit: Fit) -> dict[str, Any] | None:
    """The rule of redundancy and what it left out, as the command line and the card give it.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    dict or None
        None where no feature was left out for being redundant, as nobody asked.
    """
    if fit.options.recipe.redundancy is None:
        return None
    return {"threshold": fit.options.recipe.redundancy, "correlation": "spearman", "stood_for": fit.stood_for}


def strength_json(fit: Fit) -> dict[str, Any]:
    """How λ was chosen, as the command line and the card give it; nothing of it where the penalty has none, but the
    limits of the coefficients.

    Parameters
    ----------
    fit
        The fitted score, with its correction.

    Returns
    -------
    dict
    """
    recipe, found = fit.options.recipe, fit.score.cross_validation
    if found is None:
        terms = {name: vars(term) for name, term in fit.terms.items()}
        return {"rule": None, "lambda": None, "terms": terms}
    given = fit.options.foldid is not None
    return {
        "rule": recipe.rule,
        "measure": found.measure,
        "lambda": fit.score.strength,
        "folds": fit.folds,
        "folds_by": "given" if given else "patient" if recipe.by_patient else "lymph node",
        "repeats": 1 if given else recipe.repeats,
        "kkt_residual": found.path.kkt_residual,
    }


def _assumptions(fit: Fit, settings: ExtractionSettings | None) -> list[str]:
    said = [
        fit.corrected.sentence(),
        *probability_sentences(fit),
        "The cutoff was chosen on the lymph nodes that made the score (Youden).",
    ]
    if fit.options.centres is not None:
        said.append(harmonised_sentence(fit.options.centres))
    if fit.options.recipe.relax:
        said.append("The selected features were fitted again without the penalty (relaxed LASSO).")
    if not fit.table.origins().get("settings"):
        assumed = "pyradiomics' defaults" if settings is None else "those that were named for it"
        said.append(f"The table does not say with which settings its features were extracted; {assumed} are assumed.")
    if not _settings(fit, settings):
        said.append(
            "The features were not extracted with pyradiomics' defaults; score only features extracted as these were."
        )
    return said + [finding.message for finding in fit.warnings]


def _settings(fit: Fit, settings: ExtractionSettings | None) -> dict[str, Any]:
    """What was named for the table, with the images that the formula needs; else pyradiomics' defaults, unless the
    table says that its features were extracted otherwise: a digest cannot be undone.
    """
    if settings is not None:
        return needed_settings(settings, fit.coefficients).as_mapping()
    stated = set(fit.table.origins().get("settings", ())) - {""}
    return ExtractionSettings().as_mapping() if stated <= {ExtractionSettings().digest()} else {}


def _training(fit: Fit) -> dict[str, Any] | None:
    names = list(fit.coefficients)
    if not names:
        return None
    columns = [fit.names.index(name) for name in names]
    try:
        return describe_training(
            names, fit.features[:, columns], fit.table.patients, logarithms=fit.score.combat is None
        ).as_json()
    except DataRefusedError:
        return None


def _harmonisation(fit: Fit) -> Harmonisation | None:
    """ComBat's parameters of the formula's features: what a card needs of them."""
    combat, centres = fit.score.combat, fit.options.centres
    if combat is None or centres is None:
        return None
    columns = {name: fit.names.index(name) for name in fit.coefficients}
    return Harmonisation(
        column=centres.column,
        mean={name: float(combat.mean[at]) for name, at in columns.items()},
        sd={name: float(combat.sd[at]) for name, at in columns.items()},
        centres={
            centre: CentreEffect(
                patients=len(np.unique(fit.table.patients[centres.codes == code])),
                lymph_nodes=int((centres.codes == code).sum()),
                shift={name: float(combat.shift[code, at]) for name, at in columns.items()},
                scale={name: float(combat.scale[code, at]) for name, at in columns.items()},
            )
            for code, centre in enumerate(centres.names)
        },
    )


def _rows(fit: Fit, identifier: str) -> list[str]:
    """What tells the training lymph nodes' features again; none where equal values are no surprise."""
    columns = [fit.names.index(name) for name in fit.coefficients]
    prints = row_fingerprints(identifier, fit.table.features[:, columns])
    return sorted(set(prints)) if columns and len(set(prints)) >= MOSTLY * len(prints) else []
