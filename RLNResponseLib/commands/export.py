"""`rlnresponse export`: locked readings as DICOM."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.options import progress_bar
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import counted
from RLNResponseLib.dicom_export.export import export_dicom
from RLNResponseLib.study.records import ReadingKey
from RLNResponseLib.study.study import Study


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="locked readings as DICOM SEG, RTSTRUCT and SR",
        description="The locked readings of an unblinded study as DICOM: de-identified CT, contours (SEG, RTSTRUCT), "
        f"features and Rad-scores (SR, TID 1500). {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder")
    parser.add_argument("--dicom", metavar="DIR", type=Path, required=True, help="a new or empty folder")
    one = parser.add_argument_group("one reading only")
    one.add_argument("--lymph-node", metavar="ID")
    one.add_argument("--reader", metavar="A")
    one.add_argument("--round", metavar="N", type=int)
    parser.set_defaults(run=run, refuse_call=parser.error)


def arguments(study: Study, folder: Path) -> list[str]:
    """The command line that exports a study's locked readings, as the panel runs it.

    Parameters
    ----------
    study
        Unblinded.
    folder
        New or empty.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    return ["export", str(study.folder), "--dicom", str(folder)]


def run(call: argparse.Namespace) -> None:
    """Export, and say what was written and what was cut.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    named = (call.lymph_node, call.reader, call.round)
    if None in named and named != (None, None, None):
        call.refuse_call("one reading is named by --lymph-node, --reader and --round together")
    only = ReadingKey(lymph_node=call.lymph_node, reader=call.reader, round=call.round) if call.lymph_node else None
    made = export_dicom(Study.open(call.study), call.dicom, only, progress_bar)
    for sentence in made.notices:
        print(f"warning: {sentence}", file=sys.stderr)
    readings, slices = counted(made.readings, "reading"), counted(made.slices, "CT slice")
    print(f"{readings}, each as SEG, RTSTRUCT and SR, on {slices}. {RESEARCH_USE_ONLY}")
    print(f"Wrote:\n  {made.folder}")
