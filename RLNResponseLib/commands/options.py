"""What several commands share: IMAGE, MASK, --segment, how a table is read, the ICC rule, progress, figures."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from RLNResponseLib.common.cells import Sign
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.missing_codes import declared_sentence, suspicious_codes
from RLNResponseLib.common.table_file import TableOptions, read_table
from RLNResponseLib.common.tables import Table
from RLNResponseLib.study.protocol import ICC_DECISIONS, IccForm, IccRule

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from RLNResponseLib.imaging.records import Contour, CTImage


# "lines": one line a step on stderr, for a program that shows its own bar (the panel).
PROGRESS_VARIABLE = "RLNRESPONSE_PROGRESS"
_WIDTH = 40
_DECIMAL_SIGNS: Mapping[str, Sign] = {"point": ".", "comma": ","}


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
        end = "\n" if done == total else ""
        bar = f"{label} [{'#' * width}{' ' * (_WIDTH - width)}] {done} of {total}{note}".strip()
        # To the line's end: the note before may have been longer.
        print(f"\r{bar}\x1b[K", end=end, file=sys.stderr, flush=True)


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
    """Write each figure as SVG and as PNG.

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

    written = []
    with drawing_style():
        for name, figure in figures.items():
            for suffix in (".svg", ".png"):
                written.append(folder / f"{name}{suffix}")
                save_figure(figure, written[-1])
    return written


def add_image_and_mask(parser: argparse.ArgumentParser) -> None:
    """Declare IMAGE, MASK, --series and --segment.

    Parameters
    ----------
    parser
        Of the command.

    """
    parser.add_argument("image", metavar="IMAGE", type=Path, help="the CT: a DICOM folder, NRRD, NIfTI or MetaImage")
    parser.add_argument(
        "mask",
        metavar="MASK",
        type=Path,
        help="the contour: .seg.nrrd, label map (NRRD, NIfTI, MetaImage), RTSTRUCT or DICOM SEG",
    )
    parser.add_argument("--segment", metavar="NAME", help="segment or ROI name, segment ID, or label number")
    parser.add_argument("--series", metavar="UID", help="which series of a DICOM folder with several")


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

    return read_lesion(call.image, call.mask, call.segment, call.series)


def add_table_options(parser: argparse.ArgumentParser, sheets: str | int | None = None) -> None:
    """Declare --sheet, --missing and --decimal.

    Parameters
    ----------
    parser
        Of the command.
    sheets
        How often --sheet may be given, as argparse's nargs; None once.

    """
    parser.add_argument(
        "--sheet",
        metavar="NAME",
        nargs=sheets,
        help="of a workbook (XLSX); the only visible one by default"
        + ("" if sheets is None else "; two names: of the patients, of the lymph nodes"),
    )
    parser.add_argument(
        "--missing",
        metavar="CODE",
        nargs="+",
        action="extend",
        default=[],
        help="codes that mean not known: --missing -99 UNK, or --missing=-99,UNK",
    )
    parser.add_argument(
        "--decimal", choices=tuple(_DECIMAL_SIGNS), help="the decimal sign of a CSV; told from the columns by default"
    )


def table_options(call: argparse.Namespace, sheet: str | None = None) -> TableOptions:
    """What a call says of its table.

    Parameters
    ----------
    call
        With the arguments of `add_table_options`.
    sheet
        Of the table, where --sheet names several.

    Returns
    -------
    TableOptions

    """
    codes = [code.strip() for text in call.missing for code in ([text] if text == "," else text.split(","))]
    named = call.sheet if isinstance(call.sheet, str) else sheet
    decimal = _DECIMAL_SIGNS[call.decimal] if call.decimal else None
    group = getattr(call, "group", None)
    return TableOptions(
        sheet=named,
        missing=tuple(code for code in codes if code),
        decimal=decimal,
        names=(group,) if group else (),
    )


def read_named_table(call: argparse.Namespace, path: Path) -> Table:
    """A table that a call names; what was noticed in reading it is said on stderr.

    Parameters
    ----------
    call
        With the arguments of `add_table_options`.
    path
        The file.

    Returns
    -------
    Table

    """
    table = read_table(path, table_options(call))
    say_notes(table)
    return table


def say_notes(table: Table, *, declared: bool = True) -> None:
    """Say on stderr how a table was read, what was declared missing, and which values look like an undeclared code.

    Parameters
    ----------
    table
        As it was read.
    declared
        Whether what was declared missing is said: Table 1 counts it itself.

    """
    for note in (*table.notes, *([declared_sentence(table.declared)] if declared and table.declared else [])):
        print(f"note: {note}", file=sys.stderr)
    for finding in suspicious_codes(table):
        print(f"warning: {finding.at_terminal}", file=sys.stderr)


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
    """The ICC rule of a call, with the defaults for what it leaves out.

    Parameters
    ----------
    call
        With the arguments of `add_icc_rule`.

    Returns
    -------
    IccRule
        Judged.

    Raises
    ------
    DataRefusedError
        bad-threshold.

    """
    given = {name: value for name in ("form", "threshold", "on") if (value := getattr(call, name)) is not None}
    return IccRule(**given)
