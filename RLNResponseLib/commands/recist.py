"""`rlnresponse recist`: the short axis of a lymph node from its contour, and its response by size."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.patient_size_response import patient_size_response
from RLNResponseLib.analysis.size_response import axes_as_json, size_response
from RLNResponseLib.commands.options import add_image_and_mask, read_image_and_mask
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.findings import refuse_errors
from RLNResponseLib.common.wording import listed
from RLNResponseLib.imaging.checks.quality import check
from RLNResponseLib.imaging.in_plane_axes import InPlaneAxes, in_plane_axes
from RLNResponseLib.imaging.load import list_segments, read_contour, read_ct
from RLNResponseLib.report.text.sentences import printed
from RLNResponseLib.report.text.size import (
    axes_sentences,
    patient_size_response_sentences,
    size_response_sentences,
)


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
    parser.add_argument(
        "--patient",
        action="store_true",
        help="with --after: every segment of both files is a lymph node of one patient, matched by name; the sum of "
        "the targets' short axes",
    )
    parser.add_argument(
        "--vanished",
        metavar="NAME",
        action="append",
        default=[],
        help="with --patient: this lymph node is not seen any more on the later CT; may be repeated",
    )
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
    if (call.patient and (call.after is None or call.segment is not None)) or (call.vanished and not call.patient):
        call.parser.error("--patient goes with --after and without --segment, --vanished with --patient")
    if call.patient:
        _run_patient(call)
        return
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


def _run_patient(call: argparse.Namespace) -> None:
    before = _every_axes(call, call.image, call.mask)
    after: dict[str, InPlaneAxes | None] = dict(_every_axes(call, *call.after))
    for name in call.vanished:
        if name in after or name not in before:
            raise DataRefusedError(
                f"The lymph node {name} cannot have vanished: "
                f"{'it is on the later CT' if name in after else 'it is not on the first CT'}; correct the name.",
                "bad-vanished",
            )
        after[name] = None
    missing = sorted(set(before) - set(after))
    if missing:
        raise DataRefusedError(
            f"The later file has no segment {listed(missing, 6)}; contour it there under the same name, or say "
            "--vanished where it is not seen any more.",
            "missing-contour",
        )
    response = patient_size_response(before, after)
    if call.json:
        print(json.dumps({**response.as_json(), "notice": RESEARCH_USE_ONLY}, indent=2, allow_nan=False))
    else:
        print("\n".join(printed(patient_size_response_sentences(call.mask.name, response), 100)))


def _every_axes(call: argparse.Namespace, image: Path, mask: Path) -> dict[str, InPlaneAxes]:
    ct = read_ct(image, call.series, call.acquisition)
    found = {}
    for entry in list_segments(mask):
        contour = read_contour(mask, ct, entry.name, threshold=call.threshold)
        refuse_errors(check(ct, contour))
        found[entry.name] = in_plane_axes(contour, ct)
    return found


def _axes(call: argparse.Namespace) -> tuple[str, InPlaneAxes]:
    """The contour's name and its axes; refuses what no score would be given of."""
    ct, contour = read_image_and_mask(call)
    refuse_errors(check(ct, contour))
    return contour.name, in_plane_axes(contour, ct)
