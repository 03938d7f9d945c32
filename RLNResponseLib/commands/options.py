"""What several commands share: IMAGE, MASK, --segment, how a table is read, the ICC rule, progress, figures."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.terminal import redraw

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from RLNResponseLib.imaging.records import Contour, CTImage


# "lines": one line a step on stderr, for a program that shows its own bar (the panel).
PROGRESS_VARIABLE = "RLNRESPONSE_PROGRESS"
_WIDTH = 40


def progress_bar(done: int, total: int, label: str = "", note: str = "") -> None:
    """Say how far the work is: a bar on a terminal, lines where RLNRESPONSE_PROGRESS asks for them, nothing in a file.

    Parameters
    ----------
    done, total
        Steps.
    label, note
        Before and after the bar.

    """
    if os.environ.get(PROGRESS_VARIABLE) == "lines":
        print(f"progress: {done} of {total}", file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        width = _WIDTH * done // total
        bar = f"{label} [{'#' * width}{' ' * (_WIDTH - width)}] {done} of {total}{note}".strip()
        redraw(bar, last=done == total)


class TimedProgress:
    """The progress bar with its rate and the time left.

    The first call starts the clock: what it says is done was done before. `seconds` is the clock.
    """

    def __init__(self, label: str = "", seconds: Callable[[], float] = time.monotonic) -> None:
        self._label, self._seconds = label, seconds
        self._start: tuple[int, float] | None = None

    def __call__(self, done: int, total: int) -> None:
        """Say that `done` of `total` are done."""
        if self._start is None:
            self._start = (done, self._seconds())
        before, started = self._start
        note = ""
        if done > before:
            each = (self._seconds() - started) / (done - before)
            left = "" if done == total else f", {duration(each * (total - done))} left"
            note = f", {1 / max(each, 1e-9):.3g} a second{left}"
        progress_bar(done, total, self._label, note)


def duration(seconds: float) -> str:
    """A duration as people say it.

    Parameters
    ----------
    seconds
        Any number from 0.

    Returns
    -------
    str
        Whole seconds, minutes and seconds, or hours and minutes.

    Examples
    --------
    >>> duration(42), duration(200), duration(5 * 3600 + 7 * 60)
    ('42 s', '3 min 20 s', '5 h 7 min')

    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def figure_folder(folder: Path) -> Path:
    """The folder for figures, made where it is missing.

    Parameters
    ----------
    folder
        Of the call.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    DataRefusedError
        not-written.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataRefusedError(
            f"The folder {folder.name} cannot be made ({error.strerror}); choose another.", "not-written"
        ) from None
    return folder


def save_figures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write each figure as a journal takes it: SVG, PDF, and PNG at 300 dpi.

    Parameters
    ----------
    figures
        File name without suffix → figure.
    folder
        Where they go.

    Returns
    -------
    list of Path
        The files.

    """
    from RLNResponseLib.report.figures.drawing import drawing_style, save_figure
    from RLNResponseLib.report.figures.style import JOURNAL_DPI

    written = []
    with drawing_style():
        for name, figure in figures.items():
            for suffix in (".svg", ".pdf", ".png"):
                written.append(folder / f"{name}{suffix}")
                save_figure(figure, written[-1], JOURNAL_DPI)
    return written


def add_image_and_mask(parser: argparse.ArgumentParser) -> tuple[argparse.Action, argparse.Action]:
    """Declare IMAGE, MASK, --series, --acquisition, and what `add_contour_choice` does.

    Parameters
    ----------
    parser
        Of the command.

    Returns
    -------
    tuple of Action
        Of IMAGE and MASK.

    """
    # Not above: whoever reads no image (extract of an unchanged study) loads nothing that computes.
    from RLNResponseLib.imaging.formats import volume_names

    image = parser.add_argument(
        "image", metavar="IMAGE", type=Path, help=f"the CT: a DICOM folder, {volume_names('or')}"
    )
    mask = parser.add_argument(
        "mask",
        metavar="MASK",
        type=Path,
        help=f"the contour: .seg.nrrd, label map ({volume_names('or')}), RTSTRUCT or DICOM SEG",
    )
    add_contour_choice(parser)
    parser.add_argument("--series", metavar="UID", help="which series of a DICOM folder with several")
    add_acquisition(parser)
    return image, mask


def add_contour_choice(parser: argparse.ArgumentParser) -> None:
    """Declare --segment, --component and --threshold: which contour of a file is meant.

    Parameters
    ----------
    parser
        Of the command.

    """
    parser.add_argument(
        "--segment",
        metavar="NAME",
        help="segment or ROI name, segment ID, label number, or a pattern that one name fits ('LN*'); see "
        "`rlnresponse segments`",
    )
    parser.add_argument(
        "--component", metavar="N", type=from_one, help="of a contour in several parts the Nth, by size (1 largest)"
    )
    parser.add_argument(
        "--threshold",
        metavar="T",
        type=_fraction,
        help="of a fractional DICOM SEG: a voxel is inside from this fraction on (above 0, at most 1)",
    )


def from_one(text: str) -> int:
    """A whole number from 1 on, for argparse.

    Parameters
    ----------
    text
        As it was typed.

    Returns
    -------
    int

    Raises
    ------
    argparse.ArgumentTypeError
        For anything else, which ends the call with exit 2.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1 on")
    return int(text)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no fraction above 0 and at most 1, such as 0.5")
    return value


def read_image_and_mask(call: argparse.Namespace) -> tuple[CTImage, Contour]:
    """The CT and the contour that a call names.

    Parameters
    ----------
    call
        With the arguments of `add_image_and_mask`.

    Returns
    -------
    tuple of CTImage and Contour
        The contour on the grid of the CT.

    """
    from RLNResponseLib.api import read_lesion

    return read_lesion(
        call.image,
        call.mask,
        call.segment,
        call.series,
        acquisition=call.acquisition,
        component=call.component,
        threshold=call.threshold,
    )


def add_acquisition(parser: argparse.ArgumentParser) -> None:
    """Declare --acquisition, None where it is not given.

    Parameters
    ----------
    parser
        Of the command.

    """
    parser.add_argument(
        "--acquisition", metavar="N", type=int, help="which acquisition of a DICOM series that mixes several"
    )
