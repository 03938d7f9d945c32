"""Table 1 as rows of text with what is said below it, and so as plain text, CSV and JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from RLNResponseLib.analysis.table1 import CountedVariable, MeasuredVariable, Summary, Table1, TimeVariable, Variable
from RLNResponseLib.analysis.table1_comparison import ComparisonRow, published_table1
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.missing_codes import declared_sentence
from RLNResponseLib.common.names import label, level_label
from RLNResponseLib.common.tables import csv_text
from RLNResponseLib.common.wording import NOT_DEFINED, are, counted, one_line, p_cell, percent
from RLNResponseLib.report.text.sentences import Sentence, columns, printed
from RLNResponseLib.statistics.group_tests import GroupTest

_LONGEST_NAME = 100
_TESTS = (
    "Counts: χ² without continuity correction, or Fisher's exact test where a count below 5 is expected. Continuous: "
    "Welch's test; Student's (as published) and the rank test beside it. {times}Missing values are in no "
    "percentage and no test. Nothing is corrected for the number of tests."
)


def table1_header(table: Table1) -> tuple[str, ...]:
    """Variable, one column a group with its size, then p, its test, and the other tests' p.

    Of groups that were dealt at random the standardised difference, and no p.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    tuple of str
    """
    names = (one_line(str(group), _LONGEST_NAME) for group in table.groups)
    sized = (f"{name} (n = {size})" for name, size in zip(names, table.sizes, strict=True))
    return ("variable", *sized, *(("standardised difference",) if table.dealt else ("p", "test", "other tests")))


def table1_rows(table: Table1) -> tuple[tuple[str, ...], ...]:
    """The rows below the header; a level or a second line of a variable begins with two spaces.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    tuple[tuple[str, ...], ...]
    """
    return tuple(row for variable in table.variables for row in _rows(variable, table))


def table1_sentences(table: Table1) -> tuple[Sentence, ...]:
    """What must be said below the table, in order, for every surface.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    tuple of Sentence
    """
    times = "Times: log-rank. " if any(isinstance(each, TimeVariable) for each in table.variables) else ""
    notes = [_dealt_note(table) if table.dealt else _TESTS.format(times=times)]
    if table.repeated and not table.dealt:
        notes.append(
            "Some patients have several rows here, which these tests take for independent; their p-values are too "
            "small for whatever is the same in all lymph nodes of a patient."
        )
    if table.declared:
        notes.append(f"{declared_sentence(table.declared)} They are counted among the missing.")
    if table.without_group:
        without = counted(table.without_group, "row")
        notes.append(f"{without} without a value in '{label(table.by)}' {are(table.without_group)} left out.")
    uncounted = [
        (label(variable.name, unit=False), test.note)
        for variable in table.variables
        for test in variable.tests
        if test.name == "Fisher" and test.p is None and variable.tests[0].p is not None
    ]
    simulated = [
        f"{label(variable.name, unit=False)} ({test.note})"
        for variable in table.variables
        for test in variable.tests
        if test.name == "Fisher" and test.p is not None and test.note
    ]
    if simulated:
        notes.append(f"Fisher's exact test of {'; '.join(simulated)}.")
    if uncounted:
        names = ", ".join(name for name, _ in uncounted)
        notes.append(
            f"Fisher's exact test could not be made of {names} ({uncounted[0][1]}), so that χ² stands there also where "
            "a count below 5 is expected: it is an approximation then."
        )
    if table.left_out:
        notes.append(f"Not shown, as neither numbers nor few values: {', '.join(map(label, table.left_out))}.")
    return (*(Sentence(kind="statement", text=note) for note in notes), Sentence(kind="notice", text=RESEARCH_USE_ONLY))


def table1_text(table: Table1) -> str:
    """The table for a terminal, its notes below.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    str
    """
    lines = columns([table1_header(table), *table1_rows(table)], ruled=True)
    return "\n".join([_title(table), "", *lines, "", *printed(table1_sentences(table))])


def table1_csv(table: Table1) -> str:
    """The table as CSV; its title and notes are the last rows, in the first column.

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    str
    """
    header = table1_header(table)
    notes = [(note, *[""] * (len(header) - 1)) for note in (_title(table), *_notes(table))]
    rows = (dict(zip(header, row, strict=True)) for row in (*table1_rows(table), *notes))
    return csv_text(header, rows, figures=True)


def table1_json(table: Table1) -> dict[str, Any]:
    """Every figure unrounded. A variable's `kind` is "counted", "measured" or "time".

    Parameters
    ----------
    table
        The table, one row a lymph node or a reading.

    Returns
    -------
    dict[str, Any]
    """
    kinds = {CountedVariable: "counted", MeasuredVariable: "measured", TimeVariable: "time"}
    variables = [{"kind": kinds[type(variable)], **asdict(variable)} for variable in table.variables]
    return {**asdict(table), "variables": variables, "notes": _notes(table)}


def _dealt_note(table: Table1) -> str:
    chance = math.sqrt(sum(1 / size for size in table.sizes)) if all(table.sizes) else math.nan
    how = (
        "Who divided the patients so is not recorded. No p-value stands here; how far the groups are apart is said by "
        "standardised differences."
        if table.unrecorded
        else "How patients came into these groups is known, and a p-value would test nothing else: none stands here."
    )
    return (
        f"{how} Standardised difference of two groups: of means in SD (Austin 2009), of the levels' shares by Yang and "
        "Dalton 2012; none is given of a time to an event. Groups of these sizes that are dealt at random have "
        f"differences with an SD of about {chance:.2f}. Missing values are in no percentage and no difference."
    )


def _notes(table: Table1) -> list[str]:
    return [sentence.text for sentence in table1_sentences(table)]


def _rows(variable: Variable, table: Table1) -> Iterator[tuple[str, ...]]:
    sizes = table.sizes
    name, blank = label(variable.name)[:_LONGEST_NAME], [""] * len(sizes)
    tail = _tail(variable, table)
    nothing = ("",) * len(tail)
    if isinstance(variable, CountedVariable):
        yield (name, *blank, *tail)
        known = [size - missing for size, missing in zip(sizes, variable.missing, strict=True)]
        for level, counts in zip(variable.levels, variable.counts, strict=True):
            yield (
                f"  {level_label(variable.name, level)[:_LONGEST_NAME]}",
                *(_share(n, of) for n, of in zip(counts, known, strict=True)),
                *nothing,
            )
    elif isinstance(variable, MeasuredVariable):
        yield (f"{name}, mean ± SD", *map(_mean, variable.summaries), *tail)
        yield ("  median [quartiles]", *map(_median, variable.summaries), *nothing)
    else:
        yield (
            _time_name(variable, name),
            *_times(variable),
            *tail,
        )
    if any(variable.missing):
        yield ("  missing", *map(str, variable.missing), *nothing)


def _time_name(variable: TimeVariable, name: str) -> str:
    """A median to death is that of survival: a median follow-up would be the reverse Kaplan–Meier's."""
    if (variable.name, variable.event) == ("follow_up_months", "died"):
        return "Overall survival, months, Kaplan–Meier median (deaths of cases)"
    return f"{name}, Kaplan–Meier median to {label(variable.event)[:_LONGEST_NAME]} (events of cases)"


def _tail(variable: Variable, table: Table1) -> tuple[str, ...]:
    if table.dealt:
        difference = None if isinstance(variable, TimeVariable) else variable.difference
        return (NOT_DEFINED if difference is None else f"{difference:.2f}",)
    first = variable.tests[0]
    others = "; ".join(f"{test.name} {p_cell(test.p)}" for test in variable.tests[1:])
    return (p_cell(first.p), _named(first), others)


def _title(table: Table1) -> str:
    return f"Table 1 of {one_line(table.source, _LONGEST_NAME)} by {label(table.by)[:_LONGEST_NAME]}"


def _named(test: GroupTest) -> str:
    return f"{test.name} ({test.note})" if test.note else test.name


def _share(count: int, of: int) -> str:
    return f"{count} ({percent(count, of, sign=' %')})" if of else str(count)


def _mean(summary: Summary) -> str:
    if summary.mean is None:
        return NOT_DEFINED
    sd = NOT_DEFINED if summary.sd is None else f"{summary.sd:.4g}"
    return f"{summary.mean:.4g} ± {sd}"


def _median(summary: Summary) -> str:
    if summary.median is None:
        return NOT_DEFINED
    return f"{summary.median:.4g} [{summary.lower_quartile:.4g}, {summary.upper_quartile:.4g}]"


def _times(variable: TimeVariable) -> Iterator[str]:
    for median, events, cases in zip(variable.medians, variable.events, variable.cases, strict=True):
        yield f"{'not reached' if median is None else f'{median:.4g}'} ({events} of {cases})"


COMPARISON_HEADER = ("variable", "set", "published", "this cohort", "difference")


def comparison_markdown(rows: Sequence[ComparisonRow], title: str) -> str:
    """The comparison as a page of Markdown, with its sources.

    Parameters
    ----------
    rows
        The rows, in the order in which they are shown.
    title
        What it is of, as the reader sees it.

    Returns
    -------
    str
    """
    published = published_table1()
    table = [COMPARISON_HEADER, tuple("---" for _ in COMPARISON_HEADER), *map(_cells, rows)]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in table]
    notes = [f"Published: {published.citation}", published.source_note, *published.disagreements, RESEARCH_USE_ONLY]
    return "\n".join([f"# {title}", "", *lines, "", *(f"- {note}" for note in notes), ""])


def comparison_csv(rows: Sequence[ComparisonRow], title: str) -> str:
    """The comparison as CSV, the title and the notice in its last rows.

    Parameters
    ----------
    rows
        The rows, in the order in which they are shown.
    title
        What it is of, as the reader sees it.

    Returns
    -------
    str
    """
    notes = ((note, "", "", "", "") for note in (title, RESEARCH_USE_ONLY))
    return csv_text(
        COMPARISON_HEADER, (dict(zip(COMPARISON_HEADER, row, strict=True)) for row in (*map(_cells, rows), *notes))
    )


def _cells(row: ComparisonRow) -> tuple[str, ...]:
    return (row.variable, row.set, row.published, row.found, row.difference)
