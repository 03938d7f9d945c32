"""`rlnresponse centres`: one score at several centres, whose lymph nodes stay where they are."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from RLNResponseLib.agreement.readings import reading_table
from RLNResponseLib.commands.cases_of import add_cases, read_cases
from RLNResponseLib.commands.options import figure_folder, progress_bar, save_figures
from RLNResponseLib.commands.table_options import (
    add_features,
    add_table_options,
    read_named_table,
    refuse_no_folder,
    table_options,
)
from RLNResponseLib.common.clock import now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.table_file import read_table
from RLNResponseLib.common.wording import text_of_lines
from RLNResponseLib.modelling.fitting.case_table import case_table, ratings_of
from RLNResponseLib.modelling.fitting.centres import centres_of
from RLNResponseLib.modelling.fitting.fitted_card import write_card
from RLNResponseLib.modelling.fitting.internal_external import internal_external
from RLNResponseLib.modelling.fitting.recipes import default_recipe
from RLNResponseLib.modelling.frozen_card import freeze
from RLNResponseLib.modelling.model_card import find_model, read_card_json
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.score_validation import validate_model
from RLNResponseLib.modelling.table_score import columns_of
from RLNResponseLib.modelling.validation.centre_summary import CalibrationRound, CentreCases, frozen_name, summarise
from RLNResponseLib.modelling.validation.combined import combine
from RLNResponseLib.modelling.validation.score_classes import FEWEST_OF_A_CENTRE, FEWEST_TOLD, ScoreClasses
from RLNResponseLib.modelling.validation.summary_file import read_summary
from RLNResponseLib.report.figures.centres import centres_figure
from RLNResponseLib.report.text.centres import combined_sentences, internal_external_sentences
from RLNResponseLib.report.text.centres_json import combined_json, internal_external_json
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.study.self_verifying import DIGEST, SHORT_DIGEST, read_whole, with_digest

COMBINED_SCHEMA = "rlnresponse-centres-combined/1"
# Quarters of a log-odds, between which probabilities differ by at most 0.06; the cutoff is a border.
_REACH, _STEP = 4.0, 0.25


def add_parser(commands: Any) -> None:
    """Declare the command and its parts.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "centres",
        help="one score at several centres: a frozen card, summaries without any row of a patient, a centre left out",
        description="Send a score to other centres, and put together what they find; no patient's row is sent.",
    )
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    _add_freeze(parts)
    _add_export(parts)
    _add_combine(parts)
    _add_cross_validate(parts)


def _add_freeze(parts: Any) -> None:
    parser: argparse.ArgumentParser = parts.add_parser(
        "freeze",
        help="a model card as a file that verifies itself",
        description="Write a card with its digest: every command refuses it where it was altered since.",
    )
    parser.add_argument("card", metavar="CARD", help="an ID or a model card (.json)")
    parser.add_argument(
        "--centre",
        metavar="NAME",
        help="of a card that was harmonised (fit --combat): put this centre's parameters into the formula",
    )
    parser.add_argument(
        "--classes",
        metavar=("LOWEST", "HIGHEST", "STEP"),
        nargs=3,
        type=float,
        help="log-odds, in which centres tell of their scores; quarters to 4 on either side of the cutoff by default",
    )
    parser.add_argument("--output", metavar="FROZEN.json", type=Path, required=True, help="the file to be sent")
    parser.set_defaults(run=run_freeze)


def _add_export(parts: Any) -> None:
    parser: argparse.ArgumentParser = parts.add_parser(
        "export",
        help="what this centre tells of a frozen score: sums and counts",
        description="Judge a frozen score on this centre's lymph nodes and write a summary without any patient's row; "
        f"nothing is told of a centre of fewer than {FEWEST_OF_A_CENTRE} patients, nothing is counted of fewer than "
        f"{FEWEST_TOLD}.",
    )
    parser.add_argument("card", metavar="FROZEN.json", help="the card that all centres were sent")
    add_cases(parser)
    parser.add_argument("--centre", metavar="NAME", required=True, help="what this centre is called in the summary")
    parser.add_argument(
        "--round",
        metavar="COMBINED.json",
        type=Path,
        help="what combine wrote: tell the likelihood at its intercept and slope, for the pooled calibration",
    )
    parser.add_argument(
        "--allow", metavar="CODE", action="append", default=[], help="let a design error pass; it is printed"
    )
    parser.add_argument("--output", metavar="SUMMARY.json", type=Path, required=True, help="the file to be sent")
    add_table_options(parser)
    parser.set_defaults(run=run_export, parser=parser)


def _add_combine(parts: Any) -> None:
    parser: argparse.ArgumentParser = parts.add_parser(
        "combine",
        help="the summaries of several centres put together",
        description="Check every summary, and say what the lymph nodes of all centres together would have given.",
    )
    parser.add_argument("summaries", metavar="SUMMARY.json", type=Path, nargs="+", help="what the centres exported")
    parser.add_argument(
        "--output", metavar="COMBINED.json", type=Path, help="the figures, and the next round of the calibration"
    )
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw into this folder, SVG, PDF and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_combine)


def _add_cross_validate(parts: Any) -> None:
    parser: argparse.ArgumentParser = parts.add_parser(
        "cross-validate",
        help="a score made without each centre in turn, and judged there",
        description="Internal-external cross-validation: a LASSO-logistic score is made on all centres but one and "
        "judged on that one; the centres' figures are pooled by random effects.",
    )
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV, XLSX or Parquet, one row a lymph node")
    parser.add_argument("--outcome", metavar="COLUMN", required=True, help="1/0, yes/no or true/false")
    parser.add_argument("--group", metavar="COLUMN", required=True, help="the patient")
    parser.add_argument("--site", metavar="COLUMN", default="site", help="the centre; site by default")
    add_features(parser)
    parser.add_argument("--folds", metavar="K", type=int, help="10, or fewer where a fold would hold under ten")
    parser.add_argument("--rule", choices=("1se", "min"), default="1se", help="which λ is taken")
    parser.add_argument(
        "--relax", action="store_true", help="fit the selected features again without the penalty (relaxed LASSO)"
    )
    parser.add_argument("--readings", metavar="FILE", type=Path, help="table of readings: the ICC filter, made anew")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of dealing folds")
    parser.add_argument(
        "--allow", metavar="CODE", action="append", default=[], help="let a design error pass; it is printed"
    )
    parser.add_argument("--figures", metavar="DIR", type=Path, help="draw into this folder, SVG, PDF and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run_cross_validate)


def run_freeze(call: argparse.Namespace) -> None:
    """Write the frozen card and say its digest.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        bad-name, bad-classes, centre-unnamed, and what `freeze` and reading the card refuse.

    """
    if call.output.suffix.lower() != ".json":
        raise DataRefusedError(f"A model card ends in .json, and '{call.output.name}' does not; rename it.", "bad-name")
    refuse_no_folder(call.output)
    classes = ScoreClasses(*call.classes) if call.classes else _around_cutoff(find_model(call.card, any_feature=True))
    card = freeze(read_card_json(call.card), now().today, classes.as_json(), call.centre)
    write_card(card, call.output)
    digest = card["frozen"][DIGEST]
    print(
        f"Frozen: {call.output}, digest {digest[:SHORT_DIGEST]}.\n"
        "Tell the centres the digest by another way than the file; whoever changes the file on purpose can write a new "
        "digest into it, but not into your mail."
    )


def _around_cutoff(model: ScoreModel) -> ScoreClasses:
    cutoff = model.cutoff.sign * model.cutoff.value
    return ScoreClasses(cutoff - _REACH, cutoff + _REACH, _STEP)


def run_export(call: argparse.Namespace) -> None:
    """Judge the score here, and write the summary.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        not-frozen, no-group, other-card for a round of another card, few-to-tell, and what judging refuses.

    """
    refuse_no_folder(call.output)
    model = find_model(call.card, any_feature=True)
    name = frozen_name(model)
    table, outcome, group = read_cases(call)
    if group is None:
        raise DataRefusedError(
            "The patients are not named (--group), so it cannot be seen of how many anything is told; name their "
            "column.",
            "no-group",
        )
    cases = case_table(table, outcome, group, list(columns_of(model, table) or model.coefficients))
    found = validate_model(model, cases, call.allow)
    at = _round(call.round, name.sha256) if call.round else None
    summary = summarise(
        model,
        CentreCases(
            centre=call.centre,
            log_odds=model.cutoff.sign * found.scores,
            outcome=cases.outcome,
            patients=cases.patients,
        ),
        now().today,
        at,
    )
    write_text_atomically(call.output, json.dumps(summary, indent=1, allow_nan=False) + "\n")
    for warning in found.warnings:
        print(f"warning: {warning.message}")
    print(
        f"Told of {call.centre}: {summary['lymph_nodes']} lymph nodes, {summary['events']} with the outcome, in "
        f"{call.output}, digest {summary[DIGEST][:SHORT_DIGEST]}. It holds sums and counts, each of at least "
        f"{FEWEST_TOLD} patients; look into it before it is sent."
    )


def _round(path: Path, card: str) -> CalibrationRound:
    data = read_whole(path, COMBINED_SCHEMA, "file of centres combine")
    if data.get("card", {}).get(DIGEST) != card:
        raise DataRefusedError(
            f"The file {path.name} is of another frozen card than this one; take the one that all centres were sent.",
            "other-card",
        )
    if data.get("next_round") is None:
        raise DataRefusedError(f"The file {path.name} asks for no further round: its calibration is done.", "no-round")
    try:
        asked = data["next_round"]
        return CalibrationRound(
            number=int(asked["number"]), intercept=float(asked["intercept"]), slope=float(asked["slope"])
        )
    except (KeyError, TypeError, ValueError):
        raise DataRefusedError(
            f"The file {path.name} does not say at which intercept and slope its round is; combine again.",
            "no-round",
        ) from None


def run_combine(call: argparse.Namespace) -> None:
    """Check, combine, draw, print.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        not-whole, bad-summary, and what `combine` refuses.

    """
    if call.figures:
        need("matplotlib")  # before the work, not after it
    if call.output:
        refuse_no_folder(call.output)
    found = combine([read_summary(path) for path in call.summaries])
    answer = combined_json(found)
    if call.output:
        whole = with_digest({"schema": COMBINED_SCHEMA, **answer})
        write_text_atomically(call.output, json.dumps(whole, indent=1, allow_nan=False) + "\n")
    if call.figures:
        figure = centres_figure(
            f"The score {found.card.id} at each centre", [each.figures for each in found.centres], found.pooled
        )
        save_figures({"centres": figure}, figure_folder(call.figures))
    if call.json:
        print(json.dumps(answer, indent=2, allow_nan=False))
    else:
        print(text_of_lines(printed(combined_sentences(found))))


def run_cross_validate(call: argparse.Namespace) -> None:
    """Leave out each centre, draw, print.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        what reading and `internal_external` refuse.

    """
    if call.figures:
        need("matplotlib")  # before the work, not after it
    table = case_table(
        read_named_table(call, call.table),
        call.outcome,
        call.group,
        call.features,
        {call.site: "the centre"},
        call.exclude,
    )
    ratings = None
    if call.readings:
        readings = reading_table(read_table(call.readings, replace(table_options(call), sheet=None)), table.names)
        ratings, _ = ratings_of(readings, table)
    recipe = replace(default_recipe(len(table.outcome), call.folds), rule=call.rule, relax=call.relax)
    found = internal_external(table, centres_of(table, call.site), recipe, ratings, call.allow, call.seed, progress_bar)
    if call.figures:
        figures = [each.figures for each in found.centres]
        title = "A score made without each centre, judged there (internal-external cross-validation)"
        save_figures({"centres": centres_figure(title, figures, found.pooled)}, figure_folder(call.figures))
    if call.json:
        print(json.dumps(internal_external_json(found), indent=2, allow_nan=False))
    else:
        print(text_of_lines(printed(internal_external_sentences(found))))
