"""`rlnresponse report`: the study's whole analysis as one page."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.models import PAPER_CHOICE, ScoreChoice
from RLNResponseLib.analysis.study_analysis import StudyAnalysis, analyse_study
from RLNResponseLib.commands.model_options import add_regression
from RLNResponseLib.commands.options import progress_bar
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import now
from RLNResponseLib.modelling.fitting.optimism import CORRECTION_RESAMPLES
from RLNResponseLib.modelling.fitting.redundancy import refuse_threshold
from RLNResponseLib.report.figures.study import StudyFigure, study_figures, write_study_figures
from RLNResponseLib.report.page.journal_tables import journal_tables, refuse_without, write_document, write_workbook
from RLNResponseLib.report.page.page import refuse_unwritable, report_json, study_sections, write_study_report
from RLNResponseLib.report.page.parts import Section
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
    parser.add_argument("--xlsx", metavar="FILE.xlsx", type=Path, help="the five results, Tables 1, 2 and S2 as sheets")
    parser.add_argument("--docx", metavar="FILE.docx", type=Path, help="the same for a word processor (python-docx)")
    parser.add_argument(
        "--figures",
        action="store_true",
        help="every figure as a journal takes it (SVG, PDF, PNG at 300 dpi), into figures beside the page's tables",
    )
    parser.add_argument(
        "--split",
        action="store_true",
        help="split the patients into training and validation, 10 : 3, where there is no results/split.csv; without it "
        "all are analysed together",
    )
    parser.add_argument(
        "--impute",
        action="store_true",
        help="where T stage, dose or chemotherapy is not known: beside Cox's model of complete lymph nodes the same on "
        "multiply imputed sets",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="the other two regressions beside the study's own scores, each corrected by the same resamples; each "
        "takes about as long again as the fits",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object: the five results, every table, the files")
    parser.add_argument(
        "--resamples", metavar="B", type=int, default=CORRECTION_RESAMPLES, help="for correcting each fitted score"
    )
    add_regression(parser)
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
    # The panel's steps before it are of training and validation, and make the split where there is none.
    return ["report", str(study.folder), "--output", str(page_file(study)), "--split"]


def run(call: argparse.Namespace) -> None:
    """Analyse, write, say what was written.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    refuse_without(call.xlsx, call.docx)
    if call.redundancy is not None:
        refuse_threshold(call.redundancy)
    refuse_unwritable(call.output, call.pdf)
    study, analysis = _analysed(
        call.study, call.resamples, call.split, call.impute, ScoreChoice(call.penalty, call.redundancy, call.compare)
    )
    # Once for the page, the print, the JSON, the sheets and the journal's figures.
    sections, figures = study_sections(study, analysis), study_figures(analysis)
    written = _of_folder(write_study_report(study, analysis, call.output, now(), call.pdf, sections, figures), call.pdf)
    written += _for_the_paper(study, sections, figures, call)
    if call.json:
        content = {
            **report_json(sections),
            "written": [str(path) for path in written],
            "notice": RESEARCH_USE_ONLY,
        }
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return
    print("\n".join(["Wrote:", *(f"  {path}" for path in written)]))
    print(RESEARCH_USE_ONLY)


def write_report(
    folder: Path, output: Path, resamples: int, pdf: Path | None = None, split: bool = True
) -> tuple[Path, ...]:
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
    split
        Whether patients are split where nobody did.

    Returns
    -------
    tuple of Path
        The page, then the folder of its files, then the PDF.

    """
    refuse_unwritable(output, pdf)
    study, analysis = _analysed(folder, resamples, split)
    return _of_folder(write_study_report(study, analysis, output, now(), pdf), pdf)


def _analysed(
    folder: Path, resamples: int, split: bool, impute: bool = False, choice: ScoreChoice = PAPER_CHOICE
) -> tuple[Study, StudyAnalysis]:
    study = Study.open(folder)
    return study, analyse_study(study, partial(progress_bar, label="analysing"), resamples, split, impute, choice)


def _of_folder(written: tuple[Path, ...], pdf: Path | None) -> tuple[Path, ...]:
    """The page, then the folder of its files, then the PDF."""
    return (written[0], written[1].parent, *([] if pdf is None else [pdf]))


def _for_the_paper(
    study: Study, sections: tuple[Section, ...], figures: Mapping[str, StudyFigure], call: argparse.Namespace
) -> tuple[Path, ...]:
    """Tables and figures as who writes the paper takes them; those that were asked for."""
    written: list[Path] = []
    if call.xlsx or call.docx:
        tables = journal_tables(sections)
        for path, write in ((call.xlsx, write_workbook), (call.docx, write_document)):
            if path is not None:
                write(tables, study.protocol, now(), path)
                written.append(path)
    if call.figures:
        folder = call.output.with_name(f"{call.output.stem}-files") / "figures"
        write_study_figures(figures, folder)
        written.append(folder)
    return tuple(written)
