"""`rlnresponse survival`: Kaplan–Meier, log-rank, Cox and competing risks of a table."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.model_options import column_names
from RLNResponseLib.commands.outcome_times import add_death_time, death_time_column, deaths_said, say_implausible
from RLNResponseLib.commands.table_options import add_table_options, read_named_table
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.types import Floats
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.modelling.score_validation import was_fitted_on
from RLNResponseLib.modelling.table_score import table_scores
from RLNResponseLib.report.figures.survival import write_survival_figures
from RLNResponseLib.report.text.survival import survival_text
from RLNResponseLib.survival.analysis import MOST_GROUPS, analyse
from RLNResponseLib.survival.endpoint import TWO_YEAR_CONTROL, TWO_YEARS_MONTHS
from RLNResponseLib.survival.prediction import no_control
from RLNResponseLib.survival.results import ScoreColumn
from RLNResponseLib.survival.survival_table import survival_table

_PREDICTS = ("control", "event", "order")
_INCOMPLETE = ("leave-out", "impute")


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "survival",
        help="Kaplan-Meier, log-rank, Cox and competing risks of a table",
        description="Kaplan-Meier, log-rank, Cox (Efron) with the test of proportional hazards, and competing risks, "
        "as R's survival and cmprsk. Every covariate with at most "
        f"{MOST_GROUPS} different values splits the rows; a score splits them at its cutoff. {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("table", metavar="TABLE", type=Path, help="CSV, XLSX or Parquet, a row a lymph node")
    parser.add_argument("--time", metavar="COLUMN", required=True, help="months from the start to the event or the end")
    parser.add_argument(
        "--event", metavar="COLUMN", required=True, help="1 or yes where the event ended it, else 0 or no"
    )
    parser.add_argument(
        "--competing", metavar="COLUMN", help="1 or yes where another event (death) ended it, else 0 or no"
    )
    add_death_time(parser, "--competing-time")
    parser.add_argument("--group", metavar="COLUMN", help="the patient: robust errors with patients as clusters")
    parser.add_argument(
        "--covariates",
        metavar="a,b",
        default="",
        type=column_names,
        help="columns for the Cox model: numbers, yes and no, two words",
    )
    parser.add_argument(
        "--incomplete",
        choices=_INCOMPLETE,
        help="where a cell of a covariate is empty: leave-out fits the Cox model on complete rows and says whom it "
        "leaves out; impute adds the model on multiply imputed clinical covariates. Without it such a table is refused",
    )
    parser.add_argument("--score", metavar="MODEL", help="a score model (ID or card.json) as a covariate and a split")
    parser.add_argument(
        "--cutoff-chosen-here",
        action="store_true",
        help="the cutoff, and only the cutoff, was chosen on this table: correct its p",
    )
    parser.add_argument(
        "--months",
        metavar="N",
        type=float,
        default=TWO_YEARS_MONTHS,
        help=f"the time at which probabilities are given and a score is judged, {TWO_YEARS_MONTHS:g} by default",
    )
    parser.add_argument(
        "--predicts",
        choices=_PREDICTS,
        help="what the score's probability is of at that time: control without the event, the event, or neither, so "
        "that only its order counts, a high score for a low risk (default: control for a card of two-year control at "
        f"{TWO_YEARS_MONTHS:g} months, else order)",
    )
    parser.add_argument("--landmark", metavar="MONTHS", type=float, help="a second Cox model from this time on")
    parser.add_argument(
        "--seed",
        metavar="N",
        type=int,
        default=0,
        help="of a cutoff's permutations, and of imputed values",
    )
    parser.add_argument("--figures", metavar="DIR", type=Path, help="write the figures there, SVG, PDF and PNG")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run, parser=parser)


def run(call: argparse.Namespace) -> None:
    """Analyse, draw, and print the text or the JSON.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    if call.cutoff_chosen_here and not call.score:
        call.parser.error("--cutoff-chosen-here needs --score")
    if call.seed < 0:
        call.parser.error("--seed is a whole number from 0 on")
    if call.landmark is not None and not (call.score or call.covariates):
        call.parser.error("--landmark needs --covariates or --score")
    if call.incomplete and not call.covariates:
        call.parser.error("--incomplete needs --covariates")
    if call.predicts and not (call.score and call.competing):
        call.parser.error("--predicts needs --score and --competing")
    if call.figures:
        need("matplotlib")  # before the long work, not after it
    model = find_model(call.score) if call.score else None
    table = read_named_table(call, call.table)
    when = death_time_column(table, call.time, call.death_time) if call.competing else None
    unknown = call.incomplete is not None
    data = survival_table(table, call.time, call.event, call.covariates, call.competing, call.group, when, unknown)
    say_implausible(call.time, data.follow_up.months)
    if call.competing:
        deaths_said(table, call.competing, call.time, data.follow_up.event, when)
    score = None
    if model:
        values = table_scores(model, table)
        labels = tuple(model.cutoff.group(value) for value in values.tolist())
        score = ScoreColumn(
            name=model.id,
            values=values,
            labels=labels,
            cutoff=model.cutoff.value,
            chosen_here=call.cutoff_chosen_here,
            below=model.cutoff.sign < 0,
            meanings=model.cutoff.meanings,
            # Who chose a fitted score's cutoff on these rows made its formula on them: fit does both.
            fitted_here=(call.cutoff_chosen_here and bool(model.development))
            or was_fitted_on(model, table, call.group),
            **_of_the_event(values, call.predicts or _predicts(model, call.months)),
        )
    found = analyse(data, score, call.landmark, call.seed, call.months, impute=call.incomplete == "impute")
    if call.figures:
        for path in write_survival_figures(found, call.figures):
            print(f"Wrote {path}", file=sys.stderr)
    print(json.dumps(found.as_json(), indent=2, allow_nan=False) if call.json else survival_text(found))


def _predicts(model: ScoreModel, months: float) -> str:
    """What a card says by itself: control where it is of two-year control and two years are asked for."""
    of_two_years = model.id == PUBLISHED_MODELS[1] or model.outcome == TWO_YEAR_CONTROL
    return "control" if of_two_years and months == TWO_YEARS_MONTHS else "order"


def _of_the_event(score: Floats, predicts: str) -> dict[str, Any]:
    """The score as a risk of the event."""
    if predicts == "order":
        return {}
    risk = no_control(score if predicts == "control" else -score)
    return {"risk": risk, "higher_is_worse": predicts == "event"}
