"""`rlnresponse report`: the study's whole analysis as one page."""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.study_analysis import StudyAnalysis, analyse_study
from RLNResponseLib.commands.options import progress_bar
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import now
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.report.page.page import refuse_unwritable, report_json, write_study_report
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
        "--pdf",
        metavar="FILE.pdf",
        type=Path,
        help="the same in print, tagged and bookmarked (needs WeasyPrint, Pango)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object: the five results, every table, the files")
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
    study, analysis, written = _report(call.study, call.output, call.resamples, call.pdf)
    if call.json:
        content = {
            **report_json(study, analysis),
            "written": [str(path) for path in written],
            "notice": RESEARCH_USE_ONLY,
        }
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return
    print("\n".join(["Wrote:", *(f"  {path}" for path in written)]))
    print(RESEARCH_USE_ONLY)


def write_report(folder: Path, output: Path, resamples: int, pdf: Path | None = None) -> tuple[Path, ...]:
    """Analyse a study and write its page.

    Parameters
    ----------
    folder
        The study folder.
    output
        The page, .html.
    resamples
        For correcting each fitted score.
    pdf
        Where the same goes in print; None writes none.

    Returns
    -------
    tuple of Path
        The page, then the folder of its files, then the PDF.

    """
    return _report(folder, output, resamples, pdf)[2]


def _report(
    folder: Path, output: Path, resamples: int, pdf: Path | None
) -> tuple[Study, StudyAnalysis, tuple[Path, ...]]:
    refuse_unwritable(output, pdf)
    study = Study.open(folder)
    analysis = analyse_study(study, partial(progress_bar, label="analysing"), resamples)
    written = write_study_report(study, analysis, output, now(), pdf)
    return study, analysis, (written[0], written[1].parent, *([] if pdf is None else [pdf]))
