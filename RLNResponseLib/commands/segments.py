"""`rlnresponse segments`: what a contour file holds, and by which numbers and names a call can mean it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from RLNResponseLib.imaging.formats import volume_names
from RLNResponseLib.imaging.load import list_places
from RLNResponseLib.report.text.segments import segments_text


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "segments",
        help="the segments, ROIs or labels of a contour file",
        description="The segments, ROIs or labels of a contour file: number, name, type, voxels (outlines of an "
        "RTSTRUCT, whose voxels depend on the CT) and place, the middle of each in mm, LPS.",
    )
    parser.add_argument(
        "file", metavar="FILE", type=Path, help=f".seg.nrrd, label map ({volume_names('or')}), RTSTRUCT or DICOM SEG"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """List them.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    places = list_places(call.file)
    if call.json:
        answer = {"file": call.file.name, "segments": [place.as_json() for place in places]}
        print(json.dumps(answer, indent=2, allow_nan=False))
    else:
        print(segments_text(call.file.name, places))
