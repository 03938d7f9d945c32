"""The study report: one self-contained page, its tables as CSV and its figures as SVG beside it."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import CURVES_SUFFIX, curves_csv
from RLNResponseLib.common.about import RESEARCH_USE_ONLY, __version__
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.software import resources_folder
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.report.figures.drawing import drawing_style, save_figure
from RLNResponseLib.report.figures.study import StudyFigure, study_figures
from RLNResponseLib.report.page.cohort import agreement_section, cohort_section
from RLNResponseLib.report.page.first_page import first_page_figure, first_page_file
from RLNResponseLib.report.page.methods import checklist_section, methods_section
from RLNResponseLib.report.page.models import models_section
from RLNResponseLib.report.page.parts import PageTable, Section
from RLNResponseLib.report.page.survival import survival_section
from RLNResponseLib.study.protocol import Protocol
from RLNResponseLib.study.study import Study

# What figures and tables are called that not every study has.
_SOMETIMES = ("distribution", "flips", "formula", "performance", "score-differences", "selection", "local-control")


# Only `demo --cohort` writes a protocol that says so, and it draws the outcomes as docs/cohort.md says.
SIMULATED = (
    "Everything here is simulated: no patient is in it, and the outcomes were drawn from the published scores that "
    "this page judges, so that it says nothing of their worth."
)


@dataclass(frozen=True, kw_only=True)
class EmbeddedFigure:
    """A figure as the page holds it: its SVG as a data URI, so that nothing outside it is loaded."""

    title: str
    caption: str
    uri: str
    svg: str


def write_study_report(study: Study, analysis: StudyAnalysis, path: Path, now: Now) -> tuple[Path, ...]:
    """Write the page to `path`, and tables and figures into the folder `<stem>-files` beside it; all files written.

    Parameters
    ----------
    study
        The opened study folder.
    analysis
        The analysis of a study.
    path
        The file.
    now
        The moment, from the caller's clock.

    Returns
    -------
    tuple of Path

    Raises
    ------
    DataRefusedError
        bad-name (not .html), not-written.
    """
    refuse_unwritable(path)
    sections = study_sections(study, analysis)
    figures = {name: _embedded(figure) for name, figure in study_figures(analysis).items()}
    folder = path.with_name(f"{path.stem}-files")
    files = {folder / f"{name}.svg": figure.svg for name, figure in figures.items()}
    files |= {folder / f"{table.name}.csv": _csv(table) for table in _tables(sections)}
    files |= {folder / f"{stem}{CURVES_SUFFIX}": content for stem, content in _curves(analysis).items()}
    files[path] = study_page(study.protocol, sections, figures, now)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_stale(folder)
        for file, content in files.items():
            write_text_atomically(file, content)
        first_page = first_page_file(path)
        save_figure(first_page_figure(study.protocol.title, _opening(study.protocol, now), sections), first_page)
    except OSError as error:
        raise DataRefusedError(
            f"The report '{path.name}' cannot be written ({error.strerror}); choose another folder.", "not-written"
        ) from error
    return (path, *(file for file in files if file != path), first_page)


def refuse_unwritable(path: Path) -> None:
    """Refuse before the long work what could not be written after it.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    DataRefusedError
        missing-package, bad-name (not .html), not-written (a folder of that name, no folder there, no right to
        write).
    """
    need("jinja2")
    need("matplotlib")
    need("sklearn.metrics")
    if path.suffix.lower() != ".html":
        raise DataRefusedError(
            f"The report is a page and ends in .html, which '{path.name}' does not; rename it.", "bad-name"
        )
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if path.is_dir() or not nearest.is_dir() or not os.access(nearest, os.W_OK):
        fault = "it is a folder" if path.is_dir() else "its folder cannot be written to"
        raise DataRefusedError(
            f"The report '{path.name}' cannot be written ({fault}); choose another folder.", "not-written"
        )


def study_sections(study: Study, analysis: StudyAnalysis) -> tuple[Section, ...]:
    """The page's content, in its order.

    Parameters
    ----------
    study
        The opened study folder.
    analysis
        The analysis of a study.

    Returns
    -------
    tuple of Section
    """
    return (
        cohort_section(analysis),
        agreement_section(analysis),
        models_section(analysis),
        survival_section(analysis),
        methods_section(study, analysis),
        checklist_section(study, analysis),
    )


def study_page(
    protocol: Protocol, sections: tuple[Section, ...], figures: Mapping[str, EmbeddedFigure], now: Now
) -> str:
    """The page's HTML; whatever the study says in it is text.

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

    Returns
    -------
    str
    """
    jinja2 = need("jinja2")
    loader = jinja2.FileSystemLoader(resources_folder() / "report")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made = _made(now)
    simulated = SIMULATED if protocol.simulated else ""
    page: str = environment.get_template("study.html.j2").render(
        title=protocol.title,
        notice=RESEARCH_USE_ONLY,
        simulated=simulated,
        made=made,
        sections=sections,
        figures=figures,
    )
    return page


def _made(now: Now) -> str:
    of_date = " (simulated date)" if now.is_simulated else ""
    return f"Made by RLNResponse {__version__} on {now.today.isoformat()}{of_date}."


def _opening(protocol: Protocol, now: Now) -> tuple[str, ...]:
    """What stands at the head of the page's picture, below the title."""
    return (RESEARCH_USE_ONLY, *([SIMULATED] if protocol.simulated else []), _made(now))


def _embedded(figure: StudyFigure) -> EmbeddedFigure:
    buffer = io.BytesIO()
    with drawing_style():
        figure.figure.savefig(buffer, format="svg", metadata={"Creator": "RLNResponse", "Date": None})
    content = buffer.getvalue()
    uri = "data:image/svg+xml;base64," + base64.b64encode(content).decode("ascii")
    return EmbeddedFigure(title=figure.title, caption=figure.caption, uri=uri, svg=content.decode("utf-8"))


def _curves(analysis: StudyAnalysis) -> dict[str, str]:
    """The curves of each analysis as CSV, by the stem of its figures."""
    return {each.stem: curves_csv(each.split.curves) for each in analysis.survival.analyses if each.split is not None}


def _remove_stale(folder: Path) -> None:
    """An analysis that this report lacks must not lie there from an earlier one."""
    for stem in _SOMETIMES:
        for suffix in (".csv", ".svg"):
            for file in folder.glob(f"{stem}-*{suffix}"):
                file.unlink()


def _tables(sections: tuple[Section, ...]) -> list[PageTable]:
    return [part.table for section in sections for part in section.parts if part.table is not None]


def _csv(table: PageTable) -> str:
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    notes = [{table.header[0]: note} for note in (*table.notes, RESEARCH_USE_ONLY)]
    return csv_text(table.header, [{**dict.fromkeys(table.header, ""), **row} for row in (*rows, *notes)], figures=True)
