"""`rlnresponse demo`: score something real at once, with pictures."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.demo_cohort import run_cohort
from RLNResponseLib.demo.lesions import demo_lesions
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.lesion_figure import write_lesion_figure
from RLNResponseLib.report.score_text import notice, score_table
from RLNResponseLib.requirements import need


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="score the demonstration lesions and draw them, or run a whole simulated cohort",
        description="Score two real lesions (without their files: a phantom's lymph nodes) and draw each. With --cohort: make a "
        "simulated study of the paper's size, from phantom CT and contours on.",
    )
    parser.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("demo-output"), help="where the files go (demo-output)"
    )
    parser.add_argument("--cohort", action="store_true", help="a simulated study of 77 patients with 129 lymph nodes")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the simulated cohort (1)")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """The simulated cohort; or score two lesions, print the table, write the pictures, name the files."""
    if call.cohort:
        run_cohort(call.output, call.seed)
        return
    need("matplotlib")
    demonstration = demo_lesions()
    print(f"{demonstration.origin}\n")
    models = published_models()
    results = [score_contour(ct, contour, models) for ct, contour in demonstration.lesions]
    print(score_table(results))

    call.output.mkdir(parents=True, exist_ok=True)
    written = []
    for (ct, contour), result in zip(demonstration.lesions, results, strict=True):
        picture = call.output / f"{_file_stem(contour.name)}.png"
        write_lesion_figure(picture, ct, contour, result)
        written.append(picture)
    scores = call.output / "scores.json"
    write_text_atomically(scores, json.dumps([result.as_json() for result in results], indent=2) + "\n")
    written.append(scores)
    print(f"\n{notice(results[0])}\n\nWrote:")
    print("\n".join(f"  {path}" for path in written))


def _file_stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
