"""`rlnresponse agreement`: inter- and intra-reader agreement of features, scores and contours."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from RLNResponseLib.agreement.icc import FORMS
from RLNResponseLib.analysis.agreement import AgreementResult, study_agreement, table_agreement
from RLNResponseLib.analysis.comparisons import reading_pairs, study_disagreements
from RLNResponseLib.analysis.disagreement import COLUMNS as DISAGREEMENT_COLUMNS
from RLNResponseLib.analysis.disagreement import Disagreements, ReadingComparison, ReadingPair
from RLNResponseLib.commands.model_options import add_icc_rule, icc_rule
from RLNResponseLib.commands.options import figure_folder, progress_bar, save_figures
from RLNResponseLib.commands.table_options import add_table_options, read_named_table
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model
from RLNResponseLib.modelling.score_model import ScoreModel
from RLNResponseLib.report.figures.agreement import feature_agreement_figure, score_flip_figure
from RLNResponseLib.report.figures.disagreement import write_disagreement_figure
from RLNResponseLib.report.text.agreement import COLUMNS, agreement_rows, agreement_text
from RLNResponseLib.report.text.disagreement import disagreements_text
from RLNResponseLib.study.study import Study


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "agreement",
        help="which features two readers agree on, and whose score changes with the reader",
        description="Inter- and intra-reader ICC of every feature, variance components by REML (patient, lymph node, "
        "reader, residual), agreement of the Rad-scores and their groups, overlap of the contours. Intra-reader is one "
        "reader's re-contouring of the same CT: no patient is scanned twice.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("study", metavar="STUDY", type=Path, nargs="?", help="an unblinded, extracted study")
    source.add_argument(
        "--table",
        metavar="FILE",
        type=Path,
        help="CSV, XLSX or Parquet: patient_id, lymph_node, reader, round, features; any number of readers and repeats",
    )
    parser.add_argument(
        "--features", metavar="NAME", nargs="+", action="extend", help="columns; every other one by default (tables)"
    )
    parser.add_argument(
        "--ci",
        choices=("F", "bootstrap"),
        default="F",
        help="interval of the ICC: F takes readers and lymph nodes as random (the default: it holds the truth more "
        "often), bootstrap draws patients and keeps these readers",
    )
    parser.add_argument(
        "--margin",
        metavar="M",
        type=float,
        help="test whether the readings' mean score differs by less than M (log-odds), stated beforehand",
    )
    add_icc_rule(parser, FORMS, "; a study has its own")
    parser.add_argument("--model", metavar="ID", nargs="+", action="extend", help="score models or model cards (.json)")
    parser.add_argument(
        "--allow", metavar="CODE", action="append", default=[], help="let a design error pass; it is printed"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap")
    parser.add_argument(
        "--figures", metavar="DIR", type=Path, help="draw into this folder, SVG, PDF and PNG (a study: results/)"
    )
    parser.add_argument(
        "--disagreements",
        metavar="FILE.csv",
        type=Path,
        help="of a study: write each lymph node's scores, groups and overlap, by score and pair of readings, the "
        "largest difference first",
    )
    parser.add_argument(
        "--disagreement-pictures",
        metavar="DIR",
        type=Path,
        help="of a study: draw both contours of each lymph node and why their scores differ, one PNG a lymph node and "
        "pair of readings",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_table_options(parser)
    parser.set_defaults(run=run, refuse=parser.error)


def arguments(study: Study) -> list[str]:
    """The command line that compares a study's readers, as the panel runs it; the files go to the study's results.

    Parameters
    ----------
    study
        Unblinded and extracted.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    return ["agreement", str(study.folder)]


def disagreements_file(study: Study) -> Path:
    """Where the panel has the list of disagreements written.

    Parameters
    ----------
    study
        The opened study folder.

    Returns
    -------
    Path

    """
    return study.folder / "results" / "disagreements.csv"


def run(call: argparse.Namespace) -> None:
    """Compare, write the files, print the text or the JSON.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        not-written where the list of disagreements is to be a folder, and what comparing refuses.

    """
    if call.table is None or call.figures:
        need("matplotlib")  # before the long work, not after it
    models = [find_model(name, any_feature=True) for name in call.model or PUBLISHED_MODELS]
    lists: list[Disagreements] = []
    if call.table is not None:
        if call.disagreements is not None or call.disagreement_pictures is not None:
            call.refuse("--disagreements and --disagreement-pictures are of a study's contours; a table has none")
        table = read_named_table(call, call.table)
        result = table_agreement(
            table, models, icc_rule(call), call.ci, call.features, call.seed, call.allow, call.margin
        )
        folder = call.figures
    else:
        if any(option is not None for option in (call.features, call.form, call.threshold, call.on)):
            call.refuse("--features, --form, --threshold and --on are for --table; a study's protocol has its own")
        if call.disagreements is not None and call.disagreements.is_dir():
            raise DataRefusedError(
                f"The list of disagreements cannot be written as {call.disagreements.name}, which is a folder; name a "
                "file, such as disagreements.csv.",
                "not-written",
            )
        study = Study.open(call.study)
        result = study_agreement(study, models, call.ci, call.seed, progress_bar, call.allow, call.margin)
        folder = call.figures or study.folder / "results"
        if call.disagreements is not None or call.disagreement_pictures is not None:
            lists = _disagreements(call, study, models)
    written = _write(result, folder) if folder else []
    if call.disagreements is not None:
        rows = [row.as_row() for listed in lists for row in listed.rows]
        write_text_atomically(call.disagreements, csv_text(DISAGREEMENT_COLUMNS, rows))
        written.append(call.disagreements)
    if call.disagreement_pictures is not None:
        written.append(call.disagreement_pictures)
    if call.json:
        answer = result.as_json()
        if lists:
            answer["disagreements"] = [listed.as_json() for listed in lists]
        print(json.dumps({**answer, "notice": RESEARCH_USE_ONLY}, indent=2, allow_nan=False))
    else:
        tables = [text for listed in lists for text in ("", disagreements_text(listed))]
        files = [*(["", "Wrote:"] if written else []), *(f"  {path}" for path in written)]
        print("\n".join([agreement_text(result), *tables, *files]))


def _disagreements(call: argparse.Namespace, study: Study, models: Sequence[ScoreModel]) -> list[Disagreements]:
    """By pair of readings and score; the pictures are drawn on the way, so that no more than one CT is held."""
    for folder in (call.disagreement_pictures, call.disagreements and call.disagreements.parent):
        if folder is not None:
            figure_folder(folder)
    lists: list[Disagreements] = []
    for pair in reading_pairs(study):
        try:
            lists += study_disagreements(study, models, pair, progress_bar, partial(_draw, call, pair))
        except DataRefusedError as refusal:
            # Two readers of different lymph nodes are no pair.
            if refusal.code != "no-pairs":
                raise
    return lists


def _draw(call: argparse.Namespace, pair: ReadingPair, comparison: ReadingComparison) -> None:
    if call.disagreement_pictures is not None:
        name = f"{comparison.lymph_node}_{pair.name}.png"
        write_disagreement_figure(call.disagreement_pictures / name, comparison)


def _write(result: AgreementResult, folder: Path) -> list[Path]:
    figure_folder(folder)
    figures = {"agreement": feature_agreement_figure(result.features)}
    for each in result.scores:
        for kind, compared in (("inter", each.inter), ("intra", each.intra)):
            if compared is not None:
                columns = (result.features.inter if kind == "inter" else result.features.intra).pairs.columns
                figures[f"agreement-{each.model.id}-{kind}"] = score_flip_figure(
                    each, compared, kind, (columns[0], columns[1])
                )
    written = [folder / "agreement.csv", folder / "agreement.json"]
    write_text_atomically(written[0], csv_text(COLUMNS, agreement_rows(result)))
    write_text_atomically(written[1], json.dumps({**result.as_json(), "notice": RESEARCH_USE_ONLY}, indent=2) + "\n")
    return [*written, *save_figures(figures, folder)]
