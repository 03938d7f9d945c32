"""`rlnresponse features`: the 106 features of one contour."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.batch import FeatureTask
from RLNResponseLib.api import extract_features
from RLNResponseLib.commands.batch import add_batch, do_batch, refuse_without_batch
from RLNResponseLib.commands.options import add_image_and_mask, read_image_and_mask
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.features.settings import ExtractionSettings
from RLNResponseLib.features.settings_file import FileSettings, read_settings
from RLNResponseLib.features.witness import WitnessReport, check_features
from RLNResponseLib.imaging.uneven import spaced_at


def add_parser(commands: Any) -> None:
    """Declare the command.

    Parameters
    ----------
    commands
        The subparsers of `rlnresponse`.

    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "features",
        help="the 106 features of one contour",
        description="The 106 features of one contour on a CT, by pyradiomics' definitions and at its default settings "
        "or those of a file.",
    )
    image_and_mask = add_image_and_mask(parser)
    add_batch(parser, image_and_mask)
    parser.add_argument(
        "--settings",
        metavar="FILE",
        type=Path,
        help="a study's study.toml, or pyradiomics' parameter file (YAML, JSON); what we have not is refused",
    )
    parser.add_argument("--output", metavar="FILE.csv", type=Path, help="write the CSV instead of printing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--check", action="store_true", help="compare with the pyradiomics that is installed; exit 1 where one differs"
    )
    parser.set_defaults(run=run, parser=parser)


def run(call: argparse.Namespace) -> None:
    """Extract, and print or write.

    Parameters
    ----------
    call
        The parsed arguments.

    """
    wanted = FileSettings(ExtractionSettings()) if call.settings is None else read_settings(call.settings)
    if call.batch is not None:
        task = FeatureTask(settings=wanted.settings, features=wanted.features, threshold=call.threshold)
        do_batch(call, task, "extracted", not_beside=("check",))
        return
    refuse_without_batch(call.parser, call)
    ct, contour = read_image_and_mask(call)
    ct = spaced_at(ct, contour)
    found = extract_features(ct, contour, settings=wanted.settings, features=wanted.features)
    witness = check_features(ct, contour, found.vector) if call.check else None
    if call.output:
        row = found.row()
        write_text_atomically(call.output, csv_text(tuple(row), [row]))
        print(f"Wrote {call.output}", file=sys.stderr if call.json else sys.stdout)
    if call.json:
        answer = found.as_json()
        if witness:
            answer["witness"] = witness.as_json()
        print(json.dumps(answer, indent=2, allow_nan=False))
        _refuse_difference(witness)
        return
    if witness:
        print(f"The features of '{one_line(contour.name)}' are {witness.sentence}.")
    elif not call.output:
        width = max(map(len, found.values))
        print("\n".join(f"{name:<{width}}  {value!r}" for name, value in found.values.items()))
    for finding in found.warnings:
        print(f"warning: {finding.at_terminal}", file=sys.stderr)
    _refuse_difference(witness)


def _refuse_difference(witness: WitnessReport | None) -> None:
    """Refuse where the comparison that was asked for was not made (no-witness) or differs (witness-differs)."""
    if witness is None or witness.agrees:
        return
    if witness.pyradiomics is None:
        raise DataRefusedError(
            "The features could not be compared: pyradiomics is not installed here; install it where there is a C "
            "compiler (pip install pyradiomics-bhklab).",
            "no-witness",
        )
    raise DataRefusedError(
        f"Not every feature equals pyradiomics': {witness.sentence}; please report it with the software versions.",
        "witness-differs",
    )
