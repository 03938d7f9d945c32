"""`rlnresponse plan`: how many lymph nodes, patients, readers and cases, before a study starts."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from RLNResponseLib.commands.registration import add_registration
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.planning.agreement import LYMPH_NODES_OF_SEVERAL, ReadingModel, plan_agreement
from RLNResponseLib.planning.development import plan_development
from RLNResponseLib.planning.validation import Precision, normal_predictor, plan_validation
from RLNResponseLib.report.text.plans import (
    agreement_plan_json,
    agreement_plan_sentences,
    development_plan_json,
    development_plan_sentences,
    validation_plan_json,
    validation_plan_sentences,
)
from RLNResponseLib.report.text.sentences import Sentence, printed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "plan",
        help="plan a study before it starts: readers' agreement, development, validation",
        description="How many lymph nodes, patients, readers and cases a study needs; with --protocol the page that "
        f"registers them, and later what departed from it. {RESEARCH_USE_ONLY}",
    )
    add_registration(parser)
    kinds = parser.add_subparsers(title="what is planned", metavar="KIND")
    _add_agreement(kinds)
    _add_development(kinds)
    _add_validation(kinds)


def run_agreement(call: argparse.Namespace) -> None:
    """Plan a reader study, and print.

    Parameters
    ----------
    call
        The parsed arguments.
    """
    model = ReadingModel(
        icc=call.icc,
        patients_with_several=call.patients_with_several,
        lymph_nodes_of_several=call.lymph_nodes_of_several,
        within_patient=call.within_patient,
        reader_share=call.reader_share,
    )
    _refuse_undrawable(call)
    plan = plan_agreement(
        model,
        threshold=call.threshold,
        assurance=call.assurance,
        readers=call.readers,
        form=call.form,
        seed=call.seed,
    )
    if call.picture is not None:
        from RLNResponseLib.report.figures.plans import agreement_plan_figure

        _write(call.picture, agreement_plan_figure(plan))
    _print(call, agreement_plan_sentences(plan), agreement_plan_json(plan))


def run_development(call: argparse.Namespace) -> None:
    """Plan a development, and print.

    Parameters
    ----------
    call
        The parsed arguments.
    """
    _refuse_undrawable(call)
    plan = plan_development(call.features, call.auc, call.prevalence, call.available)
    if call.picture is not None:
        from RLNResponseLib.report.figures.plans import development_plan_figure

        _write(call.picture, development_plan_figure(plan))
    _print(call, development_plan_sentences(plan), development_plan_json(plan))


def run_validation(call: argparse.Namespace) -> None:
    """Plan a validation, and print.

    Parameters
    ----------
    call
        The parsed arguments.
    """
    if (call.log_odds_mean is None) != (call.log_odds_sd is None):
        call.parser.error("--log-odds-mean and --log-odds-sd go together; give both, or neither")
    _refuse_undrawable(call)
    plan = plan_validation(
        call.auc,
        call.prevalence,
        precision=Precision(
            auc=call.auc_width,
            observed_to_expected=call.oe_width,
            slope=call.slope_width,
            net_benefit=call.net_benefit_width,
        ),
        predictor=None if call.log_odds_mean is None else normal_predictor(call.log_odds_mean, call.log_odds_sd),
        threshold=call.threshold,
    )
    if call.picture is not None:
        from RLNResponseLib.report.figures.plans import validation_plan_figure

        _write(call.picture, validation_plan_figure(plan))
    _print(call, validation_plan_sentences(plan), validation_plan_json(plan))


def _add_agreement(kinds: Any) -> None:
    parser = kinds.add_parser(
        "agreement",
        help="lymph nodes until the lower limit of the ICC exceeds a threshold",
        description="Lymph nodes until the lower 95% limit of the ICC exceeds a threshold with a stated assurance: by "
        "Zou's formula, and simulated where patients have several lymph nodes or readers a level of their own. "
        f"{RESEARCH_USE_ONLY}",
    )
    parser.add_argument("--icc", metavar="ICC", type=float, required=True, help="the true ICC that is hoped for")
    parser.add_argument("--threshold", metavar="ICC", type=float, default=0.75, help="what is to be exceeded (0.75)")
    parser.add_argument("--assurance", metavar="P", type=float, default=0.8, help="with which probability (0.8)")
    parser.add_argument(
        "--readers", metavar="N", type=int, default=2, help="readings of each lymph node that are compared (2)"
    )
    parser.add_argument(
        "--form", choices=("ICC(1)", "ICC(A,1)", "ICC(C,1)"), default="ICC(A,1)", help="the study's ICC (ICC(A,1))"
    )
    parser.add_argument(
        "--patients-with-several",
        metavar="SHARE",
        type=float,
        default=0.0,
        help="share of the patients with several lymph nodes (0); 0.39 in Gu et al. 2021",
    )
    parser.add_argument(
        "--lymph-nodes-of-several",
        metavar="N",
        type=int,
        default=LYMPH_NODES_OF_SEVERAL,
        help=f"how many these have ({LYMPH_NODES_OF_SEVERAL})",
    )
    parser.add_argument(
        "--within-patient",
        metavar="R",
        type=float,
        default=0.5,
        help="correlation of the true values of lymph nodes of one patient (0.5)",
    )
    parser.add_argument(
        "--reader-share",
        metavar="SHARE",
        type=float,
        default=0.0,
        help="part of the disagreement that is a reader's own level, as where one contours larger (0)",
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the simulation (0)")
    _add_output(parser, run_agreement)


def _add_development(kinds: Any) -> None:
    parser = kinds.add_parser(
        "development",
        help="cases that the development of a score needs",
        description=f"Cases that the development of a score needs, by the criteria of Riley et al. {RESEARCH_USE_ONLY}",
    )
    parser.add_argument(
        "--features", metavar="N", type=int, required=True, help="candidates that selection may choose from"
    )
    parser.add_argument("--auc", metavar="AUC", type=float, required=True, help="what the score is hoped to have")
    _add_prevalence(parser)
    parser.add_argument("--available", metavar="N", type=int, default=0, help="cases that there will be")
    _add_output(parser, run_development)


def _add_validation(kinds: Any) -> None:
    parser = kinds.add_parser(
        "validation",
        help="cases that the validation of a score needs",
        description="Cases that the external validation of a score needs for intervals of the stated widths (Riley et "
        f"al. 2021, as pmvalsampsize). {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("--auc", metavar="AUC", type=float, required=True, help="what the score is expected to have")
    _add_prevalence(parser)
    parser.add_argument("--auc-width", metavar="W", type=float, default=0.1, help="of the AUC's interval (0.1: ± 0.05)")
    parser.add_argument(
        "--oe-width", metavar="W", type=float, default=0.2, help="of that of observed to expected events (0.2)"
    )
    parser.add_argument("--slope-width", metavar="W", type=float, default=0.2, help="of the calibration slope's (0.2)")
    parser.add_argument(
        "--net-benefit-width", metavar="W", type=float, default=0.2, help="of the standardised net benefit's (0.2)"
    )
    parser.add_argument(
        "--threshold", metavar="P", type=float, help="the probability at which a decision is taken, for the net benefit"
    )
    parser.add_argument(
        "--log-odds-mean", metavar="X", type=float, help="of the score's log-odds there, where it is known"
    )
    parser.add_argument("--log-odds-sd", metavar="X", type=float, help="their standard deviation")
    _add_output(parser, run_validation)


def _add_prevalence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prevalence", metavar="P", type=float, required=True, help="share of the cases with the event, 0 to 1"
    )


def _add_output(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--picture", metavar="FILE", type=Path, help="what other numbers bring: .png, .svg or .pdf")
    parser.add_argument("--json", action="store_true", help="print one JSON object with unrounded figures")
    parser.set_defaults(run=run, parser=parser)


def _refuse_undrawable(call: argparse.Namespace) -> None:
    if call.protocol is not None:
        call.parser.error("--protocol registers a plan that was printed with --json before; leave out what is planned")
    if call.picture is not None:
        from RLNResponseLib.report.figures.drawing import refuse_undrawable

        refuse_undrawable(call.picture)


def _write(picture: Path, figure: Figure) -> None:
    from RLNResponseLib.report.figures.drawing import save_figure

    save_figure(figure, picture)
    print(f"Wrote {picture}", file=sys.stderr)


def _print(call: argparse.Namespace, sentences: tuple[Sentence, ...], figures: dict[str, Any]) -> None:
    print(json.dumps(figures, indent=2) if call.json else "\n".join(printed(sentences, width=100)))
