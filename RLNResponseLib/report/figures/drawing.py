"""What every figure shares: palette, text that fits and always draws, a page in inches, the same bytes each time."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_atomically
from RLNResponseLib.common.requirements import need

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text


# Okabe and Ito's colours, which the colour-blind tell apart; shape, hatching or words always say the same.
INK = "#1a1a1a"
QUIET = "#595959"
RULE = "#bdbdbd"
RIGHT_OF_CUTOFF = "#0072B2"
LEFT_OF_CUTOFF = "#D55E00"
OUTLINE = "#F0E442"

FONT = "DejaVu Sans"
# Points, on every page.
TEXT_SIZE, TITLE_SIZE = 8.0, 11.0
PNG_DPI = 150
MISSING_GLYPH = "□"
LONGEST_TEXT = 2000
MOST_ACCENTS = 2

_STYLE: dict[str, Any] = {
    "font.family": [FONT],
    "font.size": 8.0,
    # Names come from files: a dollar sign in them is a dollar sign.
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "xtick.color": QUIET,
    "xtick.labelsize": 7.0,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "RLNResponse",
}
_METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": "RLNResponse"},
    ".svg": {"Creator": "RLNResponse", "Date": None},
    ".pdf": {"Creator": "RLNResponse", "Producer": None, "CreationDate": None},
}


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw and save inside this: the house style on matplotlib's own defaults, whatever a user's matplotlibrc says."""
    with need("matplotlib.style").context(["default", _STYLE]):
        yield


def save_figure(figure: Figure, path: Path) -> None:
    """Write `figure` as PNG (150 dpi), SVG or PDF, by the suffix of `path`, completely or not at all.

    The bytes depend on the figure and on matplotlib's version only: no date, no random ids.

    Parameters
    ----------
    figure
        A drawn page.
    path
        The file.

    Raises
    ------
    DataRefusedError
        for another suffix (picture-format) and where the file cannot be written (not-written).
    """
    suffix = _suffix(path)

    def write(temporary: Path) -> None:
        figure.savefig(temporary, format=suffix[1:], dpi=PNG_DPI, metadata=_METADATA[suffix])

    try:
        write_atomically(path, write)
    except OSError as error:
        raise DataRefusedError(
            f"The picture '{path.name}' cannot be written ({error.strerror}); check that its folder exists, that you "
            "may write there and that the disk is not full.",
            "not-written",
        ) from error


def refuse_undrawable(path: Path) -> None:
    """Refuse a picture before the work is done that it is to show.

    Parameters
    ----------
    path
        Of the picture.

    Raises
    ------
    DataRefusedError
        picture-format for another suffix, not-written where its folder is not there, missing-package without
        matplotlib.
    """
    _suffix(path)
    if not path.parent.is_dir():
        raise DataRefusedError(
            f"The picture '{path.name}' cannot be written: there is no folder {path.parent.name}; make it, or choose "
            "another.",
            "not-written",
        )
    need("matplotlib")


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _METADATA:
        raise DataRefusedError(
            f"A picture is written as .png, .svg or .pdf, not as '{path.name}'; choose one of them.", "picture-format"
        )
    return suffix


@dataclass(frozen=True)
class Page:
    """A figure laid out in inches from its top left corner.

    figure  matplotlib's figure on an Agg canvas
    width   inches
    height  inches
    """

    figure: Figure
    width: float
    height: float

    @classmethod
    def blank(cls, width: float, height: float) -> Page:
        """A white page of `width` × `height` inches."""
        figure = need("matplotlib.figure").Figure(figsize=(width, height), dpi=PNG_DPI, facecolor="white")
        need("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
        return cls(figure, width, height)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes whose top left corner is at (left, top), inches."""
        bottom = self.height - top - height
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))

    def rule(self, left: float, top: float, width: float, colour: str) -> None:
        """A thin horizontal line, inches."""
        y = 1 - top / self.height
        ends = [left / self.width, (left + width) / self.width]
        self.figure.add_artist(need("matplotlib.lines").Line2D(ends, [y, y], color=colour, lw=0.6))

    def text(self, left: float, top: float, words: str, **style: Any) -> Text:
        """Words whose first line begins at (left, top), inches; `style` goes to matplotlib's Text."""
        return self.figure.text(left / self.width, 1 - top / self.height, words, **{"va": "top", **style})


def printable(text: str) -> str:
    """`text` as one line that the font can draw.

    White space and control characters become single spaces; invisible format characters go, and so do accents beyond
    the second on one letter, which would tower over the page; a character that the font lacks becomes □, where
    matplotlib would warn and draw its own box.

    Parameters
    ----------
    text
        A text of the study, in any script.

    Returns
    -------
    str
    """
    font_manager = need("matplotlib.font_manager")
    font = font_manager.get_font(font_manager.findfont(FONT))
    drawn: list[str] = []
    accents = 0
    for character in unicodedata.normalize("NFC", text[:LONGEST_TEXT]):
        category = unicodedata.category(character)
        accents = accents + 1 if category in ("Mn", "Me") else 0
        if character.isspace() or category in ("Cc", "Zl", "Zp"):
            drawn.append(" ")
        elif category != "Cf" and accents <= MOST_ACCENTS:
            drawn.append(character if font.get_char_index(ord(character)) else MISSING_GLYPH)
    return " ".join("".join(drawn).split())


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """The width of printable `text` in inches at `size` points.

    Parameters
    ----------
    text
        One line.
    size
        Size of the letters, points.
    weight
        "normal" or "bold".

    Returns
    -------
    float
    """
    properties = need("matplotlib.font_manager").FontProperties(family=[FONT], size=size, weight=weight)
    renderer = need("matplotlib.backends.backend_agg").RendererAgg
    width, _, _ = renderer(1, 1, PNG_DPI).get_text_width_height_descent(text, properties, False)
    return float(width) / PNG_DPI


def fitting_size(text: str, width: float, size: float, weight: str = "normal") -> float:
    """`size`, or the smaller one at which printable `text` is `width` inches wide: for words that must stay whole.

    Parameters
    ----------
    text
        One line.
    width
        Width that there is, inches.
    size
        Size of the letters, points.
    weight
        "normal" or "bold".

    Returns
    -------
    float
    """
    return size * min(1.0, width / max(text_width(text, size, weight), 1e-6))


def shortened(text: str, width: float, size: float, weight: str = "normal") -> str:
    """`text` made printable and, where it is wider than `width` inches, cut at the end with an ellipsis.

    Parameters
    ----------
    text
        One line.
    width
        Width that there is, inches.
    size
        Size of the letters, points.
    weight
        "normal" or "bold".

    Returns
    -------
    str
    """
    line = printable(text)
    if text_width(line, size, weight) <= width:
        return line
    low, high = 0, len(line)
    while high - low > 1:
        middle = (low + high) // 2
        fits = text_width(line[:middle] + "…", size, weight) <= width
        low, high = (middle, high) if fits else (low, middle)
    return line[:low].rstrip() + "…"


def wrapped(text: str, width: float, size: float, most_lines: int) -> list[str]:
    """`text` made printable and broken between words into lines of at most `width` inches.

    The last of `most_lines` lines ends with an ellipsis where words are left; a word wider than a line is cut.

    Parameters
    ----------
    text
        A paragraph.
    width
        Width that there is, inches.
    size
        Size of the letters, points.
    most_lines
        How many lines at most.

    Returns
    -------
    list of str
    """
    lines: list[str] = []
    words = printable(text).split(" ")
    while words and len(lines) < most_lines:
        if len(lines) == most_lines - 1:
            lines.append(shortened(" ".join(words), width, size))
            break
        count = 1
        while count < len(words) and text_width(" ".join(words[: count + 1]), size) <= width:
            count += 1
        lines.append(shortened(" ".join(words[:count]), width, size))
        words = words[count:]
    return lines
