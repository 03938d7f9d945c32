"""The house style of every figure, in one place: printed widths, letters, colours, line styles."""

from __future__ import annotations

from typing import Any

from RLNResponseLib.survival.curves import CURVE_COLOURS

MM = 1 / 25.4
# Of one column and of the text of a journal's page, inches.
SINGLE, DOUBLE = 84 * MM, 174 * MM

FONT = "DejaVu Sans"
# Points at printed width: no letter of a figure for the journal is smaller.
TEXT_SIZE, TITLE_SIZE = 8.0, 9.0
# Inches from line to line at TEXT_SIZE.
LINE = 0.15
# Of the empty edge, and of the strip at the foot that says what a figure is for; inches.
PAD, NOTICE = 0.06, 0.2
PNG_DPI, JOURNAL_DPI = 150, 300

# Okabe and Ito's colours, which the colour-blind tell apart; shape, hatching, dashes or words always say the same.
INK = "#1a1a1a"
QUIET = "#595959"
RULE = "#bdbdbd"
RIGHT_OF_CUTOFF = "#0072B2"
LEFT_OF_CUTOFF = "#D55E00"
OUTLINE = "#F0E442"

# Groups of curves: grey print keeps the dashes apart.
GROUPS = CURVE_COLOURS
DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (8, 2)))
BAND = 0.15

STYLE: dict[str, Any] = {
    "font.family": [FONT],
    "font.size": TEXT_SIZE,
    # Names come from files: a dollar sign in them is a dollar sign.
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": TEXT_SIZE,
    "axes.linewidth": 0.6,
    "axes.titlesize": TEXT_SIZE,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": TEXT_SIZE,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    # Journals ask for letters that stay letters.
    "pdf.fonttype": 42,
    "svg.hashsalt": "RLNResponse",
}
