"""The arguments that several commands share: IMAGE, MASK and --segment, and the ICC rule."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from RLNResponseLib.api import read_lesion
from RLNResponseLib.imaging.records import Contour, CTImage
from RLNResponseLib.study.protocol import ICC_DECISIONS, IccForm, IccRule


def add_image_and_mask(parser: argparse.ArgumentParser) -> None:
    """Declare IMAGE, MASK, --series and --segment."""
    parser.add_argument("image", metavar="IMAGE", type=Path, help="the CT: a DICOM folder, NRRD or NIfTI")
    parser.add_argument(
        "mask", metavar="MASK", type=Path, help="the contour: .seg.nrrd, NRRD or NIfTI label map, RTSTRUCT or DICOM SEG"
    )
    parser.add_argument("--segment", metavar="NAME", help="segment or ROI name, segment ID, or label number")
    parser.add_argument("--series", metavar="UID", help="which series of a DICOM folder with several")


def read_image_and_mask(call: argparse.Namespace) -> tuple[CTImage, Contour]:
    """The CT and the contour that the call names."""
    return read_lesion(call.image, call.mask, call.segment, call.series)


def add_icc_rule(parser: argparse.ArgumentParser, forms: Sequence[IccForm], beside: str = "") -> None:
    """Declare --form, --threshold and --on; each is None where it is not given.

    Parameters
    ----------
    parser
        Of the command.
    forms
        What --form may be.
    beside
        What the helps say beside the default: "; a study has its own".

    """
    rule = IccRule()
    parser.add_argument(
        "--form",
        choices=forms,
        metavar="FORM",
        help=f"which ICC, by McGraw and Wong's names: {', '.join(forms)}; {rule.form} by default{beside}",
    )
    parser.add_argument(
        "--threshold", metavar="T", type=float, help=f"a feature is kept above it ({rule.threshold:g}{beside})"
    )
    parser.add_argument(
        "--on",
        choices=ICC_DECISIONS,
        help=f"what the threshold judges, {' or '.join(ICC_DECISIONS)} ({rule.on}{beside})",
    )


def icc_rule(call: argparse.Namespace) -> IccRule:
    """The ICC rule of the call, with the defaults for what it leaves out.

    Raises
    ------
    DataRefusedError
        bad-threshold.

    """
    given = {name: value for name in ("form", "threshold", "on") if (value := getattr(call, name)) is not None}
    return IccRule(**given)
