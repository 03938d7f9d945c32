"""The page's sections on who was studied and on what the readers did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from RLNResponseLib.agreement.icc import RANDOM
from RLNResponseLib.analysis.model_agreement import ComparedScores, ModelAgreement
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.analysis.table1 import Table1
from RLNResponseLib.analysis.table1_comparison import published_table1
from RLNResponseLib.common.wording import NOT_DEFINED, formatted, limits_words, with_limits
from RLNResponseLib.report.page.parts import (
    FlowBox,
    PageTable,
    Part,
    Section,
    heading,
    listed,
    pictured,
    tabled,
    text,
)
from RLNResponseLib.report.text.agreement import agreement_rows, agreement_sentences
from RLNResponseLib.report.text.model_agreement import (
    agreement_limits_words,
    direction_words,
    flip_cell,
    kappa_words,
)
from RLNResponseLib.report.text.sentences import texts
from RLNResponseLib.report.text.table1 import COMPARISON_HEADER, table1_header, table1_rows, table1_sentences

_MEASURES = {
    "dice": "Dice",
    "jaccard": "Jaccard",
    "hd95_mm": "HD95, mm",
    "mean_surface_distance_mm": "mean surface distance, mm",
    "volume_difference_mm3": "volume difference, mm³",
    "volume_difference_share": "volume difference, share",
    "surface_dice_1mm": "surface Dice at 1 mm",
    "surface_dice_2mm": "surface Dice at 2 mm",
    "surface_dice_3mm": "surface Dice at 3 mm",
    "added_path_length_mm": "added path length, mm",
}


def cohort_section(analysis: StudyAnalysis) -> Section:
    """Flow, Table 1, the same beside the paper's, controlled against failed.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    parts: list[Part] = [
        Part(kind="flow", steps=tuple(FlowBox(step.words(), step.is_out) for step in analysis.flow)),
        heading("Table 1"),
        *_table1(analysis.by_set, "table1"),
        heading("Controlled and failed lymph nodes at two years"),
        *_table1(analysis.by_control, "controlled-against-failed"),
        heading("Margins beside the published Table 1"),
        tabled(
            PageTable(
                name="beside-published",
                header=COMPARISON_HEADER,
                rows=tuple(
                    (row.variable, row.set, row.published, row.found, row.difference) for row in analysis.beside
                ),
                notes=(published_table1().source_note,),
            )
        ),
        listed(analysis.notes),
    ]
    return Section("cohort", "Patients and lymph nodes", tuple(parts))


def agreement_section(analysis: StudyAnalysis) -> Section:
    """Features that pass, overlap of the contours, and whose group changes with the reader.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    passing, *others = texts(agreement_sentences(analysis.agreement))
    parts: list[Part] = [
        text(
            f"{passing} These are the lymph nodes of both sets; a fitted score takes the ICC of the training patients "
            "alone, by which other features may pass."
        ),
        listed(others),
        pictured("agreement"),
        heading("Contours"),
        tabled(_overlap_table(analysis)),
        heading("Decisions"),
        tabled(_flip_table(analysis)),
        *(pictured(name) for name in flip_figures(analysis)),
        heading("Every feature"),
        tabled(_feature_table(analysis)),
    ]
    return Section("agreement", "Reader agreement", tuple(parts))


def flip_figures(analysis: StudyAnalysis) -> list[str]:
    """The names of the figures of score-level agreement.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    list of str
    """
    return [
        f"flips-{each.model.id}-{kind}"
        for each in analysis.agreement.scores
        for kind, compared in (("inter", each.inter), ("intra", each.intra))
        if compared is not None
    ]


def _table1(table: Table1 | None, name: str) -> list[Part]:
    if table is None:
        return [text("It cannot be made; see the notes.")]
    return [
        tabled(
            PageTable(
                name=name,
                header=table1_header(table),
                rows=table1_rows(table),
                notes=tuple(texts(table1_sentences(table))),
            )
        )
    ]


def _overlap_table(analysis: StudyAnalysis) -> PageTable:
    rows = [
        (
            kind,
            words,
            with_limits(measure.mean.value, measure.mean.lower, measure.mean.upper),
            formatted(measure.median),
            formatted(measure.worst),
        )
        for kind, overlap in analysis.agreement.overlaps.items()
        for name, words in _MEASURES.items()
        if (measure := overlap.summary.get(name)) is not None
    ]
    header = ("comparison", "measure", "mean (95%, patients resampled)", "median", "worst")
    return PageTable(name="contour-overlap", header=header, rows=tuple(rows))


def _flip_table(analysis: StudyAnalysis) -> PageTable:
    rows = []
    for each in analysis.agreement.scores:
        for kind, compared in (("inter", each.inter), ("intra", each.intra)):
            rows.append(
                (
                    each.model.title,
                    kind,
                    _any_reader(each, kind),
                    *(
                        _flip_cells(compared)
                        if compared
                        else (*(NOT_DEFINED,) * 4, each.reason, NOT_DEFINED, NOT_DEFINED)
                    ),
                )
            )
    header = (
        "score",
        "comparison",
        "ICC (95%, REML, readers counted)",
        "ICC (95%, F, too narrow where readers differ)",
        "95%, patients resampled",
        "limits of agreement (each ± its 95% limits)",
        "change group (exact 95%)",
        "which",
        "κ and AC1 (95%, by patient)",
        "direction",
    )
    notes = (
        "intra is one reader's re-contouring of the same CT: no patient was scanned twice.",
        "Limits of agreement (Bland and Altman): the second reading's score less the first's, mean ± 1.96 SD, and ± "
        "how far either limit is known to 95%; they take lymph nodes of one patient as independent. Up: from below "
        "the cutoff to above it at the second reading; both are counted by lymph nodes, p by patients.",
        *(f"{interval}: {takes}." for interval, takes in RANDOM.items()),
    )
    return PageTable(name="score-agreement", header=header, rows=tuple(rows), notes=notes)


def _any_reader(each: ModelAgreement, kind: str) -> str:
    """Of one reading by any reader, or of one reader's re-contouring: the limits that count the readers."""
    found = None
    if each.components is not None:
        found = each.components.icc_inter if kind == "inter" else each.components.icc_intra
    return NOT_DEFINED if found is None else with_limits(found.value, found.lower, found.upper)


def _flip_cells(compared: ComparedScores) -> tuple[str, ...]:
    found = compared.agreement
    icc, by_patient = found.icc, found.icc_by_patient
    return (
        with_limits(icc.estimate[0], icc.lower[0], icc.upper[0]),
        limits_words(by_patient.lower[0], by_patient.upper[0]) if by_patient else NOT_DEFINED,
        agreement_limits_words(compared),
        flip_cell(found.flip_rate),
        ", ".join(flip.lymph_node for flip in found.flips) or "none",
        kappa_words(compared),
        direction_words(compared),
    )


def _feature_table(analysis: StudyAnalysis) -> PageTable:
    rows = []
    for row in agreement_rows(analysis.agreement):
        named = (("reml_icc_inter", "reml_icc_inter"), ("inter_icc", "inter"), ("intra_icc", "intra"))
        limits = [_limits(row, value, stem) for value, stem in named]
        rows.append((row["feature"], *limits, row["passes"], row["reason"]))
    return PageTable(
        name="feature-agreement",
        header=(
            "feature",
            "any reader (95%, REML, readers counted)",
            "inter (95%, F, too narrow where readers differ)",
            "intra, re-contouring (95%, F)",
            "passes",
            "why not",
        ),
        rows=tuple(rows),
    )


def _limits(row: Mapping[str, Any], value: str, stem: str) -> str:
    middle, lower, upper = (
        math.nan if row[name] is None else float(row[name]) for name in (value, f"{stem}_lower", f"{stem}_upper")
    )
    return with_limits(middle, lower, upper)
