"""`rlnresponse report`: the study's whole analysis as one page."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.study_analysis import analyse_study
from RLNResponseLib.commands.options import progress_bar
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import now
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.report.page.page import refuse_unwritable, write_study_report
from RLNResponseLib.study.study import Study


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "report",
        help="the whole analysis of a study as one page",
        description="Flow, Table 1, agreement, scores, local control, methods and checklists of an unblinded, "
        "extracted study.",
    )
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder")
    parser.add_argument(
        "--output", metavar="FILE.html", type=Path, required=True, help="the page; its files go beside it"
    )
    parser.add_argument(
        "--resamples", metavar="B", type=int, default=CORRECTION_RESAMPLES, help="for correcting each fitted score"
    )
    parser.set_defaults(run=run)


def page_file(study: Study) -> Path:
    """Where a study's page lies when nobody names another place.

    Parameters
    ----------
    study
        Any.

    Returns
    -------
    Path
        results/report.html in the study's folder.

    """
    return study.folder / "results" / "report.html"


def arguments(study: Study) -> list[str]:
    """The command line that makes a study's page, as the panel runs it.

    Parameters
    ----------
    study
        Unblinded and extracted.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    return ["report", str(study.folder), "--output", str(page_file(study))]


def run(call: argparse.Namespace) -> None:
    """Analyse, write, say what was written.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    print("\n".join(["Wrote:", *(f"  {path}" for path in write_report(call.study, call.output, call.resamples))]))
    print(RESEARCH_USE_ONLY)


def write_report(folder: Path, output: Path, resamples: int) -> tuple[Path, ...]:
    """Analyse a study and write its page.

    Parameters
    ----------
    folder
        The study folder.
    output
        The page, .html.
    resamples
        For correcting each fitted score.

    Returns
    -------
    tuple of Path
        The page, then the folder of its files.

    """
    refuse_unwritable(output)
    study = Study.open(folder)
    found = analyse_study(study, partial(progress_bar, label="analysing"), resamples)
    written = write_study_report(study, found, output, now())
    return written[0], written[1].parent
