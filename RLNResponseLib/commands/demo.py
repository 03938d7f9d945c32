"""`rlnresponse demo`: score something real at once, with pictures."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from RLNResponseLib.demo.lesions import demo_lesions
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.lesion_figure import write_lesion_figure
from RLNResponseLib.report.score_text import notice, score_table


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="score the demonstration lesions and draw them",
        description="Score two real lesions (without their files: a phantom's lymph nodes) and draw each.",
    )
    parser.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("demo-output"), help="where the files go (demo-output)"
    )
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Score, print the table, write the pictures, name the files."""
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
