"""`rlnresponse extract`: the feature table of a study."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.progress import progress_bar
from RLNResponseLib.features.cohort import extract_study
from RLNResponseLib.study.study import Study


def add_parser(commands: Any) -> None:
    """Declare the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "extract",
        help="the feature table of a study",
        description="The 106 features of every locked reading, as Parquet and CSV; a second run extracts only what changed.",
    )
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder")
    parser.set_defaults(run=run)


def run(call: argparse.Namespace) -> None:
    """Extract, and say what was made and what could not be read."""
    made = extract_study(Study.open(call.study), progress_bar)
    for name, sentence in made.failures.items():
        print(f"{name}: {sentence}", file=sys.stderr)
    print(f"{made.rows} readings, {made.extracted} extracted now, {len(made.failures)} unreadable.\nWrote:")
    print("\n".join(f"  {file}" for file in made.files))
