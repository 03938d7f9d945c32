"""The results that a study's folder holds as tables to be sorted: what the panel shows of agreement and scores."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import refuse_missing
from RLNResponseLib.common.wording import NOT_DEFINED, formatted, limits_words, percent, proper_minus
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.modelling.regressions import regression_name
from RLNResponseLib.modelling.score_model import ScoreModel

_AGREEMENT_COLUMNS = (
    *(f"{kind}_{part}" for kind in ("inter", "intra") for part in ("icc", "lower", "upper")),
    "feature",
    "passes",
    "reason",
)
_MEASURES = (
    ("dice", "Dice", ".3f"),
    ("surface_dice_1mm", "Surface Dice, 1 mm", ".3f"),
    ("surface_dice_2mm", "Surface Dice, 2 mm", ".3f"),
    ("surface_dice_3mm", "Surface Dice, 3 mm", ".3f"),
    ("hd95_mm", "HD95, mm", ".2f"),
    ("added_path_length_mm", "Added path length, mm", ".0f"),
)
_READINGS = {"inter": "between readers", "intra": "re-contouring"}
_SHARES = ("sensitivity", "specificity", "ppv", "npv")


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text
        What is shown.
    order
        What its column is sorted by; None is last, whichever way.
    """

    text: str
    order: float | str | None = None


@dataclass(frozen=True, kw_only=True)
class ResultTable:
    """A table of results.

    Attributes
    ----------
    title
        Short, for a choice among tables.
    headers
        Of the columns.
    rows
        Each with a cell a column.
    wide
        The columns that share what is left of the width.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    wide: tuple[int, ...] = (0,)


def sorted_rows(table: ResultTable, column: int, *, descending: bool = False) -> tuple[tuple[Cell, ...], ...]:
    """The rows of a table by a column: numbers as numbers, and what is not defined last.

    Parameters
    ----------
    table
        The table.
    column
        Number of the column.
    descending
        The largest first.

    Returns
    -------
    tuple
        The rows; equal ones stay in the table's order.

    Examples
    --------
    >>> rows = tuple((Cell(text, order),) for text, order in (("–", None), ("10.0", 10.0), ("9.5", 9.5)))
    >>> table = ResultTable(title="", headers=("ICC",), rows=rows)
    >>> [row[0].text for row in sorted_rows(table, 0, descending=True)]
    ['10.0', '9.5', '–']
    """
    known = [row for row in table.rows if row[column].order is not None]
    unknown = [row for row in table.rows if row[column].order is None]
    return (*sorted(known, key=lambda row: row[column].order, reverse=descending), *unknown)  # type: ignore[arg-type, return-value]


def agreement_tables(results: Path) -> tuple[ResultTable, ...]:
    """The features, the scores between readers and the contours' overlap, as `rlnresponse agreement` wrote them.

    Parameters
    ----------
    results
        The folder of a study's results.

    Returns
    -------
    tuple of ResultTable
        None where the readers were not compared.

    Raises
    ------
    DataRefusedError
        missing-column, bad-result, and what reading refuses.
    """
    features, found = results / "agreement.csv", results / "agreement.json"
    tables = []
    if features.is_file():
        table = read_table(features)
        refuse_missing(table, _AGREEMENT_COLUMNS)
        tables.append(_features(table.rows))
    if found.is_file():
        content = _json(found)
        try:
            tables += [_score_agreement(content), *_overlaps(content)]
        except (KeyError, TypeError, AttributeError):
            raise _bad(found) from None
    return tuple(each for each in tables if each.rows)


def score_tables(results: Path, models: Iterable[ScoreModel]) -> tuple[ResultTable, ...]:
    """The score models of a study, and each one's figures on its lymph nodes where it was judged.

    Parameters
    ----------
    results
        The folder of a study's results.
    models
        The published ones and the study's own.

    Returns
    -------
    tuple of ResultTable

    Raises
    ------
    DataRefusedError
        bad-result.
    """
    known = tuple(models)
    judged = []
    for file in sorted((results / "model").glob("validation-*.json")):
        if file.name.endswith(".plots.json"):
            continue
        try:
            judged.append(_judged_cells(_json(file)))
        except (KeyError, TypeError, AttributeError):
            raise _bad(file) from None
    headers = ("Score", "Lymph nodes", "With outcome", "AUC", "Sensitivity", "Specificity", "PPV", "NPV", "Slope")
    tables = (
        _models(known),
        ResultTable(title="Judged on this study", headers=headers, rows=tuple(judged)),
        *(_coefficients(model) for model in known),
    )
    return tuple(each for each in tables if each.rows)


def _features(rows: Sequence[Mapping[str, str]]) -> ResultTable:
    return ResultTable(
        title="Features",
        headers=("Feature", "Inter", "Intra (re-contoured)", "Passes", "Why not"),
        rows=tuple(
            (
                _text(row["feature"].removeprefix("original_").replace("_", " ")),
                *(
                    _limits(_number(row[f"{kind}_icc"]), _number(row[f"{kind}_lower"]), _number(row[f"{kind}_upper"]))
                    for kind in ("inter", "intra")
                ),
                Cell("✓", 0.0) if row["passes"] == "yes" else Cell("✗", 1.0),
                _text(row["reason"]),
            )
            for row in rows
        ),
        wide=(0, 4),
    )


def _score_agreement(content: Mapping[str, Any]) -> ResultTable:
    rows = []
    titles = {model.id: model.title for model in published_models()}
    for model in content["scores"]:
        for kind in _READINGS:
            found = model[kind]
            if found is not None:
                rate, bounds = found["flip_rate"], found["limits_of_agreement"]
                rows.append(
                    (
                        _text(titles.get(model["model"], model["model"])),
                        _text(_READINGS[kind]),
                        _limits(found["icc"], found["lower"], found["upper"]),
                        _limits(bounds["bias"], bounds["lower"], bounds["upper"]),
                        _share(rate),
                        _value(found["kappa"]["value"], ".2f"),
                    )
                )
    headers = ("Score", "Readings", "ICC", "Bias, limits of agreement", "Another group", "Kappa")
    return ResultTable(title="Scores", headers=headers, rows=tuple(rows))


def _overlaps(content: Mapping[str, Any]) -> list[ResultTable]:
    tables = []
    for kind, overlap in content.get("overlap", {}).items():
        rows = tuple(
            (_text(name), *(_value(measures[measure], form) for measure, _title, form in _MEASURES))
            for name, measures in overlap["lymph_nodes"].items()
        )
        headers = ("Lymph node", *(title for _measure, title, _form in _MEASURES))
        tables.append(ResultTable(title=f"Contours, {_READINGS[kind]}", headers=headers, rows=rows))
    return tables


def _models(models: Sequence[ScoreModel]) -> ResultTable:
    return ResultTable(
        title="Score models",
        headers=("Score", "Regression", "Features", "Cutoff", "Apparent AUC", "Corrected AUC"),
        rows=tuple(
            (
                _text(model.id),
                _text(regression_name(model.development) or "as published"),
                _value(len(model.coefficients), ".0f"),
                _value(model.cutoff.value),
                *(_auc(model.development.get(which)) for which in ("apparent", "corrected")),
            )
            for model in models
        ),
    )


def _coefficients(model: ScoreModel) -> ResultTable:
    return ResultTable(
        title=f"{model.id}: formula",
        headers=("Feature", "Coefficient"),
        rows=tuple(
            (_text(name.removeprefix("original_").replace("_", " ")), _value(value, ".6g"))
            for name, value in (("intercept", model.intercept), *model.coefficients.items())
        ),
    )


def _judged_cells(content: Mapping[str, Any]) -> tuple[Cell, ...]:
    slope = content["calibration"].get("slope") or {"value": None, "lower": None, "upper": None}
    return (
        _text(content["model"]),
        _value(content["n"], ".0f"),
        _value(content["events"], ".0f"),
        _auc(content["auc"]),
        *(_share(content[name]) for name in _SHARES),
        _limits(slope["value"], slope["lower"], slope["upper"]),
    )


def _auc(found: Mapping[str, Any] | None) -> Cell:
    return Cell(NOT_DEFINED) if found is None else _limits(found["auc"], found["lower"], found["upper"], ".3f")


def _text(text: str) -> Cell:
    return Cell(text, text.casefold() or None)


def _value(value: float | None, form: str = ".3f") -> Cell:
    number = math.nan if value is None else float(value)
    return Cell(proper_minus(formatted(number, form)), number if math.isfinite(number) else None)


def _limits(value: float | None, lower: float | None, upper: float | None, form: str = ".2f") -> Cell:
    cell = _value(value, form)
    if cell.order is None:
        return cell
    low, high = (math.nan if limit is None else float(limit) for limit in (lower, upper))
    words = limits_words(low, high, form)
    return Cell(f"{cell.text}\n{proper_minus(words)}" if words else cell.text, cell.order)


def _share(found: Mapping[str, Any]) -> Cell:
    if not found["of"]:
        return Cell(NOT_DEFINED)
    share = found["count"] / found["of"]
    return Cell(f"{percent(found['count'], found['of'])}\n{found['count']} of {found['of']}", share)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _bad(file) from None
    if not isinstance(content, dict):
        raise _bad(file)
    return content


def _bad(file: Path) -> DataRefusedError:
    return DataRefusedError(
        f"{file.name} does not hold what RLNResponse writes there; run the command again that makes it.", "bad-result"
    )
