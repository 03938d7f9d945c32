"""What `rlnresponse fit` gives to programs: its JSON, and the instability of each lymph node as CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.modelling.fitting.case_table import LYMPH_NODE
from RLNResponseLib.modelling.fitting.compare import Compared
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.fitted_card import performance, redundancy_json, strength_json
from RLNResponseLib.modelling.fitting.probabilities import probabilities, recalibrated


def as_json(fit: Fit) -> dict[str, Any]:
    """A fit as the command line prints it.

    Parameters
    ----------
    fit
        Of `fit`.

    Returns
    -------
    dict
        Plain data, ready for JSON.

    """
    instability, sample = fit.corrected.instability, fit.sample
    answer: dict[str, Any] = {
        "penalty": fit.options.recipe.penalty,
        "intercept": fit.score.intercept,
        "coefficients": fit.coefficients,
        **strength_json(fit),
        **_curve(fit),
        "features": fit.flow,
        "redundancy": redundancy_json(fit),
        **performance(fit),
        "probabilities": probabilities(fit),
        "relaxed": fit.options.recipe.relax,
        "recalibrated": _recalibrated(fit),
        "combat": _combat(fit),
        "cutoff": fit.score.cutoff,
        "cutoff_range": [fit.cutoff.cutoff.lower, fit.cutoff.cutoff.upper],
        "sentence": fit.corrected.sentence(),
        "kept": [name for name, kept in zip(fit.names, fit.score.kept, strict=True) if kept],
        "selection_frequency": dict(zip(fit.names, instability.selection.tolist(), strict=True)),
        "instability": {
            "mean_probability_change": instability.average_change,
            "mean_group_change": float(instability.group_change.mean()),
            "mean_classification_instability": float(instability.classification.mean()),
        },
        "sample_size": None
        if sample is None
        else {"needed": sample.needed, "events": sample.events, "available": sample.available},
        "left_out": [{"column": each.name, "reason": each.reason} for each in fit.table.left_out],
        "warnings": [{"code": finding.code, "message": finding.message} for finding in fit.warnings],
        "notice": RESEARCH_USE_ONLY,
    }
    if fit.as_published is not None:
        published = fit.as_published
        assert published.score.cross_validation is not None
        answer["as_published"] = {
            "lambda": published.score.strength,
            "folds": min(published.score.cross_validation.folds),
            "features": int(published.score.selected.sum()),
            "apparent": {"auc": published.auc.value, "lower": published.auc.lower, "upper": published.auc.upper},
        }
    return answer


def _curve(fit: Fit) -> dict[str, Any]:
    """The curve that chose λ; nothing where the penalty has none."""
    found = fit.score.cross_validation
    if found is None:
        return {}
    return {
        "lambda_min": found.lambda_min,
        "lambda_1se": found.lambda_1se,
        "cv": {"lambda": found.path.lambdas.tolist(), found.measure: found.mean.tolist(), "se": found.se.tolist()},
    }


def compared_json(compared: Sequence[Compared]) -> dict[str, Any]:
    """The three regressions, by name.

    Parameters
    ----------
    compared
        Of `compare`; empty where nobody asked.

    Returns
    -------
    dict
        "compared", or nothing.

    """
    if not compared:
        return {}
    return {
        "compared": {
            each.penalty: {"reason": each.reason}
            if each.corrected is None
            else {
                "features": each.features,
                "auc": each.corrected.auc.value,
                "lower": each.corrected.auc.lower,
                "upper": each.corrected.auc.upper,
                "apparent": {name: _number(figure.apparent) for name, figure in each.corrected.figures.items()},
                "corrected": {name: _number(figure.corrected) for name, figure in each.corrected.figures.items()},
            }
            for each in compared
        }
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _combat(fit: Fit) -> dict[str, Any] | None:
    centres = fit.options.centres
    if centres is None:
        return None
    sizes = np.bincount(centres.codes, minlength=len(centres.names)).tolist()
    return {"column": centres.column, "lymph_nodes": dict(zip(centres.names, sizes, strict=True))}


def _recalibrated(fit: Fit) -> dict[str, Any] | None:
    again = fit.recalibration
    if again is None:
        return None
    return {
        "method": "cross-validated slope",
        "slope": again.slope,
        **recalibrated(fit),
        "cutoff": again.of(fit.score.cutoff),
    }


def write_instability(fit: Fit, path: Path) -> None:
    """One row a lymph node, as the table has them.

    Parameters
    ----------
    fit
        The fitted score.
    path
        Of the CSV.

    """
    found, table = fit.corrected.instability, fit.table.table
    names = [name for name in (LYMPH_NODE,) if name in table.columns]
    figures = {
        "probability": found.probability,
        "lower": found.lower,
        "upper": found.upper,
        "mape": found.mean_change,
        "classification_instability": found.classification,
        "group_change": found.group_change,
    }
    rows: list[dict[str, str | float | int | None]] = [
        {
            "row": table.row_number(line),
            **{name: table.rows[line][name] for name in names},
            **{name: float(values[line]) for name, values in figures.items()},
        }
        for line in range(len(table.rows))
    ]
    notice = {**dict.fromkeys(("row", *names, *figures)), "row": RESEARCH_USE_ONLY}
    write_text_atomically(path, csv_text(("row", *names, *figures), [*rows, notice]))
