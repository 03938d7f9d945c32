"""The lines of a result as data beside its picture: what a plot view draws, written by the command that computed it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RLNResponseLib.analysis.survival import curves_title, read_curves
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.tables import refuse_missing
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.fitting.fit import Fit
from RLNResponseLib.modelling.fitting.path import PenalisedPath
from RLNResponseLib.modelling.regressions import REGRESSIONS
from RLNResponseLib.modelling.validation.validation import Validation
from RLNResponseLib.study.protocol import IccRule

PLOTS_SUFFIX = ".plots.json"
SCHEMA = "rlnresponse-plots/1"
# A little more than the largest share, so that a curve at 1 is not on the frame.
SHARE = (0.0, 1.02)
_UNITY = (np.array([0.0, 1.0]), np.array([0.0, 1.0]))


@dataclass(frozen=True, kw_only=True)
class PlotLine:
    """One line of a plot.

    Attributes
    ----------
    name
        In the legend.
    x, y
        (N,), joined by straight lines in their order.
    has_points
        Whether each of them is marked.
    """

    name: str
    x: Floats
    y: Floats
    has_points: bool = False


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Lines in one pair of axes.

    Attributes
    ----------
    title
        Of what.
    x_title, y_title
        Of the axes.
    lines
        From the first drawn to the last.
    y_range
        Of the y axis; None where the lines say it.
    """

    title: str
    x_title: str
    y_title: str
    lines: tuple[PlotLine, ...]
    y_range: tuple[float, float] | None = None

    def as_json(self) -> dict[str, Any]:
        """As `write_plots` writes it."""
        return {
            "title": self.title,
            "x_title": self.x_title,
            "y_title": self.y_title,
            "y_range": None if self.y_range is None else list(self.y_range),
            "lines": [
                {"name": line.name, "x": line.x.tolist(), "y": line.y.tolist(), "has_points": line.has_points}
                for line in self.lines
            ],
        }


def validation_plots(validation: Validation, what: str) -> tuple[Plot, ...]:
    """ROC, calibration and decision curve, each where it is defined.

    Parameters
    ----------
    validation
        The figures of a score on cases.
    what
        Of which score on which cases, for the titles.

    Returns
    -------
    tuple of Plot
    """
    false_positive = 1 - validation.curve.specificity
    order = np.lexsort((validation.curve.sensitivity, false_positive))
    x, y = _steps(false_positive[order], validation.curve.sensitivity[order])
    at_cutoff = validation.classification
    cutoff = _line(
        f"cutoff {validation.cutoff:.3g}",
        np.array([1 - at_cutoff.specificity.value]),
        np.array([at_cutoff.sensitivity.value]),
        has_points=True,
    )
    roc = _line(f"AUC {validation.auc.value:.3f}", x, y)
    lines = (_unity("no discrimination"), roc, *([cutoff] if cutoff.x.size else []))
    plots = [Plot(title=f"ROC: {what}", x_title="1 − specificity", y_title="sensitivity", lines=lines, y_range=SHARE)]
    calibration = validation.calibration
    if calibration is not None:
        observed = _line("observed", calibration.predicted, calibration.observed)
        plots.append(
            Plot(
                title=f"Calibration: {what}",
                x_title="predicted probability",
                y_title="observed share",
                lines=(_unity("as predicted"), observed),
                y_range=SHARE,
            )
        )
    curve = validation.decision_curve
    if curve is not None and len(curve.thresholds):
        plots.append(
            Plot(
                title=f"Decision curve: {what}",
                x_title="threshold probability",
                y_title="net benefit",
                lines=(
                    PlotLine(name="by the score", x=curve.thresholds, y=curve.model),
                    PlotLine(name="everybody", x=curve.thresholds, y=curve.treat_all),
                    PlotLine(name="nobody", x=curve.thresholds, y=np.zeros(len(curve.thresholds))),
                ),
            )
        )
    return tuple(plots)


def fit_plots(fit: Fit) -> tuple[Plot, ...]:
    """How λ was chosen, the coefficients of the features that were taken along it, and the apparent figures.

    Parameters
    ----------
    fit
        The fitted score.

    Returns
    -------
    tuple of Plot
    """
    plots = _cross_validated(fit)
    return (*plots, *validation_plots(fit.apparent, "on the lymph nodes that made the score"))


def curves_plot(file: Path) -> Plot:
    """Local control by group, as the report wrote it.

    Parameters
    ----------
    file
        A CSV that `analysis.survival.curves_csv` wrote.

    Returns
    -------
    Plot

    Raises
    ------
    DataRefusedError
        bad-curves, and what reading refuses.
    """
    lines = tuple(PlotLine(name=name, x=curve.months, y=curve.survival) for name, curve in read_curves(file).items())
    return Plot(
        title=f"Local control: {curves_title(file)}",
        x_title="Months",
        y_title="Without recurrence",
        lines=lines,
        y_range=SHARE,
    )


def icc_plots(file: Path, rule: IccRule) -> tuple[Plot, ...]:
    """The ICC of every feature from the highest to the lowest, with its limits and the threshold.

    Parameters
    ----------
    file
        The table that `rlnresponse agreement` wrote of a study.
    rule
        The study's.

    Returns
    -------
    tuple of Plot
        Inter and intra, each where some feature has one.

    Raises
    ------
    DataRefusedError
        missing-column, and what reading refuses.
    """
    table = read_table(file)
    plots = []
    for kind, title in (("inter", "between readers"), ("intra", "of one reader's re-contouring")):
        names = [f"{kind}_{part}" for part in ("icc", "lower", "upper")]
        refuse_missing(table, names)
        figures = np.array([[float(row[name] or "nan") for name in names] for row in table.rows]).reshape(-1, 3)
        figures = figures[np.isfinite(figures[:, 0])]
        if not len(figures):
            continue
        estimate, lower, upper = figures[np.argsort(-figures[:, 0], kind="stable")].T
        place = np.arange(1.0, len(estimate) + 1)
        ends = np.array([0.5, len(estimate) + 0.5])
        lines = (
            _line(rule.form, place, estimate, has_points=True),
            _line("its upper limit", place, upper),
            _line("its lower limit", place, lower),
            _line(f"threshold {rule.threshold:g}", ends, np.full(2, rule.threshold)),
        )
        plots.append(
            Plot(
                title=f"ICC of the features, {title}",
                x_title="features, from the highest ICC",
                y_title=rule.form,
                lines=tuple(line for line in lines if line.x.size),
            )
        )
    return tuple(plots)


def write_plots(path: Path, plots: Sequence[Plot]) -> Path:
    """Write plots beside the pictures of them.

    Parameters
    ----------
    path
        Of the file; ends in PLOTS_SUFFIX.
    plots
        One or more.

    Returns
    -------
    Path
        The same path.
    """
    content = {"schema": SCHEMA, "plots": [plot.as_json() for plot in plots]}
    write_text_atomically(path, json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n")
    return path


def read_plots(path: Path) -> tuple[Plot, ...]:
    """The plots of a file that `write_plots` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple of Plot

    Raises
    ------
    DataRefusedError
        bad-plots.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            raise ValueError(content["schema"])
        plots = tuple(_plot(one) for one in content["plots"])
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError):
        raise DataRefusedError(
            f"{path.name} does not hold plots as RLNResponse writes them; run the command again that makes it.",
            "bad-plots",
        ) from None
    return plots


def _plot(content: dict[str, Any]) -> Plot:
    lines = tuple(
        PlotLine(name=str(line["name"]), x=_numbers(line["x"]), y=_numbers(line["y"]), has_points=line["has_points"])
        for line in content["lines"]
    )
    if not lines or any(line.x.shape != line.y.shape or not line.x.size for line in lines):
        raise ValueError("lines")
    y_range = content["y_range"]
    return Plot(
        title=str(content["title"]),
        x_title=str(content["x_title"]),
        y_title=str(content["y_title"]),
        lines=lines,
        y_range=None if y_range is None else (float(y_range[0]), float(y_range[1])),
    )


def _numbers(values: list[float]) -> Floats:
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
        raise ValueError("numbers")
    return np.array(values, dtype=np.float64)


def _cross_validated(fit: Fit) -> list[Plot]:
    """Nothing where the penalty has no λ."""
    found = fit.score.cross_validation
    if found is None:
        return []
    name = "AUC" if found.measure == "auc" else "deviance"
    log_lambda = np.log(found.path.lambdas)
    curve = _line(f"{name}, mean over the folds", log_lambda, found.mean, has_points=True)
    errors = (_line(f"{sign} SE", log_lambda, found.mean + by * found.se) for sign, by in (("+", 1), ("−", -1)))
    ends = np.array([np.nanmin(found.mean), 1.0 if found.measure == "auc" else np.nanmax(found.mean)])
    marks = (
        _line(f"λ.{rule}", np.full(2, np.log(value)), ends)
        for rule, value in (("min", found.lambda_min), ("1se", found.lambda_1se))
    )
    what = REGRESSIONS[fit.options.recipe.penalty].name.removesuffix(" logistic regression")
    what = what[:1].upper() + what[1:]
    return [
        Plot(
            title=f"{what}: cross-validated {name}",
            x_title="log λ",
            y_title=name,
            lines=(curve, *errors, *marks),
        ),
        *_coefficient_path(fit, found.path, log_lambda, what),
    ]


def _coefficient_path(fit: Fit, path: PenalisedPath, log_lambda: Floats, what: str) -> list[Plot]:
    kept = np.flatnonzero(fit.score.kept)
    coefficients = path.coefficients * fit.features[:, kept].std(axis=0)
    lines = tuple(
        PlotLine(name=fit.names[kept[column]].removeprefix("original_"), x=log_lambda, y=coefficients[:, column])
        for column in np.flatnonzero(fit.score.coefficients[kept] != 0)
    )
    if not lines:
        return []
    title = f"{what}: coefficients of the features that were taken"
    return [Plot(title=title, x_title="log λ", y_title="coefficient · SD of the feature", lines=lines)]


def _line(name: str, x: Floats, y: Floats, *, has_points: bool = False) -> PlotLine:
    """What is not defined is not drawn."""
    finite = np.isfinite(x) & np.isfinite(y)
    return PlotLine(name=name, x=x[finite], y=y[finite], has_points=has_points)


def _unity(name: str) -> PlotLine:
    return PlotLine(name=name, x=_UNITY[0], y=_UNITY[1])


def _steps(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The corners of a step line that goes right first, then up."""
    corners_x, corners_y = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
    return corners_x, corners_y
