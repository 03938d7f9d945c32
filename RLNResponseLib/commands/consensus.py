"""`rlnresponse consensus`: one contour from several readers', by majority or STAPLE."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from RLNResponseLib.agreement.consensus import (
    CONSENSUS_RULES,
    CONSENSUS_THRESHOLD,
    consensus,
    consensus_sentences,
)
from RLNResponseLib.analysis.consensus import (
    consensus_table,
    export_consensus,
    reader_consensus,
    readings_for_consensus,
)
from RLNResponseLib.commands.options import progress_bar
from RLNResponseLib.commands.table_options import refuse_no_folder
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.files import write_atomically, write_text_atomically
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.whole_folder import refuse_filled_folder, whole_folder
from RLNResponseLib.common.wording import counted
from RLNResponseLib.dicom_export.export import refuse_export_folder
from RLNResponseLib.dicom_export.scoring import StudyScoring
from RLNResponseLib.imaging.load import read_contour, read_ct
from RLNResponseLib.imaging.seg_nrrd import write_seg_nrrd
from RLNResponseLib.study.inside import refuse_writing_over_study
from RLNResponseLib.study.layout import CONTOUR_SUFFIX
from RLNResponseLib.study.study import Study

_TABLE = "consensus.csv"


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "consensus",
        help="one contour from several readers', by majority or STAPLE",
        description="One contour from several readers' contours of one lymph node: of an unblinded study's first "
        f"readings, with scores, or of files. The file says what it is made of. {RESEARCH_USE_ONLY}",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("study", metavar="STUDY", type=Path, nargs="?", help="an unblinded study")
    source.add_argument(
        "--contours",
        metavar=("CT", "MASK"),
        type=Path,
        nargs="+",
        help="a CT and two contours or more of it, each of another reader",
    )
    parser.add_argument(
        "--rule", choices=CONSENSUS_RULES, required=True, help="voxels that most contours hold, or STAPLE's probability"
    )
    parser.add_argument(
        "--above",
        metavar="T",
        type=float,
        default=CONSENSUS_THRESHOLD,
        help="inside where more than this share of the contours hold a voxel (0: any), or its probability is above "
        f"this; {CONSENSUS_THRESHOLD:g} by default",
    )
    parser.add_argument(
        "--dicom", metavar="DIR", type=Path, help="of a study: a new or empty folder for CT, SEG and RTSTRUCT as well"
    )
    parser.add_argument("--lymph-node", metavar="ID", help="of a study: this one alone")
    parser.add_argument(
        "--segment", metavar="NAME", help="of files: the segment in each, as `rlnresponse score` takes it"
    )
    parser.add_argument("--series", metavar="UID", help="of files: which series of a DICOM folder with several")
    parser.add_argument(
        "--output",
        metavar="PATH",
        type=Path,
        required=True,
        help="of a study a new or empty folder, of files one .seg.nrrd",
    )
    parser.set_defaults(run=run, parser=parser)


def run(call: argparse.Namespace) -> None:
    """Make the consensus, write it, and say what it is.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        blinded, few-contours, folder-not-empty, cannot-write, not-written, and what reading, the consensus and scoring
        refuse.

    """
    if call.contours is None:
        if call.segment is not None or call.series is not None:
            call.parser.error("--segment and --series are for --contours; a study knows its contours")
        _of_study(call)
        return
    if call.lymph_node is not None or call.dicom is not None:
        call.parser.error("--lymph-node and --dicom are of a study; leave them out")
    if not call.output.name.endswith(CONTOUR_SUFFIX):
        call.parser.error(f"--output is written as a segmentation; name a file that ends in {CONTOUR_SUFFIX}")
    _of_files(call)


def _of_study(call: argparse.Namespace) -> None:
    study = Study.open(call.study)
    readings = readings_for_consensus(study, call.lymph_node)
    refuse_filled_folder(call.output, "the consensus")
    if call.dicom is not None:
        refuse_export_folder(call.dicom, study)
    refuse_writing_over_study(call.output / _TABLE)
    scoring = StudyScoring.of_study(study)
    found = []
    with whole_folder(call.output) as partial:
        for number, (lymph_node, each) in enumerate(readings.items(), start=1):
            scored = reader_consensus(study, each, scoring, call.rule, call.above)
            made = scored.made
            write_seg_nrrd(partial / f"{lymph_node}{CONTOUR_SUFFIX}", made.contour, scored.ct, made.provenance)
            found.append(scored)
            progress_bar(number, len(readings))
        table = consensus_table(found)
        write_text_atomically(partial / _TABLE, csv_text(table.columns, table.rows, figures=True))
    notices = () if call.dicom is None else export_consensus(study, found, scoring, call.dicom)
    for sentence in notices:
        print(f"warning: {sentence}", file=sys.stderr)
    for scored in found:
        print("\n".join(consensus_sentences(scored.made)))
    written = "\n".join(f"  {path}" for path in (call.output, call.dicom) if path is not None)
    print(f"{counted(len(found), 'lymph node')}. {RESEARCH_USE_ONLY}\nWrote:\n{written}")


def _of_files(call: argparse.Namespace) -> None:
    refuse_no_folder(call.output)
    ct_path, *masks = call.contours
    ct = read_ct(ct_path, call.series)
    contours = [read_contour(mask, ct, call.segment) for mask in masks]
    # A file's name may be a person's; the order is the call's.
    names = [f"contour {number}" for number in range(1, len(contours) + 1)]
    made = consensus(contours, names, call.rule, name="consensus", threshold=call.above)
    write_atomically(call.output, lambda path: write_seg_nrrd(path, made.contour, ct, made.provenance))
    print("\n".join(consensus_sentences(made)))
    print(f"{RESEARCH_USE_ONLY}\nWrote:\n  {call.output}")
