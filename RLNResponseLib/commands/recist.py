"""`rlnresponse recist`: the short axis of a lymph node from its contour, and its response by size."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.size_response import axes_as_json, size_response
from RLNResponseLib.commands.options import add_image_and_mask, read_image_and_mask
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.findings import refuse_errors
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes, in_plane_axes
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.report.text.size import axes_sentences, size_response_sentences


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "recist",
        help="the short axis of a lymph node, and its response by size",
        description="The long axis of a contour on axial slices and the short axis at right angles to it, and with "
        f"--after the response of the lymph node by RECIST 1.1. {RESEARCH_USE_ONLY}",
    )
    add_image_and_mask(parser)
    parser.add_argument(
        "--after", metavar=("IMAGE", "MASK"), nargs=2, type=Path, help="the same lymph node on a later CT"
    )
    parser.add_argument("--after-segment", metavar="NAME", help="as --segment, of the later contour (the same name)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run, parser=parser)


def run(call: argparse.Namespace) -> None:
    """Measure, and say what it means.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    if call.after_segment is not None and call.after is None:
        call.parser.error("--after-segment is for --after, which is not given")
    name, before = _axes(call)
    if call.after is None:
        answer, sentences = {"segment": name, **axes_as_json(before)}, axes_sentences(name, before)
    else:
        image, mask = call.after
        segment = call.segment if call.after_segment is None else call.after_segment
        later = argparse.Namespace(**{**vars(call), "image": image, "mask": mask, "segment": segment})
        response = size_response(before, _axes(later)[1])
        answer, sentences = {"segment": name, **response.as_json()}, size_response_sentences(name, response)
    if call.json:
        print(json.dumps({**answer, "notice": RESEARCH_USE_ONLY}, indent=2, allow_nan=False))
    else:
        print("\n".join(printed(sentences, 100)))


def _axes(call: argparse.Namespace) -> tuple[str, InPlaneAxes]:
    """The contour's name and its axes; refuses what no score would be given of."""
    ct, contour = read_image_and_mask(call)
    refuse_errors(check(ct, contour))
    return contour.name, in_plane_axes(contour, ct)
