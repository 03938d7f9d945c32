"""Kaplan–Meier curves as CSV beside the report, and back as the corners of their steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.array_types import Floats
from RLNResponseLib.errors import DataRefusedError
from RLNResponseLib.study.number_tables import read_table, refuse_missing
from RLNResponseLib.study.tables import csv_text
from RLNResponseLib.survival.kaplan_meier import KaplanMeier

# local-control-published-training-curves.csv: whose score, which lymph nodes.
CURVES_PREFIX, CURVES_SUFFIX = "local-control-", "-curves.csv"
# Okabe and Ito's colours, on the page and in Slicer's plots; each group has its own line style too.
CURVE_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
COLUMNS = ("group", "months", "survival", "lower", "upper")


@dataclass(frozen=True)
class StepCurve:
    """The corners of one curve, (2T − 1,) each: level until the next time, then down."""

    months: Floats
    survival: Floats


def curves_csv(curves: Mapping[str, KaplanMeier]) -> str:
    """Months, survival just after them and its log-log limits, by group, from (0, 1); a limit not defined is empty."""
    rows: list[dict[str, str | float | None]] = []
    for group, curve in curves.items():
        rows.append({"group": group, "months": 0.0, "survival": 1.0, "lower": None, "upper": None})
        steps = zip(curve.months, curve.survival, curve.log_log.lower, curve.log_log.upper, strict=True)
        rows += [
            {
                "group": group,
                "months": float(month),
                "survival": float(value),
                "lower": _or_none(low),
                "upper": _or_none(high),
            }
            for month, value, low, high in steps
        ]
    return csv_text(COLUMNS, (*rows, {**dict.fromkeys(COLUMNS), "group": RESEARCH_USE_ONLY}))


def read_curves(file: Path) -> dict[str, StepCurve]:
    """The curves of a file that `curves_csv` made, by group. Raises DataRefusedError: bad-curves, and what reading refuses."""
    table = read_table(file)
    refuse_missing(table, COLUMNS)
    points: dict[str, list[tuple[float, float]]] = {}
    for line, row in enumerate(table.rows, start=2):
        if not row["months"] and not row["survival"]:
            continue  # the notice
        try:
            point = (float(row["months"]), float(row["survival"]))
        except ValueError:
            raise _refused(file, f"row {line} holds no number") from None
        if not np.isfinite(point).all():
            raise _refused(file, f"row {line} holds no finite number")
        points.setdefault(row["group"], []).append(point)
    if not points:
        raise _refused(file, "it holds no curve")
    return {group: _corners(np.array(each)) for group, each in points.items()}


def _corners(points: Floats) -> StepCurve:
    """Each month twice but the first, each survival twice but the last."""
    return StepCurve(np.repeat(points[:, 0], 2)[1:], np.repeat(points[:, 1], 2)[:-1])


def _refused(file: Path, fault: str) -> DataRefusedError:
    return DataRefusedError(
        f"The curves in '{file.name}' cannot be shown: {fault}; make the report again.", "bad-curves"
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
