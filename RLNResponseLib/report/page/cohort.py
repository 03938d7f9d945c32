"""The appendix on who was studied."""

from __future__ import annotations

from dataclasses import replace

from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.table1 import CountedVariable, Table1, TimeVariable, Variable
from RLNResponseLib.analysis.table1_comparison import published_table1
from RLNResponseLib.common.names import label, level_label
from RLNResponseLib.report.page.parts import FIRST_ROWS, PageTable, Part, Section, listed, tabled, text
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
    return Section("cohort", "Patients and lymph nodes", tuple(parts), "appendix")


def with_labels(table: Table1) -> Table1:
    """The same with the names that people use, of variables and of their levels.

    Parameters
    ----------
    table
        Of any groups.

    Returns
    -------
    Table1
    """
    return replace(table, variables=tuple(_labelled(variable) for variable in table.variables))


def _labelled(variable: Variable) -> Variable:
    name = label(variable.name)
    if isinstance(variable, CountedVariable):
        return replace(variable, name=name, levels=tuple(level_label(variable.name, of) for of in variable.levels))
    if isinstance(variable, TimeVariable):
        return replace(variable, name=name, event=label(variable.event))
    return replace(variable, name=name)


def _table1(table: Table1 | None) -> list[Part]:
    if table is None:
        return [text("The table by set cannot be made; see the notes.")]
    return [
        tabled(
            PageTable(
                name="table1",
                title="Every clinical variable by set",
                header=table1_header(table),
                rows=table1_rows(with_labels(table)),
                notes=tuple(texts(table1_sentences(table))),
            )
        )
    ]
