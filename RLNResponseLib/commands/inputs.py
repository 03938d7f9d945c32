"""The arguments IMAGE, MASK and --segment, which several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

from RLNResponseLib.api import read_lesion
from RLNResponseLib.imaging.records import Contour, CTImage


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
