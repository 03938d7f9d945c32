"""The appendix on who was studied."""

from __future__ import annotations

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.table1 import Table1
from RLNResponseLib.analysis.table1_comparison import published_table1
from RLNResponseLib.report.page.parts import FIRST_ROWS, PageTable, Part, Section, listed, section, tabled, text
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.report.text.table1 import COMPARISON_HEADER, table1_header, table1_rows, table1_sentences


def cohort_section(analysis: StudyAnalysis) -> Section:
    """Every variable by set, and every margin of the paper's Table 1 beside this study's.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    parts: list[Part] = [
        *_table1(analysis.by_set),
        tabled(
            PageTable(
                name="beside-published",
                title="Every margin of the paper's Table 1, its p-values worked out again, and this study's",
                header=COMPARISON_HEADER,
                rows=tuple(
                    (row.variable, row.set, row.published, row.found, row.difference) for row in analysis.beside
                ),
                notes=(published_table1().source_note,),
                first=FIRST_ROWS,
            )
        ),
    ]
    if analysis.notes:
        parts.append(listed(analysis.notes))
    return section("cohort", "Patients and lymph nodes", tuple(parts), "appendix")


def _table1(table: Table1 | None) -> list[Part]:
    if table is None:
        return [text("The table by set cannot be made; see the notes.")]
    return [
        tabled(
            PageTable(
                name="table1",
                title="Every clinical variable by set",
                header=table1_header(table),
                rows=table1_rows(table),
                notes=tuple(texts(table1_sentences(table))),
            )
        )
    ]
