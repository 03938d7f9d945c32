"""`rlnresponse score`: from a CT and a contour to the Rad-scores and the groups."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from RLNResponseLib.api import score
from RLNResponseLib.commands.options import add_image_and_mask, read_image_and_mask
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.features.perturbation import DEFAULT_NUMBER, DEFAULT_SD_MM
from RLNResponseLib.imaging.connectivity import connected_components
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_models
from RLNResponseLib.report.text.score import score_text


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "score",
        help="the Rad-scores of one contour",
        description="The Rad-scores of one contour on a CT, with groups, contributions and warnings.",
    )
    add_image_and_mask(parser)
    parser.add_argument("--components", action="store_true", help="score each connected component, largest first")
    parser.add_argument(
        "--model",
        metavar="ID",
        nargs="+",
        action="extend",
        help="score models: IDs or model cards (.json); the paper's two by default",
    )
    parser.add_argument(
        "--uncertainty",
        action="store_true",
        help=f"how far another reader's contour would move the scores: {DEFAULT_NUMBER} plausible contours, 95 %%",
    )
    parser.add_argument(
        "--sd-mm",
        metavar="MM",
        type=float,
        default=DEFAULT_SD_MM,
        help=f"SD of the boundary between readers, for --uncertainty ({DEFAULT_SD_MM:g} mm by default)",
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the plausible contours (0 by default)")
    parser.add_argument(
        "--second-reader", metavar="MASK", type=Path, help="another reader's contour, to be scored beside this one"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object (with --components, a list)")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Score, and print the text or the JSON.

    Parameters
    ----------
    call
        The parsed arguments.

    Raises
    ------
    DataRefusedError
        components-and-reader, and what reading and scoring refuse.

    """
    models = find_models(call.model or PUBLISHED_MODELS)
    ct, contour = read_image_and_mask(call)
    contours = connected_components(contour) if call.components else (contour,)
    if call.second_reader is not None and call.components:
        raise DataRefusedError(
            "A second reader's contour is compared with one contour, not with components; leave out --components.",
            "components-and-reader",
        )
    results = [
        score(
            ct,
            part,
            call.segment,
            models,
            all_features=call.json,
            uncertainty=call.uncertainty,
            sd_mm=call.sd_mm,
            seed=call.seed,
            second_reader=call.second_reader,
        )
        for part in contours
    ]
    if call.json:
        answers = [result.as_json() for result in results]
        print(json.dumps(answers if call.components else answers[0], indent=2, allow_nan=False))
    else:
        print("\n\n".join(score_text(result) for result in results))
