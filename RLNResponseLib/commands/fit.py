"""`rlnresponse fit`: a score from a table by penalised logistic regression, with its correction, as a model card."""

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
from RLNResponseLib.commands.fit_output import as_json, compared_json, write_instability
from RLNResponseLib.commands.model_options import add_clinical, add_icc_rule, add_regression, added_json, icc_rule
from RLNResponseLib.commands.options import figure_folder, progress_bar, save_figures
from RLNResponseLib.commands.table_options import (
    add_features,
    add_table_options,
    read_named_table,
    refuse_no_folder,
    say_notes,
    table_options,
)
from RLNResponseLib.common.cells import number_in
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.features.settings_file import FileSettings, read_settings
from RLNResponseLib.features.wanted import all_features
from RLNResponseLib.modelling.fitting.added_out_of_fold import added_out_of_fold
from RLNResponseLib.modelling.fitting.case_table import CaseTable, case_table, icc_filter_sentence, ratings_of
from RLNResponseLib.modelling.fitting.cases import ReaderRatings
from RLNResponseLib.modelling.fitting.centres import centres_of
from RLNResponseLib.modelling.fitting.clinical_columns import ClinicalColumns, clinical_columns
from RLNResponseLib.modelling.fitting.compare import USUAL_RULE, compare
from RLNResponseLib.modelling.fitting.development import Recipe
from RLNResponseLib.modelling.fitting.fit import Fit, FitOptions, fit
from RLNResponseLib.modelling.fitting.fitted_card import CardTexts, fitted_card, refuse_other_settings, write_card
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.modelling.fitting.recipes import default_recipe, published_recipe
from RLNResponseLib.modelling.validation.added_value import AddedValue
from RLNResponseLib.report.figures.harmonisation import combat_figure
from RLNResponseLib.report.figures.instability import instability_figure
from RLNResponseLib.report.figures.models import performance_figure
from RLNResponseLib.report.figures.selection import selection_figure
from RLNResponseLib.report.text.added_value import added_value_sentences
from RLNResponseLib.report.text.fitting import comparison_lines, fit_text
from RLNResponseLib.report.text.sentences import printed
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
        description="Logistic regression with a penalty (LASSO, ridge or Firth's), and what to expect of it on new "
        "patients.",
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
    add_regression(parser)
    parser.add_argument(
        "--rule", choices=("1se", "min"), help="which λ is taken: 1se is the default of the LASSO, min of the ridge"
    )
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
    parser.add_argument(
        "--compare", action="store_true", help="the other two penalties beside it, each corrected by the same resamples"
    )
    add_clinical(parser, "by groups out of fold")
    parser.add_argument(
        "--instability",
        metavar="FILE.csv",
        type=Path,
        help="each lymph node's probability, how far it moves over the resamples, and how often its group changes",
    )
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw into this folder, SVG, PDF and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run, parser=parser)


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
    _refuse_contradictions(call)
    if call.output.suffix.lower() != ".json":
        raise DataRefusedError(f"A model card ends in .json, and '{call.output.name}' does not; rename it.", "bad-name")
    if call.instability:
        refuse_no_folder(call.instability)
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
    clinical = clinical_columns(table.table, call.clinical) if call.clinical else None
    refuse_other_settings(table, settings)  # before the long work, not after it
    recipe = replace(
        _recipe(call, len(table.outcome)),
        rule=call.rule or USUAL_RULE[call.penalty],
        icc=icc_rule(call),
        relax=call.relax,
        penalty=call.penalty,
        redundancy=call.redundancy,
    )
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
    compared = compare(found, ratings, progress_bar) if call.compare else ()
    added = None if clinical is None else _added(table, clinical, options, ratings)
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
    if call.instability:
        write_instability(found, call.instability)
        written.append(call.instability)
    if call.json:
        print(
            json.dumps(
                {**as_json(found), **icc_filter, **compared_json(compared), **added_json(added, "groups out of fold")},
                indent=2,
                allow_nan=False,
            )
        )
    else:
        beside = comparison_lines(compared) if compared else []
        more = [] if added is None else printed(added_value_sentences(added))
        told = [fit_text(found), *icc_filter.values(), *more, *beside]
        print("\n".join([*told, "", "Wrote:", *(f"  {path}" for path in written)]))


def _refuse_contradictions(call: argparse.Namespace) -> None:
    """End a call whose options contradict one another (exit 2)."""
    if call.relax and call.penalty != "lasso":
        call.parser.error("--relax is for --penalty lasso, which alone selects features")
    if call.penalty == "firth" and (call.rule or call.foldid):
        call.parser.error("--rule and --foldid choose a λ, and --penalty firth has none")
    if call.clinical and call.combat:
        call.parser.error("--clinical judges scores out of fold, which are not harmonised; leave out --combat")


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


def _added(
    table: CaseTable, clinical: ClinicalColumns, options: FitOptions, ratings: ReaderRatings | None
) -> AddedValue | DataRefusedError:
    """What the score adds, or why that cannot be said: the score stands without it."""
    try:
        return added_out_of_fold(table, clinical, options, ratings)
    except DataRefusedError as refusal:
        return refusal


def _draw(fit: Fit, folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    earlier = {"corrected": fit.corrected.auc.value}
    title = "Apparent performance: on the lymph nodes that made the score"
    figures = {"performance": performance_figure(fit.apparent, title, earlier)}
    if fit.score.cross_validation is not None:
        figures = {"selection": selection_figure(fit), **figures}
    figures["instability"] = instability_figure(fit)
    drawn = save_figures(figures, figure_folder(folder))
    if fit.options.centres is not None:
        combat = combat_figure("ComBat: the features of the score by centre", fit, fit.options.centres)
        drawn += save_figures({"combat": combat}, folder) if combat is not None else []
    return [*drawn, write_plots(folder / f"fitted{PLOTS_SUFFIX}", fit_plots(fit))]
