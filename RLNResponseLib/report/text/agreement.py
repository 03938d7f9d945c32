"""What is said of readers' agreement, and its rows for a CSV file and the panel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from RLNResponseLib.agreement.feature_agreement import FeatureAgreement, FeatureComparison
from RLNResponseLib.agreement.icc import SHROUT_FLEISS, Form
from RLNResponseLib.agreement.overlap import ReaderOverlap
from RLNResponseLib.analysis.agreement import AgreementResult, ComparedScores, ModelAgreement
from RLNResponseLib.common.about import RESEARCH_USE_ONLY
from RLNResponseLib.common.wording import (
    NOT_DEFINED,
    apart,
    counted,
    formatted,
    limits_words,
    text_of_lines,
    with_limits,
)
from RLNResponseLib.report.text.sentences import Sentence, printed, warning_sentences
from RLNResponseLib.statistics.estimates import Proportion

COLUMNS = (
    "feature", "inter_icc", "inter_lower", "inter_upper", "intra_icc", "intra_lower", "intra_upper", "form", "passes",
    "reason", "inter_smallest_detectable_change", "intra_smallest_detectable_change",
)  # fmt: skip
_MOST_FLIPS = 10
_MOST_NAMED = 8


def agreement_text(result: AgreementResult) -> str:
    """What a person reads first: how many features pass, who changes group, how the contours overlap.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    str
    """
    return text_of_lines(printed(agreement_sentences(result)))


def agreement_sentences(result: AgreementResult) -> tuple[Sentence, ...]:
    """What is said of readers' agreement, in order, for every surface.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    tuple of Sentence
    """
    features = result.features
    rule = features.rule
    return (
        Sentence(
            kind="statement",
            text=f"{len(features.passed)} of {len(features.names)} features pass: inter and intra "
            f"{icc_names(features.inter.icc.form)} above {rule.threshold:g} on the {rule.judged}.",
        ),
        Sentence(kind="statement", text=f"inter: {_compared(features.inter)}", indent=2),
        Sentence(kind="statement", text=f"intra: {_compared(features.intra)}", indent=2),
        *_failed(features),
        *_without_icc(features),
        *(sentence for each in result.scores for sentence in _of_score(each)),
        *(sentence for kind, overlap in result.overlaps.items() for sentence in _of_contours(kind, overlap)),
        *warning_sentences(result.warnings),
        Sentence(kind="figure", text=""),
        Sentence(kind="figure", text="Features that pass:"),
        *(Sentence(kind="figure", text=name, indent=2) for name in features.passed),
        Sentence(kind="figure", text=""),
        Sentence(kind="notice", text=RESEARCH_USE_ONLY),
    )


def agreement_rows(result: AgreementResult) -> list[dict[str, Any]]:
    """One row a feature, by COLUMNS.

    Parameters
    ----------
    result
        The agreement of a study.

    Returns
    -------
    list[dict[str, Any]]
    """
    features = result.features
    rows = []
    for position, verdict in enumerate(features.verdicts):
        row: dict[str, Any] = {
            "feature": verdict.name,
            "form": features.inter.icc.form,
            "passes": "yes" if verdict.passes else "no",
            "reason": verdict.reason,
        }
        for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
            found = comparison.icc
            row[f"{kind}_icc"] = _cell(found.estimate[position])
            row[f"{kind}_lower"] = _cell(found.lower[position])
            row[f"{kind}_upper"] = _cell(found.upper[position])
            if comparison.limits is not None:
                change = comparison.limits.smallest_detectable_change[position]
                row[f"{kind}_smallest_detectable_change"] = _cell(change)
        rows.append({name: row.get(name) for name in COLUMNS})
    return rows


def feature_cells(rows: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """The rows of agreement.csv as the panel's table shows them: feature, inter, intra with limits, passes.

    Parameters
    ----------
    rows
        The rows of agreement.csv.

    Returns
    -------
    list[list[str]]
    """
    return [
        [
            row["feature"].removeprefix("original_").replace("_", " "),
            *(_limits(row, kind) for kind in ("inter", "intra")),
            "✓" if row["passes"] == "yes" else "✗",
        ]
        for row in rows
    ]


def _limits(row: Mapping[str, str], kind: str) -> str:
    if not row[f"{kind}_icc"]:
        return NOT_DEFINED
    value, lower, upper = (float(row[f"{kind}_{name}"] or "nan") for name in ("icc", "lower", "upper"))
    return f"{formatted(value, '.2f')}\n{limits_words(lower, upper, '.2f')}"


def icc_names(form: Form) -> str:
    """McGraw and Wong's name with Shrout and Fleiss's: "ICC(A,1) (Shrout and Fleiss's ICC(2,1))".

    Parameters
    ----------
    form
        McGraw and Wong's name of the ICC.

    Returns
    -------
    str
    """
    return f"{form} (Shrout and Fleiss's {SHROUT_FLEISS[form]})"


def flip_cell(rate: Proportion) -> str:
    """How many lymph nodes change group with the reader: "1 of 5: 20.0% (0.5% to 71.6%)".

    Parameters
    ----------
    rate
        Of the scores' agreement.

    Returns
    -------
    str
    """
    return f"{rate.count} of {rate.of}: {_in_percent(rate)}"


def flip_words(rate: Proportion) -> str:
    """`flip_cell` as the part of a sentence.

    Parameters
    ----------
    rate
        Of the scores' agreement.

    Returns
    -------
    str
    """
    return f"{rate.count} of {counted(rate.of, 'lymph node')} change group: {_in_percent(rate)}"


def _in_percent(rate: Proportion) -> str:
    return with_limits(rate.value, rate.lower, rate.upper, ".1%")


def _failed(features: FeatureAgreement) -> list[Sentence]:
    failed = features.failed
    words = f"{counted(len(failed), 'reading')} without features: {', '.join(failed)}"
    return [Sentence(kind="statement", text=words, indent=2)] if failed else []


def _without_icc(features: FeatureAgreement) -> list[Sentence]:
    """Which features have no ICC, and why; they never pass."""
    by_reason: dict[str, list[str]] = {}
    for kind, comparison in (("inter", features.inter), ("intra", features.intra)):
        for name, reason in zip(features.names, comparison.icc.reasons, strict=True):
            if reason:
                by_reason.setdefault(f"{kind} ICC, {reason}", []).append(name)
    return [
        Sentence(
            kind="figure",
            text=f"no {reason}: {', '.join(names[:_MOST_NAMED])}{_and_more(len(names), _MOST_NAMED)}",
            indent=2,
        )
        for reason, names in by_reason.items()
    ]


def _and_more(count: int, shown: int) -> str:
    return f" and {count - shown} more" if count > shown else ""


def _compared(comparison: FeatureComparison) -> str:
    pairs = comparison.pairs
    lymph_nodes = counted(comparison.icc.n, "lymph node")
    text = f"{' against '.join(pairs.columns)}, {lymph_nodes}, interval {comparison.icc.interval}"
    return text + (f"; {len(pairs.left_out)} left out, without all readings" if pairs.left_out else "")


def _of_score(each: ModelAgreement) -> list[Sentence]:
    if each.reason:
        return [Sentence(kind="figure", text=f"{each.model.title}: no score-level agreement. {each.reason}")]
    found = (("inter", each.inter), ("intra", each.intra))
    return [
        sentence
        for kind, compared in found
        if compared is not None
        for sentence in _compared_scores(each, kind, compared)
    ]


def _compared_scores(each: ModelAgreement, kind: str, compared: ComparedScores) -> list[Sentence]:
    found = compared.agreement
    limits = found.icc_by_patient or found.icc
    icc = with_limits(found.icc.estimate[0], limits.lower[0], limits.upper[0], beside=limits.interval)
    words = f"{each.model.title}, {kind}: {found.icc.form} {icc}; {flip_words(found.flip_rate)}"
    at = each.model.cutoff.value
    lines = [
        f"{flip.lymph_node}: {apart(flip.first_score, at)} and {apart(flip.second_score, at)}, cutoff {at:g}"
        for flip in found.flips[:_MOST_FLIPS]
    ]
    if len(found.flips) > _MOST_FLIPS:
        lines.append(f"and {len(found.flips) - _MOST_FLIPS} more")
    return [Sentence(kind="figure", text=words), *(Sentence(kind="figure", text=line, indent=4) for line in lines)]


def _of_contours(kind: str, overlap: ReaderOverlap) -> list[Sentence]:
    sentences = []
    for measure, name in (("dice", "Dice"), ("hd95_mm", "HD95, mm")):
        if measure in overlap.summary:
            mean, worst = overlap.summary[measure].mean, overlap.summary[measure].worst
            words = f"mean {with_limits(mean.value, mean.lower, mean.upper, beside=mean.interval)}, worst {worst:.3f}"
            sentences.append(Sentence(kind="figure", text=f"{kind} {name}: {words}", indent=2))
    only = (
        ("only by the first", overlap.missed),
        ("only by the second", overlap.extra),
        ("by both, without a common voxel", overlap.apart),
    )
    return [
        *sentences,
        *(
            Sentence(kind="statement", text=f"{kind}: contoured {by}: {', '.join(names)}.", indent=2)
            for by, names in only
            if names
        ),
    ]


def _cell(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
