"""`rlnresponse extract`: the feature table of a study."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from RLNResponseLib.commands.options import TimedProgress
from RLNResponseLib.common.wording import counted, one_line
from RLNResponseLib.features.cohort.run import extract_study
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.modelling.card_features import card_extractions
from RLNResponseLib.modelling.model_card import find_model
from RLNResponseLib.study.study import Study


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "extract",
        help="the feature table of a study",
        description="The features of every locked reading, of each image that the study's protocol names (106 of the "
        "original image), and what its score models need beside them, as CSV and Parquet (with pyarrow); a second run "
        "extracts only what changed.",
    )
    parser.add_argument("study", metavar="STUDY", type=Path, help="the study folder")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers", metavar="N", type=_count, help="processes at work, one CT each (default: one a core)"
    )
    where.add_argument("--dask", metavar="ADDRESS", help="work on the Dask cluster of this scheduler (tcp://host:8786)")
    parser.set_defaults(run=run)


def arguments(study: Study) -> list[str]:
    """The command line that extracts a study's features, as the panel runs it.

    Parameters
    ----------
    study
        With locked readings.

    Returns
    -------
    list[str]
        From the command's name on.

    """
    return ["extract", str(study.folder)]


def run(call: argparse.Namespace) -> None:
    """Extract, and say what was made and what could not be read.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    with _ended_cleanly():
        study = Study.open(call.study)
        own = ExtractionSettings.from_mapping(study.protocol.extraction)
        cards = card_extractions([find_model(name) for name in study.protocol.score_models], otherwise=own)
        made = extract_study(study, TimedProgress(), workers=call.workers, dask=call.dask, cards=cards)
    for name, sentence in made.failures.items():
        print(one_line(f"{name}: {sentence}"), file=sys.stderr)
    print(f"{counted(made.rows, 'reading')}, {made.extracted} extracted now, {len(made.failures)} unreadable.\nWrote:")
    print("\n".join(f"  {file}" for file in made.files))


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return number


@contextmanager
def _ended_cleanly() -> Iterator[None]:
    """Let SIGTERM (the panel's Cancel, a batch system's time limit) end the processes as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
