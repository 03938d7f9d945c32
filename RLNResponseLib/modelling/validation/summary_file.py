"""A centre's summary read back: refused where it was altered, and where its figures contradict each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.modelling.validation.centre_summary import (
    SCHEMA,
    SCHEMA_BY_LYMPH_NODE,
    CalibrationRound,
    CardName,
    CentreSummary,
    Likelihood,
)
from RLNResponseLib.modelling.validation.centres import MEASURES, CentreFigures, CentreMeasure
from RLNResponseLib.modelling.validation.score_classes import ScoreClasses, ToldClasses, pairs_won
from RLNResponseLib.study.self_verifying import DIGEST, read_whole

_WHAT = "summary of a centre"


def read_summary(path: Path) -> CentreSummary:
    """A centre's summary from its file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    CentreSummary

    Raises
    ------
    DataRefusedError
        not-whole: altered, or no summary; bad-summary, whose figures contradict each other.
    """
    data = read_whole(path, (SCHEMA, SCHEMA_BY_LYMPH_NODE), _WHAT)
    try:
        summary = _summary(data)
    except (KeyError, TypeError, ValueError, IndexError):
        raise _contradiction(path, "a field is missing or is of another kind") from None
    fault = _fault(summary)
    if fault:
        raise _contradiction(path, fault)
    return summary


def _contradiction(path: Path, fault: str) -> DataRefusedError:
    return DataRefusedError(
        f"The summary {path.name} cannot be right: {fault}; ask the centre to export it again.", "bad-summary"
    )


def _summary(data: Mapping[str, Any]) -> CentreSummary:
    classes, beyond, of_likelihood = data["classes"], data["beyond_cutoff"], data["likelihood"]
    return CentreSummary(
        card=CardName(str(data["card"]["id"]), str(data["card"]["sha256"])),
        figures=CentreFigures(
            centre=str(data["centre"]),
            lymph_nodes=int(data["lymph_nodes"]),
            events=int(data["events"]),
            patients=int(data["patients"]),
            measures={
                name: CentreMeasure(*map(float, data["measures"][name]))
                for name in MEASURES
                if name in data["measures"]
            },
            reasons={name: str(data["reasons"][name]) for name in MEASURES if name in data["reasons"]},
            auc=_auc(data),
        ),
        twice_wins=int(data["auc"]["twice_wins"]),
        variance=float(data["auc"]["variance"]),
        expected=float(data["expected"]),
        beyond=None if beyond is None else (int(beyond[0]), int(beyond[1])),
        round=CalibrationRound(
            number=int(data["round"]["number"]),
            intercept=float(data["round"]["intercept"]),
            slope=float(data["round"]["slope"]),
        ),
        likelihood=Likelihood(
            gradient=np.array(of_likelihood["gradient"], dtype=float).reshape(2),
            information=np.array(of_likelihood["information"], dtype=float).reshape(2, 2),
            by_patient=None
            if data["schema"] == SCHEMA_BY_LYMPH_NODE
            else np.array(of_likelihood["by_patient"], dtype=float).reshape(2, 2),
        ),
        classes=ScoreClasses.from_json(classes),
        told=tuple(  # type: ignore[arg-type]
            tuple(ToldClasses(*map(int, each)) for each in classes[name]) for name in ("events", "others")
        ),
        errors_by="lymph node" if data["schema"] == SCHEMA_BY_LYMPH_NODE else "patient",
        digest=str(data[DIGEST]),
    )


def _auc(data: Mapping[str, Any]) -> float:
    pairs = int(data["events"]) * (int(data["lymph_nodes"]) - int(data["events"]))
    return int(data["auc"]["twice_wins"]) / (2 * pairs) if pairs > 0 else math.nan


def _fault(summary: CentreSummary) -> str:
    """What of a summary contradicts the rest; "" where nothing does."""
    figures = summary.figures
    totals = [sum(each.lymph_nodes for each in told) for told in summary.told]
    if not 0 < figures.events < figures.lymph_nodes or not 0 < figures.patients <= figures.lymph_nodes:
        return "its counts of patients, lymph nodes and events do not go together"
    if totals != [figures.events, summary.others]:
        return "its classes do not add up to its lymph nodes"
    if not 0 <= summary.twice_wins <= 2 * summary.pairs:
        return "more pairs are won than there are"
    if summary.beyond and not (0 <= summary.beyond[0] <= figures.events and 0 <= summary.beyond[1] <= summary.others):
        return "more lymph nodes are beyond the cutoff than there are"
    least, most = pairs_won(*summary.told, tie=(0.0, 1.0))
    if not least - 1e-6 <= summary.twice_wins / 2 <= most + 1e-6:
        return "its AUC does not go with its classes"
    if "auc" in figures.measures:
        value = figures.auc
        said = figures.measures["auc"].value
        if not 0 < value < 1 or abs(math.log(value / (1 - value)) - said) > 1e-6:
            return "its two AUC differ"
    return ""
