"""`rlnresponse validate`: a score model on other patients."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.model_agreement import as_json as share_as_json
from RLNResponseLib.commands.options import figure_folder, save_figures
from RLNResponseLib.commands.table_options import add_table_options, read_named_table
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.tables import Table
from RLNResponseLib.modelling.fitting.case_table import case_table
from RLNResponseLib.modelling.fitting.fit import VOLUME_COLUMNS
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.score_validation import ScoreValidation, validate_model
from RLNResponseLib.modelling.table_score import columns_of, refuse_empty
from RLNResponseLib.modelling.validation.roc import AUCDifference
from RLNResponseLib.report.figures.models import performance_figure
from RLNResponseLib.report.text.models import validation_text
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
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV, XLSX or Parquet, one row a lymph node")
    parser.add_argument("--model", metavar="MODEL", required=True, help="an ID or a model card (.json)")
    parser.add_argument("--outcome", metavar="COLUMN", required=True, help="1/0, yes/no or true/false")
    parser.add_argument("--group", metavar="COLUMN", help="the patient; every row is one where it is not named")
    parser.add_argument("--against", metavar="MODEL", help="a second score, compared by DeLong's paired test")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of resampling")
    parser.add_argument(
        "--allow", metavar="CODE", action="append", default=[], help="let a design error pass; it is printed"
    )
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw into this folder, SVG and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run)


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

    """
    if call.figures:
        need("matplotlib")  # before the long work, not after it
    model = find_model(call.model, any_feature=True)
    against = find_model(call.against, any_feature=True) if call.against else None
    for each in (model, against):
        if each is not None:
            refuse_empty(each)
    table = read_named_table(call, call.table)
    features = _columns(model, against, table)
    found = validate_model(model, case_table(table, call.outcome, call.group, features), call.allow, against, call.seed)
    written = []
    if call.figures:
        earlier = {
            name: model.development[name]["auc"] for name in ("apparent", "corrected") if name in model.development
        }
        title = f"{model.title}: on {found.validation.n} other lymph nodes"
        figure = performance_figure(found.validation, title, earlier)
        written = save_figures({"validation": figure}, figure_folder(call.figures))
    if call.json:
        print(json.dumps(as_json(found), indent=2, allow_nan=False))
    else:
        print(
            "\n".join(
                [validation_text(found), *(["", "Wrote:"] if written else []), *(f"  {path}" for path in written)]
            )
        )


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
        **{name: share_as_json(getattr(classes, name)) for name in ("sensitivity", "specificity", "ppv", "npv")},
        "calibration": _calibration(validation),
        "decision_curve": {
            "threshold": judged.decision_curve.thresholds.tolist(),
            "score": judged.decision_curve.model.tolist(),
            "everybody": judged.decision_curve.treat_all.tolist(),
        },
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
        "brier": judged.brier,
        "predicted": judged.predicted.tolist(),
        "observed": judged.observed.tolist(),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, **_limits(estimate)}


def _difference(found: AUCDifference) -> dict[str, Any]:
    defined = math.isfinite(found.z)
    return {**_estimate(found.difference), "z": found.z if defined else None, "p": found.p if defined else None}


def _limits(estimate: Estimate) -> dict[str, Any]:
    return {"lower": estimate.lower, "upper": estimate.upper, "interval": estimate.interval}
