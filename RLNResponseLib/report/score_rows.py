"""Scores of several segments as one table: for the clipboard, a CSV file, and the panel's rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.live_scores import LiveScore
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.study.tables import csv_text

Cell = str | float | None


def score_columns(models: Sequence[ScoreModel]) -> tuple[str, ...]:
    """The table's columns: five for each model, named by its ID."""
    of_models = (
        f"{model.id}_{part}" for model in models for part in ("score", "probability", "cutoff", "group", "withheld")
    )
    return ("segment", "volume_mm3", *of_models, "warnings", "refused", "notice")


def score_rows(scores: Iterable[LiveScore], models: Sequence[ScoreModel]) -> list[dict[str, Cell]]:
    """One row a segment. A segment without a score says why under "refused"; its numbers stay empty."""
    rows = []
    for live in scores:
        row: dict[str, Cell] = dict.fromkeys(score_columns(models))
        row |= {"segment": live.name, "refused": live.refusal or None, "notice": RESEARCH_USE_ONLY}
        if live.result is not None:
            row |= {
                "volume_mm3": live.result.volume_mm3,
                "warnings": " ".join(finding.message for finding in live.result.warnings) or None,
                "notice": live.result.notice,
            }
            for score in live.result.scores:
                name = score.model.id
                row[f"{name}_score"] = score.score
                row[f"{name}_probability"] = score.probability
                row[f"{name}_cutoff"] = score.model.cutoff.value
                row[f"{name}_group"] = score.group
                row[f"{name}_withheld"] = score.withheld
        rows.append(row)
    return rows


def score_csv(scores: Iterable[LiveScore], models: Sequence[ScoreModel]) -> str:
    """The table as CSV, numbers with every digit."""
    return csv_text(score_columns(models), score_rows(scores, models))


def score_tsv(scores: Iterable[LiveScore], models: Sequence[ScoreModel]) -> str:
    """The table for the clipboard: tab-separated, as spreadsheets paste it; text never begins a formula."""
    columns = score_columns(models)
    lines = ["\t".join(columns)]
    for row in score_rows(scores, models):
        lines.append("\t".join(_pasted(row[column]) for column in columns))
    return "\n".join(lines) + "\n"


def _pasted(cell: Cell) -> str:
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return repr(cell)
    text = " ".join(cell.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
