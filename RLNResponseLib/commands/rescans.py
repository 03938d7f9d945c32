"""`rlnresponse rescans`: what the second CT of a study's lymph nodes says."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.rescans import study_rescans
from RLNResponseLib.commands.table_options import refuse_no_folder
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.report.text.rescans import rescan_sentences
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
        "rescans",
        help="the change of features and size between two CT, and test-retest agreement",
        description="Of a study's lymph nodes with a second CT: response by the short axis (RECIST 1.1), the change of "
        f"every feature, and test-retest agreement apart from re-contouring. {RESEARCH_USE_ONLY}",
    )
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder, unblinded and extracted")
    parser.add_argument("--output", metavar="FILE.csv", type=Path, help="sizes and changes, one row a lymph node")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Compare, print and write.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    if call.output:
        refuse_no_folder(call.output)
    found = study_rescans(Study.open(call.study))
    if call.output:
        table = found.table()
        write_text_atomically(call.output, csv_text(table.columns, table.rows, figures=True))
        print(f"Wrote {call.output}", file=sys.stderr)
    if call.json:
        print(json.dumps({**found.as_json(), "notice": RESEARCH_USE_ONLY}, indent=2, allow_nan=False))
    else:
        print("\n".join(printed(rescan_sentences(found), 100)))
