"""The page in print: the same content as a tagged, bookmarked PDF, by WeasyPrint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.report.page.html import EmbeddedFigure, study_page
from RLNResponseLib.report.page.parts import Section
from RLNResponseLib.study.protocol import Protocol

# PDF/UA: readable by a screen reader, tagged, with bookmarks, a title and a language.
VARIANT = "pdf/ua-1"
_FACES = (("DejaVuSans.ttf", "normal", "normal"), ("DejaVuSans-Bold.ttf", "bold", "normal"))


def refuse_without_pdf() -> None:
    """Refuse before the long work where no PDF can be made.

    Raises
    ------
    DataRefusedError
        missing-package (WeasyPrint), missing-library (Pango).
    """
    _weasyprint()


def write_pdf(
    protocol: Protocol,
    sections: Sequence[Section],
    figures: Mapping[str, EmbeddedFigure],
    now: Now,
    path: Path,
) -> None:
    """Write the page as PDF, completely or not at all.

    Parameters
    ----------
    protocol
        Of the study.
    sections
        The sections of the page.
    figures
        The SVG figures by name.
    now
        The moment, from the caller's clock.
    path
        The file.

    Raises
    ------
    DataRefusedError
        missing-package, missing-library, not-written.
    """
    weasyprint = _weasyprint()
    fonts = _fonts()
    page = study_page(protocol, sections, figures, now, in_print=True, fonts=_font_style(fonts))
    document = weasyprint.HTML(string=page, url_fetcher=_fetcher(weasyprint, fonts))
    content = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=b"RLNResponse")
    try:
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
    except OSError as error:
        raise DataRefusedError(
            f"The report '{path.name}' cannot be written ({error.strerror}); choose another folder.", "not-written"
        ) from error


def _weasyprint() -> Any:
    try:
        return need("weasyprint")
    except OSError as error:
        raise DataRefusedError(
            "A PDF needs the library Pango, which this computer lacks; install it (Debian and Ubuntu: apt install "
            "libpango-1.0-0 libpangoft2-1.0-0), or print the page from a browser.",
            "missing-library",
        ) from error


def _fonts() -> dict[str, Path]:
    """Matplotlib's own fonts, so that print has the letters of its figures on every computer."""
    folder = Path(need("matplotlib").get_data_path()) / "fonts" / "ttf"
    return {(folder / name).as_uri(): folder / name for name, _, _ in _FACES}


def _font_style(fonts: Mapping[str, Path]) -> str:
    return "".join(
        f"@font-face {{ font-family: Report; src: url('{uri}'); font-weight: {weight}; font-style: {style}; }}\n"
        for uri, (_, weight, style) in zip(fonts, _FACES, strict=True)
    )


def _fetcher(weasyprint: Any, fonts: Mapping[str, Path]) -> Any:
    """What the page holds itself, and its fonts; everything else is refused."""

    class _OnlyThePage(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:") or url in fonts:
                return super().fetch(url, headers)
            raise ValueError(f"not on the page: {url}")

    return _OnlyThePage(allowed_protocols=("data", "file"))
