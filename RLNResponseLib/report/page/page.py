"""The study report: one self-contained page, the same in print, its tables as CSV and its figures as SVG beside it."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.survival import CURVES_SUFFIX, curves_csv
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.clock import Now
from RLNResponseLib.common.errors import DataRefusedError
from RLNResponseLib.common.files import write_text_atomically
from RLNResponseLib.common.requirements import need
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.report.figures.drawing import save_figure
from RLNResponseLib.report.figures.embedding import svg, svg_without_notice
from RLNResponseLib.report.figures.study import StudyFigure, study_figures
from RLNResponseLib.report.page.agreement import agreement_section
from RLNResponseLib.report.page.answer import answer_section
from RLNResponseLib.report.page.beyond import beyond_section
from RLNResponseLib.report.page.checklists import checklist_section
from RLNResponseLib.report.page.cohort import cohort_section
from RLNResponseLib.report.page.first_page import first_page_figure, first_page_file
from RLNResponseLib.report.page.html import SIMULATED, EmbeddedFigure, study_page
from RLNResponseLib.report.page.methods import methods_section, methods_sources, settings_section
from RLNResponseLib.report.page.models import models_section
from RLNResponseLib.report.page.paper import paper_section
from RLNResponseLib.report.page.parts import PageTable, Section, tables_of
from RLNResponseLib.report.page.pdf import refuse_without_pdf, write_pdf
from RLNResponseLib.report.page.protocol import protocol_section
from RLNResponseLib.report.page.rescans import rescans_sections
from RLNResponseLib.report.page.survival import survival_section
from RLNResponseLib.report.text.references import bibtex
from RLNResponseLib.study.study import Study

# What figures and tables are called that not every study has.
_SOMETIMES = (
    "agreement", "contour-overlap", "controlled-against-failed", "deviations", "distribution", "endpoint",
    "feature-agreement", "flips", "formula", "group-agreement", "local-control", "overview", "performance", "protocol",
    "published-beside", "redundant", "regressions", "score", "selection", "two-year-competing",
)  # fmt: skip


def write_study_report(
    study: Study,
    analysis: StudyAnalysis,
    path: Path,
    now: Now,
    pdf: Path | None = None,
    sections: tuple[Section, ...] | None = None,
    drawn: Mapping[str, StudyFigure] | None = None,
) -> tuple[Path, ...]:
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
    pdf
        Where the same goes as PDF; None writes none.
    sections
        Of `study_sections`, where they are made already.
    drawn
        Of `study_figures`, where they are drawn already.

    Returns
    -------
    tuple of Path

    Raises
    ------
    DataRefusedError
        bad-name (not .html, not .pdf), not-written, and what a PDF needs.
    """
    refuse_unwritable(path, pdf)
    sections = study_sections(study, analysis) if sections is None else sections
    figures = {name: _embedded(figure) for name, figure in (drawn or study_figures(analysis)).items()}
    folder = path.with_name(f"{path.stem}-files")
    files = {folder / f"{name}.svg": figure.svg for name, figure in figures.items()}
    files |= {folder / f"{table.name}.csv": _csv(table) for table in tables_of(sections)}
    files |= {folder / f"{stem}{CURVES_SUFFIX}": content for stem, content in _curves(analysis).items()}
    files[folder / "references.bib"] = bibtex(methods_sources(study, analysis))
    files[path] = study_page(study.protocol, sections, figures, now)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_stale(folder)
        for file, content in files.items():
            write_text_atomically(file, content)
    except OSError as error:
        raise DataRefusedError(
            f"The report '{path.name}' cannot be written ({error.strerror}); choose another folder.", "not-written"
        ) from error
    opening = (RESEARCH_USE_ONLY, *([SIMULATED] if study.protocol.simulated else []))
    save_figure(first_page_figure(study.protocol.title, opening, sections), first_page_file(path))
    written = (path, *(file for file in files if file != path), first_page_file(path))
    if pdf is None:
        return written
    write_pdf(study.protocol, sections, figures, now, pdf)
    return (*written, pdf)


def refuse_unwritable(path: Path, pdf: Path | None = None) -> None:
    """Refuse before the long work what could not be written after it.

    Parameters
    ----------
    path
        The page.
    pdf
        The same in print; None where it is not asked for.

    Raises
    ------
    DataRefusedError
        missing-package, bad-name (not .html, not .pdf), not-written (a folder of that name, no folder there, no right
        to write), missing-library (Pango).
    """
    need("jinja2")
    need("matplotlib")
    need("sklearn.metrics")
    if path.suffix.lower() != ".html":
        raise DataRefusedError(
            f"The report is a page and ends in .html, which '{path.name}' does not; rename it.", "bad-name"
        )
    _refuse_place(path)
    if pdf is not None:
        if pdf.suffix.lower() != ".pdf":
            raise DataRefusedError(
                f"The report in print ends in .pdf, which '{pdf.name}' does not; rename it.", "bad-name"
            )
        _refuse_place(pdf)
        refuse_without_pdf()


def _refuse_place(path: Path) -> None:
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
        answer_section(analysis),
        paper_section(analysis),
        beyond_section(analysis),
        methods_section(study, analysis),
        protocol_section(study),
        cohort_section(analysis),
        agreement_section(analysis),
        *rescans_sections(analysis),
        models_section(analysis),
        survival_section(analysis),
        settings_section(study, analysis),
        checklist_section(study, analysis),
    )


def report_json(sections: Sequence[Section]) -> dict[str, Any]:
    """The five results and every table of the page, as `report --json` prints them.

    Parameters
    ----------
    sections
        Of `study_sections`.

    Returns
    -------
    dict[str, Any]
        "results", and "tables" by name: header, rows, notes.
    """
    results = [result for each in sections for part in each.parts for result in part.results]
    return {
        "results": [result.as_json() for result in results],
        "tables": {
            table.name: {"title": table.title, "header": table.header, "rows": table.rows, "notes": table.notes}
            for table in tables_of(sections)
        },
    }


def _embedded(figure: StudyFigure) -> EmbeddedFigure:
    """On the page without the notice, which the page itself has."""
    uri = "data:image/svg+xml;base64," + base64.b64encode(svg_without_notice(figure.figure)).decode("ascii")
    width = float(figure.figure.get_figwidth())
    return EmbeddedFigure(
        title=figure.title, caption=figure.caption, uri=uri, svg=svg(figure.figure).decode("utf-8"), width_in=width
    )


def _curves(analysis: StudyAnalysis) -> dict[str, str]:
    """The curves of each analysis as CSV, by the stem of its figures."""
    return {each.stem: curves_csv(each.split.curves) for each in analysis.survival.analyses if each.split is not None}


def _remove_stale(folder: Path) -> None:
    """An analysis that this report lacks must not lie there from an earlier one."""
    for stem in _SOMETIMES:
        for suffix in (".csv", ".svg"):
            for file in (folder / f"{stem}{suffix}", *folder.glob(f"{stem}-*{suffix}")):
                file.unlink(missing_ok=True)


def _csv(table: PageTable) -> str:
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    notes = [{table.header[0]: note} for note in (*table.notes, RESEARCH_USE_ONLY)]
    return csv_text(table.header, [{**dict.fromkeys(table.header, ""), **row} for row in (*rows, *notes)], figures=True)
