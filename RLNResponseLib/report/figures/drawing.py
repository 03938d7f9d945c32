"""What every figure shares: palette, text that fits and always draws, a page in inches, the same bytes each time."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.report.figures.style import FONT, LINE, NOTICE, PAD, PNG_DPI, STYLE
from RLNResponseLib.report.figures.style import INK as INK
from RLNResponseLib.report.figures.style import LEFT_OF_CUTOFF as LEFT_OF_CUTOFF
from RLNResponseLib.report.figures.style import OUTLINE as OUTLINE
from RLNResponseLib.report.figures.style import QUIET as QUIET
from RLNResponseLib.report.figures.style import RIGHT_OF_CUTOFF as RIGHT_OF_CUTOFF
from RLNResponseLib.report.figures.style import RULE as RULE
from RLNResponseLib.report.figures.style import TEXT_SIZE as TEXT_SIZE
from RLNResponseLib.report.figures.style import TITLE_SIZE as TITLE_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text


MISSING_GLYPH = "□"
LONGEST_TEXT = 2000
MOST_ACCENTS = 2

METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": "RLNResponse"},
    ".svg": {"Creator": "RLNResponse", "Date": None},
    ".pdf": {"Creator": "RLNResponse", "Producer": None, "CreationDate": None},
}


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw and save inside this: the house style on matplotlib's own defaults, whatever a user's matplotlibrc says."""
    with need("matplotlib.style").context(["default", STYLE]):
        yield


def save_figure(figure: Figure, path: Path, dpi: int = PNG_DPI) -> None:
    """Write `figure` as PNG, SVG or PDF, by the suffix of `path`, completely or not at all.

    The bytes depend on the figure and on matplotlib's version only: no date, no random ids.

    Parameters
    ----------
    figure
        A drawn page.
    path
        The file.
    dpi
        Dots an inch of a PNG.

    Raises
    ------
    DataRefusedError
        for another suffix (picture-format) and where the file cannot be written (not-written).
    """
    suffix = _suffix(path)

    def write(temporary: Path) -> None:
        figure.savefig(temporary, format=suffix[1:], dpi=dpi, metadata=METADATA[suffix])

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
    if suffix not in METADATA:
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

    def lines(self, left: float, top: float, lines: Sequence[str], **style: Any) -> float:
        """One line of text below the other from (left, top), inches; where the next would begin."""
        for number, line in enumerate(lines):
            self.text(left, top + number * LINE, line, **style)
        return top + len(lines) * LINE

    def title(self, words: str, width: float) -> float:
        """`words` as the title, whole, in as many lines as it takes; where the figure begins, inches. None takes none.

        A figure of a report has its title in the caption.
        """
        top = PAD
        for line in whole_lines(words, width, TITLE_SIZE, "bold") if words else ():
            self.text(PAD, top, line, size=TITLE_SIZE, weight="bold")
            top += LINE * TITLE_SIZE / TEXT_SIZE
        return top

    def notice(self) -> None:
        """What the figure is for, in the strip that `svg_without_notice` cuts off."""
        self.text(PAD, self.height - NOTICE + 0.02, RESEARCH_USE_ONLY, color=QUIET, size=TEXT_SIZE)


def title_height(words: str, width: float) -> float:
    """What `Page.title` will take of a figure's height, inches.

    Parameters
    ----------
    words
        The title; may be empty.
    width
        Width that there is, inches.

    Returns
    -------
    float
    """
    lines = whole_lines(words, width, TITLE_SIZE, "bold") if words else []
    return PAD + len(lines) * LINE * TITLE_SIZE / TEXT_SIZE


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


def whole_lines(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """`text` made printable and broken into lines of at most `width` inches; nothing of it is left out.

    A word wider than a line is broken between its letters.

    Parameters
    ----------
    text
        A paragraph.
    width
        Width that there is, inches.
    size
        Size of the letters, points.
    weight
        "normal" or "bold".

    Returns
    -------
    list of str
        At least one line.
    """

    def fits(piece: str) -> bool:
        return text_width(piece, size, weight) <= width

    lines: list[str] = []
    words = printable(text).split(" ")
    while words:
        count = _most(words, " ", fits)
        line, words = " ".join(words[:count]), words[count:]
        if count == 1 and not fits(line):
            letters = _most(line, "", fits)
            line, rest = line[:letters], line[letters:]
            words = [rest, *words] if rest else words
        lines.append(line)
    return lines


def _most(pieces: Sequence[str], joint: str, fits: Callable[[str], bool]) -> int:
    """How many of the first pieces fit together; at least 1."""
    low, high = 1, len(pieces) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(joint.join(pieces[:middle])) else (low, middle)
    return low
