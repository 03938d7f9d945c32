"""`rlnresponse validate`: a score model on other patients."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.analysis.model_agreement import as_json as share_as_json
from RLNResponseLib.analysis.plots import PLOTS_SUFFIX, validation_plots, write_plots
from RLNResponseLib.commands.cases_of import add_cases, read_cases
from RLNResponseLib.commands.model_options import add_clinical, added_json
from RLNResponseLib.commands.options import figure_folder, save_figures
from RLNResponseLib.commands.table_options import add_table_options
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.tables import Table
from RLNResponseLib.common.wording import text_of_lines
from RLNResponseLib.modelling.fitting.case_table import CaseTable, case_table
from RLNResponseLib.modelling.fitting.clinical_columns import clinical_columns
from RLNResponseLib.modelling.fitting.fitted_card import write_card
from RLNResponseLib.modelling.fitting.updated_card import update_score, updated_card
from RLNResponseLib.modelling.fitting.volume import VOLUME_COLUMNS
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.score_validation import ScoreValidation, validate_model
from RLNResponseLib.modelling.table_score import columns_of, refuse_empty
from RLNResponseLib.modelling.validation.added_value import AddedValue, added_value
from RLNResponseLib.modelling.validation.delong import AUCDifference
from RLNResponseLib.planning.validation import LinearPredictor, ValidationPlan, plan_validation
from RLNResponseLib.report.figures.models import performance_figure
from RLNResponseLib.report.text.added_value import AS_IT_IS, added_value_sentences
from RLNResponseLib.report.text.centres import frozen_sentences
from RLNResponseLib.report.text.plans import validation_size_sentence
from RLNResponseLib.report.text.sentences import Sentence, printed
from RLNResponseLib.report.text.validation import validation_sentences
from RLNResponseLib.statistics.estimates import Estimate


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "validate",
        help="a score model on a table of other patients",
        description="Discrimination, classification at the cutoff, calibration and usefulness of a score on other "
        "patients.",
    )
    add_cases(parser)
    parser.add_argument("--model", metavar="MODEL", required=True, help="an ID or a model card (.json)")
    parser.add_argument("--against", metavar="MODEL", help="a second score, compared by DeLong's paired test")
    add_clinical(parser, "as it is")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of resampling")
    parser.add_argument(
        "--thresholds",
        metavar=("LOW", "HIGH"),
        nargs=2,
        type=float,
        help="the probabilities from which one might act, for the decision curve; by default those that are predicted",
    )
    parser.add_argument(
        "--allow", metavar="CODE", action="append", default=[], help="let a design error pass; it is printed"
    )
    parser.add_argument(
        "--update",
        choices=("intercept", "slope", "refit", "auto"),
        help="fit the score to these lymph nodes, as another centre's: its intercept, slope or all coefficients; auto: "
        "the least of these that closed testing leaves",
    )
    parser.add_argument("--output", metavar="UPDATED.json", type=Path, help="the card of the updated score")
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw into this folder, SVG, PDF and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run, parser=parser)


def arguments(cases: Path, model: str) -> list[str]:
    """The command line that judges a response score on a study's lymph nodes, as the panel runs it.

    Parameters
    ----------
    cases
        The lymph nodes with known response, as `analysis.cases.write_cases` writes them; the figures go beside it.
    model
        The ID of a published model, or a model card's file.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    return [
        "validate", str(cases), "--model", model, "--outcome", "response", "--group", "patient",
        "--figures", str(cases.with_name("model")),
    ]  # fmt: skip


def run(call: argparse.Namespace) -> None:
    """Validate, draw, print.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        bad-name where the updated card would not end in .json, and what reading, judging and updating refuse.

    """
    if (call.update is None) != (call.output is None):
        call.parser.error("--update and --output go together")
    if call.output and call.output.suffix.lower() != ".json":
        raise DataRefusedError(f"A model card ends in .json, and '{call.output.name}' does not; rename it.", "bad-name")
    if call.figures:
        need("matplotlib")  # before the long work, not after it
    model = find_model(call.model, any_feature=True)
    against = find_model(call.against, any_feature=True) if call.against else None
    for each in (model, against):
        if each is not None:
            refuse_empty(each)
    table, outcome, group = read_cases(call)
    features = _columns(model, against, table)
    cases = case_table(table, outcome, group, features)
    between = tuple(call.thresholds) if call.thresholds else None
    found = validate_model(model, cases, call.allow, against, call.seed, thresholds=between)
    added = _added(call, found, cases)
    written: list[Path] = []
    updated = None
    if call.update:
        updated = update_score(model, cases, call.update)
        write_card(updated_card(updated, call.output.stem, outcome, group), call.output)
        written.append(call.output)
    if call.figures:
        earlier = {
            name: model.development[name]["auc"] for name in ("apparent", "corrected") if name in model.development
        }
        title = f"{model.title}: on {found.validation.n} other lymph nodes"
        figure = performance_figure(found.validation, title, earlier)
        folder = figure_folder(call.figures)
        written += save_figures({"validation": figure}, folder)
        written += _write(found, title, folder)
    plan, no_plan = _plan(model, cases, found)
    if call.json:
        answer = (
            as_json(found) | {"sample_size": _size(plan, no_plan)} | ({"updated": updated.as_json()} if updated else {})
        )
        answer |= added_json(added, "as it is")
        print(json.dumps(answer, indent=2, allow_nan=False))
    else:
        said = [] if added is None else printed(added_value_sentences(added, AS_IT_IS))
        said += ["", *updated.sentences()] if updated else []
        wrote = ["", "Wrote:", *(f"  {path}" for path in written)] if written else []
        size = (
            Sentence(kind="statement", text=no_plan)
            if plan is None
            else validation_size_sentence(plan, found.validation.n)
        )
        *judged, notice = validation_sentences(found)
        lines = printed([*judged, *frozen_sentences(model), size, notice])
        print("\n".join([text_of_lines(lines), *said, *wrote]))


def _plan(model: ScoreModel, cases: CaseTable, found: ScoreValidation) -> tuple[ValidationPlan | None, str]:
    """Lymph nodes that a validation takes, for what was found in this one; or why that cannot be said."""
    log_odds = model.cutoff.sign * found.scores
    observed = LinearPredictor(
        values=log_odds, weights=np.full(len(log_odds), 1 / len(log_odds)), words="log-odds as they are here"
    )
    judged = found.validation
    try:
        return plan_validation(judged.auc.value, judged.events / judged.n, predictor=observed), ""
    except DataRefusedError as refusal:
        return None, f"No sample size: {refusal}"


def _size(plan: ValidationPlan | None, reason: str) -> dict[str, Any]:
    if plan is None:
        return {"reason": reason}
    return {
        "needed": plan.cases,
        "for_auc": plan.for_auc,
        "for_observed_to_expected": plan.for_observed_to_expected,
        "for_slope": plan.for_slope,
    }


def _added(call: argparse.Namespace, found: ScoreValidation, cases: CaseTable) -> AddedValue | DataRefusedError | None:
    """What the score adds to clinical columns of the same lymph nodes, or why that cannot be said; None where nobody
    asked.
    """
    if not call.clinical:
        return None
    clinical, log_odds = clinical_columns(cases.table, call.clinical), found.model.cutoff.sign * found.scores
    try:
        return added_value(clinical.values, clinical.names, log_odds, cases.outcome, cases.patients, call.seed)
    except DataRefusedError as refusal:
        return refusal


def _write(found: ScoreValidation, title: str, folder: Path) -> list[Path]:
    """What tables and plots are made from, by the score's ID: other scores' files stay."""
    figures = folder / f"validation-{found.model.id}.json"
    write_text_atomically(figures, json.dumps(as_json(found), indent=2, allow_nan=False) + "\n")
    plots = write_plots(
        folder / f"validation-{found.model.id}{PLOTS_SUFFIX}", validation_plots(found.validation, title)
    )
    return [figures, plots]


def as_json(validation: ScoreValidation) -> dict[str, Any]:
    """A validation as the command line prints it.

    Parameters
    ----------
    validation
        Of `validate_model`.

    Returns
    -------
    dict
        Plain data, ready for JSON.

    """
    judged, model = validation.validation, validation.model
    classes = judged.classification
    answer: dict[str, Any] = {
        "model": model.id,
        "n": judged.n,
        "events": judged.events,
        "patients": judged.patients if validation.has_patients else None,
        "auc": {"auc": judged.auc.value, **_limits(judged.auc)},
        "auc_by_patient": None
        if judged.auc_by_patient is None
        else {"auc": judged.auc_by_patient.value, **_limits(judged.auc_by_patient)},
        "apparent": model.development.get("apparent"),
        "corrected": model.development.get("corrected"),
        "cutoff": judged.cutoff,
        "frozen": dict(model.frozen) or None,
        **{name: share_as_json(getattr(classes, name)) for name in ("sensitivity", "specificity", "ppv", "npv")},
        "calibration": _calibration(validation),
        "decision_curve": _decision_curve(validation),
        "volume_alone": None,
        "against": None,
        "warnings": [{"code": finding.code, "message": finding.message} for finding in validation.warnings],
        "notice": RESEARCH_USE_ONLY,
    }
    if judged.benchmark is not None:
        answer["volume_alone"] = {
            "auc": judged.benchmark.auc.value,
            **_limits(judged.benchmark.auc),
            "difference": _difference(judged.benchmark.difference),
        }
    if validation.against is not None:
        answer["against"] = {
            "model": validation.against.model.id,
            "difference": _difference(validation.against.difference),
        }
    return answer


def _columns(model: ScoreModel, against: ScoreModel | None, table: Table) -> list[str]:
    """What is read of the table: the features of the scores, and the volume where there is one."""
    models = [model, against] if against else [model]
    wanted = [name for each in models for name in columns_of(each, table) or each.coefficients]
    if not wanted or model.development.get("volume_column"):
        wanted += [name for name in VOLUME_COLUMNS if name in table.columns]
    return list(dict.fromkeys(wanted))


def _calibration(validation: ScoreValidation) -> dict[str, Any]:
    judged = validation.validation.calibration
    if judged is None:
        return {"reason": validation.validation.calibration_reason}
    return {
        "intercept": _estimate(judged.intercept),
        "slope": _estimate(judged.slope),
        "in_the_large": _estimate(judged.in_the_large),
        "observed_over_expected": _estimate(judged.observed_over_expected),
        "brier": judged.brier,
        "scaled_brier": judged.scaled_brier,
        "p": judged.p,
        "eavg": judged.mean_error,
        "e90": judged.error_90,
        "emax": judged.largest_error,
        "predicted": judged.predicted.tolist(),
        "observed": judged.observed.tolist(),
    }


def _decision_curve(validation: ScoreValidation) -> dict[str, Any]:
    curve = validation.validation.decision_curve
    if curve is None:
        return {"threshold": [], "score": [], "everybody": [], "reason": validation.validation.decision_curve_reason}
    return {
        "threshold": curve.thresholds.tolist(),
        "score": curve.model.tolist(),
        "everybody": curve.treat_all.tolist(),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": _finite(estimate.value), **_limits(estimate)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _difference(found: AUCDifference) -> dict[str, Any]:
    defined = math.isfinite(found.z)
    return {**_estimate(found.difference), "z": found.z if defined else None, "p": found.p if defined else None}


def _limits(estimate: Estimate) -> dict[str, Any]:
    return {"lower": _finite(estimate.lower), "upper": _finite(estimate.upper), "interval": estimate.interval}
