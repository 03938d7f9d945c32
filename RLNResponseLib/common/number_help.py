"""What each number means: the sections of docs/numbers.md, which ships with the extension, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.common.errors import DataRefusedError

_NAME = "numbers.md"
# By the header of a column; what is no number has none.
_OF_COLUMN = {
    "Inter": "icc",
    "Intra (re-contoured)": "icc",
    "ICC": "icc",
    "Bias, limits of agreement": "bias-and-limits-of-agreement",
    "Another group": "another-group",
    "Kappa": "kappa",
    "Dice": "dice",
    "Surface Dice, 1 mm": "surface-dice",
    "Surface Dice, 2 mm": "surface-dice",
    "Surface Dice, 3 mm": "surface-dice",
    "HD95, mm": "hd95",
    "Added path length, mm": "added-path-length",
    "Cutoff": "group-and-cutoff",
    "Apparent AUC": "apparent-and-corrected-auc",
    "Corrected AUC": "apparent-and-corrected-auc",
    "AUC": "auc",
    "Sensitivity": "sensitivity-and-specificity",
    "Specificity": "sensitivity-and-specificity",
    "PPV": "sensitivity-and-specificity",
    "NPV": "sensitivity-and-specificity",
    "Slope": "calibration-slope",
    "Coefficient": "coefficients",
    "Features": "features",
    "Lymph nodes": "patients-and-lymph-nodes-analysed",
    "With outcome": "patients-and-lymph-nodes-analysed",
}
_OF_SCORE = {"gu2021-response": "rad-score", "gu2021-local-control-2y": "rad-score-2-year"}


@dataclass(frozen=True)
class NumberSection:
    """What is said of one number.

    Attributes
    ----------
    anchor
        As in the page's address: "group-and-cutoff".
    title
        The section's heading.
    text
        Below the heading, in Markdown.
    """

    anchor: str
    title: str
    text: str


def number_sections() -> Mapping[str, NumberSection]:
    """Every section by its anchor, in the page's order.

    Returns
    -------
    Mapping of str to NumberSection

    Raises
    ------
    DataRefusedError
        no-resources.
    """
    file = Path(__file__).resolve().parents[2] / "docs" / _NAME
    try:
        page = file.read_text(encoding="utf-8")
    except OSError:
        raise DataRefusedError(f"docs/{_NAME} is not beside RLNResponse; install it again.", "no-resources") from None
    parts = [part.partition("\n") for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]]
    made = [NumberSection(_anchor(title), title.strip(), text.strip()) for title, _line, text in parts]
    return {section.anchor: section for section in made}


def column_anchors(headers: Iterable[str]) -> tuple[str, ...]:
    """The sections that say what a table's columns mean.

    Parameters
    ----------
    headers
        Of the columns.

    Returns
    -------
    tuple of str
        Each once, in the columns' order.

    Examples
    --------
    >>> column_anchors(["Lymph node", "Dice", "Surface Dice, 1 mm", "Surface Dice, 2 mm"])
    ('dice', 'surface-dice')
    """
    return tuple(dict.fromkeys(_OF_COLUMN[header] for header in headers if header in _OF_COLUMN))


def score_anchors(model: str) -> tuple[str, ...]:
    """The sections that say what a score, its group and its probability mean.

    Parameters
    ----------
    model
        ID of the score model; of a card of one's own nobody wrote a section.

    Returns
    -------
    tuple of str
    """
    own = _OF_SCORE.get(model)
    return (*(() if own is None else (own,)), "group-and-cutoff", "probability")


def _anchor(title: str) -> str:
    """As Python-Markdown makes it of a heading."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())
