"""`rlnresponse demo`: score something real at once, with pictures."""

from __future__ import annotations

import argparse
import json
import re
import textwrap
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.demo_cohort import run_cohort
from RLNResponseLib.demo.lesions import phantom_lymph_nodes, real_lesions
from RLNResponseLib.files import write_text_atomically
from RLNResponseLib.modelling.lesion import score_contour
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.lesion_figure import write_lesion_figure
from RLNResponseLib.report.score_text import score_table
from RLNResponseLib.requirements import need


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="score the demonstration lesions and draw them, or run a whole simulated cohort",
        description="Score a phantom's lymph nodes, and two real lesions where their files are, and draw each. With --cohort: make "
        "a simulated study of the paper's size, from phantom CT and contours on.",
    )
    parser.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("demo-output"), help="where the files go (demo-output)"
    )
    parser.add_argument("--cohort", action="store_true", help="a simulated study of 77 patients with 129 lymph nodes")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the simulated cohort (1)")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """The simulated cohort; or score the lesions, print the tables, write the pictures, name the files."""
    if call.cohort:
        run_cohort(call.output, call.seed)
        return
    need("matplotlib")
    models = published_models()
    real = real_lesions()
    call.output.mkdir(parents=True, exist_ok=True)
    results, written = [], []
    for demonstration in (phantom_lymph_nodes(), real):
        if demonstration is None:
            print("\nThe two real CT that could follow are not on this machine (`make demo` in a clone gets them).")
            continue
        of_these = [score_contour(ct, contour, models) for ct, contour in demonstration.lesions]
        print(f"{textwrap.fill(demonstration.origin, 100)}\n\n{score_table(of_these)}\n")
        for (ct, contour), result in zip(demonstration.lesions, of_these, strict=True):
            picture = call.output / f"{_file_stem(contour.name)}.png"
            write_lesion_figure(picture, ct, contour, result)
            written.append(picture)
        results += of_these
    scores = call.output / "scores.json"
    write_text_atomically(scores, json.dumps([result.as_json() for result in results], indent=2) + "\n")
    written.append(scores)
    print(f"{results[0].notice}\n\nWrote:")
    print("\n".join(f"  {path}" for path in written))


def _file_stem(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
