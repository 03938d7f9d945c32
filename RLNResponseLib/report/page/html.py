"""The page's HTML: one file that loads nothing, for the screen and for print; whatever a study says in it is text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.common.wording import one_line
from RLNResponseLib.report.page.numbering import THE_PAPERS, numbers
from RLNResponseLib.report.page.parts import Section, with_figures
from RLNResponseLib.study.protocol import Protocol

# Only `demo --cohort` writes a protocol that says so, and it draws the outcomes as docs/cohort.md says.
SIMULATED = (
    "Everything here is simulated: no patient is in it, and the outcomes were drawn from the published scores that "
    "this report judges, so that it says nothing of their worth."
)


_NO_PATIENTS = "SIMULATED, no patients"
# Characters of a title in the running head, which stand on one line beside a section's name.
_LONGEST_HEAD = 40


def templates() -> Any:
    """The report's templates: everything is escaped, and a name that is not given is an error.

    Returns
    -------
    jinja2.Environment

    Raises
    ------
    DataRefusedError
        missing-package without jinja2.
    """
    jinja2 = need("jinja2")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources_folder() / "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def running_head(protocol: Protocol) -> str:
    """What stands above every printed page: that a study is simulated, never cut, then its title in short.

    Parameters
    ----------
    protocol
        Of the study.

    Returns
    -------
    str

    Examples
    --------
    >>> from RLNResponseLib.study.protocol import plan_readers
    >>> title = "SIMULATED cohort of the size of a much larger one that is named here (phantom CT)"
    >>> running_head(Protocol(title=title, readers=plan_readers(["A"], []), simulated=True))
    'SIMULATED, no patients: cohort of the size of a much larger one…'
    """
    title = one_line(protocol.title)
    if protocol.simulated:
        title = title.removeprefix("SIMULATED ")
    if len(title) > _LONGEST_HEAD:
        words = title[: _LONGEST_HEAD + 1].rpartition(" ")[0] or title[:_LONGEST_HEAD]
        title = words.rstrip(" ,;:(") + "…"
    return f"{_NO_PATIENTS}: {title}" if protocol.simulated else title


@dataclass(frozen=True, kw_only=True)
class EmbeddedFigure:
    """A figure as the page holds it: its SVG as a data URI, so that nothing outside it is loaded.

    Attributes
    ----------
    title
        Its caption's first sentence.
    caption
        What it cannot say itself.
    uri
        The SVG as a data URI.
    svg
        The SVG itself.
    width_in
        How wide it was drawn, inches: wider than that it is not printed.
    """

    title: str
    caption: str
    uri: str
    svg: str
    width_in: float = 6.9


def study_page(
    protocol: Protocol,
    sections: Sequence[Section],
    figures: Mapping[str, EmbeddedFigure],
    now: Now,
    *,
    in_print: bool = False,
    fonts: str = "",
) -> str:
    """The page's HTML.

    Parameters
    ----------
    protocol
        Of the study: its title, and whether it is simulated.
    sections
        The sections of the page.
    figures
        The SVG figures by name.
    now
        The moment, from the caller's clock.
    in_print
        Whether it is for paper: the same content without what only a screen has, long tables with their first rows.
    fonts
        Style that names the fonts' files; for paper only.

    Returns
    -------
    str
    """
    folder = resources_folder() / "report"
    environment = templates()
    of_date = " (simulated date)" if now.is_simulated else ""
    made = f"Made by RLNResponse {__version__} on {now.today.isoformat()}{of_date}."
    shown = with_figures(sections, tuple(figures))
    # Ours alone, and never a study's: what a study says is escaped.
    style, script = ((folder / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    page: str = environment.get_template("study.html.j2").render(
        title=protocol.title,
        head=running_head(protocol),
        notice=RESEARCH_USE_ONLY,
        simulated=SIMULATED if protocol.simulated else "",
        made=made,
        date=now.today.isoformat(),
        sections=shown,
        figures=figures,
        number=numbers(shown, {name: figure.title for name, figure in figures.items()}, THE_PAPERS),
        in_print=in_print,
        policy=_policy(style, script),
        **_trusted(need("jinja2"), style=fonts + style if in_print else style, script=script),
    )
    return page


def _trusted(jinja2: Any, **texts: str) -> dict[str, Any]:
    markup = jinja2.utils.markupsafe.Markup
    return {name: markup(text) for name, text in texts.items()}


def _policy(style: str, script: str) -> str:
    """No request at all; of styles and scripts the two of ours, by their hashes."""
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
