"""`rlnresponse fit`: a LASSO-logistic score from a table, with its correction, as a model card."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from RLNResponseLib.agreement.icc import FORMS
from RLNResponseLib.agreement.readings import reading_table
from RLNResponseLib.analysis.cases import feature_table
from RLNResponseLib.analysis.plots import PLOTS_SUFFIX, fit_plots, write_plots
from RLNResponseLib.commands.options import add_icc_rule, figure_folder, icc_rule, progress_bar, save_figures
from RLNResponseLib.commands.table_options import (
    add_features,
    add_table_options,
    read_named_table,
    say_notes,
    table_options,
)
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.cells import number_in
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.features.settings_file import FileSettings, read_settings
from RLNResponseLib.features.wanted import all_features
from RLNResponseLib.modelling.fitting.case_table import CaseTable, case_table, icc_filter_sentence, ratings_of
from RLNResponseLib.modelling.fitting.centres import centres_of
from RLNResponseLib.modelling.fitting.development import ReaderRatings, Recipe
from RLNResponseLib.modelling.fitting.fit import Fit, FitOptions, fit
from RLNResponseLib.modelling.fitting.fitted_card import (
    CardTexts,
    fitted_card,
    performance,
    refuse_other_settings,
    write_card,
)
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.modelling.fitting.probabilities import probabilities, recalibrated
from RLNResponseLib.modelling.fitting.recipes import default_recipe, published_recipe
from RLNResponseLib.report.figures.harmonisation import combat_figure
from RLNResponseLib.report.figures.models import performance_figure, selection_figure
from RLNResponseLib.report.text.models import fit_text
from RLNResponseLib.study.study import Study


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "fit",
        help="a score model from a table",
        description="LASSO logistic regression with cross-validated AUC, and what to expect of it on new patients.",
    )
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV, XLSX or Parquet, one row a lymph node")
    parser.add_argument("--outcome", metavar="COLUMN", required=True, help="1/0, yes/no or true/false")
    parser.add_argument(
        "--group", metavar="COLUMN", required=True, help="the patient: lymph nodes of one stay together"
    )
    add_features(parser)
    parser.add_argument(
        "--settings",
        metavar="FILE",
        type=Path,
        help="what the features were extracted with: a study, its study.toml or pyradiomics' parameter file; their "
        "features are then the default, and the card states the settings",
    )
    parser.add_argument("--foldid", metavar="COLUMN", help="given fold numbers, in place of dealt ones")
    parser.add_argument("--folds", metavar="K", type=int, help="10, or fewer where a fold would hold under ten")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of dealing folds and resampling")
    parser.add_argument("--rule", choices=("1se", "min"), default="1se", help="which λ is taken")
    parser.add_argument("--resamples", metavar="B", type=int, default=CORRECTION_RESAMPLES, help="for the correction")
    parser.add_argument(
        "--readings",
        metavar="FILE",
        type=Path,
        help="table of readings (see agreement): the ICC filter, repeated in every resample",
    )
    add_icc_rule(parser, FORMS)
    parser.add_argument(
        "--as-published", action="store_true", help="folds deal lymph nodes, once, as the paper: ten, or five under 100"
    )
    parser.add_argument(
        "--relax", action="store_true", help="fit the selected features again without the penalty (relaxed LASSO)"
    )
    parser.add_argument(
        "--recalibrate",
        choices=("slope",),
        help="the card's formula is the score times its cross-validated calibration slope: its probabilities come true",
    )
    parser.add_argument(
        "--combat",
        metavar="COLUMN",
        help="the centre (site, scanner): features are harmonised by ComBat, whose parameters go onto the card",
    )
    parser.add_argument(
        "--allow", metavar="CODE", action="append", default=[], help="let a design error pass; it is printed"
    )
    parser.add_argument("--title", default=None, help="of the score, for the card")
    parser.add_argument("--output", metavar="MODEL.json", type=Path, required=True, help="the model card")
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw into this folder, SVG and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run)


def arguments(study: Study, cases: Path) -> list[str]:
    """The command line that fits the response score of a study, as the panel runs it.

    The ICC filter is the study's own: its readings, and the rule of its protocol. Card and figures go beside `cases`.

    Parameters
    ----------
    study
        Unblinded and extracted.
    cases
        The training set's lymph nodes with known response, as `analysis.cases.write_cases` writes them.

    Returns
    -------
    list[str]
        From the command's name on.

    Raises
    ------
    DataRefusedError
        not-extracted.

    """
    rule = study.protocol.icc_rule()
    return [
        "fit", str(cases), "--outcome", "response", "--group", "patient",
        "--settings", str(study.folder),
        "--readings", str(feature_table(study)),
        "--form", rule.form, "--threshold", str(rule.threshold), "--on", rule.on,
        "--title", "Rad-score of this study",
        "--output", str(cases.with_name("fitted-response.json")), "--figures", str(cases.with_name("model")),
    ]  # fmt: skip


def run(call: argparse.Namespace) -> None:
    """Fit, write the card and the figures, print.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        bad-name where the card would not end in .json, and what reading and fitting refuse.

    """
    if call.output.suffix.lower() != ".json":
        raise DataRefusedError(f"A model card ends in .json, and '{call.output.name}' does not; rename it.", "bad-name")
    if call.figures:
        need("matplotlib")  # before the long work, not after it
    said = None if call.settings is None else read_settings(call.settings)
    table = case_table(
        read_named_table(call, call.table),
        call.outcome,
        call.group,
        call.features if said is None or call.features else _features(said),
        {
            **({call.foldid: "fold numbers"} if call.foldid else {}),
            **({call.combat: "the centre"} if call.combat else {}),
        },
        call.exclude,
    )
    settings = None if said is None else said.settings
    refuse_other_settings(table, settings)  # before the long work, not after it
    recipe = replace(_recipe(call, len(table.outcome)), rule=call.rule, icc=icc_rule(call), relax=call.relax)
    given = _foldid(table, call.foldid) if call.foldid else None
    if given is not None:
        recipe = replace(recipe, folds=len(np.unique(given)))
    options = FitOptions(
        recipe=recipe,
        foldid=given,
        resamples=_resamples(call.resamples),
        seed=call.seed,
        overrides=tuple(call.allow),
        recalibrate=call.recalibrate is not None,
        centres=centres_of(table, call.combat) if call.combat else None,
    )
    ratings, icc_patients, icc_filter = _ratings(call, table)
    found = fit(table, options, ratings, progress_bar)
    card = fitted_card(
        found,
        CardTexts(
            title=call.title or f"Score for {call.outcome}",
            outcome=call.outcome,
            group=call.group,
            icc_patients=icc_patients,
        ),
        call.output.stem,
        settings,
    )
    write_card(card, call.output)
    written = [call.output, *_draw(found, call.figures)]
    if call.json:
        print(json.dumps({**as_json(found), **icc_filter}, indent=2, allow_nan=False))
    else:
        print("\n".join([fit_text(found), *icc_filter.values(), "", "Wrote:", *(f"  {path}" for path in written)]))


def _features(said: FileSettings) -> list[str]:
    """What the settings give: the columns of other settings that a score model needed are none of theirs."""
    return list(all_features(said.settings) if said.features is None else said.features)


def _recipe(call: argparse.Namespace, cases: int) -> Recipe:
    if not call.as_published:
        return default_recipe(cases, call.folds)
    published = published_recipe(cases)
    return published if call.folds is None else replace(published, folds=call.folds)


def _ratings(
    call: argparse.Namespace, table: CaseTable
) -> tuple[ReaderRatings | None, tuple[str, ...], dict[str, str]]:
    """The readings of the ICC filter, whose they are, and what it rests on."""
    if not call.readings:
        return None, (), {}
    # --sheet is of TABLE.
    read = read_table(call.readings, replace(table_options(call), sheet=None))
    say_notes(read)
    readings = reading_table(read, table.names)
    ratings, patients = ratings_of(readings, table)
    return ratings, patients, {"icc_filter": icc_filter_sentence(ratings, readings, table)}


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
    path = fit.score.cross_validation.path
    instability, sample = fit.corrected.instability, fit.sample
    answer: dict[str, Any] = {
        "intercept": fit.score.intercept,
        "coefficients": fit.coefficients,
        "lambda_min": fit.score.cross_validation.lambda_min,
        "lambda_1se": fit.score.cross_validation.lambda_1se,
        "lambda": fit.score.penalty,
        "folds": fit.folds,
        "cv": {
            "lambda": path.lambdas.tolist(),
            "auc": fit.score.cross_validation.auc.tolist(),
            "se": fit.score.cross_validation.se.tolist(),
        },
        **performance(fit),
        "probabilities": probabilities(fit),
        "relaxed": fit.options.recipe.relax,
        "recalibrated": _recalibrated(fit),
        "combat": _combat(fit),
        "cutoff": fit.score.cutoff,
        "cutoff_range": [fit.cutoff.cutoff.lower, fit.cutoff.cutoff.upper],
        "kkt_residual": path.kkt_residual,
        "sentence": fit.corrected.sentence(),
        "kept": [name for name, kept in zip(fit.names, fit.score.kept, strict=True) if kept],
        "selection_frequency": dict(zip(fit.names, instability.selection.tolist(), strict=True)),
        "instability": {
            "mean_probability_change": instability.average_change,
            "mean_group_change": float(instability.group_change.mean()),
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
        answer["as_published"] = {
            "lambda": published.score.penalty,
            "folds": min(published.score.cross_validation.folds),
            "features": int(published.score.selected.sum()),
            "apparent": {"auc": published.auc.value, "lower": published.auc.lower, "upper": published.auc.upper},
        }
    return answer


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


def _foldid(table: CaseTable, column: str) -> NDArray[np.intp]:
    values = []
    for line, text in enumerate(table.column(column)):
        number = number_in(text)
        if number is None or not number.is_integer():
            raise DataRefusedError(
                f"{table.table.where(line, column)}: a fold is a whole number; correct it.", "bad-fold"
            )
        values.append(int(number))
    return np.array(values, dtype=np.intp)


def _resamples(count: int) -> int:
    if count < 20:
        raise DataRefusedError(
            f"{count} resamples cannot correct an AUC; take at least 20, better 100.", "few-resamples"
        )
    return count


def _draw(fit: Fit, folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    earlier = {"corrected": fit.corrected.auc.value}
    title = "Apparent performance: on the lymph nodes that made the score"
    figures = {"selection": selection_figure(fit), "performance": performance_figure(fit.apparent, title, earlier)}
    drawn = save_figures(figures, figure_folder(folder))
    if fit.options.centres is not None:
        combat = combat_figure("ComBat: the features of the score by centre", fit, fit.options.centres)
        drawn += save_figures({"combat": combat}, folder) if combat is not None else []
    return [*drawn, write_plots(folder / f"fitted{PLOTS_SUFFIX}", fit_plots(fit))]
