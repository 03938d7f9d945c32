"""Table 1 of a cohort beside the paper's, margin by margin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from RLNResponseLib import RESEARCH_USE_ONLY
from RLNResponseLib.modelling.group_comparison import compare_counts
from RLNResponseLib.modelling.model_card import published_models
from RLNResponseLib.report.table1_margins import MARGIN_SETS, Cohort, count_margin, published_table1
from RLNResponseLib.report.words import p_cell
from RLNResponseLib.study.tables import csv_text

_MEASURED = {
    "age, years": "age_years",
    "months to lymph node recurrence": "months_to_recurrence",
    "dose, Gy": "dose_gy",
}
NOT_KNOWN = "not known here"
HEADER = ("variable", "set", "published", "this cohort", "difference")


@dataclass(frozen=True)
class ComparisonRow:
    """One margin in one set: what is published ("not known here" where the project has no figure), what is found."""

    variable: str
    set: str
    published: str
    found: str
    difference: str = ""


def table1_beside_published(cohort: Cohort, scores: Mapping[str, float] | None = None) -> tuple[ComparisonRow, ...]:
    """Every margin of the paper's Table 1 beside the cohort's, then p-values, means and the Rad-scores by response.

    scores  lymph node → Rad-score of reader 1's first contour; without them no score is compared
    """
    rows = [*_margins(cohort), *_p_values(cohort), *_means(cohort)]
    return (*rows, *(_scores(cohort, scores) if scores else ()))


def comparison_markdown(rows: Sequence[ComparisonRow], title: str) -> str:
    """The comparison as a page of Markdown, with its sources."""
    published = published_table1()
    table = [HEADER, tuple("---" for _ in HEADER), *map(_cells, rows)]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in table]
    notes = [f"Published: {published.citation}", published.source_note, *published.disagreements, RESEARCH_USE_ONLY]
    return "\n".join([f"# {title}", "", *lines, "", *(f"- {note}" for note in notes), ""])


def comparison_csv(rows: Sequence[ComparisonRow], title: str) -> str:
    """The comparison as CSV, the title and the notice in its last rows."""
    notes = ((note, "", "", "", "") for note in (title, RESEARCH_USE_ONLY))
    return csv_text(HEADER, (dict(zip(HEADER, row, strict=True)) for row in (*map(_cells, rows), *notes)))


def _cells(row: ComparisonRow) -> tuple[str, ...]:
    return (row.variable, row.set, row.published, row.found, row.difference)


def _margins(cohort: Cohort) -> list[ComparisonRow]:
    rows = []
    for margin, counts in published_table1().margins.items():
        variable, level, unit = margin
        name = variable if level is None else f"{variable}: {level} ({unit})"
        for of in MARGIN_SETS:
            found, known = count_margin(cohort, margin, of), counts[of]
            difference = "" if known is None else f"{found - known:+d}"
            rows.append(ComparisonRow(name, of, NOT_KNOWN if known is None else str(known), str(found), difference))
    return rows


def _p_values(cohort: Cohort) -> list[ComparisonRow]:
    """p of training against validation: published, recomputed from the published counts where they are known, the cohort's."""
    published = published_table1()
    rows = []
    for variable, (p, recomputed) in published.p_values.items():
        margins = [margin for margin in published.margins if margin[0] == variable]
        found = compare_counts([[count_margin(cohort, margin, of) for of in MARGIN_SETS[1:]] for margin in margins])
        tests = ", ".join(f"{test.name} {p_cell(test.p)}" for test in found)
        rows.append(ComparisonRow(f"{variable}: p", "training and validation", f"{p:.3f} ({recomputed})", tests))
    return rows


def _means(cohort: Cohort) -> list[ComparisonRow]:
    rows = []
    for name, field in _MEASURED.items():
        for of in MARGIN_SETS:
            values = [getattr(each, field) for each in cohort.patients(of)]
            rows.append(ComparisonRow(f"{name}: mean ± SD", of, NOT_KNOWN, _mean_sd(values)))
    for of in MARGIN_SETS:
        months = [each.local_control_months for each in cohort.lymph_node_outcomes(of)]
        rows.append(ComparisonRow("months of local control, observed: mean ± SD", of, NOT_KNOWN, _mean_sd(months)))
    return rows


def _scores(cohort: Cohort, scores: Mapping[str, float]) -> list[ComparisonRow]:
    rows = []
    for published in published_models()[0].group_means:
        responded = published.group == "responder"
        outcomes = cohort.lymph_node_outcomes(published.set)
        values = [scores[each.lymph_node] for each in outcomes if each.responded is responded]
        difference = f"{np.mean(values) - published.mean:+.3f}" if values else ""
        known = f"{published.mean:.3f} ± {published.sd:.3f}"
        name = f"Rad-score of {published.group}s: mean ± SD"
        rows.append(ComparisonRow(name, published.set, known, _mean_sd(values, 3), difference))
    return rows


def _mean_sd(values: Sequence[float | None], digits: int = 1) -> str:
    known = np.array([value for value in values if value is not None and math.isfinite(value)])
    if len(known) < 2:
        return "too few values"
    return f"{known.mean():.{digits}f} ± {known.std(ddof=1):.{digits}f}"
