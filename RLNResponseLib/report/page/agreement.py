"""What the readers did: the decisions that change for the body, every feature for the appendix."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from RLNResponseLib.agreement.icc import RANDOM
from RLNResponseLib.agreement.overlap import ReaderOverlap
from RLNResponseLib.analysis.agreement import AgreementResult
from RLNResponseLib.analysis.model_agreement import ComparedScores, ModelAgreement
from RLNResponseLib.analysis.study_analysis import StudyAnalysis
from RLNResponseLib.common.names import feature_label
from RLNResponseLib.common.wording import NOT_DEFINED, counted, formatted, limits_words, with_limits
from RLNResponseLib.report.page.parts import (
    FIRST_ROWS,
    PageTable,
    Part,
    Section,
    listed,
    panels,
    pictured,
    section,
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
from RLNResponseLib.report.text.results import KINDS
from RLNResponseLib.report.text.sentences import texts

_MEASURES = {
    "dice": "Dice",
    "jaccard": "Jaccard",
    "hd95_mm": "HD95, mm",
    "mean_surface_distance_mm": "mean surface distance, mm",
    "volume_difference_mm3": "volume, second reading less first, mm³",
    "volume_difference_share": "the same, share of both readings' mean volume",
    "surface_dice_1mm": "surface Dice at 1 mm",
    "surface_dice_2mm": "surface Dice at 2 mm",
    "surface_dice_3mm": "surface Dice at 3 mm",
    "added_path_length_mm": "added path length, mm",
}


def decision_parts(analysis: StudyAnalysis) -> list[Part]:
    """Which decisions change, how the contours overlap, the picture of every feature; in few parts, for the body.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    list of Part
    """
    if analysis.agreement is None:
        return [text(analysis.no_agreement), *_of_partial(analysis)]
    passing, *_ = texts(agreement_sentences(analysis.agreement))
    return [
        text(passing, see=("feature-agreement", "contour-overlap")),
        pictured("agreement"),
        tabled(_flip_table(analysis.agreement)),
    ]


def _of_partial(analysis: StudyAnalysis) -> Iterator[Part]:
    for each in analysis.partial:
        above = int(sum(value > analysis.icc_threshold for value in each.icc.estimate))
        yield text(
            f"{' against '.join(each.readings)} ({KINDS[each.kind]}): {above} of "
            f"{counted(len(each.names), 'feature')} have {each.icc.form} above {analysis.icc_threshold:g} on "
            f"{counted(each.icc.n, 'lymph node')}."
        )
    rows = tuple(
        (model.title, KINDS[each.kind], *_flip_cells(compared))
        for each in analysis.partial
        for model, compared in each.scores
    )
    if rows:
        yield tabled(PageTable(name="score-agreement", title=_FLIPS, header=_FLIP_HEADER, rows=rows))
    overlaps = {each.kind: each.overlap for each in analysis.partial if each.overlap is not None}
    if overlaps:
        yield tabled(_overlap_table(overlaps))


def agreement_section(analysis: StudyAnalysis) -> Section:
    """Overlap of the contours, who changes group, every feature.

    Parameters
    ----------
    analysis
        The analysis of a study.

    Returns
    -------
    Section
    """
    agreement = analysis.agreement
    parts: list[Part] = [text(analysis.no_agreement)]
    if agreement is not None:
        passing, *others = texts(agreement_sentences(agreement))
        parts = [
            text(
                f"{passing} These are the lymph nodes of both sets; a fitted score takes the ICC of the training "
                "patients alone, by which other features may pass."
            ),
            listed(others),
            tabled(_overlap_table(agreement.overlaps)),
            tabled(_change_table(agreement)),
            *(
                panels(
                    f"flips-{each.model.id}",
                    f"{each.model.title}: who changes group, and Bland and Altman's limits",
                    [f"flips-{each.model.id}-{kind}" for kind in KINDS],
                )
                for each in agreement.scores
            ),
            tabled(_feature_table(agreement)),
        ]  # fmt: skip
    return section("agreement", "Reader agreement", tuple(parts), "appendix")


def _overlap_table(overlaps: Mapping[str, ReaderOverlap]) -> PageTable:
    rows = [
        (
            KINDS[kind],
            words,
            with_limits(measure.mean.value, measure.mean.lower, measure.mean.upper),
            formatted(measure.median),
            formatted(measure.worst),
        )
        for kind, overlap in overlaps.items()
        for name, words in _MEASURES.items()
        if (measure := overlap.summary.get(name)) is not None
    ]
    header = ("comparison", "measure", "mean (95%, patients resampled)", "median", "worst")
    return PageTable(name="contour-overlap", title="Overlap of the contours", header=header, rows=tuple(rows))


_FLIPS = "Lymph nodes whose group changes with the reader"
_FLIP_HEADER = (
    "score",
    "comparison",
    "change group (exact 95%)",
    "direction",
    "ICC (95%, REML, readers counted)",
    "ICC (95%, F, too narrow where readers differ)",
    "95%, patients resampled",
    "limits of agreement (each ± its 95% limits)",
)


def _flip_table(agreement: AgreementResult) -> PageTable:
    rows = []
    for each in agreement.scores:
        for kind, compared in (("inter", each.inter), ("intra", each.intra)):
            cells = _flip_cells(compared, _any_reader(each, kind)) if compared else (each.reason, *(NOT_DEFINED,) * 5)
            rows.append((each.model.title, KINDS[kind], *cells))
    notes = (
        "One reader twice is re-contouring of the same CT: no patient was scanned twice.",
        "Limits of agreement (Bland and Altman): the second reading's score less the first's, mean ± 1.96 SD, and ± "
        "how far either limit is known to 95%; they take lymph nodes of one patient as independent. Up: from below "
        "the cutoff to above it at the second reading; both are counted by lymph nodes, p by patients.",
        *(f"{interval}: {takes}." for interval, takes in RANDOM.items()),
    )
    return PageTable(name="score-agreement", title=_FLIPS, header=_FLIP_HEADER, rows=tuple(rows), notes=notes)


def _any_reader(each: ModelAgreement, kind: str) -> str:
    """Of one reading by any reader, or of one reader's re-contouring: the limits that count the readers."""
    found = None
    if each.components is not None:
        found = each.components.icc_inter if kind == "inter" else each.components.icc_intra
    return NOT_DEFINED if found is None else with_limits(found.value, found.lower, found.upper)


def _flip_cells(compared: ComparedScores, any_reader: str = NOT_DEFINED) -> tuple[str, ...]:
    found = compared.agreement
    icc, by_patient = found.icc, found.icc_by_patient
    return (
        flip_cell(found.flip_rate),
        direction_words(compared),
        any_reader,
        with_limits(icc.estimate[0], icc.lower[0], icc.upper[0]),
        limits_words(by_patient.lower[0], by_patient.upper[0]) if by_patient else NOT_DEFINED,
        agreement_limits_words(compared),
    )


def _change_table(agreement: AgreementResult) -> PageTable:
    rows = [
        (
            each.model.title,
            KINDS[kind],
            kappa_words(compared),
            ", ".join(flip.lymph_node for flip in compared.agreement.flips) or "none",
        )
        for each in agreement.scores
        for kind, compared in (("inter", each.inter), ("intra", each.intra))
        if compared is not None
    ]
    header = ("score", "comparison", "κ and AC1 (95%, by patient)", "which lymph nodes change group")
    title = "Agreement of the groups, and which lymph nodes change"
    return PageTable(name="group-agreement", title=title, header=header, rows=tuple(rows))


def _feature_table(agreement: AgreementResult) -> PageTable:
    rows = []
    for row in agreement_rows(agreement):
        named = (("reml_icc_inter", "reml_icc_inter"), ("inter_icc", "inter"), ("intra_icc", "intra"))
        limits = [_limits(row, value, stem) for value, stem in named]
        rows.append((feature_label(row["feature"]), *limits, row["passes"], row["reason"]))
    return PageTable(
        name="feature-agreement",
        title="Agreement of every feature",
        header=(
            "feature",
            "any reader (95%, REML, readers counted)",
            "inter (95%, F, too narrow where readers differ)",
            "intra, re-contouring (95%, F)",
            "passes",
            "why not",
        ),
        rows=tuple(rows),
        first=FIRST_ROWS,
    )


def _limits(row: Mapping[str, Any], value: str, stem: str) -> str:
    middle, lower, upper = (
        math.nan if row[name] is None else float(row[name]) for name in (value, f"{stem}_lower", f"{stem}_upper")
    )
    return with_limits(middle, lower, upper)
