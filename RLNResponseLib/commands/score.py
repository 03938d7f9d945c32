"""`rlnresponse score`: from a CT and a contour to the Rad-scores and the groups."""

from __future__ import annotations

import argparse
import json
from typing import Any

from RLNResponseLib.commands.inputs import add_image_and_mask, read_image_and_mask
from RLNResponseLib.imaging.components import connected_components
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import PUBLISHED_MODELS, find_model
from RLNResponseLib.report.score_text import score_text


def add_parser(commands: Any) -> None:
    """Declare the command."""
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
        default=list(PUBLISHED_MODELS),
        help="score models: IDs or model cards (.json); the paper's two by default",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object (with --components, a list)")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Score, and print the text or the JSON."""
    models = [find_model(name) for name in call.model]
    ct, contour = read_image_and_mask(call)
    contours = connected_components(contour) if call.components else (contour,)
    results = [score_contour(ct, part, models, all_features=call.json) for part in contours]
    if call.json:
        answers = [result.as_json() for result in results]
        print(json.dumps(answers if call.components else answers[0], indent=2, allow_nan=False))
    else:
        print("\n\n".join(score_text(result) for result in results))
